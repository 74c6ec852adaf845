"""Which rows of a ledger the person at work may see, without reading those that nobody keeps from her.

Rows of areas in which her posts see everything are let through by their grid alone. Of the others only those are read
that a narrower right could reach: what she registered, what was sent to her unit, what lies in her building.
"""

from __future__ import annotations

import threading
from array import array
from dataclasses import replace
from weakref import WeakKeyDictionary

from gridworker.area.asked import AUTHOR_FIELD, CO_UNITS_FIELD, UNIT_FIELD
from gridworker.area.codes import is_area_code
from gridworker.area.rights import Verb, whole_areas
from gridworker.ledgers.registry import find_ledger
from gridworker.operations.session import Session
from gridworker.operations.shown import Eyes
from gridworker.store.query import Query
from gridworker.store.tables import to_json

_HOME, _BUILDING = "household", "building_no"
_OPENING: tuple[Verb, ...] = ("see", "reveal")
_AMONG = "IN (SELECT value FROM json_each(?))"
_Known = tuple[tuple[str, ...], int, frozenset[int]]
# By ledger and verb: the areas it was read for, the last row that was looked at, and the rows that lie outside of them.
_beyond: WeakKeyDictionary[Session, dict[tuple[str, Verb], _Known]] = WeakKeyDictionary()
_guard = threading.Lock()


def select_seen(eyes: Eyes, query: Query) -> array[int]:
    """The row ids of a query that she may see, in its order; its limit counts those alone."""
    hidden = hidden_rows(eyes, query.ledger)
    if not hidden:
        return eyes.tx.select(query)
    found = eyes.tx.select(replace(query, limit=None))
    return array("q", [one for one in found if one not in hidden])[: query.limit]


def seen_rows(eyes: Eyes, ledger_key: str, row_ids: array[int]) -> array[int]:
    """Those of a ledger's rows that she may see, in their order."""
    if not row_ids:
        return row_ids
    hidden = hidden_rows(eyes, ledger_key)
    return array("q", [one for one in row_ids if one not in hidden]) if hidden else row_ids


def hidden_rows(eyes: Eyes, ledger_key: str) -> frozenset[int]:
    """The rows of a ledger that she may not see; for whoever looks after the whole home there are none."""
    outside = _outside(eyes, ledger_key, "see")
    return outside - _reached(eyes, ledger_key, outside) if outside else outside


def all_open(eyes: Eyes, *ledger_keys: str) -> bool:
    """Whether nothing at all in some ledgers is kept from her."""
    return not any(_outside(eyes, key, verb) for key in ledger_keys for verb in _OPENING)


def hidden_ids(eyes: Eyes, ledger_key: str) -> frozenset[str]:
    """The same rows by the ids of their records."""
    hidden = hidden_rows(eyes, ledger_key)
    return frozenset(one.id for one in eyes.tx.records(ledger_key, sorted(hidden))) if hidden else frozenset()


def seen_homes(eyes: Eyes, select: str, tail: str = "") -> tuple[str, tuple[str, ...]]:
    """A statement over the households that she may see, with its parameters."""
    hidden = hidden_rows(eyes, _HOME)
    unseen = f" AND row_id NOT {_AMONG}" if hidden else ""
    return f"{select} FROM {_HOME} WHERE deleted=0{unseen}{tail}", (to_json(sorted(hidden)),) if hidden else ()


def _outside(eyes: Eyes, ledger_key: str, verb: Verb) -> frozenset[int]:
    """The rows outside the areas in which she may do it with everything.

    A record stays in its grid, so that rows once looked at are not read again: a list of a large home is no slower.
    """
    areas = tuple(filter(is_area_code, whole_areas(eyes.session.actor, verb, today=eyes.session.today())))
    with _guard:
        known = _beyond.setdefault(eyes.session, {}).get((ledger_key, verb))
    read_for, upto, outside = known if known and known[0] == areas else (areas, 0, frozenset[int]())
    table = eyes.tx.table_of(ledger_key)
    last = int(eyes.tx.sql(f"SELECT coalesce(max(row_id), 0) FROM {table}")[0][0])  # noqa: S608 - declared names
    if last > upto:
        inside = " OR ".join(f"substr(grid_code, 1, {len(area)}) = ?" for area in areas) or "0"
        statement = f"SELECT row_id FROM {table} WHERE row_id > ? AND NOT ({inside})"  # noqa: S608 - declared names
        outside |= frozenset(eyes.tx.numbers(statement, [upto, *areas]))
        with _guard:
            _beyond[eyes.session][ledger_key, verb] = (read_for, last, outside)
    return outside


def _reached(eyes: Eyes, ledger_key: str, outside: frozenset[int]) -> frozenset[int]:
    """The rows among them that she sees by a narrower right."""
    ledger, actor, today = find_ledger(ledger_key), eyes.session.actor, eyes.session.today()
    units, posts = actor.units_on(today), actor.posts_on(today)
    tests, given = [f'"{AUTHOR_FIELD}" = ?'], [actor.id]
    if units and UNIT_FIELD in ledger:
        tests.append(f'"{UNIT_FIELD}" {_AMONG}')
        given.append(to_json(units))
    if units and CO_UNITS_FIELD in ledger:
        tests.append(f"coalesce(\"{CO_UNITS_FIELD}\", '') NOT IN ('', '[]')")
    if any(post.building for post in posts) and _BUILDING in ledger:
        tests.append(f'"{_BUILDING}" {_AMONG}')
        given.append(to_json([post.building.rpartition("/")[2] for post in posts]))
    table = eyes.tx.table_of(ledger_key)
    statement = f"SELECT row_id FROM {table} WHERE {' OR '.join(tests)}"  # noqa: S608 - declared names
    rows = [row for row in eyes.tx.numbers(statement, given) if row in outside]
    # Records come in the order asked for, and none of these is gone: it is one transaction.
    records = eyes.tx.records(ledger_key, rows)
    return frozenset(row for row, record in zip(rows, records, strict=True) if eyes.sees(record))
