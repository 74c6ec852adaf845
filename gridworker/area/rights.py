"""What a role allows in a grid. Moves of a workflow name their own roles; here stand seeing, saving and deleting."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

Verb = Literal["see", "save", "delete", "restore"]
_ALL = frozenset({"*"})
_NONE: frozenset[str] = frozenset()
_FIELD_LEDGERS = frozenset({"visit", "hazard", "wish"})

# role → verb → ledgers; a verb that is not named is not allowed.
_RIGHTS: dict[str, dict[Verb, frozenset[str]]] = {
    "grid_worker": {"see": _ALL, "save": _ALL, "delete": _ALL, "restore": _ALL},
    "grid_lead": {"see": _ALL, "save": _ALL, "delete": _ALL, "restore": _ALL},
    "community": {"see": _ALL, "save": _ALL, "delete": _ALL, "restore": _ALL},
    "specialist": {"see": _ALL, "save": _ALL},
    "part_time": {"see": _ALL, "save": _FIELD_LEDGERS},
    "building_lead": {"see": _ALL, "save": _FIELD_LEDGERS},
    "street": {"see": _ALL},
    "district": {"see": _ALL},
    "department": {"see": _ALL},
    "auditor": {"see": _ALL},
}


def known_roles() -> tuple[str, ...]:
    """Every role there is."""
    return tuple(_RIGHTS)


def may(roles: Iterable[str], verb: Verb, ledger: str) -> bool:
    """Whether any of the roles allows the verb in the ledger; an unknown role allows nothing."""
    return any(_allows(role, verb, ledger) for role in roles)


def _allows(role: str, verb: Verb, ledger: str) -> bool:
    ledgers = _RIGHTS.get(role, {}).get(verb, _NONE)
    return "*" in ledgers or ledger in ledgers
