"""What a page promises the frame."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from gridworker.operations.changes import Changes
from ui.desk import Desk
from ui.pages.registry import RECORDS, Place
from ui.widgets.tab_order import first_stop


@dataclass(frozen=True)
class PrimaryAction:
    """The one primary button of a page, in the title bar."""

    text: str
    pressed: Callable[[], object]
    icon: str = "plus"
    key: str = "Ctrl+N"


class Page(QWidget):
    """A place in the navigation. Subclasses take the desk and nothing else."""

    title_changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("page")
        self.desk = desk
        desk.records_changed.connect(self._hear)
        self._stale: Changes | None = None

    def title(self) -> str:
        """The title in the title bar; by default the place's name."""
        return ""

    def subtitle(self) -> str:
        """The small words beside the title."""
        return ""

    def primary(self) -> PrimaryAction | None:
        """The primary button of the title bar, or None."""
        return None

    def enter(self, **given: object) -> None:
        """The page is shown, perhaps with something to open."""

    def refresh(self, changes: Changes | None = None) -> None:
        """Read again what `changes` touch, or everything."""

    def take_focus(self) -> None:
        """The page was come to by its key or its name: put the focus where working with it begins."""
        target = self if self.focusProxy() is not None else first_stop(self) or self
        target.setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self) -> None:
        """Another page is shown; nothing typed may be lost."""

    def spot(self) -> dict[str, object]:
        """What `enter` needs to come back to where the page is now."""
        return {}

    def back(self) -> bool:
        """Esc: one step back inside the page; False where there is none."""
        return False

    def save(self) -> None:
        """Ctrl+S."""

    def save_and_next(self) -> None:
        """Ctrl+Enter."""

    def undo(self) -> None:
        """Ctrl+Z: take back the last thing done."""
        self.desk.undo_last()

    def print_preview(self) -> None:
        """Ctrl+P; by default the print page."""
        self.desk.open_page("exchange", tab="print")

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale is not None:
            stale, self._stale = self._stale, None
            self.refresh(stale)

    def _hear(self, changes: Changes) -> None:
        # A hidden page reads again when it is shown, so that a save costs one page's reading.
        if self.isVisible():
            self.refresh(changes)
        else:
            self._stale = changes if self._stale is None else self._stale | changes


def make_page(place: Place, desk: Desk) -> Page:
    """The page of a place, imported when it is first shown; the page of a ledger is told which."""
    module, _, name = place.page.partition(":")
    kind = getattr(importlib.import_module(module), name)
    page: Page = kind(desk, place.ledgers[0]) if place.page == RECORDS else kind(desk)
    return page
