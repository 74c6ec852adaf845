"""A file is told by its first bytes, and one we do not take is refused by name and with a way out."""

from __future__ import annotations

import re

import pytest

from gridworker.imaging.kinds import kind_of
from gridworker.imaging.refusal import CODES, PhotoRefused
from tests.imaging.pictures import FORMATS, encoded, gradient

_FTYP = b"\x00\x00\x00\x18ftyp"


@pytest.mark.parametrize("kind", sorted(FORMATS))
@pytest.mark.parametrize("name", ["甲.jpg", "乙.PNG", "没有后缀", "x.dat"])
def test_content_decides_and_not_the_name(kind: str, name: str) -> None:
    """A photo under the name of another kind of photo is taken for what it is."""
    assert kind_of(encoded(gradient(), kind)[:1024], name) == kind


@pytest.mark.parametrize(
    ("head", "name", "code"),
    [
        (b"", "a.jpg", "empty"),
        (_FTYP + b"heic\x00\x00", "a.heic", "heic"),
        (_FTYP + b"mif1\x00\x00", "a.jpg", "heic"),
        (_FTYP + b"avif", "a.avif", "avif"),
        (_FTYP + b"isom", "a.mp4", "video"),
        (_FTYP + b"qt  ", "a.jpg", "video"),
        (_FTYP + b"M4A ", "a.m4a", "sound"),
        (b"RIFF\x10\x00\x00\x00WAVEfmt ", "a.wav", "sound"),
        (b"RIFF\x10\x00\x00\x00AVI LIST", "a.avi", "video"),
        (b"RIFF\x10\x00\x00\x00XXXX", "a.webp", "other"),
        (b"II*\x00\x08\x00\x00\x00", "a.DNG", "raw"),
        (b"PK\x03\x04rest[Content_Types].xml", "a.jpg", "office"),
        (b"PK\x03\x04photo1.jpg", "a.zip", "archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.doc", "office"),
        (b"Rar!\x1a\x07", "a.rar", "archive"),
        (b"<svg xmlns='x'>", "a.svg", "vector"),
        (b"\xef\xbb\xbf<!DOCTYPE html>", "a.jpg", "vector"),
        (b"MZ\x90\x00", "a.jpg", "other"),
        ("只是一些字".encode(), "a.jpg", "other"),
        (b"\x00" * 40, "a.jpg", "other"),
        (b"%PDF-1.7\n", "a.jpg", "not_a_photo"),
        (b"\xff\xd8\xff\xe0", "a.pdf", "not_a_document"),
    ],
)
def test_other_files_are_refused_by_name(head: bytes, name: str, code: str) -> None:
    """What is no photo and no PDF is called what it is."""
    with pytest.raises(PhotoRefused) as refused:
        kind_of(head, name)
    assert refused.value.code == code


def test_a_pdf_is_taken_under_its_own_name() -> None:
    """Also where a scanner put some bytes before the header."""
    assert kind_of(b"%PDF-1.4\n", "通知书.pdf") == "pdf"
    assert kind_of(b"\r\n\r\n%PDF-1.4\n", "scan") == "pdf"


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_refusal_says_what_is_safe_and_what_to_do(code: str) -> None:
    """Three plain sentences with full-width punctuation, for every reason there is."""
    refused = PhotoRefused(code)
    assert refused.code == code
    for sentence in (refused.title, refused.safe, refused.action):
        assert sentence.endswith("。")
        assert not re.search(r"[,;!?]", sentence)


def test_an_unknown_reason_is_told_as_damage() -> None:
    """A code from nowhere still makes a sentence."""
    assert PhotoRefused("未来的原因").code == "broken"
