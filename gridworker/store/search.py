"""Finding records by what a person types: exact names first, then beginnings of names, then everything else.

A blank means that both words must fit. Chinese is looked for in names and texts, letters as pinyin and words,
digits as rooms and as the beginning or tail of numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gridworker.store.pinyin import plain
from gridworker.store.search_words import fold, typed_place, words
from gridworker.store.statements import Reads
from gridworker.store.tables import to_json

_SHORT_LETTERS = 2
# Shorter digits mean rooms: half of all numbers begin or end with any given one or two digits.
_NUMBER_DIGITS = 3
_LONGEST = 200
_MOST_WORDS = 12


@dataclass(frozen=True)
class Hit:
    """A record that was found."""

    ledger: str
    id: str
    row_id: int


@dataclass(frozen=True)
class _Term:
    """One typed word as FTS5 expressions: a whole name, the beginning of a name, all it may mean."""

    exact: str
    head: str
    any: str


def search(tx: Reads, text: str, *, ledgers: Sequence[str] | None = None, limit: int = 50) -> list[Hit]:
    """The records a text finds, best first; raises Cancelled where the search is interrupted."""
    terms = [term for word in fold(text[:_LONGEST]).split()[:_MOST_WORDS] if (term := _term(word))]
    if not terms or limit <= 0:
        return []
    wanted = list(tx.tables.ledgers if ledgers is None else ledgers)
    found: dict[int, Hit] = {}
    for expression in _stages(terms):
        if len(found) >= limit:
            break
        fresh = _matches(tx, expression, wanted, limit) if expression else []
        for hit in fresh:
            if len(found) < limit:
                found.setdefault(hit.row_id, hit)
    return list(found.values())


def _stages(terms: Sequence[_Term]) -> Iterator[str]:
    if len(terms) == 1:
        yield terms[0].exact
        yield terms[0].head
    elif all(term.head for term in terms):
        yield _all(term.head for term in terms)
    yield _all(term.any for term in terms)


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
        return _letters(plain(word))
    if not any(character.isalnum() for character in word):
        return None
    digits = "".join(character for character in word if character.isalnum())
    if digits.isascii() and digits[:-1].isdigit() and (digits[-1].isdigit() or digits[-1] == "x"):
        return _digits(word, digits)
    return _mixed(word)


def _letters(word: str) -> _Term | None:
    if not word:
        return None
    if len(word) <= _SHORT_LETTERS:
        return _Term("", "", f"whole : {_quoted(word)}")
    known = f"pinyin : {_quoted(word)}"
    begins = f"{{pinyin names}} : {_quoted(word)} *"
    return _Term(known, begins, f"{{pinyin names texts}} : {_quoted(word)} *")


def _digits(word: str, digits: str) -> _Term:
    place = typed_place(word)
    rooms = [f"rooms : {_quoted(token)} *" for token in place.tokens] if place else []
    exact = _any(f"rooms : {_quoted(token)}" for token in place.tokens) if place else ""
    if len(digits) >= _NUMBER_DIGITS:
        rooms += [f"numbers : {_quoted(digits)} *", f"numbers : {_quoted('r' + digits[::-1])} *"]
    texts = f"texts : {_phrase(words(word))}"
    return _Term(exact, "", _any([*rooms, texts]))


def _mixed(word: str) -> _Term | None:
    parts = words(word)
    if not parts:
        return None
    whole = "".join(parts)
    phrase = _phrase(parts)
    exact = f"whole : {_quoted(whole)}" if len(parts) > 1 else ""
    head = f"whole : {_quoted(whole)} *" if len(parts) > 1 else f"names : ^ {phrase}"
    ways = [f"{{names texts}} : {phrase}"]
    place = typed_place(word)
    if place:
        rooms = _any(f"rooms : {_quoted(token)} *" for token in place.tokens)
        before = words(place.head)
        ways.append(f"({{names texts}} : {_phrase(before)} AND {rooms})" if before else rooms)
    return _Term(exact, head, _any(ways))


def _phrase(parts: Sequence[str]) -> str:
    """Words that stand side by side; the last may be the beginning of a longer one."""
    quoted = _quoted(" ".join(parts))
    return f"{quoted} *" if parts[-1].isascii() else quoted


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _any(expressions: Iterable[str]) -> str:
    return "(" + " OR ".join(expressions) + ")"


def _all(expressions: Iterable[str]) -> str:
    return " AND ".join(expressions)
