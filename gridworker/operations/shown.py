"""What the person at work is shown: the one place where a record becomes text or JSON before somebody's eyes.

`area/rights.py` says how much of a record she sees, the declarations say what a mask leaves. A list masks personal
values for everybody, and gives them in full to whoever may look at sensitive ones and asks for it. An open record
shows them in full to whoever works on it. What is sensitive stays masked until a field is asked for, one by one, which
leaves a trace; whoever may not is told who could. Who only reads sees of an open record what its list shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial

from gridworker.area import rights
from gridworker.area.asked import Asked, asked_of, building_of
from gridworker.area.rights import Sight, sees_everything
from gridworker.ledger.code_fields import Ref, Refs
from gridworker.ledger.dates import local_date
from gridworker.ledger.facts import Purpose, Sensitivity, Value
from gridworker.ledger.field import Field
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.masks import hide
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import all_ledgers, find_ledger
from gridworker.operations.session import Session
from gridworker.operations.titles import masked_fields, name, title_of
from gridworker.planning.working_days import note_of
from gridworker.store.people import name_of
from gridworker.store.store import ReadTx

ACTOR = "actor"
_UNKNOWN = "其他人员"
_HOME = "household"


class Eyes:
    """The person at work as a reader, for the length of one transaction."""

    def __init__(self, session: Session, tx: ReadTx) -> None:
        self.session, self.tx = session, tx
        self._actor, self._today = session.actor, session.today()
        self._whole: dict[str, bool] = {}
        self._buildings: dict[str, str] = {}
        # Nobody else's right looks at where a record's household lies.
        self._by_building = any(post.building for post in self._actor.posts_on(self._today))

    def sight(self, record: Record) -> Sight:
        """How much of a record she sees."""
        if self.sees_all_of(record.grid_code):
            return Sight.FULL
        return rights.sight(self._actor, self.asked(record), today=self._today)

    def sees(self, record: Record) -> bool:
        """Whether she sees that the record is there."""
        return self.sight(record) is not Sight.NOTHING

    def sees_all_of(self, grid_code: str) -> bool:
        """Whether nothing in a grid is kept from her."""
        if grid_code not in self._whole:
            self._whole[grid_code] = sees_everything(self._actor, grid_code, today=self._today)
        return self._whole[grid_code]

    def raise_if_unseen(self, record: Record) -> None:
        """Refuses in words what she may not see."""
        if not self.sees(record):
            rights.raise_if_may_not(self._actor, "see", self.asked(record), today=self._today)

    def asked(self, record: Record) -> Asked:
        """What rights look at; of a record that hangs on a household, the household's building as well."""
        ledger = find_ledger(record.ledger)
        facts = asked_of(ledger, record.grid_code, record.values)
        home = ledger.link_to(_HOME) if self._by_building and not facts.building else None
        return facts.at(self._building(record.values.get(home.key))) if home else facts

    def purpose(self, record: Record, wanted: Purpose) -> Purpose:
        """The purpose for which she is shown a record, where `wanted` was asked for."""
        return purpose_under(self.sight(record), wanted)

    def title(self, record: Record, wanted: Purpose = Purpose.LIST) -> str:
        """The line that names a record, masked as its list or its card is; nothing where she may not see it."""
        return title_of(record, self.purpose(record, wanted)) if self.sees(record) else ""

    def _building(self, home_id: Value) -> str:
        key = str(home_id or "")
        if key not in self._buildings:
            found = self.tx.get(_HOME, key) if key else None
            self._buildings[key] = building_of(found.values) if found else ""
        return self._buildings[key]


def sight(session: Session, record: Record) -> Sight:
    """How much she sees of a record that was read for her: asks no store."""
    asked = asked_of(find_ledger(record.ledger), record.grid_code, record.values)
    return rights.sight(session.actor, asked, today=session.today())


def purpose_under(seen: Sight, wanted: Purpose) -> Purpose:
    """The purpose that a sight leaves of the one asked for: more than a list shows only who works on the record."""
    if seen is Sight.FULL:
        return wanted
    return Purpose.WORK if seen is Sight.WORK and wanted in (Purpose.WORK, Purpose.UNMASKED) else Purpose.LIST


def sees_all_here(session: Session) -> bool:
    """Whether nothing in her own grid is kept from her."""
    return sees_everything(session.actor, session.place.grid_code, today=session.today())


def own_title(session: Session, record: Record, wanted: Purpose = Purpose.WORK) -> str:
    """The line that names a record that was read for her."""
    return title_of(record, purpose_under(sight(session, record), wanted))


def show_many(
    tx: ReadTx,
    ledger: Ledger,
    records: Sequence[Record],
    columns: Iterable[str],
    purpose: Purpose,
    *,
    eyes: Eyes | None = None,
    whose: Record | None = None,
    noted: bool = True,
) -> list[dict[str, str]]:
    """Records as text, their links resolved in one read per linked ledger.

    Without `eyes` the purpose alone decides: a sheet or a workbook, for which the right to it was asked before.
    `whose` is the record that parts of records belong to, as the sides of a change do.
    `noted` says beside a counted date that its year's holidays are not known; a workbook, read again, goes without.
    """
    fields = [ledger[key] for key in columns]
    links = _Links(tx, fields, records, eyes)
    counted = [key for due in ledger.dues if due.counted for key in (due.field, due.extended) if key] if noted else []
    is_named = ledger.key == "person" and any(field.key == "name" for field in fields)
    shown = []
    for record in records:
        seen = eyes.sight(whose or record) if eyes else Sight.FULL
        own, values = purpose_under(seen, purpose), record.values
        label = links.under(own)
        cells = {field.key: _show(field, values.get(field.key), own, seen, label) for field in fields}
        if is_named:
            cells["name"] = name(record, own)
        for key in counted:
            _note_guessed_date(record, key, cells)
        shown.append(cells)
    return shown


def facts_of(eyes: Eyes, record: Record, *, alone: bool) -> dict[str, object]:
    """A record as one flat object for programs, with all of it where she may look at it.

    Else its masked values stand there as the list, or where the record stands `alone` its card, shows them, and
    `masked` names their keys.
    """
    seen = eyes.sight(record)
    if seen is Sight.FULL:
        return record.flat()
    ledger = find_ledger(record.ledger)
    purpose = purpose_under(seen, Purpose.WORK if alone else Purpose.LIST)
    masked = {
        field.key: field.show(value, purpose)
        for field in masked_fields(ledger, purpose)
        # The id of a linked record tells nothing; that a sensitive link is there does.
        if (value := record.values.get(field.key)) not in (None, "", []) and not _is_open_link(field)
    }
    # A field no declaration names may be anything.
    unknown = {key: "***" for key, value in record.values.items() if key not in ledger and value is not None}
    found = record.flat() | masked | unknown
    return found | {"masked": sorted(masked | unknown)} if masked or unknown else found


def hides(session: Session, record: Record) -> frozenset[str]:
    """The keys of an open record that stay closed to her, and that no asking opens."""
    seen = sight(session, record)
    if seen is Sight.FULL:
        return frozenset()
    purpose = purpose_under(seen, Purpose.WORK)
    return frozenset(
        field.key
        for field in masked_fields(find_ledger(record.ledger), purpose)
        if field.sensitivity is Sensitivity.SENSITIVE or not _is_open_link(field)
    )


def _is_open_link(field: Field) -> bool:
    return isinstance(field, Ref | Refs) and field.sensitivity is not Sensitivity.SENSITIVE


def _show(field: Field, value: Value, purpose: Purpose, seen: Sight, label: Label) -> str:
    if value is None or value == []:
        return ""
    if not isinstance(field, Ref | Refs):
        return field.show(value, purpose)
    if seen is not Sight.FULL and field.sensitivity is Sensitivity.SENSITIVE:
        return hide("有")
    ids = value if isinstance(value, list) else [str(value)]
    return "、".join(text for one in ids if (text := label(field.to, one)))


Label = Callable[[str, str], str]
"""Ledger and id to what a linked record is called."""


class _Links:
    """The names of what records link to, masked as their own list or card would be."""

    def __init__(self, tx: ReadTx, fields: Sequence[Field], records: Sequence[Record], eyes: Eyes | None) -> None:
        self._tx, self._eyes = tx, eyes
        self._found: dict[str, dict[str, Record]] = {}
        self._labels: list[tuple[Purpose, Label]] = []
        for to, ids in _wanted(fields, records).items():
            if to in all_ledgers():
                self._found[to] = tx.find_rows(to, sorted(ids))

    def under(self, purpose: Purpose) -> Label:
        """How linked records are called for a purpose; nothing is said of one that is not here, or not for her."""
        for known, label in self._labels:
            if known is purpose:
                return label
        self._labels.append((purpose, cache(partial(self._made, purpose))))
        return self._labels[-1][1]

    def _made(self, purpose: Purpose, to: str, one: str) -> str:
        if to == ACTOR:
            return name_of(self._tx, one) or _UNKNOWN
        found = self._found.get(to, {}).get(one)
        seen = Sight.NOTHING if found is None else self._eyes.sight(found) if self._eyes else Sight.FULL
        if found is None or seen is Sight.NOTHING:
            return ""
        own = purpose_under(seen, purpose)
        if to == "person":
            return name(found, own)
        if self._eyes is None and to != _HOME:
            # A sheet or a workbook names a matter as the office knows it.
            return find_ledger(to).title(found.values)
        return title_of(found, own)


def _wanted(fields: Sequence[Field], records: Sequence[Record]) -> dict[str, set[str]]:
    wanted: dict[str, set[str]] = {}
    for field in fields:
        if isinstance(field, Ref | Refs) and field.to:
            for record in records:
                value = record.values.get(field.key)
                wanted.setdefault(field.to, set()).update(
                    value if isinstance(value, list) else [str(value)] if value else []
                )
    return wanted


def _note_guessed_date(record: Record, key: str, cells: dict[str, str]) -> None:
    value = record.values.get(key)
    note = note_of(local_date(str(value))) if cells.get(key) and value else ""
    if note:
        cells[key] = f"{cells[key]}（{note}）"
