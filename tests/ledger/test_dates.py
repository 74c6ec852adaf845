"""Dates and times as offices write them, and what is refused rather than guessed."""

# ruff: noqa: DTZ001 - a cell of a workbook knows no zone

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridworker.ledger.dates import (
    CHINA,
    IncompleteDate,
    local_date,
    now_stamp,
    read_date,
    read_datetime,
    show_date,
    show_datetime,
)
from gridworker.ledger.facts import FieldError

DAYS = st.dates(date(1910, 1, 2), date(2099, 12, 31))
EXCEL_EPOCH = date(1899, 12, 30)
FORMS = (
    "{0:%Y-%m-%d}",
    "{0.year}-{0.month}-{0.day}",
    "{0.year}.{0.month}.{0.day}",
    "{0.year}/{0.month}/{0.day}",
    "{0.year}年{0.month}月{0.day}日",
    "{0.year}年{0.month}月{0.day}号",
    "{0.year} 年 {0.month} 月 {0.day} 日",
    "{0:%Y%m%d}",
    "{0:%Y%m%d}.0",
    "'{0:%Y-%m-%d}",
    "{0:%Y-%m-%d} 00:00:00",
    "{0:%Y-%m-%d}T00:00:00+08:00",
    "{0:%Y-%m-%d}（星期一）",
    "{0.year}．{0.month}．{0.day}",
    "{0.year}－{0.month}－{0.day}",
)


@given(DAYS, st.sampled_from(FORMS))
def test_a_day_in_every_form_is_that_day(day: date, form: str) -> None:
    """However it is written."""
    assert read_date(form.format(day)) == day.isoformat()


@given(DAYS)
def test_a_day_as_cell_or_number(day: date) -> None:
    """A date cell, a serial of Excel as number or text, and eight digits as a number."""
    serial = (day - EXCEL_EPOCH).days
    for raw in (
        day,
        datetime(day.year, day.month, day.day, 23, 59),
        serial,
        serial + 0.75,
        f"{serial:05d}",
        float(f"{day:%Y%m%d}"),
    ):
        if raw != f"{serial:05d}" or serial >= 10_000:
            assert read_date(raw) == day.isoformat()


@given(DAYS)
def test_what_was_read_reads_the_same_again(day: date) -> None:
    """The stored text is one of the forms."""
    stored = read_date(day)
    assert read_date(stored) == stored == show_date(stored)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("二〇二六年三月五日", "2026-03-05"),
        ("一九六二年十二月三十一日", "1962-12-31"),
        ("二零二六年十月二十号", "2026-10-20"),
        ("62.3.5", "1962-03-05"),
        ("26/3/5", "2026-03-05"),
        ("29-12-31", "2029-12-31"),
        ("30-1-1", "1930-01-01"),
    ],
)
def test_chinese_numerals_and_two_digit_years(text: str, day: str) -> None:
    """Two digits are read as Excel reads them: 30–99 in the last century."""
    assert read_date(text) == day


@pytest.mark.parametrize(
    "raw",
    [
        "2026-02-30",
        "2026.13.1",
        "20260230",
        20260230,
        "3/5/2026",
        "三月五日",
        "2026-3-5-7",
        "2026-3-155",
        "2026-03-05abc",
        "1962.3.5-2020.1.1",
        "昨天",
        "12345678901",
        45,
        1500,
        -3,
        999999,
        float("nan"),
        float("inf"),
        True,
        "٢٠٢٦-٠٣-٠٥",
        "2026年3月5日前",
        "0000-01-01",
        "农历二月初二",
    ],
)
def test_what_is_no_day_is_refused(raw: object) -> None:
    """With a sentence that shows how to write it, never with a day made up from a part of the text."""
    with pytest.raises(FieldError) as caught:
        read_date(raw)
    assert str(caught.value).endswith("。")


@pytest.mark.parametrize(
    ("raw", "year", "month"),
    [
        ("2026-03", 2026, 3),
        ("1962.3", 1962, 3),
        ("1962年3月", 1962, 3),
        ("1962/03", 1962, 3),
        ("196203", 1962, 3),
        (196203, 1962, 3),
        (1962.03, 1962, 3),
        (1962.1, 1962, 1),
        ("1962", 1962, None),
        ("1962年", 1962, None),
        (1962, 1962, None),
        (1962.0, 1962, None),
    ],
)
def test_a_date_without_its_day_is_said_to_be_one(raw: object, year: int, month: int | None) -> None:
    """A year in a date cell is no serial number of 1905, and no day is invented."""
    with pytest.raises(IncompleteDate) as caught:
        read_date(raw)
    assert (caught.value.year, caught.value.month) == (year, month)
    assert "缺" in str(caught.value)


def test_an_incomplete_date_agrees_with_a_whole_one() -> None:
    """Year and month must fit; 1962.1 from a number cell may have been October."""
    assert IncompleteDate("", 1962, 3).agrees_with(date(1962, 3, 5))
    assert not IncompleteDate("", 1962, 3).agrees_with(date(1962, 4, 5))
    assert not IncompleteDate("", 1961, 3).agrees_with(date(1962, 3, 5))
    assert IncompleteDate("", 1962).agrees_with(date(1962, 4, 5))
    assert IncompleteDate("", 1962, 1).agrees_with(date(1962, 10, 5))


@pytest.mark.parametrize(
    ("text", "stamp"),
    [
        ("2026-03-05 09:40", "2026-03-05T09:40+08:00"),
        ("2026.3.5 9:40", "2026-03-05T09:40+08:00"),
        ("2026年3月5日9时40分", "2026-03-05T09:40+08:00"),
        ("2026年3月5日 下午3点半", "2026-03-05T15:30+08:00"),
        ("2026-3-5 9点", "2026-03-05T09:00+08:00"),
        ("2026/3/5 上午9：40", "2026-03-05T09:40+08:00"),
        ("2026-3-5 晚上8:05", "2026-03-05T20:05+08:00"),
        ("2026-3-5 中午12点", "2026-03-05T12:00+08:00"),
        ("2026-3-5 中午1点", "2026-03-05T13:00+08:00"),
        ("2026-3-5 凌晨12:30", "2026-03-05T00:30+08:00"),
        ("2026-03-05", "2026-03-05T00:00+08:00"),
        ("20260305", "2026-03-05T00:00+08:00"),
        ("46086", "2026-03-05T00:00+08:00"),
        ("2026-03-05 09:40:30", "2026-03-05T09:40:30+08:00"),
        ("2026-03-05T01:40:00+00:00", "2026-03-05T09:40+08:00"),
        ("2026-03-05T09:40+08:00", "2026-03-05T09:40+08:00"),
        ("2026年3月5日（周四）9:40", "2026-03-05T09:40+08:00"),
    ],
)
def test_moments(text: str, stamp: str) -> None:
    """With and without a time, in words and in figures; stored in China's time."""
    assert read_datetime(text) == stamp
    assert read_datetime(stamp) == stamp


@pytest.mark.parametrize(
    "text",
    [
        "2026-3-5 25:00",
        "2026-3-5 9:60",
        "2026-3-5 晚上12点",
        "2026-3-5 9:40左右",
        "2026-3-5 上午",
        "9:40",
        "下午",
        "2026-3-5 9:40-10:20",
        "2026-W10-4",
    ],
)
def test_moments_that_are_none(text: str) -> None:
    """An hour that is not on the clock, a span, a midnight of either day."""
    with pytest.raises(FieldError):
        read_datetime(text)


def test_a_time_alone_is_today() -> None:
    """Where the caller says what now is."""
    now = datetime(2026, 3, 4, 20, 0, tzinfo=UTC)
    assert read_datetime("9:40", now=now) == "2026-03-05T09:40+08:00"


@given(
    st.datetimes(
        datetime(1990, 1, 1),
        datetime(2099, 1, 1),
        timezones=st.sampled_from([UTC, CHINA, timezone(timedelta(hours=-5))]),
    )
)
def test_a_moment_is_one_whatever_its_zone(moment: datetime) -> None:
    """The stored text is the same moment to the second, and its day is China's."""
    stored = read_datetime(moment)
    assert datetime.fromisoformat(stored) == moment.replace(microsecond=0)
    assert stored.endswith("+08:00")
    assert read_datetime(stored) == stored
    assert local_date(stored) == moment.astimezone(CHINA).date() == date.fromisoformat(read_date(moment))
    assert show_datetime(stored) == moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")


@given(st.datetimes(datetime(1990, 1, 1), datetime(2099, 1, 1)))
def test_a_serial_with_a_fraction_is_a_moment_to_the_minute(moment: datetime) -> None:
    """As a workbook stores it."""
    minute = moment.replace(second=0, microsecond=0)
    days = (minute - datetime(1899, 12, 30)) / timedelta(days=1)
    assert read_datetime(days) == minute.replace(tzinfo=CHINA).isoformat(timespec="minutes")


def test_now_is_chinas() -> None:
    """To the second, with its offset."""
    assert now_stamp(datetime(2026, 3, 5, 1, 40, 7, tzinfo=UTC)) == "2026-03-05T09:40:07+08:00"


def test_messages_hold_only_the_beginning_of_a_long_text() -> None:
    """A cell of a thousand characters makes no sentence of a thousand."""
    with pytest.raises(FieldError) as caught:
        read_date("很长" * 500)
    assert len(str(caught.value)) < 80
