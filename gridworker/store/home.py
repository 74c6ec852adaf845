"""The folder of one person's data: which files lie in it, who holds it, and whether its disk can be trusted."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import IO

from gridworker.store import errors

DATABASE = "gridworker.db"
SIDECAR = "keys.json"
LOCK = "lock"
# File systems whose locks and memory maps reach over a network, where a WAL database breaks.
_REMOTE = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "smb2", "ncpfs", "afs", "ceph", "glusterfs", "lustre", "davfs", "davfs2"}
    | {"fuse.sshfs", "fuse.davfs", "fuse.davfs2", "fuse.rclone", "fuse.glusterfs", "fuse.curlftpfs"}
    | {"fuse.gvfsd-fuse", "fuse.smbnetfs", "fuse.s3fs", "9p", "coda", "gfs2", "ocfs2", "beegfs"}
    # Folders of the host inside a virtual machine: no memory map that both sides agree on.
    | {"vboxsf", "vmhgfs", "fuse.vmhgfs-fuse", "prl_fs"}
)
_DRIVE_REMOTE = 4


def make_home(home: Path) -> None:
    """The folder, made so that only its owner looks into it."""
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except (FileExistsError, NotADirectoryError) as failed:
        raise errors.NotAFolder from failed
    except OSError as failed:
        raise translate_os(failed) from failed


def translate_os(failed: OSError) -> errors.StoreError:
    """What a failure of the file system means to the person."""
    if failed.errno in {28, 122, 27}:  # ENOSPC, EDQUOT, EFBIG
        return errors.DiskFull()
    if isinstance(failed, PermissionError) or failed.errno == 30:  # noqa: PLR2004 - EROFS
        return errors.ReadOnlyHome()
    return errors.DiskTrouble()


def raise_if_remote(home: Path) -> None:
    """Refuses a folder on a network drive, where that can be told."""
    if os.name == "nt":
        remote = _is_remote_windows(home)
    else:
        try:
            table = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="surrogateescape")
        except OSError:
            return
        remote = filesystem_of(home, table) in _REMOTE
    if remote:
        raise errors.NotLocalDisk


def is_remote_kind(kind: str) -> bool:
    """Whether a kind of file system reaches over a network."""
    return kind in _REMOTE


def filesystem_of(home: Path, mounts: str) -> str:
    """The kind of file system a folder lies on, by a table such as /proc/self/mounts."""
    place = os.path.realpath(home)
    best, kind = "", ""
    for line in mounts.splitlines():
        parts = line.split(" ")
        if len(parts) < 3:  # noqa: PLR2004 - device, folder, kind
            continue
        folder = parts[1].replace(r"\040", " ").replace(r"\011", "\t").replace(r"\134", "\\")
        inside = place == folder or place.startswith(folder.rstrip("/") + "/")
        if inside and len(folder) >= len(best):
            best, kind = folder, parts[2]
    return kind


def _is_remote_windows(home: Path) -> bool:
    path = str(home.absolute())
    if path.startswith("\\\\"):
        return True
    if sys.platform == "win32":
        import ctypes  # noqa: PLC0415 - exists in this form on Windows only

        return bool(ctypes.windll.kernel32.GetDriveTypeW(home.absolute().anchor) == _DRIVE_REMOTE)
    return False


class Lock:
    """Holds a home for one program; the system lets go of it when the program dies, however it dies."""

    def __init__(self, home: Path) -> None:
        try:
            self._file: IO[bytes] = (home / LOCK).open("ab")
        except OSError as failed:
            raise translate_os(failed) from failed
        try:
            _lock_file(self._file)
        except OSError:
            self._file.close()
            raise errors.AlreadyOpen from None

    def release(self) -> None:
        """Lets the next program in; the file itself stays."""
        self._file.close()


def _lock_file(file: IO[bytes]) -> None:
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - Windows only

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl  # noqa: PLC0415 - not on Windows

        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
