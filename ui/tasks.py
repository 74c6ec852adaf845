"""The list of what is due: sections by urgency, two lines each, with words for how late it is.

The list holds the keys of all that is due; what is said of a row is read with those around it when it is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from PySide6.QtCore import QAbstractListModel, QModelIndex, Qt, Signal, SignalInstance
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QListView

from gridworker.operations.plan import VISIT, DueItem, DueKey
from gridworker.planning.visit_plan import GROUP_LABELS
from ui.day.task_rows import Index, TaskDelegate, flag_words, told_words, when_words

__all__ = ["TaskList", "TaskModel", "when_words"]
Thing = DueItem | DueKey
"""A due thing, with what is said of it or without."""
Fetch = Callable[[Sequence[DueKey]], Iterable[DueItem]]
_PAGE = 64


def _nothing(_keys: Sequence[DueKey]) -> Iterable[DueItem]:
    return ()


class TaskModel(QAbstractListModel):
    """Due things in their groups; a row is an item or the title of a section."""

    def __init__(self, fetch: Fetch = _nothing) -> None:
        super().__init__()
        self.today = date.min
        self._fetch = fetch
        self._rows: list[Thing | tuple[str, int]] = []
        self._said: dict[str, DueItem | None] = {}

    def show(self, things: Sequence[Thing], today: date, said: Iterable[DueItem] = ()) -> None:
        """Show what is due on a day; what is said of some of it may be read already."""
        self.beginResetModel()
        self.today = today
        self._rows, self._said = [], {item.key: item for item in said}
        for group in GROUP_LABELS:
            mine = [thing for thing in things if thing.group == group]
            if mine:
                self._rows.append((group, len(mine)))
                self._rows += mine
        self.endResetModel()

    def thing(self, index: Index) -> Thing | None:
        """The due thing at an index as it is known; nothing is read for it."""
        row = self._rows[index.row()] if index.isValid() and index.row() < len(self._rows) else None
        return None if isinstance(row, tuple) and not isinstance(row, DueKey) else row

    def item(self, index: Index) -> DueItem | None:
        """The due thing at an index with what is said of it; None where its record is gone by now."""
        thing = self.thing(index)
        if isinstance(thing, DueKey) and thing.key not in self._said:
            start = index.row() // _PAGE * _PAGE
            self._read([one for one in self._rows[start : start + _PAGE] if isinstance(one, DueKey)])
        return self._said[thing.key] if isinstance(thing, DueKey) else thing

    def said_of(self, thing: Thing) -> DueItem | None:
        """What is said of a due thing, shown here or not."""
        if isinstance(thing, DueKey) and thing.key not in self._said:
            self._read([thing])
        return self._said[thing.key] if isinstance(thing, DueKey) else thing

    def _read(self, keys: Sequence[DueKey]) -> None:
        wanted = [one for one in keys if one.key not in self._said]
        self._said.update(dict.fromkeys((one.key for one in wanted), None))
        self._said.update((item.key, item) for item in self._fetch(wanted))

    def section(self, index: Index) -> tuple[str, int] | None:
        """The group and its size where a row is a title."""
        row = self._rows[index.row()]
        return None if isinstance(row, DueItem | DueKey) else row

    def find(self, key: str) -> QModelIndex:
        """The row of a thing's key, of a record, or of the first visit to a household."""
        things = [(number, row) for number, row in enumerate(self._rows) if isinstance(row, DueItem | DueKey)]
        fits = [number for number, row in things if key == row.key]
        fits += [number for number, row in things if stands_for(row, key)]
        return self.index(fits[0]) if fits else QModelIndex()

    def after(self, household_id: str) -> DueItem | None:
        """The next visit after a household's, or the first."""
        visits = [row for row in self._rows if isinstance(row, DueItem | DueKey) and row.kind == VISIT]
        here = next((place for place, row in enumerate(visits) if row.household_id == household_id), -1)
        rest = [row for row in visits[here + 1 :] + visits[: max(here, 0)] if row.household_id != household_id]
        return self.said_of(rest[0]) if rest else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if self.thing(index) is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return None
        section = self.section(index)
        if section is not None:
            return None if role == Qt.ItemDataRole.ToolTipRole else f"{GROUP_LABELS[section[0]]} {section[1]}"
        item = self.item(index)
        if item is None:
            return None
        told = (item.title, item.place, when_words(item, self.today), flag_words(item), item.reason, told_words(item))
        return "，".join(part for part in told if part)


def stands_for(item: Thing, key: str) -> bool:
    """Whether a row is the visit to a household, or owes something of a record."""
    return key in ((item.household_id,) if item.kind == VISIT else (item.record_id,))


class TaskList(QListView):
    """The list itself; arrows move, Enter opens."""

    chosen = Signal(object)
    entered = Signal(object)

    def __init__(self, fetch: Fetch = _nothing) -> None:
        super().__init__()
        self.tasks = TaskModel(fetch)
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

    def show_items(self, things: Sequence[Thing], today: date, said: Iterable[DueItem] = ()) -> None:
        """Show what is due; what was chosen stays chosen."""
        kept = self.tasks.thing(self.currentIndex())
        self._quiet = True
        self.tasks.show(things, today, said)
        self._quiet = False
        if kept:
            self.choose(kept.key or kept.record_id)

    def choose(self, key: str) -> None:
        """Choose a record or household without telling; of several visits to one household the chosen one stays."""
        current = self.tasks.thing(self.currentIndex())
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

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self.tasks.thing(self.currentIndex()) is None and self.tasks.rowCount() > 1:
            self._quiet = True
            self.setCurrentIndex(self.tasks.index(1))
            self._quiet = False

    def _moved(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if not self._quiet:
            self._tell(current, self.chosen)

    def _tell(self, index: QModelIndex, signal: SignalInstance) -> None:
        item = self.tasks.item(index)
        if item:
            signal.emit(item)
