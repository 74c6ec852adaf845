"""Reference data (参考数据): what is in force and from where, a file taken in after its changes were seen, and back."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (  # fmt: skip
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from gridworker.errors import AppError, KnownError
from gridworker.operations import reference_data
from gridworker.operations.changes import Changes
from gridworker.operations.reference_data import Listed, Preview, Standing
from gridworker.operations.session import Session
from gridworker.planning.reference import CODE_TABLE, KIND_LABELS
from ui import dialogs
from ui.desk import Desk
from ui.jobs import LONG
from ui.widgets.buttons import PRIMARY, button, enable
from ui.widgets.card import rule
from ui.widgets.inputs import Choice
from ui.widgets.labelled import Labelled
from ui.widgets.stacking import column_in
from ui.widgets.states import Banner
from ui.widgets.texts import label

_FILES = "参考数据 (*.json *.csv *.xlsx *.xls);;所有文件 (*)"
_EXPORTS = {CODE_TABLE: "工作簿 (*.xlsx);;JSON (*.json);;CSV (*.csv)"}
_SET_BY = {"": "程序自带", "here": "本机导入", "server": "服务器统一"}
_HEADINGS = ("名称", "版本", "谁设的", "出处")
_ROWS_SEEN = 8
_ROW = 36
_KEEP_CHANGES = 12


class ReferenceSection(QWidget):
    """Lists the items of a kind; a file is looked at first and taken in on a second word."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._items: list[Listed] = []
        self._seen: Preview | None = None
        column = column_in(self, 12)
        words = "代码表、放假安排、时限和口径都是数据：可以换成本地的规定，也可以随时恢复程序自带的内容。"
        column.addWidget(label(words, "second", wrap=True))
        self.holidays = Banner()
        self.banner = Banner()
        column.addWidget(self.holidays)
        column.addWidget(self.banner)
        # Above the list: below it what is to be decided would be out of sight.
        self._preview = self._make_preview()
        column.addWidget(self._preview)
        self._preview.hide()
        self.kind = Choice()
        self.kind.addItem("全部", "")
        for key, text in KIND_LABELS.items():
            self.kind.addItem(text, key)
        self.kind.currentIndexChanged.connect(lambda _index: self.read())
        column.addWidget(Labelled("哪一类", self.kind))
        self.table = self._make_table()
        column.addWidget(self.table)
        column.addLayout(self._make_buttons())
        self._refused = label("", "hint", wrap=True)
        column.addWidget(self._refused)
        column.addStretch(1)

    def read(self) -> None:
        """Read what is in force, and what may be done about it."""
        kind = str(self.kind.currentData())
        self._desk.call(reference_data.standing, kind, done=self._show, owner=self, failed=self.banner.tell)

    # -- building

    def _make_table(self) -> QTableWidget:
        table = QTableWidget(0, len(_HEADINGS))
        table.setAccessibleName("在用的参考数据")
        table.setHorizontalHeaderLabels(_HEADINGS)
        table.setProperty("frame", "true")
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(_ROW)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        header = table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        header.setHighlightSections(False)
        table.setMinimumHeight(_ROW * _ROWS_SEEN)
        table.itemSelectionChanged.connect(self._suit)
        return table

    def _make_buttons(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(8)
        self.take = button("导入一份文件", self._choose, icon="import", tip="先看会改变什么，再决定")
        self.give = button("导出", self._export, icon="download", tip="写成文件，改好以后可以再导入")
        self.back = button("恢复自带内容", self._reset, icon="undo-2")
        for one in (self.take, self.give, self.back):
            line.addWidget(one)
        line.addStretch(1)
        return line

    def _make_preview(self) -> QWidget:
        held = QWidget()
        column = column_in(held, 8)
        column.addWidget(label("导入以后会这样", "group"))
        self.told = label("", wrap=True, selectable=True)
        column.addWidget(self.told)
        line = QHBoxLayout()
        line.addStretch(1)
        self.leave = button("先不导入", self._forget, tip="什么都不改")
        self.confirm = button("导入", self._take_in, kind=PRIMARY)
        line.addWidget(self.leave)
        line.addWidget(self.confirm)
        column.addLayout(line)
        column.addWidget(rule())
        return held

    # -- showing

    def _show(self, standing: Standing) -> None:
        chosen = self._chosen()
        self._items = list(standing.items)
        self.table.setRowCount(len(self._items))
        for row, one in enumerate(self._items):
            texts = (one.label, f"第 {one.version} 版", _SET_BY[one.set_by], one.source)
            for place, text in enumerate(texts):
                cell = QTableWidgetItem(text)
                cell.setToolTip(text)
                self.table.setItem(row, place, cell)
            if chosen and (one.kind, one.key) == (chosen.kind, chosen.key):
                self.table.selectRow(row)
        self._refused.setText(standing.refused)
        self._refused.setVisible(bool(standing.refused))
        enable(self.take, on=not standing.refused, why_not=standing.refused)
        self._tell_years(standing)
        self._suit()

    def _tell_years(self, standing: Standing) -> None:
        if not standing.missing_years:
            self.holidays.hide()
            return
        years = "、".join(f"{year} 年" for year in standing.missing_years)
        text = (
            f"{years}：该年放假安排未导入。通知发布后请导入；在此之前，跨到那一年的时限按周末和固定节日推算，并注明。"
        )
        may = not standing.refused
        self.holidays.say(text, tone="warn", action="导入放假安排" if may else "", pressed=self._choose)

    def _suit(self) -> None:
        chosen = self._chosen()
        enable(self.give, on=chosen is not None, why_not="请先在上面选一项。")
        own = chosen is not None and chosen.set_by == "here"
        why_not = self._refused.text() or "只有本机导入过的才能恢复。"
        enable(self.back, on=own and not self._refused.text(), why_not=why_not)

    def _chosen(self) -> Listed | None:
        rows = self.table.selectionModel().selectedRows()
        return self._items[rows[0].row()] if rows and rows[0].row() < len(self._items) else None

    # -- acting

    def _choose(self) -> None:
        path = dialogs.open_file(self, "选择参考数据文件", _FILES)
        if not path:
            return
        chosen = self._chosen()
        key = chosen.key if chosen and chosen.kind == CODE_TABLE else ""
        self._desk.call(_look, Path(path), key, done=self._show_preview, owner=self, failed=self._failed, lane=LONG)

    def _show_preview(self, seen: Preview) -> None:
        self.banner.hide()
        self._seen = seen
        lines = seen.lines
        more = [f"另有 {len(lines) - _KEEP_CHANGES} 项时限会变。"] if len(lines) > _KEEP_CHANGES else []
        self.told.setText("\n".join([*lines[:_KEEP_CHANGES], *more]))
        self.confirm.setText("停用并导入" if seen.in_use else "导入")
        enable(self.confirm, on=not seen.change.is_none, why_not="文件和现在的内容一样，不用导入。")
        self._preview.show()
        (self.leave if seen.change.is_none else self.confirm).setFocus(Qt.FocusReason.OtherFocusReason)

    def _forget(self) -> None:
        self._seen = None
        self._preview.hide()
        self.take.setFocus(Qt.FocusReason.OtherFocusReason)

    def _take_in(self) -> None:
        if self._seen is None:
            return
        enable(self.confirm, on=False, why_not="正在导入…")
        self._desk.call(
            reference_data.take_in, self._seen, retire_used=bool(self._seen.in_use), done=self._taken, owner=self,
            failed=self._failed, lane=LONG,
        )  # fmt: skip

    def _taken(self, seen: Preview) -> None:
        self._forget()
        self.banner.say(f"{seen.change.label}已导入，马上生效。", tone="ok")
        self._desk.publish(Changes(bulk=True))
        self.read()

    def _export(self) -> None:
        chosen = self._chosen()
        if chosen is None:
            return
        kinds = _EXPORTS.get(chosen.kind, "JSON (*.json)")
        ending = ".xlsx" if chosen.kind == CODE_TABLE else ".json"
        name = chosen.label.replace("“", "-").replace("”", "").replace(" ", "")
        path = dialogs.save_file(self, "导出参考数据", f"{name}{ending}", kinds)
        if path:
            self._desk.call(
                reference_data.export, chosen.kind, chosen.key, Path(path), owner=self, failed=self._failed,
                done=lambda _nothing: self.banner.say(f"已写好 {Path(path).name}。", tone="ok"),
            )  # fmt: skip

    def _reset(self) -> None:
        chosen = self._chosen()
        if chosen:
            self._desk.call(
                reference_data.reset, chosen.kind, chosen.key, done=partial(self._was_reset), owner=self,
                failed=self._failed,
            )  # fmt: skip

    def _was_reset(self, said: str) -> None:
        self.banner.say(said, tone="ok")
        self._desk.publish(Changes(bulk=True))
        self.read()

    def _failed(self, error: AppError) -> None:
        enable(self.confirm, on=True)
        self.banner.tell(error)


def _look(session: Session, path: Path, key: str) -> Preview:
    """What a file would change; a sheet that does not name its table is of the one that is marked in the list."""
    try:
        return reference_data.preview(session, path)
    except KnownError:
        if not key:
            raise
        return reference_data.preview(session, path, key=key)
