"""A household's card: its members, who left it, its movements, and the acts that change a family."""

from __future__ import annotations

from gridworker.ledger.record import Record
from gridworker.ledgers.registry import find_ledger
from gridworker.operations import browse, moved
from gridworker.operations.browse import HouseholdCard
from gridworker.operations.moved import FormerMember, MovementLine
from ui.desk import Desk
from ui.records.household_card import HouseholdCardView
from ui.residents.around import Around
from ui.residents.birth_panel import BirthPanel
from ui.residents.grave_panel import GravePanel
from ui.residents.movement_lines import MovementLines
from ui.residents.split_panel import SplitPanel
from ui.widgets.buttons import button, enable
from ui.widgets.flow import flowing
from ui.widgets.texts import label


class HomeAround(Around):
    """Around the form of a household."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._card: HouseholdCard | None = None
        self.view = HouseholdCardView(lambda one: desk.open_record("person", one), self._new_member, self._new_visit)
        self.column.addWidget(self.view)
        self.born = button("登记新生儿", lambda: self._begin(BirthPanel))
        self.split = button("分户", lambda: self._begin(SplitPanel), tip="一部分家人另立一户")
        self.grave = button("重大变故", lambda: self._begin(GravePanel), tip="登记以后 24 小时内上门")
        self.column.addWidget(flowing(self.born, self.split, self.grave))
        self._moves_title = label("人口变动", "group")
        self.column.addWidget(self._moves_title)
        self.moves = MovementLines()
        self.moves.opened.connect(lambda one: desk.open_record("movement", one))
        self.column.addWidget(self.moves)

    def read(self, record: Record) -> None:
        self.desk.call(browse.household_card, record.id, done=self._show_card, owner=self)
        self.desk.call(moved.former_members, record.id, owner=self, done=lambda found: self._show_former(record, found))
        self.desk.call(moved.of_home, record.id, owner=self, done=lambda lines: self._show_moves(record, lines))

    def _show_card(self, card: HouseholdCard) -> None:
        if self.is_of(card.record.id):
            self._card = card
            self.view.show_card(card)
            enable(self.split, on=len(card.members) > 1, why_not="这一户不到两个人，不能分户。")
            self.settle()

    def _show_former(self, record: Record, found: list[FormerMember]) -> None:
        if self.is_of(record.id):
            self.view.show_former(found)
            self.settle()

    def _show_moves(self, record: Record, lines: list[MovementLine]) -> None:
        if self.is_of(record.id):
            self._moves_title.setVisible(bool(lines))
            self.moves.show_lines(lines)
            self.settle()

    def _begin(self, kind: type[BirthPanel | SplitPanel | GravePanel]) -> None:
        if self._card is not None and self.is_of(self._card.record.id):
            self.open_panel(kind(self.desk, self._card))

    def _new_member(self) -> None:
        self._new("people")

    def _new_visit(self) -> None:
        self._new("visits")

    def _new(self, place: str) -> None:
        if self.record:
            shown = {"household_id": find_ledger("household").title(self.record.values)}
            self.desk.open_page(place, new=True, given={"household_id": self.record.id}, shown=shown)
