"""更多台账: every ledger without a place of its own in the navigation, with how much is in it and how much is open."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from gridworker.operations.changes import Changes
from gridworker.operations.shelf import Shelved, shelf
from ui.desk import Desk
from ui.pages.page import Page, PrimaryAction
from ui.pages.registry import more_places
from ui.widgets.card import Card, scrolled
from ui.widgets.choice import ChoiceButton

_COLUMNS = 3


class MorePage(Page):
    """One button a ledger; arrows and Tab go over them, Enter opens."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        card = Card("按类别登记的其他台账")
        self.buttons: dict[str, ChoiceButton] = {}
        card.body.addWidget(scrolled(self._make_shelf()))
        column.addWidget(card)
        first = next(iter(self.buttons.values()), None)
        if first is not None:
            self.setFocusProxy(first)

    def primary(self) -> PrimaryAction | None:
        return None

    def enter(self, **given: object) -> None:
        self.refresh()

    def refresh(self, changes: Changes | None = None) -> None:
        if changes is None or changes.bulk or changes.ledgers & self.buttons.keys():
            self.desk.call(shelf, list(self.buttons), done=self._show, owner=self)

    def _make_shelf(self) -> QWidget:
        held, desk = QWidget(), self.desk
        grid = QGridLayout(held)
        grid.setContentsMargins(16, 16, 16, 16)
        grid.setSpacing(12)
        for number, place in enumerate(more_places()):
            made = ChoiceButton(place.label, icon=place.icon, pressed=partial(desk.open_page, place.key))
            self.buttons[place.ledgers[0]] = made
            grid.addWidget(made, number // _COLUMNS, number % _COLUMNS, Qt.AlignmentFlag.AlignTop)
        for column in range(_COLUMNS):
            grid.setColumnStretch(column, 1)
        grid.setRowStretch(grid.rowCount(), 1)
        return held

    def _show(self, shelved: list[Shelved]) -> None:
        for one in shelved:
            self.buttons[one.ledger].say(_told(one))


def _told(one: Shelved) -> str:
    if not one.total:
        return "还没有记录"
    parts = (f"{one.total} 条", f"{one.open} 条在办" if one.open else "", f"最近 {one.newest}" if one.newest else "")
    return "，".join(part for part in parts if part)
