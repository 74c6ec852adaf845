"""Building a ledger anew from the best copy and from what can still be read of the damaged one."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from gridworker.errors import AppError
from gridworker.store import audit, copies, search_index
from gridworker.store.copies import Candidate
from gridworker.store.grafting import graft
from gridworker.store.home import DATABASE
from gridworker.store.mending import Mended
from gridworker.store.recovery_facts import AS_IS, FROM_BACKUP, FROM_WRECK, Recovered, Scene, standing
from gridworker.store.rejoining import Rejoined, lay_over
from gridworker.store.renaming import go_on_as_new
from gridworker.store.safety_errors import NothingReadable
from gridworker.store.salvage import Wreck
from gridworker.store.statements import Reads
from gridworker.store.store import Store, WriteTx


def rebuild(scene: Scene, mended: Mended, *, sound: bool) -> Recovered:
    """Makes the staged ledger; raises NothingReadable where there is nothing to make it from."""
    scene.tell(2, "正在查找备份")
    damaged = scene.staged / "scratch" / DATABASE
    wreck = Wreck(damaged, scene.data_key)
    try:
        witness = copies.witness_of(scene.marks.heads, lambda links: _hash_in(wreck, links))
        chosen = copies.best(scene.copies, scene.data_key, witness)
        if not wreck.readable and _grafted(scene, damaged, chosen):
            wreck.close()
        return _laid_over(scene, wreck, mended, chosen, sound=sound)
    finally:
        wreck.close()


def _grafted(scene: Scene, damaged: Path, chosen: Candidate | None) -> bool:
    """Whether the list of tables could be put back, and was proven by a link that is known from elsewhere."""
    tried = damaged.with_name("grafted.db")
    shutil.copyfile(damaged, tried)
    known = dict(scene.marks.heads)
    if chosen is not None:
        known[chosen.backup.links] = bytes.fromhex(chosen.backup.head)
    alike = chosen.backup.database if chosen else _as_new(scene)
    if not graft(tried, alike, scene.data_key):
        return False
    wreck = Wreck(tried, scene.data_key)
    try:
        said = ((wanted, _hash_in(wreck, links)) for links, wanted in sorted(known.items(), reverse=True))
        proven = next((wanted == found for wanted, found in said if found), False)
        # Without a backup the places of the other tables are a guess, which only a file without a fault proves.
        if not proven or (chosen is None and wreck.try_sql("PRAGMA integrity_check") != [("ok",)]):
            return False
    finally:
        wreck.close()
    tried.replace(damaged)
    return True


def _as_new(scene: Scene) -> Path:
    """A ledger as it is made today: the tables of one that never was migrated lie at the same places."""
    folder = scene.staged / "alike"
    folder.mkdir()
    Store.create(folder, scene.data_key).close()
    return folder / DATABASE


def _laid_over(
    scene: Scene, wreck: Wreck, mended: Mended, chosen: Candidate | None, *, sound: bool
) -> Recovered:  # fmt: skip
    here = _reach_of(scene, wreck, chosen)
    sound = sound and here >= (chosen.reach if chosen else (0, 0))
    if sound:
        # Nothing newer is left anywhere: what is missing is missing in every copy.
        chosen = None
        shutil.copyfile(scene.staged / "scratch" / DATABASE, scene.staged / DATABASE)
    elif chosen is not None:
        shutil.copyfile(chosen.backup.database, scene.staged / DATABASE)
    elif wreck.readable:
        Store.create(scene.staged, scene.data_key).close()
    else:
        raise NothingReadable
    scene.tell(3, "正在把还能读出的内容合到备份上")
    store = Store.open(scene.staged, scene.data_key)
    try:
        rejoined = store.write(lambda tx: _rejoin(tx, scene, wreck, here, chosen))
        with store.read() as tx:
            stands, unlinked = standing(tx), _unlinked(tx)
        _search_anew(store)
    finally:
        store.close()
    return Recovered(
        FROM_BACKUP if chosen else AS_IS if sound else FROM_WRECK,
        backup_at=chosen.backup.at if chosen else None, bits=mended.bits, pages_lost=mended.unreadable,
        links_missing=_links_missing(scene, here[1] if sound else chosen.backup.links if chosen else 0, rejoined),
        audit_lost=not here[1] and bool(rejoined.ops),
        drafts_missing=max(0, scene.newest.unlinked - unlinked) if scene.newest else 0,
        rejoined=rejoined, standing=stands,
    )  # fmt: skip


def _search_anew(store: Store) -> None:
    """Makes the search index anew, whose entries were as old or as damaged as the rest."""
    store.write(lambda tx: tx.execute("DELETE FROM meta WHERE key=?", (search_index.GENERATION,)))
    # A ledger without its index is known for it and can be worked with; without a recovery it is none.
    with suppress(AppError):
        store.rebuild_search()


def _rejoin(
    tx: WriteTx, scene: Scene, wreck: Wreck, here: tuple[int, int], chosen: Candidate | None
) -> Rejoined:  # fmt: skip
    before = audit.head(tx).links
    actor_id = tx.meta("actor_id") or ""
    # An old copy laid over a newer backup would turn it back.
    newer = here > (int(tx.meta("incarnation") or 1), before)
    newer = newer or (not here[1] and wreck.readable and _has_newer_operations(wreck, tx))
    off_chain = chosen is not None and chosen.kin is False
    done = lay_over(tx, wreck, actor_id=actor_id, off_chain=off_chain) if newer else Rejoined()
    above = max(here[0], scene.newest.incarnation if scene.newest else 0)
    fresh = go_on_as_new(tx, above=above, now=scene.now)
    detail = {
        "backup_links": before, "ops": done.ops, "links": done.links, "incarnation": fresh,
        "rescued": dict(done.rescued), "lost": dict(done.lost),
        "anchored": [scene.newest.links, scene.newest.hash.hex()] if scene.newest else [],
    }  # fmt: skip
    tx.audit("recover", actor_id=actor_id or tx.meta("actor_id") or "", detail=detail)
    return done


def _hash_in(wreck: Wreck, links: int) -> bytes | None:
    """The hash of a link in a damaged file, if it can be read."""
    row = wreck.try_sql("SELECT hash FROM audit WHERE seq=?", (links,))
    return bytes(row[0][0]) if row else None


def _reach_of(scene: Scene, wreck: Wreck, chosen: Candidate | None) -> tuple[int, int]:
    """Under which incarnation and how far the damaged file goes; unreadable, it is held for no older than the marks."""
    links = _links_in(wreck)
    if not links:
        return 0, 0
    said = wreck.try_sql("SELECT CAST(value AS INTEGER) FROM meta WHERE key='incarnation'")
    if said:
        return int(said[0][0] or 1), links
    marked_as = scene.newest.incarnation if scene.newest else 0
    return max(marked_as, chosen.incarnation if chosen else 1), links


def _has_newer_operations(wreck: Wreck, tx: Reads) -> bool:
    """Whether a file whose audit cannot be read went on after what stands here, by its operations."""
    last = tx.sql("SELECT coalesce(max(seq), 0) FROM outbox")[0][0]
    return bool(wreck.rows("outbox", "seq", ("seq",), after=last).rows)


def _links_in(wreck: Wreck) -> int:
    """How far the audit of a damaged file goes, as far as that can be read."""
    found = wreck.try_sql("SELECT max(seq) FROM audit")
    if found is not None:
        return int(found[0][0] or 0)
    if not wreck.readable:
        return 0
    rows = wreck.rows("audit", "seq", ("seq",)).rows
    return int(rows[-1][0]) if rows else 0


def _links_missing(scene: Scene, begun_with: int, rejoined: Rejoined) -> int:
    """How many links the anchor names that did not come back."""
    if scene.newest is None:
        return 0
    return max(0, scene.newest.links - begun_with - rejoined.links)


def _unlinked(tx: Reads) -> int:
    row = tx.one("SELECT value FROM counter WHERE name='commits_without_link'")
    return int(row[0]) if row else 0
