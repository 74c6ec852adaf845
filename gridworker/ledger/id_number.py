"""公民身份号码 by GB 11643-1999: shape, date, sex, check digit."""

from __future__ import annotations

import re
from datetime import date

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_SHAPE = re.compile(r"[0-9]{17}[0-9X]")
_LENGTH = 18
_OLDEST_YEAR = 1890


def check_digit(first_seventeen: str) -> str:
    """The 18th character by ISO 7064 MOD 11-2."""
    total = sum(int(digit) * weight for digit, weight in zip(first_seventeen, _WEIGHTS, strict=True))
    return _CHECKS[total % 11]


def id_number_problem(number: str, today: date | None = None) -> str | None:
    """What is wrong with a number, in one sentence, or None."""
    if len(number) != _LENGTH:
        return f"公民身份号码应为 18 位，现在是 {len(number)} 位。"
    if not _SHAPE.fullmatch(number):
        return "公民身份号码前 17 位应为数字，末位为数字或 X。"
    born = birth_date_of(number)
    if born is None or born.year < _OLDEST_YEAR or (today is not None and born > today):
        return f"公民身份号码中的出生日期 {number[6:14]} 不存在。"
    if number[17] != check_digit(number[:17]):
        return "公民身份号码的校验位不对，请逐位核对。"
    return None


def birth_date_of(number: str) -> date | None:
    """The birth date inside a number, if it exists."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def sex_of(number: str) -> str:
    """GB/T 2261.1 code from the 17th digit: odd male, even female."""
    return "1" if int(number[16]) % 2 else "2"
