"""Photos as the fields of a record name them: by address once they are small, by a passing id until then.

A record is saved without waiting for its photos. What it names by a passing id is replaced by `settle` whenever the
record is saved later, and by `complete` when the photo is done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gridworker.ledger.facts import Problem, Value
from gridworker.ledger.field import Files
from gridworker.ledger.ledger import Ledger
from gridworker.operations.changes import NOTHING, Changes
from gridworker.operations.session import Session
from gridworker.store import blob_names, saving
from gridworker.store.blob_pending import DONE, FAILED, PREFIX, Pending
from gridworker.store.blobs import is_address
from gridworker.store.store import WriteTx

FIELD_LIMIT, RECORD_LIMIT = 9, 60


def files_fields(ledger: Ledger) -> list[Files]:
    """The fields of a ledger that hold photos and documents."""
    return [field for field in ledger.fields if isinstance(field, Files)]


def names_in(value: Value) -> list[str]:
    """The photos a field names."""
    return list(value) if isinstance(value, list) else []


def settle(
    session: Session, ledger: Ledger, before: Mapping[str, Value], values: Mapping[str, Value]
) -> tuple[dict[str, Value], list[Problem]]:
    """The values with every finished photo under its address, and what is wrong with the photos they name."""
    settled: dict[str, Value] = dict(values)
    problems: list[Problem] = []
    total = 0
    for field in files_fields(ledger):
        names = names_in(values.get(field.key))
        if not names:
            continue
        passing = _passing(session, names)
        settled[field.key] = _addresses(names, passing)
        added = [name for name in names if name not in names_in(before.get(field.key))]
        problems += [Problem(field.key, text) for text in _wrong(field, names, added, passing)]
        total += len(names)
    if total > RECORD_LIMIT:
        text = f"一条记录最多放 {RECORD_LIMIT} 个照片和附件，现在是 {total} 个。"
        problems.append(Problem(files_fields(ledger)[0].key, text))
    return settled, problems


def as_now(session: Session, ledger: Ledger, key: str, value: Value) -> Value:
    """A value of the past, with every photo that is done since under its address."""
    names = names_in(value)
    if not names or key not in {field.key for field in files_fields(ledger)}:
        return value
    return list(_addresses(names, _passing(session, names)))


def is_completion(changes: Mapping[str, Sequence[Value]], ledger: Ledger) -> bool:
    """Whether a change only put finished photos in the place of those on their way."""
    fields = {field.key for field in files_fields(ledger)}
    return bool(changes) and all(key in fields and _completes(*map(names_in, pair)) for key, pair in changes.items())


def _completes(old: list[str], new: list[str]) -> bool:
    gone = [name for name in old if name not in new]
    come = [name for name in new if name not in old]
    passing = [name for name in gone if name.startswith(PREFIX)]
    return bool(passing) and gone == passing and len(come) <= len(gone) and not any(map(_is_passing, come))


def _is_passing(name: str) -> bool:
    return name.startswith(PREFIX)


def complete(session: Session, tx: WriteTx, photo: Pending) -> Changes:
    """Gives a finished photo to every record that was saved while it was on its way, each as a new operation."""
    changed = NOTHING
    for ledger_key, record_id in blob_names.records_naming(tx, photo.id, photo.since):
        record = tx.get(ledger_key, record_id) if ledger_key in tx.tables else None
        if record is None:
            continue
        passing = {photo.id: photo}
        values: dict[str, Value] = {
            field.key: _addresses(names, passing)
            for field in files_fields(tx.tables[ledger_key].ledger)
            if photo.id in (names := names_in(record.values.get(field.key)))
        }
        if values:
            saving.save(tx, record, record.with_values(values), actor_id=session.actor.id)
            changed |= Changes(frozenset({record_id}), frozenset({ledger_key}))
    return changed


def _passing(session: Session, names: list[str]) -> dict[str, Pending]:
    ids = [name for name in names if name.startswith(PREFIX)]
    return session.blobs.originals.known(ids) if ids else {}


def _addresses(names: list[str], passing: Mapping[str, Pending]) -> list[str]:
    """The names, each once, with those that are done by their address."""
    done = {one.id: one.address for one in passing.values() if one.state == DONE}
    return list(dict.fromkeys(done.get(name, name) for name in names))


def _wrong(field: Files, names: list[str], added: list[str], passing: Mapping[str, Pending]) -> list[str]:
    texts = []
    if len(names) > FIELD_LIMIT:
        texts.append(f"{field.label}最多放 {FIELD_LIMIT} 个，现在是 {len(names)} 个。")
    if any(name.startswith(PREFIX) and name not in passing for name in added):
        texts.append(f"{field.label}里有一张照片不在本机，请去掉后重新添加。")
    if any(not name.startswith(PREFIX) and not is_address(name) for name in added):
        texts.append(f"{field.label}只能放添加进来的照片和 PDF。")
    if any(name in passing and passing[name].state == FAILED for name in added):
        texts.append(f"{field.label}里有一张照片没有处理成功，请去掉后重新添加。")
    return texts
