"""Which record here an imported row is about: by number where it has one, by place, name and time where not."""

from __future__ import annotations

from collections.abc import Mapping

from gridworker.identity import new_id
from gridworker.ledger.code_fields import Ref, Refs
from gridworker.ledger.dates import now_stamp
from gridworker.ledger.facts import Auto, Value, Values
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import find_ledger
from gridworker.operations.session import Session
from gridworker.store.store import ReadTx

# The workbook came from the office; no visit stands behind it.
_SOURCE = "上级交办"


class Known:
    """The records of a ledger that are here, by the keys an imported row can give."""

    def __init__(self, tx: ReadTx, ledger: Ledger) -> None:
        self._tx, self._ledger = tx, ledger
        names = list(dict.fromkeys((*(name for key in ledger.same_by for name in key), "remark")))
        statement = f"SELECT id, {', '.join(names)} FROM {tx.table_of(ledger.key)} WHERE deleted = 0"  # noqa: S608 - declared names
        self._ids: dict[str, str] = {}
        for record_id, *cells in tx.sql(statement):
            for key in keys_of(ledger, dict(zip(names, cells, strict=True))):
                self._ids.setdefault(key, str(record_id))

    def match(self, values: Values) -> Record | None:
        """The record the values are about."""
        for key in keys_of(self._ledger, values):
            if key in self._ids:
                return self._tx.get(self._ledger.key, self._ids[key])
        return None


def keys_of(ledger: Ledger, values: Mapping[str, object]) -> list[str]:
    """The keys that values give, the surest first."""
    return [
        "\x1f".join((names[-1], *(_told(ledger, name, values) for name in names)))
        for names in ledger.same_by
        if values.get(names[-1])
    ]


def noted(label: str, name: str) -> str:
    """How a remark keeps a name that nobody here bears."""
    return f"{label}：{name}"


def _told(ledger: Ledger, key: str, values: Mapping[str, object]) -> str:
    """A value as a key has it; of a link that nobody could be found for, the name that was written."""
    value = str(values.get(key) or "")
    if value or not isinstance(ledger[key], Ref):
        return value
    start = noted(ledger[key].label, "")
    notes = str(values.get("remark") or "").split("；")
    return next((note.removeprefix(start) for note in notes if note.startswith(start)), "")


def new_record(session: Session, ledger_key: str, values: Values) -> Record:
    """A record no device has seen yet, with what is true of every imported one."""
    ledger = find_ledger(ledger_key)
    filled: dict[str, Value] = {
        "recorded_by": session.actor.id,
        "recorded_at": now_stamp(session.now()),
        "source_channel": _SOURCE,
    }
    # Who does it is the same person; when it happened only the row can say.
    filled |= {
        field.key: session.actor.id
        for field in ledger.fields
        if field.default is Auto.ME and not isinstance(field, Refs)
    }
    status = ledger.workflow.initial if ledger.workflow else ""
    return Record(new_id(), ledger_key, session.place.grid_code, {**filled, **values}, status)
