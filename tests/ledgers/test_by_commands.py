"""Five ledgers by commands alone: an office's sheet in, steps and refusals, paper out, a workbook out and in again."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.commands.test_whole_path import Laptop
from tests.ledgers.office_sheets import OFFICE_LEDGERS, office_sheet

_RARE = {
    "rental_house": "䶮小明",
    "care_visit": "李𬭚",
    "opinion": "王𠅤",
    "dispute": "赵䶮",
    "deliberation": "红色驿站",
}


@pytest.fixture
def laptop(tmp_path: Path) -> Laptop:
    """A home with two households, a woman living alone and an old man."""
    made = Laptop(tmp_path / "home")
    made.run("init", "--name", "甲")
    for room, name, level in (("501", "张㛃", "high"), ("502", "李𬭚", "key")):
        home = {"compound_name": "海棠苑", "building_no": "3", "unit_no": "2", "room_no": room}
        made.run("save", "household", json.dumps(home))
        person = {"household_id": f"3-2-{room}", "name": name, "sex_code": "女", "relation_code": "户主",
            "care_level": level, "care_categories": "独居老人"}  # fmt: skip
        made.run("save", "person", json.dumps(person))
    return made


def _move(laptop: Laptop, record: str, event: str, **words: object) -> None:
    laptop.run("move", record, event, json.dumps(words))


def _refused(laptop: Laptop, record: str, event: str, **words: object) -> str:
    return laptop.run("move", record, event, json.dumps(words), expect=1).stderr


def _first(laptop: Laptop, ledger: str) -> dict[str, object]:
    return laptop.json("list", ledger)[0]


@pytest.mark.parametrize("ledger", OFFICE_LEDGERS)
def test_an_office_sheet_comes_in_goes_out_and_changes_nothing_on_the_way(
    laptop: Laptop, ledger: str, tmp_path: Path
) -> None:
    """Every row and column is understood; again it is the same; so is what the program exports itself."""
    book, own, paper = office_sheet(ledger, tmp_path), tmp_path / "自己的.xlsx", tmp_path / "台账.pdf"
    *_, report = laptop.json("import", ledger, str(book))
    assert (report["new"], report["refused"], report["unused"]) == (2, 0, [])
    before = laptop.json("list", ledger)
    *_, again = laptop.json("import", ledger, str(book))
    assert (again["new"], again["changed"], again["same"]) == (0, 0, 2)
    laptop.run("export", ledger, str(own), "--full")
    *_, back = laptop.json("import", ledger, str(own))
    assert (back["new"], back["changed"], back["same"], back["unused"]) == (0, 0, 2, [])
    assert laptop.json("list", ledger) == before
    laptop.run("print", ledger, str(paper))
    text = subprocess.run(["pdftotext", "-raw", str(paper), "-"], capture_output=True, check=True).stdout.decode()
    assert _RARE[ledger] in text.replace("\n", "")
    laptop.run("undo-import", str(report["batch"]))
    assert laptop.json("list", ledger) == []


def test_a_rented_house_takes_its_address_and_number_from_its_household(laptop: Laptop) -> None:
    """Choosing the household is enough; what she writes herself stands; another household brings its own address."""
    house = laptop.json("save", "rental_house", '{"household_id": "3-2-501", "owner_name": "张㛃"}')[0]
    assert house["house_address"] == "海棠苑 3号楼 2单元 501"
    home = next(one for one in laptop.json("list", "household") if one["id"] == house["household_id"])
    assert house["house_code"] == home["household_no"]
    moved = laptop.json("save", "rental_house", json.dumps({"id": house["id"], "household_id": "3-2-502"}))[0]
    assert moved["house_address"] == "海棠苑 3号楼 2单元 502"
    own = json.dumps({"id": house["id"], "house_address": "3号楼北侧平房"})
    assert laptop.json("save", "rental_house", own)[0]["house_address"] == "3号楼北侧平房"


def test_a_care_visit_counts_as_the_newest_contact_and_says_when_the_next_is_due(laptop: Laptop) -> None:
    """Of a visit and a care visit the later one counts, whichever was written first; an attempt does not count."""
    looked = {"health_check": "正常", "mental_state": "正常", "home_safety": "正常", "person_id": "张㛃"}
    care = laptop.json("save", "care_visit", json.dumps({**looked, "visited_at": "2026-04-21 09:00"}))[0]
    assert care["next_due_on"] == "2026-04-28"
    assert care["care_category"] == "独居老人"
    laptop.run("save", "visit", '{"household_id": "3-2-501", "visited_at": "2026-04-02 08:00"}')
    tried = {"person_id": "张㛃", "met": "否", "unmet_reason": "家中无人", "visited_at": "2026-04-22 08:00"}
    assert laptop.json("save", "care_visit", json.dumps(tried))[0]["next_due_on"] == "2026-04-23"
    home = next(one for one in laptop.json("list", "household") if one["room_no"] == "501")
    assert str(home["last_visited_at"]).startswith("2026-04-21")
    laptop.run("delete", str(care["id"]))
    home = next(one for one in laptop.json("list", "household") if one["room_no"] == "501")
    assert str(home["last_visited_at"]).startswith("2026-04-02")
    owed = [item for item in laptop.json("due", "--on", "2026-04-23") if item["kind"] == "care_visit"]
    assert [(item["place"], item["due_on"]) for item in owed] in ([], [("张㛃", "2026-04-23")])
    wrong = laptop.run("save", "care_visit", json.dumps({**looked, "health_check": "行动异常、其余正常"}), expect=1)
    assert "异常处置" in wrong.stderr


def test_what_a_resident_says_is_answered_redone_once_and_closed(laptop: Laptop) -> None:
    """No closing without an answer; the dissatisfied are answered anew, once, by a clock of its own."""
    said = laptop.json("save", "opinion", '{"content": "楼道灯不亮", "reported_at": "2026-04-20 09:00"}')[0]
    record = str(said["id"])
    assert str(said["due_at"]).startswith("2026-04-23")
    assert "还没有答复" in _refused(laptop, record, "close", satisfaction="满意")
    _move(laptop, record, "answer", reply="已换灯")
    assert "先重办" in _refused(laptop, record, "close", satisfaction="不满意")
    _move(laptop, record, "reopen", satisfaction="不满意", reason="又坏了")
    _move(laptop, record, "reply", reply="换了灯具")
    assert "满意度" in _refused(laptop, record, "close")
    assert "已经重办过一次" in _refused(laptop, record, "reopen", satisfaction="不满意", reason="还坏")
    _move(laptop, record, "close", satisfaction="不满意")
    assert _first(laptop, "opinion")["status"] == "closed"


def test_an_opinion_becomes_a_case_or_a_topic_and_both_know_it(laptop: Laptop) -> None:
    """A case needs a place; numbers people leave with their words stay out of titles."""
    words = '{"content": "东门井盖坏了，电话15400000011"}'
    record = str(laptop.json("save", "opinion", words)[0]["id"])
    assert "地点" in _refused(laptop, record, "whistle")
    _move(laptop, record, "whistle", place="东门")
    case, said = _first(laptop, "case"), _first(laptop, "opinion")
    assert (case["opinion_id"], said["case_id"]) == (record, case["id"])
    assert "15400000011" not in str(case["title"])
    other = str(laptop.json("save", "opinion", '{"content": "车棚充电桩不够"}')[0]["id"])
    _move(laptop, other, "to_topic")
    topic = _first(laptop, "deliberation")
    assert (topic["opinion_id"], topic["discussion"], topic["topic_source"]) == (other, "车棚充电桩不够", "居民")
    assert topic["topic"]


def test_a_dispute_goes_its_way_in_order(laptop: Laptop) -> None:
    """Days in order, an extension once and only if both agree; not agreed needs word of the court or of a report."""
    told = {"title": "漏水", "place": "3号楼", "summary": "漏水", "occurred_on": "2026-04-01"}
    assert "当事人" in laptop.run("save", "dispute", json.dumps(told), expect=1).stderr
    record = str(laptop.json("save", "dispute", json.dumps({**told, "party_ids": "张㛃、李𬭚"}))[0]["id"])
    who = {"resolve_org": "调委会", "mediator_name": "赵䶮", "mediator_contact": "15400000013"}
    assert "早于发生日期" in _refused(laptop, record, "accept", **who, accepted_on="2026-03-01")
    _move(laptop, record, "accept", **who, accepted_on="2026-04-02")
    assert _first(laptop, "dispute")["due_on"] == "2026-05-02"
    _move(laptop, record, "mediate", resolve_method="人民调解")
    later = {"extended_due_on": "2026-05-20", "reason": "等维修"}
    assert "都同意" in _refused(laptop, record, "extend", extension_agreed="否", **later)
    _move(laptop, record, "extend", extension_agreed="是", **later)
    assert "延期过一次" in _refused(laptop, record, "extend", extension_agreed="是", **later)
    assert "告知诉讼" in _refused(laptop, record, "fail", resolve_note="谈不成")
    _move(laptop, record, "fail", resolve_note="谈不成", referral_note="已告知可向法院起诉")
    assert "没有达成协议" in _refused(laptop, record, "perform", performed="已履行")
    _move(laptop, record, "follow_up", follow_up_note="已起诉")
    _move(laptop, record, "archive")
    ended = _first(laptop, "dispute")
    assert (ended["status"], ended["resolved"], ended["agreement_type"]) == ("archived", "未成功", "无")


def test_a_deliberation_goes_from_topic_to_effect(laptop: Laptop) -> None:
    """No project against the votes or with more votes than people; a project may whistle and is judged in the end."""
    record = str(laptop.json("save", "deliberation", '{"topic": "加装充电桩"}')[0]["id"])
    many = {"id": record, "attendee_counts": "居民代表 3", "votes_for": 4}
    assert "多于参加的 3 人" in laptop.run("save", "deliberation", json.dumps(many), expect=1).stderr
    assert "把关" in _refused(laptop, record, "discuss")
    _move(laptop, record, "screen")
    _move(laptop, record, "discuss", held_at="2026-04-05 14:00", place="会议室", chair_id="甲")
    minutes = {"attendee_counts": "居民代表12人、党员3", "discussion": "同意", "decision": "装 10 个", "owner_id": "甲",
        "due_on": "2026-04-30"}  # fmt: skip
    assert "多于参加的 15 人" in _refused(laptop, record, "form_project", **minutes, votes_for=16)
    assert "没有超过反对" in _refused(laptop, record, "form_project", **minutes, votes_for=3, votes_against=5)
    _move(laptop, record, "form_project", **minutes, votes_for=14, votes_against=1)
    _move(laptop, record, "whistle")
    assert _first(laptop, "case")["deliberation_id"] == record
    _move(laptop, record, "evaluate", progress="已装好", effect_score="满意")
    assert _first(laptop, "deliberation")["status"] == "evaluated"
