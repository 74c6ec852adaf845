"""Which ledgers have something around their form."""

from __future__ import annotations

from gridworker.ledger.ledger import Ledger
from ui.desk import Desk
from ui.residents.around import Around
from ui.residents.home_around import HomeAround
from ui.residents.person_around import PersonAround


def around_for(desk: Desk, ledger: Ledger) -> Around | None:
    """The surroundings of a ledger's records; most have none."""
    kinds: dict[str, type[HomeAround | PersonAround]] = {"household": HomeAround, "person": PersonAround}
    kind = kinds.get(ledger.key)
    return kind(desk) if kind else None
