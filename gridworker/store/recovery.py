"""Recovering a damaged ledger, on the person's word only: mend the bits, or restore a backup and lay the rest over it.

Everything is done on copies in a folder of its own. The damaged files are moved into `damaged-<date>` at the very end,
in steps that may be cut at any moment and are finished by the next start.
"""

from __future__ import annotations

import json
import shutil
from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from gridworker.errors import Cancelled
from gridworker.store import anchor as anchors
from gridworker.store import audit, copies, lost_keys, swapping
from gridworker.store import backup as backups
from gridworker.store.backup import BACKUPS
from gridworker.store.belonging import known_salt, marked
from gridworker.store.driver import Error, connect
from gridworker.store.errors import StoreError
from gridworker.store.home import DATABASE, SIDECAR, Lock, translate_os
from gridworker.store.mending import PAGE, Mended, mend
from gridworker.store.rebuilding import rebuild
from gridworker.store.recovery_facts import (
    AS_IS,
    FROM_BACKUP,
    FROM_WRECK,
    KEYS,
    MENDED,
    UNHARMED,
    Recovered,
    Scene,
    standing,
)
from gridworker.store.sidecar import read_sidecar, write_sidecar
from gridworker.store.statements import Reads
from gridworker.store.store import Store
from gridworker.store.tables import Tables

__all__ = ["AS_IS", "FROM_BACKUP", "FROM_WRECK", "KEYS", "MENDED", "UNHARMED", "Recovered", "recover"]

REPORT = "report.json"
_LOG = f"{DATABASE}-wal"
_STEPS = 5


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
        present = [*copies.copies_in(home / BACKUPS), *(copies.copies_in(extra) if extra else [])]
        found = lost_keys.find(home, secret, present)

        def tell(done: int, text: str) -> None:
            if cancelled():
                raise Cancelled
            progress(done, _STEPS, text)

        tell(0, "正在复制损坏的文件")
        staged = swapping.begin(home)
        scene = Scene(home, staged, found, anchors.read_marks(home, found.data_key), present, now, tell)
        try:
            return _recovered(scene)
        finally:
            # The scratch copies; once the exchange is planned there is nothing left here.
            if not (staged / "plan.json").exists():
                shutil.rmtree(staged, ignore_errors=True)
    except OSError as failed:
        raise translate_os(failed) from failed
    finally:
        lock.release()


def _recovered(scene: Scene) -> Recovered:
    scratch = scene.staged / "scratch"
    scratch.mkdir()
    for name in (DATABASE, _LOG):
        if (scene.home / name).exists():
            shutil.copyfile(scene.home / name, scratch / name)
    if not (scratch / DATABASE).exists():
        (scratch / DATABASE).touch()
    scene.tell(1, "正在逐页核对和修复")
    salts = [one for one in (scene.newest.salt if scene.newest else b"", known_salt(scene.home)) if one]
    mended = mend(scratch / DATABASE, scratch / _LOG, scene.data_key, salts=salts)
    sound, whole = _soundness(scratch / DATABASE, scene, mended)
    if whole:
        if not (mended.bits or mended.tied):
            return _unharmed(scene)
        (scratch / DATABASE).replace(scene.staged / DATABASE)
        return _closing(scene, Recovered(MENDED, bits=mended.bits))
    return _closing(scene, rebuild(scene, mended, sound=sound))


def _unharmed(scene: Scene) -> Recovered:
    """Nothing is to be mended, except perhaps that the key file is one from a copy now."""
    if scene.found.sidecar is None:
        return Recovered(UNHARMED)
    # Marked for the database that stays, so that it is not taken for a swapped one.
    write_sidecar(scene.staged / SIDECAR, marked(scene.home, read_sidecar(scene.found.sidecar)))
    scene.tell(4, "正在放回钥匙文件")
    folder = swapping.commit(scene.home, aside=f"damaged-{swapping.stamp(scene.now)}")
    return Recovered(KEYS, aside=folder.name, keys_at=scene.found.at)


def _closing(scene: Scene, report: Recovered) -> Recovered:
    """The new ledger takes its place, the damaged one its own folder with a report in it."""
    if report.kind == MENDED:
        store = Store.open(scene.staged, scene.data_key)
        try:
            detail = {"mended_bits": report.bits}
            store.write(lambda tx: tx.audit("recover", actor_id=tx.meta("actor_id") or "", detail=detail))
            with store.read() as tx:
                report = Recovered(MENDED, bits=report.bits, standing=standing(tx))
        finally:
            store.close()
    backups.copy_sidecar(scene.found.sidecar or scene.home / SIDECAR, scene.staged)
    scene.tell(4, "正在换上恢复好的台账")
    folder = swapping.commit(scene.home, aside=f"damaged-{swapping.stamp(scene.now)}")
    finished = replace(report, aside=folder.name, keys_at=scene.found.at)
    with suppress(OSError):
        (folder / REPORT).write_text(_as_json(finished), encoding="utf-8")
    return finished


def _soundness(path: Path, scene: Scene, mended: Mended) -> tuple[bool, bool]:
    """Whether every page and the structure of a mended copy hold, and whether it is all there ever was."""
    if mended.unreadable or path.stat().st_size < PAGE:
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


def _as_json(report: Recovered) -> str:
    facts = {
        "kind": report.kind, "backup_at": report.backup_at.isoformat() if report.backup_at else None,
        "bits": report.bits, "pages_lost": report.pages_lost, "links_missing": report.links_missing,
        "drafts_missing": report.drafts_missing, "keys_at": report.keys_at.isoformat() if report.keys_at else None,
        "ops": report.rejoined.ops, "links": report.rejoined.links, "rescued": dict(report.rejoined.rescued),
        "steps_lost": dict(report.rejoined.steps_lost), "unreadable": dict(report.rejoined.unreadable),
        "lost": dict(report.rejoined.lost), "standing": report.standing,
    }  # fmt: skip
    return json.dumps(facts, indent=1)
