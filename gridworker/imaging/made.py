"""What comes out of the work on a photo or document."""

from __future__ import annotations

from dataclasses import dataclass

PHOTO, DOCUMENT = "photo", "document"


@dataclass(frozen=True)
class Made:
    """The bytes to keep, a small picture of them, and their size in pixels (0 for a document)."""

    kind: str
    data: bytes
    thumb: bytes
    width: int = 0
    height: int = 0
