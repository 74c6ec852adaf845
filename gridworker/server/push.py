"""PUSH: one batch of one scope in one transaction; every op leaves with a durable outcome.

Order inside the transaction: lock the scope's counter → today's grants → how far the device got → what is known
already → load records → judge → write records, moves, conflicts, log and counter. Numbers are given under the lock
and become visible with the commit, so a reader's cursor never passes a revision that is still on its way.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gridworker.area.belonging import Actor
from gridworker.area.rights import sees_everything
from gridworker.server import tables
from gridworker.server.access import Caller, raise_if_device_revoked, standing_of
from gridworker.server.batch import Envelope, Sent, read_batch
from gridworker.server.clock import day_of, now_ms
from gridworker.server.delivery import deliver
from gridworker.server.docket import load_judge, save_judged
from gridworker.server.judge import Judge
from gridworker.server.judge_acts import judge_all
from gridworker.server.log import note
from gridworker.server.refusals import Refused
from gridworker.server.storage import Storage
from gridworker.server.storage_bulk import KnownOp, OpRow
from gridworker.sync import wire, wire_bytes

_scope, _chain = tables.scope.c, tables.chain.c


class PushedRaw(msgspec.Struct, frozen=True, kw_only=True):
    """A Pushed whose outcomes are the stored bytes."""

    epoch: str
    scope: str
    last_n: int
    seq: int
    outcomes: list[msgspec.Raw]
    before: str
    upto: str


async def push(storage: Storage, caller: Caller, envelope: Envelope) -> PushedRaw:
    """Judges a batch; a replayed op gets the stored outcome, byte for byte, and has no effect."""
    if envelope.epoch != storage.epoch:
        raise Refused("EPOCH_CHANGED", epoch=storage.epoch)
    sent = read_batch(envelope)
    # What other grids told this one comes first: an undo must not overtake the word that she was received there.
    await deliver(storage, [envelope.scope])
    async with storage.write() as connection:
        turn = await _Turn.begin(storage, connection, caller, envelope)
        before = turn.seq
        known = await storage.bulk.known(connection, envelope.scope, [one.op_id for one in sent])
        await turn.raise_if_out_of_order(sent, known)
        fresh = [one for one in sent if one.op_id not in known]
        judged = await turn.judge(fresh) if fresh else []
        last_n = await turn.finish(sent)
    if turn.has_news:
        await deliver(storage)
    results = {one.op_id: one.result for one in known.values()}
    results |= {one.op_id: result for one, result in zip(fresh, judged, strict=True)}
    return PushedRaw(
        epoch=storage.epoch,
        scope=envelope.scope,
        last_n=last_n,
        seq=turn.seq,
        outcomes=[msgspec.Raw(results[one.op_id].encode()) for one in sent],
        before="" if known or not turn.sees_everything else str(before),
        upto="" if known or not turn.sees_everything else str(turn.upto),
    )


class _Turn:
    """One device's hold on one scope, from the lock to the commit."""

    def __init__(
        self, storage: Storage, connection: AsyncConnection, caller: Caller, envelope: Envelope, actor: Actor
    ) -> None:
        self._bulk, self._connection, self._caller, self._actor = storage.bulk, connection, caller, actor
        self._scope, self._incarnation = envelope.scope, envelope.incarnation
        self.sees_everything = sees_everything(actor, envelope.scope, today=day_of(now_ms()))
        self.seq = 0
        self.upto = 0
        """The revision of the last op: what the server adds of its own comes after it, and is pulled by everybody."""
        self.has_news = False
        """Whether other grids are to be told something."""
        self._last_n = 0

    @classmethod
    async def begin(cls, storage: Storage, connection: AsyncConnection, caller: Caller, envelope: Envelope) -> _Turn:
        """Locks the scope and reads where things stand; refuses a scope the person never had."""
        locked = sa.select(_scope.seq).where(_scope.scope == envelope.scope).with_for_update()
        seq = (await connection.execute(locked)).scalar_one_or_none()
        standing = await standing_of(connection, caller.actor_id, [envelope.scope])
        if seq is None or envelope.scope not in {*standing.roles, *standing.revoked}:
            note("scope_forbidden", device=caller.device_id)
            raise Refused("SCOPE_FORBIDDEN")
        await raise_if_device_revoked(connection, caller.device_id)
        turn = cls(storage, connection, caller, envelope, standing.actor)
        turn.seq = turn.upto = int(seq)
        turn._last_n = int((await connection.execute(turn._chain_query())).scalar() or 0)
        return turn

    async def raise_if_out_of_order(self, sent: Sequence[Sent], known: dict[str, KnownOp]) -> None:
        """Refuses a gap, and a number or an id that was used for something else."""
        for one in sent:
            before = known.get(one.op_id)
            if before.hash != one.hash if before else one.n <= self._last_n:
                raise Refused("DEVICE_FORKED", n=one.n, next_incarnation=await self._next_incarnation())
        if sent and sent[0].n > self._last_n + 1:
            raise Refused("GAP", expected=self._last_n + 1)

    async def judge(self, fresh: Sequence[Sent]) -> list[str]:
        """Judges new ops, writes all they change, and gives their outcomes as stored."""
        now = now_ms()
        ops = [one.op for one in fresh if one.op is not None]
        judge = await self._load(ops, now)
        outcomes = judge_all(judge, fresh)
        results = [wire_bytes.to_json(outcome).decode() for outcome in outcomes]
        await self._bulk.insert_ops(
            self._connection,
            [
                OpRow(
                    self._scope, one.op_id, self._caller.device_id, self._incarnation, one.n, one.hash,
                    one.op.record if one.op else None, outcome.outcome, result, one.body, now,
                )
                for one, outcome, result in zip(fresh, outcomes, results, strict=True)
            ],
        )  # fmt: skip
        self.upto = judge.seq
        self.has_news = await save_judged(self._bulk, self._connection, self._scope, judge)
        self.seq = judge.seq
        return results

    async def finish(self, sent: Sequence[Sent]) -> int:
        """Moves the counter and the device's place forward."""
        last = max(self._last_n, sent[-1].n if sent else 0)
        if last > self._last_n:
            await self._write_chain(last)
        await self._connection.execute(sa.update(tables.scope).where(_scope.scope == self._scope).values(seq=self.seq))
        return last

    async def _load(self, ops: Sequence[wire.Op], now: int) -> Judge:
        author = self._caller.author(self._incarnation)
        return await load_judge(
            self._bulk, self._connection, scope=self._scope, author=author, actor=self._actor,
            now=now, seq=self.seq, ops=ops,
        )  # fmt: skip

    def _chain_query(self) -> sa.Select[int]:
        return sa.select(_chain.last_n).where(
            _chain.scope == self._scope,
            _chain.device_id == self._caller.device_id,
            _chain.incarnation == self._incarnation,
        )

    async def _write_chain(self, last: int) -> None:
        place = {
            "scope": self._scope, "device_id": self._caller.device_id, "incarnation": self._incarnation,
        }  # fmt: skip
        if self._last_n:
            here = [_chain[key] == value for key, value in place.items()]
            await self._connection.execute(sa.update(tables.chain).where(*here).values(last_n=last))
        else:
            await self._connection.execute(sa.insert(tables.chain).values(**place, last_n=last))

    async def _next_incarnation(self) -> int:
        query = sa.select(sa.func.max(_chain.incarnation)).where(_chain.device_id == self._caller.device_id)
        highest = (await self._connection.execute(query)).scalar_one_or_none() or 0
        return max(highest, self._incarnation) + 1
