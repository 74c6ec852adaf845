"""Laptops with a whole program on them, for tests in which people act on the same residents without a line."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import pytest

from gridworker.ledger.facts import MergeRule
from gridworker.ledgers.registry import all_ledgers
from gridworker.operations import session as sessions
from gridworker.operations import sync_
from gridworker.operations.enrol import enroll
from gridworker.operations.save import save
from gridworker.operations.session import Session
from gridworker.operations.waiting import trouble_lines
from gridworker.server import admin
from gridworker.store import keys
from gridworker.store.query import Query
from gridworker.store.sidecar import Kdf
from gridworker.sync.meeting import SyncReport
from tests.server.running import Running

PASSPHRASE = "四个 不相干 的词 连起来"
# What is tested here is not how long a passphrase is stretched.
_QUICK = Kdf(time=1, memory_kib=8, lanes=1)
on_sqlite = pytest.mark.parametrize("backend", ["sqlite"], indirect=True, scope="session")
"""What the laptops do, and the judge above the database: seen on one of the two databases."""


class Seats:
    """Makes laptops of one grid that have joined, and closes them at the end."""

    def __init__(self, server: Running, grid: str, folder: Path) -> None:
        self._server, self._grid, self._folder = server, grid, folder
        self.made: list[Session] = []

    def __call__(self, name: str, *, joined: bool = True) -> Session:
        with patch.object(keys, "DEFAULT_KDF", _QUICK):
            session, _ = sessions.start(self._folder / f"家{len(self.made)}", PASSPHRASE, name=name)
        self.made.append(session)
        if joined:
            self.join(session, name)
        return session

    def join(self, session: Session, name: str) -> None:
        post = admin.new_post("grid_worker", self._grid)
        enroll(session, self._server.url, admin.invite_to(self._server.database_url, post, name))
        sync_.sync(session)

    def meet(self, *sessions_: Session) -> list[SyncReport]:
        """Everybody syncs in this order, and then again, so that each has what the others brought."""
        first = [sync_.sync(one) for one in sessions_]
        for one in sessions_:
            sync_.sync(one)
        return first

    def close(self) -> None:
        for session in self.made:
            session.close()


def household(session: Session, room: str, **more: object) -> str:
    """A household in the session's grid."""
    return save(session, "household", {
        "compound_name": "海棠苑", "building_no": "3", "room_no": room, "tenure_code": "自住",
        "notice_given_on": "2026-01-05", **more,
    }).record.id  # fmt: skip


def resident(session: Session, home: str, name: str = "李梅", **more: object) -> str:
    """Somebody who lives there."""
    values = {"household_id": home, "name": name, "sex_code": "2", "relation_code": "97", "population_type": "户籍"}
    return save(session, "person", {**values, **more}).record.id


def visit(session: Session, home: str, person: str) -> str:
    """A visit at which this person was spoken to."""
    return save(session, "visit", {"household_id": home, "interviewee_id": person, "met": True}).record.id


def at(session: Session, record: str) -> dict[str, object]:
    """A record as it stands, with `deleted`; fails where there is none."""
    with session.store.read() as tx:
        found = tx.find(record)
    assert found is not None
    return {**found.values, "deleted": found.deleted}


def everything(session: Session) -> dict[str, object]:
    """All records of a home, the bin included, as they travel."""
    found: dict[str, object] = {}
    with session.store.read() as tx:
        for ledger in all_ledgers().values():
            kept = {field.key for field in ledger.fields if field.merge is MergeRule.DERIVED}
            for deleted in (False, True):
                for one in tx.records(ledger.key, tx.select(Query(ledger.key, deleted=deleted))):
                    values = {key: value for key, value in one.values.items() if key not in kept and value is not None}
                    found[one.id] = (one.ledger, one.status, one.deleted, values)
    return found


def refusals(session: Session) -> list[str]:
    """What the server refused, as the page of troubles says it."""
    return [f"{line.title}：{line.why}" for line in trouble_lines(session) if line.state == "rejected"]


def waiting(session: Session) -> int:
    """How many operations no server has judged."""
    with session.store.read() as tx:
        return int(tx.sql("SELECT count(*) FROM outbox WHERE status <> 'acked'")[0][0])
