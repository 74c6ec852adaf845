"""The form: drafts come back, errors stand beside their fields, nothing typed is lost, only changes are saved."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QWidget

from gridworker.errors import AppError
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import all_ledgers, find_ledger
from gridworker.operations import browse, drafts, fresh, save
from gridworker.operations.save import Saved
from gridworker.operations.session import Session
from gridworker.store.query import Condition, Query
from ui.desk import Desk
from ui.form import LedgerForm
from ui.sealed import SealedEditor

Settle = Callable[[Desk], None]


def _one(session: Session, ledger: str, *where: Condition) -> Record:
    with session.store.read() as tx:
        found = tx.records(ledger, tx.select(Query(ledger, where, limit=1)))
    return found[0] if found else save.new_record(session, find_ledger(ledger), fresh.defaults(session, ledger))


def _form(desk: Desk, qtbot: object, ledger: str) -> LedgerForm:
    form = LedgerForm(desk, find_ledger(ledger))
    qtbot.addWidget(form)
    form.resize(600, 900)
    form.show()
    return form


def _type(form: LedgerForm, key: str, text: str) -> None:
    form.editor(key).set_raw(text)
    form.editor(key).edited.emit()


@pytest.fixture
def home(session: Session) -> Record:
    """A household of the demo grid."""
    return _one(session, "household")


def test_a_new_visit_is_saved(desk: Desk, home: Record, qtbot: object, settle: Settle) -> None:
    """Typed text, defaults and what was given become one record, and its draft is gone."""
    form = _form(desk, qtbot, "visit")
    form.load_new(draft=f"visit:new:{home.id}", household_id=home.id)
    settle(desk)
    _type(form, "raised_issue", "楼道灯不亮")
    form.keep_draft()
    saved: list[Saved] = []
    form.save(saved.append)
    settle(desk)
    values = saved[0].record.values
    assert (values["household_id"], values["raised_issue"], values["visit_mode"]) == (home.id, "楼道灯不亮", "上门")
    assert values["visitor_ids"] == [desk.session.actor.id]
    assert drafts.load(desk.session, f"visit:new:{home.id}") is None


def test_a_draft_is_kept_while_typing_and_comes_back(desk: Desk, home: Record, qtbot: object, settle: Settle) -> None:
    """After the pause of 0.8 s what was typed lies in the store; a form opened later shows it again."""
    key = f"visit:new:{home.id}"
    form = _form(desk, qtbot, "visit")
    form.load_new(draft=key, household_id=home.id)
    settle(desk)
    _type(form, "raised_issue", "门口堆了纸箱")
    said: list[str] = []
    form.draft_kept.connect(said.append)
    qtbot.waitUntil(lambda: bool(said))
    assert said[0].startswith("草稿已存 ")
    again = _form(desk, qtbot, "visit")
    again.load_new(draft=key, household_id=home.id)
    settle(desk)
    assert again.raw()["raised_issue"] == "门口堆了纸箱"


def test_going_elsewhere_keeps_what_was_typed(desk: Desk, session: Session, qtbot: object, settle: Settle) -> None:
    """A form that turns to another record keeps the first one's text as its draft, pause or no pause."""
    form = _form(desk, qtbot, "visit")
    form.load_new(draft="visit:new:a")
    settle(desk)
    _type(form, "change_note", "新添一口人")
    form.load_new(draft="visit:new:b")
    settle(desk)
    assert form.raw()["change_note"] == ""
    kept = drafts.load(session, "visit:new:a")
    assert kept is not None
    assert kept.raw["change_note"] == "新添一口人"


def test_links_are_chosen_as_one_types(desk: Desk, home: Record, qtbot: object, settle: Settle) -> None:
    """A few letters offer residents and colleagues; what is chosen comes out as its id, what is only typed as text."""
    form = _form(desk, qtbot, "visit")
    form.load_new(household_id=home.id)
    settle(desk)
    person = _one(desk.session, "person")
    line = form.editor("interviewee_id").line
    line.setText(str(person.values["name"]))
    line._ask()
    settle(desk)
    assert form.raw()["interviewee_id"] == person.values["name"]
    line._choose([one for one, _ in line._offered].index(person.id))
    assert form.raw()["interviewee_id"] == person.id
    colleagues = form.editor("visitor_ids").line
    colleagues._ask()
    settle(desk)
    assert (desk.session.actor.id, desk.session.actor.name) in colleagues._offered


def test_errors_stand_beside_their_fields(desk: Desk, home: Record, qtbot: object, settle: Settle) -> None:
    """A refused save says under each field what is wrong, focuses the first, and clears nothing."""
    form = _form(desk, qtbot, "person")
    form.load_new(household_id=home.id)
    settle(desk)
    _type(form, "name", "某某")
    _type(form, "contact", "1391234567")
    said: list[AppError] = []
    form.refused.connect(said.append)
    form.save()
    settle(desk)
    contact = form.editor("contact")
    sentence = "手机号应为 11 位，现在是 10 位。"
    assert contact.focus_target().accessibleDescription() == sentence
    assert contact.focus_target().property("wrong") == "true"
    assert form.raw()["contact"] == "1391234567"
    assert said == []
    focused = form.window().focusWidget()
    assert isinstance(focused, QWidget)
    assert form.editor("relation_code").isAncestorOf(focused)


def test_a_field_is_checked_when_it_is_left(desk: Desk, home: Record, qtbot: object, settle: Settle) -> None:
    """Leaving a field tells what is wrong with it; what is missing elsewhere is not told before a save."""
    form = _form(desk, qtbot, "person")
    form.load_new(household_id=home.id)
    settle(desk)
    _type(form, "contact", "1391234567")
    form.editor("contact").left.emit()
    form.editor("name").left.emit()
    settle(desk)
    assert "10 位" in form.editor("contact").focus_target().accessibleDescription()
    assert form.editor("name").focus_target().accessibleDescription() == ""
    _type(form, "contact", "13912345678")
    settle(desk)
    assert form.editor("contact").focus_target().accessibleDescription() == ""


def test_only_what_a_person_changed_is_saved(desk: Desk, home: Record, qtbot: object, settle: Settle) -> None:
    """An open form does not write back old values of fields that somebody else changed meanwhile."""
    form = _form(desk, qtbot, "household")
    form.load(home)
    settle(desk)
    assert form.changed() == {}
    _type(form, "remark", "门铃坏了，敲门")
    assert form.changed() == {"remark": "门铃坏了，敲门"}
    save.save(desk.session, "household", {"register_no": "123456789"}, record_id=home.id)
    saved: list[Saved] = []
    form.save(saved.append)
    settle(desk)
    assert saved[0].record.values["remark"] == "门铃坏了，敲门"
    assert saved[0].record.values["register_no"] == "123456789"


def test_a_sensitive_value_is_shown_only_when_asked(
    desk: Desk, session: Session, qtbot: object, settle: Settle
) -> None:
    """An ID number stands masked; 显示 shows it and leaves a trace; saving without looking keeps it."""
    person = _one(session, "person", Condition("id_no", "filled", None))
    number = str(person.values["id_no"])
    form = _form(desk, qtbot, "person")
    form.load(person)
    settle(desk)
    sealed = form.editor("id_no")
    assert isinstance(sealed, SealedEditor)
    shown = [line.text() for line in sealed.findChildren(QWidget) if line.isVisible() and hasattr(line, "text")]
    assert number not in shown
    assert form.changed() == {}
    sealed.focus_target().click()
    settle(desk)
    shown = [line.text() for line in sealed.findChildren(QWidget) if line.isVisible() and hasattr(line, "text")]
    assert number in shown
    with session.store.read() as tx:
        assert tx.sql("SELECT count(*) FROM audit WHERE verb = 'reveal'")[0][0] == 1


@pytest.mark.parametrize("ledger", list(all_ledgers()))
def test_every_ledger_has_a_form(desk: Desk, session: Session, ledger: str, qtbot: object, settle: Settle) -> None:
    """Any record of the demo grid can be opened, shows its links by name and is unchanged by being looked at."""
    form = _form(desk, qtbot, ledger)
    record = _one(session, ledger)
    form.load(record)
    settle(desk)
    assert form.changed() == {}
    shown = browse.shown(session, record)
    for link in find_ledger(ledger).links:
        if link.key in form.raw() and shown.get(link.key) and hasattr(form.editor(link.key).focus_target(), "chosen"):
            editor = form.editor(link.key)
            assert editor.raw() in (record.values[link.key], "、".join(record.values[link.key]))
