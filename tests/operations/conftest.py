"""Homes for the tests of operations, on a fixed day."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gridworker.operations import session as sessions
from gridworker.operations.session import Session

DAY = datetime(2026, 4, 21, 1, 40, tzinfo=UTC)
PASSPHRASE = "四个 不相干 的词 连起来"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """A new home of somebody who works alone, on 2026-04-21 at 09:40 in China."""
    opened, _code = sessions.start(tmp_path / "家", PASSPHRASE, name="测试网格员", now=lambda: DAY)
    yield opened
    opened.close()


@pytest.fixture
def living(session: Session) -> Callable[..., tuple[str, str]]:
    """Registers a household with its head; gives both ids."""
    from gridworker.operations.save import save

    def register(
        building: str = "3", unit: str = "2", room: str = "501", name: str = "张㛃", **person: object
    ) -> tuple[str, str]:
        home = save(session, "household", {
            "compound_name": "海棠苑", "building_no": building, "unit_no": unit, "room_no": room, "tenure_code": "自住",
            "notice_given_on": "2026-01-05",
        }).record  # fmt: skip
        head = save(session, "person", {
            "household_id": home.id, "name": name, "sex_code": "1", "relation_code": "02", "population_type": "户籍",
            "contact": "15400001234", **person,
        }).record  # fmt: skip
        return home.id, head.id

    return register


@pytest.fixture
def taken(session: Session) -> Callable[..., list[str]]:
    """Takes some photos, each named by a hazard of its own; their addresses."""
    from gridworker.imaging.made import PHOTO, Made
    from gridworker.store.blobs import BLOBS_BEGUN
    from tests.operations.photo_vaults import hazard_with

    def take(count: int = 1) -> list[str]:
        made = [Made(PHOTO, secrets.token_bytes(3_000), b"small", 40, 30) for _ in range(count)]
        names = [session.blobs.add(one) for one in made]
        session.store.write(lambda tx: tx.set_meta(BLOBS_BEGUN, "2026-04-21"))
        for name in names:
            hazard_with(session, name)
        return names

    return take


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """A stick that is plugged in."""
    place = tmp_path / "U 盘"
    place.mkdir()
    return place
