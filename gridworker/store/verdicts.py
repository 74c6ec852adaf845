"""The server's verdicts on operations, taken over: operation, base, view and cursor in one transaction."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from gridworker.ledger.dates import now_stamp
from gridworker.ledger.facts import Value
from gridworker.ledger.record import Record
from gridworker.store.base_layer import bases_of, cursor_of, forget_bases, set_cursor, write_bases
from gridworker.store.outbox import Op
from gridworker.store.replay import laid_over, replay
from gridworker.store.store import WriteTx

APPLIED, MERGED, CONFLICT, REJECTED, HELD = "applied", "merged", "conflict", "rejected", "held"


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
    outcomes: dict[str, int] = field(default_factory=dict)


def settle(tx: WriteTx, scope: str, ops: Sequence[Op], verdicts: Sequence[Verdict]) -> Settled:
    """Takes over the verdicts on one batch; nothing a person wrote is dropped, whatever the verdict."""
    judged = list(zip(ops, verdicts, strict=True))
    by_record: dict[str, list[tuple[Op, Verdict]]] = defaultdict(list)
    for op, verdict in judged:
        by_record[op.record].append((op, verdict))
    cursor = cursor_of(tx, scope)
    acknowledge(tx, judged)
    _keep_put_aside(tx, scope, judged)
    waiting = unjudged_ops(tx, list(by_record))
    plain = {
        record: pairs
        for record, pairs in by_record.items()
        if record not in waiting and all(_says_all(op, v) and v.revision > cursor for op, v in pairs)
    }
    _confirm(tx, plain)
    _rebuild(tx, {record: pairs for record, pairs in by_record.items() if record not in plain}, waiting, cursor)
    set_cursor(tx, scope, _followed(cursor, judged))
    return Settled(set(by_record), Counter(verdict.outcome for verdict in verdicts))


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
    tx: WriteTx, judged: Mapping[str, list[tuple[Op, Verdict]]], waiting: Mapping[str, list[Op]], cursor: int
) -> None:
    bases = bases_of(tx, list(judged))
    for record, pairs in judged.items():
        base = _after(bases.get(record), pairs, cursor)
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


def _after(base: Record | None, pairs: Sequence[tuple[Op, Verdict]], cursor: int) -> Record | None:
    """The server's record after the verdicts, as far as this device can know it before the next pull."""
    for op, verdict in pairs:
        untouched = verdict.outcome in (REJECTED, HELD) or (verdict.outcome == CONFLICT and op.kind != "set")
        # At or below the cursor the pulled record already holds the operation, and perhaps later words of others.
        if untouched or verdict.revision <= cursor:
            continue
        # Otherwise the revision waits for the pull, or an edit made before it would pass for one that had seen what
        # others wrote meanwhile, and overwrite it in silence.
        revision = verdict.revision if _says_all(op, verdict) or base is None else base.revision
        theirs = {aside.field: aside.theirs for aside in verdict.put_aside}
        base = laid_over(base, op).with_values(theirs, revision=revision)
    return base


def _followed(cursor: int, judged: Sequence[tuple[Op, Verdict]]) -> int:
    """The cursor after a batch: revisions that follow it without a gap are this device's own and need no pull."""
    for op, verdict in judged:
        if verdict.revision == cursor + 1 and _says_all(op, verdict):
            cursor += 1
        elif verdict.revision > cursor:
            break
    return cursor


def _says_all(op: Op, verdict: Verdict) -> bool:
    """Whether the device now knows all of the record: of values "applied" says that nobody wrote in between.

    Of moves it does not, and the server may derive other values than the laptop did.
    """
    return verdict.outcome == APPLIED and op.kind == "set"


def _keep_put_aside(tx: WriteTx, scope: str, judged: Sequence[tuple[Op, Verdict]]) -> None:
    at = now_stamp()
    rows = [
        (op.op_id, aside.field, op.record, op.ledger, scope, _json(aside.mine), _json(aside.theirs), aside.their_author,
         verdict.code, at)
        for op, verdict in judged
        for aside in verdict.put_aside
    ]  # fmt: skip
    if rows:
        tx.executemany(
            "INSERT OR IGNORE INTO conflict (op_id, field, record, ledger, scope, mine, theirs, their_author, code, at)"
            " VALUES (?,?,?,?,?,?,?,?,?,?)",
            rows,
        )


def _json(value: Value) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
