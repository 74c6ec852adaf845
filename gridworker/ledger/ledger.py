"""The declaration of one ledger, and the checks every record of it passes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from gridworker.ledger.borrow import Borrow
from gridworker.ledger.code_fields import Ref, Refs
from gridworker.ledger.due import Due
from gridworker.ledger.facts import FieldError, MergeRule, Problem, Profile, Severity, Value, Values
from gridworker.ledger.field import Field
from gridworker.ledger.historic import Historic
from gridworker.ledger.notice import Notice
from gridworker.ledger.opening import Opening
from gridworker.ledger.workflow import Workflow


@dataclass(frozen=True)
class CheckContext:
    """What a check may know beside the record itself."""

    profile: Profile
    today: date
    lookup: Callable[[str, str], Values | None] = lambda _ledger, _id: None
    """The values of another record, by ledger and id; None where it is not at hand."""
    record_id: str = ""
    """The record itself; empty while it is new."""


Check = Callable[[Values, CheckContext], Iterable[Problem]]
DeriveValues = Callable[[Values, date], Mapping[str, Value]]


def _no_problems(_values: Values, _context: CheckContext) -> Iterable[Problem]:
    return ()


def _excuses_nothing(_values: Values) -> frozenset[str]:
    return frozenset()


def _lets_go(_values: Values) -> str:
    return ""


def _derives_nothing(_values: Values, _today: date) -> Mapping[str, Value]:
    return {}


@dataclass(frozen=True)
class Rollup:
    """The newest `of` among a ledger's rows where `where` is true lands in `field` of the record `via` links to."""

    to: str
    via: str
    field: str
    of: str
    where: str


@dataclass(frozen=True)
class Search:
    """Which fields the search index reads, by the kind of query that finds them."""

    names: tuple[str, ...] = ()
    """Found by characters, by pinyin and by initials."""
    texts: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    """Found by their beginning and by their tail."""
    tags: tuple[str, ...] = ()
    """Coded fields, found by the labels and aliases of their codes."""
    reading: str = ""
    """Where a person may write how the first of the names is read."""


@dataclass(frozen=True)
class Ledger:
    """One ledger (台账): its fields, what each surface shows of them, its workflow and its pure hooks."""

    key: str
    label: str
    number_prefix: str
    fields: tuple[Field, ...]
    list_columns: tuple[str, ...]
    form_groups: tuple[tuple[str, tuple[str, ...]], ...]
    search: Search
    pdf_columns: tuple[str, ...]
    excel_columns: tuple[str, ...]
    title: Callable[[Values], str]
    """One line that names a record to the person who looks after it."""
    workflow: Workflow | None = None
    check: Check = _no_problems
    derive: DeriveValues = _derives_nothing
    rollups: tuple[Rollup, ...] = ()
    sort_by: tuple[str, ...] = ()
    excuses: Callable[[Values], frozenset[str]] = _excuses_nothing
    """Required fields that a record in its condition need not have: who moved away belongs to no household."""
    month_field: str = ""
    """The date a record counts in when a month is printed."""
    order: int = 100
    """The place among the ledgers: households before persons before visits, as links resolve and screens offer them."""
    named_by: str = "record_no"
    """The field a person knows a record by; a repeated row of a workbook is told at its cell."""
    same_by: tuple[tuple[str, ...], ...] = (("record_no",),)
    """The keys under which a record is known, the surest first; the last field of each must be filled."""
    dues: tuple[Due, ...] = ()
    opens: tuple[Opening, ...] = ()
    borrows: tuple[Borrow, ...] = ()
    by_steps: tuple[str, ...] = ()
    """Fields that only steps write: an import may bring them with a record of old, no edit changes them."""
    notices: tuple[Notice, ...] = ()
    """What may hang on a public board; without any, the printed columns as they are masked for it."""
    recurs_by: tuple[str, ...] = ()
    """Fields that, alike in a record closed within 30 days, tell that the matter has come back (回流)."""
    keeps: Callable[[Values], str] = _lets_go
    """Why a record as it stands can no longer be deleted or undone; empty where it can."""
    import_help: str = ""
    """One sentence for whoever brings a workbook, where more is to be said than what its rows are known by."""
    historic: Historic | None = None
    """How a sheet of settled matters says how far each came; without it every imported record begins anew."""
    open_to: tuple[str, ...] = ()
    """Roles that may add records beside the staff of the grid: a part-time worker reports a hazard."""
    schema: int = 1
    _by_key: dict[str, Field] = field(init=False, repr=False, compare=False, default_factory=dict)
    _checked: dict[Profile, tuple[Field, ...]] = field(init=False, repr=False, compare=False, default_factory=dict)
    """The fields that can be wrong at each profile: most cannot, and a server checks thousands of records a second."""

    def __post_init__(self) -> None:
        self._by_key.update({known.key: known for known in self.fields})
        for profile in Profile:
            self._checked[profile] = tuple(known for known in self.fields if known.needs_check(profile))

    def __getitem__(self, key: str) -> Field:
        return self._by_key[key]

    def __contains__(self, key: object) -> bool:
        return key in self._by_key

    @property
    def stored_fields(self) -> tuple[Field, ...]:
        """The fields that travel: all but the derived ones."""
        return tuple(known for known in self.fields if known.merge is not MergeRule.DERIVED)

    @property
    def links(self) -> tuple[Ref | Refs, ...]:
        """The fields that point at other records."""
        return tuple(known for known in self.fields if isinstance(known, Ref | Refs))

    def link_to(self, other: str) -> Ref | None:
        """The field by which a record belongs to one of another ledger; None where it belongs to none."""
        return next((link for link in self.links if isinstance(link, Ref) and link.to == other), None)

    @property
    def closing_field(self) -> str:
        """The field that is filled while a record is closed; empty where the ledger has none."""
        return next((key for key in ("closed_at", "closed_on") if key in self), "")

    def find(self, name: str) -> Field | None:
        """A field by its key or its label."""
        return self._by_key.get(name) or next((known for known in self.fields if known.label == name), None)

    def parse(self, raw: Mapping[str, object], stored: Values | None = None) -> tuple[dict[str, Value], list[Problem]]:
        """Typed or imported texts as values, and what could not be read; unknown keys are problems.

        `stored` are the values a record holds: what comes back as it was is kept, though nobody could choose it now.
        """
        values: dict[str, Value] = {}
        problems: list[Problem] = []
        for name, text in raw.items():
            known = self.find(name)
            if known is None:
                problems.append(Problem(name, f"{self.label}没有“{name}”这一项。"))
                continue
            try:
                values[known.key] = known.parse_again(text, (stored or {}).get(known.key))
            except FieldError as wrong:
                problems.append(Problem(known.key, str(wrong)))
        return values, problems

    def problems(self, values: Values, context: CheckContext) -> list[Problem]:
        """All that is wrong with a record at a profile, in the order of its fields."""
        found: list[Problem] = []
        for known in self._checked[context.profile]:
            value = values.get(known.key)
            if value is None or value in ("", []):
                if known.is_required(context.profile) and known.key not in self.excuses(values):
                    found.append(Problem(known.key, known.demand()))
                continue
            wrong = known.problem(value)
            if wrong:
                severity = Severity.ERROR if context.profile is not Profile.DRAFT else Severity.WARNING
                found.append(Problem(known.key, wrong, severity))
        found.extend(self.check(values, context))
        return found


def errors_of(problems: Iterable[Problem]) -> list[Problem]:
    """The problems that stop a save."""
    return [problem for problem in problems if problem.severity is Severity.ERROR]
