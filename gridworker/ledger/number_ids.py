"""Field types for numbers that name somebody: ID numbers and phones."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gridworker.ledger import masks
from gridworker.ledger.facts import FieldError, Sensitivity, Value
from gridworker.ledger.field import Field, as_text
from gridworker.ledger.id_number import id_number_problem
from gridworker.ledger.text import clean_line, clean_number

_EXACT_DIGITS = 15
_MOBILE_LENGTH = 11
_TYPED_FOR_X = str.maketrans("ⅩⅹΧХ×＊", "XXXXX*")
# A blank parts two numbers only between whole ones: `138 1234 5678` and `0532 88881234` are one number each.
_BETWEEN_PHONES = re.compile(r"[、，,；;/\n]+|(?<=\d{7})\s+(?=0\d{2,3}-|\d{5})|(?<=\d{7})\s+(?=\+86)")
_MOBILE = re.compile(r"(?:\+?86-?|0086-?)?(1[3-9]\d)-?(\d{4})-?(\d{4})(?:\.0)?", re.ASCII)
_LOST = "号码在表格里按数字保存，第 15 位以后已经丢失；请在原表把这一列设为文本，重新填写完整号码。"


@dataclass(frozen=True)
class IdNumber(Field):
    """公民身份号码 by GB 11643. Numbers from cells that lost digits are refused, never repaired."""

    sensitivity: Sensitivity = Sensitivity.SENSITIVE

    def _read(self, raw: object) -> Value:
        if isinstance(raw, int | float) and not isinstance(raw, bool) and abs(raw) >= 10**_EXACT_DIGITS:
            raise FieldError(_LOST)
        text = clean_number(as_text(raw)).upper().strip("'‘’`").translate(_TYPED_FOR_X)
        if re.fullmatch(r"\d(\.\d+)?E\+?\d+", text):
            raise FieldError(_LOST)
        return text

    def problem(self, value: Value) -> str | None:
        return id_number_problem(str(value))

    def mask(self, value: Value) -> str:
        return masks.mask_id_number(self.format(value))


@dataclass(frozen=True)
class CertificateNumber(IdNumber):
    """The number of any kind of certificate; only its length is bounded."""

    max_length: int = 30

    def problem(self, value: Value) -> str | None:
        return f"{self.label}最多 {self.max_length} 个字。" if len(str(value)) > self.max_length else None


@dataclass(frozen=True)
class Phone(Field):
    """One phone number or several; a mobile has 11 digits, a landline may have an extension."""

    sensitivity: Sensitivity = Sensitivity.PERSONAL
    max_length: int = 50

    def _read(self, raw: object) -> Value:
        text = clean_line(as_text(raw)).strip("'‘’`")
        return "、".join(_one_phone(part) for part in _BETWEEN_PHONES.split(text) if part.strip())

    def problem(self, value: Value) -> str | None:
        for part in str(value).split("、"):
            digits = re.sub(r"\D", "", part)
            plain = part.removeprefix("+86")
            if re.fullmatch(r"1[3-9]\d*", plain) and len(plain) != _MOBILE_LENGTH:
                return f"手机号应为 {_MOBILE_LENGTH} 位，现在是 {len(plain)} 位。"
            if len(digits) < 5:  # noqa: PLR2004 - shorter than any public number
                return f"{self.label}应为电话号码，现在是“{part[:20]}”。"
        return f"{self.label}最多 {self.max_length} 个字。" if len(str(value)) > self.max_length else None

    def mask(self, value: Value) -> str:
        return masks.mask_phone(self.format(value))


def _one_phone(text: str) -> str:
    number = clean_number(text)
    mobile = _MOBILE.fullmatch(number)
    return "".join(mobile.groups()) if mobile else number
