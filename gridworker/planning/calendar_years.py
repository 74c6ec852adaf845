"""A year's holidays and shifted working days as the State Council announces them, read from a file a person imports.

JSON: {"year": 2027, "holidays": [["2027-02-05", "春节"]], "workdays": ["2027-02-14"], "source": "…", "version": 1}
CSV:  日期,类型,名称 with 休 or 班
Neither is taken in part: a table that reads wrongly in one place is refused with all its places named.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from gridworker.ledger.dates import read_date
from gridworker.ledger.facts import FieldError
from gridworker.paths import resource
from gridworker.planning.data_file import DataRefused, shown

_KEYS = ("year", "holidays", "workdays", "source", "version")
_HEADER = ("日期", "类型", "名称")
_REST = ("休", "休息", "放假", "节假日")
_WORK = ("班", "上班", "补班", "调休上班")
_WEEKDAYS = "一二三四五六日"
_SATURDAY = 5
# 元旦 is announced with its year, and its days off or on reach back into December: 2018-12-29 to 12-31, 2011-12-31.
_NEW_YEARS_EVE = timedelta(days=7)


@dataclass(frozen=True)
class YearTable:
    """What one year's notice says; `version` counts the notices that were issued for that year."""

    year: int
    holidays: tuple[tuple[date, str], ...]
    workdays: tuple[date, ...]
    source: str = ""
    version: int = 1


class YearTableRefused(DataRefused):
    """A year table that was not taken."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("放假安排", problems, action="请对照国务院办公厅的放假通知改好这份文件，再导入一次。")


@dataclass(frozen=True)
class _Line:
    """One day of a file before it is judged; `where` is how a message names its place."""

    where: str
    day: date
    rest: bool
    name: str


def parse(text: str, *, source: str = "") -> YearTable:
    """The year table that a JSON or CSV text holds; YearTableRefused with every problem it has."""
    bare = text.lstrip("\ufeff").strip()
    if not bare:
        raise YearTableRefused(["文件是空的。"])
    table, lines, problems = _from_json(bare) if bare[0] in "{[" else _from_csv(bare, source)
    problems += _problems_of(table.year, lines)
    if problems:
        raise YearTableRefused(problems)
    return YearTable(
        table.year,
        tuple(sorted((line.day, line.name) for line in lines if line.rest)),
        tuple(sorted(line.day for line in lines if not line.rest)),
        table.source,
        table.version,
    )


def written(table: YearTable) -> str:
    """The table as the JSON that `parse` reads."""
    content = {
        "year": table.year,
        "holidays": [[day.isoformat(), name] for day, name in table.holidays],
        "workdays": [day.isoformat() for day in table.workdays],
        "source": table.source,
        "version": table.version,
    }
    return json.dumps(content, ensure_ascii=False, indent=1)


def doubts(table: YearTable) -> tuple[str, ...]:
    """What a person should look at before the table is put in force, though it reads well."""
    rest = {day for day, _ in table.holidays}
    missing = [f"{day.isoformat()} {name}" for day, name in fixed_days(table.year) if day not in rest]
    found = [f"缺少每年都放的假：{'、'.join(missing)}。"] if missing else []
    if not table.workdays:
        found.append("没有一个调休上班日。")
    if not table.source:
        found.append("没有写明出自哪份通知。")
    return tuple(found)


@cache
def fixed_days(year: int) -> tuple[tuple[date, str], ...]:
    """The holidays whose date is the same in every year."""
    return tuple((date(year, month, day), name) for month, day, name in _fixed())


@cache
def _fixed() -> tuple[tuple[int, int, str], ...]:
    raw = json.loads(resource("calendars", "fixed-days.json").read_text(encoding="utf-8"))
    return tuple((int(day[:2]), int(day[3:]), name) for day, name in raw["days"])


def _problems_of(year: int, lines: Iterable[_Line]) -> list[str]:
    problems: list[str] = []
    seen: dict[date, _Line] = {}
    for line in lines:
        day = line.day.isoformat()
        earlier = seen.setdefault(line.day, line)
        if line.day.year != year and not _before_new_year(line.day, year):
            problems.append(f"{line.where}：{day} 不在 {year} 年。")
        elif earlier is not line and earlier.rest != line.rest:
            problems.append(f"{line.where}：{day} 既写了放假，又写了上班（{earlier.where}）。")
        elif earlier is not line:
            problems.append(f"{line.where}：{day} 写了两次（{earlier.where}）。")
        elif not line.rest and line.day.weekday() < _SATURDAY:
            problems.append(
                f"{line.where}：{day} 是星期{_WEEKDAYS[line.day.weekday()]}，本来就上班，不会是调休上班日。"
            )
    if not any(line.rest for line in seen.values()):
        problems.append("没有一个放假日。")
    return problems


def _before_new_year(day: date, year: int) -> bool:
    return date(year, 1, 1) - _NEW_YEARS_EVE <= day < date(year, 1, 1)


def _from_json(text: str) -> tuple[YearTable, list[_Line], list[str]]:
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        place = f"（第 {error.lineno} 行第 {error.colno} 列）" if isinstance(error, json.JSONDecodeError) else ""
        raise YearTableRefused([f"文件不是完整的 JSON{place}。"]) from None
    if not isinstance(raw, dict):
        raise YearTableRefused(["文件最外层应是 {…}，里面写 year、holidays、workdays。"])
    problems = [f"不认识的项目“{key}”，只能有 {'、'.join(_KEYS)}。" for key in raw if key not in _KEYS]
    year = raw.get("year")
    if type(year) is not int or year not in range(1950, 2200):
        raise YearTableRefused([*problems, f"“year”应是四位的年份，不能是 {shown(year)}。"])
    version, source = raw.get("version", 1), raw.get("source", "")
    if type(version) is not int or version < 1:
        problems.append(f"“version”应是 1、2、3 这样的整数，不能是 {shown(version)}。")
        version = 1
    if not isinstance(source, str):
        problems.append(f"“source”应是文字，不能是 {shown(source)}。")
        source = ""
    lines = [*_json_lines(raw, "holidays", problems), *_json_lines(raw, "workdays", problems)]
    return YearTable(year, (), (), source, version), lines, problems


def _json_lines(raw: dict[str, Any], key: str, problems: list[str]) -> Iterator[_Line]:
    entries = raw.get(key, [])
    if not isinstance(entries, list):
        problems.append(f"“{key}”应是 […]，不能是 {shown(entries)}。")
        return
    for number, entry in enumerate(entries, 1):
        where = f"“{key}”第 {number} 项"
        pair = entry if isinstance(entry, list) and len(entry) == len(("day", "name")) else [entry, ""]
        if not all(isinstance(part, str) for part in pair):
            problems.append(f"{where}：应写成 “2027-02-05” 或 [“2027-02-05”, “春节”]，不能是 {shown(entry)}。")
            continue
        day = _day(where, pair[0], problems)
        if day is not None:
            yield _Line(where, day, key == "holidays", pair[1].strip())


# The name of a holiday, with room to spare.
_LONGEST_CELL = 200


def _from_csv(text: str, source: str) -> tuple[YearTable, list[_Line], list[str]]:
    problems: list[str] = []
    lines: list[_Line] = []
    first = text.partition("\n")[0]
    try:
        header, *rows = csv.reader(text.splitlines(), delimiter="\t" if "\t" in first else ",")
    except csv.Error:
        header, rows = [], []
    # How long a cell may be is one setting for the whole process; here it is this table's own.
    if not header or any(len(cell) > _LONGEST_CELL for row in rows for cell in row):
        raise YearTableRefused(["文件不是完整的表格，可能在保存或传送时损坏了。"]) from None
    titles = [title.strip() for title in header]
    if titles[: len(_HEADER)] not in (list(_HEADER), list(_HEADER[:2])):
        raise YearTableRefused([f"第 1 行应是“{','.join(_HEADER)}”，现在是 {shown(first.strip())}。"])
    for number, row in enumerate(rows, 2):
        cells = [cell.strip() for cell in row] + [""] * len(_HEADER)
        if any(cells):
            _csv_line(f"第 {number} 行", cells, lines, problems)
    if not lines:
        raise YearTableRefused(problems or ["只有标题行，没有一个日期。"])
    # A slip in one year must be told as that one day's, so the year is what most days say.
    year = Counter(line.day.year for line in lines).most_common(1)[0][0]
    return YearTable(year, (), (), source), lines, problems


def _csv_line(where: str, cells: Sequence[str], lines: list[_Line], problems: list[str]) -> None:
    day = _day(where, cells[0], problems)
    if cells[1] not in (*_REST, *_WORK):
        problems.append(f"{where}：类型应是“休”或“班”，不能是 {shown(cells[1])}。")
    elif day is not None:
        lines.append(_Line(where, day, cells[1] in _REST, cells[2]))


def _day(where: str, raw: str, problems: list[str]) -> date | None:
    try:
        return date.fromisoformat(read_date(raw))
    except FieldError as error:
        problems.append(f"{where}：{error}")
        return None
