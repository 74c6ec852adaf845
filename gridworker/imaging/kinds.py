"""What a file really is, told from its first bytes; its name is only held against it."""

from __future__ import annotations

from pathlib import PurePath

from gridworker.imaging.refusal import PhotoRefused

HEAD_BYTES = 1024
PDF = "pdf"
# The decoders Pillow may try for each kind, so that no rarer one is ever reached by a crafted file.
DECODERS: dict[str, tuple[str, ...]] = {
    "jpeg": ("JPEG", "MPO"), "png": ("PNG",), "webp": ("WEBP",), "bmp": ("BMP",), "gif": ("GIF",), "tiff": ("TIFF",),
}  # fmt: skip
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "jpeg"), (b"\x89PNG\r\n\x1a\n", "png"), (b"GIF87a", "gif"), (b"GIF89a", "gif"), (b"BM", "bmp"),
    (b"II*\x00", "tiff"), (b"MM\x00*", "tiff"),
)  # fmt: skip
_REFUSED: tuple[tuple[bytes, str], ...] = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "office"), (b"7z\xbc\xaf\x27\x1c", "archive"), (b"Rar!", "archive"),
    (b"\x1f\x8b", "archive"), (b"\x1aE\xdf\xa3", "video"), (b"FLV", "video"), (b"ID3", "sound"), (b"#!AMR", "sound"),
    (b"OggS", "sound"),
)  # fmt: skip
_BRANDS = {b"heic": "heic", b"heix": "heic", b"hevc": "heic", b"hevx": "heic", b"heim": "heic", b"heis": "heic",
           b"mif1": "heic", b"msf1": "heic", b"avif": "avif", b"avis": "avif", b"M4A ": "sound"}  # fmt: skip
_RIFF = {b"WEBP": "webp", b"AVI ": "video", b"WAVE": "sound"}
_PHOTO_NAMES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".mpo", ".heic", ".heif"}
)
_RAW_NAMES = frozenset({".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf"})


def kind_of(head: bytes, name: str = "") -> str:
    """The kind of a file we take, by its first bytes; raises PhotoRefused with the reason for any other."""
    if not head:
        raise PhotoRefused("empty")
    suffix = PurePath(name).suffix.lower()
    # A raw photo is a TIFF whose first picture is the size of a stamp.
    if suffix in _RAW_NAMES:
        raise PhotoRefused("raw")
    kind = _taken(head)
    if kind == PDF and suffix in _PHOTO_NAMES:
        raise PhotoRefused("not_a_photo")
    if kind != PDF and suffix == ".pdf":
        raise PhotoRefused("not_a_document")
    return kind


def _taken(head: bytes) -> str:
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    # Readers of PDF allow some bytes before its header, and scanners put some there.
    if b"%PDF-" in head[:HEAD_BYTES]:
        return PDF
    if head[:4] == b"RIFF" and head[8:12] in _RIFF:
        kind = _RIFF[head[8:12]]
        if kind in DECODERS:
            return kind
        raise PhotoRefused(kind)
    raise PhotoRefused(_reason(head))


def _reason(head: bytes) -> str:
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video")
    for magic, reason in _REFUSED:
        if head.startswith(magic):
            return reason
    if head.startswith(b"PK"):
        office = (b"word/", b"xl/", b"ppt/", b"[Content_Types].xml", b"mimetypeapplication/vnd.oasis")
        return "office" if any(mark in head for mark in office) else "archive"
    text = head[:256].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<svg", b"<?xml", b"<html", b"<!doctype")):
        return "vector"
    return "other"
