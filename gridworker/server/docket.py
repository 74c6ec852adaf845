"""Brings what ops need before the judge, and writes down what the judge changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gridworker.area.belonging import Actor
from gridworker.ledgers.registry import all_ledgers
from gridworker.server import arrivals, departures, merges, tables
from gridworker.server.batch import is_id
from gridworker.server.bench import ConflictRow
from gridworker.server.clock import day_of
from gridworker.server.judge import Judge
from gridworker.server.linked import expected_ids, links_to_people
from gridworker.server.pen import Pen
from gridworker.server.state import State, from_row, number_field, to_row
from gridworker.server.storage_bulk import Bulk
from gridworker.sync import wire, wire_bytes

_device, _conflict = tables.device.c, tables.conflict.c
_MOVING = ("person", "movement")


async def load_judge(
    bulk: Bulk,
    connection: AsyncConnection,
    *,
    scope: str,
    author: str,
    actor: Actor,
    now: int,
    seq: int,
    ops: Sequence[wire.Op],
) -> Judge:
    """A judge who has read every record these ops name; the scope must be locked."""
    ids = list(dict.fromkeys(op.record for op in ops))
    states = {row.id: from_row(row) for row in await bulk.records(connection, scope, ids)}
    missing = [record for record in ids if record not in states]
    beside = [one for op in ops for one in expected_ids(op) if one not in states and is_id(one)]
    states |= {row.id: from_row(row) for row in await bulk.records(connection, scope, beside)} if beside else {}
    missing += [one for one in beside if one not in states]
    homes = _linked_homes(ops, states) if any(post.building for post in actor.posts) else []
    states |= {row.id: from_row(row) for row in await bulk.records(connection, scope, homes)} if homes else {}
    device_id, _, incarnation = author.rpartition(".")
    blocked = {
        one.record: one.outcome
        for one in await bulk.unapplied(connection, scope, missing)
        if (one.device_id, str(one.incarnation)) == (device_id, incarnation)
    }
    numbers = list(dict.fromkeys(number for op in ops if isinstance(number := op.set.get(number_field(op.type)), str)))
    authors = {mark.author.rpartition(".")[0] for state in states.values() for mark in state.marks.values()}
    actors = await _actors(connection, authors - {device_id})
    actors[device_id] = actor.id
    return Judge(
        scope=scope,
        author=author,
        actor=actor,
        now_ms=now,
        today=day_of(now),
        seq=seq,
        ledgers=all_ledgers(),
        states=states,
        numbers=await bulk.numbers(connection, scope, numbers),
        blocked=blocked,
        kept=await merges.standing(connection, scope) if any(_names_people(op) for op in ops) else {},
        actor_of=lambda one: actors.get(one.rpartition(".")[0], ""),
    )


def _names_people(op: wire.Op) -> bool:
    """Whether an op may link to a registration that was merged away."""
    ledger = all_ledgers().get(op.type)
    links = links_to_people(ledger) if ledger is not None else ()
    return op.type in _MOVING or any(link.key in op.set or link.key in op.elements for link in links)


def _linked_homes(ops: Sequence[wire.Op], states: Mapping[str, State]) -> list[str]:
    """The records that these ops, and the records they change, hang on: whose building decides for a building lead."""
    ledgers = all_ledgers()
    found = {
        str(values[link.key])
        for op in ops
        for link in (ledgers[op.type].links if op.type in ledgers else ())
        for values in (op.set, states[op.record].values if op.record in states else {})
        if link.to != "actor" and isinstance(values.get(link.key), str)
    }
    return sorted(record for record in found if record not in states and is_id(record))


async def save_judged(bulk: Bulk, connection: AsyncConnection, scope: str, judge: Judge) -> bool:
    """Writes the records, steps and conflicts a judge left behind; says whether there is news for other grids."""
    posted = await _follow_moves(bulk, connection, judge)
    rows = [to_row(scope, state) for state in judge.dirty_states()]
    if rows:
        await bulk.save_records(connection, rows)
    if judge.moves:
        moves = [
            {
                "scope": scope, "record": one.record, "rev": one.rev, "event": one.event, "source": one.source,
                "target": one.target, "actor_id": one.actor_id, "made_at": one.made_at, "reason": one.reason,
            }
            for one in judge.moves
        ]  # fmt: skip
        await connection.execute(sa.insert(tables.move), moves)
    for one in judge.conflicts:
        await _open_conflict(connection, scope, one, judge.now_ms)
    return posted


async def _follow_moves(bulk: Bulk, connection: AsyncConnection, judge: Judge) -> bool:
    """Who moves to another grid, and who is awaited from one; the server's own words get revisions after the ops'."""
    changed = [state for state in judge.dirty_states() if state.ledger in _MOVING]
    if not changed and not judge.led:
        return False
    pen = Pen(bulk, connection, judge.scope, judge.seq, judge.now_ms, judge.states)
    moves = [state for state in changed if state.ledger == "movement"]
    await departures.follow(pen, moves, author=judge.author, actor_id=judge.actor.id)
    await merges.follow(pen, moves, judge.led)
    await arrivals.follow(pen, {state.id for state in changed}, actor_id=judge.actor.id)
    judge.seq = pen.seq
    return pen.posted


async def _open_conflict(connection: AsyncConnection, scope: str, row: ConflictRow, now: int) -> None:
    """One open conflict per record, field and device: a later op of the same device replaces the value put aside."""
    here = (
        _conflict.scope == scope,
        _conflict.record == row.record,
        _conflict.field == row.conflict.field,
        _conflict.author == row.author,
    )
    await connection.execute(sa.delete(tables.conflict).where(*here))
    await connection.execute(
        sa.insert(tables.conflict).values(
            scope=scope,
            record=row.record,
            field=row.conflict.field,
            author=row.author,
            op_id=row.op_id,
            code=row.code,
            base_rev=row.base_rev,
            theirs=wire_bytes.to_json(row.conflict.theirs).decode(),
            mine=wire_bytes.to_json(row.conflict.mine).decode(),
            their_author=row.conflict.author,
            opened_at=now,
        )
    )


async def _actors(connection: AsyncConnection, devices: set[str]) -> dict[str, str]:
    if not devices:
        return {}
    query = sa.select(_device.id, _device.actor_id).where(_device.id.in_(sorted(devices)))
    return {row.id: row.actor_id for row in (await connection.execute(query)).all()}
