"""A few choices side by side: one is down; arrows move, a key press chooses."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QPushButton, QSizePolicy, QWidget

from ui.widgets.arrows import RowButton
from ui.widgets.stacking import line_in
from ui.widgets.texts import restyle

_TIGHT_FROM = 13


class Segmented(QWidget):
    """Choices with one value; `changed` tells when a person chose another."""

    changed = Signal(str)

    def __init__(self, options: Sequence[tuple[str, str]], *, name: str = "", optional: bool = False) -> None:
        super().__init__()
        self._name, self._optional = name, optional
        self._group = QButtonGroup(self)
        self._group.setExclusive(not optional)
        self._buttons: dict[str, QPushButton] = {}
        self._line = line_in(self, 0)
        self.set_options(options)

    def set_options(self, options: Sequence[tuple[str, str]]) -> None:
        """Offer these choices in place of those before; none of them is down."""
        for gone in self._buttons.values():
            self._group.removeButton(gone)
            self._line.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        self._buttons = {}
        tight = sum(len(text) for _, text in options) > _TIGHT_FROM
        for place, (value, text) in enumerate(options):
            segment = RowButton(text, self)
            segment.setCheckable(True)
            segment.setProperty("kind", "segment")
            segment.setProperty("tight", "true" if tight else "false")
            segment.setProperty("edge", _edge(place, len(options)))
            segment.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            segment.setMinimumWidth(20)
            segment.setAutoDefault(False)
            segment.setAccessibleName(f"{self._name}：{text}" if self._name else text)
            segment.clicked.connect(lambda checked, one=value: self._clicked(one, checked=checked))
            self._group.addButton(segment)
            self._buttons[value] = segment
            self._line.addWidget(segment, max(2, len(text)))
        self._rove()

    def value(self) -> str:
        """The chosen value, or nothing."""
        return next((value for value, segment in self._buttons.items() if segment.isChecked()), "")

    def set_value(self, value: str) -> None:
        """Choose without telling."""
        self._group.setExclusive(False)
        for one, segment in self._buttons.items():
            segment.setChecked(one == value)
        self._group.setExclusive(not self._optional)
        self._rove()

    def buttons(self) -> list[QPushButton]:
        """The segments, in their order."""
        return list(self._buttons.values())

    def set_wrong(self, *, wrong: bool) -> None:
        """Draw the red edge."""
        for segment in self._buttons.values():
            restyle(segment, wrong="true" if wrong else "false")

    def describe(self, text: str) -> None:
        """What a screen reader says beside the name."""
        for segment in self._buttons.values():
            segment.setAccessibleDescription(text)

    def focus_target(self) -> QPushButton:
        """The segment that Tab reaches."""
        return next((one for one in self._buttons.values() if one.isChecked()), next(iter(self._buttons.values())))

    def step(self, segment: QPushButton, step: int) -> None:
        """Choose the neighbour, as radio buttons do."""
        values = list(self._buttons)
        here = list(self._buttons.values()).index(segment)
        value = values[(here + step) % len(values)]
        self.set_value(value)
        self._buttons[value].setFocus(Qt.FocusReason.OtherFocusReason)
        self.changed.emit(value)

    def _clicked(self, value: str, *, checked: bool) -> None:
        self.set_value(value if checked or not self._optional else "")
        self.changed.emit(self.value())

    def _rove(self) -> None:
        # One Tab stop for the whole group, as with radio buttons.
        target = self.focus_target() if self._buttons else None
        for segment in self._buttons.values():
            segment.setFocusPolicy(Qt.FocusPolicy.StrongFocus if segment is target else Qt.FocusPolicy.ClickFocus)


def _edge(place: int, count: int) -> str:
    if count == 1:
        return "only"
    return "first" if place == 0 else "last" if place == count - 1 else "middle"
