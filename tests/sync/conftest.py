"""One server for all sync tests of a run, and laptops of a grid of their own for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.sync.world import Laptop, Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server."""
    running = Server(tmp_path_factory.mktemp("server"))
    yield running
    running.kill()


@pytest.fixture
def grid(server: Server) -> str:
    """A grid no other test writes in."""
    return server.new_grid()


@pytest.fixture
def laptop(server: Server, grid: str, tmp_path: Path) -> Iterator[Callable[..., Laptop]]:
    """Makes laptops of the test's grid, by the name of the person."""
    made: list[Laptop] = []

    def make(name: str = "甲", role: str = "community") -> Laptop:
        home = tmp_path / f"home{len(made)}"
        made.append(Laptop(home, server.url, server.invite(grid, role, name)))
        return made[-1]

    yield make
    for one in made:
        one.close()
