"""The server's verdicts on operations, taken over: operation, base, view and cursor in one transaction."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from gridworker.ledger.facts import Value
from gridworker.ledger.record import Record
from gridworker.store.base_layer import bases_of, cursor_of, forget_bases, set_cursor, unjudged_ops, write_bases
from gridworker.store.outbox import SET, Op
from gridworker.store.replay import laid_over, replay
from gridworker.store.tables import to_json
from gridworker.store.transactions import WriteTx

APPLIED, CONFLICT, REJECTED, HELD = "applied", "conflict", "rejected", "held"
ALONG = "along"
"""Refused or held with the act it belongs to; counted once, with the operation that stopped the act."""
_WITH_ITS_ACT = frozenset({"ACT_REFUSED", "ACT_HELD"})
_BEGINNING = "0"


@dataclass(frozen=True)
class PutAside:
    """A field where the server kept somebody else's value; mine waits for a person to decide."""

    field: str
    mine: Value
    theirs: Value
    their_author: str


@dataclass(frozen=True)
class Verdict:
    """The server's word on one operation, final unless it is `held`."""

    op_id: str
    outcome: str
    revision: int
    code: str = ""
    detail: str = ""
    put_aside: tuple[PutAside, ...] = ()


@dataclass
class Settled:
    """Whose records changed, and how many operations ended in each outcome."""

    changed: set[str] = field(default_factory=set)
    outcomes: Mapping[str, int] = field(default_factory=dict)


def settle(
    tx: WriteTx, scope: str, ops: Sequence[Op], verdicts: Sequence[Verdict], *, before: str = "", upto: str = ""
) -> Settled:
    """Takes over the verdicts on one batch; nothing a person wrote is dropped, whatever the verdict.

    `before` and `upto` are the cursors of the moments around the batch, where the server names them.
    """
    judged = list(zip(ops, verdicts, strict=True))
    by_record: dict[str, list[tuple[Op, Verdict]]] = defaultdict(list)
    for op, verdict in judged:
        by_record[op.record].append((op, verdict))
    tx.executemany(
        "UPDATE outbox SET status = 'acked', outcome = ?, code = ?, detail = ? WHERE op_id = ?",
        [(verdict.outcome, verdict.code or None, verdict.detail or None, verdict.op_id) for verdict in verdicts],
    )
    _keep_put_aside(tx, scope, judged)
    waiting = unjudged_ops(tx, list(by_record))
    bases = bases_of(tx, list(by_record))
    plain = {
        record: pairs
        for record, pairs in by_record.items()
        if record not in waiting and all(_says_all(op, v) and not _holds(bases.get(record), v) for op, v in pairs)
    }
    _confirm(tx, plain)
    _rebuild(tx, {record: pairs for record, pairs in by_record.items() if record not in plain}, waiting, bases)
    if upto and before == (cursor_of(tx, scope) or _BEGINNING) and all(_says_all(op, v) for op, v in judged):
        set_cursor(tx, scope, upto)
    return Settled(set(by_record), Counter(map(_counts_as, verdicts)))


def _counts_as(verdict: Verdict) -> str:
    return ALONG if verdict.code in _WITH_ITS_ACT else verdict.outcome


def _confirm(tx: WriteTx, plain: Mapping[str, list[tuple[Op, Verdict]]]) -> None:
    """What the view shows is what the server now holds: only revisions move, and the base is needed no more."""
    revisions: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for record, pairs in plain.items():
        op, verdict = pairs[-1]
        revisions[op.ledger].append((verdict.revision, record))
    for ledger, rows in revisions.items():
        tx.set_revisions(ledger, rows)
    forget_bases(tx, list(plain))


def _rebuild(
    tx: WriteTx,
    judged: Mapping[str, list[tuple[Op, Verdict]]],
    waiting: Mapping[str, list[Op]],
    bases: Mapping[str, Record],
) -> None:
    for record, pairs in judged.items():
        base = _after(bases.get(record), pairs)
        left = waiting.get(record, [])
        seen = replay(base, left)
        if seen is None:
            tx.drop(pairs[0][0].ledger, [record])
        else:
            tx.put(replace(seen, revision=base.revision if base else 0))
        if base is not None and left:
            write_bases(tx, [base])
        else:
            forget_bases(tx, [record])


def _after(base: Record | None, pairs: Sequence[tuple[Op, Verdict]]) -> Record | None:
    """The server's record after the verdicts, as far as this device can know it before the next pull."""
    for op, verdict in pairs:
        untouched = verdict.outcome in (REJECTED, HELD) or (verdict.outcome == CONFLICT and op.kind != SET)
        if untouched or _holds(base, verdict):
            continue
        # Otherwise the revision waits for the pull, or an edit made before it would pass for one that had seen what
        # others wrote meanwhile, and overwrite it in silence.
        revision = verdict.revision if _says_all(op, verdict) or base is None else base.revision
        theirs = {aside.field: aside.theirs for aside in verdict.put_aside}
        after = laid_over(base, op)
        values = {key: value for key, value in {**after.values, **theirs}.items() if value is not None}
        base = replace(after, values=values, revision=revision)
    return base


def _holds(base: Record | None, verdict: Verdict) -> bool:
    """Whether a pull brought the operation before its verdict came, and perhaps later words of others with it."""
    return base is not None and base.revision >= verdict.revision


def _says_all(op: Op, verdict: Verdict) -> bool:
    """Whether the device now knows all of the record: of values "applied" says that nobody wrote in between.

    Of moves it does not, and the server may derive other values than the laptop did.
    """
    return verdict.outcome == APPLIED and op.kind == SET


def _keep_put_aside(tx: WriteTx, scope: str, judged: Sequence[tuple[Op, Verdict]]) -> None:
    rows = [
        (op.op_id, one.field, op.record, op.ledger, scope, to_json(one.mine), to_json(one.theirs), one.their_author,
         verdict.code, tx.now())
        for op, verdict in judged
        for one in verdict.put_aside
    ]  # fmt: skip
    if rows:
        columns = "op_id, field, record, ledger, scope, mine, theirs, their_author, code, at"
        tx.executemany(f"INSERT OR IGNORE INTO conflict ({columns}) VALUES (?,?,?,?,?,?,?,?,?,?)", rows)
