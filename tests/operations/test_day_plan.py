"""今日工作: what is due and why, in which order, what was put off, and what was tried in vain."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from gridworker.errors import KnownError
from gridworker.ledger.facts import Purpose
from gridworker.ledgers.registry import find_ledger
from gridworker.operations import browse, campaigns, plan, snooze
from gridworker.operations.plan import DueItem
from gridworker.operations.save import save
from gridworker.operations.session import Session
from gridworker.operations.shown import show_many
from gridworker.planning import visit_rules
from gridworker.planning.visit_rules import parse

Living = Callable[..., tuple[str, str]]
CARE = {"care_level": "high", "emergency_contact": "王强", "emergency_phone": "15400001111"}


def items(session: Session, household: str, on: date | None = None) -> list[DueItem]:
    """What is due of one household."""
    return [item for item in plan.due(session, on) if item.household_id == household]


def visited(session: Session, home: str, at: str, **more: object) -> None:
    """A visit on a day."""
    save(session, "visit", {"household_id": home, "visited_at": at, **more})


def test_a_try_in_vain_is_counted_and_satisfies_nothing(session: Session, living: Living) -> None:
    """Met on the 1st, nobody opened on the 9th and 10th: still due, with two attempts."""
    home, _ = living(**CARE)
    visited(session, home, "2026-04-01 09:00")
    visited(session, home, "2026-04-09 09:00", met=False, unmet_reason="外出务工")
    visited(session, home, "2026-04-10 09:00", met=False, unmet_reason="外出务工")
    (item,) = items(session, home)
    assert (item.due_on, item.attempts, item.group) == (date(2026, 4, 8), 2, "overdue")
    visited(session, home, "2026-04-21 08:00")
    assert items(session, home, date(2026, 4, 22))[0].attempts == 0


def test_a_grave_event_asks_for_a_visit_within_a_day(session: Session, living: Living) -> None:
    """An ordinary home visited last week is due the day after, named by what happened, until somebody was met."""
    home, _ = living()
    visited(session, home, "2026-04-15 09:00")
    assert items(session, home) == []
    save(session, "household", {"grave_event": "重病住院", "grave_event_at": "2026-04-21 08:00"}, record_id=home)
    (item,) = items(session, home)
    assert (item.due_on, item.reason) == (date(2026, 4, 22), "重病住院")
    visited(session, home, "2026-04-21 09:00")
    assert items(session, home) == []


def test_a_campaign_asks_for_those_in_care_once_more(session: Session, living: Living) -> None:
    """Whoever was met since it began is not asked again."""
    home, _ = living(**CARE)
    other, _ = living(room="502", name="王强")
    visited(session, home, "2026-04-19 09:00")
    rules = parse('{"version": 9, "source": "测试", "campaigns": [{"key": "spring", "label": "春季走访", '
        '"from": "2026-04-20", "to": "2026-04-24", "care_levels": ["high"]}]}')  # fmt: skip
    with visit_rules.visit_rules_in_force(rules):
        asked = [item for item in items(session, home) if item.reason == "春季走访"]
        assert [item.due_on for item in asked] == [date(2026, 4, 24)]
        assert all(item.reason != "春季走访" for item in items(session, other))
        visited(session, home, "2026-04-21 08:00")
        assert [item for item in items(session, home) if item.reason == "春季走访"] == []


def test_a_promised_call_back_stands_until_somebody_was_met(session: Session, living: Living) -> None:
    """The day the visitor promised to come again is in the plan."""
    home, _ = living()
    visited(session, home, "2026-04-15 09:00", follow_up_on="2026-04-21")
    (item,) = items(session, home)
    assert (item.title, item.group, item.reason) == ("回访 张㛃一家", "today", "走访时约定")
    visited(session, home, "2026-04-21 08:00")
    assert items(session, home) == []


def test_what_is_put_off_comes_back_on_its_day(session: Session, living: Living) -> None:
    """Out of sight with its reason until then; the due date does not change."""
    home, _ = living(**CARE)
    visited(session, home, "2026-04-10 09:00")
    (item,) = items(session, home)
    snooze.put_off(session, item.key, date(2026, 4, 24), "外出探亲")
    assert items(session, home) == []
    (waiting,) = plan.put_off_items(session)
    assert (waiting.until, waiting.reason, waiting.item.due_on) == ("2026-04-24", "外出探亲", item.due_on)
    assert items(session, home, date(2026, 4, 24))[0].due_on == item.due_on
    snooze.bring_back(session, item.key)
    assert items(session, home) == [item]


def test_putting_off_needs_a_reason_and_a_day_ahead(session: Session, living: Living) -> None:
    """Neither without a word nor to a day that is gone or far."""
    home, _ = living(**CARE)
    visited(session, home, "2026-04-10 09:00")
    (item,) = items(session, home)
    for until, reason in ((date(2026, 4, 24), "  "), (date(2026, 4, 21), "外出"), (date(2026, 9, 1), "外出")):
        with pytest.raises(KnownError):
            snooze.put_off(session, item.key, until, reason)
    assert items(session, home) == [item]


def test_a_building_without_a_visit_for_long_is_told(session: Session, living: Living) -> None:
    """Never visited first, then the longest ago."""
    first, _ = living(building="1", name="赵一")
    second, _ = living(building="2", name="钱二")
    living(building="3", name="孙三")
    visited(session, first, "2026-04-20 09:00")
    visited(session, second, "2026-01-20 09:00")
    assert [one.building for one in campaigns.forgotten_buildings(session)] == ["3号楼", "2号楼"]


def test_a_care_visit_and_the_visit_of_its_home_are_asked_once(session: Session, living: Living) -> None:
    """The weekly visit stands for both; an earlier day that was promised is asked by itself, until somebody was met."""
    home, head = living(**CARE)
    care = {"person_id": head, "care_category": "独居老人", "visited_at": "2026-04-14 09:00", "mental_state": "正常",
        "health_check": "正常", "home_safety": "正常"}  # fmt: skip
    save(session, "care_visit", care)
    assert [(item.kind, item.due_on) for item in items(session, home)] == [("visit", date(2026, 4, 21))]
    save(session, "care_visit", {**care, "visited_at": "2026-04-15 09:00", "next_due_on": "2026-04-20"})
    asked = {item.kind: item.due_on for item in items(session, home)}
    assert asked == {"care_visit": date(2026, 4, 20), "visit": date(2026, 4, 22)}
    visited(session, home, "2026-04-21 08:00")
    assert {item.kind for item in items(session, home)} <= {"visit"}


def test_a_deadline_in_an_unknown_year_says_so_wherever_it_stands(session: Session) -> None:
    """In the list, on the card and on paper; a workbook that is read again has the bare date."""
    opinion = save(session, "opinion", {"reporter_name": "匿名", "opinion_type": "建议", "category_code": "综治维稳",
        "content": "楼道灯不亮", "handling": "自办", "due_at": "2031-01-05 18:00"}).record  # fmt: skip
    note = "（该年放假安排未导入）"
    for purpose in (Purpose.LIST, Purpose.WORK, Purpose.ARCHIVE):
        assert browse.shown(session, opinion, purpose)["due_at"].endswith(note)
    with session.store.read() as tx:
        (bare,) = show_many(tx, find_ledger("opinion"), [opinion], ("due_at",), Purpose.UNMASKED, noted=False)
    assert note not in bare["due_at"]
    this_year = save(session, "opinion", {"due_at": "2026-05-05 18:00"}, record_id=opinion.id).record
    assert note not in browse.shown(session, this_year)["due_at"]


def test_urgency_comes_before_the_way(session: Session, living: Living) -> None:
    """Late before today before the week; within a group the rooms as they are walked."""
    far, _ = living(building="10", name="赵一", **CARE)
    near, _ = living(building="2", name="钱二", **CARE)
    late, _ = living(building="11", name="孙三", **CARE)
    visited(session, far, "2026-04-16 09:00")
    visited(session, near, "2026-04-17 09:00")
    visited(session, late, "2026-04-10 09:00")
    order = [item.household_id for item in plan.due(session) if item.household_id in {far, near, late}]
    assert order == [late, near, far]
