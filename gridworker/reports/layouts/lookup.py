"""Which ledger has a hand-made sheet; the others print by the default."""

from __future__ import annotations

from collections.abc import Mapping

from gridworker.reports.layouts.context import Layout
from gridworker.reports.layouts.default import default_layout
from gridworker.reports.layouts.visit import visit_layout

_HAND_MADE: Mapping[str, Layout] = {"visit": visit_layout}


def hand_made_layout(ledger: str) -> Layout | None:
    """The hand-made layout of a ledger, or None for the default."""
    return _HAND_MADE.get(ledger)


def layout_for(ledger: str) -> Layout:
    """The layout a ledger prints by."""
    return hand_made_layout(ledger) or default_layout
