"""A field of a record that is masked until a person asks to see it; the asking leaves a trace, or is refused."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gridworker.ledger.facts import Value
from ui.desk import Desk
from ui.editor import Editor
from ui.widgets.buttons import LINK, button
from ui.widgets.inputs import Line


class SealedEditor(Editor):
    """Wraps an editor; closed it shows the mask and 显示."""

    refused = Signal(object)
    """AppError: who asked may not see it, and who could."""

    def __init__(self, inner: Editor, desk: Desk) -> None:
        super().__init__(inner.field, inner.choices)
        self.wide = inner.wide
        self.names_itself = inner.names_itself
        self._inner, self._desk = inner, desk
        self._reveal: Callable[[], object] = lambda: None
        self._column.addWidget(inner)
        self._cover = QWidget()
        line = QHBoxLayout(self._cover)
        line.setContentsMargins(0, 0, 0, 0)
        self._mask = Line()
        self._mask.setReadOnly(True)
        self._mask.setAccessibleName(f"{inner.field.label}，已遮盖")
        line.addWidget(self._mask, 1)
        self._show = button("显示", self._ask, kind=LINK, icon="eye", tip=f"显示{inner.field.label}，查看会留下记录")
        self._show.setAccessibleName(f"显示{inner.field.label}")
        line.addWidget(self._show)
        self._column.addWidget(self._cover)
        self._cover.hide()
        inner.edited.connect(self.edited.emit)
        inner.left.connect(self.left.emit)

    def close_over(self, mask: str, reveal: Callable[[], object]) -> None:
        """Hide the value behind its mask; `reveal` leaves the trace and runs off the UI thread."""
        self._mask.setText(mask or "***")
        self._reveal = reveal
        self._inner.hide()
        self._cover.show()

    def open(self) -> None:
        """Show the editor itself."""
        self._cover.hide()
        self._inner.show()

    def raw(self) -> str:
        return self._inner.raw()

    def set_raw(self, raw: str) -> None:
        self._inner.set_raw(raw)

    def set_value(self, value: Value, shown: str = "") -> None:
        self._inner.set_value(value, shown)

    def tidy(self) -> None:
        self._inner.tidy()

    def renew(self) -> None:
        self._inner.renew()

    def is_busy(self) -> bool:
        return self._inner.is_busy()

    def when_ready(self, then: Callable[[], object]) -> bool:
        return self._inner.when_ready(then)

    def focus_target(self) -> QWidget:
        return self._inner.focus_target() if self._cover.isHidden() else self._show

    def mark(self, *, wrong: bool, description: str) -> None:
        self._inner.mark(wrong=wrong, description=description)

    def _ask(self) -> None:
        self._desk.jobs.run(
            lambda _progress, _cancelled: self._reveal(), lambda _done: self._opened(), owner=self,
            failed=self.refused.emit,
        )  # fmt: skip

    def _opened(self) -> None:
        self.open()
        self._inner.focus_target().setFocus()
