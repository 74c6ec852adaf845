"""What one item of reference data changes against what was in force before it, in words and in codes."""

from __future__ import annotations

from dataclasses import dataclass

from gridworker.ledger import code_tables
from gridworker.ledger.codes import CodeList
from gridworker.planning import calendar_years, reference
from gridworker.planning.reference import CALENDAR_YEAR, CODE_TABLE, Item

_SHOWN = 8


@dataclass(frozen=True)
class ItemChange:
    """The labels an item brings, gives up and says otherwise; of kinds without labels only that it changed."""

    kind: str
    key: str
    label: str
    version_before: int
    version: int
    added: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    retired: tuple[tuple[str, str], ...] = ()
    """(code, label) of what was offered and no longer is."""
    other: bool = False
    """Whether something else is different: the order, other spellings, numbers, days."""
    doubts: tuple[str, ...] = ()

    @property
    def is_none(self) -> bool:
        """Whether all stays as it is."""
        return not (self.added or self.renamed or self.retired or self.other)

    @property
    def sentence(self) -> str:
        """The change in one sentence."""
        parts = [
            _listed("新增", self.added),
            _listed("改名", [f"{before}→{after}" for before, after in self.renamed]),
            _listed("停用", [label for _, label in self.retired]),
        ]
        said = "；".join(part for part in parts if part)
        if self.is_none:
            return f"{self.label}没有变化。"
        return f"{self.label}：{said}。" if said else f"{self.label}改为第 {self.version} 版。"


def change_of(item: Item, former: Item | None) -> ItemChange:
    """What an item changes where `former`, or the built-in one, was before."""
    version = former.version if former else _built_in_version(item)
    if item.kind != CODE_TABLE or item.key not in code_tables.known_tables():
        doubts = calendar_years.doubts(calendar_years.parse(item.body)) if item.kind == CALENDAR_YEAR else ()
        other = former is None or former.body != item.body
        return ItemChange(item.kind, item.key, item.label, version, item.version, other=other, doubts=doubts)
    before = reference.content_of(former) if former else code_tables.table(item.key).built_in
    return _change_of_list(item, before, reference.content_of(item).after(before), version)


def _change_of_list(item: Item, before: CodeList, after: CodeList, version: int) -> ItemChange:
    old, new = dict(before.entries), dict(after.entries)
    spelt = {(other, code) for other, code in after.aliases} != {(other, code) for other, code in before.aliases}
    return ItemChange(
        item.kind, item.key, item.label, version, item.version,
        added=tuple(label for code, label in new.items() if code not in old),
        renamed=tuple((old[code], label) for code, label in new.items() if code in old and old[code] != label),
        retired=tuple((code, label) for code, label in old.items() if code not in new),
        other=list(old) != list(new) or spelt or (before.source, before.label) != (after.source, after.label),
    )  # fmt: skip


def _built_in_version(item: Item) -> int:
    known = reference.built_in(item.kind).get(item.key) if item.kind in reference.KIND_LABELS else None
    return known[0] if known else 0


def _listed(what: str, labels: tuple[str, ...] | list[str]) -> str:
    shown = "、".join(labels[:_SHOWN])
    return f"{what}{shown}{f'等 {len(labels)} 项' if len(labels) > _SHOWN else ''}" if labels else ""
