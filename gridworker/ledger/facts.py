"""The small closed sets every declaration speaks in: sensitivity, profile, merge rule, purpose, problem."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum

# A value as it is stored and sent: JSON scalars, or a list of texts. Dates are ISO 8601 text.
Value = str | int | float | bool | list[str] | None
Values = Mapping[str, Value]


class Sensitivity(IntEnum):
    """How much a field could hurt the person it is about."""

    OPEN = 0
    INTERNAL = 1
    PERSONAL = 2
    SENSITIVE = 3


class Profile(IntEnum):
    """At which point of a record's life a check is made; the higher, the more is demanded."""

    WIRE = 0
    DRAFT = 1
    IMPORT = 2
    SUBMIT = 3


class Auto(Enum):
    """What a new record's field begins with where only the moment of its making can say."""

    NOW = "now"
    TODAY = "today"
    ME = "me"
    """The person at work; in a field that holds several, she alone."""


class MergeRule(Enum):
    """What happens when two devices changed the same field."""

    SCALAR = "scalar"
    ELEMENTS = "elements"
    DERIVED = "derived"
    """Recomputed on each device, never sent and never merged."""


class Purpose(Enum):
    """What a value is shown for; masks follow it."""

    WORK = "work"
    """The form of one record, before the eyes of who looks after it."""
    LIST = "list"
    ARCHIVE = "archive"
    """The paper that stays in the office."""
    EXPORT = "export"
    NOTICE = "notice"
    """What hangs on a public board."""
    UNMASKED = "unmasked"
    """Everything as it is, on purpose and with a trace."""


class Severity(Enum):
    """Whether a problem stops a save."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Problem:
    """What is wrong with one field, in one plain sentence that says what it should be."""

    field: str
    message: str
    severity: Severity = Severity.ERROR


class FieldError(ValueError):
    """Text that cannot be read as the field's type; the message is shown as it is."""
