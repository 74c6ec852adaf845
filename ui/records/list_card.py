"""A ledger's list: filter box, state filter, count, masks, sorting, the table, and what to say when it is empty."""

from __future__ import annotations

from array import array
from dataclasses import replace

from PySide6.QtCore import QPoint, Qt, QTimer, Signal, SignalInstance
from PySide6.QtGui import QAction, QHideEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QStackedWidget, QWidget

from gridworker.errors import AppError
from gridworker.ledger.facts import Purpose
from gridworker.operations import browse, find, revealing
from gridworker.operations.changes import Changes
from gridworker.planning import urgency
from ui import icons
from ui.jobs import Job, Jobs
from ui.records.cells import CellDelegate
from ui.records.list_bar import BIN, CARDS, ListBar
from ui.records.model import RecordTableModel
from ui.records.source import Listed, RecordSource, Wanted, order_text
from ui.records.table import RecordTable
from ui.widgets.card import Card
from ui.widgets.states import Banner, EmptyState, Loading

_LOOK_MS = 120
_TABLE, _EMPTY, _NO_MATCH, _LOADING = range(4)


class ListCard(Card):
    """The list itself; says what a person wants by signals and changes nothing on its own."""

    looked_at = Signal(str)
    pressed = Signal(str)
    opened = Signal(str)
    delete_requested = Signal(str)
    restore_requested = Signal(str)
    new_requested = Signal()
    import_requested = Signal()
    counted = Signal(str)

    def __init__(self, source: RecordSource, jobs: Jobs) -> None:
        super().__init__()
        self.setProperty("ledger", source.ledger.key)
        self._source, self._jobs = source, jobs
        self._wanted = Wanted(order=source.ledger.sort_by)
        self._asked: Wanted | None = None
        self._reading: Job[Listed] | None = None
        self._kept_id: int | None = None
        self._awaited = ""
        self.model = RecordTableModel(source.columns(), source.rows, self)
        self.table = RecordTable(self.model, CellDelegate(self, _tones(source)), f"{source.ledger.label}列表")
        # Whoever runs over the rows with an arrow key looks at the one she stops at.
        self._looking = QTimer(self)
        self._looking.setSingleShot(True)
        self._looking.setInterval(_LOOK_MS)
        self._looking.timeout.connect(self._tell_looked_at)
        self.banner = Banner()
        self._build()
        self._connect()

    def refresh(self) -> None:
        """Read the rows anew; what is marked stays marked."""
        wanted, stopper = self._wanted, find.Stopper()
        if self._reading is not None and wanted != self._asked:
            self._reading.stop()
        self._asked = wanted
        self._reading = self._jobs.call(
            self._source.listed, wanted, stopper, owner=self, failed=self._failed,
            done=lambda listed: self._arrived(listed) if listed.wanted == self._asked else None,
        )  # fmt: skip
        # What nobody waits for any more ends in the middle of its statement.
        self._reading.stopping.connect(stopper.stop)

    def hear(self, changes: Changes) -> None:
        """Refresh when something that is shown here changed."""
        linked = {field.to for field in self._source.ledger.links}
        if changes.bulk or self._source.ledger.key in changes.ledgers or linked & changes.ledgers:
            self.refresh()

    def filter_by(self, text: str) -> None:
        """Filter as if it had been typed."""
        self.bar.filter_by(text)

    def set_masked(self, *, masked: bool) -> None:
        """Show values as lists do, or in full once that is allowed and noted; leaving the page masks again."""
        if self.masks.isChecked() == masked:
            # Its signal leads back here.
            self.masks.setChecked(not masked)
            return
        self.bar.name_masks()
        if masked:
            self._wear(Purpose.LIST)
            return
        session, key, count = self._source.session, self._source.ledger.key, self.model.rowCount()
        self._jobs.run(
            lambda _progress, _cancelled: revealing.reveal_list(session, key, count=count),
            lambda _none: self._wear(Purpose.UNMASKED), owner=self, failed=self._stay_masked,
        )  # fmt: skip

    def _wear(self, purpose: Purpose) -> None:
        # The page may have been left, or the masks put on again, while the trace was being written.
        if purpose is not self._source.purpose and self.masks.isChecked() == (purpose is Purpose.UNMASKED):
            self._source.purpose = purpose
            self.model.forget_pages()

    def _stay_masked(self, error: AppError) -> None:
        self.masks.setChecked(False)
        self.banner.tell(error)

    def take_focus(self) -> None:
        """Put the focus on the rows, or where there are none on what chooses among them."""
        target = self.table if self.model.rowCount() else self.filter
        target.setFocus(Qt.FocusReason.OtherFocusReason)

    def select(self, record_id: str) -> None:
        """Mark the row of a record when the list has it."""
        found = self.model.find_loaded(record_id)
        if found is not None:
            self.table.select_row_id(found)
        else:
            self._awaited = record_id
            self._await()

    def keep(self, record_id: str) -> None:
        """Mark a record that was just made, as soon as the list has read it."""
        self._awaited = record_id

    def neighbour(self, step: int) -> None:
        """Move the mark up or down and look there."""
        row = self.table.currentIndex().row() + step
        if 0 <= row < self.model.rowCount():
            self.table.setCurrentIndex(self.model.index(row, 0))

    def _build(self) -> None:
        self.bar = ListBar(self._source.ledger)
        self.filter, self.state, self.masks = self.bar.filter, self.bar.state, self.bar.masks
        self.body.addWidget(self.bar)
        notes = QHBoxLayout()
        notes.setContentsMargins(12, 0, 12, 0)
        notes.addWidget(self.banner)
        self.body.addLayout(notes)
        self._stack = QStackedWidget()
        for one in (self.table, self._empty_state(), self._no_match(), Loading()):
            self._stack.addWidget(one)
        self._stack.setCurrentIndex(_LOADING)
        self.body.addWidget(self._stack, 1)

    def _connect(self) -> None:
        self.bar.worded.connect(self._choose_words)
        self.bar.state_chosen.connect(self._choose_state)
        self.bar.unmasked.connect(self._unmask)
        self.bar.listen_in(self)
        self.filter.returnPressed.connect(self._to_table)
        self.table.sort_requested.connect(self._sort)
        self.table.looked_at.connect(self._look)
        self.table.clicked.connect(lambda index: self._tell(self.pressed, self.model.row_id(index.row())))
        self.table.opened.connect(lambda row_id: self._tell(self.opened, row_id))
        self.table.delete_requested.connect(self._delete)
        self.table.menu_requested.connect(self._menu)
        self.model.modelAboutToBeReset.connect(self._keep_mark)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.filter.text():
            self.filter_by("")
        elif event.key() == Qt.Key.Key_Down and self.filter.hasFocus():
            self._to_table()
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.set_masked(masked=True)

    def _choose_words(self, text: str) -> None:
        self._want(replace(self._wanted, text=text))

    def _choose_state(self, chosen: str) -> None:
        card = chosen.removeprefix(CARDS) if chosen.startswith(CARDS) else ""
        state = "" if card or chosen == BIN else chosen
        self._want(replace(self._wanted, state=state, card=card, deleted=chosen == BIN))

    def _unmask(self, on: bool) -> None:  # noqa: FBT001 - a Qt signal's argument
        self.set_masked(masked=not on)

    def _sort(self, key: str, descending: bool) -> None:  # noqa: FBT001 - a Qt signal's argument
        self._want(replace(self._wanted, order=order_text(key, descending=descending)))

    def _want(self, wanted: Wanted) -> None:
        if wanted != self._wanted:
            self._wanted = wanted
            self.refresh()

    def _arrived(self, listed: Listed) -> None:
        self.banner.hide()
        self.model.show(listed.ids)
        if self._awaited:
            self._await()
        elif self._kept_id is not None:
            self.table.select_row_id(self._kept_id)
        key = listed.wanted.order[0] if listed.wanted.order else ""
        self.table.show_sorted(key.lstrip("-"), descending=key.startswith("-"))
        count = len(listed.ids)
        filtered = listed.wanted != Wanted(order=listed.wanted.order)
        self._stack.setCurrentIndex(_TABLE if count else _NO_MATCH if filtered else _EMPTY)
        if not count and filtered:
            self._unmatched.title.setText(_unmatched_title(listed.wanted, self.state.currentText()))
        said = f"最匹配的 {count:,} 条" if listed.cut else f"{count:,} 条"
        self.bar.count.setText(said)
        self.counted.emit(said)

    def _await(self) -> None:
        awaited, self._awaited = self._awaited, ""
        session, key = self._source.session, self._source.ledger.key

        def found(row_ids: array[int]) -> None:
            if len(row_ids):
                self._kept_id = row_ids[0]
                self.table.select_row_id(row_ids[0])

        query = browse.Query(key, (browse.Condition("id", "is", awaited),))
        self._jobs.call(browse.listing, session, query, done=found, owner=self)

    def _failed(self, error: AppError) -> None:
        self.banner.tell(error, action="再试一次", pressed=self.refresh)

    def _keep_mark(self) -> None:
        self._kept_id = self.table.current_row_id() if self.table.currentIndex().isValid() else self._kept_id

    def _look(self, row_id: int) -> None:
        self._kept_id = row_id
        self._looking.start()

    def _tell_looked_at(self) -> None:
        row_id = self.table.current_row_id()
        if row_id is not None:
            self._tell(self.looked_at, row_id)

    def _delete(self, row_id: int) -> None:
        if not self._wanted.deleted:
            self._tell(self.delete_requested, row_id)

    def _tell(self, signal: SignalInstance, row_id: int) -> None:
        row = self.model.row(self.model.row_of(row_id))
        if row is not None:
            signal.emit(row.id)

    def _to_table(self) -> None:
        if self.model.rowCount():
            self.table.setFocus(Qt.FocusReason.TabFocusReason)

    def _menu(self, row_id: int, place: QPoint) -> None:
        menu = QMenu(self)
        put_away = ("移到回收站", "trash-2", self.delete_requested)
        last = ("恢复", "undo-2", self.restore_requested) if self._wanted.deleted else put_away
        for text, icon, signal in (("打开", "pencil", self.opened), last):
            action = QAction(icons.icon(icon), text, menu)
            action.triggered.connect(lambda _checked=False, one=signal: self._tell(one, row_id))
            menu.addAction(action)
        menu.exec(place)
        menu.deleteLater()

    def _empty_state(self) -> QWidget:
        ledger = self._source.ledger
        title, sentence = f"还没有{ledger.label}记录", "可以从工作簿一次导入，也可以一条一条登记。"
        return EmptyState("inbox", title, sentence, "导入工作簿", self.import_requested.emit)

    def _no_match(self) -> QWidget:
        sentence = "可以换一个词，或看全部记录。"
        self._unmatched = EmptyState("search", "没有符合的记录", sentence, "看全部记录", self._show_all)
        return self._unmatched

    def _show_all(self) -> None:
        self.state.setCurrentIndex(0)
        self.filter_by("")
        self.filter.setFocus()


def _tones(source: RecordSource) -> dict[str, str]:
    # Where a record begins is quiet, what is under way is blue, what is over is green.
    workflow = source.ledger.workflow
    cards = {urgency.LABELS[flag]: "warn" if flag == urgency.YELLOW else "bad" for flag in urgency.LABELS}
    if workflow is None:
        return cards
    return cards | {
        state.label: "ok" if state.final else "text2" if state.key == workflow.initial else "primary"
        for state in workflow.states
    }


def _unmatched_title(wanted: Wanted, state: str) -> str:
    text = wanted.text.strip()
    if wanted.deleted:
        return f"回收站里没有符合“{text}”的记录" if text else "回收站是空的"
    if text and (wanted.state or wanted.card):
        return f"“{state}”里没有符合“{text}”的记录"
    return f"没有符合“{text}”的记录" if text else f"没有“{state}”的记录"
