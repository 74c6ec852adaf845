"""How a name sounds, and every way people type it: full, initials, and mixes of both.

Surnames come before the dictionary, whose first reading is wrong for many of them; both readings are kept. What a
person wrote down comes before either, and the guesses stay: who does not know better types what they look like.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache

from gridworker.ledger.text import is_han
from gridworker.paths import resource

_MOST_READINGS = 6
# Names of more syllables (阿依古丽买买提) would have thousands of mixes; they keep the ones people type.
_SHORT_NAME = 4
_DOUBLE_INITIALS = ("zh", "ch", "sh")
_SHORTEST = 2
_SYLLABLE = re.compile(r"[a-z]+")

Syllables = tuple[str, ...]


def short_keys(keys: Iterable[str]) -> set[str]:
    """The first letter and the first two letters of each key: a lookup instead of a walk over half the index."""
    return {key[:_SHORTEST] for key in keys}.union([key[:1] for key in keys])


def readings(parts: tuple[str, ...]) -> list[Syllables]:
    """The ways to read a name given as its characters; the first is the usual one."""
    heads, rest = _surname(parts)
    tails = [_given(part) for part in rest]
    return [(*head, *tail) for head in heads for tail in itertools.product(*tails)][:_MOST_READINGS]


def syllables_of(reading: str) -> Syllables:
    """The syllables of a reading as somebody writes it: `Shàn Tiánfāng`, `shan4 tian2 fang1`, `lü bu`."""
    return tuple(_SYLLABLE.findall(plain(reading)))


@lru_cache(50_000)
def name_entry(parts: tuple[str, ...], said: Syllables = ()) -> tuple[str, str]:
    """The keys of a name and their beginnings, as the index stores them."""
    keys = name_keys(parts, said)
    return " ".join(keys), " ".join(short_keys(keys))


def name_keys(parts: tuple[str, ...], said: Syllables = ()) -> tuple[str, ...]:
    """Tokens for a name given as its characters: what a person types for it is the beginning of one of them.

    `said` is how somebody wrote that the name is read; it stands beside the readings guessed.
    """
    guessed = readings(parts) if any(len(part) == 1 and is_han(part) for part in parts) else []
    ways = [said, *guessed] if said else guessed
    return _keys(tuple(ways)) if ways else ()


@lru_cache(50_000)
def _keys(ways: tuple[Syllables, ...]) -> tuple[str, ...]:
    found: set[str] = set()
    for syllables in ways:
        found |= _mixes(syllables) if len(syllables) <= _SHORT_NAME else _usual_mixes(syllables)
    # A key that begins another is found with it.
    ordered = sorted(found)
    return tuple(key for key, after in zip(ordered, [*ordered[1:], ""], strict=True) if not after.startswith(key))


def _mixes(syllables: Syllables) -> set[str]:
    """Each syllable in each of its forms, the last one whole, from any syllable on."""
    tails = [syllables[-1]]
    found = set(tails)
    for syllable in reversed(syllables[:-1]):
        tails = [form + tail for form in _forms(syllable) for tail in tails]
        found.update(tails)
    return found


def _usual_mixes(syllables: Syllables) -> set[str]:
    found = set()
    for start in range(len(syllables)):
        part = syllables[start:]
        initials = [syllable[0] for syllable in part]
        found |= {"".join(part[:full]) + "".join(initials[full:]) for full in range(len(part) + 1)}
    return found


@lru_cache(2_000)
def _forms(syllable: str) -> tuple[str, ...]:
    if syllable.startswith(_DOUBLE_INITIALS):
        return syllable, syllable[0], syllable[:_SHORTEST]
    return syllable, syllable[0]


def _surname(parts: tuple[str, ...]) -> tuple[list[Syllables], tuple[str, ...]]:
    data = _data()
    for length in (4, 3, 2):
        known = data["compound"].get("".join(parts[:length])) if len(parts) > length else None
        if known:
            return [tuple(reading.split()) for reading in known], parts[length:]
    return [(reading,) for reading in data["surnames"].get(parts[0]) or [_usual(parts[0])]], parts[1:]


def _given(part: str) -> list[str]:
    return _data()["given"].get(part) or [_usual(part)]


@lru_cache(50_000)
def _usual(part: str) -> str:
    """The dictionary's first reading; what has none stands for itself."""
    if len(part) > 1:
        return part
    reading = _dictionary().get(ord(part), part).split(",")[0]
    return plain(reading)


def plain(reading: str) -> str:
    """A reading without tones, ü as v, as keyboards have it."""
    decomposed = unicodedata.normalize("NFD", reading.lower()).replace("u\u0308", "v")
    return "".join(character for character in decomposed if not unicodedata.combining(character))


@cache
def _dictionary() -> dict[int, str]:
    # Single characters are all that is read here; the phrases would cost a quarter of a second and 40 MB.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
    from pypinyin.pinyin_dict import pinyin_dict  # noqa: PLC0415 - loaded when the first name is read

    return dict(pinyin_dict)


@cache
def _data() -> dict[str, dict[str, list[str]]]:
    raw = json.loads(resource("surnames.json").read_text(encoding="utf-8"))
    return {
        part: {key: [plain(reading) for reading in known] for key, known in raw[part].items()}
        for part in ("surnames", "compound", "given")
    }
