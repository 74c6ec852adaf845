"""Numbers people know a record by that stand on another record of this home: refused where a person types one."""

from __future__ import annotations

from gridworker.ledger.case_code import code_in
from gridworker.ledger.facts import Problem, Values
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.record import Record
from gridworker.operations import references
from gridworker.store.query import Condition, Query
from gridworker.store.store import ReadTx

_HOUSEHOLD = "household_no"


def taken_problems(tx: ReadTx, ledger: Ledger, before: Record | None, values: Values, record_id: str) -> list[Problem]:
    """A problem for each number that another record has, with what that record is; those in the bin keep theirs."""
    own = code_in(ledger.fields)
    keys = [key for key in (own.key if own else "", "record_no", _HOUSEHOLD) if key in ledger]
    problems: list[Problem] = []
    for key in dict.fromkeys(keys):
        number = values.get(key)
        if not number or (before is not None and before.values.get(key) == number):
            continue
        holder = _holder(tx, ledger, key, str(number), record_id)
        if holder is not None:
            told = f"{ledger[key].label} {number} 已经是{_named(ledger, holder)}的，请核对；新记录不填，会自动编号。"
            problems.append(Problem(key, told))
    return problems


def _named(ledger: Ledger, holder: Record) -> str:
    facts = [f"{str(holder.values.get('recorded_at') or '')[:10]} 登记", "在回收站" if holder.deleted else ""]
    return f"{ledger.label}“{references.title_of(ledger.key, holder.values)}”（{'，'.join(filter(None, facts))}）"


def _holder(tx: ReadTx, ledger: Ledger, key: str, number: str, record_id: str) -> Record | None:
    for deleted in (False, True):
        rows = tx.select(Query(ledger.key, (Condition(key, "is", number),), limit=2, deleted=deleted))
        found = [one for one in tx.records(ledger.key, rows) if one.id != record_id]
        if found:
            return found[0]
    return None
