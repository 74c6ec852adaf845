"""Where this user's fetched files are kept, so that a second checkout downloads nothing again."""

import hashlib
import os
import sys
from pathlib import Path


def cache_folder() -> Path:
    """Return the per-user cache folder of this program."""
    # appdirs answers the same, but is not installed yet when this runs.
    if os.name == "nt":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
        return base / "gridworker" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "gridworker"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gridworker"


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that another process sees all of it or nothing of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        unfinished.write_bytes(data)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
