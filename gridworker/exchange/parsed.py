"""A parsed row and its troubles, and the reading of one row's cells into values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from gridworker.exchange.cells import UNCALCULATED, Cell, CellError, cell_ref, shown
from gridworker.exchange.row_cells import RowCells
from gridworker.exchange.synonyms import ADDRESS, HEAD, HEAD_NAME, HOUSEHOLD, PERSON, PLACE_KEYS, label_of
from gridworker.ledger.facts import FieldError, Severity, Value
from gridworker.ledger.field import Field, PersonName, Text
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.number_ids import Phone
from gridworker.ledger.text import clean_line
from gridworker.ledgers.registry import find_ledger

PLACEHOLDERS = frozenset(
    {"无", "暂无", "没有", "无电话", "不详", "/", "\\", "-", "--", "—", "——", "－", "空", "N/A", "NA"}
)
_MASKED_MESSAGE = "这一格是脱敏后的内容（带 *），不能导入；请用没有脱敏的表。"
_LOST_MESSAGE = "号码在表格里按数字保存，第 15 位以后已经丢失；请在原表把这一列设为文本，重新填写完整号码。"
_EXPONENT = re.compile(r"\d(\.\d+)?[Ee]\+?\d{2}")
_EXACT = 10**15
_MASKED_NUMBER = re.compile(r"\d\*{4,}\d")
_MAYBE_LANDLINE = re.compile(r"[2-9]\d{9,10}")


@dataclass(frozen=True)
class CellProblem:
    """What is wrong with one cell; an error refuses the row, a warning is told and the row goes in."""

    field: str
    heading: str
    cell_ref: str
    shown: str
    message: str
    severity: Severity = Severity.ERROR

    def sentence(self) -> str:
        """The cell, its heading and the message, as the list of refused rows tells it."""
        return f"{self.cell_ref} {self.heading}：{self.message}".strip()


@dataclass(frozen=True)
class RowOrigin:
    """The row of the sheet a record comes from, so that a later check can name the cell too."""

    ledger: str
    row: RowCells
    headings: Mapping[int, str]

    def problem_at(self, key: str, message: str, severity: Severity = Severity.ERROR) -> CellProblem:
        """A trouble with the cell of a target or of a field; without a column there is only the label."""
        target = next((found for found in _targets_of(key) if found in self.row.columns), key)
        column = self.row.columns.get(target)
        if column is None:
            return CellProblem(key, label_of(find_ledger(self.ledger), _targets_of(key)[0]), "", "", message, severity)
        where = cell_ref(self.row.number, column)
        return CellProblem(key, self.headings.get(column, ""), where, self.row.text(target)[:40], message, severity)


@dataclass(frozen=True)
class ParsedRow:
    """One record as the sheet gives it.

    `values` are the ledger's own fields; links are not among them, because a sheet gives them by name: `names`
    (field key → name as written). `household` tells the household the row belongs to: place, `head_name`, other
    fields of the household ledger. In the household ledger `person` tells what the sheet knows about the head,
    and `rows` are all rows that make up the household.
    """

    number: int
    values: dict[str, Value]
    origin: RowOrigin
    household: dict[str, Value] = field(default_factory=dict)
    person: dict[str, Value] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    problems: tuple[CellProblem, ...] = ()
    rows: tuple[int, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether a problem keeps the row out; warnings do not."""
        return any(problem.severity is Severity.ERROR for problem in self.problems)

    def problem_at(self, key: str, message: str, severity: Severity = Severity.ERROR) -> CellProblem:
        """A trouble found later, with the cell it lies in."""
        return self.origin.problem_at(key, message, severity)


class RowReader:
    """Reads the cells of one row and gathers what is wrong with them."""

    def __init__(self, ledger: Ledger, origin: RowOrigin) -> None:
        self.ledger = ledger
        self.origin = origin
        self.row = origin.row
        self.problems: list[CellProblem] = []

    def value(self, target: str, known: Field) -> Value:
        """The value of a target's cell, or None with a problem noted."""
        cell = self.row.cells.get(target)
        try:
            value = cell_value(known, cell)
        except FieldError as wrong:
            self.problem(target, str(wrong))
            return None
        if isinstance(known, Phone) and isinstance(cell, int | float) and _MAYBE_LANDLINE.fullmatch(str(value)):
            self.problem(target, "像是固定电话少了区号开头的 0，请核对。", Severity.WARNING)
        return value

    def text(self, target: str) -> str:
        """A name or other free text of a target; a placeholder such as 无 is nothing."""
        cell = self.row.cells.get(target)
        if isinstance(cell, CellError):
            self.problem(target, _error_message(cell))
            return ""
        text = clean_line(self.row.text(target)).lstrip("'")
        if "*" in text:
            self.problem(target, _MASKED_MESSAGE)
            return ""
        return "" if text in PLACEHOLDERS else text

    def problem(self, target: str, message: str, severity: Severity = Severity.ERROR) -> None:
        """Note a trouble with a target's cell."""
        self.problems.append(self.origin.problem_at(target, message, severity))

    def has_problem(self, target: str) -> bool:
        """Whether a target already has one, so that no second sentence is needed."""
        return any(problem.field == target for problem in self.problems)


def cell_value(known: Field, cell: Cell) -> Value:
    """The value a field reads from a cell; FieldError with a sentence for the person."""
    if isinstance(cell, CellError):
        raise FieldError(_error_message(cell))
    raw = cell.lstrip().lstrip("'‘") if isinstance(cell, str) else cell
    if isinstance(raw, str) and "*" in raw and _is_masked(raw, many_lines=isinstance(known, Text) and known.lines):
        raise FieldError(_MASKED_MESSAGE)
    if _lost_digits(raw):
        raise FieldError(_LOST_MESSAGE)
    empty = isinstance(raw, str) and clean_line(raw) in PLACEHOLDERS
    # 无 in a phone or date column means that there is none; in a text it is an answer, but it is nobody's name.
    if empty and isinstance(known, PersonName):
        return None
    try:
        value = known.parse(raw)
    except FieldError:
        if empty:
            return None
        raise
    wrong = known.problem(value) if value is not None and value != [] else None
    if wrong and empty:
        return None
    if wrong:
        raise FieldError(wrong)
    return value


def _lost_digits(raw: Cell) -> bool:
    # A workbook keeps fifteen digits of a number; a CSV that Excel saved shows the rest as an exponent.
    if isinstance(raw, str):
        return _EXPONENT.fullmatch(raw.strip()) is not None
    return isinstance(raw, int | float) and abs(raw) >= _EXACT


def _is_masked(text: str, *, many_lines: bool) -> bool:
    """Whether a text is what a mask leaves; in a remark a star may be somebody's own."""
    return bool(_MASKED_NUMBER.search(text)) or clean_line(text) == "***" or not many_lines


def _error_message(cell: CellError) -> str:
    if cell.text == UNCALCULATED:
        return "这一格的公式没有算出结果，请用 Excel 或 WPS 打开原表，保存后再导入。"
    return f"这一格是错误值 {shown(cell)}，请在原表改成正确的内容或清空。"


def _targets_of(key: str) -> tuple[str, ...]:
    # A check of the ledger names a field; the sheet may have given it through another column.
    whole = (ADDRESS,) if key.removeprefix(HOUSEHOLD) in PLACE_KEYS or key == "household_id" else ()
    head = (HEAD_NAME, f"{PERSON}name") if key == "head_person_id" else ()
    return (key, HOUSEHOLD + key, PERSON + key, HEAD + key, *whole, *head)
