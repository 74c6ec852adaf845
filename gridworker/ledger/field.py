"""What a field of a ledger is: ten shared facts, and one class per type holding every face of that type.

The faces: `parse` (typed or imported text → value), `format` (value → text), `problem` (is the
value itself right), `column` (SQLite type), `mask` (value → text for other eyes). The wire form is
the value. No other module asks what type a field is, except to choose an editor or a cell format.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from gridworker.ledger import masks
from gridworker.ledger.codes import CodeTable
from gridworker.ledger.facts import Auto, FieldError, MergeRule, Profile, Purpose, Sensitivity, Value
from gridworker.ledger.text import clean_line, clean_name, clean_text

# A value at or above the level is masked for that purpose; Purpose.UNMASKED has no level.
_MASKED_FROM = {
    Purpose.WORK: Sensitivity.SENSITIVE,
    Purpose.LIST: Sensitivity.PERSONAL,
    Purpose.ARCHIVE: Sensitivity.SENSITIVE,
    Purpose.EXPORT: Sensitivity.PERSONAL,
    Purpose.NOTICE: Sensitivity.PERSONAL,
}


@dataclass(frozen=True)
class Field:
    """A field: key and label, from which profile on it must be filled, how sensitive it is, how it merges."""

    key: str
    label: str
    required: Profile | None = None
    help: str = ""
    default: Value | Auto = None
    sensitivity: Sensitivity = Sensitivity.OPEN
    merge: MergeRule = MergeRule.SCALAR
    since: int = 1
    renamed_from: str | None = None

    column: ClassVar[str] = "TEXT"
    align: ClassVar[str] = "left"

    @property
    def tables(self) -> tuple[CodeTable, ...]:
        """The code tables its values come from."""
        return ()

    def parse(self, raw: object) -> Value:
        """The value that typed text, a cell or JSON stands for; raises FieldError. Empty is None."""
        if raw is None or (isinstance(raw, str) and not clean_text(raw)):
            return None
        return self._read(raw)

    def parse_again(self, raw: object, stored: Value) -> Value:
        """As `parse`, for a record that holds a value already: what comes back unchanged is kept."""
        try:
            return self.parse(raw)
        except FieldError:
            if stored is not None and raw == stored:
                return stored
            raise

    def _read(self, raw: object) -> Value:
        return clean_line(as_text(raw))

    def format(self, value: Value) -> str:
        """The value as a person reads it; nothing is an empty text."""
        return "" if value is None else str(value)

    def problem(self, value: Value) -> str | None:  # noqa: ARG002 - a face that types override
        """What is wrong with a value of this type, in one sentence, or None."""
        return None

    def demand(self) -> str:
        """What is to be done where a value is required and there is none."""
        return f"请填写{self.label}。"

    def mask(self, value: Value) -> str:
        """The value for eyes it is not meant for."""
        return masks.hide(self.format(value))

    def withhold(self, value: Value) -> str:
        """The value for everybody's eyes, on a board in the street."""
        return self.mask(value)

    def show(self, value: Value, purpose: Purpose) -> str:
        """The value as text, masked where its sensitivity asks for it."""
        if value is None or value == []:
            return ""
        if purpose is Purpose.NOTICE and self.is_masked(purpose):
            return self.withhold(value)
        return self.mask(value) if self.is_masked(purpose) else self.format(value)

    def is_masked(self, purpose: Purpose) -> bool:
        """Whether the field's sensitivity asks for a mask when it is shown for this purpose."""
        masked_from = _MASKED_FROM.get(purpose)
        return masked_from is not None and self.sensitivity >= masked_from

    def needs_check(self, profile: Profile) -> bool:
        """Whether there is anything that could be wrong with the field at this point of the record's life."""
        return self.is_required(profile) or type(self).problem is not Field.problem

    def is_required(self, profile: Profile) -> bool:
        """Whether the field must be filled at this point of the record's life."""
        return self.required is not None and profile >= self.required


@dataclass(frozen=True)
class Text(Field):
    """One line of text, or several where `lines` is true; at most `max_length` characters."""

    max_length: int = 0
    lines: bool = False

    def _read(self, raw: object) -> Value:
        text = as_text(raw)
        return clean_text(text) if self.lines else clean_line(text)

    def problem(self, value: Value) -> str | None:
        length = len(str(value))
        if self.max_length and length > self.max_length:
            return f"{self.label}最多 {self.max_length} 个字，现在是 {length} 个。"
        return None

    def mask(self, value: Value) -> str:
        if self.sensitivity >= Sensitivity.SENSITIVE:
            return masks.hide(self.format(value))
        return masks.mask_numbers_in_text(self.format(value))

    def withhold(self, value: Value) -> str:
        # A mask takes the numbers out of free text; names and illnesses stay in it.
        return masks.hide(self.format(value)) if self.lines else self.mask(value)


@dataclass(frozen=True)
class PersonName(Text):
    """A person's name, with U+00B7 between its parts."""

    max_length: int = 50
    sensitivity: Sensitivity = Sensitivity.PERSONAL

    def _read(self, raw: object) -> Value:
        return clean_name(as_text(raw))

    def problem(self, value: Value) -> str | None:
        if any(character.isdigit() for character in str(value)):
            return f"{self.label}里不应有数字。"
        return super().problem(value)

    def mask(self, value: Value) -> str:
        return masks.mask_name(self.format(value))


@dataclass(frozen=True)
class Address(Text):
    """A place; for other eyes it stops at the building."""

    def mask(self, value: Value) -> str:
        return masks.mask_address(self.format(value))


@dataclass(frozen=True)
class Bool(Field):
    """Yes or no."""

    column: ClassVar[str] = "INTEGER"
    align: ClassVar[str] = "center"

    def _read(self, raw: object) -> Value:
        text = clean_line(as_text(raw)).lower()
        if raw is True or text in {"是", "有", "√", "✓", "☑", "y", "yes", "true", "1", "对"}:
            return True
        if raw is False or text in {"否", "无", "没有", "×", "✗", "x", "☐", "n", "no", "false", "0", "不"}:
            return False
        raise FieldError(f"{self.label}应填“是”或“否”，现在是“{text[:20]}”。")

    def format(self, value: Value) -> str:
        return "" if value is None else "是" if value else "否"


@dataclass(frozen=True)
class Files(Field):
    """Attachments, by their content's address; the files themselves lie in the blob store."""

    merge: MergeRule = MergeRule.ELEMENTS
    sensitivity: Sensitivity = Sensitivity.PERSONAL

    def _read(self, raw: object) -> Value:
        if isinstance(raw, list):
            return [str(part) for part in raw]
        # A form and its draft hold texts; no address and no id has the sign in it that parts them.
        return [part for part in as_text(raw).split("、") if part]

    def format(self, value: Value) -> str:
        return f"{len(value)} 个附件" if isinstance(value, list) and value else ""

    def mask(self, value: Value) -> str:
        return self.format(value)


def as_text(raw: object) -> str:
    """A cell or JSON value as the text a person saw: 3.0 from a workbook is 3."""
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < 2**53:
        return str(int(raw))
    if isinstance(raw, datetime):
        return raw.strftime("%Y-%m-%d %H:%M" if raw.hour or raw.minute else "%Y-%m-%d")
    return str(raw)
