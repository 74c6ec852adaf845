"""The demo grid: a generated community written through the same path as real work."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, partial
from itertools import count
from pathlib import Path

from gridworker.errors import Cancelled, KnownError
from gridworker.identity import LOCAL_GRID_CODE, record_number
from gridworker.imaging.made import PHOTO, Made
from gridworker.ledger.case_code import code_in
from gridworker.ledger.code_fields import Ref
from gridworker.ledger.facts import Value
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.moves import REASON, judge_move
from gridworker.ledger.record import Record
from gridworker.ledger.workflow import MoveContext, MoveRefused
from gridworker.ledgers.registry import all_ledgers, find_ledger
from gridworker.operations import demo_cast
from gridworker.operations import session as sessions
from gridworker.operations.changes import Changes
from gridworker.operations.session import Session
from gridworker.sample import cases, community, homes, names, office, year
from gridworker.sample.pictures import after, before
from gridworker.sample.story import Step, Story
from gridworker.store import saving
from gridworker.store.blobs import BLOBS_BEGUN
from gridworker.store.people import put_people
from gridworker.store.query import Query
from gridworker.store.store import WriteTx

_DEMO_TAG, _DEMO_BATCH = "DM", "demo"
_CHUNK = 2_000


@dataclass(frozen=True)
class Filled:
    """How many records of each ledger were made."""

    counts: dict[str, int]
    changes: Changes

    @property
    def labelled(self) -> dict[str, int]:
        """The counts by the ledgers' labels."""
        return {find_ledger(key).label: number for key, number in self.counts.items()}


def open_demo(home: Path, passphrase: str, *, households: int = 320, seed: int = 1, on: date | None = None) -> Session:
    """A new home with the demo grid in it."""
    session, _recovery = sessions.start(home, passphrase, name="演示网格员")
    fill(session, households=households, seed=seed, on=on)
    return session


def raise_if_too_few(households: int) -> None:
    """Refuses a community without a household."""
    if households < 1:
        raise KnownError("住户数至少为 1。", safe="没有写入演示数据。")


def fill(
    session: Session,
    *,
    households: int,
    seed: int,
    on: date | None = None,
    progress: Callable[[int, int, str], None] = lambda _done, _total, _text: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Filled:
    """Writes a community that only `seed`, `households` and the day decide; refuses a home that has records."""
    raise_if_too_few(households)
    with session.store.read() as tx:
        if tx.count(Query("household")):
            raise KnownError("这里已经有住户。", safe="没有写入演示数据。", action="演示数据请放在新的数据目录里。")
    _settle_down(session, seed)
    writer = _Writer(session, random.Random(f"{seed}/{households}"), on or session.today())  # noqa: S311 - repeatable, not secret
    for step, work in enumerate((writer.people, writer.visits, writer.stories)):
        if cancelled():
            raise Cancelled
        work(households)
        progress(step + 1, 3, "正在生成演示数据")
    return Filled(writer.counts, Changes(ledgers=frozenset(writer.counts), bulk=True))


def _settle_down(session: Session, seed: int) -> None:
    """A home that looks after no real grid yet takes one of a real community."""
    if session.place.grid_code != LOCAL_GRID_CODE:
        return
    places = community.communities()
    place = places[random.Random(seed).randrange(len(places))]  # noqa: S311 - repeatable, not secret

    rng = random.Random(f"{seed}/worker")  # noqa: S311 - repeatable, not secret
    actor_id, name = community.sample_id(rng), names.full_name(rng, names.surname(rng), "2")

    def work(tx: WriteTx) -> None:
        # The same seed gives the same data in every home, its author included.
        tx.set_meta("actor_id", actor_id)
        tx.set_meta("actor_name", name)
        put_people(tx, [(actor_id, name, "grid_worker", f"{place.code}001")])
        tx.set_meta("grid_code", f"{place.code}001")
        tx.set_meta("grid_name", "第一网格（演示）")
        tx.set_meta("community_name", place.name)

    session.store.write(work)
    session.refresh()


class _Writer:
    """Turns sample values into records, chunk by chunk."""

    def __init__(self, session: Session, rng: random.Random, on: date) -> None:
        self._session, self._rng, self._on = session, rng, on
        self._numbers = {key: count(1) for key in all_ledgers()}
        self._actor_id = session.actor.id
        self._cast = demo_cast.cast_of(session, rng, on)
        self._families: list[community.Family] = []
        self._visits: list[dict[str, Value]] = []
        self._moments: dict[str, str] = {}
        self.counts: dict[str, int] = {}

    def people(self, households: int) -> None:
        """Households first, then those who live in them."""
        self._families = list(community.families(self._rng, households, self._on))
        homes = []
        for number, family in enumerate(self._families, 1):
            family.household["household_no"] = f"{self._session.place.grid_code}{number:05d}"
            family.household["grid_worker_id"] = self._actor_id
            homes.append(self._record("household", family.household, family.household_id))
        self._save(homes)
        self._save([self._record("person", values, one) for family in self._families for one, values in family.people])

    def visits(self, _households: int) -> None:
        """The year's visits, the oldest first."""
        made = sorted(year.visits(self._rng, self._families, self._on), key=lambda values: str(values["visited_at"]))
        self._visits = [{**values, "visitor_ids": [self._actor_id]} for values in made]
        self._save([self._record("visit", values) for values in self._visits])

    def stories(self, _households: int) -> None:
        """Everything else, each walked through its moves as far as it came and its cast may go."""
        told = [(story, self._begun(story)) for story in sorted(self._told(), key=lambda story: story.began_on)]
        self._moments = {record.id: _moment(story.began_on, story.hour) for story, record in told}
        self._save([record for _, record in told])
        self._session.store.write(partial(self._walk, told))

    def _told(self) -> Iterator[Story]:
        rng, families, on = self._rng, self._families, self._on
        seen = {name: self._photo(*picture) for name, picture in (("before", before()), ("after", after()))}
        yield from year.hazards(rng, families, on, **seen)
        yield from year.wishes(rng, families, on)
        yield from homes.rental_houses(rng, families, on)
        yield from self._came_and_went()
        for story in homes.care_visits(rng, families, self._visits, on):
            yield replace(story, values={**story.values, "visitor_ids": [self._actor_id]})
        desk = office.Office(rng, families, on)
        yield from desk.stories()
        yield from cases.cases(rng, families, on, desk.whistled, **seen)

    def _came_and_went(self) -> Iterator[Story]:
        gone = []
        for person, person_id, story in homes.movements(self._rng, self._families, self._on):
            if person:
                gone.append(self._record("person", person, person_id))
            yield story
        self._save(gone)

    def _begun(self, story: Story) -> Record:
        return self._record(story.ledger, story.values, story.record_id or None, on=story.began_on, hour=story.hour)

    def _photo(self, data: bytes, width: int, height: int) -> str:
        address = self._session.blobs.add(Made(PHOTO, data, data, width, height))
        self._session.store.write(lambda tx: tx.set_meta(BLOBS_BEGUN, self._on.isoformat()))
        return address

    def _walk(self, told: list[tuple[Story, Record]], tx: WriteTx) -> None:
        """The first moves of all stories, then the second ones: what one person did in a round is one piece of work."""
        standing = [(record, iter(story.moves)) for story, record in told if story.moves]
        while standing:
            going, made = [], dict[str, list[saving.Moved]]()
            for record, steps in standing:
                step = next(steps, None)
                moved = self._moved(record, step) if step else None
                if step and moved:
                    made.setdefault(self._cast[step.who].actor_id, []).append(moved)
                    going.append((moved.after, steps))
            for actor_id, moves in made.items():
                saving.move_many(tx, moves, actor_id=actor_id, batch=_DEMO_BATCH)
            standing = going

    def _moved(self, record: Record, step: Step) -> saving.Moved | None:
        """The record after a step; None where the cast may not make it, and the story ends."""
        ledger, player, moment = find_ledger(record.ledger), self._cast[step.who], _moment(step.on, step.hour)
        context = MoveContext(player.actor_id, player.roles, step.on, player.units, now=moment)
        args = self._named(ledger, step.args)
        try:
            result = judge_move(ledger, record.values, record.status, step.event, args, context)
        except MoveRefused:
            return None
        after = record.with_values(result.changes, status=result.state)
        return saving.Moved(record, after, step.event, result.args, str(args.get(REASON) or ""), moment)

    def _named(self, ledger: Ledger, values: Mapping[str, Value]) -> dict[str, Value]:
        """The values with the cast's own ids where a part is named."""
        people = _people_in(ledger.key)
        return {
            key: self._cast[str(value)].actor_id if key in people and value in self._cast else value
            for key, value in values.items()
            if value is not None
        }

    def _record(
        self, key: str, values: Mapping[str, Value], record_id: str | None = None, *, on: date | None = None,
        hour: int = 9,
    ) -> Record:  # fmt: skip
        ledger = find_ledger(key)
        day = on or self._on
        # A code of its own says the day it was made; a number of a ledger that was filled at once need not.
        own = code_in(ledger.fields)
        number = record_number(
            ledger.number_prefix, self._session.place.grid_code[:12], day if own else self._on, _DEMO_TAG,
            next(self._numbers[key]),
        )  # fmt: skip
        filled = self._named(ledger, values) | {
            "record_no": number,
            "recorded_by": self._actor_id,
            "recorded_at": _moment(day, hour),
        }
        if own:
            filled[own.key] = number
        status = ledger.workflow.initial if ledger.workflow else ""
        return Record(record_id or community.sample_id(self._rng), key, self._session.place.grid_code, filled, status)

    def _save(self, records: list[Record]) -> None:
        for start in range(0, len(records), _CHUNK):
            self._session.store.write(partial(self._save_part, records[start : start + _CHUNK]))
        for record in records:
            self.counts[record.ledger] = self.counts.get(record.ledger, 0) + 1

    def _save_part(self, part: list[Record], tx: WriteTx) -> None:
        pairs: list[tuple[Record | None, Record]] = [(None, record) for record in part]
        moments = [self._moments.get(record.id, "") for record in part]
        saving.save_many(tx, pairs, actor_id=self._actor_id, batch=_DEMO_BATCH, verb="save", moments=moments)


@cache
def _people_in(ledger_key: str) -> frozenset[str]:
    fields = find_ledger(ledger_key).fields
    return frozenset(field.key for field in fields if isinstance(field, Ref) and field.to == "actor")


def _moment(day: date, hour: int) -> str:
    return f"{day.isoformat()}T{hour:02d}:00:00+08:00"
