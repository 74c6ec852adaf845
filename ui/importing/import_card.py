"""Importing a workbook, step by step: file, columns, rows, report; nothing is written before the last button."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget

from gridworker.errors import AppError
from gridworker.operations import import_, import_drafts
from gridworker.operations.import_ import REFUSED, ImportPlan, ImportReport
from gridworker.operations.import_drafts import BegunImport
from ui import dialogs
from ui.desk import Desk
from ui.importing.choose_step import ChooseStep
from ui.importing.columns_step import ColumnsStep
from ui.importing.plan_in_hand import LANE, PlanInHand
from ui.importing.report_step import ReportStep
from ui.importing.rows_step import RowsStep
from ui.jobs import Job
from ui.widgets.buttons import PRIMARY, button, enable
from ui.widgets.card import Card
from ui.widgets.states import Banner, Loading
from ui.widgets.texts import label, restyle

CHOOSE, COLUMNS, ROWS, REPORT, BUSY = range(5)
_STEPS = ("选择文件", "核对列", "核对行", "完成")
Work = Callable[[Callable[[int, int, str], None], Callable[[], bool]], object]


class ImportCard(Card):
    """The wizard. What the person chose is kept in the plan until the import, whatever page she visits meanwhile."""

    opened = Signal(str)

    def __init__(self, desk: Desk) -> None:
        super().__init__("导入表格")
        self._desk = desk
        self.hand = PlanInHand(desk, self)
        self._report: ImportReport | None = None
        self._job: Job[object] | None = None
        self._step = CHOOSE
        self._path = Path()
        self._crumbs = [label(f"{number} {text}", "hint") for number, text in enumerate(_STEPS, 1)]
        for place, crumb in enumerate(self._crumbs):
            if place:
                self.head.addWidget(label("›", "hint"))
            self.head.addWidget(crumb)
        self.banner = Banner()
        notes = QHBoxLayout()
        notes.setContentsMargins(12, 8, 12, 0)
        notes.addWidget(self.banner)
        self.body.addLayout(notes)
        self.choose, self.columns, self.rows, self.report = ChooseStep(), ColumnsStep(), RowsStep(), ReportStep()
        self.busy = Loading("正在读取…", self._stop)
        self._stack = QStackedWidget()
        for one in (self.choose, self.columns, self.rows, self.report, self.busy):
            self._stack.addWidget(one)
        self.body.addWidget(self._stack, 1)
        self._make_foot()
        self._connect()
        self._go(CHOOSE)
        desk.call(import_drafts.load, done=self._take_up, owner=self)

    @property
    def plan(self) -> ImportPlan | None:
        """What would be written, once a file is read."""
        return self.hand.plan

    def choose_ledger(self, key: str) -> None:
        """Begin with a ledger, unless an import is under way."""
        if self._step == CHOOSE:
            self.choose.choose_ledger(key)

    def read(self, ledger: str, path: str) -> None:
        """Read a file and show what was recognised."""
        self._path = Path(path)
        self._work(
            lambda progress, cancelled: import_.read(
                self._desk.session, ledger, Path(path), progress=progress, cancelled=cancelled
            ),
            self._was_read, back_to=CHOOSE, text="正在读取表格…",
        )  # fmt: skip

    def _take_up(self, begun: BegunImport | None) -> None:
        """Go on where the program was locked or ended; nobody who has begun anew meanwhile is disturbed."""
        if begun is None or self._stack.currentIndex() != CHOOSE:
            return
        self._path = begun.path
        self._work(
            lambda progress, cancelled: import_drafts.go_on(
                self._desk.session, begun, progress=progress, cancelled=cancelled
            ),
            lambda plan: self._was_taken_up(plan, begun), back_to=CHOOSE, text="正在接着上次的导入…",
        )  # fmt: skip
        if self._job:
            # A file that cannot be read any more is not tried at every start.
            self._job.failed.connect(lambda _error: self._forget())

    def _was_taken_up(self, plan: object, begun: BegunImport) -> None:
        self._was_read(plan)
        changed = (
            "文件后来改过，已按新的内容重读，请重新核对。" if begun.choices is None else "选过的列和改过的格都在。"
        )
        self.banner.say(
            f"接着上次没做完的导入：{begun.path.name}。{changed}", tone="warn" if begun.choices is None else ""
        )

    def _keep(self) -> None:
        if self.plan:
            self._desk.call(import_drafts.keep, self._path, self.plan, owner=self)

    def _forget(self) -> None:
        self._desk.call(import_drafts.drop, owner=self)

    def back(self) -> bool:
        """Esc: the step before."""
        if self._step in (COLUMNS, ROWS):
            self._go(self._step - 1)
            return True
        return False

    def _make_foot(self) -> None:
        foot = self.add_foot()
        self._said = label("", "second")
        self._again = button("换一个文件", self._start_over)
        self._before = button("上一步", self.back, key="Esc")
        self.next = button("下一步", self._next, kind=PRIMARY, key="Ctrl+Return")
        foot.addWidget(self._said)
        foot.addStretch(1)
        for one in (self._again, self._before, self.next):
            foot.addWidget(one)
        self._foot = foot.parentWidget() or self

    def _connect(self) -> None:
        self.choose.chosen.connect(self.read)
        self.columns.mapped.connect(self.hand.map)
        self.columns.sheet_chosen.connect(self.hand.choose_sheet)
        self.rows.retyped.connect(self.hand.retype)
        self.rows.skip_changed.connect(self.hand.skip)
        self.rows.states_decided.connect(self.hand.decide_states)
        self.hand.checking.connect(self._say_checking)
        self.hand.checked.connect(self._was_checked)
        self.hand.refused.connect(self._change_refused)
        self.report.undo_requested.connect(self._undo)
        self.report.refused_requested.connect(self._save_refused)
        self.report.open_requested.connect(self._open_ledger)
        self.report.again_requested.connect(self._start_over)

    def _say_checking(self) -> None:
        self.rows.say("正在重新核对…")

    def _open_ledger(self) -> None:
        if self.plan is not None:
            self.opened.emit(self.plan.ledger.key)

    def _go(self, step: int) -> None:
        if step != BUSY:
            self._step = step
        self._stack.setCurrentIndex(step)
        for place, crumb in enumerate(self._crumbs):
            restyle(crumb, role="group" if place == min(self._step, REPORT) else "hint")
        self._foot.setVisible(step in (COLUMNS, ROWS))
        self._before.setVisible(step == ROWS)
        plan = self.plan
        if plan is None:
            return
        writes = plan.counts["new"] + plan.counts["changed"]
        self._said.setText(f"{plan.source} · {plan.ledger.label}台账")
        self.next.setText("下一步：核对每一行" if step == COLUMNS else f"导入 {writes:,} 条")
        enable(self.next, on=step == COLUMNS or writes > 0, why_not="没有要新增或修改的行")

    def next_step(self) -> None:
        """Ctrl+Enter."""
        if self._foot.isVisible() and self.next.isEnabled():
            self._next()

    def _next(self) -> None:
        if self._step == COLUMNS and self.plan:
            self.rows.show_plan(self.plan, REFUSED if self.plan.counts[REFUSED] else "")
            self._go(ROWS)
            self.rows.begin()
        elif self._step == ROWS:
            self._apply()

    def _start_over(self) -> None:
        self.banner.hide()
        self.hand.plan, self._report = None, None
        self._forget()
        self._go(CHOOSE)
        self.choose.file.setFocus()

    # -- the plan

    def _was_read(self, plan: object) -> None:
        if isinstance(plan, ImportPlan):
            self.hand.plan = plan
            self.columns.show_plan(plan)
            self._go(COLUMNS)
            self.next.setFocus()
            self._keep()

    def _was_checked(self) -> None:
        if self.plan is not None:
            self.columns.show_plan(self.plan)
            self.rows.show_plan(self.plan)
            self._go(self._step)
            self._keep()

    def _change_refused(self, error: AppError) -> None:
        if self.plan is not None:
            self.columns.show_plan(self.plan)
        self.banner.tell(error)

    # -- writing

    def _apply(self) -> None:
        plan = self.plan
        if plan is None:
            return
        self._work(
            lambda progress, cancelled: import_.apply(self._desk.session, plan, progress=progress, cancelled=cancelled),
            self._was_applied, back_to=ROWS, text="正在导入…",
        )  # fmt: skip

    def _was_applied(self, report: object) -> None:
        if isinstance(report, ImportReport) and self.plan:
            self._report = report
            self._forget()
            self.report.show_report(self.plan, report)
            self._go(REPORT)
            self._desk.publish(report.changes)

    def _undo(self) -> None:
        report = self._report
        if report is None:
            return

        def undone(answer: object) -> None:
            self._go(REPORT)
            if isinstance(answer, import_.UndoReport):
                self.report.show_undone(answer.sentence)
                self._desk.publish(answer.changes)

        self._work(
            lambda _progress, _cancelled: import_.undo_import(self._desk.session, report.batch),
            undone, back_to=REPORT, text="正在撤销…",
        )  # fmt: skip

    def _save_refused(self) -> None:
        plan = self.plan
        if plan is None:
            return
        name = f"{Path(plan.source).stem}-被拒的行.xlsx"
        path = dialogs.save_file(self, "把被拒的行另存为表格", name, "Excel 工作簿 (*.xlsx)")
        if path:
            self._desk.jobs.run(
                lambda _progress, _cancelled: import_.save_refused(plan, Path(path)),
                lambda count: self.banner.say(
                    f"已存 {count} 行到 {Path(path).name}，改好后再导入这个文件就行。", tone="ok"
                ),
                owner=self, failed=self.banner.tell, lane=LANE,
            )  # fmt: skip

    def _work(self, work: Work, done: Callable[[object], None], *, back_to: int, text: str) -> None:
        self.banner.hide()
        self.busy.show_progress(0, 0, text)
        self._go(BUSY)

        def failed(error: AppError) -> None:
            self._go(back_to)
            self.banner.tell(error)

        self._job = self._desk.jobs.run(
            work, done, owner=self, failed=failed, progress=self.busy.show_progress,
            cancelled=lambda: self._go(back_to), lane=LANE,
        )  # fmt: skip

    def _stop(self) -> None:
        self.busy.show_stopping()
        if self._job:
            self._job.stop()
