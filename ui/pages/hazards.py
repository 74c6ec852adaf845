"""The place of the 隐患 ledger."""

from __future__ import annotations

from ui.records.page import RecordsPage


class HazardsPage(RecordsPage):
    """隐患: list and record."""

    ledger_key = "hazard"
