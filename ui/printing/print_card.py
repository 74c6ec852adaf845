"""Printing a ledger: which one, which month, for whose eyes; the preview is the very file that prints."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from gridworker.errors import AppError
from gridworker.operations import document as documents
from gridworker.operations.document import Document, Wish
from gridworker.reports import preview
from ui.desk import Desk
from ui.jobs import Job
from ui.printing import paper
from ui.printing.choices import PrintChoices
from ui.printing.outlet import Outlet
from ui.printing.page_view import PageView
from ui.widgets.buttons import ICON, button, enable
from ui.widgets.card import Card
from ui.widgets.stacking import line_in
from ui.widgets.states import Banner, EmptyState, Loading
from ui.widgets.texts import label

_PAGES, _LOADING, _NOTHING = range(3)


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
        line = line_in(self, 12)
        self.outlet = Outlet(desk, self.banner)
        self.choices = PrintChoices(desk.session.today(), self.outlet)
        self.choices.changed.connect(self._chosen)
        line.addWidget(self.choices)
        line.addWidget(self._make_paper(), 1)

    def make(self, *, again: bool = False) -> None:
        """Lay out the chosen sheet, unless it lies there already."""
        wish = self.choices.wish()
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
            cancelled=partial(self._stopped, wish), lane=paper.LANE,
        )  # fmt: skip

    def leave(self) -> None:
        """Stop what nobody waits for any more."""
        if self._job and self._document is None:
            self._job.stop()

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

    def _chosen(self) -> None:
        self.banner.hide()
        if self.isVisible():
            self.make()

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
        self.choices.facts.setText("\n".join(facts))
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
            drawn, owner=self, lane=paper.LANE,
        )  # fmt: skip

    def _say_where(self) -> None:
        pages = self._document.report.pages if self._document else 0
        self._where.setText(f"第 {self.view.page + 1} 页，共 {pages} 页" if pages else "")

    def _offer(self) -> None:
        self.outlet.offer(self._document)
        for one in (self._closer, self._farther, self._fit):
            enable(one, on=self._document is not None, why_not="预览生成后可用")

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.choices.suit()
        self.choices.ledger.setFocus(Qt.FocusReason.OtherFocusReason)
