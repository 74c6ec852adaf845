"""Residents over time on their cards: moving, births, splits, grave events, who left; and two registrations of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget

from gridworker.ledger.record import Record
from gridworker.operations import browse, moved, plan, save, twins, undo
from gridworker.store.query import Condition, Query
from ui.desk import Desk
from ui.records.page import RecordsPage
from ui.residents.birth_panel import BirthPanel
from ui.residents.grave_panel import GravePanel
from ui.residents.split_panel import SplitPanel
from ui.window import Window

Settle = Callable[[Desk], None]


def _page(window: Window) -> RecordsPage:
    page = window.page
    assert isinstance(page, RecordsPage)
    return page


def _people(desk: Desk, **where: str) -> list[Record]:
    with desk.session.store.read() as tx:
        conditions = tuple(Condition(key, "is", value) for key, value in where.items())
        return list(tx.records("person", tx.select(Query("person", conditions))))


@pytest.fixture
def family(desk: Desk) -> list[Record]:
    """A household of three or more, its head first."""
    homes = Counter(str(one.values["household_id"]) for one in _people(desk) if one.values.get("household_id"))
    home = next(one for one, count in homes.most_common() if count >= 3)
    return sorted(_people(desk, household_id=home), key=lambda one: one.values.get("relation_code") != "02")


def _button(root: QWidget, name: str) -> QPushButton:
    """A button in sight whose text or spoken name begins so."""
    found = [
        one
        for one in root.findChildren(QPushButton)
        if one.isVisible() and (one.text().strip("\u2009 ").startswith(name) or one.accessibleName().startswith(name))
    ]
    assert found, name
    return found[0]


def _open(window: Window, desk: Desk, settle: Settle, record: Record | str, place: str = "people") -> RecordsPage:
    window.show_place(place, record_id=record if isinstance(record, str) else record.id)
    settle(desk)
    return _page(window)


def _home_of(one: Record) -> str:
    return str(one.values["household_id"])


def _set(page: RecordsPage, **texts: str) -> None:
    for key, text in texts.items():
        page.detail.form.editor(key).set_raw(text)
        page.detail.form.editor(key).edited.emit()


def test_moving_out_begins_on_the_card_and_undo_takes_all_back(
    window: Window, desk: Desk, family: list[Record], settle: Settle
) -> None:
    """迁出 opens the movement with person and type; saving it changes her, and Ctrl+Z changes her back."""
    who = family[-1]
    _button(_open(window, desk, settle, who).detail.around, "迁出").click()
    settle(desk)
    page = _page(window)
    assert page.ledger_key == "movement"
    raw = page.detail.form.raw()
    assert (raw["person_id"], raw["movement_type"]) == (who.id, "迁出")
    assert page.detail.form.editor("destination").isVisible()
    assert not page.detail.form.editor("to_household_id").isVisible()
    assert not page.detail.form.editor("other_grid").isVisible()
    page.save()
    settle(desk)
    assert browse.record(desk.session, who.id).values["living_state"] == "迁出"
    page.undo()
    settle(desk)
    back = browse.record(desk.session, who.id)
    assert back.values.get("household_id") == _home_of(who)
    assert back.values.get("living_state") in (None, "在住")


def test_another_persons_draft_is_not_shown(window: Window, desk: Desk, family: list[Record], settle: Settle) -> None:
    """A movement begun for one person and left does not turn up in the one begun for the next."""
    first, second = family[-1], family[-2]
    _button(_open(window, desk, settle, first).detail.around, "迁出").click()
    settle(desk)
    _set(_page(window), destination="南京市")
    _page(window).leave()
    settle(desk)
    _button(_open(window, desk, settle, second).detail.around, "迁出").click()
    settle(desk)
    raw = _page(window).detail.form.raw()
    assert (raw["person_id"], raw["destination"]) == (second.id, "")
    _button(_open(window, desk, settle, first).detail.around, "迁出").click()
    settle(desk)
    raw = _page(window).detail.form.raw()
    assert (raw["person_id"], raw["destination"]) == (first.id, "南京市")


def test_who_left_stands_apart_and_can_come_back(
    window: Window, desk: Desk, family: list[Record], settle: Settle
) -> None:
    """After 迁出 a household names her apart, folded; her own card lists the movement and offers 迁入 alone."""
    who = family[-1]
    save.save(desk.session, "movement", {"person_id": who.id, "movement_type": "迁出", "destination": "南京市"})
    page = _open(window, desk, settle, _home_of(who), "homes")
    view = page.detail.around.view
    assert view._title.text() == f"成员 {len(family) - 1} 人"
    assert view.former.accessibleName() == "已迁出 1 人"
    assert not view._gone.isVisible()
    view.former.click()
    _button(view._gone, "打开居民").click()
    settle(desk)
    around = _page(window).detail.around
    assert [one.accessibleName() for one in around.acts.findChildren(QPushButton) if one.isVisible()] == ["迁入"]
    assert "南京市" in _button(around.moves, "打开变动").accessibleName()


def test_tab_goes_through_a_card_as_it_lies(window: Window, desk: Desk, family: list[Record], settle: Settle) -> None:
    """From the head of a resident's card Tab goes to her movements, to what can be done, and to the form."""
    who = family[-1]
    save.save(desk.session, "movement", {"person_id": who.id, "movement_type": "迁出", "destination": "南京市"})
    page = _open(window, desk, settle, who)
    page.detail.close_button.setFocus()
    stops: list[QWidget | None] = []
    for _ in range(4):
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        stops.append(window.focusWidget())
    around = page.detail.around
    movement = _button(around.moves, "打开变动")
    assert stops[:2] == [movement, _button(around.acts, "迁入")]
    assert page.detail.form.editor("name").focus_target() in stops


def test_the_dead_are_offered_nothing(window: Window, desk: Desk, family: list[Record], settle: Settle) -> None:
    """After a death her card offers no movement any more, and her household says 已故."""
    who = family[-1]
    save.save(desk.session, "movement", {"person_id": who.id, "movement_type": "死亡"})
    around = _open(window, desk, settle, who).detail.around
    assert [one for one in around.acts.findChildren(QPushButton) if one.isVisible()] == []
    assert moved.former_members(desk.session, _home_of(who))[0].how == "已故"


def test_a_birth_needs_a_guardian_and_is_one_act(
    window: Window, desk: Desk, family: list[Record], settle: Settle
) -> None:
    """登记新生儿 refuses beneath its fields, then makes child and movement; undo takes both back."""
    home = _home_of(family[0])
    before = [one.id for one in moved.of_home(desk.session, home)]
    page = _open(window, desk, settle, home, "homes")
    around = page.detail.around
    around.born.click()
    panel = around.panel
    assert isinstance(panel, BirthPanel)
    assert page.window().focusWidget() is panel.asked._editors["name"].focus_target()
    page.save()
    settle(desk)
    assert "请填写姓名" in panel.asked._labelled["name"].problem.text()
    panel.asked.fill({"name": "测小宝", "sex_code": "1", "relation_code": "20"})
    page.save()
    settle(desk)
    assert "监护人" in panel.asked._labelled["guardian_person_id"].problem.text()
    panel.asked.fill({"guardian_person_id": family[0].id})
    page.save()
    settle(desk)
    assert around.panel is None
    born = _people(desk, name="测小宝")
    assert [_home_of(one) for one in born] == [home]
    assert moved.of_home(desk.session, home)[0].text == "测小宝　出生"
    assert page.detail.strip.isVisible()
    page.undo()
    settle(desk)
    assert _people(desk, name="测小宝") == []
    assert [one.id for one in moved.of_home(desk.session, home)] == before


def test_a_split_asks_what_does_not_follow(window: Window, desk: Desk, family: list[Record], settle: Settle) -> None:
    """分户 fills the relations that follow, asks the others, and makes the new household in one act."""
    head = next(one for one in family if one.values.get("relation_code") != "02")
    along = next(one for one in family if one.id != head.id)
    page = _open(window, desk, settle, _home_of(head), "homes")
    around = page.detail.around
    around.split.click()
    panel = around.panel
    assert isinstance(panel, SplitPanel)
    page.save()
    settle(desk)
    assert panel._head.problem.text() == "请选新户主。"
    panel.head.setCurrentIndex(panel.head.findData(head.id))
    assert not panel.ticks[head.id].isVisible()
    panel.ticks[along.id].click()
    settle(desk)
    panel.relation(along.id).set_value(None)
    panel.asked.fill({"building_no": "99", "unit_no": "9", "room_no": "909"})
    page.save()
    settle(desk)
    assert "请选一项" in panel._labelled[along.id].problem.text()
    panel.relation(along.id).set_value("99")
    page.save()
    settle(desk)
    assert around.panel is None, panel.banner.accessibleName()
    going = [browse.record(desk.session, one.id) for one in (head, along)]
    new = {_home_of(one) for one in going}
    assert len(new) == 1
    assert new != {_home_of(head)}
    assert [one.values["relation_code"] for one in going] == ["02", "99"]
    page.undo()
    settle(desk)
    assert [_home_of(browse.record(desk.session, one.id)) for one in (head, along)] == [_home_of(head)] * 2


def test_a_grave_event_is_one_step_and_asks_for_a_visit(
    window: Window, desk: Desk, family: list[Record], settle: Settle
) -> None:
    """重大变故 stands at now; chosen and confirmed the plan of the day asks for a visit because of it."""
    home = _home_of(family[0])
    page = _open(window, desk, settle, home, "homes")
    page.detail.around.grave.click()
    panel = page.detail.around.panel
    assert isinstance(panel, GravePanel)
    assert panel.asked.raw()["grave_event_at"][:10] == desk.session.today().isoformat()
    panel.asked.fill({"grave_event": "亲人离世"})
    page.save()
    settle(desk)
    assert browse.record(desk.session, home).values["grave_event"] == "亲人离世"
    assert "亲人离世" in [one.reason for one in plan.due(desk.session) if one.household_id == home]


def test_escape_leaves_an_act_undone(window: Window, desk: Desk, family: list[Record], settle: Settle) -> None:
    """Esc closes the panel, not the card, and nothing was registered."""
    page = _open(window, desk, settle, _home_of(family[0]), "homes")
    page.detail.around.born.click()
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert page.detail.around.panel is None
    assert page.is_open()


@pytest.fixture
def twin(desk: Desk, family: list[Record]) -> Record:
    """A second registration of the first of the family, in another home, with a phone the first lacks."""
    first = family[0].values
    other = next(one for one in _people(desk) if one.values.get("household_id") not in (None, first["household_id"]))
    values = {key: first[key] for key in ("name", "birth_date", "sex_code") if first.get(key)}
    made = save.save(
        desk.session, "person",
        {**values, "household_id": _home_of(other), "relation_code": "99", "workplace": "第三小学"},
    ).record  # fmt: skip
    save.save(desk.session, "visit", {
        "household_id": _home_of(other), "interviewee_id": made.id, "met": "是", "visit_mode": "上门",
        "visited_at": desk.session.now().isoformat(),
    })  # fmt: skip
    return made


def test_two_registrations_are_merged_undone_and_unmerged(
    window: Window, desk: Desk, family: list[Record], twin: Record, settle: Settle
) -> None:
    """The card tells of the twin; merging keeps the older, fills it, leads the visit over; both ways back work."""
    page = _open(window, desk, settle, twin)
    assert "姓名和出生日期相同" in page.detail.around._twin_text.text()
    page.detail.around.compare.click()
    settle(desk)
    card = page.twins.beside.merge
    assert card.keep.currentData() == family[0].id
    assert "走访 1 条" in card.told.text()
    assert window.focusWidget() is card.keep
    card.confirm.click()
    settle(desk)
    assert page.detail.record.id == family[0].id
    assert page.detail.strip.isVisible()
    kept = browse.record(desk.session, family[0].id)
    assert kept.values["workplace"] == "第三小学"
    assert browse.record(desk.session, twin.id).deleted
    assert page.detail.record.id == family[0].id
    page.undo()
    settle(desk)
    assert not browse.record(desk.session, twin.id).deleted
    page.twins.compare(twin.id, family[0].id)
    settle(desk)
    card.confirm.click()
    settle(desk)
    _button(page.detail.around.moves, "取消").click()
    settle(desk)
    assert not browse.record(desk.session, twin.id).deleted
    assert browse.record(desk.session, family[0].id).values.get("workplace") is None


def test_the_other_one_may_be_kept(
    window: Window, desk: Desk, family: list[Record], twin: Record, settle: Settle
) -> None:
    """Choosing the younger registration turns the columns round."""
    page = _open(window, desk, settle, twin)
    page.detail.around.compare.click()
    settle(desk)
    card = page.twins.beside.merge
    card.keep.setCurrentIndex(card.keep.findData(twin.id))
    card.keep.activated.emit(card.keep.currentIndex())
    settle(desk)
    card.confirm.click()
    settle(desk)
    assert browse.record(desk.session, family[0].id).deleted
    assert not browse.record(desk.session, twin.id).deleted


def test_all_pairs_are_reached_from_the_list(
    window: Window, desk: Desk, family: list[Record], twin: Record, settle: Settle
) -> None:
    """A line above the residents counts the pairs; Enter compares one, Esc goes back to all, and again to the list."""
    window.show_place("people")
    settle(desk)
    page = _page(window)
    pairs = twins.all_pairs(desk.session)
    assert page.twins.link.accessibleName() == f"{len(pairs)} 对可能重复"
    page.twins.link.click()
    beside = page.twins.beside
    assert not page.list.isVisible()
    at = next(n for n, one in enumerate(pairs) if {one.one.id, one.other.id} == {family[0].id, twin.id})
    beside.pairs.list.setCurrentRow(at)
    QTest.keyClick(beside.pairs.list, Qt.Key.Key_Return)
    settle(desk)
    assert beside.currentWidget() is beside.merge
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert beside.currentWidget() is beside.pairs
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert page.list.isVisible()


def test_the_warning_while_typing_leads_to_the_other_registration(
    window: Window, desk: Desk, family: list[Record], settle: Settle
) -> None:
    """A name and birth date that are there already are warned about; the button reads that registration beside."""
    window.show_place("people", new=True)
    settle(desk)
    page = _page(window)
    _set(page, name=str(family[0].values["name"]), birth_date=str(family[0].values["birth_date"]))
    page.detail.form._check("name")
    settle(desk)
    action = page.detail.form._fields["name"].action
    assert action is not None
    action.click()
    settle(desk)
    other = page.twins.beside.other
    assert other.isVisible()
    assert page.detail.isVisible()
    assert str(family[0].values["name"]) in other.title.text()
    QTest.keyClick(window, Qt.Key.Key_Escape)
    settle(desk)
    # A list that was given the focus would open the row it marks.
    assert window.focusWidget() is page.detail.form.editor("name").focus_target()
    assert not page.list._looking.isActive()
    assert page.list.isVisible()
    assert page.detail.record is None
    assert page.detail.form.raw()["name"] == family[0].values["name"]


def test_undone_movements_leave_the_lists(desk: Desk, family: list[Record]) -> None:
    """What was undone is neither among the movements of a household nor among its former members."""
    who = family[-1]
    saved = save.save(desk.session, "movement", {"person_id": who.id, "movement_type": "迁出"})
    assert [one.id for one in moved.former_members(desk.session, _home_of(who))] == [who.id]
    undo.undo(desk.session, saved.op_id)
    assert moved.former_members(desk.session, _home_of(who)) == []
    assert moved.of_person(desk.session, who.id) == []


def test_who_came_back_is_no_former_member(desk: Desk, family: list[Record]) -> None:
    """Moved out and back in again: her two movements stay, and she is among the members alone."""
    who, home = family[-1], _home_of(family[-1])
    save.save(desk.session, "movement", {"person_id": who.id, "movement_type": "迁出"})
    back = {"person_id": who.id, "movement_type": "迁入", "to_household_id": home, "relation_code": "99"}
    save.save(desk.session, "movement", back)
    assert who.id not in [one.id for one in moved.former_members(desk.session, home)]
    assert {one.text.split("　")[0] for one in moved.of_person(desk.session, who.id)} == {"迁出", "迁入"}
    assert who.id in [one.id for one in browse.household_card(desk.session, home).members]
