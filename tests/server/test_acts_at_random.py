"""Merges, their undoing, moves and visits at random on three laptops without a line, then full syncs.

However they interleave: every registration lives once or lies in the bin beside one that lives, every visit belongs to
one that lives, nobody lives in two places, and laptops and server hold the same.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gridworker.errors import KnownError
from gridworker.ledger.workflow import MoveRefused
from gridworker.operations import merging, sync_
from gridworker.operations.save import save
from gridworker.operations.session import Session
from gridworker.operations.undo import undo
from gridworker.store.query import Condition, Query
from tests.server.clients import Device
from tests.server.running import Running
from tests.server.seats import Seats, everything, household, on_sqlite, resident, visit, waiting

ROUNDS, STEPS = 5, 7
FEW = 3
SEEDS = tuple(map(int, os.environ.get("GRIDWORKER_SEEDS", "39").split()))


@pytest.fixture
def seats(server: Running, grid: str, tmp_path: Path) -> Iterator[Seats]:
    """Laptops of one grid."""
    made = Seats(server, grid, tmp_path)
    yield made
    made.close()


class World:
    """Three laptops, and what people did at them."""

    def __init__(self, seats: Seats, seed: int) -> None:
        self.chance = random.Random(seed)
        self.laptops = [seats(name) for name in ("测试员甲", "测试员乙", "测试员丙")]
        first = self.laptops[0]
        self.homes = [household(first, room) for room in ("501", "502", "503")]
        for place in range(6):
            resident(first, self.homes[place % 2], relation_code="02" if place < 2 else "97")
        seats.meet(*self.laptops)
        self.visits: list[str] = []
        self.acts: dict[int, list[str]] = {0: [], 1: [], 2: []}
        self.told: list[str] = []

    def step(self) -> None:
        """One thing one person does; what her laptop refuses is not done."""
        place = self.chance.randrange(len(self.laptops))
        session = self.laptops[place]
        acts: list[Callable[[Session, int], object]] = [
            self.visit, self.visit, self.merge, self.merge, self.unmerge, self.undo, self.move, self.move, self.leave,
            lambda one, _: sync_.sync(one),
        ]  # fmt: skip
        act = self.chance.choice(acts)
        self.told.append(f"{place} {getattr(act, '__name__', 'sync')}")
        try:
            act(session, place)
        except (KnownError, MoveRefused) as refused:
            self.told[-1] += f" – {refused}"

    def people(self, session: Session) -> list[str]:
        return self._ids(session, Query("person"))

    def visit(self, session: Session, _place: int) -> None:
        person = self.chance.choice(self.people(session))
        self.visits.append(visit(session, self.chance.choice(self.homes), person))

    def merge(self, session: Session, place: int) -> None:
        people = self.people(session)
        if len(people) < FEW:
            resident(session, self.chance.choice(self.homes))
            return
        keep, drop = self.chance.sample(people, 2)
        self.acts[place].append(merging.merge(session, keep, drop).op_id)

    def unmerge(self, session: Session, place: int) -> None:
        made = self._ids(session, Query("movement", (Condition("movement_type", "is", "合并"),)))
        if made:
            self.acts[place].append(merging.unmerge(session, self.chance.choice(made)).op_id)

    def undo(self, session: Session, place: int) -> None:
        if self.acts[place]:
            self.acts[place].append(undo(session, self.chance.choice(self.acts[place][-4:])).op_id)

    def move(self, session: Session, place: int) -> None:
        person = self.chance.choice(self.people(session))
        relation = self.chance.choice(("02", "97"))
        movement = {"person_id": person, "to_household_id": self.chance.choice(self.homes), "relation_code": relation}
        with session.store.read() as tx:
            left = tx.get("person", person).values.get("living_state") == "迁出"
        kind = "迁入" if left else "网格内迁移"
        self.acts[place].append(save(session, "movement", {**movement, "movement_type": kind}).op_id)

    def leave(self, session: Session, place: int) -> None:
        person = self.chance.choice(self.people(session))
        self.acts[place].append(save(session, "movement", {"person_id": person, "movement_type": "迁出"}).op_id)

    @staticmethod
    def _ids(session: Session, query: Query) -> list[str]:
        with session.store.read() as tx:
            return sorted(one.id for one in tx.records(query.ledger, tx.select(query)))


def check(world: World, server_holds: dict[str, object]) -> None:
    """What must hold once everybody has synced."""
    held = everything(world.laptops[0])
    for session in world.laptops:
        assert everything(session) == held
        assert waiting(session) == 0
    assert server_holds == held
    living = {record for record, (ledger, _, deleted, _) in held.items() if ledger == "person" and not deleted}
    assert living
    for record, (ledger, _, deleted, values) in held.items():
        if ledger == "person":
            assert bool(values.get("merged_into_id")) == deleted, record
            assert _kept(held, record) in living
            assert bool(values.get("household_id")) == (values.get("living_state") == "在住") or deleted, record
        if ledger == "household" and values.get("head_person_id"):
            assert values["head_person_id"] in living
    for one in world.visits:
        _, _, deleted, values = held[one]
        assert not deleted
        assert values["interviewee_id"] in living


def _kept(held: dict[str, object], record: str) -> str:
    seen = {record}
    while into := held[record][3].get("merged_into_id"):
        assert into not in seen
        seen.add(record := str(into))
    return record


@on_sqlite
@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_people_do_offline_nothing_is_lost_and_nobody_is_twice(
    server: Running, grid: str, seats: Seats, seed: int
) -> None:
    """Some rounds of steps on three laptops, after each of which everybody syncs twice."""
    world = World(seats, seed)
    with Device.enroll(server, grid, name="测试员丁") as watcher:
        for _ in range(ROUNDS):
            for _ in range(STEPS):
                world.step()
            seats.meet(*world.chance.sample(world.laptops, len(world.laptops)))
            deltas = watcher.pull()[0].values()
            holds = {
                one.id: (one.type, one.status, one.deleted, {k: v for k, v in one.fields.items() if v is not None})
                for one in deltas
            }
            try:
                check(world, holds)
            except AssertionError as wrong:
                wrong.add_note("\n".join(world.told))
                raise
