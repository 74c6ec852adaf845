"""Dates and times as offices write them, read into ISO 8601 text."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone

from gridworker.ledger.facts import FieldError
from gridworker.ledger.text import clean_text

CHINA = timezone(timedelta(hours=8), "CST")
# Excel's day 0 in the 1900 system, shifted so that days after the false 1900-02-29 come out right.
_EXCEL_EPOCH = date(1899, 12, 30)
# Serials from 1910 on: a smaller number in a date cell is a year, an age or a slip, nobody's birthday.
_SERIALS = range(3_654, 80_000)
_YEARS = range(1900, 2101)
_DATE = re.compile(r"(\d{4}|\d{2})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})(?!\d)\s*[日号]?", re.ASCII)
_WEEKDAY = re.compile(r"\s*[（(]?(?:星期|周|礼拜)[一二三四五六日天][）)]?")
_MONTH = re.compile(r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*月?(?:份)?", re.ASCII)
_YEAR = re.compile(r"(\d{4})\s*年?", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\.0)?", re.ASCII)
_COMPACT_MONTH = re.compile(r"((?:19|20)\d{2})(0[1-9]|1[0-2])(?:\.0)?", re.ASCII)
_SERIAL_TEXT = re.compile(r"\d{5}(\.\d+)?", re.ASCII)
_TIME = re.compile(
    r"(上午|下午|晚上|中午|凌晨|早上|傍晚)?\s*(\d{1,2})\s*[:时点]\s*(?:(\d{1,2})\s*分?|(半))?"
    r"(?:\s*:?\s*(\d{1,2})(?:\.\d+)?\s*秒?)?",
    re.ASCII,
)
_HAN = dict(zip("〇零一二三四五六七八九", "00123456789", strict=True))
_HAN_DATE = re.compile(
    r"([〇零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,3})月([一二三四五六七八九十]{1,3})[日号]"
)
_MIDDAY = 12
_SHOWN = len("2026-03-05 09:40")
# As Excel reads them: 30–99 belong to the last century, 00–29 to this one.
_PIVOT = 30


class IncompleteDate(FieldError):
    """A date without its day, or without month and day: never completed by a guess."""

    def __init__(self, message: str, year: int, month: int | None = None) -> None:
        super().__init__(message)
        self.year = year
        self.month = month

    def agrees_with(self, day: date) -> bool:
        """Whether a whole date known from elsewhere fits what was written."""
        # A number cell shows October as 1962.1.
        return self.year == day.year and (self.month in (None, day.month) or (self.month, day.month) == (1, 10))


def read_date(raw: object) -> str:
    """`2026-03-05` from 2026.3.5, 2026年3月5日, 26/3/5, 20260305, a date cell or an Excel serial; else FieldError."""
    if isinstance(raw, datetime):
        return (raw.astimezone(CHINA) if raw.tzinfo else raw).date().isoformat()
    if isinstance(raw, date):
        return raw.isoformat()
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        return _from_number(raw)
    return _from_text(_narrow(str(raw)))


def read_datetime(raw: object, *, now: datetime | None = None) -> str:
    """`2026-03-05T09:40+08:00` from a date with or without a time; else FieldError."""
    if isinstance(raw, datetime):
        return _stamp(raw if raw.tzinfo else raw.replace(tzinfo=CHINA))
    if isinstance(raw, date):
        return _stamp(datetime.combine(raw, time(), CHINA))
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        day = date.fromisoformat(_from_number(raw))
        minutes = round(raw % 1 * 24 * 60) if raw < _SERIALS.stop else 0
        return _stamp(datetime.combine(day, time(), CHINA) + timedelta(minutes=minutes))
    text = _narrow(str(raw))
    return _stamp(_iso_moment(text) or _read_written(text, now))


def _from_text(text: str) -> str:
    written = _DATE.match(text)
    if written and not _is_time_or_nothing(text[written.end() :]):
        written = None
    written = written or _COMPACT.fullmatch(text)
    if written:
        return _build(text, *written.groups()).isoformat()
    if _SERIAL_TEXT.fullmatch(text):
        return _from_number(float(text))
    moment = _iso_moment(text)
    if moment:
        return moment.astimezone(CHINA).date().isoformat()
    _raise_if_incomplete(text)
    raise FieldError(f"“{_short(text)}”不是日期，应写成 2026-03-05、2026.3.5 或 2026年3月5日。")


def _iso_moment(text: str) -> datetime | None:
    if not re.match(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}", text, re.ASCII):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)


def _is_time_or_nothing(rest: str) -> bool:
    rest = _WEEKDAY.sub("", rest, count=1).strip()
    return not rest or _TIME.fullmatch(rest) is not None


def _raise_if_incomplete(text: str) -> None:
    found = _MONTH.fullmatch(text) or _COMPACT_MONTH.fullmatch(text)
    if found:
        month = int(found[2])
        if 1 <= month <= 12:  # noqa: PLR2004 - the months of a year
            raise IncompleteDate(f"“{text}”只有年月，缺日，应写成 2026-03-05 这样。", int(found[1]), month)
        raise FieldError(f"“{_short(text)}”里的月份不存在，请核对。")
    found = _YEAR.fullmatch(text)
    if found and int(found[1]) in _YEARS:
        raise IncompleteDate(f"“{text}”只有年份，缺月和日，应写成 2026-03-05 这样。", int(found[1]))


def _read_written(text: str, now: datetime | None) -> datetime:
    day_match = _DATE.match(text)
    rest = _WEEKDAY.sub("", text[day_match.end() :] if day_match else text, count=1).strip()
    clock = _TIME.fullmatch(rest)
    if day_match is None and (clock is None or now is None):
        return datetime.combine(_day_alone(text), time(), CHINA)
    day = _build(text, *day_match.groups()) if day_match else (now or datetime.now(CHINA)).astimezone(CHINA).date()
    if clock is None:
        if rest:
            raise FieldError(f"“{_short(text)}”不是时间，应写成 2026-03-05 09:40 这样。")
        return datetime.combine(day, time(), CHINA)
    return datetime.combine(day, _clock_time(text, clock), CHINA)


def _day_alone(text: str) -> date:
    try:
        return date.fromisoformat(read_date(text))
    except IncompleteDate:
        raise
    except FieldError:
        raise FieldError(f"“{_short(text)}”不是时间，应写成 2026-03-05 09:40 这样。") from None


def _clock_time(text: str, clock: re.Match[str]) -> time:
    part, hour_text, minute_text, half, second_text = clock.groups()
    hour, minute = int(hour_text), 30 if half else int(minute_text or 0)
    if part == "晚上" and hour == _MIDDAY:
        raise FieldError(f"“{_short(text)}”说不清是哪一天的零点，应写成 2026-03-06 00:00 这样。")
    if (part in ("下午", "晚上", "傍晚") and hour < _MIDDAY) or (part == "中午" and hour in (1, 2)):
        hour += _MIDDAY
    elif part == "凌晨" and hour == _MIDDAY:
        hour = 0
    try:
        return time(hour, minute, int(second_text or 0))
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
    return datetime.fromisoformat(stamp).astimezone(CHINA).isoformat(" ", "minutes")[:_SHOWN]


def _stamp(moment: datetime) -> str:
    moment = moment.astimezone(CHINA)
    return moment.isoformat(timespec="seconds" if moment.second else "minutes")


def _from_number(number: float) -> str:
    if number != number or number in (float("inf"), float("-inf")):  # noqa: PLR0124 - NaN differs from itself
        raise FieldError("这个数字不是日期，应写成 2026-03-05 这样。")
    whole = int(number)
    if whole in _SERIALS:
        return (_EXCEL_EPOCH + timedelta(days=whole)).isoformat()
    compact = _COMPACT.fullmatch(str(whole)) if number == whole else None
    if compact:
        return _build(str(whole), *compact.groups()).isoformat()
    _raise_if_incomplete(f"{number:.10g}")
    raise FieldError(f"数字 {number:.10g} 不是日期，应写成 2026-03-05 这样。")


def _build(text: str, year: str, month: str, day: str) -> date:
    full_year = int(year)
    if len(year) == 2:  # noqa: PLR2004 - two digits of a year
        full_year += 1900 if full_year >= _PIVOT else 2000
    try:
        return date(full_year, int(month), int(day))
    except ValueError:
        raise FieldError(f"“{_short(text)}”这一天不存在，请核对年、月、日。") from None


def _narrow(text: str) -> str:
    wide = {ord(character): chr(ord(character) - 0xFEE0) for character in "０１２３４５６７８９．－／：（）"}
    narrow = clean_text(text).translate(wide).lstrip("'‘")
    written = _HAN_DATE.match(narrow)
    if not written:
        return narrow
    year = "".join(_HAN[character] for character in written[1])
    return f"{year}年{_han_number(written[2])}月{_han_number(written[3])}日{narrow[written.end() :]}"


def _han_number(text: str) -> int:
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return int("".join(_HAN[character] for character in text))
    return (int(_HAN[tens]) if tens else 1) * 10 + (int(_HAN[ones]) if ones else 0)


def _short(text: str) -> str:
    return text if len(text) <= 20 else text[:20] + "…"  # noqa: PLR2004 - what fits in a message
