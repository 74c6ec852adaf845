"""What a list reads: ids by filter text, state and order; contents by id, masked as lists are or as recorded."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gridworker.ledger.case_code import CaseCode
from gridworker.ledger.code_fields import Code, Codes, Ref
from gridworker.ledger.facts import Purpose
from gridworker.ledger.field import Bool, Field, PersonName, Text
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.number_fields import Date, DateTime, Integer
from gridworker.ledger.number_ids import Phone
from gridworker.operations import browse, find, flags
from gridworker.operations.browse import Condition, Query
from gridworker.operations.session import Session
from ui.records.model import SAID, Column

STATUS = "status"
CARD = "due_card"
"""The column that tells which card (黄牌、红牌、超期) a matter has drawn."""
_HITS = 500
_HOMES = 50
_BIN = 2_000
# Usual widths in characters by the kind of content; the last column takes what is left.
_WIDTHS: tuple[tuple[type[Field], int], ...] = (
    (DateTime, 17), (Date, 11), (PersonName, 10), (Phone, 13), (Bool, 9), (Code, 10), (Codes, 16),
)  # fmt: skip
_SHORT_TEXT = 20


@dataclass(frozen=True)
class Wanted:
    """Which rows a list shows, and in which order."""

    text: str = ""
    state: str = ""
    order: tuple[str, ...] = ()
    deleted: bool = False
    card: str = ""
    """`late` or `soon`, of what is owed by a date."""


@dataclass(frozen=True)
class Listed:
    """The answer to a `Wanted`: row ids in order; `cut` says that only the best matches are there."""

    wanted: Wanted
    ids: array[int]
    cut: bool = False


class RecordSource:
    """Reads one ledger for a list. Every method may run on any thread."""

    def __init__(self, session: Session, ledger: Ledger) -> None:
        self.session = session
        self.ledger = ledger
        self.purpose = Purpose.LIST

    def columns(self) -> tuple[Column, ...]:
        """The columns of the declaration, with the state where the ledger has steps and the card where it has dues."""
        fields = _in_reading_order(self.ledger)
        columns = [
            # A link is stored as an id, whose order says nothing to anybody; households are sorted by where they lie.
            Column(
                field.key,
                field.label,
                # The last column is stretched: a small number at its far end belongs to nothing.
                "left" if isinstance(field, Integer) else field.align,
                _width(field),
                sortable=not isinstance(field, Ref) or field.to == "household",
            )
            for field in fields
        ]
        if self.ledger.workflow:
            columns.insert(min(1, len(columns)), Column(STATUS, "状态", "left", 13))
        if self.ledger.dues:
            place = 2 if self.ledger.workflow else 1
            columns.insert(min(place, len(columns)), Column(CARD, "时限", "left", 8, sortable=False))
        return tuple(columns)

    def listed(self, wanted: Wanted, stopper: find.Stopper | None = None) -> Listed:
        """The rows that are wanted: by text through the search index, also through the household they belong to.

        Raises Cancelled where the stopper is told during the search.
        """
        where = (Condition("status", "is", wanted.state),) if wanted.state else ()
        everything = Query(self.ledger.key, where, wanted.order, deleted=wanted.deleted)
        if not wanted.text.strip():
            return Listed(wanted, self._ordered(wanted, everything))
        if wanted.deleted:
            return self._deleted(wanted, everything)
        matching, cut = self._matching(wanted.text, stopper)
        ordered = self._ordered(wanted, everything)
        return Listed(wanted, array("q", [row_id for row_id in ordered if row_id in matching]), cut)

    def _ordered(self, wanted: Wanted, everything: Query) -> array[int]:
        if wanted.card:
            return flags.flagged_rows(self.session, everything, wanted.card)
        first = wanted.order[0] if wanted.order else ""
        if first in self.ledger and isinstance(self.ledger[first], Ref):
            # Who belongs nowhere any more, as who moved away, comes after everybody who does.
            ends = (Condition(first, "filled"), Condition(first, "empty"))
            parts = [replace(everything, where=(*everything.where, end)) for end in ends]
            return sum((browse.listing(self.session, part) for part in parts), array("q"))
        return browse.listing(self.session, everything)

    def rows(self, row_ids: Sequence[int]) -> list[browse.Row]:
        """The contents of rows; the state reads as its own column."""
        found = browse.rows(self.session, self.ledger.key, row_ids, purpose=self.purpose)
        # Alone there is no server to wait for, and a sign on every row would say nothing.
        joined = self.session.place.joined
        cards = flags.flags(self.session, self.ledger.key, [row.id for row in found])
        return [
            replace(
                row, cells={**row.cells, STATUS: row.status, **_card(cards.get(row.id))},
                waiting=row.waiting and joined,
            )
            for row in found
        ]  # fmt: skip

    def _deleted(self, wanted: Wanted, everything: Query) -> Listed:
        """What is in the recycle bin is in no index; the newest of it is read through."""
        ids = browse.listing(self.session, everything)
        looked_at = ids[:_BIN]
        words = wanted.text.casefold().split()
        rows = browse.rows(self.session, self.ledger.key, looked_at, purpose=Purpose.UNMASKED)
        fits = [row.row_id for row in rows if all(_has(row, word) for word in words)]
        return Listed(wanted, array("q", fits), len(ids) > len(looked_at))

    def _matching(self, text: str, stopper: find.Stopper | None) -> tuple[set[int], bool]:
        key = self.ledger.key
        direct = find.search(self.session, text, limit=_HITS, ledgers=[key], stopper=stopper)
        matching = set(self._where("id", [one.id for one in direct]))
        if "household_id" in self.ledger or key == "household":
            others = [other for other in ("household", "person") if other != key]
            living = find.search(self.session, text, limit=_HOMES, ledgers=others, stopper=stopper)
            homes = {one.household_id for one in living}
            via = "id" if key == "household" else "household_id"
            matching.update(self._where(via, sorted(home for home in homes if home)))
        return matching, len(direct) >= _HITS

    def _where(self, field: str, values: list[str]) -> array[int]:
        if not values:
            return array("q")
        return browse.listing(self.session, Query(self.ledger.key, (Condition(field, "in", tuple(values)),)))


def _in_reading_order(ledger: Ledger) -> list[Field]:
    """What is owed stands near its card; a code that is copied, not read, stands last."""
    fields = [ledger[key] for key in ledger.list_columns]
    owed = {due.field for due in ledger.dues}
    dated = [field for field in fields[1:] if field.key in owed]
    code = [field for field in fields if isinstance(field, CaseCode)]
    rest = [field for field in fields if field not in dated and field not in code]
    return [*rest[:2], *dated, *rest[2:], *code]


def _card(flagged: flags.Flagged | None) -> dict[str, str]:
    return {CARD: flagged.label, CARD + SAID: f"{flagged.label}：{flagged.text}"} if flagged else {CARD: ""}


def _has(row: browse.Row, word: str) -> bool:
    return any(word in text.casefold() for text in row.cells.values())


def order_text(key: str, *, descending: bool) -> tuple[str, ...]:
    """An order as a query takes it."""
    return (f"-{key}" if descending else key,)


def _width(field: Field) -> int:
    for kind, usual in _WIDTHS:
        if isinstance(field, kind):
            # A table of short words needs no more than the longest of them.
            least = _longest_word(field) + 1 if isinstance(field, Code) else usual
            return max(min(usual, least), 2 * len(field.label) + 3)
    if isinstance(field, CaseCode):
        return 30
    if isinstance(field, Text) and 0 < field.max_length <= _SHORT_TEXT:
        return 2 * len(field.label) + 4
    if isinstance(field, Ref):
        return 10 if field.to == "person" else 24
    return 30 if isinstance(field, Text) and field.lines else 18


def _longest_word(field: Code) -> int:
    return 2 * max((len(word) for _code, word in field.table.entries), default=0)
