"""What can be done with a record next: its moves as buttons, and a small panel in the page for what a move asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from gridworker.errors import AppError
from gridworker.ledger.facts import Value
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.record import Record
from gridworker.ledger.workflow import Move
from gridworker.operations.refusals import SaveRefused
from gridworker.operations.transition import Offer
from ui.form import DRAFT_AFTER_MS
from ui.plain_editors import Choices
from ui.records.asked import AskedFields
from ui.widgets.buttons import PRIMARY, button, enable
from ui.widgets.states import Banner
from ui.widgets.texts import label


class MovesPanel(QWidget):
    """The moves that lead on from a record's state; emits `move_requested(event, args)`."""

    move_requested = Signal(str, dict)
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
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._column.addWidget(label("办理", "group"))
        self._buttons = QWidget()
        self._column.addWidget(self._buttons)
        self._refused = label("", "hint", wrap=True)
        self._column.addWidget(self._refused)
        self.banner = Banner()
        self._column.addWidget(self.banner)
        self._panel = QWidget()
        self._column.addWidget(self._panel)
        self._panel.hide()
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
        self.put_away()
        self._ledger, self.record, self._offers = ledger, record, offers
        self.banner.hide()
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        fresh = QWidget()
        fresh.setLayout(line)
        for offer in offers:
            one = button(offer.move.label, partial(self._begin, offer.move))
            enable(one, on=offer.allowed, why_not=offer.why)
            if not offer.allowed:
                one.setAccessibleDescription(offer.why)
            line.addWidget(one)
        line.addStretch(1)
        self._column.replaceWidget(self._buttons, fresh)
        self._buttons.deleteLater()
        self._buttons = fresh
        refused = [f"{offer.move.label}：{offer.why}" for offer in offers if not offer.allowed]
        self._refused.setText("\n".join(refused) if offers else "已经办完，没有下一步。")
        self._refused.setVisible(bool(refused) or not offers)

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
        if not move.asks and not move.reason:
            self.move_requested.emit(move.event, {})
            return
        self._close_panel()
        self._move = move
        column = QVBoxLayout()
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(12)
        self._asked = AskedFields(self._ledger, move, self.record.values if self.record else {}, self._choices)
        self._asked.edited.connect(self._edited)
        column.addWidget(self._asked)
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
        self._buttons.hide()
        self.unfolded.emit(True)
        if focus:
            self._asked.focus_first()

    def _send(self) -> None:
        if self._move is None or self._asked is None or self._asked.when_ready(self._send):
            return
        problems = self._asked.problems()
        self._asked.show_problems(problems)
        if not problems:
            self.move_requested.emit(self._move.event, {key: text for key, text in self._asked.raw().items() if text})

    def _close_panel(self) -> None:
        self._move = None
        self._asked = None
        self._panel.hide()
        self._buttons.show()
        self.unfolded.emit(False)
