"""Who moves between grids, on this side of the server: whom we await, whom we let go, and when it cannot be undone."""

from __future__ import annotations

from gridworker.errors import KnownError
from gridworker.ledger.facts import Problem, Values
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.record import Record
from gridworker.ledgers import movement as kinds
from gridworker.ledgers.registry import find_ledger
from gridworker.store.query import Condition, Query
from gridworker.store.store import ReadTx

_MOVEMENT = "movement"
_ALONE = "本机没有加入服务器，不会移交给对方；请导出或打印居民登记表，另行交给对方网格。"


def awaiting(tx: ReadTx, ledger: Ledger, values: Values) -> str | None:
    """The 迁入 that waits for this very person: registering her fills it in, and makes no second one."""
    person = values.get("person_id")
    if ledger.key != _MOVEMENT or values.get("movement_type") != kinds.IN or not isinstance(person, str):
        return None
    query = Query(
        _MOVEMENT, (Condition("person_id", "is", person), Condition("transfer_state", "is", kinds.AWAITED)), limit=1
    )
    found = tx.records(_MOVEMENT, tx.select(query))
    return found[0].id if found and is_open(found[0].values) else None


def is_open(values: Values) -> bool:
    """Whether a movement still waits for the household somebody moves into."""
    return bool(values.get("awaited_since")) and not values.get("to_household_id")


def registers(before: Record | None, after: Record) -> bool:
    """Whether a change of a movement is the act of registering whom we awaited."""
    return (
        before is not None and before.ledger == _MOVEMENT and is_open(before.values) and not is_open(after.values)
    )  # fmt: skip


def told_at_leaving(tx: ReadTx) -> tuple[Problem, ...]:
    """What must be said to somebody who lets a person go to another grid."""
    return () if tx.meta("server_url") else (Problem("other_grid", _ALONE),)


def raise_if_kept(record: Record) -> None:
    """Refuses to delete or undo what its ledger keeps by now."""
    kept = find_ledger(record.ledger).keeps(record.values)
    if kept:
        raise KnownError(kept, safe="记录没有改动。")
