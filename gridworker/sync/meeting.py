"""What one meeting with the server carries along: both sides, what was agreed, and what has been done so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from gridworker.store.store import Store
from gridworker.store.verdicts import CONFLICT, HELD, REJECTED, Settled
from gridworker.sync import wire, wire_meeting
from gridworker.sync.retry import Pause

Progress = Callable[[int, int, str], None]
Cancelled = Callable[[], bool]


class Transport(Protocol):
    """The three questions a server answers; `http.HttpTransport` asks them over a network."""

    def hello(self, message: wire_meeting.Hello) -> wire_meeting.Welcome:
        """What may be done today."""
        ...

    def push(self, message: wire.Push) -> wire.Pushed:
        """What became of each operation of a batch."""
        ...

    def pull(self, message: wire.Pull) -> wire.Pulled:
        """What is new after each cursor."""
        ...

    def reference(self, message: wire_meeting.AskReference) -> wire_meeting.ReferenceData:
        """The reference data named."""
        ...


@dataclass
class SyncReport:
    """What a meeting came to; `text` says it in one sentence, `held_ids` are operations the server could not take."""

    pushed: int = 0
    pulled: int = 0
    conflicts: int = 0
    rejected: int = 0
    held: int = 0
    changed: set[str] = field(default_factory=set)
    held_ids: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    reference: list[str] = field(default_factory=list)
    """What came of reference data, one sentence each; `notes` holds them too."""
    text: str = ""

    def sum_up(self) -> SyncReport:
        """Fills `text`; calm where nothing needs a person."""
        parts = [f"已上传 {self.pushed} 条", f"收到 {self.pulled} 条"] if self.pushed or self.pulled else ["已是最新"]
        asks = {"有不同意见": self.conflicts, "未被接受": self.rejected, "暂存待查": self.held}
        parts += [f"{count} 条{words}" for words, count in asks.items() if count]
        self.text = "，".join(parts) + "。" + "".join(self.notes)
        return self


@dataclass
class Meeting:
    """One run of the engine."""

    store: Store
    transport: Transport
    progress: Progress
    cancelled: Cancelled
    pause: Pause
    welcome: wire_meeting.Welcome
    incarnation: int
    waiting: int = 0
    """How many operations waited at the beginning."""
    report: SyncReport = field(default_factory=SyncReport)

    @property
    def scopes(self) -> list[str]:
        """The grids granted today."""
        return [grant.scope for grant in self.welcome.grants]

    def note(self, settled: Settled, *, anew: bool = True) -> None:
        """Counts verdicts; `anew` where the operations went out in this meeting."""
        report = self.report
        report.changed |= settled.changed
        report.pushed += sum(settled.outcomes.values()) if anew else 0
        report.conflicts += settled.outcomes.get(CONFLICT, 0)
        report.rejected += settled.outcomes.get(REJECTED, 0)
        report.held += settled.outcomes.get(HELD, 0)
        if anew and self.waiting:
            done = min(report.pushed, self.waiting)
            self.progress(done, self.waiting, f"正在上传 {done}/{self.waiting}")
