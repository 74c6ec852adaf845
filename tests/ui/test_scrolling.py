"""What has the focus is in sight, wherever it lies in a long form."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QScrollArea, QWidget

from ui.desk import Desk
from ui.records.page import RecordsPage
from ui.window import Window


def _is_in_sight(area: QScrollArea, widget: QWidget) -> bool:
    place = QRect(widget.mapTo(area.viewport(), QPoint(0, 0)), widget.size())
    return area.viewport().rect().contains(place)


def test_a_refused_save_brings_the_first_wrong_field_and_its_sentence_into_sight(
    window: Window, desk: Desk, settle: Callable[[Desk], None]
) -> None:
    """Whoever saves at the foot of a long form sees what is wrong at its top."""
    window.show_place("people")
    page = window.page
    assert isinstance(page, RecordsPage)
    page.new()
    settle(desk)
    form, area = page.detail.form, page.detail.area
    form.editor("id_no").set_raw("37021119480305001X")
    form.editor("remark").focus_target().setFocus()
    settle(desk)
    assert _is_in_sight(area, form.editor("remark").focus_target())
    assert not _is_in_sight(area, form.editor("name").focus_target())
    page.save()
    settle(desk)
    assert form.editor("name").focus_target().hasFocus()
    assert _is_in_sight(area, form._fields["name"].problem)


def test_the_sentence_under_a_field_at_the_lower_edge_is_in_sight_too(
    window: Window, desk: Desk, settle: Callable[[Desk], None]
) -> None:
    """A field that Tab brings into sight shows what is said under it."""
    window.show_place("people")
    page = window.page
    assert isinstance(page, RecordsPage)
    page.new()
    settle(desk)
    form, area = page.detail.form, page.detail.area
    form.show_problem("contact", "手机号应为 11 位，现在是 10 位。")
    form.editor("contact").focus_target().setFocus()
    settle(desk)

    assert _is_in_sight(area, form._fields["contact"].problem)
