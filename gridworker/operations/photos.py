"""Photos and documents of records: taken in, made small, shown, saved elsewhere, swept.

`begin` returns as soon as the original is safe and encrypted; a record may name the photo from then on. `finish` does
the work, seconds later or at the next start.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gridworker.area.rights import Sight
from gridworker.errors import Cancelled, KnownError
from gridworker.exchange.atomic import write_whole
from gridworker.imaging.kinds import PDF
from gridworker.imaging.made import DOCUMENT, PHOTO
from gridworker.imaging.refusal import PhotoRefused
from gridworker.imaging.worker import WorkerDied, make_in_worker
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import find_ledger
from gridworker.operations import rights
from gridworker.operations.changes import NOTHING, Changes
from gridworker.operations.photo_fields import FIELD_LIMIT, RECORD_LIMIT, complete, files_fields, names_in
from gridworker.operations.photo_source import Pasted, Source
from gridworker.operations.photo_sweep import Swept, sweep
from gridworker.operations.session import Session
from gridworker.operations.shown import Eyes
from gridworker.store import blob_names, saving
from gridworker.store.blob_errors import BlobAbsent
from gridworker.store.blob_pending import FAILED, PREFIX, WAITING, Pending
from gridworker.store.blobs import BLOBS_BEGUN, Blob
from gridworker.store.store import ReadTx, WriteTx

__all__ = ["FAILED", "FIELD_LIMIT", "RECORD_LIMIT", "WAITING", "Swept", "sweep"]
READY, ABSENT = "ready", "absent"
# An original that ended the program or its worker this often is given up, or it would do so at every start.
_MOST_TRIES = 5
_GIVEN_UP = "memory"
Progress = Callable[[int, int, str], None]
Stop = Callable[[], bool]


@dataclass(frozen=True)
class PendingPhoto:
    """A photo that is safe and not yet small; a record may name it by its id."""

    id: str
    kind: str


@dataclass(frozen=True)
class Finished:
    """What became of a photo: its address, or why there is none, and the records that got it."""

    id: str
    blob: str
    problem: str
    changes: Changes


@dataclass(frozen=True)
class Added:
    """A photo that a record has."""

    record: Record
    field: str
    blob: str
    op_id: str
    changes: Changes = NOTHING
    is_for_step: bool = False
    """It is taken in and no more: who may make steps of the record and not change it names the photo in her step."""


@dataclass(frozen=True)
class Photo:
    """A photo of a record; `state` is ready, waiting, failed or absent, and only a ready one has its `blob`."""

    name: str
    field: str
    label: str
    state: str
    text: str
    blob: str = ""
    kind: str = PHOTO
    size: int = 0
    width: int = 0
    height: int = 0
    again: bool = False
    """Whether another attempt at a failed one may succeed."""


# ---- taking in -----------------------------------------------------------------------------------------------------


def begin(session: Session, path: Path) -> PendingPhoto:
    """Takes a file in, encrypted and whole, and says at once by which id a record may name it; else PhotoRefused."""
    return _begin(session, Source(path))


def begin_data(session: Session, data: bytes) -> PendingPhoto:
    """The same for a picture that was pasted; it reaches the disk encrypted only."""
    return _begin(session, Pasted(data))


def _begin(session: Session, source: Source | Pasted) -> PendingPhoto:
    with session.store.read() as tx:
        since = blob_names.newest_op(tx)
        begun = tx.meta(BLOBS_BEGUN) is not None
    identity = session.blobs.originals.keep(source.kind, source.parts(), since=since)
    if not begun:
        session.store.write(lambda tx: tx.set_meta(BLOBS_BEGUN, session.today().isoformat()))
    return PendingPhoto(identity, source.kind)


def finish(session: Session, pending_id: str, *, cancelled: Stop = lambda: False) -> Finished:
    """Makes a photo small and gives it to the records that name it; a failure is told and changes no record."""
    # One at a time, whoever asks: memory is bounded by a single photo.
    with session.blobs.one_at_a_time:
        photo = session.blobs.originals.get(pending_id)
        problem = ""
        if photo.state == WAITING:
            problem = _make(session, photo, cancelled)
            photo = session.blobs.originals.get(pending_id)
        if photo.state == FAILED:
            return Finished(pending_id, "", PhotoRefused(photo.code).sentence(), NOTHING)
        if photo.state == WAITING:
            return Finished(pending_id, "", problem, NOTHING)
        changes = session.store.write(lambda tx: complete(session, tx, photo))
        session.blobs.originals.settle(pending_id)
        return Finished(pending_id, photo.address, "", changes)


def finish_pending(
    session: Session, progress: Progress = lambda *_: None, cancelled: Stop = lambda: False
) -> list[Finished]:
    """Finishes every photo that a stop, a crash or a power cut left on its way."""
    waiting = open_ones(session)
    finished = []
    for done, photo in enumerate(waiting):
        progress(done, len(waiting), "正在处理照片")
        finished.append(finish(session, photo, cancelled=cancelled))
    if waiting:
        progress(len(waiting), len(waiting), "照片处理完了")
    return finished


def open_ones(session: Session) -> list[str]:
    """The ids of all photos on their way, the oldest first."""
    with session.store.read() as tx:
        if tx.meta(BLOBS_BEGUN) is None:
            return []
    return [photo.id for photo in session.blobs.originals.open()]


def retry(session: Session, pending_id: str) -> Finished:
    """Another attempt at a photo that was given up for want of memory."""
    session.blobs.originals.retry(pending_id)
    return finish(session, pending_id)


def add(session: Session, record_id: str, field: str, path: Path, *, cancelled: Stop = lambda: False) -> Added:
    """Takes a file in, makes it small and gives it to a record, as one; refused, nothing of it is kept."""
    with session.store.read() as tx:
        record = tx.find(record_id)
        _ledger, key = _room(record, field, "")
        if record is not None:
            _raise_if_not_hers(session, tx, record, key)
    photo = begin(session, path)
    finished = finish(session, photo.id, cancelled=cancelled)
    if not finished.blob:
        raise KnownError(finished.problem)
    return session.store.write(lambda tx: _attach(session, tx, record_id, field, finished.blob))


# ---- looking -------------------------------------------------------------------------------------------------------


def listing(session: Session, record_id: str) -> list[Photo]:
    """The photos of a record, field by field, those still on their way or elsewhere included."""
    with session.store.read() as tx:
        record = tx.find(record_id)
        if record is None:
            raise KnownError("本机没有这条记录。", action="请核对记录编号，或先同步。")
        fields = files_fields(find_ledger(record.ledger))
        named = [(field, name) for field in fields for name in names_in(record.values.get(field.key))]
        _raise_if_masked(session, tx, record, named=bool(named))
    if not named:
        return []
    found = look(session, [name for _, name in named])
    return [replace(found[name], field=field.key, label=field.label) for field, name in named]


def look(session: Session, names: Sequence[str]) -> dict[str, Photo]:
    """How photos stand, by the names a record or a form has for them; `field` and `label` stay empty."""
    if not names:
        return {}
    passing = session.blobs.originals.known([name for name in names if name.startswith(PREFIX)])
    addresses = {name: passing[name].address if name in passing else name for name in names}
    kept = session.blobs.known([address for address in addresses.values() if address])
    return {name: _photo(name, passing.get(name), kept.get(addresses[name])) for name in names}


def read(session: Session, blob: str) -> bytes:
    """The photo as JPEG, or the document as PDF."""
    return session.blobs.read(blob)


def thumb(session: Session, blob: str) -> bytes:
    """The small picture of a photo or document, as JPEG."""
    return session.blobs.thumb(blob)


def save_file(session: Session, blob: str, path: Path) -> None:
    """Writes a photo or document where the person said, readable for everybody, and notes that in the audit."""
    rights.raise_if_may_not_here(session, "export")
    data = session.blobs.read(blob)
    write_whole(path, data)
    detail = {"photo": blob}
    session.store.write(lambda tx: tx.audit("export", actor_id=session.actor.id, detail=detail))


# ---- inside --------------------------------------------------------------------------------------------------------


def _make(session: Session, photo: Pending, cancelled: Stop) -> str:
    """One attempt; what is wrong if the photo still waits after it."""
    originals = session.blobs.originals
    if originals.count_try(photo.id) > _MOST_TRIES:
        originals.fail(photo.id, _GIVEN_UP, keep_original=True)
        return ""
    try:
        made = make_in_worker(photo.kind, originals.parts(photo.id), cancelled=cancelled)
    except PhotoRefused as refused:
        originals.fail(photo.id, refused.code, keep_original=refused.code == _GIVEN_UP)
        return ""
    except WorkerDied as died:
        return died.sentence()
    except Cancelled:
        originals.take_back_try(photo.id)
        raise
    originals.finish(photo.id, made)
    return ""


def _room(record: Record | None, field: str, name: str) -> tuple[Ledger, str]:
    """The ledger and key of a field that can take one more photo; raises KnownError with the limit."""
    if record is None or record.deleted:
        raise KnownError("本机没有这条记录，或它已在回收站。", action="请核对记录编号，或先恢复。")
    ledger = find_ledger(record.ledger)
    fields = files_fields(ledger)
    known = next((one for one in fields if field in (one.key, one.label)), None)
    if known is None:
        labels = "、".join(f"{one.label}（{one.key}）" for one in fields)
        raise KnownError(f"{ledger.label}没有“{field[:20]}”这一栏照片。", action=f"可以放照片的是：{labels}。")
    names = names_in(record.values.get(known.key))
    if name not in names and len(names) >= FIELD_LIMIT:
        raise KnownError(f"{known.label}最多放 {FIELD_LIMIT} 个，已经满了。", safe="记录没有改动。")
    if name not in names and sum(len(names_in(record.values.get(one.key))) for one in fields) >= RECORD_LIMIT:
        raise KnownError(f"一条记录最多放 {RECORD_LIMIT} 个照片和附件，已经满了。", safe="记录没有改动。")
    return ledger, known.key


def _raise_if_not_hers(session: Session, tx: ReadTx, record: Record, key: str) -> None:
    """Refuses a photo from whom may neither change the record nor make a step of it that asks for the photo."""
    workflow, roles = find_ledger(record.ledger).workflow, rights.move_context(session, tx, record).roles
    steps = workflow.moves if workflow else ()
    if not any(record.status in one.sources and key in one.asks and {*one.who} & {*roles} for one in steps):
        rights.raise_if_may_not(session, tx, "save", record)


def _raise_if_masked(session: Session, tx: ReadTx, record: Record, *, named: bool) -> None:
    """A photo cannot be masked: who sees of a record only what masks leave sees none of it."""
    eyes = Eyes(session, tx)
    eyes.raise_if_unseen(record)
    if named and eyes.sight(record) is Sight.MASKED:
        rights.raise_if_may_not(session, tx, "reveal", record)


def _attach(session: Session, tx: WriteTx, record_id: str, field: str, blob: str) -> Added:
    record = tx.find(record_id)
    ledger, key = _room(record, field, blob)
    if record is None:
        raise BlobAbsent
    names = names_in(record.values.get(key))
    if not rights.may(session, tx, "save", record):
        return Added(record, key, blob, "", is_for_step=blob not in names)
    after = record.with_values({key: [*names, blob]}) if blob not in names else record
    op = saving.save(tx, record, after, actor_id=session.actor.id)
    changes = Changes(frozenset({record_id}), frozenset({ledger.key}))
    return Added(tx.get(ledger.key, record_id) or after, key, blob, op.op_id, changes)


def _photo(name: str, passing: Pending | None, kept: Blob | None) -> Photo:
    if kept is not None:
        text = "PDF" if kept.kind == DOCUMENT else f"{kept.width}×{kept.height}"
        size = kept.size
        return Photo(name, "", "", READY, text, kept.address, kept.kind, size, kept.width, kept.height)
    kind = DOCUMENT if passing and passing.kind == PDF else PHOTO
    if passing and passing.state == WAITING:
        return Photo(name, "", "", WAITING, "照片正在处理。", kind=kind)
    if passing and passing.state == FAILED:
        # That nothing was added is no longer true of a record that was saved with it.
        why = PhotoRefused(passing.code)
        return Photo(name, "", "", FAILED, why.title + why.action, kind=kind, again=passing.code == _GIVEN_UP)
    return Photo(name, "", "", ABSENT, BlobAbsent().sentence(), kind=kind)
