"""A date by which something of a record is owed: what the plan of the day reads from a declaration."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Due:
    """While a record is in one of `states`, what `field` dates is owed.

    Without `clock` the field is the due date itself; with one the date is that clock's time after it
    (`planning/clocks.py`). `unless` names a field that settles the matter once it is filled.
    """

    field: str
    states: tuple[str, ...]
    label: str
    """What is to be done, e.g. 隐患整改."""
    reason: str
    """Why on that date, e.g. 整改时限."""
    says: str
    """The field that tells where or what; shown beside the label."""
    kind: str = ""
    """A coded field whose label follows the label."""
    clock: str = ""
    unless: str = ""
    extended: str = ""
    """A field that, once filled, takes the place of `field`: an extended deadline."""
    counted: bool = False
    """Counted by the program in working days: of a year whose notice is not known the date says so where it stands."""
    by_visit: bool = False
    """Met at the door is met: a later visit to the household settles it, and one that is due there stands for both."""
    newest_of: str = ""
    """Of the records alike in this field only the newest owes it: the next care visit follows from the last one."""
