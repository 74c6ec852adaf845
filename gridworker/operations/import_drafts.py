"""An import that was begun and not finished: which file, and what was decided about it; the file itself is not kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gridworker.operations import drafts, import_
from gridworker.operations.import_ import Choices, ImportPlan
from gridworker.operations.import_states import AS_IS, StateChoice
from gridworker.operations.session import Session

_KEY = "import"
# No ledger is called so: the list of unfinished forms passes this one over.
_LEDGER = "@import"


@dataclass(frozen=True)
class BegunImport:
    """A file that was chosen for a ledger; `choices` only where it is still the very file they were made for."""

    ledger: str
    path: Path
    sheet: str
    choices: Choices | None


def keep(session: Session, path: Path, plan: ImportPlan) -> None:
    """Keeps where an import stands."""
    choices = plan.choices
    corrections = [[row, field, text] for (row, field), text in (choices.corrections or {}).items()]
    raw = {
        "ledger": plan.ledger.key, "path": str(path.absolute()), "sheet": plan.sheet.name, "stamp": _stamp(path),
        "mapping": json.dumps(list((choices.mapping or {}).items())), "skipped": json.dumps(sorted(choices.skipped)),
        "corrections": json.dumps(corrections),
        "states": json.dumps([choices.states.how, dict(choices.states.words)]),
    }  # fmt: skip
    drafts.keep(session, _KEY, _LEDGER, raw)


def load(session: Session) -> BegunImport | None:
    """The import that was begun, where its file is still there."""
    draft = drafts.load(session, _KEY)
    if draft is None:
        return None
    raw, path = draft.raw, Path(draft.raw["path"])
    stamp = _stamp(path)
    if not stamp:
        return None
    return BegunImport(raw["ledger"], path, raw["sheet"], _choices(raw) if stamp == raw["stamp"] else None)


def drop(session: Session) -> None:
    """Forgets it once it was imported or given up."""
    drafts.drop(session, _KEY)


def go_on(
    session: Session,
    begun: BegunImport,
    *,
    progress: import_.Progress = lambda _done, _total, _text: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> ImportPlan:
    """Reads the file again, and decides again as it was decided before."""
    sheet = begun.sheet if begun.choices else None
    plan = import_.read(session, begun.ledger, begun.path, sheet=sheet, progress=progress, cancelled=cancelled)
    if begun.choices is None or begun.choices == Choices():
        return plan
    mapping, skip, corrections = begun.choices.mapping, begun.choices.skipped, begun.choices.corrections
    states = begun.choices.states
    return import_.with_choices(session, plan, mapping=mapping, skip=skip, corrections=corrections, states=states)


def _choices(raw: dict[str, str]) -> Choices:
    mapping = {int(index): field for index, field in json.loads(raw["mapping"])}
    corrections = {(int(row), str(field)): str(text) for row, field, text in json.loads(raw["corrections"])}
    how, words = json.loads(raw["states"]) if "states" in raw else (AS_IS, {})
    return Choices(mapping or None, frozenset(json.loads(raw["skipped"])), corrections or None, StateChoice(how, words))


def _stamp(path: Path) -> str:
    """Size and time of a file, by which another one under its name is told; nothing where there is none."""
    try:
        found = path.stat()
    except OSError:
        return ""
    return f"{found.st_size} {found.st_mtime_ns}"
