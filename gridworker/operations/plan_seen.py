"""What of the plan of a day is hers to see: which due things, and what is said of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gridworker.ledger.facts import Purpose
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import find_ledger
from gridworker.operations.due_records import DueRecord, sayings
from gridworker.operations.plan_keys import VISIT, DueKey
from gridworker.operations.seen_rows import all_open, hidden_ids
from gridworker.operations.shown import Eyes, show_many
from gridworker.planning.visit_rules import Campaign

_HOME, _PERSON = "household", "person"
Said = tuple[str, str]
"""What is to be done, and what is said of the record."""
Key = tuple[str, str, str]


def seen_keys(eyes: Eyes, keys: list[DueKey]) -> list[DueKey]:
    """The due things without those of records that she may not see.

    Who is asked for by a campaign is told by what is sensitive of her, and so to those alone who may look at that.
    """
    ledgers = {_ledger_of(key) for key in keys}
    hidden = {ledger: hidden_ids(eyes, ledger) for ledger in ledgers}
    if all_open(eyes, _HOME, _PERSON) and not any(hidden.values()):
        return keys
    asked = {key.household_id for key in keys if isinstance(key.source, Campaign)}
    homes = eyes.tx.find_rows(_HOME, sorted(asked))
    closed = {one for one in asked if one not in homes or not eyes.sees_all_of(homes[one].grid_code)}
    return [
        key
        for key in keys
        if key.record_id not in hidden[_ledger_of(key)]
        and not (isinstance(key.source, Campaign) and key.household_id in closed)
    ]


def key_of(one: DueRecord) -> Key:
    """What tells a thing that is owed from all others: one field may be owed for several reasons."""
    return one.record_id, one.due.field, one.due.label


def said_to(eyes: Eyes, found: Sequence[DueRecord]) -> dict[Key, Said]:
    """What is said to her of things that are owed."""
    said = sayings(eyes.tx, found)
    told = {key_of(one): (one.title, said[one.record_id, one.due.field]) for one in found}
    for ledger in {one.ledger for one in found}:
        own = [one for one in found if one.ledger == ledger]
        linked = [field.to for field in find_ledger(ledger).links if field.key in {one.due.says for one in own}]
        if not all_open(eyes, ledger, *(to for to in linked if to in eyes.tx.tables)):
            told.update(_masked(eyes, ledger, own))
    return told


def _masked(eyes: Eyes, ledger_key: str, found: Iterable[DueRecord]) -> dict[Key, Said]:
    ledger, told = find_ledger(ledger_key), {}
    due = list(found)
    records = eyes.tx.find_rows(ledger_key, sorted({one.record_id for one in due}))
    for one in due:
        record = records[one.record_id]
        cells = show_many(eyes.tx, ledger, [record], (one.due.says,), Purpose.WORK, eyes=eyes, noted=False)[0]
        told[key_of(one)] = (_title(eyes, one, record), cells[one.due.says])
    return told


def _title(eyes: Eyes, one: DueRecord, record: Record) -> str:
    kind = find_ledger(one.ledger)[one.due.kind] if one.due.kind else None
    # A kind that is masked is left out: 服药：*** says less than nothing.
    return one.due.label if kind and kind.is_masked(eyes.purpose(record, Purpose.WORK)) else one.title


def _ledger_of(key: DueKey) -> str:
    return _HOME if key.kind == VISIT else key.kind
