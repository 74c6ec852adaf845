"""The code tables: those under `resources/codes/`, read once, and the lists of a customer that stand in their place."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache

from gridworker.ledger.code_files import read_object
from gridworker.ledger.codes import CodeList, CodeTable
from gridworker.paths import resource

_changing = threading.RLock()
_tables: dict[str, CodeTable] = {}
_in_force: Mapping[str, CodeList] = {}


def table(key: str) -> CodeTable:
    """A code table by its key, e.g. `SEX`; the same object each time, whatever it says by now."""
    with _changing:
        if key not in _tables:
            raw = json.loads(resource("codes", f"{key}.json").read_text(encoding="utf-8"))
            _tables[key] = CodeTable(key, read_object(raw))
            _lay_over(_tables[key], _in_force)
        return _tables[key]


@cache
def known_tables() -> tuple[str, ...]:
    """The keys of all tables this program knows."""
    return tuple(sorted(path.stem for path in resource("codes").glob("*.json")))


def use(lists: Mapping[str, CodeList]) -> Mapping[str, CodeList]:
    """Puts these lists, and no others, in force for the whole process; returns those that were before.

    What a list leaves out of the built-in table is retired. A list for a table this program does not know waits.
    """
    global _in_force
    with _changing:
        before, _in_force = _in_force, dict(lists)
        for one in _tables.values():
            _lay_over(one, _in_force)
    return before


@contextmanager
def in_force(lists: Mapping[str, CodeList]) -> Iterator[None]:
    """These lists inside the block, those that were in force before it afterwards."""
    before = use(lists)
    try:
        yield
    finally:
        use(before)


def _lay_over(one: CodeTable, lists: Mapping[str, CodeList]) -> None:
    own = lists.get(one.key)
    one.use(own.after(one.built_in) if own is not None else None)
