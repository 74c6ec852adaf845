"""What an operation changed, so that every view that shows it can refresh itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Changes:
    """Ids and ledgers that changed; `bulk` says that too much changed to look at ids."""

    ids: frozenset[str] = frozenset()
    ledgers: frozenset[str] = frozenset()
    bulk: bool = False

    def __or__(self, other: Changes) -> Changes:
        return Changes(self.ids | other.ids, self.ledgers | other.ledgers, self.bulk or other.bulk)


NOTHING = Changes()
