"""Work off the UI thread: daemon workers, one per lane, that hear “stop” and answer by signals in the UI thread.

Lanes: `quick` for what a person waits for (reads, saves) and `long` for what has a progress bar (sync, import,
print), each in order; `search`, where a newer job makes older ones stale. With one lane a save would wait for a
sync that waits for the network.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot
from shiboken6 import isValid

from gridworker.errors import AppError, BugError, Cancelled, lack_of_the_machine

T = TypeVar("T")
Progress = Callable[[int, int, str], None]
Stopped = Callable[[], bool]
Work = Callable[[Progress, Stopped], T]
QUICK, LONG, SEARCH, KEYRING = "quick", "long", "search", "keyring"
_PROGRESS_EVERY_S = 0.05
_PATIENCE_S = 2.0


def _done_already(_progress: object, _cancelled: object) -> Any:
    """The work of a job that is over."""
    return None


class _Mail(QObject):
    """Brings what workers say to the UI thread.

    A worker never emits a signal of its job: the UI thread may hear the last one, be done with the job and delete it
    before the emitting has come back, and the worker would go on in freed memory. This object outlives every worker.
    """

    _arrived = Signal(object, str, object)

    def __init__(self) -> None:
        super().__init__()
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def send(self, job: Job[Any], kind: str, payload: object) -> None:
        """Hand something over; called in a worker."""
        # At the very end Qt may be gone before a daemon is.
        if isValid(self):
            self._arrived.emit(job, kind, payload)

    @Slot(object, str, object)
    def _deliver(self, job: Job[Any], kind: str, payload: Any) -> None:
        if isValid(job):
            job.deliver(kind, payload)


class _Mails:
    """The one there is, made in the UI thread with the first job and kept for good."""

    one: _Mail | None = None


class Job(QObject, Generic[T]):
    """One piece of work: connect to its signals, then give it to `Jobs.start`."""

    progressed = Signal(int, int, str)
    stopping = Signal()
    finished = Signal(object)
    failed = Signal(object)
    cancelled = Signal()
    over = Signal()

    def __init__(self, work: Work[T], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = work
        self._stop = threading.Event()
        self._last_progress = 0.0
        _Mails.one = _Mails.one or _Mail()
        self._mail = _Mails.one

    def stop(self) -> None:
        """Ask the work to stop; says so at once and does not wait."""
        if not self._stop.is_set():
            self._stop.set()
            if isValid(self):
                self.stopping.emit()

    def let_go(self) -> None:
        """After the last signal: what the work held, a session or a page, is freed with it."""
        self._work = _done_already
        self.deleteLater()

    def perform(self) -> None:
        """Do the work; called in the worker thread."""
        if self._stop.is_set():
            self._send("cancelled", None)
            return
        try:
            result = self._work(self._progress, self._stop.is_set)
        except Cancelled:
            self._send("cancelled", None)
        except AppError as error:
            self._send("failed", error)
        except Exception as error:  # noqa: BLE001 - the boundary where anything unforeseen becomes a report
            self._send("failed", lack_of_the_machine(error) or as_bug(error))
        else:
            self._send("finished", result)

    def _progress(self, done: int, total: int, text: str = "") -> None:
        now = time.monotonic()
        if done < total and now - self._last_progress < _PROGRESS_EVERY_S:
            return
        self._last_progress = now
        self._send("progressed", (done, total, text))

    def _send(self, kind: str, payload: object) -> None:
        self._mail.send(self, kind, payload)

    def deliver(self, kind: str, payload: Any) -> None:
        """Tell what the worker said; called in the UI thread, so that every signal is emitted there."""
        if kind == "progressed":
            if not self._stop.is_set():
                self.progressed.emit(*payload)
            return
        if kind == "finished":
            self.finished.emit(payload)
        elif kind == "failed":
            self.failed.emit(payload)
        else:
            self.cancelled.emit()
        self.over.emit()


class Jobs(QObject):
    """Gives work to its lane; `bug_met` tells of failures that nobody else listens to."""

    bug_met = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lanes: dict[str, queue.SimpleQueue[Job[Any] | None]] = {}
        self._threads: list[threading.Thread] = []
        self._alive: set[Job[Any]] = set()
        self._spent: list[Job[Any]] = []
        self._closed = False

    def start(self, job: Job[T], *, lane: str = QUICK) -> Job[T]:
        """Queue a job whose signals are connected already."""
        if self._closed:
            return job
        if lane == SEARCH:
            for older in [one for one in self._alive if one.property("lane") == SEARCH]:
                older.stop()
        job.setProperty("lane", lane)
        self._alive.add(job)
        job.over.connect(self._forget)
        self._queue(lane).put(job)
        return job

    def run(
        self,
        work: Work[T],
        done: Callable[[T], object] | None = None,
        *,
        owner: QObject | None = None,
        failed: Callable[[AppError], object] | None = None,
        progress: Progress | None = None,
        cancelled: Callable[[], object] | None = None,
        lane: str = QUICK,
    ) -> Job[T]:
        """Do `work(progress, cancelled)` and hear of it, unless `owner` is gone by then."""
        job: Job[T] = Job(work)

        def heard(listener: Callable[..., object]) -> Callable[..., None]:
            def hear(*payload: object) -> None:
                if owner is None or isValid(owner):
                    listener(*payload)

            return hear

        if done:
            job.finished.connect(heard(done))
        job.failed.connect(heard(failed) if failed else self.bug_met.emit)
        if progress:
            job.progressed.connect(heard(progress))
        if cancelled:
            job.cancelled.connect(heard(cancelled))
        return self.start(job, lane=lane)

    def call(
        self,
        function: Callable[..., T],
        *args: object,
        done: Callable[[T], object] | None = None,
        owner: QObject | None = None,
        failed: Callable[[AppError], object] | None = None,
        lane: str = QUICK,
    ) -> Job[T]:
        """Call a plain operation off the UI thread and hear its result."""
        return self.run(lambda _progress, _cancelled: function(*args), done, owner=owner, failed=failed, lane=lane)

    def let_finish(self, seconds: float) -> None:
        """Stand still while the quick work that is queued gets done, no longer than this; it is heard afterwards.

        For the moment before a window is shown: its first frame then holds what was asked for while it was built.
        """
        done = threading.Event()
        self.run(lambda _progress, _cancelled: done.set())
        done.wait(seconds)

    def is_idle(self) -> bool:
        """Whether nothing is queued or under way."""
        return not self._alive

    def is_busy(self, lane: str) -> bool:
        """Whether something is queued or under way in a lane."""
        return any(job.property("lane") == lane for job in self._alive)

    def stop(self, lane: str) -> None:
        """Ask all work of a lane to stop."""
        for job in list(self._alive):
            if job.property("lane") == lane:
                job.stop()

    def close(self) -> None:
        """Ask everything to stop and wait two seconds at most; saves under way are finished."""
        self._closed = True
        for job in list(self._alive):
            if job.property("lane") != QUICK:
                job.stop()
        for lane in self._lanes.values():
            lane.put(None)
        end = time.monotonic() + _PATIENCE_S
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))

    @Slot()
    def _forget(self) -> None:
        job = self.sender()
        if isinstance(job, Job):
            self._alive.discard(job)
            # The worker may be the last to let go of the job, and would then delete a Qt object of this thread: it is
            # deleted here, and held until it is.
            self._spent = [one for one in self._spent if isValid(one)]
            self._spent.append(job)
            job.let_go()

    def _queue(self, lane: str) -> queue.SimpleQueue[Job[Any] | None]:
        if lane not in self._lanes:
            self._lanes[lane] = queue.SimpleQueue()
            # Daemon: an executor's threads would hold the program open at exit while a request hangs.
            thread = threading.Thread(target=_work_through, args=(self._lanes[lane],), name=f"jobs-{lane}", daemon=True)
            self._threads.append(thread)
            thread.start()
        return self._lanes[lane]


def as_bug(error: Exception) -> BugError:
    """An unforeseen exception as a report without personal data: types and places, never values."""
    trace = error.__traceback__
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.replace(chr(92), '/').rsplit('/', 1)[-1]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    bug = BugError(
        "程序出了差错，这一步没有完成。", safe="已经保存的内容不受影响，填写的内容还在。", action="可以再试一次。"
    )
    bug.report = "\n".join([type(error).__name__, *places])
    bug.__cause__ = error
    return bug


def _work_through(lane: queue.SimpleQueue[Job[Any] | None]) -> None:
    while (job := lane.get()) is not None:
        job.perform()
        del job
