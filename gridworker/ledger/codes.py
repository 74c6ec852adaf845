"""A code table: what is stored, what is shown, and how a label as offices write it finds its code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from gridworker.ledger.text import clean_line

_BRACKETS = str.maketrans("（）／＋", "()/+")


@dataclass(frozen=True)
class CodeTable:
    """Codes and labels of one standard or local list, in the order they are offered.

    `aliases` maps other spellings to codes. `source` names the standard. A code that no
    entry knows is kept and shown as it is, never dropped.
    """

    key: str
    label: str
    source: str
    entries: tuple[tuple[str, str], ...]
    aliases: tuple[tuple[str, str], ...] = ()
    _label_of: dict[str, str] = field(init=False, repr=False, compare=False, default_factory=dict)
    _code_of: dict[str, str] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._label_of.update(self.entries)
        self._code_of.update({_fold(alias): code for alias, code in self.aliases})
        self._code_of.update({_fold(label): code for code, label in self.entries})
        self._code_of.update({_fold(code): code for code, _ in self.entries})

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.entries)

    def __contains__(self, code: object) -> bool:
        return code in self._label_of

    def label_of(self, code: str) -> str:
        """The label of a code; an unknown code is its own label."""
        return self._label_of.get(code, code)

    def code_of(self, text: str) -> str | None:
        """The code that a label, alias or code as written stands for."""
        return self._code_of.get(_fold(text))

    def nearest(self, text: str) -> str | None:
        """A label that shares text with what was written, to suggest in a message."""
        folded = _fold(text)
        return next(
            (label for _, label in self.entries if folded and (folded in _fold(label) or _fold(label) in folded)), None
        )


def _fold(text: str) -> str:
    folded = clean_line(text).replace(" ", "").translate(_BRACKETS).lower()
    return folded.lstrip("0") or "0" if folded.isdigit() else folded
