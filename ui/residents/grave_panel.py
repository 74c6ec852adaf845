"""重大变故: what happened and when, now unless said otherwise; the plan asks for a visit within a day."""

from __future__ import annotations

from PySide6.QtCore import Qt

from gridworker.ledger.dates import now_stamp
from gridworker.operations import save
from gridworker.operations.browse import HouseholdCard
from ui.desk import Desk
from ui.editors import DeskChoices
from ui.residents.act_panel import ActPanel
from ui.widgets.buttons import LINK, button
from ui.widgets.texts import label

_EVENT, _AT = "grave_event", "grave_event_at"


class GravePanel(ActPanel):
    """Asks what befell a household."""

    def __init__(self, desk: Desk, card: HouseholdCard) -> None:
        super().__init__(desk, "重大变故", "登记变故")
        self._record = card.record
        self._fields = self.ask("household", (_EVENT, _AT), (_EVENT, _AT), {_AT: self._now()}, DeskChoices(desk))
        self.body.addWidget(
            button("现在", self._set_now, kind=LINK, icon="clock", tip="变故时间填现在"), 0, Qt.AlignmentFlag.AlignLeft
        )
        self.body.addWidget(label("登记以后，24 小时内的上门会排进今日工作。", "hint", wrap=True))

    def send(self) -> None:
        if self._sending or not self.is_filled():
            return
        self._sending = True
        typed: dict[str, object] = {**self.typed()}
        self.desk.call(
            save.save, "household", typed, record_id=self._record.id, loaded=self._record, owner=self,
            failed=self.refuse, done=lambda saved: self.done(saved, "已登记重大变故"),
        )  # fmt: skip

    def _now(self) -> str:
        return now_stamp(self.desk.session.now())

    def _set_now(self) -> None:
        self._fields.fill({_AT: self._fields_text(self._now())})

    def _fields_text(self, stamp: str) -> str:
        from gridworker.ledgers.registry import find_ledger

        return find_ledger("household")[_AT].format(stamp)
