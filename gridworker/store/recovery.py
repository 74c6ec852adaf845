"""Recovering a damaged ledger, on the person's word only: mend the bits, or restore a backup and lay the rest over it.

Everything is done on copies in a folder of its own. The damaged files are moved into `damaged-<date>` at the very end,
in steps that may be cut at any moment and are finished by the next start.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from gridworker.errors import Cancelled
from gridworker.store import anchor as anchors
from gridworker.store import audit, keys, swapping
from gridworker.store import backup as backups
from gridworker.store.anchor import Mark
from gridworker.store.backup import BACKUPS, Backup
from gridworker.store.driver import Error, KeyBytes, connect
from gridworker.store.errors import DamagedSidecar, MissingSidecar, NoHome, StoreError
from gridworker.store.home import DATABASE, SIDECAR, Lock, translate_os
from gridworker.store.mending import Mended, mend
from gridworker.store.rejoining import Rejoined, lay_over
from gridworker.store.renaming import go_on_as_new
from gridworker.store.safety_errors import NothingReadable
from gridworker.store.salvage import Wreck
from gridworker.store.statements import Reads
from gridworker.store.store import Store, WriteTx
from gridworker.store.tables import Tables

UNHARMED, MENDED, FROM_BACKUP, FROM_WRECK, AS_IS = "unharmed", "mended", "backup", "wreck", "as_is"
REPORT = "report.json"
_LOG = f"{DATABASE}-wal"
_STEPS = 5


@dataclass(frozen=True)
class Recovered:
    """How a recovery ended; counts are by ledger, and nothing here is about a resident."""

    kind: str
    aside: str = ""
    backup_at: datetime | None = None
    bits: int = 0
    pages_lost: int = 0
    links_missing: int = 0
    rejoined: Rejoined = field(default_factory=Rejoined)
    standing: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Scene:
    """What a recovery works on."""

    home: Path
    staged: Path
    data_key: KeyBytes
    newest: Mark | None
    now: datetime | None
    tell: Callable[[int, str], None]


def recover(
    home: Path,
    secret: str,
    *,
    extra: Path | None = None,
    now: datetime | None = None,
    progress: backups.Progress = lambda *_: None,
    cancelled: backups.Stop = lambda: False,
) -> Recovered:
    """Brings a damaged ledger back as far as anything can; where nothing is wrong nothing is touched.

    `extra` is another folder with backups, as on a stick.
    """
    swapping.finish(home, lock=True)
    lock = Lock(home)
    try:
        data_key, sidecar = _key_of(home, secret, extra)

        def tell(done: int, text: str) -> None:
            if cancelled():
                raise Cancelled
            progress(done, _STEPS, text)

        tell(0, "正在复制损坏的文件")
        staged = swapping.begin(home)
        newest = anchors.read_marks(home, data_key).newest
        scene = _Scene(home, staged, data_key, newest, now, tell)
        try:
            return _recovered(scene, sidecar, extra)
        finally:
            # The scratch copies; once the exchange is planned there is nothing left here.
            if not (staged / "plan.json").exists():
                shutil.rmtree(staged, ignore_errors=True)
    except OSError as failed:
        raise translate_os(failed) from failed
    finally:
        lock.release()


def _recovered(scene: _Scene, sidecar: Path | None, extra: Path | None) -> Recovered:
    scratch = scene.staged / "scratch"
    scratch.mkdir()
    for name in (DATABASE, _LOG):
        if (scene.home / name).exists():
            shutil.copyfile(scene.home / name, scratch / name)
    if not (scratch / DATABASE).exists():
        (scratch / DATABASE).touch()
    scene.tell(1, "正在逐页核对和修复")
    mended = mend(scratch / DATABASE, scratch / _LOG, scene.data_key)
    sound, whole = _soundness(scratch / DATABASE, scene, mended)
    if whole:
        if not (mended.bits or mended.tied):
            return Recovered(UNHARMED)
        (scratch / DATABASE).replace(scene.staged / DATABASE)
        return _closing(scene, Recovered(MENDED, bits=mended.bits), sidecar)
    wreck = Wreck(scratch / DATABASE, scene.data_key)
    try:
        return _rebuilt(scene, wreck, mended, sidecar, extra, sound=sound)
    finally:
        wreck.close()


def _rebuilt(
    scene: _Scene, wreck: Wreck, mended: Mended, sidecar: Path | None, extra: Path | None, *, sound: bool
) -> Recovered:
    scene.tell(2, "正在查找备份")
    chosen = _newest_backup(scene, extra)
    here = _links_in(wreck)
    sound = sound and here >= (chosen.links if chosen else 0)
    if sound:
        # Nothing newer is left anywhere: what is missing is missing in every copy.
        chosen = None
        shutil.copyfile(scene.staged / "scratch" / DATABASE, scene.staged / DATABASE)
    elif chosen is not None:
        shutil.copyfile(chosen.database, scene.staged / DATABASE)
    elif wreck.readable:
        Store.create(scene.staged, scene.data_key).close()
    else:
        raise NothingReadable
    scene.tell(3, "正在把还能读出的内容合到备份上")
    store = Store.open(scene.staged, scene.data_key)
    try:
        rejoined = store.write(lambda tx: _rejoin(tx, scene, wreck, here))
        with store.read() as tx:
            standing = _standing(tx)
    finally:
        store.close()
    missing = _links_missing(scene, here if sound else chosen.links if chosen else 0, rejoined)
    kind = FROM_BACKUP if chosen else AS_IS if sound else FROM_WRECK
    at = chosen.at if chosen else None
    report = Recovered(kind, "", at, mended.bits, mended.unreadable, missing, rejoined, standing)
    return _closing(scene, report, sidecar)


def _rejoin(tx: WriteTx, scene: _Scene, wreck: Wreck, here: int) -> Rejoined:
    before = audit.head(tx).links
    actor_id = tx.meta("actor_id") or ""
    # An old copy laid over a newer backup would turn it back.
    done = lay_over(tx, wreck, actor_id=actor_id) if here > before else Rejoined()
    above = scene.newest.incarnation if scene.newest else 0
    for row in wreck.try_sql("SELECT value FROM meta WHERE key='incarnation'") or []:
        above = max(above, int(row[0]))
    fresh = go_on_as_new(tx, above=above, now=scene.now)
    detail = {
        "backup_links": before, "ops": done.ops, "links": done.links, "incarnation": fresh,
        "rescued": dict(done.rescued), "lost": dict(done.lost),
        "anchored": [scene.newest.links, scene.newest.hash.hex()] if scene.newest else [],
    }  # fmt: skip
    tx.audit("recover", actor_id=actor_id or tx.meta("actor_id") or "", detail=detail)
    return done


def _closing(scene: _Scene, report: Recovered, sidecar: Path | None) -> Recovered:
    """The new ledger takes its place, the damaged one its own folder with a report in it."""
    if report.kind == MENDED:
        store = Store.open(scene.staged, scene.data_key)
        try:
            detail = {"mended_bits": report.bits}
            store.write(lambda tx: tx.audit("recover", actor_id=tx.meta("actor_id") or "", detail=detail))
            with store.read() as tx:
                report = Recovered(MENDED, bits=report.bits, standing=_standing(tx))
        finally:
            store.close()
    backups.copy_sidecar(sidecar or scene.home / SIDECAR, scene.staged)
    scene.tell(4, "正在换上恢复好的台账")
    folder = swapping.commit(scene.home, aside=f"damaged-{swapping.stamp(scene.now)}")
    finished = Recovered(**{**vars(report), "aside": folder.name})
    with suppress(OSError):
        (folder / REPORT).write_text(_as_json(finished), encoding="utf-8")
    return finished


def _soundness(path: Path, scene: _Scene, mended: Mended) -> tuple[bool, bool]:
    """Whether every page and the structure of a mended copy hold, and whether it is all there ever was."""
    if mended.unreadable:
        return False, False
    sound = False
    try:
        with closing(connect(path, scene.data_key)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            if connection.execute("PRAGMA cipher_integrity_check").fetchall():
                return False, False
            if connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                return False, False
            sound = True
            anchors.raise_if_lost(connection, scene.newest, anchors.salt_of(path))
            return True, audit.verify(Reads(connection, Tables({}))).ok
    except (Error, StoreError):
        return sound, False


def _newest_backup(scene: _Scene, extra: Path | None) -> Backup | None:
    found = [backups.newest_good(scene.home / BACKUPS, scene.data_key)]
    if extra is not None:
        found.append(backups.newest_good(extra, scene.data_key))
    good = [one for one in found if one is not None]
    return max(good, key=lambda one: (one.links, one.number)) if good else None


def _key_of(home: Path, secret: str, extra: Path | None) -> tuple[KeyBytes, Path | None]:
    """The data key; where the home's own key file is gone, by that of a backup, which then takes its place."""
    try:
        return keys.unlock(home, secret), None
    except (DamagedSidecar, MissingSidecar, NoHome) as failed:
        folders = [home / BACKUPS, *([extra] if extra else [])]
        for one in (one for folder in folders for one in backups.listing(folder)):
            with suppress(DamagedSidecar, MissingSidecar, NoHome):
                return keys.unlock(one.path, secret), one.path / SIDECAR
        raise failed from None


def _links_in(wreck: Wreck) -> int:
    """How far the audit of a damaged file goes, as far as that can be read."""
    found = wreck.try_sql("SELECT max(seq) FROM audit")
    if found is not None:
        return int(found[0][0] or 0)
    if not wreck.readable:
        return 0
    rows = wreck.rows("audit", "seq", ("seq",)).rows
    return int(rows[-1][0]) if rows else 0


def _links_missing(scene: _Scene, begun_with: int, rejoined: Rejoined) -> int:
    """How many links the anchor names that did not come back."""
    if scene.newest is None:
        return 0
    return max(0, scene.newest.links - begun_with - rejoined.links)


def _standing(tx: Reads) -> dict[str, int]:
    return {
        table.ledger.key: count
        for table in tx.tables
        if (count := int(tx.sql(f"SELECT count(*) FROM {table.name} WHERE deleted=0")[0][0]))
    }


def _as_json(report: Recovered) -> str:
    facts = {
        "kind": report.kind, "backup_at": report.backup_at.isoformat() if report.backup_at else None,
        "bits": report.bits, "pages_lost": report.pages_lost, "links_missing": report.links_missing,
        "ops": report.rejoined.ops, "links": report.rejoined.links, "rescued": dict(report.rejoined.rescued),
        "steps_lost": dict(report.rejoined.steps_lost), "unreadable": dict(report.rejoined.unreadable),
        "lost": dict(report.rejoined.lost), "standing": report.standing,
    }  # fmt: skip
    return json.dumps(facts, indent=1)
