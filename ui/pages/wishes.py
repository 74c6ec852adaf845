"""The place of the 微心愿 ledger."""

from __future__ import annotations

from ui.records.page import RecordsPage


class WishesPage(RecordsPage):
    """微心愿: list and record."""

    ledger_key = "wish"
