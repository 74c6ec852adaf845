"""Originals that are no photo yet, in a backup place: each in a sealed file of its own, under a keyed name.

A record names such a photo by a passing id, and so does every copy of the ledger made meanwhile. When the photo is done
the original goes, and a line stays that tells which photo became of that id.
"""

from __future__ import annotations

import hmac
import json
import shutil
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from hashlib import sha256
from itertools import chain
from pathlib import Path

from gridworker.store.blob_pack import DamagedPack, disclose, enclose, to_medium
from gridworker.store.blob_pending import DONE, WAITING, Originals, Pending
from gridworker.store.blob_vault import Vault

_FOLDER = "waiting"
_WHAT = b"original"
_UNFINISHED = ".making"
_FRAME = struct.Struct(">I")
_MOST = 1 << 26
_BECAME = ".done"


def keep(vault: Vault, originals: Originals, *, keep_free: int, named: Callable[[], set[str]] | None = None) -> int:
    """Brings the waiting originals of a place up to date; how many had no room. Raises OSError or DamagedPack.

    One that the photo file does not know is kept, unless it is not `named` by anything in the ledger either.
    """
    folder, kept = vault.folder / _FOLDER, originals.kept()
    if not kept and not folder.exists():
        return 0
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / _UNFINISHED).unlink(missing_ok=True)
    present, wanted = {path.name for path in folder.iterdir()}, {_name(vault, one.id): one for one in kept}
    missed = 0
    for name in wanted.keys() - present:
        if shutil.disk_usage(folder).free < keep_free + _MOST:
            missed += 1
        else:
            _write(vault, folder / name, wanted[name], originals.parts(wanted[name].id))
    _settle(vault, folder, present - wanted.keys(), originals, named)
    return missed


def look_up(vault: Vault, identity: str) -> tuple[Pending, Iterator[bytes]] | None:
    """A photo on its way as a place has it, with its original, of which nothing is left once it is done."""
    path = vault.folder / _FOLDER / _name(vault, identity)
    for one in (path.with_suffix(_BECAME), path):
        with suppress(OSError, DamagedPack, StopIteration):
            frames = _frames(vault, one)
            return _head(next(frames)), frames
    return None


def _settle(
    vault: Vault, folder: Path, names: set[str], originals: Originals, named: Callable[[], set[str]] | None
) -> None:
    """What became a photo is kept as a line; what was given up goes, and what nobody knows of any more."""
    wanted: set[str] | None = None
    for path in (folder / name for name in names if not name.endswith(_BECAME)):
        with suppress(DamagedPack, StopIteration):
            known = _head(next(_frames(vault, path)))
            now = originals.known([known.id]).get(known.id)
            if now is not None and now.state == DONE:
                _write(vault, path.with_suffix(_BECAME), now, iter(()))
            if now is None and named is not None:
                wanted = named() if wanted is None else wanted
            # One that the photo file does not know any more may have been lost with it.
            if now is not None or (wanted is not None and known.id not in wanted):
                path.unlink()


def _write(vault: Vault, path: Path, photo: Pending, parts: Iterator[bytes]) -> None:
    unfinished, size = path.with_name(_UNFINISHED), 0
    facts = [photo.id, photo.kind, photo.state, photo.address, photo.since]
    try:
        with unfinished.open("wb") as file:
            for plain in chain([json.dumps(facts).encode()], parts):
                sealed = enclose(vault.seal, _WHAT, plain)
                file.write(_FRAME.pack(len(sealed)) + sealed)
                size += len(plain)
            to_medium(file)
        if sum(map(len, _frames(vault, unfinished))) != size:
            raise DamagedPack
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _frames(vault: Vault, path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while head := file.read(_FRAME.size):
            if len(head) < _FRAME.size or (length := _FRAME.unpack(head)[0]) > _MOST:
                raise DamagedPack
            yield disclose(vault.seal, _WHAT, file.read(length))


def _head(plain: bytes) -> Pending:
    try:
        identity, kind, state, address, since = json.loads(plain)
    except (ValueError, TypeError):
        raise DamagedPack from None
    return Pending(identity, kind, DONE if state == DONE else WAITING, address, "", 0, since, settled=False)


def _name(vault: Vault, identity: str) -> str:
    return hmac.new(vault.name_key, identity.encode(), sha256).hexdigest()[:40]
