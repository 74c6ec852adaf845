"""A code table as a file: JSON as under `resources/codes/`, or the rows 代码,名称,别名 of a sheet.

A table is taken whole or not at all: one that reads wrongly in one place is refused with all its places named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gridworker.errors import KnownError
from gridworker.ledger.codes import CodeList, Pairs, folded
from gridworker.ledger.text import clean_line

HEADINGS = ("代码", "名称", "别名", "停用")
_STOPPED = frozenset({"是", "停用", "已停用", "√", "y", "yes", "1"})
_SHOWN_PROBLEMS = 5
_LISTS = ("entries", "aliases", "retired", "renamed")
_MOST_ENTRIES, _LONGEST = 2_000, 100
# A list of codes is written with these between them.
_BREAKS = "、；;|\n"


class CodeTableRefused(KnownError):
    """A code table that was not taken; `problems` says each thing that is wrong, and where."""

    def __init__(self, problems: Sequence[str]) -> None:
        shown = "".join(problems[:_SHOWN_PROBLEMS])
        more = f"另有 {len(problems) - _SHOWN_PROBLEMS} 处。" if len(problems) > _SHOWN_PROBLEMS else ""
        super().__init__(
            f"代码表没有读入：{shown}{more}", safe="原来的代码表没有变。", action="请改好这份文件，再导入一次。"
        )
        self.problems = tuple(problems)


def read_object(raw: object) -> CodeList:
    """The list a JSON object holds; CodeTableRefused with every problem it has."""
    if not isinstance(raw, Mapping):
        raise CodeTableRefused(["文件最外层应是 {…}，里面写 key、entries、aliases。"])
    problems: list[str] = []
    version, label, source = raw.get("version", 1), raw.get("label", ""), raw.get("source", "")
    if type(version) is not int or version < 1:
        problems.append("“version”应是 1、2、3 这样的整数。")
        version = 1
    if not isinstance(label, str) or not isinstance(source, str):
        problems.append("“label”和“source”应是文字。")
        label = source = ""
    pairs = {name: _pairs(raw.get(name, []), name, problems) for name in _LISTS}
    found = CodeList(**pairs, label=label, source=source, version=version)
    return _sound(found, problems)


def to_object(key: str, content: CodeList) -> dict[str, object]:
    """The list as the JSON object that `read_object` reads."""
    facts: dict[str, object] = {"key": key, "label": content.label, "source": content.source}
    facts |= {"version": content.version, "entries": [list(pair) for pair in content.entries]}
    facts |= {"aliases": [list(pair) for pair in content.aliases]}
    more = {"retired": content.retired, "renamed": content.renamed}
    return facts | {name: [list(pair) for pair in pairs] for name, pairs in more.items() if pairs}


def read_rows(rows: Iterable[tuple[int, Sequence[str]]], former: CodeList, *, source: str = "") -> CodeList:
    """The list that numbered rows under the headings hold; rows before the headings are titles.

    A code that a sheet made a number of is the former list's code again: 1 is 01 where that is what it was.
    """
    lines = iter(rows)
    places = next((at for _, cells in lines if (at := _places(cells))), None)
    if places is None:
        raise CodeTableRefused([f"没有找到标题行，应有“{HEADINGS[0]}”和“{HEADINGS[1]}”两列。"])
    known = {folded(code): code for code in former.labels}
    entries: list[tuple[str, str]] = []
    aliases: list[tuple[str, str]] = []
    retired: list[tuple[str, str]] = []
    problems: list[str] = []
    for number, cells in lines:
        code, label, others, stopped = (clean_line(cells[at]) if 0 <= at < len(cells) else "" for at in places)
        if not code and not label:
            continue
        if not label:
            problems.append(f"第 {number} 行没有名称。")
            continue
        # A local table has no codes beside its names.
        code = known.get(folded(code or label), code or label)
        (retired if stopped.lower() in _STOPPED else entries).append((code, label))
        aliases += [(other, code) for part in others.replace("，", "、").split("、") if (other := part.strip())]
    standing = {code for code, _ in entries}
    told = tuple(pair for pair in aliases if pair[1] in standing)
    found = CodeList(tuple(entries), told, tuple(retired), former.label, source, former.version + 1)
    return _sound(found, problems)


def to_rows(content: CodeList) -> list[tuple[str, str, str, str]]:
    """The list as rows under `HEADINGS`."""
    others: dict[str, list[str]] = {}
    for alias, code in content.aliases:
        others.setdefault(code, []).append(alias)
    rows = [(code, label, "、".join(others.get(code, ())), "") for code, label in content.entries]
    return rows + [(code, label, "", "是") for code, label in content.retired]


def _places(cells: Sequence[str]) -> tuple[int, int, int, int] | None:
    titles = [clean_line(cell) for cell in cells]
    at = [titles.index(name) if name in titles else -1 for name in HEADINGS]
    return (at[0], at[1], at[2], at[3]) if min(at[:2]) >= 0 else None


def _pairs(raw: object, name: str, problems: list[str]) -> Pairs:
    if not isinstance(raw, list):
        problems.append(f"“{name}”应是 […]。")
        return ()
    found = []
    for number, pair in enumerate(raw, 1):
        texts = [clean_line(part) for part in pair if isinstance(part, str)] if isinstance(pair, list) else []
        if len(texts) != 2 or len(pair) != 2 or not all(texts):  # noqa: PLR2004 - a pair
            problems.append(f"“{name}”第 {number} 项应是两段文字。")
        else:
            found.append((texts[0], texts[1]))
    return tuple(found)


def _sound(content: CodeList, problems: list[str]) -> CodeList:
    """The list, if every word in it means one code; what is wrong is told all at once."""
    if not content.entries and not problems:
        problems.append("里面没有一项。")
    if len(content.entries) + len(content.retired) > _MOST_ENTRIES:
        problems.append(f"超过 {_MOST_ENTRIES} 项。")
    codes = [code for code, _ in content.entries]
    problems += [f"代码“{code}”写了两次。" for code in dict.fromkeys(codes) if codes.count(code) > 1]
    texts = [text for pair in (*content.entries, *content.retired) for text in pair]
    problems += [f"“{text[:20]}…”太长，最多 {_LONGEST} 个字。" for text in texts if len(text) > _LONGEST]
    problems += [f"代码“{code}”里不能有“、”“；”“|”。" for code in codes if any(sign in code for sign in _BREAKS)]
    problems += [f"别名“{alias}”指向没有的代码“{code}”。" for alias, code in content.aliases if code not in codes]
    meant: dict[str, str] = {}
    for text, code in [*((label, code) for code, label in content.entries), *content.aliases]:
        if meant.setdefault(folded(text), code) != code:
            problems.append(f"“{text}”既是“{meant[folded(text)]}”，又是“{code}”。")
    if problems:
        raise CodeTableRefused(problems)
    return content
