"""One head (户主) a household: a second one is refused where a person makes her, and told where two devices did."""

from __future__ import annotations

from collections.abc import Collection

from gridworker.errors import KnownError
from gridworker.ledger.facts import Problem, Severity, Values
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.record import Record
from gridworker.ledgers.person import LEFT
from gridworker.store.store import ReadTx

HEADS = ("01", "02")
"""GB/T 4761: 本人 in a household register is its head too."""
_HEADS_OF = (
    "SELECT id, coalesce(name, ''), coalesce(living_state, '') FROM person "
    "WHERE household_id = ? AND deleted = 0 AND relation_code IN ('01', '02')"
)
_NOTHING: tuple[list[str], tuple[str, ...]] = ([], ())
_WAY_OUT = "一户只能有一位户主；换了户主请登记人口变动“更换户主”。"


def head_problems(tx: ReadTx, ledger: Ledger, before: Record | None, values: Values, record_id: str) -> list[Problem]:
    """What is wrong with who heads a household; only a warning where it stood so before this change."""
    found, keys = _NOTHING
    if ledger.key == "person":
        found, keys = _second_head(tx, values, record_id), ("relation_code", "household_id", "living_state")
    elif ledger.key == "household":
        found, keys = _strange_head(tx, values, record_id), ("head_person_id",)
    is_new = before is None or any(values.get(key) != before.values.get(key) for key in keys)
    severity = Severity.ERROR if is_new else Severity.WARNING
    return [Problem(keys[0], message, severity) for message in found]


def other_heads(tx: ReadTx, values: Values, but: Collection[str]) -> list[str]:
    """The names of those who head the household that a person would head too."""
    if values.get("relation_code") not in HEADS or values.get("living_state") in LEFT:
        return []
    return [name for one, name in _heads_of(tx, str(values.get("household_id") or "")) if one not in but]


def raise_if_second_head(tx: ReadTx, person: Record) -> None:
    """Refuses where a person would head a household that is headed by somebody else."""
    names = other_heads(tx, person.values, {person.id})
    if names:
        raise KnownError(f"这一户现在的户主是“{'、'.join(names)}”，不能撤销。", safe="记录没有改动。", action=_WAY_OUT)


def told(names: Collection[str]) -> str:
    """The sentence for a household that has heads already."""
    return f"这一户已有户主“{'、'.join(names)}”。{_WAY_OUT}"


def _second_head(tx: ReadTx, values: Values, record_id: str) -> list[str]:
    names = other_heads(tx, values, {record_id})
    return [told(names)] if names else []


def _strange_head(tx: ReadTx, values: Values, home_id: str) -> list[str]:
    head = tx.find(str(values.get("head_person_id") or ""))
    if head is not None and head.values.get("household_id") != home_id:
        return [f"“{head.values.get('name') or '这位居民'}”不住在这一户，户主要从这一户的家庭成员里选。"]
    names = [name for _, name in _heads_of(tx, home_id)]
    return [f"这一户登记了 {len(names)} 位户主：{'、'.join(names)}。{_WAY_OUT}"] if len(names) > 1 else []


def _heads_of(tx: ReadTx, home_id: str) -> list[tuple[str, str]]:
    rows = tx.sql(_HEADS_OF, (home_id,)) if home_id else []
    return [(str(one), str(name)) for one, name, state in rows if state not in LEFT]
