"""A file that is taken in as a photo or document: what it is, and its bytes part by part."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gridworker.imaging.kinds import HEAD_BYTES, PDF, kind_of
from gridworker.imaging.refusal import DOCUMENT_LIMIT, FILE_LIMIT, PhotoRefused

_PART = 1 << 20


class Source:
    """A file that is taken in: looked at by its first bytes, then read once, part by part."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            size = path.stat().st_size
            with path.open("rb") as file:
                head = file.read(HEAD_BYTES)
        except OSError as failed:
            raise _refusal(failed) from None
        self.kind = kind_of(head, path.name)
        self._limit = DOCUMENT_LIMIT if self.kind == PDF else FILE_LIMIT
        if size > self._limit:
            raise PhotoRefused("document_too_large" if self.kind == PDF else "too_large")

    def parts(self) -> Iterator[bytes]:
        """The file in parts; a file that grows meanwhile is refused."""
        total = 0
        try:
            with self._path.open("rb") as file:
                while part := file.read(_PART):
                    total += len(part)
                    if total > self._limit:
                        raise PhotoRefused("changed")
                    yield part
        except OSError as failed:
            raise _refusal(failed) from None
        if not total:
            raise PhotoRefused("changed")


class Pasted:
    """A picture from the clipboard, which is in memory already and never lies in a file of its own."""

    def __init__(self, data: bytes) -> None:
        self.kind = kind_of(data[:HEAD_BYTES], "")
        if len(data) > FILE_LIMIT:
            raise PhotoRefused("too_large")
        self._data = data

    def parts(self) -> Iterator[bytes]:
        """The picture in parts."""
        for start in range(0, len(self._data), _PART):
            yield self._data[start : start + _PART]


def _refusal(failed: OSError) -> PhotoRefused:
    if isinstance(failed, FileNotFoundError | IsADirectoryError):
        return PhotoRefused("missing")
    return PhotoRefused("locked" if isinstance(failed, PermissionError) else "unreadable")
