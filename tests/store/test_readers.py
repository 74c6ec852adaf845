"""Connections are lent one to a reader, come back without a transaction, and are lent no more after the end."""

from __future__ import annotations

import weakref
from pathlib import Path

import pytest

from gridworker.store.driver import Connection, Error, connect
from gridworker.store.errors import StoreClosed
from gridworker.store.readers import Readers

KEY = bytes(range(32))


class _File:
    """An encrypted file that makes connections."""

    def __init__(self, path: Path) -> None:
        self.path = path
        connect(path, KEY, create=True).close()

    def open(self) -> Connection:
        return connect(self.path, KEY, readonly=True)


@pytest.fixture
def file(tmp_path: Path) -> _File:
    """A file of its own."""
    return _File(tmp_path / "some.db")


def test_a_connection_comes_back_without_its_transaction(file: _File) -> None:
    """The next who reads begins a snapshot of her own, on the same connection."""
    readers = Readers(file.open)
    one = readers.lend()
    one.execute("BEGIN")
    readers.take_back(one)
    assert not one.in_transaction
    assert readers.lend() is one


def test_only_a_few_rest(file: _File) -> None:
    """Of many that read at once two are kept; the others are closed when they come back."""
    readers = Readers(file.open)
    lent = [readers.lend() for _ in range(4)]
    for one in lent:
        readers.take_back(one)
    assert [readers.lend() for _ in range(2)] == lent[1::-1]
    with pytest.raises(Error):
        lent[3].execute("SELECT 1")


def test_nothing_is_lent_after_the_end(tmp_path: Path) -> None:
    """Whoever is still out ends on her own; what made connections, and held the key, is let go of."""
    file = _File(tmp_path / "some.db")
    readers = Readers(file.open)
    out, gone = readers.lend(), weakref.ref(file)
    assert readers.close()
    assert not readers.close()
    with pytest.raises(StoreClosed):
        readers.lend()
    readers.take_back(out)
    with pytest.raises(Error):
        out.execute("SELECT 1")
    del file
    assert gone() is None


def test_who_comes_while_it_closes_is_told_so() -> None:
    """A key that was overwritten on the way opens nothing; that is an end, and no damage."""

    def too_late() -> Connection:
        readers.close()
        raise Error("file is not a database")

    readers = Readers(too_late)
    with pytest.raises(StoreClosed):
        readers.lend()
