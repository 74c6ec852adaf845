"""A code table: what is stored, what is shown, and how a label as offices write it finds its code.

A declaration holds the table itself; what the table says may be replaced while the program runs, whole and at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from gridworker.ledger.text import clean_line

_BRACKETS = str.maketrans("（）／＋", "()/+")
RETIRED = "（已停用）"
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, eq=False)
class CodeList:
    """What a table says: labels by code in the order they are offered, and other spellings by code.

    `retired` are codes that earlier versions offered: records that hold one keep and show it, new ones do not get it.
    `renamed` are (name, code) of names that earlier versions had for codes offered now.
    """

    entries: Pairs
    aliases: Pairs = ()
    retired: Pairs = ()
    label: str = ""
    source: str = ""
    version: int = 1
    renamed: Pairs = ()

    @cached_property
    def labels(self) -> dict[str, str]:
        """Label by code, retired ones included."""
        return {**dict(self.retired), **dict(self.entries)}

    @cached_property
    def offered(self) -> frozenset[str]:
        """The codes a new record may get."""
        return frozenset(code for code, _ in self.entries)

    @cached_property
    def codes(self) -> dict[str, str]:
        """Code by everything that is written for it."""
        found = {folded(name): code for name, code in (*self.renamed, *self.aliases)}
        found |= {folded(label): code for code, label in self.entries}
        return found | {folded(code): code for code, _ in self.entries}

    @cached_property
    def retired_codes(self) -> dict[str, str]:
        """The same of what is no longer offered."""
        gone = [(code, label) for code, label in self.retired if code not in self.offered]
        return {folded(label): code for code, label in gone} | {folded(code): code for code, _ in gone}

    def after(self, former: CodeList) -> CodeList:
        """The list in place of a former one: what the former offered and it does not is retired, never forgotten."""
        known = {**former.labels, **dict(self.retired)}
        retired = tuple((code, label) for code, label in known.items() if code not in self.offered)
        once = [*former.renamed, *((label, code) for code, label in former.entries), *self.renamed]
        taken = {folded(text) for text in (*self.labels.values(), *(alias for alias, _ in self.aliases), *self.offered)}
        renamed = {name: code for name, code in once if code in self.offered and folded(name) not in taken}
        label = self.label or former.label
        return replace(self, retired=retired, label=label, renamed=tuple(renamed.items()))


@dataclass(frozen=True, eq=False)
class CodeTable:
    """One standard or local list. A code that no entry knows is kept and shown as it is, never dropped."""

    key: str
    built_in: CodeList
    _in_force: list[CodeList] = field(init=False, repr=False, default_factory=list)

    def __post_init__(self) -> None:
        self._in_force.append(self.built_in)

    @property
    def content(self) -> CodeList:
        """What the table says now; one answer stays the same while it is held."""
        return self._in_force[0]

    def use(self, content: CodeList | None) -> None:
        """Puts another list in force for the whole process, or the built-in one again."""
        self._in_force[0] = content or self.built_in

    @property
    def label(self) -> str:
        """What the table is called."""
        return self.content.label

    @property
    def source(self) -> str:
        """The standard or notice it comes from."""
        return self.content.source

    @property
    def entries(self) -> Pairs:
        """(code, label) of all that may be chosen."""
        return self.content.entries

    @property
    def aliases(self) -> Pairs:
        """(other spelling, code)."""
        return self.content.aliases

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.entries)

    def __contains__(self, code: object) -> bool:
        return code in self.content.offered

    def label_of(self, code: str) -> str:
        """The label of a code, of a retired one too; an unknown code is its own label."""
        return self.content.labels.get(code, code)

    def code_of(self, text: str) -> str | None:
        """The code that a label, alias or code as written stands for, among those that may be chosen."""
        return self.content.codes.get(folded(text))

    def retired_code_of(self, text: str) -> str | None:
        """The same among the codes that are no longer offered."""
        return self.content.retired_codes.get(folded(text))

    def choice_label(self, code: str) -> str:
        """How a form shows a code it holds: one that is no longer offered says so."""
        return self.label_of(code) + (RETIRED if self.retired_code_of(code) == code else "")

    def nearest(self, text: str) -> str | None:
        """A label that shares text with what was written, to suggest in a message."""
        wanted = folded(text)
        return next(
            (label for _, label in self.entries if wanted and (wanted in folded(label) or folded(label) in wanted)),
            None,
        )


def code_table(key: str, label: str, entries: Pairs, aliases: Pairs = (), source: str = "") -> CodeTable:
    """A table of its own, not read from a file."""
    return CodeTable(key, CodeList(entries, aliases, label=label, source=source))


def folded(text: str) -> str:
    """A text as it is compared: without spaces, brackets and signs alike, leading zeros dropped."""
    plain = clean_line(text).replace(" ", "").translate(_BRACKETS).lower()
    return plain.lstrip("0") or "0" if plain.isdigit() else plain
