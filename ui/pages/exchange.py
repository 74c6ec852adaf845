"""The place of paper and workbooks: importing a table, printing a ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget

from ui.desk import Desk
from ui.pages.page import Page
from ui.pages.registry import place_of_ledger
from ui.widgets.segmented import Segmented
from ui.widgets.stacking import column_in

if TYPE_CHECKING:
    # Each draws in the libraries of its trade, which the other tab does not need.
    from ui.importing.import_card import ImportCard
    from ui.printing.print_card import PrintCard

IMPORT, PRINT = "import", "print"


class ExchangePage(Page):
    """Two tabs; what was begun in one stays while the other is looked at."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        column = column_in(self, 12)
        self.tabs = Segmented([(IMPORT, "导入表格"), (PRINT, "打印台账")], name="导入或打印")
        self.tabs.setFixedWidth(260)
        self.tabs.changed.connect(self._show)
        column.addWidget(self.tabs)
        self._importing: ImportCard | None = None
        self._printing: PrintCard | None = None
        self._stack = QStackedWidget()
        column.addWidget(self._stack, 1)
        self._show(IMPORT)

    @property
    def importing(self) -> ImportCard:
        """The import, made when it is first looked at."""
        if self._importing is None:
            from ui.importing.import_card import ImportCard

            self._importing = ImportCard(self.desk)
            self._importing.opened.connect(lambda ledger: self.desk.open_page(place_of_ledger(ledger)))
            self._stack.addWidget(self._importing)
        return self._importing

    @property
    def printing(self) -> PrintCard:
        """The print preview, made when it is first looked at."""
        if self._printing is None:
            from ui.printing.print_card import PrintCard

            self._printing = PrintCard(self.desk)
            self._stack.addWidget(self._printing)
        return self._printing

    def enter(self, **given: object) -> None:
        tab, ledger = str(given.get("tab") or self.tabs.value()), str(given.get("ledger") or "")
        if tab == PRINT:
            month = str(given["month"]) if "month" in given else None
            self.printing.choices.choose(ledger, month, str(given.get("notice") or ""))
        elif ledger:
            self.importing.choose_ledger(ledger)
        self._show(tab)

    def leave(self) -> None:
        if self._printing:
            self._printing.leave()

    def back(self) -> bool:
        return self.tabs.value() == IMPORT and self.importing.back()

    def save(self) -> None:
        if self.tabs.value() == PRINT:
            self.printing.outlet.save_pdf()

    def save_and_next(self) -> None:
        if self.tabs.value() == IMPORT:
            self.importing.next_step()

    def print_preview(self) -> None:
        self._show(PRINT)

    def _show(self, tab: str) -> None:
        self.tabs.set_value(tab)
        self._stack.setCurrentWidget(self.printing if tab == PRINT else self.importing)
        if tab == PRINT and self.isVisible():
            self.printing.make()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.tabs.value() == PRINT:
            self.printing.make()
