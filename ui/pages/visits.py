"""The place of the 走访 ledger."""

from __future__ import annotations

from ui.records.page import RecordsPage


class VisitsPage(RecordsPage):
    """走访: list and record."""

    ledger_key = "visit"
