"""One server on SQLite and one on PostgreSQL for the whole suite; each test has a grid of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from gridworker.server import admin
from tests.server.clients import Device
from tests.server.postgres import Cluster, start_cluster
from tests.server.running import DIVISIONS, Running, make_grid, start_server


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """PostgreSQL for the session."""
    started = start_cluster()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def template(cluster: Cluster) -> str:
    """The name of a database that has tables and divisions, to be copied."""
    url = cluster.create()
    admin.load_divisions(url, DIVISIONS)
    return str(make_url(url).database)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as a file."""
    path = tmp_path_factory.mktemp("template") / "server.db"
    admin.load_divisions(f"sqlite:///{path}", DIVISIONS)
    return path


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    """Each of the two databases."""
    return str(request.param)


@pytest.fixture
def database_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of the test's own."""
    return _fresh_database(backend, request, tmp_path)


@pytest.fixture(scope="session")
def server(backend: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server a database."""
    started = start_server(_fresh_database(backend, request, tmp_path_factory.mktemp("server")))
    yield started
    started.stop()


@pytest.fixture
def grid(server: Running) -> str:
    """A grid of the test's own."""
    return make_grid(server.database_url)


@pytest.fixture
def anna(server: Running, grid: str) -> Iterator[Device]:
    """A grid worker's device."""
    with Device.enroll(server, grid, name="测试员甲") as device:
        yield device


@pytest.fixture
def bert(server: Running, grid: str) -> Iterator[Device]:
    """Another grid worker's device in the same grid."""
    with Device.enroll(server, grid, name="测试员乙") as device:
        yield device


def _fresh_database(backend: str, request: pytest.FixtureRequest, folder: Path) -> str:
    if backend == "sqlite":
        path = folder / "server.db"
        path.write_bytes(request.getfixturevalue("sqlite_template").read_bytes())
        return f"sqlite:///{path}"
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.create(request.getfixturevalue("template"))
