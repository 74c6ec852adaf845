"""What can stand in the place of a list, beside a record: another registration, a merge, or all likely pairs."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget

from gridworker.operations import twins
from gridworker.operations.save import Saved
from gridworker.operations.twins import Pair
from ui.desk import Desk
from ui.jobs import LONG
from ui.residents.merge_card import MergeCard
from ui.residents.other_card import OtherCard
from ui.residents.pairs_card import PairsCard


class Beside(QStackedWidget):
    """One of three cards, or none."""

    closing = Signal()
    """Before the card goes: whoever hides what has the focus lets Qt choose where it goes."""
    closed = Signal()
    shown = Signal()
    pairs_counted = Signal(int)
    merged = Signal(object, str)
    """(Saved, the registration that stays)."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._from_pairs = False
        self.setObjectName("paper")
        self.other, self.merge, self.pairs = OtherCard(desk), MergeCard(desk), PairsCard()
        for card in (self.other, self.merge, self.pairs):
            self.addWidget(card)
        self.other.closed.connect(self.close_card)
        self.merge.closed.connect(self.close_card)
        self.pairs.closed.connect(self.close_card)
        self.pairs.compare_wanted.connect(self._compare_pair)
        self.merge.merged.connect(self._merged)
        self.hide()

    def show_other(self, record_id: str) -> None:
        """Read another registration."""
        self.other.show_id(record_id)
        self._turn(self.other)

    def compare(self, one_id: str, other_id: str) -> None:
        """Look at two registrations side by side."""
        self._from_pairs = False
        self.merge.show_pair(one_id, other_id)
        self._turn(self.merge)

    def show_pairs(self) -> None:
        """All likely pairs."""
        self._turn(self.pairs)

    def count_pairs(self) -> None:
        """Read how many pairs there are; every resident is looked at, so nobody waits for it."""
        self._desk.call(twins.all_pairs, done=self._counted, owner=self, lane=LONG)

    def close_card(self) -> None:
        """One step back: from a pair to all pairs, from there to the list."""
        if self.currentWidget() is self.merge and self._from_pairs:
            self.show_pairs()
            return
        self.closing.emit()
        self.hide()
        self.closed.emit()

    def _turn(self, card: OtherCard | MergeCard | PairsCard) -> None:
        self.setCurrentWidget(card)
        self.show()
        card.begin()
        self.shown.emit()

    def _counted(self, pairs: list[Pair]) -> None:
        self.pairs.show_pairs(pairs)
        self.pairs_counted.emit(len(pairs))

    def _compare_pair(self, one_id: str, other_id: str) -> None:
        self.compare(one_id, other_id)
        self._from_pairs = True

    def _merged(self, saved: Saved, kept: str) -> None:
        self.close_card()
        self.merged.emit(saved, kept)
