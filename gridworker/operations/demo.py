"""The demo grid: a generated community written through the same path as real work."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import count
from pathlib import Path

from gridworker.errors import Cancelled, KnownError
from gridworker.identity import LOCAL_GRID_CODE, record_number
from gridworker.imaging.made import PHOTO, Made
from gridworker.ledger.facts import Value
from gridworker.ledger.moves import judge_move
from gridworker.ledger.record import Record
from gridworker.ledger.workflow import MoveContext, MoveRefused
from gridworker.ledgers.registry import all_ledgers, find_ledger
from gridworker.operations import session as sessions
from gridworker.operations.changes import Changes
from gridworker.operations.session import Session
from gridworker.sample import community, names, year
from gridworker.sample.pictures import after, before
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
        self._families: list[community.Family] = []
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
        self._save([self._record("visit", {**values, "visitor_ids": [self._actor_id]}) for values in made])

    def stories(self, _households: int) -> None:
        """Hazards and wishes, each walked through its moves as far as it came and the actor may go."""
        seen = {name: self._photo(*picture) for name, picture in (("before", before()), ("after", after()))}
        made = [
            *year.hazards(self._rng, self._families, self._on, **seen),
            *year.wishes(self._rng, self._families, self._on),
        ]
        told = [(story, self._record(story.ledger, story.values, on=story.began_on)) for story in made]
        self._save([record for _, record in told])
        for start in range(0, len(told), _CHUNK):
            self._session.store.write(partial(self._walk_all, told[start : start + _CHUNK]))

    def _photo(self, data: bytes, width: int, height: int) -> str:
        address = self._session.blobs.add(Made(PHOTO, data, data, width, height))
        self._session.store.write(lambda tx: tx.set_meta(BLOBS_BEGUN, self._on.isoformat()))
        return address

    def _walk_all(self, part: list[tuple[year.Story, Record]], tx: WriteTx) -> None:
        for story, record in part:
            self._walk(tx, record, story)

    def _walk(self, tx: WriteTx, record: Record, story: year.Story) -> None:
        ledger = find_ledger(record.ledger)
        for day, event, args in story.moves:
            context = MoveContext(self._actor_id, self._session.actor.roles, day)
            try:
                result = judge_move(ledger, record.values, record.status, event, args, context)
            except MoveRefused:
                return
            after = record.with_values(result.changes, status=result.state)
            saving.move(tx, record, after, event=event, args=result.args, reason="", actor_id=self._actor_id)
            record = after

    def _record(
        self, key: str, values: Mapping[str, Value], record_id: str | None = None, *, on: date | None = None
    ) -> Record:
        ledger = find_ledger(key)
        day = on or self._on
        filled = {field: value for field, value in values.items() if value is not None}
        filled |= {
            "record_no": record_number(
                ledger.number_prefix, self._session.place.grid_code[:12], self._on, _DEMO_TAG, next(self._numbers[key])
            ),
            "recorded_by": self._actor_id,
            "recorded_at": f"{day.isoformat()}T09:00:00+08:00",
        }
        status = ledger.workflow.initial if ledger.workflow else ""
        return Record(record_id or community.sample_id(self._rng), key, self._session.place.grid_code, filled, status)

    def _save(self, records: list[Record]) -> None:
        for start in range(0, len(records), _CHUNK):
            self._session.store.write(partial(self._save_part, records[start : start + _CHUNK]))
        for record in records:
            self.counts[record.ledger] = self.counts.get(record.ledger, 0) + 1

    def _save_part(self, part: list[Record], tx: WriteTx) -> None:
        pairs: list[tuple[Record | None, Record]] = [(None, record) for record in part]
        saving.save_many(tx, pairs, actor_id=self._actor_id, batch=_DEMO_BATCH)
