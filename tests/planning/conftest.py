"""The planning tests stand in late 2026: the notice for 2027 is not out, whatever a newer chinesecalendar may know."""

from collections.abc import Iterator

import pytest

from gridworker.planning import working_days

LAST_KNOWN = 2026


@pytest.fixture(autouse=True, scope="package")
def _nothing_after_2026() -> Iterator[None]:
    library = working_days._library()
    cut = working_days._Arranged(
        {day: name for day, name in library.holidays.items() if day.year <= LAST_KNOWN},
        frozenset(day for day in library.workdays if day.year <= LAST_KNOWN),
        frozenset(year for year in library.years if year <= LAST_KNOWN),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(working_days, "_library", lambda: cut)
        patch.setattr(working_days, "_in_force", working_days.Calendar())
        yield
