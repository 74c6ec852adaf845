"""Every byte of an encrypted file as it is under its key: rows, free pages, what was deleted, and the log."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

_PAGE, _SALT, _IV, _SEAL = 4096, 16, 16, 64
_LOG_HEAD, _FRAME_HEAD = 32, 24


def plain_bytes(path: Path, key: bytes | bytearray) -> bytes:
    """A database and the log beside it, page by page; SQLCipher's own check is not asked."""
    data = path.read_bytes()
    pages = [(place == 0, data[place : place + _PAGE]) for place in range(0, len(data), _PAGE)]
    log = path.with_name(f"{path.name}-wal")
    if log.exists():
        frames = log.read_bytes()[_LOG_HEAD:]
        for place in range(0, len(frames) - _FRAME_HEAD - _PAGE + 1, _FRAME_HEAD + _PAGE):
            number = int.from_bytes(frames[place : place + 4], "big")
            pages.append((number == 1, frames[place + _FRAME_HEAD : place + _FRAME_HEAD + _PAGE]))
    return b"".join(_plain(page, bytes(key), first=first) for first, page in pages if len(page) == _PAGE)


def _plain(page: bytes, key: bytes, *, first: bool) -> bytes:
    end = _PAGE - _IV - _SEAL
    decryptor = Cipher(AES(key), CBC(page[end : end + _IV])).decryptor()
    return decryptor.update(page[_SALT if first else 0 : end]) + decryptor.finalize()
