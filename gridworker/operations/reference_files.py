"""Reference data as files: JSON of every kind, sheets of code tables and calendar years, read and written."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from gridworker.errors import KnownError
from gridworker.exchange import atomic, writer
from gridworker.exchange.cells import SheetCells, shown
from gridworker.exchange.csv_text import NotText, decode
from gridworker.exchange.reader import read_workbook
from gridworker.ledger.code_files import HEADINGS, read_rows, to_object, to_rows
from gridworker.ledger.code_tables import known_tables, table
from gridworker.ledger.text import clean_line
from gridworker.ledgers.registry import find_ledger
from gridworker.paths import resource
from gridworker.planning import reference
from gridworker.planning.reference import CALENDAR_YEAR, CLOCKS, CODE_TABLE, FIGURES, VISIT_INTERVALS, Item

_SHEETS = (".csv", ".xlsx", ".xls", ".xlsm", ".et", ".tsv")
_YEAR_HEADINGS = ("日期", "类型")
# What only one kind of file has at its outermost level.
_SIGNS = (
    (CODE_TABLE, ("entries",)),
    (CALENDAR_YEAR, ("year", "holidays")),
    (CLOCKS, ("clocks", "in_force", "flags")),
    (FIGURES, ("valid", "satisfied", "uncounted_tenures", "gone")),
    (VISIT_INTERVALS, ("high", "key", "general", "ordinary", "campaigns", "grave_event", "building", "snooze")),
)
_BUILT_IN_FILES = {CLOCKS: "clocks.json", VISIT_INTERVALS: "visit-intervals.json", FIGURES: "figures.json"}
_LARGEST = 4 << 20


def read(path: Path, *, key: str = "", source: str = "") -> Item:
    """The item a file holds; `key` names a code table (key or label) where the file does not."""
    suffix = path.suffix.lower()
    if suffix == ".json":
        return _from_json(_text_of(path), key)
    if suffix not in _SHEETS:
        raise KnownError(
            f"{path.name} 不是能读的格式。", safe="什么都没有导入。", action="可用 .json、.csv、.xlsx 或 .xls 文件。"
        )
    sheets = read_workbook(path, progress=lambda *_: None, cancelled=lambda: False)
    for sheet in sheets:
        rows = [(row.number, [shown(cell) for cell in row.cells]) for row in sheet.rows]
        if _heads(rows, _YEAR_HEADINGS):
            return reference.item_of(CALENDAR_YEAR, _as_csv(rows), source=source or path.stem)
        if _heads(rows, HEADINGS[:2]):
            found = known_key(key) if key else _named_in(path, sheet, rows)
            return reference.code_table_item(found, read_rows(rows, table(found).content, source=source or path.stem))
    raise KnownError(
        f"{path.name} 里没有代码表，也没有放假安排。",
        safe="什么都没有导入。",
        action=f"代码表要有标题行“{'、'.join(HEADINGS[:3])}”，放假安排要有“日期、类型、名称”。",
    )


def known_key(name: str) -> str:
    """A code table by its key or its label; suggests the nearest where there is none."""
    labels = {table(key).built_in.label: key for key in known_tables()} | {
        table(key).label: key for key in known_tables()
    }
    found = name.upper() if name.upper() in known_tables() else labels.get(name)
    if found is None:
        near = difflib.get_close_matches(name, [*labels, *known_tables()], n=1, cutoff=0.4)
        raise KnownError(
            f"没有叫“{name[:30]}”的代码表。",
            safe="什么都没有导入。",
            action=f"最接近的是“{near[0]}”。" if near else "用 gridworker reference list 看全部代码表。",
        )
    return found


def write(path: Path, kind: str, key: str, item: Item | None) -> None:
    """Writes an item, or the built-in one, as JSON; a code table as a sheet too where the name ends so."""
    if kind == CODE_TABLE:
        content = reference.content_of(item) if item else table(key).content
        if path.suffix.lower() in (".csv", ".xlsx"):
            # Any ledger will do: the headings are none of its fields.
            title = f"{content.label}代码表"
            writer.write_workbook(path, find_ledger("household"), HEADINGS, to_rows(content), title=title)
            return
        text = json.dumps(to_object(key, content), ensure_ascii=False, indent=2)
    elif item is not None:
        text = json.dumps(json.loads(item.body), ensure_ascii=False, indent=2)
    elif kind in _BUILT_IN_FILES:
        text = resource("planning", _BUILT_IN_FILES[kind]).read_text(encoding="utf-8")
    else:
        raise KnownError(f"没有导入过{reference.label_of(kind, key)}。", safe="没有写文件。")
    if path.suffix.lower() != ".json":
        raise KnownError("只能导出为 .json；代码表还可以导出为 .csv 或 .xlsx。", safe="没有写文件。")
    atomic.write_whole(path, (text.rstrip() + "\n").encode())


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            raise KnownError(f"{path.name} 太大，不像是参考数据。", safe="什么都没有导入。")
        return decode(path.read_bytes())[0]
    except FileNotFoundError:
        raise KnownError(f"找不到文件 {path.name}。", safe="什么都没有导入。") from None
    except (OSError, NotText):
        raise KnownError(f"读不了 {path.name}。", safe="什么都没有导入。", action="应是 UTF-8 编码的文件。") from None


def _from_json(text: str, key: str) -> Item:
    try:
        raw = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError) as wrong:
        place = f"第 {wrong.lineno} 行第 {wrong.colno} 列" if isinstance(wrong, json.JSONDecodeError) else "里面"
        raise KnownError(f"文件不是完整的 JSON（{place}）。", safe="什么都没有导入。") from None
    members = raw if isinstance(raw, dict) else {}
    # A table's own "key" is a text; the visit rules have a level of that name.
    kind = next((kind for kind, signs in _SIGNS if any(sign in members for sign in signs)), None)
    if kind is None:
        raise KnownError(
            "这份 JSON 不是参考数据。", safe="什么都没有导入。",
            action="代码表有 entries，放假安排有 year，时限有 clocks，走访规则有 high 等。",
        )  # fmt: skip
    if kind != CODE_TABLE:
        return reference.item_of(kind, text)
    return reference.item_of(kind, json.dumps({**raw, "key": known_key(key or str(raw.get("key", "")))}))


def _heads(rows: Iterable[tuple[int, Sequence[str]]], headings: Sequence[str]) -> bool:
    return any(set(headings) <= {clean_line(cell) for cell in cells} for _, cells in rows)


def _as_csv(rows: Sequence[tuple[int, Sequence[str]]]) -> str:
    """The rows from the headings on, each in its line of the sheet's order, as the calendar's own reader takes them."""
    start = next(place for place, (_, cells) in enumerate(rows) if _heads([(0, cells)], _YEAR_HEADINGS))
    titles = [clean_line(cell) for cell in rows[start][1]]
    at = [titles.index(name) if name in titles else -1 for name in (*_YEAR_HEADINGS, "名称")]
    lines = [
        ",".join(clean_line(cells[place]) if 0 <= place < len(cells) else "" for place in at)
        for _, cells in rows[start + 1 :]
    ]
    return "\n".join(["日期,类型,名称", *(line.replace('"', "") for line in lines)])


def _named_in(path: Path, sheet: SheetCells, rows: Sequence[tuple[int, Sequence[str]]]) -> str:
    """The table a sheet is about, by the file's name, the sheet's, or a title above the headings."""
    above: list[str] = []
    for _, cells in rows:
        if _heads([(0, cells)], HEADINGS[:2]):
            break
        above += [clean_line(cell) for cell in cells]
    names = [clean_line(text).removesuffix("代码表") for text in (path.stem, sheet.name, *above)]
    by_label = {table(key).built_in.label: key for key in known_tables()}
    for name in names:
        if name.upper() in known_tables() or name in by_label:
            return by_label.get(name, name.upper())
    raise KnownError(
        "看不出这是哪一张代码表。", safe="什么都没有导入。",
        action="请用 --key 写明，例如 --key HAZARD，或把文件名改成代码表的名称。",
    )  # fmt: skip
