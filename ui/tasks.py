"""The list of what is due: sections by urgency, two lines each, with words for how late it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QAbstractListModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QListView

from gridworker.operations.plan import VISIT, DueItem
from gridworker.planning.visit_plan import GROUP_LABELS
from ui.day.task_rows import Index, TaskDelegate, flag_words, told_words, when_words

__all__ = ["TaskList", "TaskModel", "when_words"]


class TaskModel(QAbstractListModel):
    """Due things in their groups; a row is an item or the title of a section."""

    def __init__(self) -> None:
        super().__init__()
        self.today = date.min
        self._rows: list[DueItem | tuple[str, int]] = []

    def show(self, items: Sequence[DueItem], today: date) -> None:
        """Show what is due on a day."""
        self.beginResetModel()
        self.today = today
        self._rows = []
        for group in GROUP_LABELS:
            mine = [item for item in items if item.group == group]
            if mine:
                self._rows.append((group, len(mine)))
                self._rows += mine
        self.endResetModel()

    def item(self, index: Index) -> DueItem | None:
        """The due thing at an index."""
        row = self._rows[index.row()] if index.isValid() and index.row() < len(self._rows) else None
        return row if isinstance(row, DueItem) else None

    def section(self, index: Index) -> tuple[str, int] | None:
        """The group and its size where a row is a title."""
        row = self._rows[index.row()]
        return row if isinstance(row, tuple) else None

    def find(self, key: str) -> QModelIndex:
        """The row of a thing's key, of a record, or of the first visit to a household."""
        items = [(number, row) for number, row in enumerate(self._rows) if isinstance(row, DueItem)]
        fits = [number for number, row in items if key == row.key]
        fits += [number for number, row in items if stands_for(row, key)]
        return self.index(fits[0]) if fits else QModelIndex()

    def after(self, household_id: str) -> DueItem | None:
        """The next visit after a household's, or the first."""
        visits = [row for row in self._rows if isinstance(row, DueItem) and row.kind == "visit"]
        here = next((place for place, row in enumerate(visits) if row.household_id == household_id), -1)
        rest = [row for row in visits[here + 1 :] + visits[: max(here, 0)] if row.household_id != household_id]
        return rest[0] if rest else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if self.item(index) is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        item = self.item(index)
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return None
        if item is None:
            group, count = self._rows[index.row()]  # type: ignore[misc]
            return None if role == Qt.ItemDataRole.ToolTipRole else f"{GROUP_LABELS[group]} {count}"
        told = (item.title, item.place, when_words(item, self.today), flag_words(item), item.reason, told_words(item))
        return "，".join(part for part in told if part)


def stands_for(item: DueItem, key: str) -> bool:
    """Whether a row is the visit to a household, or owes something of a record."""
    return key in ((item.household_id,) if item.kind == VISIT else (item.record_id,))


class TaskList(QListView):
    """The list itself; arrows move, Enter opens."""

    chosen = Signal(object)
    entered = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.tasks = TaskModel()
        self.setModel(self.tasks)
        self.setItemDelegate(TaskDelegate(self, self.tasks))
        self.setObjectName("tasks")
        self.setAccessibleName("待办")
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._quiet = False
        self.selectionModel().currentChanged.connect(self._moved)
        self.clicked.connect(lambda index: self._tell(index, self.chosen))
        self.activated.connect(lambda index: self._tell(index, self.entered))

    def item(self) -> DueItem | None:
        """The due thing that is chosen."""
        return self.tasks.item(self.currentIndex())

    def show_items(self, items: Sequence[DueItem], today: date) -> None:
        """Show what is due; what was chosen stays chosen."""
        kept = self.item()
        self._quiet = True
        self.tasks.show(items, today)
        self._quiet = False
        if kept:
            self.choose(kept.key or kept.record_id)

    def choose(self, key: str) -> None:
        """Choose a record or household without telling; of several visits to one household the chosen one stays."""
        current = self.item()
        if current and (key == current.key or (current.kind == VISIT and stands_for(current, key))):
            return
        self._quiet = True
        index = self.tasks.find(key)
        self.setCurrentIndex(index)
        if not index.isValid():
            self.clearSelection()
        self._quiet = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if (
            event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            and not event.modifiers() & Qt.KeyboardModifier.ControlModifier
        ):
            self._tell(self.currentIndex(), self.entered)
            return
        super().keyPressEvent(event)

    def focusInEvent(self, event: object) -> None:
        super().focusInEvent(event)  # type: ignore[arg-type]
        if self.tasks.item(self.currentIndex()) is None and self.tasks.rowCount() > 1:
            self._quiet = True
            self.setCurrentIndex(self.tasks.index(1))
            self._quiet = False

    def _moved(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if not self._quiet:
            self._tell(current, self.chosen)

    def _tell(self, index: QModelIndex, signal: object) -> None:
        item = self.tasks.item(index)
        if item:
            signal.emit(item)  # type: ignore[attr-defined]
