"""Finding records by what a person types: exact names, beginnings of names, rooms, everything else, former names.

A blank means that both words must fit. Chinese is looked for in names and texts, letters as pinyin and words,
digits as rooms and as the beginning or tail of numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from gridworker.ledger.text import is_han
from gridworker.store.pinyin import plain
from gridworker.store.search_words import FORMER, Place, as_number, fold, typed_place, words
from gridworker.store.statements import Reads
from gridworker.store.tables import to_json

_SHORT_LETTERS = 2
# Shorter digits mean rooms: half of all numbers begin or end with any given one or two digits.
_NUMBER_DIGITS = 3
_NUMBER = re.compile(r"[0-9]+x?")
# Shorter mixtures are rooms and buildings: A座501 is typed as A501.
_CODE_TAIL = 4
_CODED = re.compile(r"(?=.*[0-9])[0-9a-z]+")
# Prefix, community, day, device tag, sequence, check character.
_CODE = re.compile(r"[a-z]{2}[0-9]{18}[a-z2-9]{2}[0-9]{3,4}[0-9a-z]")
_LONGEST = 200
_MOST_WORDS = 12


@dataclass(frozen=True)
class Hit:
    """A record that was found; `former` where only a name it does not bear any more fits."""

    ledger: str
    id: str
    row_id: int
    former: bool = False


@dataclass(frozen=True)
class _Term:
    """One typed word as FTS5 expressions, the best meaning first; empty where the word has no such meaning."""

    any: str
    """All it may mean; it covers the four below."""
    exact: str = ""
    head: str = ""
    room: str = ""
    rooms: str = ""
    former: str = ""


def search(tx: Reads, text: str, *, ledgers: Sequence[str] | None = None, limit: int = 50) -> list[Hit]:
    """The records a text finds, best first; raises Cancelled where the search is interrupted."""
    typed = _whole_code(fold(text[:_LONGEST]).split()[:_MOST_WORDS])
    terms = [term for word in typed if (term := _term(word))]
    if not terms or limit <= 0:
        return []
    wanted = list(tx.tables.ledgers if ledgers is None else ledgers)
    found: dict[int, Hit] = {}
    for expression in dict.fromkeys(filter(None, [*_in_one(text, terms), *_stages(terms)])):
        for hit in _matches(tx, expression, wanted, limit) if len(found) < limit else ():
            found.setdefault(hit.row_id, hit)
    if len(found) < limit and (expression := _formerly(terms)):
        for hit in _matches(tx, expression, wanted, limit):
            found.setdefault(hit.row_id, replace(hit, former=True))
    return list(found.values())[:limit]


def _whole_code(typed: list[str]) -> list[str]:
    """A code read out in groups is one word."""
    return ["".join(typed)] if len(typed) > 1 and _CODE.fullmatch(as_number("".join(typed))) else typed


def _in_one(text: str, terms: Sequence[_Term]) -> list[str]:
    """A name written with a blank in it, as tables do with 张　三."""
    joined = f"whole : {_quoted(''.join(words(text[:_LONGEST])))}"
    return [joined, f"{joined} *"] if len(terms) > 1 else []


def _stages(terms: Sequence[_Term]) -> Iterator[str]:
    """Expressions from the best meaning to the widest, which covers all before it."""
    if len(terms) == 1:
        term = terms[0]
        yield from (term.exact, term.head, term.room, term.rooms)
    else:
        yield _all([term.exact or term.room for term in terms])
        yield _all([_any([term.head, term.rooms]) for term in terms])
    yield _all([term.any for term in terms])


def _formerly(terms: Sequence[_Term]) -> str:
    """All that fits where former names count as names; covers every stage, so that a limit leaves no hole."""
    if not any(term.former for term in terms):
        return ""
    return _all([_any([term.any, term.former]) for term in terms])


def _matches(tx: Reads, expression: str, ledgers: Sequence[str], limit: int) -> list[Hit]:
    rows = tx.sql(
        "SELECT r.ledger, r.id, r.row_id FROM search_index s CROSS JOIN record_index r ON r.row_id = s.rowid"
        " WHERE search_index MATCH ? AND r.ledger IN (SELECT value FROM json_each(?)) LIMIT ?",
        (expression, to_json(ledgers), limit),
    )
    rank = {ledger: place for place, ledger in enumerate(tx.tables.ledgers)}
    return sorted((Hit(*row) for row in rows), key=lambda hit: rank.get(hit.ledger, len(rank)))


def _term(word: str) -> _Term | None:
    if (word.isascii() and word.isalpha()) or "ü" in word:
        return _letters(word)
    digits = "".join(character for character in word if character.isalnum())
    if _NUMBER.fullmatch(digits):
        return _digits(word, digits)
    return _mixed(word)


def _letters(word: str) -> _Term | None:
    sound = plain(word)
    former = f"{{pinyin names}} : {_quoted(FORMER + sound)} *"
    if len(sound) <= _SHORT_LETTERS:
        begins = f"whole : {_quoted(sound)}"
        return _Term(begins, head=begins, former=former)
    # Müller is a name as it stands, lübu one by its sound.
    known = f"pinyin : {_quoted(sound)}"
    begins = f"({known} * OR names : {_quoted(word)} *)"
    return _Term(f"({begins} OR texts : {_quoted(word)} *)", exact=known, head=begins, former=former)


def _digits(word: str, digits: str) -> _Term:
    room, rooms = _places(typed_place(word))
    # 3- is a building not typed to its end, and no number in a text.
    ways = [rooms, "" if word.endswith("-") else f"texts : {_phrase(words(word))}"]
    if len(digits) >= _NUMBER_DIGITS:
        ways += [f"numbers : {_quoted(digits)} *", f"numbers : {_quoted('r' + digits[::-1])} *"]
    return _Term(_any(ways), room=room, rooms=rooms)


def _mixed(word: str) -> _Term | None:
    parts = words(word)
    if not parts:
        return None
    whole = "".join(parts)
    phrase = _phrase(parts)
    place = typed_place(word)
    room, rooms = _places(place)
    former = [f"names : {_formerly_named(parts)}"]
    if place and (before := words(place.head)):
        # 锦绣家园3-2-501, or who lives there: 张三501.
        room, rooms = (f"({{names texts}} : {_phrase(before)} AND {one})" for one in (room, rooms))
        former.append(f"(names : {_formerly_named(before)} AND {_places(place)[1]})")
    return _Term(
        _any([f"{{names texts}} : {phrase}", rooms, *_coded(word)]),
        exact=f"whole : {_quoted(whole)}",
        head=f"whole : {_quoted(whole)} *" if len(parts) > 1 else f"names : ^ {phrase}",
        room=room,
        rooms=rooms,
        former=_any(former),
    )


def _coded(word: str) -> list[str]:
    """A word of letters and digits as the beginning or tail of a code."""
    code = as_number(word)
    if len(code) < _CODE_TAIL or not _CODED.fullmatch(code):
        return []
    return [f"numbers : {_quoted(code)} *", f"numbers : {_quoted('r' + code[::-1])} *"]


def _places(place: Place | None) -> tuple[str, str]:
    """The room itself, and all rooms whose number begins so."""
    if not place:
        return "", ""
    exact = [f"rooms : {_quoted(token)}" for token in place.tokens]
    return _any(exact), _any(f"{token} *" for token in exact)


def _formerly_named(parts: Sequence[str]) -> str:
    return _phrase([FORMER + part for part in parts])


def _phrase(parts: Sequence[str]) -> str:
    """Words that stand side by side; the last may be the beginning of a longer one."""
    quoted = _quoted(" ".join(parts))
    return quoted if is_han(parts[-1][-1]) else f"{quoted} *"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _any(expressions: Iterable[str]) -> str:
    given = [expression for expression in expressions if expression]
    return "(" + " OR ".join(given) + ")" if given else ""


def _all(expressions: Sequence[str]) -> str:
    """All of them; nothing where one of them is nothing."""
    return " AND ".join(expressions) if all(expressions) else ""
