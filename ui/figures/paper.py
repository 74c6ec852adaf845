"""The report of the figures on paper and as a workbook, with the dialogs of the system."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QWidget

from gridworker.operations import figures_report
from gridworker.operations.figures import Period
from gridworker.operations.figures_report import Rendered
from ui import dialogs
from ui.desk import Desk
from ui.widgets.states import Banner

_LANE = "paper"
_PDF, _BOOK = "PDF 文件 (*.pdf)", "Excel 表格 (*.xlsx)"


class ReportOut:
    """Takes the report of an area out of the ledger; says in the banner how it went."""

    def __init__(self, desk: Desk, owner: QWidget, banner: Banner) -> None:
        self._desk, self._owner, self._banner = desk, owner, banner

    def save_pdf(self, period: Period, area: str, name: str) -> None:
        """As a PDF where the person says."""
        self._save(period, area, f"{name}.pdf", _PDF, figures_report.save_pdf)

    def save_workbook(self, period: Period, area: str, name: str) -> None:
        """As a workbook where the person says."""
        self._save(period, area, f"{name}.xlsx", _BOOK, figures_report.save_workbook)

    def print(self, period: Period, area: str) -> None:
        """On a printer the person chooses."""
        session = self._desk.session

        def render(_progress: object, _cancelled: Callable[[], bool]) -> Rendered:
            return figures_report.render(session, figures_report.report(session, period, area=area), _cancelled)

        self._banner.say("正在排版…")
        self._desk.jobs.run(render, self._rendered, owner=self._owner, failed=self._banner.tell, lane=_LANE)

    def _rendered(self, made: Rendered) -> None:
        # Printing draws in libraries that nothing else of this page needs.
        from ui.printing import paper

        self._banner.hide()
        printer = paper.printer_for(made.page_size)
        if not dialogs.choose_printer(self._owner, printer):
            return

        def work(progress: Callable[[int, int, str], None], cancelled: Callable[[], bool]) -> int:
            printed = paper.print_pages(made.data, printer, progress, cancelled)
            figures_report.note_printed(self._desk.session, made.report)
            return printed

        job = self._desk.jobs.run(
            work, lambda pages: self._banner.say(f"已送到打印机，共 {pages} 页。", tone="ok"), owner=self._owner,
            failed=self._banner.tell, lane=_LANE,
            cancelled=lambda: self._banner.say("已停止打印，已经送出的页不能收回。"),
        )  # fmt: skip
        self._banner.say("正在打印…", action="停止", pressed=job.stop)

    def _save(self, period: Period, area: str, name: str, kinds: str, write: Callable[..., object]) -> None:
        path = dialogs.save_file(self._owner, "存为", name, kinds)
        if not path:
            return
        session = self._desk.session

        def work(_progress: object, _cancelled: object) -> None:
            write(session, figures_report.report(session, period, area=area), Path(path))

        self._banner.say("正在写文件…")
        self._desk.jobs.run(
            work, lambda _done: self._banner.say(f"已存为 {Path(path).name}。", tone="ok"), owner=self._owner,
            failed=self._banner.tell, lane=_LANE,
        )  # fmt: skip
