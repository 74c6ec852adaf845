"""One-time codes: sixteen characters that are easy to type, of which the server keeps a slow hash.

Three characters select the invitation, thirteen (65 bits) are the secret.
"""

from __future__ import annotations

import secrets
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gridworker.identity import DEVICE_ALPHABET

LENGTH = 16
SELECTOR = 3
VALID_MS = 7 * 24 * 3600 * 1000
# The OWASP minimum: a code lives for days and has 65 bits, and an office computer answers in 30 ms.
_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)


def new_code() -> str:
    """A fresh code as people read it: `ABCD-EFGH-JKLM-NPQR`."""
    text = "".join(secrets.choice(DEVICE_ALPHABET) for _ in range(LENGTH))
    return "-".join(text[start : start + 4] for start in range(0, LENGTH, 4))


def clean_code(typed: str) -> str:
    """The code behind what was typed: full-width, lower case, spaces and dashes do not matter; empty if it is none."""
    text = unicodedata.normalize("NFKC", typed).upper()
    text = "".join(character for character in text if character.isalnum())
    whole = len(text) == LENGTH and all(character in DEVICE_ALPHABET for character in text)
    return text if whole else ""


def hash_code(code: str) -> tuple[str, str]:
    """What is stored of a code: its selector and the hash of its secret."""
    text = clean_code(code)
    return text[:SELECTOR], _hasher.hash(text[SELECTOR:])


def is_code(code: str, secret_hash: str) -> bool:
    """Whether a cleaned code is the one behind a hash. Slow on purpose: call it off the event loop."""
    try:
        return _hasher.verify(secret_hash, code[SELECTOR:])
    except (VerificationError, InvalidHashError):
        return False
