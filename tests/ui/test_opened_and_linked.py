"""A save that made something elsewhere says so, and one timeline goes across what hangs together."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QPushButton, QWidget

from gridworker.operations import opened, save, timeline
from ui.desk import Desk
from ui.pages.today import TodayPage
from ui.records.page import RecordsPage
from ui.records.past import LINKED, OWN
from ui.window import Window

Settle = Callable[[Desk], None]


def _links(root: QWidget) -> list[QPushButton]:
    return [
        one for one in root.findChildren(QPushButton) if one.isVisible() and one.accessibleName().startswith("打开")
    ]


def test_a_visit_that_found_a_hazard_says_so_and_leads_there(window: Window, desk: Desk, settle: Settle) -> None:
    """Beneath the visit stands which hazard was opened; the link opens that very hazard."""
    page = window.page
    assert isinstance(page, TodayPage)
    for key, text in (("raised_issue", "阳台堆物"), ("hazard_found", "是")):
        page.visit.form.editor(key).set_raw(text)
        page.visit.form.editor(key).edited.emit()
    page.save()
    settle(desk)
    note = page.visit.opened
    assert note.isVisible()
    assert "已另外登记：隐患" in note.accessibleName()
    _links(note)[0].click()
    settle(desk)
    found = window.page
    assert isinstance(found, RecordsPage)
    assert found.ledger_key == "hazard"
    assert found.detail.record.values["description"]
    assert found.detail.record.values["visit_id"]


def test_a_plain_visit_says_nothing(window: Window, desk: Desk, settle: Settle) -> None:
    """Where nothing was opened no line stands there."""
    page = window.page
    assert isinstance(page, TodayPage)
    page.visit.form.editor("raised_issue").set_raw("一切正常")
    page.save()
    settle(desk)
    assert not page.visit.opened.isVisible()


def _visit_with_hazard(desk: Desk) -> tuple[str, str]:
    with desk.session.store.read() as tx:
        home = str(tx.one("SELECT id FROM household WHERE deleted=0 LIMIT 1")[0])
    saved = save.save(desk.session, "visit", {
        "household_id": home, "visited_at": desk.session.now().isoformat(), "met": "是", "visit_mode": "上门",
        "hazard_found": "是", "raised_issue": "阳台堆物",
    })  # fmt: skip
    return saved.record.id, opened.opened_by(desk.session, saved)[0].id


def test_one_timeline_across_linked_records(window: Window, desk: Desk, settle: Settle) -> None:
    """有关联的 shows the steps of the visit beside those of the hazard, each with its way there; 本条 only its own."""
    visit_id, hazard_id = _visit_with_hazard(desk)
    window.show_place("hazards", record_id=hazard_id)
    settle(desk)
    page = window.page
    assert isinstance(page, RecordsPage)
    past = page.detail._more
    assert not past.scope.isVisible()
    past.title.setChecked(True)
    settle(desk)
    assert past.scope.value() == OWN
    assert _links(past.timeline) == []
    past.scope.set_value(LINKED)
    past.scope.changed.emit(LINKED)
    settle(desk)
    told = timeline.linked_timeline(desk.session, hazard_id)
    links = _links(past.timeline)
    assert len(links) == len(told) > len(timeline.timeline(desk.session, hazard_id))
    next(one for one in links if one.text().startswith("走访")).click()
    settle(desk)
    assert window.spot() == ("visits", {"record_id": visit_id})


def test_residents_have_no_linked_timeline(window: Window, desk: Desk, settle: Settle) -> None:
    """Through a person everything would hang together, so her history has no such switch."""
    with desk.session.store.read() as tx:
        person = str(tx.one("SELECT id FROM person WHERE deleted=0 LIMIT 1")[0])
    window.show_place("people", record_id=person)
    settle(desk)
    past = window.page.detail._more
    past.title.setChecked(True)
    settle(desk)
    assert not past.scope.isVisible()
