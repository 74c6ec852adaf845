"""Work off the UI thread: results and progress arrive here, stopping is heard, an old search is stale."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QObject, Qt
from shiboken6 import isValid

from gridworker.errors import Cancelled, KnownError
from ui.jobs import LONG, QUICK, SEARCH, Job, Jobs, _Mails


@pytest.fixture
def jobs(qapp: object) -> Iterator[Jobs]:
    """Workers that are gone after the test."""
    made = Jobs()
    yield made
    made.close()


def test_a_result_arrives_in_the_ui_thread(jobs: Jobs, qtbot: object) -> None:
    """The work runs elsewhere; its listener is called where widgets may be touched."""
    threads: list[threading.Thread] = []
    worked: list[threading.Thread] = []
    jobs.run(
        lambda _p, _c: worked.append(threading.current_thread()), lambda _r: threads.append(threading.current_thread())
    )
    qtbot.waitUntil(lambda: bool(threads))
    assert threads == [threading.main_thread()]
    assert worked[0] is not threading.main_thread()
    assert worked[0].daemon


def test_standing_still_lets_quick_work_be_done_and_waits_no_longer(jobs: Jobs, qtbot: object) -> None:
    """What was queued before has been worked when it returns; work that takes too long is not waited for."""
    heard: list[str] = []
    gate = threading.Event()
    jobs.call(lambda: "plan", done=heard.append)
    jobs.let_finish(10)
    QCoreApplication.processEvents()
    assert heard == ["plan"]
    jobs.call(gate.wait)
    jobs.let_finish(0.01)
    gate.set()
    qtbot.waitUntil(jobs.is_idle)


def test_a_known_error_and_a_bug_are_told_apart(jobs: Jobs, qtbot: object) -> None:
    """A known error arrives as it is; anything else as a report that holds no values."""
    told: list[object] = []

    def breaks(_p: object, _c: object) -> None:
        secret = {"name": "某人"}
        secret["missing"]

    known = KnownError("磁盘满了。")
    jobs.run(lambda _p, _c: (_ for _ in ()).throw(known), failed=told.append)
    jobs.run(breaks, failed=told.append)
    qtbot.waitUntil(lambda: len(told) == 2)
    assert told[0] is known
    assert "KeyError" in told[1].report
    assert "某人" not in told[1].report
    assert "missing" not in told[1].report


def test_what_the_machine_lacks_is_no_bug(jobs: Jobs, qtbot: object) -> None:
    """Memory that ran out in the middle of a job is told calmly, and without a report for the developer."""
    told: list[object] = []

    def starves(_p: object, _c: object) -> None:
        raise MemoryError

    jobs.run(starves, failed=told.append)
    qtbot.waitUntil(lambda: bool(told))
    assert type(told[0]) is KnownError
    assert "内存不够" in told[0].sentence()


def test_progress_is_held_to_twenty_a_second(jobs: Jobs, qtbot: object) -> None:
    """A thousand reports in an instant become a few, and the last one is always told."""
    told: list[tuple[int, int]] = []
    over: list[object] = []

    def work(progress: object, _cancelled: object) -> None:
        for done in range(1, 1001):
            progress(done, 1000, "")

    jobs.run(work, over.append, progress=lambda done, total, _text: told.append((done, total)), lane=LONG)
    qtbot.waitUntil(lambda: bool(over))
    assert told[-1] == (1000, 1000)
    assert len(told) <= 5


def test_stopping_is_said_at_once_and_shows_nothing(jobs: Jobs, qtbot: object) -> None:
    """停止 is heard before the work ends; a stopped job neither finishes nor fails."""
    began = threading.Event()
    events: list[str] = []

    def work(_progress: object, cancelled: object) -> None:
        began.set()
        while not cancelled():
            time.sleep(0.005)
        raise Cancelled

    job = jobs.run(
        work, lambda _r: events.append("finished"), failed=lambda _e: events.append("failed"),
        cancelled=lambda: events.append("cancelled"), lane=LONG,
    )  # fmt: skip
    job.stopping.connect(lambda: events.append("stopping"))
    assert began.wait(60)
    job.stop()
    assert events == ["stopping"]
    qtbot.waitUntil(lambda: len(events) == 2)
    assert events == ["stopping", "cancelled"]


def test_the_newest_search_wins(jobs: Jobs, qtbot: object) -> None:
    """A search still under way hears that it is stale, one that waits never begins, the newest is answered."""
    began, answered, ran = threading.Event(), [], []

    def slow(_progress: object, stale: object) -> str:
        began.set()
        while not stale():
            time.sleep(0.005)
        raise Cancelled

    jobs.run(slow, answered.append, lane=SEARCH)
    assert began.wait(60)
    jobs.run(lambda _p, _c: ran.append("middle"), answered.append, lane=SEARCH)
    jobs.run(lambda _p, _c: "newest", answered.append, lane=SEARCH)
    qtbot.waitUntil(lambda: bool(answered))
    assert (answered, ran) == (["newest"], [])


def test_a_save_does_not_wait_for_a_sync(jobs: Jobs, qtbot: object) -> None:
    """The lanes are apart: what a person waits for is done while long work hangs."""
    release, saved = threading.Event(), []
    jobs.run(lambda _p, _c: release.wait(60), lane=LONG)
    jobs.run(lambda _p, _c: "saved", saved.append, lane=QUICK)
    qtbot.waitUntil(lambda: bool(saved))
    release.set()


def test_a_listener_that_is_gone_is_not_called(jobs: Jobs, qtbot: object) -> None:
    """A page closed before its answer came costs nothing."""
    owner, called, gate = QObject(), [], threading.Event()
    job: Job[str] = jobs.run(lambda _p, _c: gate.wait(60), called.append, owner=owner)
    over: list[bool] = []
    job.over.connect(lambda: over.append(True))
    owner.deleteLater()
    qtbot.wait(20)
    gate.set()
    qtbot.waitUntil(lambda: bool(over))
    assert called == []


def test_closing_finishes_saves_that_were_asked_for(qapp: object) -> None:
    """Work of the quick lane that is queued when the window closes is still done."""
    jobs, done = Jobs(), []
    for number in range(20):
        jobs.run(lambda _p, _c, one=number: (time.sleep(0.005), done.append(one)))
    jobs.close()
    assert done == list(range(20))


def test_what_a_worker_emits_on_outlives_the_job(jobs: Jobs, qtbot: object) -> None:
    """However long a worker is held up in telling the end, its job is gone meanwhile and the teller is not."""
    jobs.run(lambda _progress, _cancelled: None)
    qtbot.waitUntil(jobs.is_idle)
    teller = _Mails.one
    met: list[tuple[bool, bool]] = []

    def hold_up(job: Job[None], _kind: str, _payload: object) -> None:
        end = time.monotonic() + 5
        while isValid(job) and time.monotonic() < end:
            threading.Event().wait(0.001)
        met.append((isValid(job), isValid(teller)))

    # Called in the worker, in the midst of the emitting, after the UI thread has got its event.
    teller._arrived.connect(hold_up, Qt.ConnectionType.DirectConnection)
    jobs.run(lambda _progress, _cancelled: None)
    qtbot.waitUntil(lambda: bool(met))
    teller._arrived.disconnect(hold_up)
    assert met == [(False, True)]
