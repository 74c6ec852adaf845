"""Printing a ledger: which one, which month, for whose eyes; the preview is the very file that prints."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QSpinBox, QStackedWidget, QVBoxLayout, QWidget

from gridworker.errors import AppError
from gridworker.ledger.facts import Purpose
from gridworker.ledgers.registry import all_ledgers
from gridworker.operations import document as documents
from gridworker.operations.document import Document, Wish
from gridworker.reports import preview, printing
from gridworker.reports.printing import Printer
from ui import dialogs
from ui.desk import Desk
from ui.jobs import Job
from ui.printing import paper
from ui.printing.page_view import PageView
from ui.widgets.buttons import ICON, PRIMARY, button, enable
from ui.widgets.card import Card
from ui.widgets.inputs import Choice
from ui.widgets.labelled import Labelled
from ui.widgets.segmented import Segmented
from ui.widgets.states import Banner, EmptyState, Loading
from ui.widgets.texts import label

_ALL_MONTHS = ""
# A lane of its own: a preview does not wait for a sync that waits for the network.
PAPER = "paper"
_MONTHS = 24
_PAGES, _LOADING, _NOTHING = range(3)
_WORDS = {
    Purpose.ARCHIVE: "留在办公室存档：证件号码等敏感内容隐去一部分。",
    Purpose.NOTICE: "张贴公示：姓名、电话和房号都隐去，只到楼栋。",
}


class PrintCard(QWidget):
    """Choices at the left, the paper at the right; every choice makes the sheet anew, the newest wins."""

    pages_changed = Signal(int)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._document: Document | None = None
        self._job: Job[Document] | None = None
        self._made_for: Wish | None = None
        self.banner = Banner()
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(12)
        line.addWidget(self._make_choices())
        line.addWidget(self._make_paper(), 1)
        self._find_printers()

    def choose(self, ledger: str = "", month: str | None = None, notice: str = "") -> None:
        """Choose what to print from elsewhere in the program; a kind of notice is printed for the public."""
        place = self.ledger.findData(ledger)
        if place >= 0:
            self.ledger.setCurrentIndex(place)
        if month is not None:
            self.month.setCurrentIndex(max(0, self.month.findData(month)))
        if notice:
            self.purpose.set_value(Purpose.NOTICE.value)
            self._suit()
            self.notice.setCurrentIndex(max(0, self.notice.findData(notice)))

    def make(self, *, again: bool = False) -> None:
        """Lay out the chosen sheet, unless it lies there already."""
        wish = self.wish()
        if wish == self._made_for and not again:
            return
        self._made_for = wish
        if self._job:
            self._job.stop()
        self._document = None
        self._offer()
        self._loading.show_progress(0, 0, "正在准备…")
        self._stack.setCurrentIndex(_LOADING)
        session = self._desk.session
        self._job = self._desk.jobs.run(
            lambda progress, cancelled: documents.make(session, wish, progress, cancelled),
            self._made, owner=self, failed=partial(self._failed, wish), progress=self._loading.show_progress,
            cancelled=partial(self._stopped, wish), lane=PAPER,
        )  # fmt: skip

    def wish(self) -> Wish:
        """What is chosen."""
        ledger = str(self.ledger.currentData())
        month = str(self.month.currentData()) if all_ledgers()[ledger].month_field else _ALL_MONTHS
        purpose = Purpose(self.purpose.value())
        kinds = all_ledgers()[ledger].notices if purpose is Purpose.NOTICE else ()
        notice = str(self.notice.currentData() or "") if kinds else ""
        return Wish(ledger, month, purpose, notice)

    def leave(self) -> None:
        """Stop what nobody waits for any more."""
        if self._job and self._document is None:
            self._job.stop()

    def _make_choices(self) -> Card:
        card = Card("打印台账")
        card.setFixedWidth(288)
        inner = QVBoxLayout()
        inner.setContentsMargins(16, 16, 16, 16)
        inner.setSpacing(12)
        self.ledger = Choice()
        for key, one in all_ledgers().items():
            self.ledger.addItem(f"{one.label}台账", key)
        self.ledger.setCurrentIndex(max(0, self.ledger.findData("visit")))
        self.month = Choice()
        for value, text in _months(self._desk):
            self.month.addItem(text, value)
        self.month.setCurrentIndex(1)
        self.purpose = Segmented([(Purpose.ARCHIVE.value, "存档"), (Purpose.NOTICE.value, "公示")], name="用途")
        self.purpose.set_value(Purpose.ARCHIVE.value)
        self._words = label(_WORDS[Purpose.ARCHIVE], "second", wrap=True)
        self._month_field = Labelled("月份", self.month)
        inner.addWidget(Labelled("台账", self.ledger))
        inner.addWidget(self._month_field)
        inner.addWidget(Labelled("用途", self.purpose, buddy=self.purpose.focus_target()))
        self.notice = Choice()
        self._notice_field = Labelled("哪一种公示", self.notice)
        self._notice_field.hide()
        inner.addWidget(self._notice_field)
        inner.addWidget(self._words)
        self._facts = label("", "second", wrap=True)
        inner.addWidget(self._facts)
        inner.addStretch(1)
        inner.addLayout(self._make_printer())
        card.body.addLayout(inner, 1)
        self.ledger.currentIndexChanged.connect(self._chosen)
        self.month.currentIndexChanged.connect(self._chosen)
        self.purpose.changed.connect(self._chosen)
        self.notice.currentIndexChanged.connect(self._chosen)
        return card

    def _make_printer(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(12)
        self.printer = Choice()
        self.copies = QSpinBox()
        self.copies.setRange(1, 99)
        self.copies.setSuffix(" 份")
        self.copies.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self._printer_field = Labelled("打印机", self.printer)
        self._copies_field = Labelled("份数", self.copies)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._printer_field, 1)
        self._copies_field.setFixedWidth(72)
        row.addWidget(self._copies_field)
        column.addLayout(row)
        self.save = button("存为 PDF", self._save, icon="download", key="Ctrl+S", tip="存为 PDF 文件")
        self.print = button("打印", self._print, kind=PRIMARY, icon="printer")
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.save, 1)
        buttons.addWidget(self.print, 1)
        column.addLayout(buttons)
        return column

    def _make_paper(self) -> Card:
        self._where = label("", "second")
        self._closer = button("放大", lambda: self.view.zoom_by(1), kind=ICON, icon="plus", key="+")
        self._farther = button("缩小", lambda: self.view.zoom_by(-1), kind=ICON, icon="minus", key="-")
        self._fit = button("适合宽度", self._fit_width, kind="link", key="0")
        card = Card("预览", self._where, self._farther, self._closer, self._fit)
        self.view = PageView()
        self.view.page_wanted.connect(self._render)
        self.view.page_changed.connect(lambda _page: self._say_where())
        self._loading = Loading("正在准备…", self._stop)
        sentence = "选好台账和月份，这里显示要打印的纸面。"
        make = partial(self.make, again=True)
        self._nothing = EmptyState("printer", "还没有预览", sentence, "生成预览", make)
        self._stack = QStackedWidget()
        for one in (self.view, self._loading, self._nothing):
            self._stack.addWidget(one)
        self._stack.setCurrentIndex(_NOTHING)
        notes = QHBoxLayout()
        notes.setContentsMargins(12, 8, 12, 0)
        notes.addWidget(self.banner)
        card.body.addLayout(notes)
        card.body.addWidget(self._stack, 1)
        self._offer()
        return card

    def _fit_width(self) -> None:
        self.view.fit_width()

    def _chosen(self, _choice: object = None) -> None:
        self._suit()
        self.banner.hide()
        if self.isVisible():
            self.make()

    def _suit(self) -> None:
        """Offer what the chosen ledger can be asked for."""
        ledger, purpose = all_ledgers()[str(self.ledger.currentData())], Purpose(self.purpose.value())
        self._month_field.setVisible(bool(ledger.month_field))
        self._words.setText(_WORDS[purpose])
        if [self.notice.itemData(row) for row in range(self.notice.count())] != [one.key for one in ledger.notices]:
            self.notice.blockSignals(True)
            self.notice.clear()
            for one in ledger.notices:
                self.notice.addItem(one.label, one.key)
            self.notice.blockSignals(False)
        self._notice_field.setVisible(purpose is Purpose.NOTICE and bool(ledger.notices))

    def _made(self, document: Document) -> None:
        if document.wish != self._made_for:
            return
        self._document, self._job = document, None
        self.view.show_document(document.report.pages, document.page_size)
        self._stack.setCurrentIndex(_PAGES)
        facts = [f"{document.report.rows:,} 条记录，{document.report.pages:,} 页。"]
        missing = document.report.missing_characters
        if missing:
            facts.append(f"有 {len(missing)} 个字没有字体可印：{'、'.join(missing[:8])}。")
        self._facts.setText("\n".join(facts))
        self._say_where()
        self._offer()
        self.pages_changed.emit(document.report.pages)

    def _failed(self, wish: Wish, error: AppError) -> None:
        if wish == self._made_for:
            self._made_for = None
            self._stack.setCurrentIndex(_NOTHING)
            self.banner.tell(error)

    def _stopped(self, wish: Wish) -> None:
        if wish == self._made_for:
            self._made_for = None
            self._stack.setCurrentIndex(_NOTHING)

    def _stop(self) -> None:
        self._loading.show_stopping()
        if self._job:
            self._job.stop()

    def _render(self, index: int, dpi: float) -> None:
        document = self._document
        if document is None:
            return

        def drawn(answer: tuple[int, int, bytes]) -> None:
            if document is self._document:
                width, height, pixels = answer
                image = QImage(pixels, width, height, width * 4, QImage.Format.Format_RGBA8888)
                # Without the copy the picture would point into bytes that Python lets go.
                self.view.set_page(index, dpi, image.copy())

        self._desk.jobs.run(
            lambda _progress, _cancelled: preview.render_page(document.data, index, dpi),
            drawn, owner=self, lane=PAPER,
        )  # fmt: skip

    def _say_where(self) -> None:
        pages = self._document.report.pages if self._document else 0
        self._where.setText(f"第 {self.view.page + 1} 页，共 {pages} 页" if pages else "")

    def _offer(self) -> None:
        ready = self._document is not None
        for one in (self.save, self.print, self._closer, self._farther, self._fit):
            enable(one, on=ready, why_not="预览生成后可用")

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

    def save_pdf(self) -> None:
        """Ctrl+S: save what is shown."""
        if self.save.isEnabled():
            self._save()

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

    def _print_raster(self, document: Document, printer: object) -> None:
        def work(progress: Callable[[int, int, str], None], cancelled: Callable[[], bool]) -> int:
            printed = paper.print_pages(document.data, printer, progress, cancelled)  # type: ignore[arg-type]
            documents.note_printed(self._desk.session, document)
            return printed

        job = self._desk.jobs.run(
            work, lambda pages: self.banner.say(f"已送到打印机，共 {pages} 页。", tone="ok"), owner=self,
            failed=self.banner.tell, progress=lambda _done, _total, text: self.banner.say(text),
            cancelled=lambda: self.banner.say("已停止打印，已经送出的页不能收回。"), lane=PAPER,
        )  # fmt: skip
        self.banner.say("正在打印…", action="停止", pressed=job.stop)

    def _out(self, work: Callable[[], object], said: str) -> None:
        self.banner.hide()
        self._desk.jobs.run(
            lambda _progress, _cancelled: work(), lambda _result: self.banner.say(said, tone="ok"), owner=self,
            failed=self.banner.tell, lane=PAPER,
        )  # fmt: skip

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        self._suit()
        self.ledger.setFocus(Qt.FocusReason.OtherFocusReason)


def _months(desk: Desk) -> list[tuple[str, str]]:
    """The whole ledger, then the months back from this one."""
    today = desk.session.today()
    year, month = today.year, today.month
    listed = [(_ALL_MONTHS, "全部")]
    for _ in range(_MONTHS):
        listed.append((f"{year}-{month:02d}", f"{year}年{month}月"))
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return listed


def _file_name(wish: Wish) -> str:
    ledger = all_ledgers()[wish.ledger]
    hung = next((one.label for one in ledger.notices if one.key == wish.notice), "")
    if hung:
        return f"{hung}{wish.month and f'-{wish.month}'}.pdf"
    kind = "公示" if wish.purpose is Purpose.NOTICE else "存档"
    return f"{ledger.label}台账{wish.month and f'-{wish.month}'}-{kind}.pdf"
