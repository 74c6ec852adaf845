"""登记新生儿: the child and her birth in one act."""

from __future__ import annotations

from gridworker.operations import families
from gridworker.operations.browse import HouseholdCard
from ui.desk import Desk
from ui.residents.act_panel import ActPanel
from ui.residents.member_choices import MemberChoices
from ui.widgets.texts import label

_ASKS = (
    "name", "sex_code", "birth_date", "relation_code", "guardian_person_id", "emergency_contact", "emergency_phone",
)  # fmt: skip


class BirthPanel(ActPanel):
    """Asks who was born into a household."""

    def __init__(self, desk: Desk, card: HouseholdCard) -> None:
        super().__init__(desk, "登记新生儿", "登记新生儿")
        self._home = card.record.id
        born = {"birth_date": desk.session.today().isoformat()}
        self.ask("person", _ASKS, _ASKS[:4], born, MemberChoices(desk, card.members))
        self.body.addWidget(label("监护人按 ↓ 从这一户里选；不住本网格时，填紧急联系人和电话。", "hint", wrap=True))

    def send(self) -> None:
        if self._sending or not self.is_filled():
            return
        self._sending = True
        child = self.typed()
        self.desk.call(
            families.birth, self._home, child, owner=self, failed=self.refuse,
            done=lambda saved: self.done(saved, f"已登记新生儿 {child['name']}"),
        )  # fmt: skip
