"""Hazards and wishes by commands alone, from the finding to the public notice, with their refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gridworker.sample.pictures import after, before
from tests.commands.test_case_commands import Steps, wished
from tests.commands.test_whole_path import Laptop

FIVE = {
    "responsible_unit": "物业", "responsible_person": "王甲", "responsible_contact": "15400001234", "measure": "换线",
}  # fmt: skip


@pytest.fixture
def laptop(tmp_path: Path) -> Laptop:
    """A home of somebody who works alone."""
    made = Laptop(tmp_path / "家")
    made.run("init", "--name", "测试网格员")
    return made


def saved(laptop: Laptop, ledger: str, **values: object) -> dict[str, object]:
    """A record, as printed."""
    return laptop.json("save", ledger, json.dumps(values, ensure_ascii=False))[0]


def picture(folder: Path, name: str, data: bytes) -> str:
    """A picture on the disk."""
    path = folder / f"{name}.png"
    path.write_bytes(data)
    return str(path)


def test_a_major_hazard_from_the_finding_to_its_recheck(laptop: Laptop, tmp_path: Path) -> None:
    """Photo, report, five fixed things, whistle, mending; nobody rechecks her own finding; both days are due."""
    made = saved(laptop, "hazard", place="5号楼", place_type="楼栋", hazard_type="用电", description="裸露",
        hazard_level="重大", found_at="2026-11-20 09:00")  # fmt: skip
    record = str(made["id"])
    steps = Steps(laptop, record)
    steps.refused("notify", "不能发整改通知")
    steps.to("register", "registered")
    notice = {**FIVE, "due_on": "2026-11-25"}
    steps.refused("notify", "整改措施", responsible_unit="物业")
    steps.refused("notify", "还没有整改前照片", **notice)
    laptop.run("photo", "add", record, "photos_before", picture(tmp_path, "前", before()[0]))
    steps.refused("notify", "应急预案", **notice)
    steps.refused("notify", "上报并挂牌督办", **notice, contingency_plan="断电")
    steps.refused("report_up", "不能早于排查", reported_up_on="2026-11-01")
    steps.to("report_up", "registered", contingency_plan="断电", reported_up_on="2026-11-20")
    told = steps.to("notify", "notified", **notice)
    assert told["recheck_due_on"] == "2026-12-05"
    due = {one["reason"]: one["due_on"] for one in laptop.json("due", "--on", "2026-12-04")}
    assert (due["整改时限"], due["复查期限"]) == ("2026-11-25", "2026-12-05")
    steps.to("whistle", "notified")
    steps.refused("whistle", "已经转过吹哨")
    (case,) = laptop.json("list", "case")
    assert (case["hazard_id"], case["urgency"], case["sub_type"]) == (record, "紧急", "安全隐患")
    assert laptop.json("show", record)[0]["case_id"] == case["id"]
    steps.to("start", "rectifying")
    steps.to("rectify", "rectified", rectified_on="2026-11-21")
    steps.refused("recheck_pass", "换一个人")
    steps.refused("write_off", "还没有复查")
    labels = {line["label"].split()[0] for line in laptop.json("history", record, "--linked")}
    assert labels == {"隐患", "网格事件"}


def test_a_general_hazard_is_written_off_with_both_photos(laptop: Laptop, tmp_path: Path) -> None:
    """整改后照片 before 复查合格; no report up, no day for a recheck."""
    made = saved(laptop, "hazard", place="5号楼", place_type="楼栋", hazard_type="用电", description="裸露")
    record = str(made["id"])
    steps = Steps(laptop, record)
    steps.to("register", "registered")
    steps.refused("report_up", "一般隐患不用上报")
    steps.refused("fix_on_site", "还没有整改前照片", measure="剪断")
    laptop.run("photo", "add", record, "photos_before", picture(tmp_path, "前", before()[0]))
    assert "recheck_due_on" not in steps.to("fix_on_site", "fixed_on_site", measure="剪断")
    steps.refused("write_off", "复查合格才能销号")
    steps.refused("recheck_pass", "还没有整改后照片")
    laptop.run("photo", "add", record, "photos_after", picture(tmp_path, "后", after()[0]))
    steps.to("recheck_pass", "rechecked")
    steps.to("write_off", "closed")


def test_a_wish_takes_six_steps_and_every_side_road(laptop: Laptop) -> None:
    """Announced, claimed, handed over, unfulfilled, listed again, released, fulfilled, visited, published."""
    record = wished(laptop)
    steps = Steps(laptop, record)
    steps.refused("publish", "还没有回访")
    steps.refused("contact", "还没有人认领")
    steps.to("announce", "approved", call_from="2026-11-20", call_to="2026-11-27")
    steps.refused("claim", "至少填一个", promise_due_on="2099-01-01")
    claim = {"claimer_org": "志愿队", "promise_due_on": "2099-01-01"}
    steps.to("claim", "claimed", **claim)
    steps.refused("claim", "已经有人认领", **claim)
    steps.refused("fulfill", "还没有对接")
    steps.refused("hand_over", "与原来的不同", claimer_org="志愿队", reason="换人")
    handed = steps.to("hand_over", "claimed", claimer_name="乙", reason="出差")
    assert (handed["claimer_name"], handed.get("claimer_org")) == ("乙", None)
    steps.refused("contact", "不能晚于今天", contacted_on="2099-01-01")
    steps.to("contact", "contacted")
    steps.refused("unfulfilled", "未实现还缺：原因")
    steps.to("unfulfilled", "unfulfilled", reason="停产")
    steps.refused("publish", "没有实现")
    assert steps.to("relist", "approved")["next_round_priority"] is True
    steps.to("claim", "claimed", **claim)
    steps.to("release", "approved", reason="联系不上")
    steps.to("claim", "claimed", **claim)
    steps.to("contact", "contacted")
    steps.refused("visit_back", "还没有实施")
    steps.to("fulfill", "fulfilled", fulfil_note="已送到")
    steps.to("visit_back", "visited_back", follow_up_mode="电话", satisfaction="5")
    steps.refused("publish", "不能早于开始日期", publicity_from="2026-11-27", publicity_to="2026-11-20")
    steps.to("publish", "published", publicity_from="2026-11-20", publicity_to="2026-11-27")


def test_unclaimed_and_uncontacted_wishes_come_up_in_the_plan(laptop: Laptop) -> None:
    """30 days for a claimer, 7 for the contact, by their clocks."""
    record = wished(laptop)
    opened = str(laptop.json("show", record)[0]["open_since"])
    late = laptop.json("due", "--on", "2099-01-01")
    assert [one["reason"] for one in late if one["kind"] == "wish"] == ["30 天无人认领，提交网格例会"]
    Steps(laptop, record).to("claim", "claimed", claimer_name="乙", promise_due_on="2099-12-31")
    owed = {one["reason"]: one["due_on"] for one in laptop.json("due", "--on", "2099-01-01") if one["kind"] == "wish"}
    assert owed["认领后 7 天内对接"] > opened


def test_an_opinion_among_the_wishes_goes_where_it_belongs(laptop: Laptop) -> None:
    """转办 opens an opinion that hangs together with the wish; a wish above the cap is not approved."""
    template = laptop.json("show", wished(laptop))[0]
    given = {key: template[key] for key in ("wisher_person_id", "wisher_group")}
    made = saved(laptop, "wish", **given, content="希望多装路灯", wish_type="意见类")
    steps = Steps(laptop, str(made["id"]))
    steps.refused("approve", "请办“转办”", review_mode="电话", review_note="属实")
    steps.to("transfer", "transferred", review_note="属于建议")
    (opinion,) = laptop.json("list", "opinion")
    assert opinion["content"] == "希望多装路灯"
    linked = {line["ledger"] for line in laptop.json("history", str(made["id"]), "--linked")}
    assert linked == {"wish", "opinion"}
    dear = saved(laptop, "wish", **given, content="轮椅", wish_type="物品", est_amount="900")
    Steps(laptop, str(dear["id"])).refused("approve", "上限 500 元", review_mode="电话", review_note="属实")


def test_a_visit_that_whistles_opens_a_case_at_its_address(laptop: Laptop) -> None:
    """转吹哨 at the door: the case knows visit, household and what was said, and has its code."""
    template = laptop.json("show", wished(laptop))[0]
    person = laptop.json("show", str(template["wisher_person_id"]))[0]
    visit = saved(laptop, "visit", household_id=person["household_id"], raised_issue="下水道堵", outcome="转吹哨")
    (case,) = laptop.json("list", "case")
    assert (case["visit_id"], case["household_id"]) == (visit["id"], person["household_id"])
    assert (case["description"], case["address"]) == ("下水道堵", "海棠苑 3号楼 501")
    assert laptop.json("show", str(visit["id"]))[0]["linked_record_ids"] == [case["id"]]
