"""Likely duplicates on a ledger's page: the line above the list, and the cards that take the list's place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from gridworker.ledger.record import Record
from gridworker.operations import browse
from gridworker.operations.save import Saved
from ui.residents.beside import Beside
from ui.widgets.buttons import LINK, button
from ui.widgets.tab_order import put_before

if TYPE_CHECKING:
    from ui.records.page import RecordsPage


class TwinsAside:
    """Brings `Beside` into a page when it is first needed."""

    def __init__(self, page: RecordsPage) -> None:
        self._page = page
        self._beside: Beside | None = None
        self.link = button("", self.show_pairs, kind=LINK, icon="users", tip="对照以后可以合并成一条")
        self.link.setAccessibleName("可能重复的登记")
        self.link.hide()
        page.left.insertWidget(0, self.link, 0, Qt.AlignmentFlag.AlignLeft)

    @property
    def beside(self) -> Beside:
        """The cards, made when they are first needed."""
        if self._beside is None:
            self._beside = Beside(self._page.desk)
            self._page.line.insertWidget(0, self._beside, 1)
            self._beside.shown.connect(self._page.lay_out)
            self._beside.closing.connect(self._closing)
            self._beside.closed.connect(self._closed)
            self._beside.pairs_counted.connect(self._name)
            self._beside.merged.connect(self._merged)
        return self._beside

    def is_open(self) -> bool:
        """Whether a card stands in the place of the list."""
        return self._beside is not None and not self._beside.isHidden()

    def count(self) -> None:
        """Look for pairs; only residents are compared with one another."""
        if self._page.ledger_key == "person":
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
        page = self._page

        def shown(record: Record) -> None:
            # Before the news: the other registration goes to the bin, and its card would close with it.
            page.show_record(record)
            page.list.keep(record.id)
            page.desk.saved(saved, "已合并重复登记")

        page.desk.call(browse.record, kept, done=shown, owner=page)

    def _name(self, count: int) -> None:
        text = f"{count} 对可能重复"
        self.link.setText(f"\u2009{text}")
        self.link.setAccessibleName(text)
        self.link.setVisible(count > 0)
        put_before(self.link, self._page.list.filter)

    def _closing(self) -> None:
        # A list that is given the focus looks at a row, and the record being typed would be left.
        if self._page.is_open():
            self._page.focus_form()

    def _closed(self) -> None:
        page = self._page
        page.lay_out()
        if not page.is_open():
            page.list.table.setFocus(Qt.FocusReason.OtherFocusReason)
