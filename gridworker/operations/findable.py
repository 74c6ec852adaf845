"""Which hits of a search may be told, so that a search gives away nothing that its results do not show.

A record she may not see is not found. Where something of a record is masked for her:

- A name finds its bearer, masked as in the list. Whoever asks brings the name along, on a letter or a call, and has to
  learn whether and where somebody of that name is looked after; without it a masked ledger could not be used at all.
- A number finds only what of it she can read: 0000 finds 138****0000, the whole number does not. Otherwise an ID or
  phone number from elsewhere could be confirmed here, and unknown digits be found out by trying one after the other.
- The words of a sensitive code (低保) find nobody, or searching for them would list whom they are about.

Whoever may look at sensitive values finds everything, for she could look at each of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from gridworker.area.rights import Sight
from gridworker.ledger.facts import Purpose
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import find_ledger
from gridworker.operations.shown import Eyes, purpose_under
from gridworker.store.search import Hit
from gridworker.store.search_index import labels_of_tag
from gridworker.store.search_words import as_number, fold, place_tokens, typed_place, words

_RUN = re.compile(r"[0-9a-z]*[0-9][0-9a-z]*")
# Shorter digits are only ever looked for as rooms.
_SHORTEST = 3
_PLACE = ("building_no", "unit_no", "room_no")
# Of those who may see less than everything many hits may be dropped; so many more are looked at.
_MORE = 8


def hits(eyes: Eyes, text: str, *, ledgers: Sequence[str] | None, limit: int) -> list[tuple[Hit, Record]]:
    """What a text finds and may be told to her, best first, each with its record."""
    found = _read(eyes, eyes.tx.search(text, ledgers=ledgers, limit=limit))
    if all(eyes.sees_all_of(record.grid_code) for _, record in found):
        return found
    if len(found) >= limit:
        found = _read(eyes, eyes.tx.search(text, ledgers=ledgers, limit=limit * _MORE))
    typed = fold(text).split()
    return [(hit, record) for hit, record in found if _may_be_told(eyes, record, typed)][:limit]


def _read(eyes: Eyes, found: Iterable[Hit]) -> list[tuple[Hit, Record]]:
    by_ledger: dict[str, list[Hit]] = {}
    hits = list(found)
    for hit in hits:
        by_ledger.setdefault(hit.ledger, []).append(hit)
    known = {
        key: record
        for ledger, members in by_ledger.items()
        for key, record in eyes.tx.find_rows(ledger, [hit.id for hit in members]).items()
    }
    return [(hit, known[hit.id]) for hit in hits if hit.id in known]


def _may_be_told(eyes: Eyes, record: Record, typed: Sequence[str]) -> bool:
    seen = eyes.sight(record)
    if seen in (Sight.NOTHING, Sight.FULL):
        return seen is Sight.FULL
    readable = _Readable(eyes, record, purpose_under(seen, Purpose.WORK))
    return all(readable.holds(word) for word in typed)


class _Readable:
    """What of a record's searched values somebody can read, to be compared with what was typed."""

    def __init__(self, eyes: Eyes, record: Record, purpose: Purpose) -> None:
        ledger, values = find_ledger(record.ledger), record.values
        search = ledger.search
        self._hidden: list[str] = []
        shown = [str(values[key]) for key in search.names if values.get(key)]
        for key in (*search.texts, *search.numbers):
            shown += [ledger[key].show(values.get(key), purpose)]
        for key in search.tags:
            known = labels_of_tag(ledger[key], values.get(key)) if values.get(key) else ()
            (self._hidden if ledger[key].is_masked(purpose) else shown).extend(known)
        home = _home_of(eyes, record)
        shown += [str(home.values.get(key) or "") for key in ("compound_name", *_PLACE)] if home else []
        self._rooms = place_tokens(*(str(home.values.get(key) or "") for key in _PLACE)) if home else []
        self._text = "\n".join("".join(words(text)) for text in shown)
        # A mask parts what it leaves.
        self._numbers = [as_number(part) for text in shown for part in text.split("*")]

    def holds(self, word: str) -> bool:
        """Whether a typed word may have found the record."""
        whole, joined = "".join(words(word)), as_number(word)
        if any(whole in "".join(words(label)) for label in self._hidden) and whole not in self._text:
            return False
        if not any(one.isdigit() for one in word):
            return True
        runs = [joined] if joined.isascii() else _RUN.findall(joined)
        numbers = [run for run in runs if len(run) >= _SHORTEST and any(one.isdigit() for one in run)]
        return all(self._has_number(run) for run in numbers) or self._is_here(word)

    def _has_number(self, run: str) -> bool:
        return any(run in number for number in self._numbers)

    def _is_here(self, word: str) -> bool:
        place = typed_place(word)
        return place is not None and any(room.startswith(token) for token in place.tokens for room in self._rooms)


def _home_of(eyes: Eyes, record: Record) -> Record | None:
    if record.ledger == "household":
        return record
    home_id = record.values.get("household_id")
    home = eyes.tx.get("household", str(home_id)) if home_id else None
    return home if home is not None and eyes.sees(home) else None
