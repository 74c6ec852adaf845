"""The place of the 住户 ledger."""

from __future__ import annotations

from ui.records.page import RecordsPage


class HomesPage(RecordsPage):
    """住户: list and record."""

    ledger_key = "household"
