"""Editors of links: one types a few letters and chooses; what was typed and not chosen stays as text."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QStringListModel, Qt, QTimer
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QCompleter, QListView, QPushButton, QWidget

from gridworker.ledger.code_fields import Ref, Refs
from gridworker.ledger.facts import Value
from gridworker.ledger.field import Field
from ui.editor import Choices, Editor
from ui.widgets.buttons import button
from ui.widgets.flow import Flow, flowing
from ui.widgets.inputs import Line

_PAUSE_MS = 150
_HINTS = {"household": "输入楼栋、房号或姓名查找", "person": "输入姓名或拼音查找", "actor": "输入姓名查找"}


class LinkLine(Line):
    """A line that offers records as one types; `chosen` is set while its text is one of them."""

    def __init__(self, to: str, choices: Choices | None) -> None:
        super().__init__()
        self._to, self._choices = to, choices
        self.chosen = ""
        self.when_chosen = lambda _id, _label: None
        self._offered: list[tuple[str, str]] = []
        self._model = QStringListModel(self)
        self._completer = QCompleter(self._model, self)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._popup = QListView()
        self._popup.setObjectName("popup")
        self._popup.setAccessibleName("可选的记录")
        self._completer.setPopup(self._popup)
        self._completer.setWidget(self)
        # A method, not a function that holds the line: the list lives by itself, and would keep a line that is gone.
        self._popup.clicked.connect(self._clicked)
        self.setPlaceholderText(_HINTS.get(to, "输入文字查找"))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._ask)
        self.textEdited.connect(self._typed)

    def show_link(self, record_id: str, text: str) -> None:
        """Show a link that stands."""
        self.chosen = record_id
        self.setText(text)
        self.setCursorPosition(0)

    def offer(self, found: Sequence[tuple[str, str]]) -> None:
        """Show what can be chosen."""
        self._offered = list(found)
        self._model.setStringList([text for _, text in found])
        if found and self.hasFocus():
            self._completer.complete()
        else:
            self._popup.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._popup.isVisible() and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            row = self._popup.currentIndex().row()
            self._choose(max(row, 0))
            return
        if event.key() == Qt.Key.Key_Down and not self._popup.isVisible():
            self._ask()
            return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._timer.stop()
        super().focusOutEvent(event)

    def _typed(self, _text: str) -> None:
        self.chosen = ""
        self._timer.start()

    def _ask(self) -> None:
        if self._choices is None:
            return
        asked = self.text()
        self._choices.find(self, self._to, asked, lambda found: self.offer(found) if self.text() == asked else None)

    def _clicked(self, index: QModelIndex) -> None:
        self._choose(index.row())

    def _choose(self, row: int) -> None:
        if 0 <= row < len(self._offered):
            record_id, text = self._offered[row]
            self._popup.hide()
            self.when_chosen(record_id, text)


class LinkEditor(Editor):
    """One record of another ledger, or a person who works here."""

    wide = True

    def __init__(self, field: Field, choices: Choices | None = None) -> None:
        super().__init__(field, choices)
        self.line = LinkLine(field.to if isinstance(field, Ref) else "", choices)
        self.line.when_chosen = self._take
        self.line.textEdited.connect(lambda _text: self.edited.emit())
        self._adopt(self.line)

    def raw(self) -> str:
        return self.line.chosen or self.line.text()

    def set_raw(self, raw: str) -> None:
        self.line.show_link("", raw)

    def set_value(self, value: Value, shown: str = "") -> None:
        self.line.show_link(str(value or "") if shown or not value else "", shown or str(value or ""))

    def focus_target(self) -> QWidget:
        return self.line

    def _take(self, record_id: str, text: str) -> None:
        self.line.show_link(record_id, text)
        self.edited.emit()


class LinksEditor(Editor):
    """Several records: each a chip that a press takes away, and a line to add one."""

    wide = True

    def __init__(self, field: Field, choices: Choices | None = None) -> None:
        super().__init__(field, choices)
        self._links: dict[str, str] = {}
        self._chips = flowing()
        self._column.addWidget(self._chips)
        self.line = LinkLine(field.to if isinstance(field, Refs) else "", choices)
        self.line.when_chosen = self._take
        self._adopt(self.line)
        self._chips.hide()

    def raw(self) -> str:
        return "、".join(self._links)

    def set_raw(self, raw: str) -> None:
        self.set_value([part for part in raw.split("、") if part])

    def set_value(self, value: Value, shown: str = "") -> None:
        ids = list(value) if isinstance(value, list) else []
        names = shown.split("、") if shown else []
        self._links = {
            one: names[place] if len(names) == len(ids) else self._links.get(one, one) for place, one in enumerate(ids)
        }
        self._draw()

    def focus_target(self) -> QWidget:
        return self.line

    def _take(self, record_id: str, text: str) -> None:
        self.line.clear()
        self._links[record_id] = text
        self._draw()
        self.edited.emit()

    def _drop(self, record_id: str) -> None:
        self._links.pop(record_id, None)
        self._draw()
        self.edited.emit()
        self.line.setFocus()

    def _draw(self) -> None:
        flow = self._chips.layout()
        assert isinstance(flow, Flow)  # noqa: S101 - made by flowing()
        while (item := flow.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        for record_id, text in self._links.items():
            flow.addWidget(self._chip(record_id, text))
        self._chips.setVisible(bool(self._links))
        self._chips.updateGeometry()

    def _chip(self, record_id: str, text: str) -> QPushButton:
        chip = button(text, lambda: self._drop(record_id), kind="chip", icon="x", tip=f"去掉{text}")
        chip.setAccessibleName(f"{self.field.label}：{text}，按下去掉")
        return chip
