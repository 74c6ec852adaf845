"""A record's history in words: who did what and when, and which fields went from what to what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gridworker.ledger.dates import show_datetime
from gridworker.ledger.facts import Purpose, Value
from gridworker.ledger.imported import IMPORTED
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.masks import mask_numbers_in_text
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import find_ledger
from gridworker.operations import photo_fields
from gridworker.operations.linked import linked_records, number_of
from gridworker.operations.session import Session
from gridworker.operations.shown import Eyes, show_many
from gridworker.store.history import HistoryEntry
from gridworker.store.people import name_of

_VERBS = {
    "create": "登记", "save": "修改", "import": "导入", "movement": "人口变动", "undo": "撤销改动",
    "undo_import": "撤销导入",
    "delete": "移到回收站", "restore": "从回收站恢复", "pull": "同步更新", "merge": "合并他人的改动",
}  # fmt: skip
_TAKEN_BACK = frozenset({"create", "save", "movement", "import", "undo", "delete", "restore"})
# The program fills these in; their change tells a reader nothing.
_SILENT = frozenset({"record_no", "recorded_by", "recorded_at", "last_visited_at", "visit_due_on", "linked_record_ids"})


@dataclass(frozen=True)
class Step:
    """One line of the history: `details` are (label, before, after), empty texts where there was nothing."""

    at_text: str
    who: str
    what: str
    reason: str
    details: tuple[tuple[str, str, str], ...]
    op_id: str = ""
    can_undo: bool = False
    """Whether it was done here and can be taken back, unless something was changed again since."""


@dataclass(frozen=True)
class LinkedStep:
    """One line of the history of linked records: whose it is, and the step."""

    record_id: str
    ledger: str
    label: str
    """The ledger and the record's number: what hangs together is named, what it says of a person is not."""
    step: Step


def linked_timeline(session: Session, record_id: str, *, purpose: Purpose = Purpose.WORK) -> list[LinkedStep]:
    """The history of a record and of all the matters it hangs together with, newest first."""
    with session.store.read() as tx:
        told: list[tuple[str, LinkedStep]] = []
        eyes = Eyes(session, tx)
        for record in linked_records(tx, record_id):
            if record.id == record_id:
                eyes.raise_if_unseen(record)
            elif not eyes.sees(record):
                continue
            ledger = find_ledger(record.ledger)
            label = f"{ledger.label} {number_of(ledger, record)}"
            told += [
                (entry.at, LinkedStep(record.id, ledger.key, label, _step(eyes, record, entry, purpose)))
                for entry in reversed(tx.history(record.id))
            ]
    # Two steps of one moment stay in the order of their own record.
    return [line for _, line in sorted(told, key=lambda one: one[0], reverse=True)]


def timeline(session: Session, record_id: str, *, purpose: Purpose = Purpose.WORK) -> list[Step]:
    """The history of a record, newest first, as people read it."""
    with session.store.read() as tx:
        record = tx.find(record_id)
        if record is None:
            return []
        eyes = Eyes(session, tx)
        eyes.raise_if_unseen(record)
        entries = sorted(tx.history(record_id), key=lambda entry: entry.at)
        return [_step(eyes, record, entry, purpose) for entry in reversed(entries)]


def _step(eyes: Eyes, record: Record, entry: HistoryEntry, purpose: Purpose) -> Step:
    ledger = find_ledger(record.ledger)
    creates = (not entry.from_status and entry.verb in ("create", "import")) or _fills_everything(entry.changes)
    details = () if creates else _details(eyes, record, entry.changes, purpose)
    who = name_of(eyes.tx, entry.actor_id) or "其他人员"
    if entry.verb == "save" and photo_fields.is_completion(entry.changes, ledger):
        # The program did this for the step before, which is the one to take back.
        return Step(show_datetime(entry.at), who, "照片处理完成", "", (), entry.op_id)
    can_undo = bool(entry.op_id) and entry.event in ("", IMPORTED) and entry.verb in _TAKEN_BACK
    what = _what(ledger, entry, creates=creates)
    reason = entry.reason or ""
    if eyes.purpose(record, purpose) is Purpose.LIST:
        reason = mask_numbers_in_text(reason)
    return Step(show_datetime(entry.at), who, what, reason, details, entry.op_id, can_undo)


def _what(ledger: Ledger, entry: HistoryEntry, *, creates: bool) -> str:
    if entry.event == IMPORTED and ledger.workflow:
        return f"导入时已是：{ledger.workflow.label_of(entry.to_status)}"
    if entry.event and ledger.workflow:
        move = next((one for one in ledger.workflow.moves if one.event == entry.event), None)
        if move and entry.from_status == entry.to_status:
            return move.label
        if move:
            return f"{move.label}，转为“{ledger.workflow.label_of(entry.to_status or move.target)}”"
    if creates and entry.verb == "save":
        return _VERBS["create"]
    return _VERBS.get(entry.verb, "修改")


def _fills_everything(changes: Mapping[str, Sequence[Value]]) -> bool:
    return "record_no" in changes and changes["record_no"][0] is None


def _details(
    eyes: Eyes, record: Record, changes: Mapping[str, Sequence[Value]], purpose: Purpose
) -> tuple[tuple[str, str, str], ...]:
    ledger = find_ledger(record.ledger)
    keys = [field.key for field in ledger.fields if field.key in changes and field.key not in _SILENT]
    sides = [Record(f"side-{side}", ledger.key, "", {key: changes[key][side] for key in keys}) for side in (0, 1)]
    old, new = show_many(eyes.tx, ledger, sides, keys, purpose, eyes=eyes, whose=record)
    return tuple((ledger[key].label, old[key], new[key]) for key in keys)
