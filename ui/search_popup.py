"""The results under the search field of the title bar: as one types, arrows and Enter, Esc leaves."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListView, QStackedLayout, QVBoxLayout, QWidget

from gridworker.errors import AppError, KnownError
from gridworker.operations import find, revealing
from gridworker.operations.find import Found, Stopper
from ui.desk import Desk
from ui.jobs import SEARCH
from ui.search_results import FoundRole, ResultDelegate, ResultsModel, spoken
from ui.search_stale import StaleNotice
from ui.theme import theme
from ui.widgets.buttons import LINK, PRIMARY, button, enable
from ui.widgets.texts import label

_TYPING_MS = 60
_LIMIT = 60
_WIDTH = 420
_TALLEST = 520


class SearchPopup(QFrame):
    """Lies over the page under its field; the field keeps the focus, so typing never stops."""

    def __init__(self, desk: Desk, field: QLineEdit) -> None:
        super().__init__(field)
        self.setObjectName("floating")
        self.setAccessibleName("搜索结果")
        self._desk, self._field = desk, field
        self._shown_for = ""
        self.model = ResultsModel(self)
        self.list = QListView()
        self.list.setAccessibleName("搜索结果")
        self.list.setModel(self.model)
        self.list.setItemDelegate(ResultDelegate(self.list))
        self.list.setMouseTracking(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setUniformItemSizes(False)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.clicked.connect(lambda index: self._open(index.data(FoundRole)))
        self.stale = StaleNotice(desk, self)
        self.stale.mended.connect(self._ask_again)
        self.stale.appeared.connect(self._make_room)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 6, 4, 6)
        column.setSpacing(0)
        column.addWidget(self.stale)
        self._layout = QStackedLayout()
        column.addLayout(self._layout, 1)
        self.masks = button(
            "显示完整信息", self._unmask, kind=LINK, icon="eye", tip="姓名、电话完整显示，查看会留下记录"
        )
        # The field keeps the focus; the same is said of a list by its own button.
        self.masks.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column.addWidget(self.masks, 0, Qt.AlignmentFlag.AlignRight)
        self._layout.addWidget(self.list)
        self._layout.addWidget(self._make_nothing())
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self._ask)
        field.textEdited.connect(self._edited)
        field.installEventFilter(self)
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._field:
            if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
                return self._key(event)
            if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
                # Esc belongs to the search while there is something to leave, not to the page behind.
                if event.key() == Qt.Key.Key_Escape and (self.isVisible() or self._field.text()):
                    event.accept()
                    return True
            elif event.type() == QEvent.Type.FocusOut:
                QTimer.singleShot(0, self, self._hide_unless_used)
            elif event.type() == QEvent.Type.FocusIn and self._field.text().strip():
                self._typing.start()
        elif event.type() in (QEvent.Type.Resize, QEvent.Type.Move) and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def current(self) -> Found | None:
        """The result that Enter would open."""
        found = self.list.currentIndex().data(FoundRole)
        return found if isinstance(found, Found) else None

    def _key(self, event: QKeyEvent) -> bool:
        key = event.key()
        if key == Qt.Key.Key_Escape:
            return self._escape()
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up) and self.isVisible():
            self._move(1 if key == Qt.Key.Key_Down else -1)
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._enter()
            return True
        return False

    def _escape(self) -> bool:
        if self.isVisible():
            self.hide()
            return True
        if self._field.text():
            self._field.clear()
            return True
        return False

    def _enter(self) -> None:
        found = self.current()
        if self.isVisible() and found and self._shown_for == self._field.text().strip():
            self._open(found)
        elif self._field.text().strip():
            self._ask()

    def _edited(self, text: str) -> None:
        if text.strip():
            self._typing.start()
        else:
            self._typing.stop()
            self._desk.jobs.stop(SEARCH)
            self.hide()

    def _ask(self) -> None:
        text = self._field.text().strip()
        if not text:
            return
        stopper = Stopper()
        job = self._desk.call(
            find.search, text, limit=_LIMIT, stopper=stopper, owner=self, lane=SEARCH, failed=self._failed,
            done=lambda found: self._show(text, found),
        )  # fmt: skip
        # The lane stops a job when a newer one comes; the statement under way ends at once instead of being waited for.
        job.stopping.connect(stopper.stop)
        self.stale.look()

    def _ask_again(self) -> None:
        self._field.setFocus()
        self._ask()

    def _unmask(self) -> None:
        """What is shown now in full, until something else is typed."""
        text = self._field.text().strip()
        self._desk.call(
            revealing.reveal_found, text, limit=_LIMIT, owner=self, lane=SEARCH, failed=self._stay_masked,
            done=lambda found: self._show(text, found, full=True),
        )  # fmt: skip

    def _stay_masked(self, error: AppError) -> None:
        enable(self.masks, on=False, why_not=error.action if isinstance(error, KnownError) else "")
        self.masks.setText(error.title)

    def _show(self, text: str, found: Sequence[Found], *, full: bool = False) -> None:
        if text != self._field.text().strip() or not self._field.hasFocus():
            return
        self._shown_for = text
        self.model.show(found)
        self._layout.setCurrentIndex(0 if found else 1)
        self.masks.setVisible(bool(found) and not full)
        if found:
            self.list.setCurrentIndex(self.model.index(self.model.next_result(-1, 1), 0))
        self._nothing.setText(f"没有找到“{text}”")
        self._tell()
        self._place()
        self.show()
        self.raise_()

    def _failed(self, error: AppError) -> None:
        self.hide()
        self._desk.failed.emit(error)

    def _move(self, step: int) -> None:
        row = self.model.next_result(self.list.currentIndex().row(), step)
        if row >= 0:
            self.list.setCurrentIndex(self.model.index(row, 0))
            self._tell()

    def _tell(self) -> None:
        # The field keeps the focus, so it is the field that a screen reader speaks for.
        found = self.current()
        self._field.setAccessibleDescription(f"按回车打开：{spoken(found)}" if found else "没有找到")

    def _open(self, found: Found | None) -> None:
        if found is None:
            return
        self.hide()
        self._field.clear()
        self._field.clearFocus()
        self._desk.open_record(found.ledger, found.id)

    def _make_nothing(self) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(16, 16, 16, 12)
        column.setSpacing(8)
        self._nothing = label("", "card-title", wrap=True)
        column.addWidget(self._nothing)
        hint = "可以试试：姓名、拼音首字母（zxy）、房号（3-2-501）、电话后四位、类别（低保）。"
        column.addWidget(label(hint, "second", wrap=True))
        self.new_person = button("新建居民", self._new_person, kind=PRIMARY, icon="plus")
        column.addWidget(self.new_person, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        return holder

    def _new_person(self) -> None:
        text = self._field.text().strip()
        self.hide()
        self._field.clear()
        given = {"contact": text} if text.isascii() and text.isdigit() else {} if text.isascii() else {"name": text}
        self._desk.open_page("people", new=True, given=given)

    def _hide_unless_used(self) -> None:
        if not self._field.hasFocus() and not self.isAncestorOf(self._field.window().focusWidget() or self._field):
            self.hide()

    def _make_room(self) -> None:
        if self.isVisible():
            self._place()

    def _place(self) -> None:
        window = self._field.window()
        if self.parentWidget() is not window:
            self.setParent(window)
            window.installEventFilter(self)
        width = max(self._field.width(), theme.px(_WIDTH))
        corner = self._field.mapTo(window, QPoint(0, self._field.height() + 4))
        left = min(corner.x(), window.width() - width - 12)
        rows = sum(self.list.sizeHintForRow(row) for row in range(self.model.rowCount()))
        height = (rows + 16) if self.model.rowCount() else theme.px(170)
        height += sum(one.sizeHint().height() for one in (self.stale, self.masks) if one.isVisibleTo(self))
        self.setGeometry(left, corner.y(), width, min(height, theme.px(_TALLEST), window.height() - corner.y() - 60))
