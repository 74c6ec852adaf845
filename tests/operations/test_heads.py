"""One head a household: refused where a person makes a second one, named in a sheet, told where two devices did."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gridworker.operations import import_
from gridworker.operations.refusals import SaveRefused
from gridworker.operations.save import check, save
from gridworker.operations.session import Session
from gridworker.store import saving

Living = Callable[..., tuple[str, str]]
HEADER = "小区,楼栋,单元,房号,姓名,性别,与户主关系\n"


def _person(session: Session, home: str, name: str, relation: str) -> str:
    return save(session, "person", {
        "household_id": home, "name": name, "sex_code": "1", "relation_code": relation, "population_type": "户籍",
    }).record.id  # fmt: skip


def _force(session: Session, person_id: str, **values: str) -> None:
    """Writes what no form lets through, as a pull does."""

    def work(tx: saving.WriteTx) -> None:
        before = tx.get("person", person_id)
        assert before is not None
        saving.save(tx, before, before.with_values(values), actor_id="other")

    session.store.write(work)


def test_a_second_head_is_refused_with_the_way_out(session: Session, living: Living) -> None:
    """Neither a new member nor one whose relation is edited becomes head beside the one who lives there."""
    home, head = living()
    with pytest.raises(SaveRefused, match=r"已有户主“张㛃”.*更换户主"):
        _person(session, home, "王强", "02")
    son = _person(session, home, "王强", "20")
    with pytest.raises(SaveRefused, match="更换户主"):
        save(session, "person", {"relation_code": "户主"}, record_id=son)
    assert [one.field for one in check(session, "person", {"relation_code": "户主"}, record_id=son)] == [
        "relation_code"
    ]
    save(session, "movement", {"person_id": head, "movement_type": "死亡"})
    assert save(session, "person", {"relation_code": "户主"}, record_id=son).record.values["relation_code"] == "02"


def test_only_a_member_heads_a_household(session: Session, living: Living) -> None:
    """A stranger is refused as head; a member is not."""
    home, head = living()
    _, stranger = living(room="502", name="李喆")
    with pytest.raises(SaveRefused, match=r"“李喆”不住在这一户"):
        save(session, "household", {"head_person_id": stranger}, record_id=home)
    assert save(session, "household", {"head_person_id": head}, record_id=home).record.values["head_person_id"] == head


def test_two_heads_that_are_there_already_are_told_and_lock_nothing(session: Session, living: Living) -> None:
    """What two devices made is a warning at every edit of the three records, until it is mended."""
    home, head = living()
    other = _person(session, home, "王强", "20")
    _force(session, other, relation_code="02")
    told = [
        save(session, "person", {"contact": "15400009999"}, record_id=head).warnings,
        save(session, "person", {"contact": "15400009998"}, record_id=other).warnings,
        save(session, "household", {"remark": "两位户主"}, record_id=home).warnings,
    ]
    assert all(any("更换户主" in one.message for one in warnings) for warnings in told)


def test_a_sheet_names_the_cell_of_a_second_head(session: Session, living: Living, tmp_path: Path) -> None:
    """Two heads of one room in a sheet: the second row is refused at its relation, the others go in."""
    living()
    sheet = tmp_path / "名单.csv"
    sheet.write_text(
        HEADER + "海棠苑,3,2,501,王强,男,户主\n海棠苑,3,2,502,李喆,男,户主\n海棠苑,3,2,502,王㛃,女,户主\n", "utf-8"
    )
    plan = import_.read(session, "person", sheet)
    assert [row.verdict for row in plan.rows] == ["refused", "new", "refused"]
    assert [(one.cell_ref, one.heading) for one in plan.rows[2].problems] == [("G4", "与户主关系")]
    assert "李喆" in plan.rows[2].problems[0].message
    assert "张㛃" in plan.rows[0].problems[0].message


def test_a_sheet_may_hand_the_household_to_another_head(session: Session, living: Living, tmp_path: Path) -> None:
    """Who was head and is something else further down in the sheet does not stand in the way."""
    living()
    sheet = tmp_path / "名单.csv"
    sheet.write_text(HEADER + "海棠苑,3,2,501,王强,男,户主\n海棠苑,3,2,501,张㛃,男,父亲\n", "utf-8")
    assert [row.verdict for row in import_.read(session, "person", sheet).rows] == ["new", "changed"]
