"""What can be done with a record next: its moves as buttons, and a small panel in the page for what a move asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from gridworker.errors import AppError
from gridworker.ledger.facts import Value
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.record import Record
from gridworker.ledger.workflow import Move
from gridworker.operations.refusals import SaveRefused
from gridworker.operations.transition import Offer
from ui import icons
from ui.editor import Choices
from ui.form import DRAFT_AFTER_MS
from ui.records.asked import AskedFields
from ui.widgets.buttons import LINK, PRIMARY, button, enable
from ui.widgets.flow import Flow
from ui.widgets.stacking import column_in
from ui.widgets.states import Banner
from ui.widgets.tab_order import first_stop, holds_focus, keep_tab_order, stop_before
from ui.widgets.texts import label

# As many buttons as have room in one line; more than a few are told apart by how likely they are.
_FEW, _FIRST = 3, 2
_HEADING = "办理"


class MovesPanel(QWidget):
    """The moves that lead on from a record's state; emits `move_requested(event, args)`."""

    move_requested = Signal(str, dict)
    notice_requested = Signal(str)
    """A kind of public notice of the ledger, to be printed."""
    unfolded = Signal(bool)
    """Whether a move is being filled in: its button is the primary one then."""
    typed = Signal(object, str, dict)
    """(Record, event, texts): what is to be kept as the draft of a move; no texts, no draft."""
    resumed = Signal(object, dict)
    """(Record, links): a move was taken up again, whose links are to be named."""

    def __init__(self, choices: Choices | None = None) -> None:
        super().__init__()
        self._choices = choices
        self.record: Record | None = None
        self._move: Move | None = None
        self._asked: AskedFields | None = None
        self._column = column_in(self, 8)
        self._heading = label(_HEADING, "group")
        self._column.addWidget(self._heading)
        self._buttons = QWidget()
        self._column.addWidget(self._buttons)
        self._others = QWidget()
        self._column.addWidget(self._others)
        self._others.hide()
        self._notices = QWidget()
        self._column.addWidget(self._notices)
        self._notices.hide()
        self._waits = label("下一步由别的岗位办理。", "second", wrap=True)
        self._column.addWidget(self._waits)
        self._waits.hide()
        self._refused = label("", "hint", wrap=True)
        self._column.addWidget(self._refused)
        self.banner = Banner()
        self._column.addWidget(self.banner)
        self._panel = QWidget()
        self._column.addWidget(self._panel)
        self._panel.hide()
        self.more: QPushButton | None = None
        self._offers: Sequence[Offer] = ()
        self._dirty = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DRAFT_AFTER_MS)
        self._timer.timeout.connect(self.keep_draft)

    def show_offers(self, ledger: Ledger, record: Record, offers: Sequence[Offer]) -> None:
        """Show where the record stands and what can be done with it; a move that is being filled in stays open."""
        known = self.record
        same = known is not None and known.id == record.id and known.status == record.status
        if self._move and same and any(offer.move == self._move and offer.allowed for offer in offers):
            self.record, self._offers = record, offers
            return
        held = holds_focus(self)
        self.put_away()
        self._ledger, self.record, self._offers = ledger, record, offers
        self.banner.hide()
        self.more = None
        first, rest = _likely_first(ledger, record.status, offers)
        fresh = QWidget()
        flow = Flow(fresh, gap=8)
        for offer in first:
            flow.addWidget(self._make_button(offer))
        if rest:
            self.more = button("更多办理", kind=LINK, icon="chevron-down", tip="其他可以办的，和由别的岗位办的")
            self.more.setText(f"\u2009更多办理（{len(rest)}）")
            self.more.setCheckable(True)
            self.more.toggled.connect(self._unfold)
            flow.addWidget(self.more)
        self._buttons = self._put(self._buttons, fresh)
        self._others = self._put(self._others, self._make_others(rest))
        self._others.hide()
        self._notices = self._put(self._notices, self._make_notices(ledger))
        self._notices.setVisible(bool(ledger.notices))
        refused = [f"{offer.move.label}：{offer.why}" for offer in offers if not offer.allowed]
        self._refused.setText("\n".join(refused) if offers else "已经办完，没有下一步。")
        self._refused.setVisible(not offers or (bool(refused) and not rest))
        self._waits.setVisible(bool(rest) and not first)
        keep_tab_order(self)
        if held:
            # What was just made is shown in the next turn; without it the focus went to the end of the window.
            QTimer.singleShot(0, self, self._take_focus)

    def _take_focus(self) -> None:
        # Where others go on, what was done is read from the head of the record.
        target = first_stop(self) or stop_before(self)
        if target is not None:
            target.setFocus(Qt.FocusReason.OtherFocusReason)

    def _make_button(self, offer: Offer) -> QPushButton:
        one = button(offer.move.label, partial(self._begin, offer.move))
        enable(one, on=offer.allowed, why_not=offer.why)
        if not offer.allowed:
            one.setAccessibleDescription(offer.why)
        return one

    def _make_others(self, rest: Sequence[Offer]) -> QWidget:
        held = QWidget()
        flow = Flow(held, gap=8)
        for offer in rest:
            flow.addWidget(self._make_button(offer))
        return held

    def _make_notices(self, ledger: Ledger) -> QWidget:
        held = QWidget()
        flow = Flow(held, gap=8)
        for one in ledger.notices:
            pressed = partial(self.notice_requested.emit, one.key)
            tip = f"打印整张{one.label}：只有可以公开的内容"
            flow.addWidget(button(f"打印{one.label}", pressed, kind=LINK, icon="printer", tip=tip))
        return held

    def _put(self, old: QWidget, fresh: QWidget) -> QWidget:
        self._column.replaceWidget(old, fresh)
        # A widget that waits to be deleted would be drawn and found until then.
        old.hide()
        old.setParent(None)
        old.deleteLater()
        return fresh

    def _unfold(self, unfolded: bool) -> None:  # noqa: FBT001 - a Qt signal's argument
        self._others.setVisible(unfolded)
        self._refused.setVisible(unfolded and bool(self._refused.text()))
        if self.more:
            icons.wear(self.more, "chevron-up" if unfolded else "chevron-down", "primary", 18)

    def tell(self, error: AppError) -> None:
        """Say why a move was refused, beside the field where it is about one."""
        if isinstance(error, SaveRefused) and self._asked:
            self._asked.show_problems(error.problems)
            return
        self.banner.tell(error)

    def is_open(self) -> bool:
        """Whether a move is being filled in."""
        return self._move is not None

    def close_panel(self) -> None:
        """Leave the move that is being filled in; what was typed is forgotten, nothing was done."""
        self._rest()
        if self.record and self._move:
            self.typed.emit(self.record, self._move.event, {})
        self._close_panel()

    def put_away(self) -> None:
        """Leave it for another record; what was typed stays as a draft."""
        self.keep_draft()
        self._close_panel()

    def keep_draft(self) -> None:
        """Keep what was typed, now."""
        self._timer.stop()
        if self._dirty and self.record and self._move and self._asked:
            self.typed.emit(self.record, self._move.event, self._asked.changed())
        self._dirty = False

    def resume(self, event: str, raw: Mapping[str, str]) -> None:
        """Take up a move again whose texts were kept, where it can still be made."""
        move = next((one.move for one in self._offers if one.move.event == event and one.allowed), None)
        if move is None or self._move is not None:
            return
        # Whoever goes through the list by keys stays in it.
        self._begin(move, focus=False)
        if self._asked:
            self._asked.fill(raw)
            self._rest()
            self.banner.say("已恢复上次没办完的填写。")
            self.resumed.emit(self.record, self._asked.links())

    def name_links(self, links: Mapping[str, Value], shown: Mapping[str, str]) -> None:
        """Say the links of the move by name."""
        if self._asked and self._asked.links() == links:
            self._asked.name_links(links, shown)
            self._rest()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._move:
            self.close_panel()
        else:
            super().keyPressEvent(event)

    def _edited(self) -> None:
        self._dirty = True
        self._timer.start()

    def _rest(self) -> None:
        self._dirty = False
        self._timer.stop()

    def _begin(self, move: Move, *, focus: bool = True) -> None:
        self.banner.hide()
        self._close_panel()
        self._move = move
        self._heading.setText(f"{_HEADING}：{move.label}")
        column = QVBoxLayout()
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(12)
        self._asked = AskedFields(self._ledger, move, self.record.values if self.record else {}, self._choices)
        self._asked.edited.connect(self._edited)
        column.addWidget(self._asked)
        asks = bool(move.asks or move.reason)
        if not asks:
            # One press alone would do what no second one takes back.
            column.addWidget(label("这一步没有要填的。办理以后记入留痕，不能撤销。", "second", wrap=True))
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addStretch(1)
        foot.addWidget(button("先不办", self.close_panel, tip="不办理，记录不变（Esc）"))
        self.confirm = button(move.label, self._send, kind=PRIMARY)
        foot.addWidget(self.confirm)
        column.addLayout(foot)
        fresh = QWidget()
        fresh.setLayout(column)
        self._column.replaceWidget(self._panel, fresh)
        self._panel.deleteLater()
        self._panel = fresh
        for part in (self._buttons, self._others, self._refused, self._notices):
            part.hide()
        self.unfolded.emit(True)
        keep_tab_order(self)
        if focus and asks:
            self._asked.focus_first()
        elif focus:
            self.confirm.setFocus(Qt.FocusReason.OtherFocusReason)

    def _send(self) -> None:
        if self._move is None or self._asked is None or self._asked.when_ready(self._send):
            return
        problems = self._asked.problems()
        self._asked.show_problems(problems)
        if not problems:
            self.move_requested.emit(self._move.event, {key: text for key, text in self._asked.raw().items() if text})

    def _close_panel(self) -> None:
        held = holds_focus(self._panel)
        self._move = None
        self._asked = None
        self._panel.hide()
        self._heading.setText(_HEADING)
        self._buttons.show()
        folded = self.more is not None and not self.more.isChecked()
        self._others.setVisible(self.more is not None and not folded)
        self._refused.setVisible(bool(self._refused.text()) and not folded)
        self._notices.setVisible(self.record is not None and bool(self._ledger.notices))
        self.unfolded.emit(False)
        if held:
            self._take_focus()


def _likely_first(ledger: Ledger, state: str, offers: Sequence[Offer]) -> tuple[list[Offer], list[Offer]]:
    """The few moves that lead on from a state, and the rest: what stays, what leads back, what others do."""
    if len(offers) <= _FEW or ledger.workflow is None:
        return list(offers), []
    places = {one.key: place for place, one in enumerate(ledger.workflow.states)}

    def rank(offer: Offer) -> tuple[bool, bool, bool, bool]:
        move = offer.move
        forward = places.get(move.target, 0) > places.get(state, 0)
        return not offer.allowed, move.target == state, not forward, move.reason

    ranked = sorted(offers, key=rank)
    first = [offer for offer in ranked[:_FIRST] if offer.allowed]
    return first, [offer for offer in ranked if offer not in first]
