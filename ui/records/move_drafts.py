"""The typed arguments of a move as a draft: kept while typing, taken up again when its record is opened."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject

from gridworker.ledger.facts import Value
from gridworker.ledger.record import Record
from gridworker.operations import browse, move_drafts
from gridworker.operations.move_drafts import MoveDraft
from ui.desk import Desk
from ui.records.moves import MovesPanel


class MoveDrafts(QObject):
    """Stands between the panel of the moves and the store."""

    def __init__(self, desk: Desk, panel: MovesPanel) -> None:
        super().__init__(panel)
        self._desk, self._panel = desk, panel
        panel.typed.connect(self._keep)
        panel.resumed.connect(self._name_links)

    def take_up(self, record: Record) -> None:
        """Open the move of a record that was begun, if there is one."""

        def heard(draft: MoveDraft | None) -> None:
            shown = self._panel.record
            if draft and shown and shown.id == record.id:
                self._panel.resume(draft.event, draft.raw)

        self._desk.call(move_drafts.load, record.ledger, record.id, done=heard, owner=self)

    def forget(self, record: Record) -> None:
        """The move was made."""
        self._desk.call(move_drafts.drop, record.ledger, record.id, owner=self)

    def _keep(self, record: Record, event: str, raw: dict[str, str]) -> None:
        self._desk.call(move_drafts.keep, record.ledger, record.id, event, raw, owner=self)

    def _name_links(self, record: Record, links: Mapping[str, Value]) -> None:
        if links:
            one = Record("", record.ledger, record.grid_code, dict(links))
            self._desk.call(
                browse.shown, one, done=lambda shown: self._panel.name_links(links, shown), owner=self
            )  # fmt: skip
