"""Finds the ledgers: every module of this package that declares a `LEDGER`, checked once."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from functools import cache

from gridworker import ledgers as package
from gridworker.errors import KnownError
from gridworker.ledger.ledger import Ledger


@cache
def all_ledgers() -> dict[str, Ledger]:
    """Every ledger by its key; a declaration that contradicts itself fails here, not in use."""
    found: dict[str, Ledger] = {}
    for module in pkgutil.iter_modules(package.__path__):
        declared = getattr(importlib.import_module(f"{package.__name__}.{module.name}"), "LEDGER", None)
        if isinstance(declared, Ledger):
            _raise_if_inconsistent(declared)
            found[declared.key] = declared
    return dict(sorted(found.items(), key=lambda item: (item[1].order, item[0])))


def find_ledger(name: str) -> Ledger:
    """A ledger by its key or Chinese label; suggests the nearest where there is none."""
    ledgers = all_ledgers()
    if name in ledgers:
        return ledgers[name]
    for ledger in ledgers.values():
        if name in (ledger.label, f"{ledger.label}台账"):
            return ledger
    names = [*ledgers, *(ledger.label for ledger in ledgers.values())]
    near = difflib.get_close_matches(name, names, n=1)
    known = "、".join(f"{ledger.key}（{ledger.label}）" for ledger in ledgers.values())
    raise KnownError(f"没有叫“{name}”的台账。", action=f"最接近的是“{near[0]}”。" if near else f"现有台账：{known}。")


def _raise_if_inconsistent(ledger: Ledger) -> None:
    keys = [field.key for field in ledger.fields]
    if len(keys) != len(set(keys)):
        raise AssertionError(f"{ledger.key}: a field is declared twice")
    grouped = [key for _, group in ledger.form_groups for key in group]
    surfaces = (
        ledger.list_columns,
        grouped,
        ledger.pdf_columns,
        ledger.excel_columns,
        *_search_keys(ledger),
        *_named_elsewhere(ledger),
    )
    for key in (key for surface in surfaces for key in surface):
        if key not in ledger:
            raise AssertionError(f"{ledger.key}: a surface names the unknown field {key}")
    if ledger.workflow:
        known = {state.key for state in ledger.workflow.states}
        for move in ledger.workflow.moves:
            if not {*move.sources, move.target} <= known or not set(move.asks) | set(move.requires) <= set(keys):
                raise AssertionError(f"{ledger.key}: move {move.event} names an unknown state or field")
        for due in ledger.dues:
            if not set(due.states) <= known:
                raise AssertionError(f"{ledger.key}: what is due names an unknown state")


def _named_elsewhere(ledger: Ledger) -> tuple[tuple[str, ...], ...]:
    """The fields that rules beside the surfaces name."""
    dues = tuple(
        tuple(filter(None, (due.field, due.says, due.kind, due.unless, due.extended, due.newest_of)))
        for due in ledger.dues
    )
    borrows = tuple((borrow.field, borrow.via, *borrow.after) for borrow in ledger.borrows)
    forths = tuple(opening.forth for opening in ledger.opens if opening.forth)
    notices = tuple(notice.columns for notice in ledger.notices)
    return (*ledger.same_by, (ledger.named_by,), ledger.recurs_by, ledger.by_steps, *notices, *dues, *borrows, forths)


def _search_keys(ledger: Ledger) -> tuple[tuple[str, ...], ...]:
    search = ledger.search
    return search.names, search.texts, search.numbers, search.tags, tuple(filter(None, (search.reading,)))
