"""Likely duplicates on a ledger's page: the line above the list, and the cards that take the list's place."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gridworker.operations import browse
from gridworker.operations.save import Saved
from ui.desk import Desk
from ui.residents.beside import Beside
from ui.widgets.buttons import LINK, button
from ui.widgets.tab_order import put_before


class TwinsAside(QObject):
    """Brings `Beside` into the line of a page when it is first needed; `link` is for the page to place."""

    shown = Signal()
    """A card stands in the place of the list."""
    closing = Signal()
    """Before the card goes: whoever hides what has the focus lets Qt choose where it goes."""
    closed = Signal()
    merged = Signal(object, object)
    """(Saved, Record): two registrations are one now, and this one stays."""

    def __init__(self, desk: Desk, ledger_key: str, line: QHBoxLayout, following: QWidget) -> None:
        super().__init__(following)
        self._desk, self._ledger_key, self._line, self._following = desk, ledger_key, line, following
        self._beside: Beside | None = None
        self.link = button("", self.show_pairs, kind=LINK, icon="users", tip="对照以后可以合并成一条")
        self.link.setAccessibleName("可能重复的登记")
        self.link.hide()

    @property
    def beside(self) -> Beside:
        """The cards, made when they are first needed."""
        if self._beside is None:
            self._beside = Beside(self._desk)
            self._line.insertWidget(0, self._beside, 1)
            self._beside.shown.connect(self.shown)
            self._beside.closing.connect(self.closing)
            self._beside.closed.connect(self.closed)
            self._beside.pairs_counted.connect(self._name)
            self._beside.merged.connect(self._merged)
        return self._beside

    def is_open(self) -> bool:
        """Whether a card stands in the place of the list."""
        return self._beside is not None and not self._beside.isHidden()

    def count(self) -> None:
        """Look for pairs; only residents are compared with one another."""
        if self._ledger_key == "person":
            self.beside.count_pairs()

    def show_other(self, record_id: str) -> None:
        """Read another registration beside the form."""
        self.beside.show_other(record_id)

    def compare(self, one_id: str, other_id: str) -> None:
        """Look at two registrations side by side."""
        self.beside.compare(one_id, other_id)

    def show_pairs(self) -> None:
        """All likely pairs in the place of the list."""
        self.beside.show_pairs()

    def back(self) -> bool:
        """One step back, where a card is open."""
        if not self.is_open():
            return False
        self.beside.close_card()
        return True

    def _merged(self, saved: Saved, kept: str) -> None:
        self._desk.call(browse.record, kept, done=lambda record: self.merged.emit(saved, record), owner=self)

    def _name(self, count: int) -> None:
        text = f"{count} 对可能重复"
        self.link.setText(f"\u2009{text}")
        self.link.setAccessibleName(text)
        self.link.setVisible(count > 0)
        put_before(self.link, self._following)
