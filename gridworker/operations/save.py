"""Saving a record: checked, numbered and written with its op, search entry and audit link in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gridworker.errors import KnownError
from gridworker.identity import new_id
from gridworker.ledger.case_code import code_in, fixed_problems
from gridworker.ledger.facts import Problem, Profile, Severity, Value, Values
from gridworker.ledger.ledger import CheckContext, Ledger, errors_of
from gridworker.ledger.moves import step_problems
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import find_ledger
from gridworker.operations import borrowing, clock_back, effects, fresh, handovers, photo_fields, references, rights
from gridworker.operations.changes import Changes
from gridworker.operations.heads import head_problems
from gridworker.operations.recurrence import recurrence_problems
from gridworker.operations.refusals import SaveRefused
from gridworker.operations.session import Session
from gridworker.operations.shown import Eyes
from gridworker.operations.taken_numbers import taken_problems
from gridworker.operations.twins import TELLING, twin_problems
from gridworker.store import saving
from gridworker.store.store import ReadTx, WriteTx

ENVELOPE = frozenset({"id", "ledger", "grid_code", "status", "revision", "deleted"})


@dataclass(frozen=True)
class Saved:
    """A saved record, what should still be looked at, what changed, and the op that can be undone."""

    record: Record
    warnings: list[Problem]
    changes: Changes
    op_id: str


def save(
    session: Session,
    ledger_name: str,
    raw: Mapping[str, object],
    *,
    record_id: str | None = None,
    loaded: Record | None = None,
) -> Saved:
    """Creates a record, or changes the one named by `record_id` or by `id` in what was typed.

    `loaded` is the record as the form showed it. A field that a sync brought in while she typed is then
    not taken as seen: hers meets it as a conflict on the server instead of overwriting it in silence.
    """
    ledger = find_ledger(ledger_name)
    record_id = record_id or (str(raw["id"]) if raw.get("id") else None)
    typed = {key: value for key, value in raw.items() if key not in ENVELOPE}
    values, problems = ledger.parse(typed)
    if problems and record_id:
        with session.store.read() as tx:
            standing = tx.get(ledger.key, record_id)
        values, problems = ledger.parse(typed, standing.values if standing else None)
    if problems:
        raise SaveRefused(ledger, problems)
    return session.store.write(lambda tx: _save(session, tx, ledger, values, record_id, loaded, raw.get("status")))


def save_in(
    session: Session, tx: WriteTx, ledger_name: str, raw: Mapping[str, object], act: str | None = None
) -> Saved:
    """Creates a record inside a transaction, as part of the act that is named."""
    ledger = find_ledger(ledger_name)
    values, problems = ledger.parse(raw)
    if problems:
        raise SaveRefused(ledger, problems)
    return _save(session, tx, ledger, values, None, None, None, act)


def check(
    session: Session,
    ledger_name: str,
    raw: Mapping[str, object],
    *,
    record_id: str | None = None,
    field: str | None = None,
) -> list[Problem]:
    """What is wrong with what was typed, without writing; of one field only where it is named."""
    ledger = find_ledger(ledger_name)
    typed = {key: value for key, value in raw.items() if key not in ENVELOPE}
    with session.store.read() as tx:
        before = tx.get(ledger.key, record_id) if record_id else None
        values, problems = ledger.parse(typed, before.values if before else None)
        standing = fresh.signed(session, ledger, dict(before.values)) if before else fresh.defaults(session, ledger.key)
        merged = {**standing, **values}
        merged, unresolved = references.resolve(tx, ledger, merged, before.values if before else None)
        merged |= borrowing.borrowed_from(tx, ledger, before.values if before else {}, merged)
        merged |= dict(ledger.derive(merged, session.today()))
        profile = Profile.DRAFT if field else Profile.SUBMIT
        problems = [*problems, *unresolved, *_problems(session, tx, ledger, merged, profile, record_id)]
        if rights.may(session, tx, "save", before or _at_home(tx, new_record(session, ledger, merged))):
            # Who may not save it here is not told who heads a household.
            problems += head_problems(tx, ledger, before, merged, record_id or "")
        if _tells_who(before, merged):
            problems += twin_problems(Eyes(session, tx), ledger, merged, record_id or "")
        taken = taken_problems(tx, ledger, before, values, record_id or "")
    own = code_in(ledger.fields)
    filled_by_program = {"record_no", "recorded_by", "recorded_at", "household_no", own.key if own else "record_no"}
    return [
        *(problem for problem in taken if field in (None, problem.field)),
        *(one for one in problems if (one.field == field if field else one.field not in filled_by_program)),
    ]


def _save(
    session: Session,
    tx: WriteTx,
    ledger: Ledger,
    values: dict[str, Value],
    record_id: str | None,
    loaded: Record | None,
    status: object,
    act: str | None = None,
) -> Saved:
    record_id = record_id or handovers.awaiting(tx, ledger, values)
    before = _raise_if_gone(tx, ledger, record_id) if record_id else None
    if before:
        rights.raise_if_may_not(session, tx, "save", before)
    _raise_if_moved_by_hand(ledger, before, status)
    wanted, problems = _settled(session, tx, ledger, values, before, record_id or "")
    problems += _objections(session, tx, ledger, wanted, before, record_id or "")
    problems = clock_back.spared(problems, before, wanted, session.today())
    problems = _standing_spared(session, tx, ledger, problems, before, wanted) if errors_of(problems) else problems
    if errors_of(problems):
        raise SaveRefused(ledger, problems)
    after = before.with_values(wanted) if before else _at_home(tx, new_record(session, ledger, wanted))
    rights.raise_if_may_not(session, tx, "save", after)
    op_id, changes, told = _written(session, tx, before, loaded, after, act)
    warnings = [problem for problem in (*problems, *told) if problem.severity is Severity.WARNING]
    return Saved(tx.get(ledger.key, after.id) or after, warnings, changes, op_id)


def _settled(
    session: Session, tx: WriteTx, ledger: Ledger, values: dict[str, Value], before: Record | None, record_id: str
) -> tuple[dict[str, Value], list[Problem]]:
    """The values as they are to stand: links resolved, photos named, blanks filled; and what could not be settled."""
    wanted = fresh.signed(session, ledger, {**before.values, **values}) if before else values
    wanted, problems = references.resolve(tx, ledger, wanted, before.values if before else None)
    problems += taken_problems(tx, ledger, before, values, record_id)
    wanted, unsettled = photo_fields.settle(session, ledger, before.values if before else {}, wanted)
    problems += unsettled
    if before:
        wanted |= borrowing.borrowed_from(tx, ledger, before.values, wanted)
        wanted |= dict(ledger.derive(wanted, session.today()))
    else:
        wanted = fresh.complete(session, tx, ledger, wanted)
        # First of all: what is wrong with it may name people she is not shown.
        rights.raise_if_may_not(session, tx, "save", _at_home(tx, new_record(session, ledger, wanted)))
    return wanted, problems


def _objections(
    session: Session, tx: WriteTx, ledger: Ledger, wanted: dict[str, Value], before: Record | None, record_id: str
) -> list[Problem]:
    """All that is wrong with it, or worth a word."""
    problems = _problems(session, tx, ledger, wanted, Profile.SUBMIT, record_id)
    problems += fixed_problems(ledger.fields, before.values, wanted) if before else []
    problems += step_problems(ledger, before.values if before else fresh.defaults(session, ledger.key), wanted)
    problems += head_problems(tx, ledger, before, wanted, record_id)
    if _tells_who(before, wanted):
        problems += twin_problems(Eyes(session, tx), ledger, wanted, record_id)
    return [*problems, *recurrence_problems(tx, ledger, before, wanted, session.today())]


def _written(
    session: Session, tx: WriteTx, before: Record | None, loaded: Record | None, after: Record, act: str | None
) -> tuple[str, Changes, list[Problem]]:
    """Writes the record and what follows from it: the op to undo it by, what changed, and what is told of it."""
    ledger = find_ledger(after.ledger)
    makes = before is None or handovers.registers(before, after)
    act = act or (effects.act_of(ledger) if makes else None)
    seen = loaded or before
    changed = {key: value for key, value in after.values.items() if before and value != before.values.get(key)}
    wanted = seen.with_values(changed) if seen else after
    rests = {} if before else effects.seen_by(tx, after)
    op = saving.save(tx, seen, wanted, actor_id=session.actor.id, batch=act, expect=rests)
    changes = Changes(frozenset({after.id}), frozenset({ledger.key}))
    if not makes:
        return op.op_id, changes, []
    done = effects.after_create(session, tx, ledger, after, act)
    return op.op_id, changes | done.changes, [replace(one, severity=Severity.WARNING) for one in done.told]


def _standing_spared(
    session: Session, tx: ReadTx, ledger: Ledger, problems: list[Problem], before: Record | None, wanted: Values
) -> list[Problem]:
    """The problems, but a warning where a filled field was just as wrong before and is not what she changes.

    A merge of two devices' changes, or the years, can make a record wrong; she who writes down a new phone number is
    told so, and not held up by it.
    """
    if before is None:
        return problems
    known = _problems(session, tx, ledger, before.values, Profile.SUBMIT, before.id)
    return [
        replace(one, severity=Severity.WARNING)
        if one in known and wanted.get(one.field) and wanted.get(one.field) == before.values.get(one.field)
        else one
        for one in problems
    ]


def _tells_who(before: Record | None, values: Values) -> bool:
    """Whether what makes a record like another one is new."""
    return before is None or any(values.get(key) != before.values.get(key) for key in TELLING)


def new_record(session: Session, ledger: Ledger, values: Values) -> Record:
    """A record that no device has seen yet."""
    status = ledger.workflow.initial if ledger.workflow else ""
    return Record(new_id(), ledger.key, session.place.grid_code, dict(values), status)


def _at_home(tx: ReadTx, record: Record) -> Record:
    """A new record belongs to the grid of whom or what it is about, also where a home looks after several."""
    for link in find_ledger(record.ledger).links:
        about = record.values.get(link.key) if link.to in ("household", "person") else None
        found = tx.get(link.to, about) if isinstance(about, str) else None
        if found is not None:
            return replace(record, grid_code=found.grid_code)
    return record


def _raise_if_gone(tx: ReadTx, ledger: Ledger, record_id: str) -> Record:
    before = tx.get(ledger.key, record_id)
    if before is None:
        raise KnownError(f"本机没有这条{ledger.label}记录。", action="请核对记录编号，或先同步。")
    if before.deleted:
        raise KnownError(f"这条{ledger.label}已在回收站。", action="请先恢复，再修改。")
    return before


def _raise_if_moved_by_hand(ledger: Ledger, before: Record | None, status: object) -> None:
    """A state is reached by its steps, never typed; one that came along unchanged, as from `show`, is fine."""
    standing = before.status if before else ledger.workflow.initial if ledger.workflow else ""
    if status not in (None, "", standing):
        raise KnownError(
            "状态不能直接填写。", safe="记录没有改动。", action="请用办理步骤改变状态（命令 gridworker move）。"
        )


def _problems(
    session: Session, tx: ReadTx, ledger: Ledger, values: Values, profile: Profile, record_id: str | None
) -> list[Problem]:
    def lookup(other: str, record_id: str) -> Values | None:
        found = tx.get(other, record_id)
        return found.values if found else None

    return ledger.problems(values, CheckContext(profile, session.today(), lookup, record_id or ""))
