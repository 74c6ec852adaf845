"""The two kinds of failure: the world's fault, told calmly, and ours, told for a report."""

from __future__ import annotations


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


class Cancelled(Exception):
    """The person stopped the work; nothing is shown."""
