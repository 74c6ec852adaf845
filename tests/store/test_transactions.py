"""One writer, many readers: what a transaction promises."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from gridworker.errors import BugError, Cancelled
from gridworker.store import errors
from gridworker.store.log_bound import LogBound
from gridworker.store.query import Query
from tests.store.samples import household, person


def test_an_exception_undoes_everything_and_comes_back(store):
    """Work that raises leaves no trace, and its caller gets the very exception."""

    class Odd(Exception):
        pass

    def work(tx):
        tx.put(household())
        tx.set_meta("a", "b")
        raise Odd

    with pytest.raises(Odd):
        store.write(work)
    with store.read() as tx:
        assert tx.count(Query("household")) == 0
        assert tx.meta("a") is None
        assert tx.sql("SELECT count(*) FROM record_index") == [(0,)]


def test_even_an_interrupt_of_python_leaves_the_writer_usable(store):
    """Whatever is raised, the next write works."""

    def work(tx):
        tx.put(household())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.write(work)
    store.write(lambda tx: tx.put(household()))
    with store.read() as tx:
        assert tx.count(Query("household")) == 1


def test_writing_inside_a_write_is_a_bug(store):
    """A re-entrant write would wait for itself for ever; it is refused at once."""
    with pytest.raises(BugError):
        store.write(lambda _tx: store.write(lambda _inner: None))


def test_many_threads_may_write(store):
    """Writes from many threads come one after the other, each whole."""

    def add(_: int) -> None:
        for _round in range(20):
            store.write(lambda tx: tx.set_meta("n", str(int(tx.meta("n") or 0) + 1)))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as tx:
        assert tx.meta("n") == "120"


def test_a_reader_keeps_its_snapshot_while_the_writer_works(store):
    """What a reader saw first stays true for it; a new reader sees the new state; nobody waits."""
    store.write(lambda tx: tx.put(household()))
    with store.read() as old:
        assert old.count(Query("household")) == 1
        store.write(lambda tx: tx.put(household()))
        assert old.count(Query("household")) == 1
        with store.read() as new:
            assert new.count(Query("household")) == 2
    with store.read() as tx:
        assert tx.count(Query("household")) == 2


def test_readers_in_many_threads_beside_the_writer(store):
    """Readers never see half of a transaction: both rows of each pair, or neither."""
    stop = threading.Event()
    odd: list[int] = []

    def read() -> None:
        while not stop.is_set():
            with store.read() as tx:
                count = tx.count(Query("household"))
                if count % 2 or len(tx.records("household", tx.select(Query("household")))) != count:
                    odd.append(count)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(60):
        store.write(lambda tx: tx.put_many([household(), household()]))
    stop.set()
    for thread in threads:
        thread.join()
    assert odd == []


def test_a_transaction_belongs_to_its_thread(store):
    """A snapshot handed to another thread refuses to work there."""
    raised: list[BaseException] = []
    with store.read() as tx:

        def use() -> None:
            try:
                tx.meta("a")
            except BugError as error:
                raised.append(error)

        thread = threading.Thread(target=use)
        thread.start()
        thread.join()
    assert len(raised) == 1


def test_a_stale_search_can_be_stopped(store):
    """An interrupt from another thread ends a running statement as Cancelled; the next read works."""
    started = threading.Event()

    def stop(tx) -> None:
        started.wait()
        while not done.is_set():
            tx.interrupt()
            time.sleep(0.001)

    done = threading.Event()
    with store.read() as tx:
        thread = threading.Thread(target=stop, args=(tx,))
        thread.start()
        started.set()
        with pytest.raises(Cancelled):
            tx.sql("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT count(*) FROM n")
        done.set()
        thread.join()
    with store.read() as tx:
        assert tx.sql("SELECT 1") == [(1,)]


def test_a_search_that_is_held_up_on_its_way_is_stopped_when_it_begins(store):
    """However late its thread comes to the statement after the interrupt, the statement does not run to its end."""
    arrived, go = threading.Event(), threading.Event()

    class HeldUp:
        """A connection whose thread gets no turn for a while."""

        def __init__(self, connection) -> None:
            self._connection = connection
            self.interrupt = connection.interrupt

        def execute(self, *words):
            arrived.set()
            assert go.wait(60)
            return self._connection.execute(*words)

    def stop(tx) -> None:
        assert arrived.wait(60)
        tx.interrupt()
        go.set()

    with store.read() as tx:
        connection, tx._connection = tx._connection, HeldUp(tx._connection)
        thread = threading.Thread(target=stop, args=(tx,))
        thread.start()
        with pytest.raises(Cancelled):
            tx.sql(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT 30000000) SELECT count(*) FROM n"
            )
        thread.join()
        tx._connection = connection
    with store.read() as tx:
        assert tx.sql("SELECT 1") == [(1,)]


def test_closing_finishes_what_was_asked_for(home, data_key, store):
    """A write that was accepted is done before the home closes; afterwards everything is refused in words."""
    entered, go = threading.Event(), threading.Event()

    def slow(tx):
        entered.set()
        go.wait()
        tx.set_meta("late", "yes")

    writer = threading.Thread(target=lambda: store.write(slow))
    writer.start()
    entered.wait()
    closer = threading.Thread(target=store.close)
    closer.start()
    go.set()
    writer.join()
    closer.join()
    with pytest.raises(errors.StoreClosed):
        store.write(lambda tx: tx.meta("late"))
    with pytest.raises(errors.StoreClosed), store.read():
        pass
    again = type(store).open(home, data_key)
    with again.read() as tx:
        assert tx.meta("late") == "yes"
    again.close()


def test_a_reader_may_outlive_the_close(store):
    """Closing does not pull a snapshot away from who still reads it."""
    store.write(lambda tx: tx.put(person("张三")))
    with store.read() as tx:
        assert tx.count(Query("person")) == 1
        store.close()
        assert tx.count(Query("person")) == 1


def test_the_log_is_used_again_once_a_long_reader_lets_go(store, home):
    """A snapshot held during many writes makes the log grow; afterwards as many writes again need no more room."""
    log = home / "gridworker.db-wal"

    def work() -> None:
        for _ in range(60):
            store.write(lambda tx: tx.put_many([household(remark="长" * 400) for _ in range(20)]))

    with store.read() as tx:
        tx.count(Query("household"))
        work()
        grown = log.stat().st_size
    assert grown > 1000 * 4096
    work()
    assert log.stat().st_size <= grown + 200 * 4096


def test_a_writer_that_ends_by_a_fault_leaves_nobody_waiting(store, monkeypatch):
    """What was committed is told as committed; whoever asks next hears at once, and so does who waits in the queue."""

    def broken(*_given: object) -> None:
        raise RuntimeError

    began, go_on = threading.Event(), threading.Event()

    def slow(_tx: object) -> str:
        began.set()
        go_on.wait(60)
        return "kept"

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(store.write, slow)
        began.wait(60)
        monkeypatch.setattr(LogBound, "after_commit", broken)
        second = pool.submit(store.write, lambda _tx: "never")
        while store._writer._jobs.empty():
            time.sleep(0.001)
        go_on.set()
        assert first.result(60) == "kept"
        with pytest.raises(BugError):
            second.result(60)
    with pytest.raises(BugError):
        store.write(lambda _tx: None)
