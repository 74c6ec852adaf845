"""Where a sheet goes that was laid out: into a PDF file, to the system's print queue, or to a printer page by page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QHBoxLayout, QSpinBox, QWidget

from gridworker.ledger.facts import Purpose
from gridworker.ledgers.registry import all_ledgers
from gridworker.operations import document as documents
from gridworker.operations.document import Document, Wish
from gridworker.reports import printing
from gridworker.reports.printing import Printer
from ui import dialogs
from ui.desk import Desk
from ui.printing import paper
from ui.widgets.buttons import PRIMARY, button, enable
from ui.widgets.inputs import Choice
from ui.widgets.labelled import Labelled
from ui.widgets.stacking import column_in
from ui.widgets.states import Banner


class Outlet(QWidget):
    """The printer, how many copies, 存为 PDF and 打印; what happens is told in the banner."""

    def __init__(self, desk: Desk, banner: Banner) -> None:
        super().__init__()
        self._desk, self._banner = desk, banner
        self._document: Document | None = None
        self.printer = Choice()
        self.copies = QSpinBox()
        self.copies.setRange(1, 99)
        self.copies.setSuffix(" 份")
        self.copies.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self._printer_field = Labelled("打印机", self.printer)
        self._copies_field = Labelled("份数", self.copies)
        self._copies_field.setFixedWidth(72)
        self.save = button("存为 PDF", self._save, icon="download", key="Ctrl+S", tip="存为 PDF 文件")
        self.print = button("打印", self._print, kind=PRIMARY, icon="printer")
        column = column_in(self, 12)
        column.addLayout(_line(self._printer_field, 1, self._copies_field, 0))
        column.addLayout(_line(self.save, 1, self.print, 1))
        self._find_printers()

    def offer(self, document: Document | None) -> None:
        """Let this sheet go out; without one nothing can."""
        self._document = document
        for one in (self.save, self.print):
            enable(one, on=document is not None, why_not="预览生成后可用")

    def save_pdf(self) -> None:
        """Ctrl+S: save what is shown."""
        if self.save.isEnabled():
            self._save()

    def _find_printers(self) -> None:
        def found(printers: tuple[Printer, ...]) -> None:
            for one in printers:
                self.printer.addItem(one.name, one.name)
            queue = bool(printers)
            self._printer_field.setVisible(queue)
            self._copies_field.setVisible(queue)

        self._printer_field.hide()
        self._copies_field.hide()
        self._desk.jobs.run(lambda _progress, _cancelled: printing.list_printers(), found, owner=self)

    def _save(self) -> None:
        document = self._document
        if document is None:
            return
        path = dialogs.save_file(self, "存为 PDF", _file_name(document.wish), "PDF 文件 (*.pdf)")
        if path:
            self._out(lambda: documents.save(self._desk.session, document, Path(path)), f"已存为 {Path(path).name}。")

    def _print(self) -> None:
        document = self._document
        if document is None:
            return
        if self.printer.count():
            name, copies = str(self.printer.currentData()), self.copies.value()
            self._out(lambda: documents.spool(self._desk.session, document, name, copies), f"已送到打印机 {name}。")
            return
        printer = paper.printer_for(document.page_size)
        if dialogs.choose_printer(self, printer):
            self._print_raster(document, printer)

    def _print_raster(self, document: Document, printer: QPrinter) -> None:
        def work(progress: Callable[[int, int, str], None], cancelled: Callable[[], bool]) -> int:
            printed = paper.print_pages(document.data, printer, progress, cancelled)
            documents.note_printed(self._desk.session, document)
            return printed

        job = self._desk.jobs.run(
            work, lambda pages: self._banner.say(f"已送到打印机，共 {pages} 页。", tone="ok"), owner=self,
            failed=self._banner.tell, progress=lambda _done, _total, text: self._banner.say(text),
            cancelled=lambda: self._banner.say("已停止打印，已经送出的页不能收回。"), lane=paper.LANE,
        )  # fmt: skip
        self._banner.say("正在打印…", action="停止", pressed=job.stop)

    def _out(self, work: Callable[[], object], said: str) -> None:
        self._banner.hide()
        self._desk.jobs.run(
            lambda _progress, _cancelled: work(), lambda _result: self._banner.say(said, tone="ok"), owner=self,
            failed=self._banner.tell, lane=paper.LANE,
        )  # fmt: skip


def _line(first: QWidget, first_part: int, second: QWidget, second_part: int) -> QHBoxLayout:
    line = QHBoxLayout()
    line.setSpacing(8)
    line.addWidget(first, first_part)
    line.addWidget(second, second_part)
    return line


def _file_name(wish: Wish) -> str:
    ledger = all_ledgers()[wish.ledger]
    hung = next((one.label for one in ledger.notices if one.key == wish.notice), "")
    if hung:
        return f"{hung}{wish.month and f'-{wish.month}'}.pdf"
    kind = "公示" if wish.purpose is Purpose.NOTICE else "存档"
    return f"{ledger.label}台账{wish.month and f'-{wish.month}'}-{kind}.pdf"
