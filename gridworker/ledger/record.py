"""One record of a ledger as it stands on this device."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from gridworker.ledger.facts import Value


@dataclass(frozen=True)
class Record:
    """Identity, place and state of a record, and the values of its fields.

    `values` also holds fields of newer programs that no declaration here knows; they are kept.
    `revision` is the server's; 0 means that the server has not judged it yet.
    """

    id: str
    ledger: str
    grid_code: str
    values: Mapping[str, Value] = field(default_factory=dict)
    status: str = ""
    revision: int = 0
    deleted: bool = False

    def with_values(
        self, changes: Mapping[str, Value], *, status: str | None = None, revision: int | None = None
    ) -> Record:
        """The record with some fields, and perhaps its state or revision, changed."""
        return replace(
            self,
            values={**self.values, **changes},
            status=self.status if status is None else status,
            revision=self.revision if revision is None else revision,
        )

    def flat(self) -> dict[str, object]:
        """One flat object with the names of the declaration, as printed by `--json`."""
        head: dict[str, object] = {
            "id": self.id, "ledger": self.ledger, "grid_code": self.grid_code,
            "status": self.status, "revision": self.revision,
        }  # fmt: skip
        if self.deleted:
            head["deleted"] = True
        return head | dict(self.values)
