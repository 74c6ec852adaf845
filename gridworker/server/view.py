"""What a person is shown of a grid when she pulls: the rights of `area/rights.py`, record by record.

Whoever sees everything is sent the rows as they are stored. For anybody else a cursor also names the view it was
written for: where posts have changed since, she starts from the beginning, and is sent what she may see now.
"""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

import msgspec

from gridworker.area.asked import asked_of
from gridworker.area.belonging import Actor
from gridworker.area.rights import Sight, sees_everything, sight
from gridworker.ledger.facts import Sensitivity
from gridworker.ledgers.registry import all_ledgers

_MARK_DIGITS = 12


class View:
    """One person's view of one grid today."""

    def __init__(self, actor: Actor, scope: str, today: date) -> None:
        self._actor, self._scope, self._today = actor, scope, today
        self.is_whole = sees_everything(actor, scope, today=today)
        self.mark = "" if self.is_whole else self._digest()
        """Names the view in a cursor; empty for the whole grid."""

    def fields_of(self, ledger_key: str, fields: str) -> dict[str, Any] | None:
        """What she may see of a record's fields; None where she may not see the record."""
        ledger = all_ledgers().get(ledger_key)
        values: dict[str, Any] = msgspec.json.decode(fields)
        if ledger is None:
            return None
        asked = asked_of(ledger, self._scope, values)
        seen = sight(self._actor, asked, today=self._today)
        if seen is Sight.NOTHING:
            return None
        if seen is Sight.FULL:
            return values
        # A field no declaration names may be anything, and is kept back as well.
        shown = {known.key for known in ledger.fields if known.sensitivity is not Sensitivity.SENSITIVE}
        return {key: value for key, value in values.items() if key in shown}

    def _digest(self) -> str:
        posts = self._actor.posts_on(self._today, self._scope)
        facts = sorted({(post.role, post.unit, post.building) for post in posts})
        return hashlib.sha256(msgspec.json.encode(facts)).hexdigest()[:_MARK_DIGITS]
