"""A line below the plan of the day that unfolds, and makes way for what needs the room."""

from __future__ import annotations

from ui.widgets.card import rule
from ui.widgets.unfolding import Unfolding


class Folded(Unfolding):
    """Parted from the plan by a thin line."""

    def __init__(self, tip: str, row_height: int) -> None:
        super().__init__(tip, row_height)
        self._away = False
        self.column.insertWidget(0, rule())

    def make_way(self, *, on: bool) -> None:
        """Go out of sight for as long as something else needs the room."""
        self._away = on
        self.setVisible(self.is_worth_showing())

    def is_worth_showing(self) -> bool:
        return super().is_worth_showing() and not self._away
