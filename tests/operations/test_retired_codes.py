"""Records whose codes a table no longer offers, or never knew: kept, shown, and edited beside."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gridworker.ledger import code_tables
from gridworker.ledger.codes import CodeList
from gridworker.ledger.record import Record
from gridworker.operations import browse, fresh
from gridworker.operations.save import SaveRefused, check, save
from gridworker.operations.session import Session

TRIMMED = CodeList((("楼栋", "楼栋"),), source="街道")


@pytest.fixture
def hazard(session: Session) -> Record:
    """A hazard in a place whose kind the customer's table will lose."""
    return save(session, "hazard", {
        "place": "3号楼", "place_type": "公共", "hazard_type": "用电", "description": "飞线", "hazard_level": "一般",
    }).record  # fmt: skip


@pytest.fixture
def trimmed(hazard: Record) -> Iterator[None]:
    """The customer's table in force."""
    with code_tables.in_force({"PLACE_TYPE": TRIMMED}):
        yield


@pytest.mark.usefixtures("trimmed")
def test_editing_beside_a_retired_code_keeps_it(session: Session, hazard: Record) -> None:
    """The whole record comes back, as a command or a form sends it; only what was changed changes."""
    raw = {key: value for key, value in hazard.values.items() if value is not None}
    saved = save(session, "hazard", {**raw, "id": hazard.id, "description": "改过"}).record
    assert (saved.values["place_type"], saved.values["description"]) == ("公共", "改过")
    labelled = save(session, "hazard", {"id": hazard.id, "place_type": "公共", "remark": "再看"}).record
    assert labelled.values["place_type"] == "公共"
    assert browse.shown(session, labelled)["place_type"] == "公共"


@pytest.mark.usefixtures("trimmed")
def test_a_retired_code_is_no_new_choice(session: Session, hazard: Record) -> None:
    """In a new record and in one that holds another code; nothing is written."""
    with pytest.raises(SaveRefused, match="场所类型的“公共”已停用"):
        save(session, "hazard", {"place": "院内", "place_type": "公共", "hazard_type": "用电", "description": "x"})
    moved = save(session, "hazard", {"id": hazard.id, "place_type": "楼栋"}).record
    with pytest.raises(SaveRefused, match="已停用"):
        save(session, "hazard", {"id": moved.id, "place_type": "公共"})
    (told,) = check(session, "hazard", {"place_type": "公共"}, field="place_type")
    assert told.message.startswith("场所类型的“公共”已停用")


@pytest.mark.usefixtures("trimmed")
def test_a_check_while_typing_says_nothing_of_what_stands(session: Session, hazard: Record) -> None:
    """The form asks about one field with all fields at hand."""
    raw = {key: str(value) for key, value in hazard.values.items() if isinstance(value, str)}
    assert check(session, "hazard", raw, record_id=hazard.id, field="place_type") == []


def test_a_new_record_does_not_begin_with_what_is_no_longer_offered(session: Session) -> None:
    """The declaration begins with 楼栋; a table without it leaves the choice to the person."""
    assert fresh.defaults(session, "hazard")["place_type"] == "楼栋"
    with code_tables.in_force({
        "PLACE_TYPE": CodeList((("院落", "院落"),)), "SOURCE": CodeList((("网格巡查", "网格巡查"),)),
    }):  # fmt: skip
        begun = fresh.defaults(session, "hazard")
    assert begun["place_type"] is None
    assert "source_channel" not in begun


def test_a_code_nobody_knows_is_kept_when_its_record_is_edited(session: Session, hazard: Record) -> None:
    """As it came over the wire from a newer table."""
    session.store.write(lambda tx: tx.put(hazard.with_values({"place_type": "轨道"})))
    saved = save(session, "hazard", {"id": hazard.id, "place_type": "轨道", "remark": "看过"}).record
    assert saved.values["place_type"] == "轨道"
    assert browse.shown(session, saved)["place_type"] == "轨道"
    with pytest.raises(SaveRefused, match="没有“港口”这一项"):
        save(session, "hazard", {"id": hazard.id, "place_type": "港口"})
