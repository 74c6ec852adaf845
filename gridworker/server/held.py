"""Judges again what was held: an op of a newer program waits in the log until the server understands it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gridworker.server import tables
from gridworker.server.access import standing_of
from gridworker.server.batch import Sent
from gridworker.server.clock import now_ms
from gridworker.server.docket import load_judge, save_judged
from gridworker.server.judge_acts import by_act, judge_part
from gridworker.server.log import note
from gridworker.server.storage import Storage
from gridworker.sync import wire, wire_bytes

_op, _scope, _device = tables.op.c, tables.scope.c, tables.device.c
_HELD = sa.and_(_op.outcome.in_(("held", "rejected")), _op.outcome == "held")


async def settle_held(storage: Storage) -> int:
    """Gives every held op that can be judged now its final outcome; says how many."""
    async with storage.read() as connection:
        scopes = (await connection.execute(sa.select(_op.scope).where(_HELD).distinct())).scalars().all()
    return sum([await settle_scope(storage, scope) for scope in scopes])


async def settle_scope(storage: Storage, scope: str) -> int:
    """The same for one scope."""
    async with storage.write() as connection:
        locked = sa.select(_scope.seq).where(_scope.scope == scope).with_for_update()
        seq = (await connection.execute(locked)).scalar_one()
        query = (
            sa.select(_op.op_id, _op.device_id, _op.incarnation, _op.body, _device.actor_id)
            .join(tables.device, _device.id == _op.device_id)
            .where(_op.scope == scope, _HELD)
            .order_by(_op.device_id, _op.incarnation, _op.n)
        )
        rows = (await connection.execute(query)).all()
        settled = 0
        for _, chain in groupby(rows, key=lambda row: (row.device_id, row.incarnation)):
            seq, count = await _settle_chain(storage, connection, scope, seq, [*chain])
            settled += count
        await connection.execute(sa.update(tables.scope).where(_scope.scope == scope).values(seq=seq))
    if settled:
        note("settled", scope=scope, ops=settled)
    return settled


async def _settle_chain(
    storage: Storage, connection: AsyncConnection, scope: str, seq: int, rows: Sequence[Any]
) -> tuple[int, int]:
    first = rows[0]
    ops = [msgspec.json.decode(row.body, type=wire.Op) for row in rows]
    standing = await standing_of(connection, first.actor_id, [scope])
    judge = await load_judge(
        storage.bulk, connection, scope=scope, author=f"{first.device_id}.{first.incarnation}",
        actor=standing.actor, now=now_ms(), seq=seq, ops=ops,
    )  # fmt: skip
    judge.blocked = {record: outcome for record, outcome in judge.blocked.items() if outcome == "rejected"}
    count = 0
    for part in by_act(
        [Sent(op.op_id, op.n, op.hash, row.body, op, op.act) for op, row in zip(ops, rows, strict=True)]
    ):
        before = judge.seq
        outcomes = judge_part(judge, part)
        if outcomes[0].outcome == "held":
            continue
        # A revision of its own where nothing changed, so that the news passes every cursor exactly once.
        judge.seq = max(judge.seq, before + 1)
        for outcome in outcomes:
            await connection.execute(
                sa.update(tables.op)
                .where(_op.scope == scope, _op.op_id == outcome.op_id)
                .values(outcome=outcome.outcome, result=wire_bytes.to_json(outcome).decode(), settled_rev=judge.seq)
            )
        count += len(outcomes)
    await save_judged(storage.bulk, connection, scope, judge)
    return judge.seq, count
