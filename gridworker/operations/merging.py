"""Making two registrations of one person into one, and taking that back; both leave a trace and lose nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gridworker.errors import KnownError
from gridworker.identity import new_id
from gridworker.ledger.code_fields import Refs
from gridworker.ledger.facts import MergeRule, Purpose, Value
from gridworker.ledger.record import Record
from gridworker.ledgers import movement as kinds
from gridworker.ledgers.registry import all_ledgers, find_ledger
from gridworker.operations import fresh
from gridworker.operations.changes import Changes
from gridworker.operations.save import Saved
from gridworker.operations.session import Session
from gridworker.operations.shown import Eyes, show_many
from gridworker.store import acts, saving
from gridworker.store.store import ReadTx, WriteTx

PERSON = "person"
_ITS_OWN = frozenset(
    {"record_no", "recorded_by", "recorded_at", "source_channel", "merged_into_id", "living_state", "left_on"}
)
# Whoever moved away belongs to no household, whatever the other registration says.
_OF_A_HOME = frozenset({"household_id", "relation_code"})
_TELLS_NOTHING = frozenset({"record_no", "recorded_by", "source_channel", "merged_into_id", "attachments"})
_NOTHING_CHANGED = "记录没有改动。"
_VERB = "movement"
# With its trace an act of so many records still goes out in one batch.
_MOST = 450
# What a merge rests upon: who moved away or died meanwhile is looked at again before two are made one.
_WHEREABOUTS = ("household_id", "living_state")


def merge(session: Session, keep_id: str, drop_id: str, reason: str = "") -> Saved:
    """Keeps one registration, fills its blanks from the other, leads all links to it, and bins the other.

    The answer's record is the 合并 movement, by which `unmerge` takes it back at any time.
    """
    return session.store.write(lambda tx: _merge(session, tx, keep_id, drop_id, reason))


def unmerge(session: Session, movement_id: str) -> Saved:
    """Makes two again of what a merge made one; what was changed since in the kept one stays."""
    return session.store.write(lambda tx: _unmerge(session, tx, movement_id))


@dataclass(frozen=True)
class Preview:
    """What a merge would do: which fields are filled, and how many records of each ledger come to point elsewhere."""

    keep: Record
    drop: Record
    filled: Mapping[str, Value]
    led: Mapping[str, int]
    shown: Mapping[str, tuple[str, str]]
    """Every field that either has, as text: (kept, dropped)."""


def preview(session: Session, keep_id: str, drop_id: str) -> Preview:
    """Looks at a merge without making it; sensitive values are masked as on a card."""
    ledger = find_ledger(PERSON)
    with session.store.read() as tx:
        keep, drop, eyes = _person(tx, keep_id), _person(tx, drop_id), Eyes(session, tx)
        for one in (keep, drop):
            eyes.raise_if_unseen(one)
        led = Counter(record.ledger for record, _key in links_to(tx, drop.id) if record.id != keep.id)
        keys = [field.key for field in ledger.stored_fields if field.key not in _TELLS_NOTHING]
        ours, theirs = show_many(tx, ledger, [keep, drop], keys, Purpose.WORK, eyes=eyes)
    shown = {key: (ours[key], theirs[key]) for key in keys if ours[key] or theirs[key]}
    return Preview(keep, drop, _filled(keep, drop), led, shown)


def older(session: Session, one_id: str, other_id: str) -> str:
    """Which of two was registered first: the one to keep, unless people say otherwise."""
    with session.store.read() as tx:
        pair = [_person(tx, one_id), _person(tx, other_id)]
    return min(pair, key=lambda one: str(one.values.get("recorded_at") or "")).id


def _merge(session: Session, tx: WriteTx, keep_id: str, drop_id: str, reason: str) -> Saved:
    keep, drop = _person(tx, keep_id), _person(tx, drop_id)
    if keep.id == drop.id:
        raise KnownError("要合并的是同一条登记。", safe=_NOTHING_CHANGED, action="请选两条不同的登记。")
    if keep.grid_code != drop.grid_code:
        raise KnownError("两条登记在不同的网格，不能合并。", safe=_NOTHING_CHANGED, action="请登记迁往其他网格。")
    filled = _filled(keep, drop)
    pairs: list[tuple[Record | None, Record]] = [(keep, keep.with_values(filled))] if filled else []
    links = list(links_to(tx, drop.id))
    pairs += _led_to(links, drop.id, keep.id, keep.id)
    pairs.append((drop, drop.with_values({"merged_into_id": keep.id})))
    trace: dict[str, Value] = {
        "person_id": keep.id, "movement_type": kinds.MERGE, "merged_person_id": drop.id, "reason": reason or None,
        "filled_fields": sorted(filled) or None,
        "moved_record_ids": [f"{record.id}/{key}" for record, key in links if record.id != keep.id] or None,
    }  # fmt: skip
    if len(pairs) > _MOST:
        raise KnownError(f"有 {len(pairs)} 条记录要改指保留的一条，一次合并不了。", safe=_NOTHING_CHANGED)
    seen: dict[str, Value] = {"person_id.deleted": False, "merged_person_id.deleted": False}
    seen |= {f"person_id.{key}": keep.values.get(key) for key in _WHEREABOUTS}
    seen |= {f"merged_person_id.{key}": drop.values.get(key) for key in _WHEREABOUTS}
    act, movement = acts.new_whole_act(), _movement(session, tx, keep, trace)
    made = saving.save(tx, None, movement, actor_id=session.actor.id, verb=_VERB, batch=act, expect=seen)
    saving.save_many(tx, pairs, actor_id=session.actor.id, batch=act, verb=_VERB)
    gone = tx.get(PERSON, drop.id)
    if gone is not None:
        saving.delete_many(tx, [gone], actor_id=session.actor.id, reason="合并重复登记", batch=act)
    return Saved(tx.get("movement", movement.id) or movement, [], Changes(bulk=True), made.op_id)


def _unmerge(session: Session, tx: WriteTx, movement_id: str) -> Saved:
    made = tx.get("movement", movement_id)
    if made is None or made.deleted or made.values.get("movement_type") != kinds.MERGE:
        raise KnownError("没有这一次合并。", safe=_NOTHING_CHANGED, action="请从这位居民的变动记录里选“合并”。")
    keep, dropped = _kept(tx, str(made.values["person_id"])), tx.get(PERSON, str(made.values["merged_person_id"]))
    into = str(dropped.values.get("merged_into_id") or "") if dropped is not None and dropped.deleted else ""
    if dropped is None or keep.id not in _heirs(tx, into):
        raise KnownError("这一次合并已经取消了。", safe=_NOTHING_CHANGED)
    pairs = list(_led_back(tx, made, dropped.id))
    emptied = {key: None for key in _texts(made, "filled_fields") if keep.values.get(key) == dropped.values.get(key)}
    elements = {key: _without(keep, dropped, key) for key in _texts(made, "filled_fields") if _is_list(key)}
    if not keep.deleted:
        pairs.append((keep, keep.with_values(emptied | elements)))
    trace: dict[str, Value] = {"person_id": keep.id, "movement_type": kinds.UNMERGE, "merged_person_id": dropped.id}
    seen: dict[str, Value] = {"merged_person_id.deleted": True, "merged_person_id.merged_into_id": into}
    act, movement = acts.new_whole_act(), _movement(session, tx, keep, trace)
    op = saving.save(tx, None, movement, actor_id=session.actor.id, verb=_VERB, batch=act, expect=seen)
    saving.restore(tx, dropped, actor_id=session.actor.id, batch=act)
    back = tx.get(PERSON, dropped.id) or dropped
    pairs.append((back, back.with_values({"merged_into_id": None})))
    changed = [(before, after) for before, after in pairs if before != after]
    saving.save_many(tx, changed, actor_id=session.actor.id, batch=act, verb=_VERB)
    return Saved(tx.get("movement", movement.id) or movement, [], Changes(bulk=True), op.op_id)


def _person(tx: ReadTx, person_id: str) -> Record:
    found = tx.get(PERSON, person_id)
    if found is None or found.deleted:
        raise KnownError("没有这位居民的登记，或它已在回收站。", safe=_NOTHING_CHANGED, action="请核对记录编号。")
    return found


def _kept(tx: ReadTx, person_id: str) -> Record:
    """The registration a merge kept, also where it was merged away since, perhaps crosswise by another computer."""
    found = tx.get(PERSON, person_id)
    return found if found is not None and found.values.get("merged_into_id") else _person(tx, person_id)


def _filled(keep: Record, drop: Record) -> dict[str, Value]:
    """What the kept registration lacks and the other has; lists are put together."""
    gained: dict[str, Value] = {}
    for field in find_ledger(PERSON).stored_fields:
        own, other = keep.values.get(field.key), drop.values.get(field.key)
        if field.key in _ITS_OWN or other in (None, "", []) or other == keep.id:
            continue
        if field.key in _OF_A_HOME and keep.values.get("living_state") in kinds.GONE:
            continue
        if field.merge is MergeRule.ELEMENTS and isinstance(other, list):
            have = own if isinstance(own, list) else []
            if more := [one for one in other if one not in have]:
                gained[field.key] = [*have, *more]
        elif own in (None, ""):
            gained[field.key] = other
    return gained


def links_to(tx: ReadTx, person_id: str) -> Iterator[tuple[Record, str]]:
    """Every record that points at a person, with the field that does."""
    for ledger in all_ledgers().values():
        for field in ledger.links:
            if field.to != PERSON or field.key in ("merged_into_id", "merged_person_id"):
                continue
            rows = f"SELECT id FROM {tx.table_of(ledger.key)} WHERE deleted = 0 AND "  # noqa: S608 - declared names
            listed = f'EXISTS (SELECT 1 FROM json_each("{field.key}") WHERE value = ?)'  # noqa: S608 - declared names
            statement = rows + (listed if isinstance(field, Refs) else f'"{field.key}" = ?')
            for (record_id,) in tx.sql(statement, (person_id,)):
                record = tx.get(ledger.key, str(record_id))
                if record is not None:
                    yield record, field.key


def _led_to(links: list[tuple[Record, str]], old: str, new: str, never: str) -> list[tuple[Record | None, Record]]:
    """The records with their links led elsewhere; `never` may not come to point at itself."""
    pairs: dict[str, tuple[Record | None, Record]] = {}
    for record, key in links:
        if record.id in (never, old):
            continue
        before, after = pairs.get(record.id, (record, record))
        value = after.values.get(key)
        led = list(dict.fromkeys(new if one == old else one for one in value)) if isinstance(value, list) else new
        pairs[record.id] = (before, after.with_values({key: led}))
    return list(pairs.values())


def _led_back(tx: ReadTx, made: Record, dropped: str) -> Iterator[tuple[Record | None, Record]]:
    gone = tx.get(PERSON, dropped)
    heirs = _heirs(tx, str(gone.values.get("merged_into_id") or "")) if gone else set()
    for text in _texts(made, "moved_record_ids"):
        record_id, _, key = text.partition("/")
        record = tx.find(record_id)
        if record is None or record.deleted or key not in find_ledger(record.ledger):
            continue
        value = record.values.get(key)
        if value in heirs:
            yield record, record.with_values({key: dropped})
        elif isinstance(value, list) and heirs.intersection(value):
            yield record, record.with_values({key: [dropped if one in heirs else one for one in value]})


def _heirs(tx: ReadTx, kept: str) -> set[str]:
    """The registration a merge kept, and those it was merged into itself since: links went on with it."""
    heirs: set[str] = set()
    while kept and kept not in heirs:
        heirs.add(kept)
        found = tx.get(PERSON, kept)
        kept = str(found.values.get("merged_into_id") or "") if found else ""
    return heirs


def _is_list(key: str) -> bool:
    return find_ledger(PERSON)[key].merge is MergeRule.ELEMENTS


def _without(keep: Record, dropped: Record, key: str) -> Value:
    own, other = keep.values.get(key), dropped.values.get(key)
    if not isinstance(own, list) or not isinstance(other, list):
        return own
    return [one for one in own if one not in other] or None


def _texts(record: Record, key: str) -> list[str]:
    value = record.values.get(key)
    return [str(one) for one in value] if isinstance(value, list) else []


def _movement(session: Session, tx: WriteTx, keep: Record, values: dict[str, Value]) -> Record:
    ledger = find_ledger("movement")
    given: dict[str, Value] = {key: value for key, value in values.items() if value is not None}
    return Record(new_id(), ledger.key, keep.grid_code, fresh.complete(session, tx, ledger, given), "")
