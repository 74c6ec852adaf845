"""Saving while the clock of the machine stands years behind: what was saved before it is not blamed for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from gridworker.ledger.dates import local_date
from gridworker.ledger.facts import Problem, Severity, Value, Values
from gridworker.ledger.record import Record

_SENTENCE = "这一天晚于电脑现在的日期，可能是电脑时钟不对，请校准。"


def spared(problems: Sequence[Problem], before: Record | None, wanted: Values, today: date) -> list[Problem]:
    """The problems, but for refusals of a date that stands unchanged and lies ahead of the clock: a warning then.

    Such a date was right when it was saved, so that it is the clock that is wrong; refused, no record of the last years
    could be changed before the clock is set.
    """
    if before is None:
        return list(problems)
    return [
        replace(one, message=_SENTENCE, severity=Severity.WARNING)
        if one.field in wanted
        and wanted[one.field] == before.values.get(one.field)
        and _is_ahead(wanted[one.field], today)
        else one
        for one in problems
    ]


def _is_ahead(value: Value, today: date) -> bool:
    try:
        return isinstance(value, str) and local_date(value) > today
    except ValueError:
        return False
