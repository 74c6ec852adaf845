"""The visit plan's rules as data: what ships, what a customer may change, what is refused in words."""

from __future__ import annotations

import json
from datetime import date

import pytest

from gridworker.planning.data_file import DataRefused
from gridworker.planning.visit_plan import Dwelling, due_date, intervals
from gridworker.planning.visit_rules import (
    Interval,
    parse,
    rules_in_force,
    shipped,
    use_visit_rules,
    visit_rules_in_force,
)

TODAY = date(2026, 4, 21)


def test_the_shipped_rules_hold_the_known_practice() -> None:
    """Weekly, once a month, once a quarter, once a year; 24 hours after a grave event."""
    assert dict(intervals()) == {
        "high": Interval("days", 7),
        "key": Interval("months", 1),
        "general": Interval("months", 3),
        "ordinary": Interval("days", 365),
    }
    assert shipped().grave_hours == 24
    assert shipped().source
    assert {campaign.label for campaign in shipped().campaigns} == {"重阳走访", "春节走访", "极端天气走访"}


def test_a_customer_changes_single_rules() -> None:
    """One interval and one campaign are replaced, everything else stays."""
    own = {
        "ordinary": {"every": "months", "count": 6},
        "campaigns": [{"key": "weather", "from": "2026-07-01", "to": "2026.7.3", "care_levels": ["high"]}],
    }
    with visit_rules_in_force(parse(json.dumps(own))):
        assert due_date(Dwelling("h", None, date(2026, 4, 1), TODAY), TODAY) == date(2026, 12, 31)
        assert due_date(Dwelling("h", "high", date(2026, 4, 18), TODAY), TODAY) == date(2026, 4, 25)
        weather = next(one for one in rules_in_force().campaigns if one.key == "weather")
        assert weather.runs_on(date(2026, 7, 3))
        assert not weather.runs_on(date(2026, 7, 4))
        assert len(rules_in_force().campaigns) == len(shipped().campaigns)
    assert intervals()["ordinary"] == Interval("days", 365)


def test_the_shipped_rules_are_given_back_after_an_error() -> None:
    """A block that fails leaves no customer's rule behind."""
    with pytest.raises(RuntimeError), visit_rules_in_force(parse('{"high": {"every": "days", "count": 1}}')):
        raise RuntimeError
    assert use_visit_rules(None) is None
    assert rules_in_force() is shipped()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "文件是空的。"),
        ("[]", "文件最外层应是 {…}。"),
        ('{"hihg": {}}', "不认识的项目“hihg”"),
        ('{"high": 7}', "“high”应是 {…}，不能是 “7”。"),
        ('{"high": {"every": "weeks", "count": 1}}', "“high”的“every”应是“days”（天）或“months”（自然月）"),
        ('{"high": {"every": "days", "count": 0}}', "“high”的“count”应是 1 到 1000 的整数，不能是 “0”。"),
        ('{"high": {"every": "days"}}', "“high”的“count”应是 1 到 1000 的整数，不能是 空。"),
        ('{"high": {"every": "months", "count": 5}}', "按月只能是 1、2、3、4、6、12，不能是 “5”。"),
        ('{"high": {"every": "days", "count": 7, "unit": 1}}', "“high”里不认识的项目“unit”"),
        ('{"grave_event": {"every": "days", "count": 1}}', "“grave_event”的“every”只能是“hours”，不能是 “days”。"),
        ('{"building": {"count": "30"}}', "“building”的“count”应是 1 到 1000 的整数"),
        ('{"campaigns": {}}', "“campaigns”应是 […]"),
        ('{"campaigns": [7]}', "“campaigns”第 1 项应是 {…}"),
        ('{"campaigns": [{"key": " "}]}', "“campaigns”第 1 项的“key”不能是空。"),
        ('{"campaigns": [{"from": "2026-01-01", "to": "2026-01-02"}]}', "“campaigns”第 1 项的“key”应是文字"),
        ('{"campaigns": [{"key": "a", "from": "2026-01-01"}]}', "要么都写，要么都不写。"),
        ('{"campaigns": [{"key": "a", "from": "2026-02-30", "to": "2026-03-01"}]}', "“2026-02-30”这一天不存在"),
        ('{"campaigns": [{"key": "a", "from": "2026-03-02", "to": "2026-03-01"}]}', "早于“from”（2026-03-02）"),
        ('{"campaigns": [{"key": "a", "care_levels": ["top"]}]}', "没有 “top” 这一级"),
        ('{"campaigns": [{"key": "a", "care_levels": "high"}]}', "“campaigns”第 1 项的“care_levels”应是 […]"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, said: str) -> None:
    """Rules that are wrong anywhere are not taken."""
    with pytest.raises(DataRefused) as caught:
        parse(text)
    assert said in caught.value.title
    assert caught.value.safe == "原来的走访规则没有变。"
