"""Which database a key file belongs to, told by the sixteen random bytes every encrypted file begins with."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from gridworker.store.errors import StoreError, SwappedSidecar
from gridworker.store.home import DATABASE, SIDECAR
from gridworker.store.sidecar import Sidecar, read_sidecar, write_sidecar

_MEMBER = "salt"
_SALT_BYTES = 16
_FLIPPED = 16
"""Bits out of 128. Two files differ in about 64; to differ in no more than this is a chance of 1 in 10^18."""


def marked(home: Path, sidecar: Sidecar) -> Sidecar:
    """The sidecar with the mark of the database that lies beside it now."""
    return replace(sidecar, others={**sidecar.others, _MEMBER: _salt_of(home)})


def known_salt(home: Path) -> bytes:
    """The first bytes the database of a home had when it was last opened; none where the key file does not say."""
    with suppress(StoreError, ValueError):
        return bytes.fromhex(str(read_sidecar(home / SIDECAR).others.get(_MEMBER) or ""))
    return b""


def note(home: Path) -> None:
    """Marks the key file as belonging to the database beside it, which it has just opened; a restored one is new."""
    path = home / SIDECAR
    with suppress(StoreError):
        sidecar = read_sidecar(path)
        if sidecar.others.get(_MEMBER) != _salt_of(home):
            write_sidecar(path, marked(home, sidecar))


def raise_if_swapped(home: Path) -> None:
    """Says so where something did not open and the key file is of another database. Call it after a failure only."""
    try:
        known = read_sidecar(home / SIDECAR).others.get(_MEMBER)
    except StoreError:
        return
    here = _salt_of(home)
    if isinstance(known, str) and known and here and _differ(known, here):
        raise SwappedSidecar


def _differ(known: str, here: str) -> bool:
    """Whether two marks are of two files; a few flipped bits are damage of one."""
    return (int(known, 16) ^ int(here, 16)).bit_count() > _FLIPPED if len(known) == len(here) else True


def _salt_of(home: Path) -> str:
    try:
        with (home / DATABASE).open("rb") as file:
            return file.read(_SALT_BYTES).hex()
    except OSError:
        return ""
