"""Cleaning of text as people type and offices paste it, without losing a character that means something."""

from __future__ import annotations

import re
import unicodedata

MIDDLE_DOT = "\u00b7"
# Dots that stand for U+00B7 between the parts of a name (民委发〔2016〕33号 allows that one only).
_DOTS = str.maketrans(dict.fromkeys("•．‧∙⋅・･●ᐧ᛫⸱◦", MIDDLE_DOT))
# An ASCII full stop between Han characters is a name's dot too; after Latin initials it is a full stop.
_FULL_STOP = re.compile(r"(?<=[^\x00-\x7f])\s*\.\s*(?=[^\x00-\x7f])")
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
# Zero-width and direction marks (phones pasted from an address book carry U+202D), and control characters.
_INVISIBLE = dict.fromkeys(
    [*range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x206A), 0xFEFF, 0x00AD, 0xFFFE]
    + [point for point in [*range(0x20), *range(0x7F, 0xA0)] if point not in (0x09, 0x0A, 0x0D, 0x85)]
)
# Text copied out of a PDF has Kangxi radicals (U+2F00…) where characters were meant.
_RADICALS = {point: unicodedata.normalize("NFKC", chr(point)) for point in range(0x2F00, 0x2FD6)}
# Unicode pairs the radical with 戶; the text it comes from was printed with 户.
_RADICALS[0x2F3E] = "户"
_COMPATIBLE = re.compile("([\uf900-\ufaff\U0002f800-\U0002fa1f])")
_BLANKS = re.compile(r"[^\S\n]+")
# GB 18030-2022 moved these from the private area to real characters; Python's codec still gives the old points.
_MOVED = str.maketrans(
    {
        0xE78D: 0xFE10, 0xE78E: 0xFE12, 0xE78F: 0xFE11, 0xE790: 0xFE13, 0xE791: 0xFE14, 0xE792: 0xFE15,
        0xE793: 0xFE16, 0xE794: 0xFE17, 0xE795: 0xFE18, 0xE796: 0xFE19, 0xE81E: 0x9FB4, 0xE826: 0x9FB5,
        0xE82B: 0x9FB6, 0xE82C: 0x9FB7, 0xE832: 0x9FB8, 0xE843: 0x9FB9, 0xE854: 0x9FBA, 0xE864: 0x9FBB,
    }
)  # fmt: skip

# Most cells are clean already; an import asks some eighty times a row.
_UNCLEAN = re.compile(
    "[" + "".join(map(re.escape, map(chr, [*_INVISIBLE, *_MOVED, *_RADICALS]))) + r"\r]|[^\S\n ]|\s\s|^\s|\s\Z"
)


def clean_text(text: str) -> str:
    """Text without invisible characters, doubled blanks and blank edges; line breaks stay.

    NFC composes what a Mac typed decomposed. NFKC is not used: it would turn ①, ㎡ and
    compatibility ideographs that are part of names into something else.
    """
    if not _UNCLEAN.search(text) and unicodedata.is_normalized("NFC", text):
        return text
    text = text.translate(_INVISIBLE).replace("\r\n", "\n").replace("\r", "\n")
    if not text.isascii():
        text = text.translate(_MOVED).translate(_RADICALS)
    text = _nfc_keeping_ideographs(text)
    return "\n".join(_BLANKS.sub(" ", line).strip() for line in text.split("\n")).strip()


def clean_line(text: str) -> str:
    """One line of clean text with narrow digits and letters."""
    line = clean_text(text)
    if "\n" in line:
        line = _BLANKS.sub(" ", line.replace("\n", " "))
    return line.translate(_DIGITS_AND_LETTERS)


def clean_number(text: str) -> str:
    """Digits, letters and signs made narrow, without any blank: for numbers, codes and phones."""
    return re.sub(r"\s+", "", clean_text(text).translate(_NARROW))


def clean_name(text: str) -> str:
    """A person's name: dots become U+00B7, blanks between Han characters go, Latin blanks stay."""
    text = _FULL_STOP.sub(MIDDLE_DOT, clean_line(text).translate(_DOTS))
    text = re.sub(rf"\s*{MIDDLE_DOT}\s*", MIDDLE_DOT, text)
    # Composed once more: a blank that went may have stood between two marks.
    return _nfc_keeping_ideographs(re.sub(r"(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])", "", text))


def is_han(character: str) -> bool:
    """Whether a character is a Chinese ideograph, in the BMP or beyond."""
    point = ord(character)
    return any(point in block for block in _IDEOGRAPHS)


def _nfc_keeping_ideographs(text: str) -> str:
    # NFC maps compatibility ideographs (U+F900…) to other characters, which would change a name.
    if text.isascii():
        return text
    parts = _COMPATIBLE.split(text)
    return "".join(part if _COMPATIBLE.fullmatch(part) else unicodedata.normalize("NFC", part) for part in parts)
