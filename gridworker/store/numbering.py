"""The numbers under which unjudged operations go out: contiguous per grid and device, whatever is held back meanwhile.

An operation the server cannot take is held back here (`pending` with the outcome `held`), and with it the later ones
of its record; the others go on under the numbers that became free. An act that takes effect whole goes out in one
batch and is held back as one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from gridworker.store.acts import whole_act_of
from gridworker.store.outbox import Op, read_ops
from gridworker.store.transactions import ReadTx, WriteTx

_UNSENT = "status <> 'acked'"
_HELD_BACK = f"record IN (SELECT record FROM outbox WHERE scope = ? AND {_UNSENT} AND outcome = 'held')"


def scopes_waiting(tx: ReadTx) -> list[str]:
    """The grids that have operations to send."""
    return [row[0] for row in tx.sql(f"SELECT DISTINCT scope FROM outbox WHERE {_UNSENT} ORDER BY scope")]


def count_waiting(tx: ReadTx) -> int:
    """How many operations have no verdict."""
    return int(tx.sql(f"SELECT count(*) FROM outbox WHERE {_UNSENT}")[0][0])


def next_ops(tx: ReadTx, scope: str, limit: int, *, after: int = 0) -> list[Op]:
    """The next operations to send, in their order, those held back left out."""
    where = f"WHERE scope = ? AND {_UNSENT} AND n > ? AND NOT {_HELD_BACK}"
    ops = read_ops(tx, f"{where} ORDER BY n LIMIT ?", (scope, after, scope, limit + 1))
    if len(ops) <= limit:
        return ops
    following, ops = ops[limit].batch, ops[:limit]
    if not whole_act_of(following) or ops[-1].batch != following:
        return ops
    # What does not fit goes with the next batch, whole; an act longer than a batch goes alone.
    before = [op for op in ops if op.batch != following]
    return before or read_ops(tx, f"{where} AND batch = ? ORDER BY n", (scope, after, scope, following))


def are_one(ops: Sequence[Op]) -> bool:
    """Whether operations can only go out together."""
    return len(ops) == 1 or (bool(whole_act_of(ops[0].batch)) and {op.batch for op in ops} == {ops[0].batch})


def number(tx: WriteTx, scope: str) -> None:
    """Gives what waits the numbers that follow the last judged one, under the device's present name."""
    device, incarnation = tx.meta("device_id") or "", int(tx.meta("incarnation") or 1)
    waiting = tx.sql(
        f"SELECT seq, n, device, incarnation FROM outbox WHERE scope = ? AND {_UNSENT} ORDER BY {_HELD_BACK}, seq",
        (scope, scope),
    )
    first = _last_judged(tx, scope, device, incarnation) + 1
    wanted = [(place, device, incarnation, row[0]) for place, row in enumerate(waiting, first)]
    moved = [new for new, row in zip(wanted, waiting, strict=True) if new[:3] != row[1:]]
    # Out of the way first: two operations may not bear one number even for a moment.
    tx.executemany("UPDATE outbox SET n = -seq WHERE seq = ?", [(new[3],) for new in moved])
    tx.executemany("UPDATE outbox SET n = ?, device = ?, incarnation = ? WHERE seq = ?", moved)
    if moved:
        tx.execute(
            "INSERT OR REPLACE INTO counter (name, value) VALUES (?,?)",
            (f"op:{scope}:{device}:{incarnation}", first + len(waiting) - 1),
        )


def hold_back(tx: WriteTx, op: Op, *, code: str, detail: str) -> list[str]:
    """Keeps an operation here that the server cannot take, with its act, so that the others can go; says which.

    A later act that concerns a record that waits waits as well, whole.
    """
    fresh, held = _of_act(tx, op.batch) or [op.op_id], list[str]()
    while fresh:
        held += fresh
        rows = [(code, detail, op_id) for op_id in fresh]
        tx.executemany("UPDATE outbox SET outcome = 'held', code = ?, detail = ? WHERE op_id = ?", rows)
        following = tx.sql(
            f"SELECT DISTINCT batch FROM outbox WHERE scope = ? AND {_UNSENT} AND outcome IS NULL AND {_HELD_BACK}",
            (op.scope, op.scope),
        )
        fresh = [op_id for (batch,) in following for op_id in _of_act(tx, batch)]
    number(tx, op.scope)
    return held


def _of_act(tx: ReadTx, batch: str | None) -> list[str]:
    """The operations that can only go out together with those of a batch."""
    act = batch if whole_act_of(batch) else None
    return [row[0] for row in tx.sql(f"SELECT op_id FROM outbox WHERE batch = ? AND {_UNSENT}", (act,))]


def release(tx: WriteTx, scope: str, *, only: Collection[str] | None = None, apart_from: Collection[str] = ()) -> int:
    """Lets what was held back try again; how many operations that frees."""
    held = tx.sql(f"SELECT op_id FROM outbox WHERE scope = ? AND {_UNSENT} AND outcome = 'held'", (scope,))
    freed = [row for row in held if row[0] not in apart_from and (only is None or row[0] in only)]
    tx.executemany("UPDATE outbox SET outcome = NULL, code = NULL, detail = NULL WHERE op_id = ?", freed)
    number(tx, scope)
    return len(freed)


def new_incarnation(tx: WriteTx, incarnation: int) -> None:
    """A device that was copied or restored goes on under a new name; its operations keep their ids."""
    tx.set_meta("incarnation", str(incarnation))
    for scope in scopes_waiting(tx):
        number(tx, scope)


def _last_judged(tx: ReadTx, scope: str, device: str, incarnation: int) -> int:
    rows = tx.sql(
        "SELECT n FROM outbox WHERE scope = ? AND device = ? AND incarnation = ? AND status = 'acked'"
        " ORDER BY n DESC LIMIT 1",
        (scope, device, incarnation),
    )
    return int(rows[0][0]) if rows else 0
