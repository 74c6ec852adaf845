"""Named clocks: what the program ships, what a customer may change, and what is refused in words."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridworker.planning.clocks import (
    ANY,
    DAYS,
    WORKING_DAYS,
    book_in_force,
    clock,
    clock_in_force,
    clocks_in_force,
    due_after,
    flag_days,
    limit,
    name_in_force,
    parse,
    shipped,
    use_clocks,
)
from gridworker.planning.data_file import DataRefused
from gridworker.planning.working_days import DueDay


def refusal(text: str) -> str:
    """What is said about clocks that are not taken."""
    with pytest.raises(DataRefused) as caught:
        parse(text)
    assert caught.value.safe == "原来的时限没有变。"
    return caught.value.title


@pytest.mark.parametrize(
    ("name", "unit", "count", "limits"),
    [
        ("standard", WORKING_DAYS, 3, {"extension": 10, "return": 2, "longest": 15}),
        ("hotline", WORKING_DAYS, 5, {"extension": 10, "return": 2, "extensions": 1}),
        ("complaint", WORKING_DAYS, 15, {"extension": 7, "longest": 22}),
        ("same_day", WORKING_DAYS, 0, {}),
        ("complex", WORKING_DAYS, 10, {"longest": 15}),
        ("dispute_resolution", DAYS, 30, {}),
        ("hazard_recheck", DAYS, 10, {}),
        ("wish_contact", DAYS, 7, {}),
        ("wish_unclaimed", DAYS, 30, {}),
        ("admission_apply", WORKING_DAYS, 30, {}),
        ("admission_decide", WORKING_DAYS, 15, {}),
        ("recurrence", DAYS, 30, {}),
    ],
)
def test_the_shipped_clocks_hold_the_known_practice(name: str, unit: str, count: int, limits: dict[str, int]) -> None:
    """Each clock has the time, the unit and the limits that the sources name."""
    assert (clock(name).unit, clock(name).count) == (unit, count)
    assert {key: limit(name, key) for key in limits} == limits


def test_every_shipped_clock_says_where_its_number_comes_from() -> None:
    """A number without a source would be a guess shown as a rule."""
    assert shipped().source
    assert [name for name, one in shipped().clocks.items() if not one.source or not one.label] == []
    assert all(limit(name, "extension") is not None for name in shipped().in_force["case"].values())


def test_a_clock_counts_in_its_own_unit() -> None:
    """Three working days pass over 国庆, thirty days do not."""
    assert due_after("standard", date(2026, 9, 30)) == DueDay(date(2026, 10, 10))
    assert due_after("same_day", date(2026, 10, 1)) == DueDay(date(2026, 10, 1))
    assert due_after("dispute_resolution", date(2026, 9, 30)) == DueDay(date(2026, 10, 30))
    assert due_after("standard", date(2026, 12, 30)).text == "该年放假安排未导入"
    assert due_after("dispute_resolution", date(2026, 12, 30)).text == ""


def test_clocks_say_their_time_in_words() -> None:
    """As people speak of it."""
    assert clock("standard").text == "3 个工作日"
    assert clock("dispute_resolution").text == "30 天"
    assert clock("same_day").text == "当日"


def test_the_clock_of_a_matter_is_data() -> None:
    """By ledger and the first kind that has one, else the one for any kind, else none."""
    assert name_in_force("case", "一般") == "standard"
    assert name_in_force("case", "特急") == "same_day"
    assert name_in_force("case", "12345", "一般") == "hotline"
    assert name_in_force("case", "走访", "紧急") == "urgent"
    assert name_in_force("case", "不认识的") == "standard"
    assert name_in_force("hazard", "一般") is None
    assert name_in_force("nowhere") is None
    assert clock_in_force("opinion") == clock("opinion_reply")
    assert clock_in_force("hazard", "一般") is None
    assert (flag_days("yellow_left"), flag_days("red_late")) == (1, 1)


def test_a_customer_changes_single_clocks_and_leaves_the_rest() -> None:
    """A file with two lines in it changes those two and nothing else."""
    given_clocks = {
        "clocks": {"standard": {"working_days": 7, "limits": {"longest": 9}}, "slow": {"label": "慢办", "days": 60}},
        "in_force": {"case": {"一般": "slow"}, "points": {ANY: "slow"}},
        "flags": {"yellow_left": 2},
    }
    with clocks_in_force(parse(json.dumps(given_clocks))):
        assert clock("standard").count == 7
        assert clock("standard").label == "一般事项"
        assert limit("standard", "longest") == 9
        assert limit("standard", "extension") is None
        assert name_in_force("case", "一般") == "slow"
        assert name_in_force("case", "特急") == "same_day"
        assert name_in_force("points", "什么") == "slow"
        assert clock("hotline") == shipped().clocks["hotline"]
        assert (flag_days("yellow_left"), flag_days("red_late")) == (2, 1)
    assert clock("standard").count == 3
    assert book_in_force() is shipped()


def test_clocks_are_given_back_after_an_error() -> None:
    """A block that fails leaves the shipped clocks in force."""
    with pytest.raises(RuntimeError), clocks_in_force(parse('{"flags": {"red_late": 3}}')):
        raise RuntimeError
    assert use_clocks(None) is None
    assert flag_days("red_late") == 1


def test_unknown_names_are_slips_of_a_declaration() -> None:
    """A clock or a limit that does not exist is no customer's fault and stops at once."""
    with pytest.raises(KeyError):
        clock("nothing")
    with pytest.raises(KeyError):
        limit("standard", "longset")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "文件是空的。"),
        ("{", "文件不是完整的 JSON（第 1 行第 2 列）。"),
        ("[]", "文件最外层应是 {…}。"),
        ('{"clock": {}}', "不认识的项目“clock”"),
        ('{"version": 0}', "“version”应是 1 到 99999 的整数，不能是 “0”。"),
        ('{"source": 1}', "“source”应是文字"),
        ('{"clocks": []}', "“clocks”应是 {…}"),
        ('{"clocks": {"a": 3}}', "时限“a”应是 {…}，不能是 “3”。"),
        ('{"clocks": {"a": {}}}', "时限“a”应写“working_days”（工作日）或“days”（自然日）中的一个。"),
        ('{"clocks": {"a": {"days": 1, "working_days": 1}}}', "中的一个。"),
        ('{"clocks": {"a": {"days": -1}}}', "时限“a”的“days”应是 0 到 1000 的整数，不能是 “-1”。"),
        ('{"clocks": {"a": {"days": true}}}', "时限“a”的“days”应是"),
        ('{"clocks": {"a": {"days": 2.5}}}', "不能是 “2.5”。"),
        ('{"clocks": {"a": {"days": 3, "hours": 2}}}', "时限“a”：不认识的项目“hours”"),
        ('{"clocks": {"a": {"days": 3, "limits": {"extend": 2}}}}', "时限“a”的“limits”：不认识的项目“extend”"),
        ('{"clocks": {"a": {"days": 9, "limits": {"longest": 3}}}}', "“longest”不能比它自己的 9 天还短。"),
        ('{"clocks": {"a": {"days": 9, "label": 3}}}', "时限“a”的“label”应是文字"),
        ('{"in_force": {"case": "standard"}}', "“in_force”的“case”应是 {…}"),
        ('{"in_force": {"case": {"一般": "standart"}}}', "“一般”指的时限“standart”不存在。"),
        ('{"in_force": {"case": {"一般": 3}}}', "“一般”指的时限“3”不存在。"),
        ('{"flags": {"yellow_left": 0}}', "“flags”的“yellow_left”应是 1 到 30 的整数"),
        ('{"flags": {"yellow": 1}}', "“flags”里不认识的项目“yellow”"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, said: str) -> None:
    """A file that is wrong anywhere is not taken."""
    assert said in refusal(text)


KEYS = st.sampled_from(["clocks", "in_force", "flags", "days", "limits", "longest", "case", "一般"])
CONTENT = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


@given(CONTENT)
def test_any_json_is_taken_or_refused_in_words(content: object) -> None:
    """Nothing a customer may write brings anything down, and what is taken names only clocks that exist."""
    try:
        book = parse(json.dumps(content))
    except DataRefused:
        return
    assert all(name in book.clocks for kinds in book.in_force.values() for name in kinds.values())
