"""One act of a person that writes several records: its operations carry one name, so that they are undone as one."""

from __future__ import annotations

from gridworker.identity import new_id

_ACT = "act:"


def new_act() -> str:
    """A name for the operations of one act."""
    return _ACT + new_id()


def is_act(batch: str | None) -> bool:
    """Whether operations under this name are one act, not an import."""
    return bool(batch) and str(batch).startswith(_ACT)
