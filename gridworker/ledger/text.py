"""Cleaning of text as people type and offices paste it, without losing a character that means something."""

from __future__ import annotations

import re
import unicodedata

MIDDLE_DOT = "\u00b7"
# Dots that stand for U+00B7 between the parts of a name (民委发〔2016〕33号 allows that one only).
_DOTS = str.maketrans(dict.fromkeys("•．‧∙⋅・･●", MIDDLE_DOT))
# Full-width digits, letters and the signs used inside numbers; Chinese punctuation stays as typed.
_NARROW = str.maketrans(
    {chr(wide): chr(wide - 0xFEE0) for wide in [*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)]}
    | {"－": "-", "—": "-", "–": "-", "−": "-", "＃": "#", "／": "/", "．": ".", "＋": "+"}
)
_DIGITS_AND_LETTERS = str.maketrans(
    {chr(wide): chr(wide - 0xFEE0) for wide in [*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)]}
)
# URO and Extension A, compatibility ideographs, the planes beyond the BMP, and 〇.
_COMPATIBILITY = (range(0xF900, 0xFB00), range(0x2F800, 0x2FA20))
_IDEOGRAPHS = (range(0x3400, 0xA000), *_COMPATIBILITY, range(0x20000, 0x40000), range(0x3007, 0x3008))
_INVISIBLE = dict.fromkeys([0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD])
_BLANKS = re.compile(r"[^\S\n]+")
# GB 18030-2022 moved these from the private area to real characters; Python's codec still gives the old points.
_MOVED = str.maketrans(
    {
        0xE78D: 0xFE10, 0xE78E: 0xFE12, 0xE78F: 0xFE11, 0xE790: 0xFE13, 0xE791: 0xFE14, 0xE792: 0xFE15,
        0xE793: 0xFE16, 0xE794: 0xFE17, 0xE795: 0xFE18, 0xE796: 0xFE19, 0xE81E: 0x9FB4, 0xE826: 0x9FB5,
        0xE82B: 0x9FB6, 0xE82C: 0x9FB7, 0xE832: 0x9FB8, 0xE843: 0x9FB9, 0xE854: 0x9FBA, 0xE864: 0x9FBB,
    }
)  # fmt: skip


def clean_text(text: str) -> str:
    """Text without invisible characters, doubled blanks and blank edges; line breaks stay.

    NFC composes what a Mac typed decomposed. NFKC is not used: it would turn ①, ㎡ and
    compatibility ideographs that are part of names into something else.
    """
    text = text.translate(_INVISIBLE).translate(_MOVED).replace("\r\n", "\n").replace("\r", "\n")
    text = _nfc_keeping_ideographs(text)
    return "\n".join(_BLANKS.sub(" ", line).strip() for line in text.split("\n")).strip()


def clean_line(text: str) -> str:
    """One line of clean text with narrow digits and letters."""
    return clean_text(text).replace("\n", " ").translate(_DIGITS_AND_LETTERS)


def clean_number(text: str) -> str:
    """Digits, letters and signs made narrow, without any blank: for numbers, codes and phones."""
    return re.sub(r"\s+", "", clean_text(text).translate(_NARROW))


def clean_name(text: str) -> str:
    """A person's name: dots become U+00B7, blanks between Han characters go, Latin blanks stay."""
    text = clean_line(text).translate(_DOTS)
    text = re.sub(rf"\s*{MIDDLE_DOT}\s*", MIDDLE_DOT, text)
    return re.sub(r"(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])", "", text)


def is_han(character: str) -> bool:
    """Whether a character is a Chinese ideograph, in the BMP or beyond."""
    point = ord(character)
    return any(point in block for block in _IDEOGRAPHS)


def _nfc_keeping_ideographs(text: str) -> str:
    # NFC maps compatibility ideographs (U+F900…) to other characters, which would change a name.
    if text.isascii():
        return text
    return "".join(
        character
        if any(ord(character) in block for block in _COMPATIBILITY)
        else unicodedata.normalize("NFC", character)
        for character in _clusters(text)
    )


def _clusters(text: str) -> list[str]:
    clusters: list[str] = []
    for character in text:
        if clusters and unicodedata.combining(character):
            clusters[-1] += character
        else:
            clusters.append(character)
    return clusters
