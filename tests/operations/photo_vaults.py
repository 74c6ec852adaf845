"""What tests of photos in backups share: hazards with photos, sticks, and a look into a vault."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gridworker.operations import backup_photos
from gridworker.operations import session as sessions
from gridworker.operations.save import save
from gridworker.operations.session import Session
from tests.operations.conftest import PASSPHRASE


def hazard_with(session: Session, *names: str) -> str:
    """A hazard with these photos; its number."""
    record = save(session, "hazard", {
        "found_at": "2026-04-21 09:40", "place": "3号楼一层", "place_type": "楼栋", "hazard_type": "消防",
        "description": "楼道堆物", "hazard_level": "一般", "photos_before": list(names),
    }).record  # fmt: skip
    return str(record.values["record_no"])


def held_in(session: Session, folder: Path) -> set[str]:
    """The addresses of the photos in the vault of a place."""
    vault = backup_photos.vault(session, folder)
    return {raw.hex() for raw in vault.addresses(vault.look().catalog)}


def copies_on(stick: Path) -> Path:
    """The folder of this home on a stick."""
    return next(stick.glob("gridworker-backups-*"))


def shows(home: Path, names: list[str]) -> list[bool]:
    """Which photos a home can show."""
    again = sessions.unlock(home, PASSPHRASE)
    try:
        return [name in again.blobs.known([name]) and bool(again.blobs.read(name)) for name in names]
    finally:
        again.close()


def unplug(stick: Path) -> Path:
    """The stick is pulled; where it lies meanwhile."""
    return stick.rename(stick.with_name("pulled"))


def flip_bit(path: Path, place: int) -> None:
    """One bit of a file turns."""
    with path.open("r+b") as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ 1]))


def failing(error: Exception) -> Callable[..., None]:
    """A function that only raises."""

    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, with what it holds."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
