"""Where a line of Chinese text may end: a pure function from text, character widths and a limit to lines.

The rules are those of GB/T 15834 for punctuation: closing marks, joiners and separators never begin a line and opening
marks never end one; dashes and ellipses may not begin one either, so that neither is torn in two. Latin words and
numbers stay whole where a line can hold them. A line is never wider than the limit unless a single character is.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate
from typing import Protocol

NO_START = frozenset(
    "!%),.:;?]}¢°·ˇˉ―‖’”…‰′″›℃∶、。〃々〉》」』】〕〗〞︶︺︾﹀﹄﹚﹜﹞！＂％＇），．：；？］｀｜｝～—–－／",
)
NO_END = frozenset("$(£¥‘“〈《「『【〔〖〝﹙﹛﹝＄（．［｛￡￥/／")
_SOFT_ENDS = frozenset("-/,;:.?&=@_")
_TOLERANCE = 1e-6
_WORD = re.compile("[!-~\u00c0-\u052f]+")


class Widths(Protocol):
    """Code point → advance; a mapping, or anything indexed alike."""

    def __getitem__(self, code_point: int, /) -> float: ...


def wrap(text: str, widths: Widths, limit: float) -> tuple[str, ...]:
    """The lines of a text, none wider than the limit (in the unit of the widths); an empty text is one empty line."""
    lines: list[str] = []
    width_of = widths.__getitem__
    for paragraph in text.split("\n"):
        advances = list(map(width_of, map(ord, paragraph)))
        if sum(advances) <= limit + _TOLERANCE:
            lines.append(paragraph)
        else:
            lines.extend(_broken(paragraph, list(accumulate(advances, initial=0.0)), limit + _TOLERANCE))
    return tuple(lines)


def wrap_balanced(text: str, widths: Widths, limit: float, step: float) -> tuple[str, ...]:
    """As many lines as `wrap` needs, of lengths as even as whole steps allow: 处理/结果, not 处理结/果."""
    lines = wrap(text, widths, limit)
    if len(lines) == 1 or "\n" in text:
        return lines
    narrower = max([_advance(text, widths) / len(lines), *(_advance(word, widths) for word in _WORD.findall(text))])
    while narrower < limit:
        even = wrap(text, widths, narrower)
        if len(even) == len(lines):
            return even
        narrower += step
    return lines


def _advance(text: str, widths: Widths) -> float:
    return sum(map(widths.__getitem__, map(ord, text)))


def _broken(paragraph: str, edges: list[float], limit: float) -> list[str]:
    lines = []
    start, end = 0, len(paragraph)
    while start < end:
        fits = bisect_right(edges, edges[start] + limit) - 1
        stop = end if fits >= end else _last_break(paragraph, start, max(fits, start + 1))
        lines.append(paragraph[start:stop].rstrip(" "))
        start = stop
        while start < end and paragraph[start] == " ":
            start += 1
    return lines


def _last_break(text: str, start: int, fits: int) -> int:
    """The last place to break after `start` and not after `fits`: by every rule, then inside a word, then anywhere."""
    if fits >= len(text):
        return fits
    for allowed in (_may_break, _may_break_softly, _may_break_word):
        for stop in range(fits, start, -1):
            if allowed(text[stop - 1], text[stop]):
                return stop
    return fits


def _may_break(before: str, after: str) -> bool:
    return _may_break_word(before, after) and not (_in_word(before) and _in_word(after))


def _may_break_softly(before: str, after: str) -> bool:
    """Inside a word too long for any line: after the marks at which addresses and numbers are read."""
    return before in _SOFT_ENDS and after not in NO_START


def _may_break_word(before: str, after: str) -> bool:
    if after == " ":
        return True
    return after not in NO_START and before not in NO_END


def _in_word(character: str) -> bool:
    return "!" <= character <= "~" or "\u00c0" <= character <= "\u052f"
