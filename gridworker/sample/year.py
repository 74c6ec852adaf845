"""A year of a sample community: visits, and the hazards and wishes that came up on them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from gridworker.ledger.facts import Value
from gridworker.ledgers.household import household_title
from gridworker.sample import names
from gridworker.sample.community import Family
from gridworker.sample.story import COMMUNITY, Step, Story, until

# Days between two visits, by care level; others are met when the worker passes through their building.
_EVERY = {"high": 7, "key": 29, "general": 80, None: 48}
_UNMET_SHARE, _ISSUE_SHARE = 0.12, 0.2
_LATE_CARE_SHARE, _FORGOTTEN_SHARE = 0.15, 0.015
_RECENT_DAYS = 25
_HOURS = (9, 10, 14, 15, 16, 18)
_CHANGES = (
    "老人身体情况稳定，饮食起居正常。",
    "孩子已入学，由祖辈接送。",
    "近期有亲属同住。",
    "家中添丁，已告知到社区登记。",
    "准备出租次卧，已提醒备案。",
)
_ISSUES = (
    "反映楼道灯不亮，夜间上下楼不便。", "反映楼下停车占用消防通道。", "询问高龄津贴办理所需材料。",
    "希望社区增设晾晒区。",
    "反映下水管道堵塞有异味。", "咨询医保异地备案。", "反映楼上夜间噪声较大。", "燃气软管老化，已建议更换。",
)  # fmt: skip
_HAZARDS = (
    ("消防通道", "楼道堆放杂物，影响疏散。", "联系住户当日清理"), ("电动自行车", "电动自行车在楼道内充电。",
        "劝离并引导到充电棚"),
    ("用气", "燃气软管老化开裂。", "更换金属软管"), ("用电", "私拉电线，线路裸露。", "拆除并由电工重新布线"),
    ("高空坠物", "外墙瓷砖松动。", "设置围挡，排除松动部位"), ("井盖道路", "井盖破损。", "更换井盖"),
)  # fmt: skip
_WISHES = (("物品", "想要一台收音机听戏", 120), ("物品", "想要一把带扶手的洗澡椅", 180), ("服务",
    "希望有人陪同去医院复查一次", 0),
           ("服务", "希望教会使用手机视频通话", 0), ("物品", "想要一套冬季厚被褥", 260), ("物品",
               "孩子想要一套课外读物", 150))  # fmt: skip


def visits(rng: random.Random, families: list[Family], on: date, days: int = 365) -> Iterator[dict[str, Value]]:
    """The visits of the year up to `on`, household by household, by the care each one needs."""
    for family in families:
        every = _EVERY[family.care_level]
        if family.household["tenure_code"] == "空置":
            continue
        day = on - timedelta(days=days) + timedelta(days=rng.randrange(every))
        last = on - timedelta(days=_slack(rng, family, every))
        while day <= last:
            yield _visit(rng, family, day)
            day += timedelta(days=max(3, round(every * rng.uniform(0.7, 1.15))))


def _slack(rng: random.Random, family: Family, every: int) -> int:
    """How long ago the visits ended: now and then a household waits longer than it should."""
    if family.care_level:
        return every + rng.randrange(4) if rng.random() < _LATE_CARE_SHARE else 0
    return 365 if rng.random() < _FORGOTTEN_SHARE else 0


def _visit(rng: random.Random, family: Family, day: date) -> dict[str, Value]:
    met = rng.random() >= _UNMET_SHARE
    issue = rng.choice(_ISSUES) if met and rng.random() < _ISSUE_SHARE else None
    return {
        "household_id": family.household_id,
        "visited_at": f"{day.isoformat()}T{rng.choice(_HOURS):02d}:{rng.randrange(0, 60, 5):02d}+08:00",
        "visit_mode": rng.choice(("上门", "上门", "上门", "电话")),
        "visit_purpose": "关爱探访"
        if family.care_level
        else rng.choice(("日常走访", "日常走访", "送政策", "隐患排查")),
        "interviewee_id": rng.choice(family.people)[0] if met else None,
        "met": met,
        "unmet_reason": None if met else rng.choice(("家中无人", "家中无人", "外出务工")),
        "change_note": rng.choice(_CHANGES) if met and rng.random() < 0.12 else None,  # noqa: PLR2004 - now and then
        "raised_issue": issue,
        "publicity_topics": [rng.choice(("防诈骗", "消防安全", "燃气安全"))] if met and rng.random() < 0.3 else None,  # noqa: PLR2004 - now and then
        "hazard_found": False,
        "outcome": rng.choice(("当场答复", "转台账")) if issue else "无",
        "satisfaction": rng.choice("5544") if met else None,
        "source_channel": "走访",
    }


def hazards(
    rng: random.Random, families: list[Family], on: date, *, before: str = "", after: str = ""
) -> Iterator[Story]:
    """About one hazard for every eight households, most of them written off by now; photos by address."""
    for family in rng.sample(families, len(families) // 8):
        kind, description, measure = rng.choice(_HAZARDS)
        # Denser towards today, as in a ledger somebody works with.
        found = on - timedelta(days=int(360 * rng.random() ** 2))
        due = found + timedelta(days=rng.choice((3, 7, 15)))
        values: dict[str, Value] = {
            "found_at": f"{found.isoformat()}T10:00+08:00", "place": household_title(family.household),
            "place_type": "楼栋",
            "hazard_type": kind, "description": description, "hazard_level": "一般", "fixed_on_site": False,
            "household_id": family.household_id, "source_channel": "网格巡查",
            "photos_before": [before] if before else None,
        }  # fmt: skip
        fixed: dict[str, Value] = {
            "responsible_unit": "小区物业服务中心", "responsible_person": names.full_name(rng, names.surname(rng), "1"),
            "responsible_contact": names.phone(rng), "measure": measure, "due_on": due.isoformat(),
        }  # fmt: skip
        steps = [Step(found, "register", {}), Step(found, "notify", fixed), Step(found, "start", {}, hour=14)]
        done = found + timedelta(days=rng.randrange(1, 12))
        is_recent = (on - found).days < _RECENT_DAYS
        if not is_recent or rng.random() < 0.5:  # noqa: PLR2004 - half of the recent ones are still open
            steps += [Step(done, "rectify", {"rectified_on": done.isoformat()}), Step(done, "recheck_pass",
                {"rechecked_on": done.isoformat(), "photos_after": [after] if after else None}, hour=15),
                      Step(done, "write_off", {"closed_on": done.isoformat()}, hour=16)]  # fmt: skip
        yield until(Story("hazard", found, values, tuple(steps)), on)


def wishes(rng: random.Random, families: list[Family], on: date) -> Iterator[Story]:
    """A wish of about every tenth household, on its way through the six steps."""
    lived_in = [family for family in families if family.people]
    for family in rng.sample(lived_in, len(lived_in) // 10):
        kind, content, amount = rng.choice(_WISHES)
        person_id, person = rng.choice(family.people)
        day = on - timedelta(days=3 + int(300 * rng.random() ** 2))
        elder = on.year - int(str(person["birth_date"])[:4]) >= 60  # noqa: PLR2004 - age of the group 老人
        values: dict[str, Value] = {
            "collected_on": day.isoformat(), "collect_mode": "走访", "wisher_person_id": person_id,
            "wisher_group": "老人" if elder else "困难", "public_alias": "社区老人" if elder else "社区居民",
            "wish_type": kind,
            "content": content, "est_amount": f"{amount}.00" if amount else None, "source_channel": "走访",
        }  # fmt: skip
        yield until(Story("wish", day, values, tuple(_wish_moves(rng, day))), on)


def _wish_moves(rng: random.Random, day: date) -> list[Step]:
    review, claim = day + timedelta(days=3), day + timedelta(days=rng.randrange(5, 25))
    contact, done = claim + timedelta(days=rng.randrange(1, 7)), claim + timedelta(days=rng.randrange(8, 30))
    back, notice = done + timedelta(days=5), done + timedelta(days=10)
    shown: Mapping[str, Value] = {
        "publicity_from": notice.isoformat(), "publicity_to": (notice + timedelta(days=7)).isoformat(),
    }  # fmt: skip
    claimed: Mapping[str, Value] = {
        "claimer_org": "社区志愿服务队", "claimed_on": claim.isoformat(),
        "promise_due_on": (claim + timedelta(days=30)).isoformat(),
    }  # fmt: skip
    called: Mapping[str, Value] = {
        "follow_up_on": back.isoformat(), "follow_up_mode": "电话", "satisfaction": rng.choice("5554"),
    }  # fmt: skip
    return [
        Step(review, "approve", {"review_mode": "电话", "review_note": "情况属实。"}, COMMUNITY),
        Step(claim, "claim", claimed),
        Step(contact, "contact", {"contacted_on": contact.isoformat()}),
        Step(done, "fulfill", {"fulfilled_on": done.isoformat(), "fulfil_note": "已送到家中并教会使用。"}),
        Step(back, "visit_back", called),
        Step(notice, "publish", shown, COMMUNITY),
    ]
