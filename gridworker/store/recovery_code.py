"""The recovery code: 120 random bits that can be printed, read out and typed, with a character that finds slips."""

from __future__ import annotations

import secrets

from gridworker.identity import DEVICE_ALPHABET

ALPHABET = DEVICE_ALPHABET
_DATA, _GROUP = 24, 5
LENGTH = _DATA + 1
_VALUE = {character: value for value, character in enumerate(ALPHABET)}
_REDUCTION, _SIZE = 0b100101, 32


def new_code() -> str:
    """A fresh code in groups of five, e.g. `7QKMA-…`."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(_DATA))
    code = body + _check(body)
    return "-".join(code[start : start + _GROUP] for start in range(0, LENGTH, _GROUP))


def bare(text: str) -> str:
    """The code as typed, without the marks between its groups, in capitals."""
    return "".join(character for character in text.upper() if character.isalnum())


def is_code(code: str) -> bool:
    """Whether a bare text is a code without slips."""
    return len(code) == LENGTH and set(code) <= _VALUE.keys() and code[-1] == _check(code[:-1])


def is_misread(code: str) -> bool:
    """Whether a bare text looks like a code with a slip in it: no passphrase of a person has this shape."""
    near = LENGTH - 1 <= len(code) <= LENGTH + 1
    return near and code.isascii() and any(character.isdigit() for character in code) and not is_code(code)


def _check(body: str) -> str:
    # A weighted sum over GF(32): any single wrong character and any swap of neighbours changes it.
    total = 0
    for character in body:
        total = _times_two(total ^ _VALUE[character])
    return ALPHABET[total]


def _times_two(value: int) -> int:
    doubled = value << 1
    return doubled ^ _REDUCTION if doubled >= _SIZE else doubled
