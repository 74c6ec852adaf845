"""Text of one document: faces by role, characters the face lacks taken from others, lines wrapped and encoded."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Any, Literal, NamedTuple

from gridworker.reports.cidfont import CidFont, Table
from gridworker.reports.fonts import FontBook, FontFile, Role
from gridworker.reports.kinsoku import wrap, wrap_balanced

Align = Literal["left", "center", "right"]

# How far the baseline lies below the top of the character box, in em; East Asian faces agree on it.
_ASCENT = 0.88
_HALF_EM = 500.0
# Marks a character of another face in an encoded line; hex digits never contain it.
_FOREIGN = "!"
_BREAKS = re.compile("\r\n?|[\u2028\u2029\v\f]")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]",
)
_TORN = re.compile("[\ud800-\udfff]")
# One look tells most texts apart from those that need cleaning.
_ODD = re.compile(f"[\t\n\xa0]|{_BREAKS.pattern}|{_INVISIBLE.pattern}|{_TORN.pattern}")


def clean(text: str) -> str:
    """The text without what paper cannot show: no controls or selectors, one kind of line break, tabs as spaces."""
    if not _ODD.search(text):
        return text
    text = _BREAKS.sub("\n", text).replace("\t", " ").replace("\xa0", " ")
    return _TORN.sub("\ufffd", _INVISIBLE.sub("", text)).rstrip("\n")


class Line(NamedTuple):
    """One wrapped line: its text, and the operators that show it."""

    text: str
    show: str


class Block(NamedTuple):
    """The lines of one cell and the operators that show them from the start of the first.

    first_width  in points; 0 where text is set from the left, which has no use for it
    """

    lines: tuple[Line, ...]
    show: str
    line_count: int
    first_width: float


@dataclass(slots=True)
class DocumentFonts:
    """The faces of one document, entered as they are first used, and the characters none of them draws."""

    document: Any
    book: FontBook
    missing: dict[str, None] = field(default_factory=dict)
    _opened: dict[FontFile, CidFont] = field(default_factory=dict)
    _chains: dict[Role, tuple[FontFile, ...]] = field(default_factory=dict)

    def open(self, file: FontFile) -> CidFont:
        """The document's font object of a face."""
        font = self._opened.get(file)
        if font is None:
            font = self._opened[file] = CidFont(f"gridworker-{len(self._opened) + 1}", file.path)
            font.addObjects(self.document)
        return font

    def resource(self, font: CidFont) -> str:
        """The name by which page content refers to the font."""
        return str(self.document.fontMapping[font.fontName])

    def pick(self, role: Role, code_point: int) -> CidFont:
        """The first face of the role's chain that draws the character; the role's own, remembered, when none does."""
        if role not in self._chains:
            self._chains[role] = self.book.chain(role)
        for file in self._chains[role]:
            font = self.open(file)
            if font.has(code_point):
                return font
        self.missing[chr(code_point)] = None
        return self.open(self.book.roles[role])


class Typesetter:
    """One role at one size and leading."""

    def __init__(self, fonts: DocumentFonts, role: Role, size: float, leading: float | None = None) -> None:
        self.role = role if role in fonts.book.roles else "song"
        self.size = size
        self.leading = leading or round(size * 1.3, 2)
        self._fonts = fonts
        self._own = fonts.open(fonts.book.roles[self.role])
        self._pick = Table(lambda code_point: fonts.pick(self.role, code_point))
        self._codes = Table(self._code)
        self.widths = Table(lambda code_point: self._pick[code_point].widths[code_point])

    def begin(self) -> str:
        """The operators that open a text object in this face."""
        return f"BT {self._select(self._own)} {self.leading:g} TL"

    def width(self, text: str) -> float:
        """The advance of a text in points."""
        return float(sum(map(self.widths.__getitem__, map(ord, text)))) * self.size / 1000

    def baseline(self, top: float, height: float, lines: int) -> float:
        """Where the first baseline lies when so many lines are centred in a box."""
        return top - (height - lines * self.leading) / 2 - (self.leading - self.size) / 2 - _ASCENT * self.size

    def line(self, text: str) -> Line:
        """One line, encoded run by run."""
        codes = text.translate(self._codes)
        show = f"<{codes}> Tj" if _FOREIGN not in codes else self._runs(text)
        return Line(text, show if text else "")

    def lines(self, text: str, available: float, *, balanced: bool = False) -> tuple[Line, ...]:
        """A text wrapped to a width in points, into lines of even length where it stands in the middle."""
        limit = available * 1000 / self.size
        if balanced:
            return tuple([self.line(part) for part in wrap_balanced(clean(text), self.widths, limit, _HALF_EM)])
        return tuple([self.line(part) for part in wrap(clean(text), self.widths, limit)])

    def block(self, lines: tuple[Line, ...], align: Align) -> Block:
        """Lines joined so that each starts where its alignment wants it, relative to the line before."""
        if align == "left":
            return Block(lines, " T* ".join([line.show for line in lines]), len(lines), 0.0)
        share = 0.5 if align == "center" else 1.0
        widths = [self.width(line.text) for line in lines]
        parts = [lines[0].show]
        for line, (above, own) in zip(lines[1:], pairwise(widths), strict=True):
            parts.append(f"{(above - own) * share:.2f} {-self.leading:g} Td {line.show}")
        return Block(lines, " ".join(parts), len(lines), widths[0])

    def _code(self, code_point: int) -> str:
        font = self._pick[code_point]
        return str(font.hex[code_point]) if font is self._own else _FOREIGN

    def _runs(self, text: str) -> str:
        parts = []
        for font, run in groupby(text, key=lambda c: self._pick[ord(c)]):
            shown = f"<{''.join(run).translate(font.hex)}> Tj"
            parts.append(shown if font is self._own else f"{self._select(font)} {shown} {self._select(self._own)}")
        return " ".join(parts)

    def _select(self, font: CidFont) -> str:
        return f"{self._fonts.resource(font)} {self.size:g} Tf"
