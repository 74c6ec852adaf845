"""The two kinds of failure: the world's fault, told calmly, and ours, told for a report."""

from __future__ import annotations

from pathlib import Path


class AppError(Exception):
    """A failure that carries the three sentences a person needs.

    title  what happened, in one plain Chinese sentence
    safe   what is safe and unchanged
    action what the person can do now
    """

    def __init__(self, title: str, *, safe: str = "", action: str = "") -> None:
        super().__init__(title)
        self.title = title
        self.safe = safe
        self.action = action

    def sentence(self) -> str:
        """All there is to say, as running text."""
        return "".join(part for part in (self.title, self.safe, self.action) if part)


class KnownError(AppError):
    """The world's fault: shown calmly in the page, exit status 1 on the command line."""


class BugError(AppError):
    """Our fault: shown with a report that can be copied and holds no personal data."""

    report = ""
    """Types and places, never values."""


class Cancelled(Exception):
    """The person stopped the work; nothing is shown."""


def where_it_broke(error: BaseException) -> str:
    """Kind of error and the line it came from: enough to find it, nothing of a resident.

    The message is left out on purpose: a foreign exception may quote what it was handed.
    """
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    return f"{type(error).__name__} {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
