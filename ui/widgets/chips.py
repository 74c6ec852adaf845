"""Several of a few: each choice is a chip with a tick when it is on; arrows move, Space turns it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from ui import icons
from ui.widgets.arrows import RowButton
from ui.widgets.flow import Flow


class Chips(QWidget):
    """Choices with several values; `changed` tells when a person turned one."""

    changed = Signal()

    def __init__(self, options: Sequence[tuple[str, str]], *, name: str = "") -> None:
        super().__init__()
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._name = name
        self._flow = Flow(self)
        self._chips: dict[str, RowButton] = {}
        self.set_options(options)

    def set_options(self, options: Sequence[tuple[str, str]]) -> None:
        """Offer these choices in place of those before; none of them is on."""
        for gone in self._chips.values():
            self._flow.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        self._chips = {}
        for value, text in options:
            self._add(value, text)
        self._rove(next(iter(self._chips.values()), None))

    def values(self) -> list[str]:
        """The values that are on, in the table's order."""
        return [value for value, chip in self._chips.items() if chip.isChecked()]

    def set_values(self, values: Sequence[str]) -> None:
        """Turn without telling."""
        for value, chip in self._chips.items():
            chip.setChecked(value in values)
            _dress(chip)

    def focus_target(self) -> QPushButton:
        """The chip that Tab reaches."""
        return next(chip for chip in self._chips.values() if chip.focusPolicy() == Qt.FocusPolicy.StrongFocus)

    def describe(self, text: str) -> None:
        """What a screen reader says beside the name."""
        for chip in self._chips.values():
            chip.setAccessibleDescription(text)

    def step(self, chip: QPushButton, step: int) -> None:
        """Move to the neighbour."""
        chips: list[QPushButton] = list(self._chips.values())
        target = chips[(chips.index(chip) + step) % len(chips)]
        self._rove(target)
        target.setFocus(Qt.FocusReason.OtherFocusReason)

    def _add(self, value: str, text: str) -> None:
        chip = RowButton(text, self)
        chip.setCheckable(True)
        chip.setProperty("kind", "chip")
        chip.setAutoDefault(False)
        chip.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        chip.setAccessibleName(f"{self._name}：{text}" if self._name else text)
        chip.clicked.connect(lambda _checked, one=chip: self._turned(one))
        self._chips[value] = chip
        self._flow.addWidget(chip)
        _dress(chip)

    def _turned(self, chip: RowButton) -> None:
        _dress(chip)
        self._rove(chip)
        self.changed.emit()

    def _rove(self, target: QPushButton | None) -> None:
        for chip in self._chips.values():
            chip.setFocusPolicy(Qt.FocusPolicy.StrongFocus if chip is target else Qt.FocusPolicy.ClickFocus)


def _dress(chip: QPushButton) -> None:
    icons.wear(chip, "check" if chip.isChecked() else "plus", "hint", 14, checked="on_tint")
