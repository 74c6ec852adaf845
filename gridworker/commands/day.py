"""Commands about the plan of the day: due, put-off, bring-back."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from gridworker.commands.frame import Parsers, count, day, opened, put
from gridworker.ledgers.registry import find_ledger
from gridworker.operations import plan, snooze
from gridworker.operations.campaigns import forgotten_buildings
from gridworker.operations.plan import DayPlan, DueItem
from gridworker.planning.urgency import LABELS
from gridworker.planning.visit_extras import ForgottenBuilding
from gridworker.planning.visit_plan import GROUP_LABELS


def add_to(parsers: Parsers) -> None:
    """Adds the commands of this module."""
    asked_due = parsers.add("due", "到期和将到期的走访、隐患、微心愿、案件等", _due)
    asked_due.add_argument("--on", type=day, default=None, metavar="DATE")
    asked_due.add_argument("--first", type=count, default=None, metavar="N", help="只列最急的 N 件，最后说各类共有多少")
    asked_due.add_argument("--put-off", action="store_true", help="列出推迟了的")
    asked_due.add_argument("--buildings", action="store_true", help="列出很久没有走到的楼栋")
    waiting = parsers.add("put-off", "把一件待办推迟到某天（编号见 due --json 的 key），要写原因", _put_off)
    waiting.add_argument("key", metavar="KEY")
    waiting.add_argument("until", type=day, metavar="DATE")
    waiting.add_argument("reason", metavar="REASON")
    back = parsers.add("bring-back", "把推迟了的待办放回今天", _bring_back)
    back.add_argument("key", metavar="KEY")


def _due(asked: argparse.Namespace) -> None:
    with opened(asked) as session:
        if asked.buildings:
            _tell_buildings(asked, forgotten_buildings(session, asked.on))
            return
        if asked.put_off:
            for waiting in plan.put_off_items(session, asked.on):
                facts = asdict(waiting.item) | {"until": waiting.until, "why": waiting.reason}
                put(asked, facts, f"推迟到 {waiting.until}（{waiting.reason}）　{_line(waiting.item)}")
            return
        day_plan = plan.day(session, asked.on, first=asked.first)
    for item in day_plan.first:
        put(asked, asdict(item), _line(item))
    if not day_plan.keys and not asked.json:
        print("今天的事都做完了。")
    elif asked.first is not None:
        _tell_counts(asked, day_plan)


def _tell_counts(asked: argparse.Namespace, day_plan: DayPlan) -> None:
    """How much there is in all, of each ledger and of each group."""
    kinds = "，".join(f"{find_ledger(kind).label} {number}" for kind, number in day_plan.by_kind.items())
    groups = "，".join(
        f"{label} {day_plan.by_group[key]}" for key, label in GROUP_LABELS.items() if day_plan.by_group[key]
    )
    facts = {"count": len(day_plan.keys), "by_kind": dict(day_plan.by_kind), "by_group": dict(day_plan.by_group)}
    put(asked, facts, f"共 {len(day_plan.keys)} 件：{kinds}。{groups}。")


def _line(item: DueItem) -> str:
    late = f"逾期 {item.days_late} 天" if item.days_late else f"{item.due_on.isoformat()} 前"
    tried = f"上门 {item.attempts} 次未见" if item.attempts else ""
    flag = next((label for key, label in LABELS.items() if key == item.flag), "")
    parts = (GROUP_LABELS[item.group], item.place, item.title, item.reason, late, flag, tried, item.note)
    return "　".join(part for part in parts if part)


def _tell_buildings(asked: argparse.Namespace, found: list[ForgottenBuilding]) -> None:
    for one in found:
        said = f"{one.days} 天没有走到" if one.last else "还没有走访过"
        put(asked, asdict(one), f"{one.building}　{said}")
    if not found and not asked.json:
        print("每栋楼都走到了。")


def _put_off(asked: argparse.Namespace) -> None:
    with opened(asked) as session:
        snooze.put_off(session, asked.key, asked.until, asked.reason)
    put(asked, {"key": asked.key, "until": asked.until}, f"已推迟到 {asked.until.isoformat()}，到那天会回来。")


def _bring_back(asked: argparse.Namespace) -> None:
    with opened(asked) as session:
        snooze.bring_back(session, asked.key)
    put(asked, {"key": asked.key}, "已放回待办。")
