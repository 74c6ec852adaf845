"""Turns what people write for a linked record (an address, a name, a number) into its id."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gridworker.ledger.case_code import code_in
from gridworker.ledger.code_fields import Ref, Refs
from gridworker.ledger.facts import FieldError, Problem, Value, Values
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.text import is_han
from gridworker.ledgers.registry import all_ledgers, find_ledger
from gridworker.store.people import all_people, name_of
from gridworker.store.query import Condition, Query
from gridworker.store.store import ReadTx

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ACTOR = "actor"


def resolve(
    tx: ReadTx, ledger: Ledger, values: Values, stored: Values | None = None
) -> tuple[dict[str, Value], list[Problem]]:
    """The values with every written link turned into an id, and the links that lead nowhere.

    A link that stands as it is `stored` is not looked at again: its record may be on another device.
    """
    changes: dict[str, Value] = {}
    problems: list[Problem] = []
    for field in ledger.links:
        value = values.get(field.key)
        if value is None or value == (stored or {}).get(field.key) or field.to not in (ACTOR, *all_ledgers()):
            continue
        many = isinstance(value, list)
        found = [_resolved(tx, field, str(text), values) for text in (value if isinstance(value, list) else [value])]
        wrong = [one for one in found if isinstance(one, Problem)]
        problems += wrong
        if not wrong:
            ids = list(dict.fromkeys(str(one) for one in found))
            changes[field.key] = ids if many else ids[0]
    return {**values, **changes}, problems


def _resolved(tx: ReadTx, field: Ref | Refs, text: str, values: Values) -> str | Problem:
    """The id that a text stands for, or why it stands for none."""
    if _UUID.fullmatch(text):
        # A list may name records that other devices wrote and that are still on their way here.
        missing = field.to != ACTOR and isinstance(field, Ref) and tx.get(field.to, text) is None
        return Problem(field.key, f"{field.label}指向的记录不在本机。") if missing else text
    if field.to == ACTOR and name_of(tx, text):
        return text
    found = _candidates(tx, field, text, values)
    if len(found) == 1:
        return found[0]
    if found:
        return Problem(field.key, f"{field.label}“{text[:20]}”对应 {len(found)} 条记录，请从列表里选一条。")
    if field.to == ACTOR and not any(map(is_han, text)):
        # No name, so the id of somebody this device has not heard of yet.
        return text
    return Problem(field.key, f"{field.label}“{text[:20]}”没有找到，请先登记或从列表里选。")


def label_of(tx: ReadTx, field: Ref | Refs, value: Value) -> str:
    """A link as a person reads it: an address, a name."""
    ids = value if isinstance(value, list) else [str(value)]
    if field.to == ACTOR:
        return "、".join(name_of(tx, actor_id) or "其他人员" for actor_id in ids)
    known = tx.find_rows(field.to, ids) if field.to in all_ledgers() else {}
    return "、".join(title_of(field.to, known[one].values) for one in ids if one in known)


def title_of(ledger: str, values: Mapping[str, Value]) -> str:
    """What names a record in a list."""
    return find_ledger(ledger).title(values)


def _candidates(tx: ReadTx, field: Ref | Refs, text: str, values: Mapping[str, Value]) -> list[str]:
    if field.to == ACTOR:
        return [one.id for one in all_people(tx) if one.name == text]
    if field.to == "household":
        numbered = tx.select(Query("household", (Condition("household_no", "is", text),)))
        if len(numbered):
            return [record.id for record in tx.records("household", numbered)]
        return [hit.id for hit in tx.search(text, ledgers=["household"], limit=5)]
    if field.to == "person":
        where: tuple[Condition, ...] = (Condition("name", "is", text),)
        home = values.get("household_id")
        at_home = tx.select(Query("person", (*where, Condition("household_id", "is", home)))) if home else []
        rows = at_home if len(at_home) else tx.select(Query("person", where))
        return [record.id for record in tx.records("person", rows)]
    numbered = tx.select(Query(field.to, (Condition("record_no", "is", _as_code(field.to, text)),)))
    return [record.id for record in tx.records(field.to, numbered)]


def _as_code(ledger_key: str, text: str) -> str:
    """A code as it is stored, however it was typed; any other text as it is."""
    own = code_in(find_ledger(ledger_key).fields)
    try:
        return str(own.parse(text)) if own else text
    except FieldError:
        return text
