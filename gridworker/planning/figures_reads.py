"""What the figures look at of each ledger: which fields, and which rows a period can ask for.

A row that is left out changes no figure; one that is read without need changes none either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from gridworker.planning.figures_frame import Period, Row

_MARGIN = timedelta(days=1)


@dataclass(frozen=True)
class Reads:
    """Of one ledger: the fields, and the demands a row must meet; without demands all rows are read."""

    fields: tuple[str, ...]
    filled: tuple[str, ...] = ()
    """Each of these must hold something other than no."""
    within: tuple[str, ...] = ()
    """One of these dates must touch the period."""
    settled: Settled | None = None
    once_by: tuple[str, ...] = ()
    """It is evidence: of rows alike in these and on days of the period, one is as good as many."""


@dataclass(frozen=True)
class Settled:
    """Which rows are so long finished that no figure asks for them: closed a year before the period and not later.

    A row stays wanted while it is in none of `states`, while its `closed` is empty, or where `unless` is filled.
    """

    states: tuple[str, ...]
    closed: str
    dates: tuple[str, ...]
    unless: tuple[str, ...]


READS: Mapping[str, Reads] = {
    "household": Reads(("tenure_code",)),
    "person": Reads(("care_level", "living_state"), filled=("care_level",)),
    "visit": Reads(
        ("household_id", "interviewee_id", "visited_at", "met"), filled=("met",), within=("visited_at",),
        once_by=("household_id", "interviewee_id"),
    ),
    "care_visit": Reads(("person_id", "visited_at", "met"), within=("visited_at",)),
    "hazard": Reads(("due_on", "closed_on"), within=("due_on",)),
    "dispute": Reads(("due_on", "extended_due_on", "resolved"), within=("due_on", "extended_due_on")),
    "wish": Reads(
        ("collected_on", "promise_due_on", "follow_up_on", "satisfaction"),
        within=("collected_on", "promise_due_on", "follow_up_on"),
    ),
    "opinion": Reads(("due_at", "satisfaction"), within=("due_at",)),
    "case": Reads(
        (
            "case_code", "parent_case_code", "reported_at", "accepted_at", "dispatched_at", "lead_unit_id",
            "disposed_at", "closed_at", "due_at", "extended_due_at", "suspended_from", "suspended_to", "suspended_days",
            "escalation_level", "extension_no", "return_count", "rework_count", "resolved", "satisfaction",
            "service_satisfaction",
        ),
        settled=Settled(
            ("closed", "archived"), "closed_at", ("closed_at", "accepted_at", "due_at", "extended_due_at"),
            # A suspension moves a deadline on, and a case that came back is looked for by the one it came from.
            ("suspended_from", "parent_case_code"),
        ),
    ),
}  # fmt: skip


def days_around(period: Period) -> tuple[str, str]:
    """The first day to read, and the first not to read any more: a day more on either side, whatever the clock."""
    return (period.start - _MARGIN).isoformat(), (period.end + 2 * _MARGIN).isoformat()


def settled_before(period: Period, today: date) -> str:
    """What was finished before this day is out of every figure, those of a year before included."""
    return (min(period.year_before().start, today) - _MARGIN).isoformat()


class Sieve:
    """Takes of one community's rows those that a figure of the period could ask for; evidence once."""

    def __init__(self, period: Period, today: date) -> None:
        self._period = period
        self._first, self._after = days_around(period)
        self._settled_before = settled_before(period, today)
        self._seen: set[tuple[object, ...]] = set()

    def takes(self, row: Row) -> bool:
        """Whether the row is to be kept."""
        reads = READS.get(row.ledger)
        if reads is None or not all(row.values.get(key) for key in reads.filled):
            return False
        if reads.settled and _is_long_settled(row, reads.settled, self._settled_before):
            return False
        if reads.within and not any(self._touches(row, key) for key in reads.within):
            return False
        return not reads.once_by or self._is_new(row, reads)

    def _touches(self, row: Row, key: str) -> bool:
        return self._first <= str(row.values.get(key) or "") < self._after

    def _is_new(self, row: Row, reads: Reads) -> bool:
        alike = (row.ledger, *(row.values.get(key) for key in reads.once_by))
        if alike in self._seen or not any(row.day(key) in self._period for key in reads.within):
            return False
        self._seen.add(alike)
        return True


def _is_long_settled(row: Row, settled: Settled, day: str) -> bool:
    if row.status not in settled.states or not row.values.get(settled.closed):
        return False
    if any(row.values.get(key) for key in settled.unless):
        return False
    return all(str(row.values.get(key) or "") < day for key in settled.dates)
