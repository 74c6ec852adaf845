"""Writing never stops for readers, and a reader that never leaves does not let the log grow for ever."""

from __future__ import annotations

import threading

import pytest

from gridworker.errors import BugError
from gridworker.store import log_bound, saving
from gridworker.store.errors import SnapshotTooOld
from gridworker.store.query import Query
from gridworker.store.store import Store
from tests.store.samples import WORKER, household, person, visit

SAVES = 400
# What one save may add after the last look at the log.
SLACK = 512 * 1024


@pytest.fixture
def small_bounds(monkeypatch):
    """The same rule at a sixty-fourth of the size, so that hundreds of saves stand for tens of thousands."""
    for name in ("FIRST_BOUND", "SECOND_BOUND", "_STEP"):
        monkeypatch.setattr(log_bound, name, getattr(log_bound, name) // 64)
    monkeypatch.setattr(log_bound, "OLD_SECONDS", 0.0)


def _save_visits(store: Store, count: int) -> int:
    """Saves one by one; the largest the log ever was."""
    flat = household()
    store.write(lambda tx: saving.save(tx, None, flat, actor_id=WORKER))
    log = store.path.with_name(f"{store.path.name}-wal")
    largest = 0
    for _ in range(count):
        store.write(lambda tx: saving.save(tx, None, visit(flat), actor_id=WORKER))
        largest = max(largest, log.stat().st_size)
    return largest


def test_a_reader_that_stays_does_not_let_the_log_grow(home, data_key, small_bounds):
    """While one snapshot is held, saves go on and on; it is given up at the bound, and its holder is told."""
    store = Store.create(home, data_key)
    store.write(lambda tx: tx.put(household()))
    with store.read() as held:
        assert held.count(Query("household")) == 1
        largest = _save_visits(store, SAVES)
        with pytest.raises(SnapshotTooOld) as told:
            held.count(Query("household"))
        assert told.value.action
        assert largest <= log_bound.SECOND_BOUND + log_bound._STEP + SLACK
        log = store.path.with_name(f"{store.path.name}-wal")
        assert log.stat().st_size <= log_bound.FIRST_BOUND + log_bound._STEP + SLACK
    with store.read() as again:
        assert again.count(Query("visit")) == SAVES
    store.close()


def test_without_the_bound_the_log_grows_with_every_save(home, data_key, small_bounds, monkeypatch):
    """The test before is not blind: where nobody watches, a held snapshot lets the log pass the bound."""
    monkeypatch.setattr(log_bound.LogBound, "after_commit", lambda *_: None)
    store = Store.create(home, data_key)
    with store.read() as held:
        held.count(Query("household"))
        assert _save_visits(store, SAVES) > log_bound.SECOND_BOUND + log_bound._STEP + SLACK
    store.close()


def test_a_snapshot_below_the_bound_is_left_alone(home, data_key, monkeypatch):
    """However old it is: a report may take its time while little is written."""
    monkeypatch.setattr(log_bound, "OLD_SECONDS", 0.0)
    store = Store.create(home, data_key)
    with store.read() as held:
        before = held.count(Query("visit"))
        _save_visits(store, 50)
        assert held.count(Query("visit")) == before
    store.close()


def test_a_young_snapshot_is_left_alone_past_the_bound(home, data_key, monkeypatch):
    """A large import meets a list that is just being read: the list ends by itself, nobody is told off."""
    for name in ("FIRST_BOUND", "SECOND_BOUND", "_STEP"):
        monkeypatch.setattr(log_bound, name, 64 * 1024)
    store = Store.create(home, data_key)
    with store.read() as held:
        before = held.count(Query("visit"))
        _save_visits(store, 10)
        assert held.count(Query("visit")) == before
    store.close()


def test_a_statement_that_runs_is_not_cut_off(home, data_key, small_bounds):
    """A snapshot is given up between two statements, never inside one: its answer is whole or the reader is told."""
    store = Store.create(home, data_key)
    flat = household()
    people = [person(f"某{number}", flat) for number in range(300)]
    store.write(lambda tx: tx.put_many([flat, *people]))
    stop = threading.Event()
    wrong: list[object] = []

    def read() -> None:
        while not stop.is_set():
            try:
                with store.read() as tx:
                    for _ in range(20):
                        rows = tx.sql("SELECT id, name FROM person ORDER BY name DESC")
                        if len(rows) != len(people):
                            wrong.append(len(rows))
            except SnapshotTooOld:
                continue
            except BaseException as raised:  # noqa: BLE001 - whatever comes is what the test looks for
                wrong.append(raised)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    largest = _save_visits(store, SAVES // 6)
    stop.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert largest <= log_bound.SECOND_BOUND + log_bound._STEP + SLACK
    store.close()


def test_readers_own_their_connections(home, data_key):
    """Many readers at once each see one state from the first statement to the last; results are lists and values."""
    store = Store.create(home, data_key)
    flat = household()
    store.write(lambda tx: tx.put(flat))
    stop = threading.Event()
    wrong: list[object] = []

    def read() -> None:
        while not stop.is_set():
            with store.read() as tx:
                first = tx.count(Query("visit"))
                rows = tx.sql("SELECT id FROM visit")
                ids = tx.select(Query("visit"))
                if not (type(rows) is list and len(rows) == first == len(ids)):
                    wrong.append((first, len(rows), len(ids)))

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for _ in range(200):
        store.write(lambda tx: saving.save(tx, None, visit(flat), actor_id=WORKER))
    stop.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    store.close()


def test_a_snapshot_belongs_to_the_thread_that_opened_it(store):
    """Handing a transaction to another thread is a bug that is told at once, for whole numbers too."""
    raised: list[BaseException] = []
    with store.read() as tx:

        def misuse() -> None:
            for call in (lambda: tx.sql("SELECT 1"), lambda: tx.numbers("SELECT 1")):
                try:
                    call()
                except BugError as bug:
                    raised.append(bug)

        other = threading.Thread(target=misuse)
        other.start()
        other.join()
    assert len(raised) == 2
