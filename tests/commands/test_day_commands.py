"""The plan of the day and residents over time, by commands alone."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.commands.test_whole_path import Laptop


@pytest.fixture
def laptop(tmp_path: Path) -> Laptop:
    """A home with one household, its head and his wife, who is in care."""
    laptop = Laptop(tmp_path / "家")
    laptop.run("init", "--name", "测试网格员")
    return laptop


def saved(laptop: Laptop, ledger: str, **values: object) -> str:
    """The id of a new record."""
    return str(laptop.json("save", ledger, json.dumps(values, ensure_ascii=False))[0]["id"])


def family(laptop: Laptop) -> tuple[str, str, str]:
    """Household, head and wife."""
    home = saved(laptop, "household", compound_name="海棠苑", building_no="3", unit_no="2", room_no="501",
        tenure_code="自住")  # fmt: skip
    person = {"household_id": home, "population_type": "户籍"}
    head = saved(laptop, "person", name="张㛃", sex_code="1", relation_code="02", **person)
    wife = saved(laptop, "person", name="李梅", sex_code="2", relation_code="12", care_level="high",
        emergency_contact="张㛃", emergency_phone="15400001111", **person)  # fmt: skip
    return home, head, wife


def test_a_due_thing_is_put_off_and_brought_back(laptop: Laptop) -> None:
    """It leaves the plan with its reason, is listed apart, and returns."""
    home, _head, _wife = family(laptop)
    (item,) = (one for one in laptop.json("due") if one["household_id"] == home)
    until = (date.today() + timedelta(days=3)).isoformat()  # noqa: DTZ011 - the command itself asks for today's date
    assert "写一句" in laptop.run("put-off", str(item["key"]), until, " ", expect=1).stderr
    laptop.run("put-off", str(item["key"]), until, "外出探亲")
    assert laptop.json("due") == []
    (waiting,) = laptop.json("due", "--put-off")
    assert (waiting["until"], waiting["why"]) == (until, "外出探亲")
    laptop.run("bring-back", str(item["key"]))
    assert [one["key"] for one in laptop.json("due")] == [item["key"]]
    (first, counts) = laptop.json("due", "--first", "1")
    assert (first["key"], counts) == (
        item["key"], {"count": 1, "by_kind": {"visit": 1}, "by_group": {item["group"]: 1}}
    )  # fmt: skip
    assert "共 1 件：走访 1。" in laptop.run("due", "--first", "0").stdout
    assert laptop.json("due", "--buildings")[0]["building"] == "3号楼"


def test_a_sheet_of_movements_is_kept_and_moves_nobody(laptop: Laptop, tmp_path: Path) -> None:
    """Who imports a list of who left is told that the residents themselves stay as they are."""
    _home, head, _wife = family(laptop)
    sheet = tmp_path / "变动.csv"
    sheet.write_text("居民,变动类型,变动日期\n张㛃,迁出,2026-03-05\n", encoding="utf-8")
    told = laptop.run("import", "movement", str(sheet)).stdout
    assert "只作登记，不会生成或改动别的记录" in told
    assert laptop.json("list", "movement")[0]["movement_type"] == "迁出"
    assert laptop.json("show", head)[0].get("living_state") == "在住"


def test_people_come_go_and_are_merged_by_commands(laptop: Laptop) -> None:
    """A movement, a birth, a split, twins found, merged and two again."""
    home, head, wife = family(laptop)
    laptop.run("resident", "birth", home, json.dumps({"name": "张小宝", "sex_code": "1", "relation_code": "20",
        "birth_date": "2026-01-10", "guardian_person_id": head}))  # fmt: skip
    new_home = {"compound_name": "海棠苑", "building_no": "5", "unit_no": "1", "room_no": "301", "tenure_code": "自住"}
    laptop.run("resident", "split", wife, json.dumps(new_home))
    again = saved(laptop, "person", household_id=home, name="张㛃", sex_code="1", relation_code="97",
        population_type="户籍")  # fmt: skip
    (pair,) = laptop.json("resident", "twins")
    assert {pair["one"], pair["other"]} == {head, again}
    merged = laptop.json("resident", "merge", head, again)[0]
    assert laptop.json("resident", "twins") == []
    laptop.run("resident", "unmerge", str(merged["id"]))
    assert len(laptop.json("resident", "twins")) == 1
    saved(laptop, "movement", person_id=head, movement_type="死亡")
    assert "已登记死亡" in laptop.run(
        "save", "movement", json.dumps({"person_id": head, "movement_type": "迁出"}), expect=1
    ).stderr  # fmt: skip
