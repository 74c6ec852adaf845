"""A home of its own for every test, and records to put into it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from gridworker.store.store import Store

DATA_KEY = secrets.token_bytes(32)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with blanks, Chinese and signs in its name, as people's folders have."""
    return tmp_path / "我的 台账 #1 100%🏠"


@pytest.fixture
def data_key() -> bytes:
    """The key of the test's home."""
    return DATA_KEY


@pytest.fixture
def store(home: Path, data_key: bytes) -> Iterator[Store]:
    """An open, empty ledger."""
    opened = Store.create(home, data_key)
    yield opened
    opened.close()
