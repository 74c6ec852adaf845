"""What has not reached the server yet, and what the server put aside or refused, in words, one line an operation."""

from __future__ import annotations

import json
from dataclasses import dataclass

from gridworker.ledger.dates import show_datetime
from gridworker.ledger.facts import Purpose
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import all_ledgers, find_ledger
from gridworker.operations.session import Session
from gridworker.operations.shown import Eyes, show_many
from gridworker.operations.titles import title_of
from gridworker.store.acts import whole_act_of
from gridworker.store.store import ReadTx

WAITING, CONFLICT, REJECTED, HELD = "waiting", "conflict", "rejected", "held"
_OPERATIONS = 'SELECT ledger, record, kind, command, "set", occurred_at, outcome, detail, batch FROM outbox'
_DONE = {"delete": "移到回收站", "restore": "从回收站恢复"}


@dataclass(frozen=True)
class Line:
    """One operation: which record, what was done, and why it is still here."""

    ledger: str
    record_id: str
    title: str
    what: str
    at_text: str
    state: str
    why: str
    details: tuple[tuple[str, str, str], ...] = ()
    """For a conflict: (label, mine, theirs)."""


def waiting_lines(session: Session, *, limit: int = 200) -> list[Line]:
    """The newest operations the server has not judged."""
    with session.store.read() as tx:
        rows = tx.sql(f"{_OPERATIONS} WHERE status <> 'acked' ORDER BY seq DESC LIMIT ?", (limit,))
        eyes = Eyes(session, tx)
        return [_line(eyes, row, row) for row in rows]


def trouble_lines(session: Session, *, limit: int = 200) -> list[Line]:
    """What a person must look at: fields two people changed, and operations the server refused or holds.

    An act of several operations that was refused is one line, told at the act.
    """
    with session.store.read() as tx:
        refused = tx.sql(
            f"{_OPERATIONS} WHERE outcome IN ('rejected', 'held') AND coalesce(code, '') NOT IN"
            " ('ACT_REFUSED', 'ACT_HELD') ORDER BY seq DESC LIMIT ?",
            (limit,),
        )
        eyes = Eyes(session, tx)
        return [*_conflicts(eyes, limit), *(_line(eyes, row, _first_of(tx, row)) for row in refused)]


def _line(eyes: Eyes, row: tuple[object, ...], act: tuple[object, ...]) -> Line:
    """What became of an operation, told of the one that stands for its act."""
    ledger_key, record_id, kind, command, given, *_ = act
    *_, at, outcome, detail, _ = row
    ledger = all_ledgers().get(str(ledger_key))
    state = str(outcome) if outcome in (REJECTED, HELD) else WAITING
    why = _reason(eyes, str(detail or ""))
    if state != WAITING and not why:
        why = "服务器没有接受这一条。" if state == REJECTED else "服务器暂时放着，等前面的改动处理完。"
    return Line(
        str(ledger_key), str(record_id), _title(eyes, str(ledger_key), str(record_id), str(given or "")),
        _what(ledger, str(kind), str(command or "")), show_datetime(str(at)), state, why,
    )  # fmt: skip


def _what(ledger: Ledger | None, kind: str, command: str) -> str:
    if kind in _DONE:
        return _DONE[kind]
    name = json.loads(command or "{}").get("name", "")
    if kind == "move" and ledger and ledger.workflow:
        return next((move.label for move in ledger.workflow.moves if move.event == name), "办理")
    return "登记" if name == "create" else "修改"


def _first_of(tx: ReadTx, row: tuple[object, ...]) -> tuple[object, ...]:
    act = str(row[-1] or "")
    return tx.sql(f"{_OPERATIONS} WHERE batch = ? ORDER BY seq LIMIT 1", (act,))[0] if whole_act_of(act) else row


def _reason(eyes: Eyes, detail: str) -> str:
    """What the server said, from the words kept with the operation."""
    try:
        said = json.loads(detail or "{}")
    except ValueError:
        return detail
    if not isinstance(said, dict):
        return detail
    problems = [str(problem.get("message", "")) for problem in said.get("problems", ())]
    told = "".join([str(said.get("reason", "")), *(one for one in problems if one not in said.get("reason", ""))])
    kept = eyes.tx.get("person", str(said.get("kept") or ""))
    named = eyes.title(kept, Purpose.WORK) if kept is not None else ""
    return f"{told}保留的是“{named}”。" if named else told


def _title(eyes: Eyes, ledger_key: str, record_id: str, given: str = "") -> str:
    """What names a record; one whose creation was refused is named by what was written."""
    ledger = all_ledgers().get(ledger_key)
    if ledger is None:
        return ledger_key
    found = eyes.tx.get(ledger_key, record_id)
    values = found.values if found else json.loads(given or "{}")
    if found is not None:
        named = [eyes.title(found, Purpose.WORK)]
    else:
        named = [title_of(Record(record_id, ledger_key, "", values), Purpose.WORK)] if values else []
    person = eyes.tx.get("person", str(values.get("person_id") or "")) if ledger_key == "movement" else None
    named += [eyes.title(person, Purpose.WORK)] if person is not None else []
    return " · ".join(part for part in (ledger.label, *named) if part)


def _conflicts(eyes: Eyes, limit: int) -> list[Line]:
    rows = eyes.tx.sql(
        "SELECT op_id, ledger, record, field, mine, theirs, at FROM conflict"
        " WHERE settled_at IS NULL ORDER BY at DESC, op_id, field LIMIT ?",
        (limit,),
    )
    grouped: dict[tuple[str, str, str], list[tuple[object, ...]]] = {}
    for op_id, ledger_key, record_id, *rest in rows:
        grouped.setdefault((str(op_id), str(ledger_key), str(record_id)), []).append(tuple(rest))
    return [_conflict(eyes, ledger_key, record_id, fields) for (_, ledger_key, record_id), fields in grouped.items()]


def _conflict(eyes: Eyes, ledger_key: str, record_id: str, fields: list[tuple[object, ...]]) -> Line:
    ledger = find_ledger(ledger_key)
    keys = [str(field) for field, *_ in fields if str(field) in ledger]
    sides = [
        Record(f"side-{side}", ledger_key, "", {str(one[0]): json.loads(str(one[side])) for one in fields})
        for side in (1, 2)
    ]
    record = eyes.tx.get(ledger_key, record_id) or Record(record_id, ledger_key, eyes.session.place.grid_code)
    mine, theirs = show_many(eyes.tx, ledger, sides, keys, Purpose.WORK, eyes=eyes, whose=record)
    labels = "、".join(ledger[key].label for key in keys) or "同一处"
    return Line(
        ledger_key, record_id, _title(eyes, ledger_key, record_id), "两个人都改过", show_datetime(str(fields[0][3])),
        CONFLICT, f"{labels}别人也改了，服务器上留的是对方的，您的另存着没有丢。",
        tuple((ledger[key].label, mine[key], theirs[key]) for key in keys if eyes.sees(record)),
    )  # fmt: skip
