"""Taking away the photos of forms that were never saved."""

from __future__ import annotations

from dataclasses import dataclass

from gridworker.operations import backups
from gridworker.operations.session import Session
from gridworker.store import audit, blob_names, purged
from gridworker.store.blob_pending import DONE, PREFIX
from gridworker.store.blobs import BLOBS_BEGUN
from gridworker.store.store import ReadTx, WriteTx

SWEEP_DAYS = 30
_DAY = 86_400


@dataclass(frozen=True)
class Swept:
    """What a sweep took away; `unfinished` are photos that never became small."""

    photos: int
    freed: int
    unfinished: int


def sweep(session: Session) -> Swept:
    """Removes photos that nothing in the ledger names and that are older than thirty days. Reads the whole ledger."""
    nothing = Swept(0, 0, 0)
    with session.store.read() as tx:
        if tx.meta(BLOBS_BEGUN) is None:
            return nothing
    before = int(session.now().timestamp()) - SWEEP_DAYS * _DAY
    old = {*session.blobs.old(before), *session.blobs.originals.old(before)}
    swept = _sweep(session, old) if old else nothing
    # Also what originals left behind when they became small.
    session.blobs.give_room_back()
    return swept


def _sweep(session: Session, old: set[str]) -> Swept:
    with session.store.read() as tx:
        seen = blob_names.newest_op(tx)
        orphans = old - blob_names.named(tx) - _kept(session, tx)
    if not orphans:
        return Swept(0, 0, 0)
    backups.before(session, "purge")
    return session.store.write(lambda tx: _remove(session, tx, orphans, seen))


def _kept(session: Session, tx: ReadTx) -> set[str]:
    """The photos of grids that left: a person gives them up, not time. An original may have become small since."""
    kept = purged.kept_photos(tx)
    return kept | {one.address for one in session.blobs.originals.known(sorted(kept)).values() if one.address}


def _remove(session: Session, tx: WriteTx, orphans: set[str], seen: int) -> Swept:
    # On the writer's thread nothing can be saved meanwhile; what was saved since the reading is looked at here.
    gone = orphans - blob_names.named_lately(tx, seen)
    photos = {name for name in gone if not name.startswith(PREFIX)}
    # From this link on no copy of the ledger names them; a backup place lets them go when it keeps no older one.
    freed = session.blobs.remove(photos, links=audit.head(tx).links)
    passing = session.blobs.originals.known(sorted(gone - photos))
    session.blobs.originals.remove(passing)
    if gone:
        tx.audit("sweep", actor_id=session.actor.id, detail={"photos": len(photos), "bytes": freed})
    return Swept(len(photos), freed, sum(one.state != DONE for one in passing.values()))
