"""A sheet for a public board: which records of a ledger hang there, and the few fields that may."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Notice:
    """One kind of public notice (公示); a ledger that declares any hangs nothing else on a board."""

    key: str
    label: str
    states: tuple[str, ...]
    columns: tuple[str, ...]
