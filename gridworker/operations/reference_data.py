"""Reference data (参考数据) of this home: what there is, what a file would change, taking it in and taking it back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gridworker.errors import KnownError
from gridworker.ledger.code_fields import Code, Codes
from gridworker.ledger.code_tables import table
from gridworker.ledgers.registry import all_ledgers
from gridworker.operations import reference_dues, reference_files, rights
from gridworker.operations.reference_dues import DueChange
from gridworker.operations.session import Session
from gridworker.planning import reference, reference_changes
from gridworker.planning.reference import CALENDAR_YEAR, CODE_TABLE, KIND_LABELS, Item
from gridworker.planning.reference_changes import ItemChange
from gridworker.planning.working_days import calendar_in_force
from gridworker.store import reference_data
from gridworker.store.reference_data import Held
from gridworker.store.store import ReadTx

# The State Council announces a year's holidays in November of the year before.
_NOTICE_MONTH = 11


@dataclass(frozen=True)
class Listed:
    """One item that is in force: the program's own, or who set it and when."""

    kind: str
    key: str
    label: str
    version: int
    source: str
    set_by: str
    """Empty for the built-in one, `here` or `server`."""
    changed_at: str = ""


@dataclass(frozen=True)
class Preview:
    """What taking an item in would change."""

    item: Item
    change: ItemChange
    uses: dict[str, int]
    """How many records hold each code that would be retired."""
    dues: tuple[DueChange, ...]

    @property
    def in_use(self) -> int:
        """How many uses the retired codes have in all."""
        return sum(self.uses.values())

    @property
    def lines(self) -> list[str]:
        """All of it in sentences."""
        used = [
            f"停用的“{label}”还有 {self.uses[code]} 条记录在用，记录保持原样，显示时注明已停用。"
            for code, label in self.change.retired
            if self.uses.get(code)
        ]
        return [self.change.sentence, *used, *self.change.doubts, *(due.sentence for due in self.dues)]


@dataclass(frozen=True)
class Standing:
    """What is in force, the years whose holidays nobody imported, and why she may change nothing, where she may not."""

    items: tuple[Listed, ...]
    missing_years: tuple[int, ...]
    refused: str


def standing(session: Session, kind: str = "") -> Standing:
    """All that a person needs to see before she changes reference data."""
    try:
        rights.raise_if_may_not_here(session, "configure")
        refused = ""
    except KnownError as no:
        refused = f"{no.title}{no.action}"
    return Standing(tuple(listed(session, kind)), missing_years(session), refused)


def missing_years(session: Session) -> tuple[int, ...]:
    """The years whose holidays are not known and are needed: this one, and the next as soon as its notice is due."""
    today, calendar = session.today(), calendar_in_force()
    wanted = (today.year, today.year + 1) if today.month >= _NOTICE_MONTH else (today.year,)
    return tuple(year for year in wanted if not calendar.knows(year))


def listed(session: Session, kind: str = "") -> list[Listed]:
    """Every item in force, by kind and key; of one kind where it is named."""
    with session.store.read() as tx:
        held = {(one.item.kind, one.item.key): one for one in reference_data.all_held(tx)}
    found: dict[tuple[str, str], Listed] = {}
    for one in [kind_of(kind)] if kind else KIND_LABELS:
        for key, (version, source) in reference.built_in(one).items():
            found[one, key] = Listed(one, key, reference.label_of(one, key), version, source, "")
    for place, one_held in held.items():
        item = one_held.item
        if (not kind or item.kind == kind_of(kind)) and not reference.is_reset(item):
            set_by = "server" if one_held.from_server else "here"
            found[place] = Listed(*place, item.label, item.version, item.source, set_by, one_held.changed_at)
    return [found[place] for place in sorted(found)]


def shown(session: Session, kind: str, key: str) -> dict[str, object]:
    """One item in force, whole."""
    kind, key = place_of(kind, key)
    held = _held(session, kind, key)
    if kind == CODE_TABLE:
        content = table(key).content
        rows = [{"code": code, "label": label, "retired": False} for code, label in content.entries]
        rows += [{"code": code, "label": label, "retired": True} for code, label in content.retired]
        return {"kind": kind, "key": key, "label": content.label, "version": content.version,
            "source": content.source, "entries": rows}  # fmt: skip
    known = reference.built_in(kind).get(key)
    if held is None and known is None:
        raise KnownError(f"没有导入过{reference.label_of(kind, key)}。")
    version, source = (held.item.version, held.item.source) if held else known or (0, "")
    body = json.loads(held.item.body) if held else {}
    return {"kind": kind, "key": key, "label": reference.label_of(kind, key), "version": version, "source": source,
        "body": body}  # fmt: skip


def export(session: Session, kind: str, key: str, path: Path) -> None:
    """Writes one item in force as a file that can be changed and taken in again."""
    kind, key = place_of(kind, key)
    held = _held(session, kind, key)
    reference_files.write(path, kind, key, held.item if held and kind != CODE_TABLE else None)


def preview(session: Session, path: Path, *, key: str = "", source: str = "") -> Preview:
    """What a file would change; nothing is written."""
    return preview_of(session, reference_files.read(path, key=key, source=source))


def preview_of(session: Session, item: Item) -> Preview:
    """What an item would change; nothing is written."""
    held = _held(session, item.kind, item.key)
    change = reference_changes.change_of(item, held.item if held else None)
    with session.store.read() as tx:
        uses = _uses(tx, item.key, [code for code, _ in change.retired]) if change.retired else {}
        dues = reference_dues.changed(tx, item) if item.kind == CALENDAR_YEAR else ()
    return Preview(item, change, uses, tuple(dues))


def take_in(session: Session, seen: Preview, *, retire_used: bool = False) -> Preview:
    """Sets what was previewed, at once and for good; codes in use are retired only where that was said."""
    rights.raise_if_may_not_here(session, "configure")
    item = seen.item
    held = _held(session, item.kind, item.key)
    _raise_if_server_sets(session, item, held)
    if seen.change.is_none:
        return seen
    if seen.in_use and not retire_used:
        raise retires_used(seen)
    issued = reference.issued(item, held.item if held else None)
    session.store.write(lambda tx: reference_data.put(tx, issued, actor_id=session.actor.id))
    reference_data.put_in_force(session.store)
    return seen


def reset(session: Session, kind: str, key: str) -> str:
    """Puts the built-in item back; says so in one sentence."""
    kind, key = place_of(kind, key)
    rights.raise_if_may_not_here(session, "configure")
    held = _held(session, kind, key)
    if held is None or reference.is_reset(held.item):
        raise KnownError(f"{reference.label_of(kind, key)}本来就是程序自带的。", safe="什么都没有改。")
    if held.from_server:
        raise _set_by_server(held.item)
    session.store.write(lambda tx: reference_data.reset(tx, held, actor_id=session.actor.id))
    reference_data.put_in_force(session.store)
    return f"{held.item.label}已恢复为程序自带的内容。"


def kind_of(name: str) -> str:
    """A kind by its key or its label."""
    labels = {label: kind for kind, label in KIND_LABELS.items()}
    if name not in KIND_LABELS and name not in labels:
        known = "、".join(f"{kind}（{label}）" for kind, label in KIND_LABELS.items())
        raise KnownError(f"没有“{name[:30]}”这一类参考数据。", action=f"有：{known}。")
    return labels.get(name, name)


def place_of(kind: str, key: str) -> tuple[str, str]:
    """Kind and key of an item, from keys or labels."""
    kind = kind_of(kind)
    return kind, reference_files.known_key(key) if kind == CODE_TABLE else key if kind == CALENDAR_YEAR else kind


def _held(session: Session, kind: str, key: str) -> Held | None:
    with session.store.read() as tx:
        return reference_data.find_held(tx, kind, key)


def _raise_if_server_sets(session: Session, item: Item, held: Held | None) -> None:
    """Who has joined a server takes its word; only a year's notice may be read in until the server has it."""
    if not session.place.joined:
        return
    if item.kind != CALENDAR_YEAR or (held and held.from_server and held.item.version >= item.version):
        raise _set_by_server(item)


def retires_used(seen: Preview) -> KnownError:
    """A file that gives up codes records hold: not taken until that was said to be meant."""
    named = "、".join(f"“{label}”{seen.uses[code]} 条" for code, label in seen.change.retired if seen.uses.get(code))
    return KnownError(
        f"{seen.change.label}会停用还有记录在用的项目：{named}。",
        safe="还没有导入，记录没有改动。",
        action="确认要停用，请加 --retire-used 再导入一次；记录里原有的会保留，显示时注明已停用。",
    )


def _set_by_server(item: Item) -> KnownError:
    return KnownError(
        f"{item.label}由服务器统一设置，本机不能单独改。",
        safe="什么都没有改。",
        action="请服务器的管理员用 gridworker admin reference import 导入，同步后各台电脑自动生效。",
    )


def _uses(tx: ReadTx, key: str, codes: Iterable[str]) -> dict[str, int]:
    """How many records hold each of these codes of a table, in whatever field."""
    uses: dict[str, int] = {}
    wanted = json.dumps(list(codes))
    for ledger in all_ledgers().values():
        for field in ledger.fields:
            if not isinstance(field, Code | Codes) or field.table.key != key:
                continue
            statement = (
                f"SELECT value, count(DISTINCT own.row_id) FROM {tx.table_of(ledger.key)} AS own,"  # noqa: S608 - declared names
                f' json_each(CASE WHEN json_valid(own."{field.key}") AND json_type(own."{field.key}")=\'array\''
                f' THEN own."{field.key}" ELSE json_array(own."{field.key}") END)'
                " WHERE own.deleted=0 AND value IN (SELECT value FROM json_each(?)) GROUP BY value"
            )
            for code, count in tx.sql(statement, (wanted,)):
                uses[str(code)] = uses.get(str(code), 0) + int(count)
    return uses
