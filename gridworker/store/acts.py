"""The names under which operations written together belong together: one act of a person."""

from __future__ import annotations

from gridworker.identity import new_id

_ACT = "act:"
_WHOLE = "whole:"


def new_act() -> str:
    """A name for an act that is undone as one, and of which the server judges each operation alone.

    A visit that found a hazard was made, whatever becomes of the hazard.
    """
    return _ACT + new_id()


def new_whole_act() -> str:
    """A name for an act that takes effect whole or not at all, on the server as well."""
    return _WHOLE + new_id()


def is_act(batch: str | None) -> bool:
    """Whether operations under this name are one act, not an import."""
    return bool(batch) and str(batch).startswith((_ACT, _WHOLE))


def whole_act_of(batch: str | None) -> str:
    """The act a server judges as one, by its id; empty where each operation is judged alone."""
    return batch.removeprefix(_WHOLE) if batch and batch.startswith(_WHOLE) else ""
