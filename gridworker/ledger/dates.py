"""Dates and times as offices write them, read into ISO 8601 text."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone

from gridworker.ledger.facts import FieldError
from gridworker.ledger.text import clean_text

CHINA = timezone(timedelta(hours=8), "CST")
# Excel's day 0 in the 1900 system, shifted so that days after the false 1900-02-29 come out right.
_EXCEL_EPOCH = date(1899, 12, 30)
_SERIALS = range(1, 80_000)
_DATE = re.compile(r"(\d{4}|\d{2})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*[日号]?")
_MONTH = re.compile(r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*月?$")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})$")
_TIME = re.compile(r"(上午|下午|晚上|中午|凌晨)?\s*(\d{1,2})\s*[:时点]\s*(\d{1,2})?(?:\s*[:分]\s*(\d{1,2}))?")
_MIDDAY = 12


def read_date(raw: object) -> str:
    """`2026-03-05` from 2026.3.5, 2026年3月5日, 26/3/5, 20260305, a date cell or an Excel serial; else FieldError."""
    if isinstance(raw, datetime):
        return raw.date().isoformat()
    if isinstance(raw, date):
        return raw.isoformat()
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        return _from_number(raw)
    text = _narrow(str(raw))
    found = _DATE.match(text) or _COMPACT.match(text)
    if found:
        return _build(text, *found.groups()).isoformat()
    if re.fullmatch(r"\d{5}(\.\d+)?", text):
        return _from_number(float(text))
    if _MONTH.match(text):
        raise FieldError(f"“{text}”只有年月，缺日，应写成 2026-03-05 这样。")
    raise FieldError(f"“{_short(text)}”不是日期，应写成 2026-03-05、2026.3.5 或 2026年3月5日。")


def read_datetime(raw: object, *, now: datetime | None = None) -> str:
    """`2026-03-05T09:40+08:00` from a date with or without a time; else FieldError."""
    if isinstance(raw, datetime):
        return _stamp(raw if raw.tzinfo else raw.replace(tzinfo=CHINA))
    if isinstance(raw, date):
        return _stamp(datetime.combine(raw, time(), CHINA))
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        day = date.fromisoformat(_from_number(raw))
        return _stamp(datetime.combine(day, time(), CHINA) + timedelta(minutes=round(raw % 1 * 24 * 60)))
    text = _narrow(str(raw))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return _stamp(_read_written(text, now))
    return _stamp(moment if moment.tzinfo else moment.replace(tzinfo=CHINA))


def _read_written(text: str, now: datetime | None) -> datetime:
    day_match = _DATE.match(text)
    rest = text[day_match.end() :] if day_match else text
    clock = _TIME.search(rest)
    if day_match is None and (clock is None or now is None):
        raise FieldError(f"“{_short(text)}”不是时间，应写成 2026-03-05 09:40 这样。")
    day = _build(text, *day_match.groups()) if day_match else (now or datetime.now(CHINA)).astimezone(CHINA).date()
    if clock is None:
        if rest.strip():
            raise FieldError(f"“{_short(text)}”不是时间，应写成 2026-03-05 09:40 这样。")
        return datetime.combine(day, time(), CHINA)
    part, hour_text, minute_text, second_text = clock.groups()
    hour = int(hour_text)
    if part in ("下午", "晚上") and hour < _MIDDAY:
        hour += _MIDDAY
    try:
        return datetime.combine(day, time(hour, int(minute_text or 0), int(second_text or 0)), CHINA)
    except ValueError:
        raise FieldError(f"“{_short(text)}”里的时刻不存在，小时应为 0–23，分钟应为 0–59。") from None


def local_date(stamp: str) -> date:
    """The day in China on which a stored moment or date falls."""
    if len(stamp) == len("2026-03-05"):
        return date.fromisoformat(stamp)
    return datetime.fromisoformat(stamp).astimezone(CHINA).date()


def now_stamp(moment: datetime | None = None) -> str:
    """The present, or a moment, as stored text to the second."""
    return (moment or datetime.now(UTC)).astimezone(CHINA).isoformat(timespec="seconds")


def show_date(stamp: str) -> str:
    """`2026-03-05`, as shown and printed."""
    return local_date(stamp).isoformat()


def show_datetime(stamp: str) -> str:
    """`2026-03-05 09:40` in China's time."""
    return datetime.fromisoformat(stamp).astimezone(CHINA).strftime("%Y-%m-%d %H:%M")


def _stamp(moment: datetime) -> str:
    return moment.astimezone(CHINA).isoformat(timespec="seconds" if moment.second else "minutes")


def _from_number(number: float) -> str:
    whole = int(number)
    if whole in _SERIALS:
        return (_EXCEL_EPOCH + timedelta(days=whole)).isoformat()
    compact = _COMPACT.match(str(whole))
    if compact:
        return _build(str(whole), *compact.groups()).isoformat()
    raise FieldError(f"数字 {number:g} 不是日期，应写成 2026-03-05 这样。")


def _build(text: str, year: str, month: str, day: str) -> date:
    full_year = int(year) + (2000 if len(year) == 2 else 0)  # noqa: PLR2004 - two digits of a year
    try:
        return date(full_year, int(month), int(day))
    except ValueError:
        raise FieldError(f"“{_short(text)}”这一天不存在，请核对年、月、日。") from None


def _narrow(text: str) -> str:
    wide = {ord(character): chr(ord(character) - 0xFEE0) for character in "０１２３４５６７８９．－／："}
    return clean_text(text).translate(wide)


def _short(text: str) -> str:
    return text if len(text) <= 20 else text[:20] + "…"  # noqa: PLR2004 - what fits in a message
