"""The file `keys.json`: its form, its checks, and how it is replaced without a moment in which it is half written."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import stat
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from gridworker.store.errors import DamagedSidecar, NewerSidecar, ReadOnlySidecar
from gridworker.store.home import translate_os

VERSION = 1
# What a slot may demand: more would be a damaged or hostile file that stalls the machine.
_LEAST_MEMORY_KIB, _MOST_MEMORY_KIB, _MOST_TIME, _MOST_LANES = 8, 1 << 20, 50, 64
_SIZE_LIMIT = 1 << 20


@dataclass(frozen=True)
class Kdf:
    """The cost of argon2id, kept with each slot so that it can rise later."""

    time: int
    memory_kib: int
    lanes: int


@dataclass(frozen=True)
class Slot:
    """The database key, wrapped under one secret."""

    kind: str
    kdf: Kdf
    salt: bytes
    nonce: bytes
    wrapped: bytes


@dataclass(frozen=True)
class Sidecar:
    """All slots of one database. `started` tells that its database was once complete."""

    database: str
    slots: tuple[Slot, ...]
    started: bool = False
    version: int = VERSION
    others: dict[str, Any] = field(default_factory=dict)
    """Members a later program added; kept as they are."""

    def with_slot(self, slot: Slot) -> Sidecar:
        """The sidecar with one slot in place of the one of its kind."""
        return replace(self, slots=(*self.without(slot.kind).slots, slot))

    def without(self, *kinds: str) -> Sidecar:
        """The sidecar without slots of some kinds: what opened them opens nothing any more."""
        return replace(self, slots=tuple(known for known in self.slots if known.kind not in kinds))

    def kinds(self) -> tuple[str, ...]:
        """The kinds of its slots."""
        return tuple(slot.kind for slot in self.slots)

    def bound_to(self, slot: Slot) -> bytes:
        """What the wrapping authenticates beside the key: neither cost nor database can be swapped unnoticed."""
        kdf = slot.kdf
        return json.dumps(
            [self.version, self.database, slot.kind, "argon2id", kdf.time, kdf.memory_kib, kdf.lanes, slot.salt.hex()]
        ).encode()


def read_sidecar(path: Path) -> Sidecar:
    """The sidecar of a home; raises DamagedSidecar or NewerSidecar."""
    try:
        if path.stat().st_size > _SIZE_LIMIT:
            raise DamagedSidecar
        text = path.read_bytes()
    except OSError as failed:
        raise translate_os(failed) from failed
    try:
        document = json.loads(text.decode("utf-8"))
        if int(document["version"]) > VERSION:
            raise NewerSidecar
        if document.get("check") != _check_of(document):
            raise DamagedSidecar
        return _parsed(document)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, binascii.Error):
        raise DamagedSidecar from None


def write_sidecar(path: Path, sidecar: Sidecar) -> None:
    """Replaces the file in one step, on the disk before this returns."""
    document = _document(sidecar)
    document["check"] = _check_of(document)
    try:
        # Where the system would let a read-only file be replaced, whoever set it so would still be surprised.
        if path.exists() and not path.stat().st_mode & stat.S_IWUSR:
            raise ReadOnlySidecar
        replace_file(path, json.dumps(document, indent=1))
    except OSError as failed:
        raise translate_os(failed) from failed


def replace_file(path: Path, text: str) -> None:
    """Puts text in place of a file in one step, on the disk before this returns; raises OSError."""
    fresh = path.with_name(f"{path.name}.new")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Makes a rename last through a power cut; Windows does so by itself."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _document(sidecar: Sidecar) -> dict[str, Any]:
    return {
        **sidecar.others,
        "version": sidecar.version,
        "database": sidecar.database,
        "started": sidecar.started,
        "slots": [
            {
                "kind": slot.kind,
                "kdf": {"name": "argon2id", **asdict(slot.kdf)},
                "salt": _text(slot.salt),
                "nonce": _text(slot.nonce),
                "wrapped": _text(slot.wrapped),
            }
            for slot in sidecar.slots
        ],
    }  # fmt: skip


def _parsed(document: dict[str, Any]) -> Sidecar:
    known = {"version", "database", "started", "slots", "check"}
    return Sidecar(
        database=str(document["database"]),
        slots=tuple(_slot(raw) for raw in document["slots"]),
        started=bool(document["started"]),
        version=int(document["version"]),
        others={key: value for key, value in document.items() if key not in known},
    )


def _slot(raw: dict[str, Any]) -> Slot:
    kdf = Kdf(time=int(raw["kdf"]["time"]), memory_kib=int(raw["kdf"]["memory_kib"]), lanes=int(raw["kdf"]["lanes"]))
    memory = _LEAST_MEMORY_KIB <= kdf.memory_kib <= _MOST_MEMORY_KIB
    if not (memory and 1 <= kdf.time <= _MOST_TIME and 1 <= kdf.lanes <= _MOST_LANES):
        raise DamagedSidecar
    return Slot(str(raw["kind"]), kdf, _bytes(raw["salt"]), _bytes(raw["nonce"]), _bytes(raw["wrapped"]))


def _check_of(document: dict[str, Any]) -> str:
    # Without a checksum a flipped bit could not be told from a wrong passphrase.
    rest = {key: value for key, value in document.items() if key != "check"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
