"""The place of the 居民 ledger."""

from __future__ import annotations

from ui.records.page import RecordsPage


class PeoplePage(RecordsPage):
    """居民: list and record."""

    ledger_key = "person"
