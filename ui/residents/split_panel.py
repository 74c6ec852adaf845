"""分户: who is the new head, who goes along, where to, and the relations that do not follow by themselves."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from gridworker.ledger.facts import Value
from gridworker.ledgers.registry import find_ledger
from gridworker.operations import families
from gridworker.operations.browse import HouseholdCard, MemberLine
from gridworker.operations.save import Saved
from ui.desk import Desk
from ui.editor import Editor
from ui.editors import DeskChoices, editor_for
from ui.residents.act_panel import ActPanel
from ui.widgets.inputs import Choice, Tick
from ui.widgets.labelled import Labelled
from ui.widgets.stacking import column_in
from ui.widgets.texts import label

_ADDRESS = ("compound_name", "building_no", "unit_no", "room_no")
_MUST = ("compound_name", "building_no", "room_no")


class SplitPanel(ActPanel):
    """Asks how one household becomes two."""

    def __init__(self, desk: Desk, card: HouseholdCard) -> None:
        super().__init__(desk, "分户", "分户")
        self._members = {one.id: one for one in card.members}
        self.head = Choice()
        self.head.addItem("请选择", "")
        for one in card.members:
            self.head.addItem(_called(one), one.id)
        self.head.currentIndexChanged.connect(lambda _row: self._suit())
        self._head = Labelled("新户主", self.head, note="必填")
        self.body.addWidget(self._head)
        self.ticks = {one.id: Tick(_called(one)) for one in card.members}
        self._make_ticks()
        self._relations: dict[str, Editor] = {}
        self._labelled: dict[str, Labelled] = {}
        self._rows = QVBoxLayout()
        self._rows.setSpacing(12)
        self.body.addLayout(self._rows)
        self.body.addWidget(label("新住址", "group"))
        values = {"compound_name": card.record.values.get("compound_name")}
        self.ask("household", _ADDRESS, _MUST, values, DeskChoices(desk))

    def begin(self) -> None:
        self.head.setFocus()

    def going(self) -> list[str]:
        """Those who go along with the new head."""
        return [one for one, tick in self.ticks.items() if tick.isChecked() and one != self.head.currentData()]

    def relation(self, person_id: str) -> Editor:
        """Where the relation of somebody who goes along is said."""
        return self._relations[person_id]

    def send(self) -> None:
        self._head.show_problem("" if self.head.currentData() else "请选新户主。")
        unsaid = self._unsaid()
        filled = self.is_filled()
        if self._sending or not self.head.currentData() or unsaid or not filled:
            if not self.head.currentData():
                self.head.setFocus()
            return
        self._sending = True
        relations = {one: self._relations[one].raw() for one in self.going()}
        self.desk.call(
            families.split, str(self.head.currentData()), self.going(), self.typed(), relations=relations,
            done=self._split, failed=self.refuse, owner=self,
        )  # fmt: skip

    def _split(self, saved: Saved) -> None:
        self.done(saved, f"已分户，新住户 {find_ledger('household').title(saved.record.values)}")

    def _make_ticks(self) -> None:
        holder = QWidget()
        column = column_in(holder, 0)
        for tick in self.ticks.values():
            tick.clicked.connect(lambda _on: self._suit())
            column.addWidget(tick)
        self.body.addWidget(Labelled("同去的人", holder, buddy=next(iter(self.ticks.values()), holder)))

    def _suit(self) -> None:
        """Ask the relations of those who go along; those that follow are filled in already."""
        head = str(self.head.currentData() or "")
        for one, tick in self.ticks.items():
            tick.setVisible(one != head)
        going = self.going() if head else []
        for gone in [one for one in self._labelled if one not in going]:
            self._labelled.pop(gone).deleteLater()
            self._relations.pop(gone)
        if going:
            self.desk.call(
                families.relations_after, head, going, owner=self, failed=self.refuse,
                done=lambda found: self._ask_relations(head, found),
            )  # fmt: skip

    def _ask_relations(self, head: str, found: dict[str, Value]) -> None:
        if head != self.head.currentData() or list(found) != self.going():
            return
        for person_id, relation in found.items():
            if person_id not in self._relations:
                self._add_relation(person_id)
            self._relations[person_id].set_value(relation)
        self.changed.emit()

    def _add_relation(self, person_id: str) -> None:
        editor = editor_for(find_ledger("person")["relation_code"])
        name = f"{self._members[person_id].name}与新户主关系"
        editor.focus_target().setAccessibleName(name)
        self._relations[person_id] = editor
        self._labelled[person_id] = Labelled(name, editor, note="必填", buddy=editor.focus_target())
        self._rows.addWidget(self._labelled[person_id])

    def _unsaid(self) -> list[str]:
        missing = [one for one in self.going() if one not in self._relations or not self._relations[one].raw()]
        for one, labelled in self._labelled.items():
            labelled.show_problem("关系推不出来，请选一项。" if one in missing else "")
        if missing and missing[0] in self._relations:
            self._relations[missing[0]].focus_target().setFocus()
        return missing


def _called(one: MemberLine) -> str:
    return " · ".join(part for part in (one.name or "未登记姓名", one.relation, one.age) if part)
