"""Reading a year's holidays and shifted working days, and refusing what is wrong in words."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridworker.planning.calendar_years import YearTable, YearTableRefused, doubts, fixed_days, parse, written

GOOD = {
    "year": 2027,
    "holidays": [["2027-01-01", "元旦"], ["2027-02-05", "春节"], "2027-02-08"],
    "workdays": ["2027-02-14"],
    "source": "演示通知",
    "version": 2,
}


def text_of(**changed: object) -> str:
    """The good table as JSON, with some of it changed."""
    return json.dumps(GOOD | changed, ensure_ascii=False)


def refusal(text: str) -> str:
    """What is said about a text that is not taken."""
    with pytest.raises(YearTableRefused) as caught:
        parse(text)
    assert caught.value.safe == "原来的放假安排没有变。"
    assert caught.value.action
    return caught.value.title


def test_json_is_read() -> None:
    """Names may be left out; a byte order mark does not matter."""
    table = parse("\ufeff" + text_of())
    assert table == YearTable(
        2027,
        ((date(2027, 1, 1), "元旦"), (date(2027, 2, 5), "春节"), (date(2027, 2, 8), "")),
        (date(2027, 2, 14),),
        "演示通知",
        2,
    )
    assert parse(written(table)) == table


def test_a_version_that_is_not_written_is_the_first() -> None:
    """Source and version may be missing."""
    table = parse('{"year": 2027, "holidays": ["2027-01-01"]}')
    assert (table.version, table.source, table.workdays) == (1, "", ())


@pytest.mark.parametrize("separator", [",", "\t"])
def test_csv_is_read_as_offices_write_dates(separator: str) -> None:
    """Any way of writing a date, 休 or 班, with or without a name, empty lines passed over."""
    rows = ["日期,类型,名称", "2027.1.1,休,元旦", "", "2027年2月5日,放假,春节", "2027-02-14,班,", "2026/12/31,休,元旦"]
    table = parse("\r\n".join(row.replace(",", separator) for row in rows), source="演示通知")
    assert table.year == 2027
    assert table.holidays == ((date(2026, 12, 31), "元旦"), (date(2027, 1, 1), "元旦"), (date(2027, 2, 5), "春节"))
    assert table.workdays == (date(2027, 2, 14),)
    assert table.source == "演示通知"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "文件是空的。"),
        ("\ufeff  ", "文件是空的。"),
        ("{", "文件不是完整的 JSON（第 1 行第 2 列）。"),
        ("[" * 100_000, "文件不是完整的 JSON"),
        ("[]", "文件最外层应是"),
        (text_of(year="2027"), "“year”应是四位的年份，不能是 “2027”。"),
        (text_of(year=None), "“year”应是四位的年份，不能是 空。"),
        (text_of(year=True), "“year”应是四位的年份"),
        (text_of(year=27), "“year”应是四位的年份"),
        (text_of(version=0), "“version”应是 1、2、3 这样的整数，不能是 “0”。"),
        (text_of(version="2"), "“version”应是"),
        (text_of(version=True), "“version”应是"),
        (text_of(source=7), "“source”应是文字"),
        (text_of(workday=["2027-02-14"]), "不认识的项目“workday”"),
        (text_of(holidays={"a": 1}), "“holidays”应是 […]"),
        (text_of(holidays=[]), "没有一个放假日。"),
        (text_of(holidays=["2027-02-29"]), "“holidays”第 1 项：“2027-02-29”这一天不存在"),
        (text_of(holidays=["2027-02"]), "“holidays”第 1 项：“2027-02”只有年月"),
        (text_of(holidays=["春节"]), "“holidays”第 1 项：“春节”不是日期"),
        (text_of(holidays=[["2027-02-05", 3]]), "“holidays”第 1 项：应写成"),
        (text_of(holidays=[20270205]), "“holidays”第 1 项：应写成"),
        (text_of(holidays=["2027-01-01", "2028-01-01"]), "“holidays”第 2 项：2028-01-01 不在 2027 年。"),
        (text_of(holidays=["2026-12-01"]), "2026-12-01 不在 2027 年。"),
        (
            text_of(workdays=["2027-02-05"]),
            "“workdays”第 1 项：2027-02-05 既写了放假，又写了上班（“holidays”第 2 项）。",
        ),
        (text_of(workdays=["2027-02-14"] * 2), "“workdays”第 2 项：2027-02-14 写了两次（“workdays”第 1 项）。"),
        (text_of(workdays=["2027-02-15"]), "2027-02-15 是星期一，本来就上班"),
        ("日期，类型\n", "第 1 行应是“日期,类型,名称”"),
        ("日期,类型,名称\n2027-01-01,休," + "长" * 140_000, "文件不是完整的表格"),
        ("日期,类型,名称\n", "只有标题行，没有一个日期。"),
        ("日期,类型,名称\n2027-01-01,假,元旦", "第 2 行：类型应是“休”或“班”，不能是 “假”。"),
        ("日期,类型\n2027-01-01,休\n2027-13-01,休", "第 3 行：“2027-13-01”这一天不存在"),
        ("日期,类型\n2027-01-01,休\n2027-02-05,休\n2072-02-08,休", "第 4 行：2072-02-08 不在 2027 年。"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, said: str) -> None:
    """A table that reads wrongly anywhere is not taken, and the sentence names the place."""
    assert said in refusal(text)


def test_every_problem_is_told_and_the_title_stays_short() -> None:
    """All are in `problems`, the first five in the sentence."""
    with pytest.raises(YearTableRefused) as caught:
        parse(text_of(workdays=[f"2027-03-{day:02}" for day in (1, 2, 3, 4, 5, 8, 9)]))
    assert len(caught.value.problems) == 7
    assert "另有 2 处。" in caught.value.title


def test_doubts_are_shown_before_a_table_comes_in_force() -> None:
    """A notice that was copied in part reads well and is still not whole."""
    table = parse('{"year": 2027, "holidays": ["2027-01-01", "2027-10-01", "2027-10-02", "2027-10-03"]}')
    assert doubts(table) == (
        "缺少每年都放的假：2027-05-01 劳动节。",
        "没有一个调休上班日。",
        "没有写明出自哪份通知。",
    )
    whole = YearTable(2027, fixed_days(2027), (date(2027, 2, 14),), "演示通知")
    assert doubts(whole) == ()


@given(st.text(max_size=200) | st.text(max_size=200).map(lambda text: "日期,类型,名称\n" + text))
def test_any_text_is_a_table_or_refused_in_words(text: str) -> None:
    """Nothing a person may import brings anything down."""
    with suppress(YearTableRefused):
        assert parse(text).holidays
