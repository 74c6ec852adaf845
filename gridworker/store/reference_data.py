"""The reference data (参考数据) of a home: what a customer put in place of built-in items, and its being in force."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass

from gridworker.planning import reference
from gridworker.planning.reference import Item
from gridworker.store import kept_keys
from gridworker.store.errors import DiskFull
from gridworker.store.statements import Reads
from gridworker.store.store import Store
from gridworker.store.transactions import WriteTx

_COLUMNS = "kind, key, version, body, source, server_digest, changed_at, changed_by"
_opened: list[tuple[int, tuple[Item, ...]]] = []
_opening = threading.Lock()


@dataclass(frozen=True)
class Held:
    """An item of this home; `server_digest` tells which text of the server's it is, empty where it was set here."""

    item: Item
    server_digest: str
    changed_at: str
    changed_by: str

    @property
    def from_server(self) -> bool:
        """Whether the server set it."""
        return bool(self.server_digest)


def all_held(tx: Reads) -> list[Held]:
    """Every item of this home, by kind and key."""
    rows = tx.sql(f"SELECT {_COLUMNS} FROM reference_data ORDER BY kind, key")
    return [Held(Item(*row[:5]), row[5], row[6], row[7]) for row in rows]


def find_held(tx: Reads, kind: str, key: str) -> Held | None:
    """One item; None where the built-in one is in force."""
    return next((held for held in all_held(tx) if (held.item.kind, held.item.key) == (kind, key)), None)


def put(tx: WriteTx, item: Item, *, actor_id: str, server_digest: str = "") -> Item:
    """Sets an item in place of the one before, with a link in the audit; what the one before named is not forgotten."""
    former = find_held(tx, item.kind, item.key)
    kept = reference.after(item, former.item if former else None)
    tx.execute(
        f"INSERT OR REPLACE INTO reference_data ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?)",
        (kept.kind, kept.key, kept.version, kept.body, kept.source, server_digest, tx.now(), actor_id),
    )
    _tell(tx, "reference_set", kept, actor_id, by_server=bool(server_digest))
    return kept


def reset(tx: WriteTx, held: Held, *, actor_id: str, by_server: bool = False) -> None:
    """Puts the built-in item back; a table that named codes of its own goes on naming them for the records it has."""
    tx.execute("DELETE FROM reference_data WHERE kind=? AND key=?", (held.item.kind, held.item.key))
    left = reference.reset_of(held.item)
    if left is not None:
        values = (left.kind, left.key, left.version, left.body, left.source, "", tx.now(), actor_id)
        tx.execute(f"INSERT INTO reference_data ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?)", values)
    _tell(tx, "reference_reset", held.item, actor_id, by_server=by_server)


def _tell(tx: WriteTx, verb: str, item: Item, actor_id: str, *, by_server: bool) -> None:
    said = {"kind": item.kind, "key": item.key, "version": item.version, "digest": item.digest, "server": by_server}
    tx.audit(verb, actor_id=actor_id, detail=said)


def put_in_force(store: Store) -> list[Item]:
    """Puts the items of an open home in force for the whole process; returns those this program cannot read."""
    with store.read() as tx:
        items = tuple(held.item for held in all_held(tx))
    with _opening:
        _opened[:] = [*(one for one in _opened if one[0] != id(store)), (id(store), items)]
        unread = reference.put_in_force(items)
    with store.read() as tx:
        fresh = kept_keys.are_current(tx)
    if not fresh:
        # Without room the days kept before stand until the next start; the home opens all the same.
        with suppress(DiskFull):
            store.write(kept_keys.rebuild)
    return unread


def take_out_of_force(store: Store) -> None:
    """A home that closes takes its items along; those of a home that is still open, or the built-in ones, go on."""
    with _opening:
        _opened[:] = [one for one in _opened if one[0] != id(store)]
        reference.put_in_force(_opened[-1][1] if _opened else ())
