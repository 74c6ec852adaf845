"""What a sheet was recognised as: header, columns, data rows, and what was left out, each said."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gridworker.errors import KnownError
from gridworker.exchange.addresses import looks_like_address
from gridworker.exchange.cells import SheetCells, SheetRow, is_blank, shown
from gridworker.exchange.headings import ColumnMatch, Header, cell_at, find_header, has_address, match_columns
from gridworker.exchange.synonyms import ADDRESS, IGNORED, label_of, vocabulary
from gridworker.ledger.code_fields import Ref, Refs
from gridworker.ledger.ledger import Ledger

RawRow = SheetRow

_FOOTER = re.compile(
    r"(合\s*计|总\s*计|小\s*计|共\s*计|累\s*计)\s*[:：]?\s*\d*\s*[户人条]?$"
    r"|共\s*\d+\s*[户人条]"
    r"|(填表|制表|填报|审核|复核|负责|统计|联系|经办|报送|社区)[^，。]{0,6}[:：]"
    r"|(填表|填报|制表|报送)?(日期|时间)[:：]"
    r"|(备注|说明|注|填表说明|填写说明)\s*\d?[:：]"
    r"|(单位|社区|街道)?[（(](盖章|公章|签字|签章)[）)]"
)
_PLACE_SAMPLE = 40


@dataclass(frozen=True)
class SkippedRow:
    """A row that is not a record, and why."""

    number: int
    reason: str


@dataclass(frozen=True)
class Recognised:
    """A sheet as this ledger reads it. `notes` are sentences for the person; nothing was changed."""

    sheet: SheetCells
    ledger: str
    header_rows: tuple[int, ...]
    columns: list[ColumnMatch]
    title_lines: tuple[str, ...]
    rows: list[RawRow]
    skipped: tuple[SkippedRow, ...]
    notes: tuple[str, ...]

    def column_of(self, target: str) -> ColumnMatch | None:
        """The column whose cells go to a target."""
        return next((match for match in self.columns if match.field == target), None)

    @property
    def confidence(self) -> int:
        """How many columns were understood; tells which sheet of a workbook is meant."""
        return sum(1 for match in self.columns if match.field not in (None, IGNORED))


def recognise(sheet: SheetCells, ledger: Ledger, *, mapping: Mapping[int, str | None] | None = None) -> Recognised:
    """The sheet read for the ledger; `mapping` (column index → target) is the person's word. KnownError: no header."""
    words = vocabulary(ledger.key)
    header = find_header(sheet, words)
    if header is None:
        where = f"工作表“{sheet.name}”" if sheet.name else "这个文件"
        raise KnownError(
            f"{where}里没有找到{ledger.label}台账的表头。",
            safe="什么都没有导入。",
            action=f"请确认选对了台账和工作表；表头应有{_examples(ledger)}这样的文字，且在前 40 行之内。",
        )
    matches = match_columns(header, words, mapping)
    rows, skipped = _split_rows(sheet, header, matches)
    matches = _whole_addresses(matches, rows, ledger)
    return Recognised(
        sheet,
        ledger.key,
        header.rows,
        matches,
        _title_lines(sheet, header),
        rows,
        tuple(skipped),
        _notes(sheet, ledger, matches),
    )


def _examples(ledger: Ledger) -> str:
    """Some headings that a sheet of the ledger has."""
    own = [key for key in ledger.excel_columns if key != "record_no" and not isinstance(ledger[key], Ref | Refs)]
    return "".join(f"“{ledger[key].label}”" for key in own[:3])


def recognise_workbook(sheets: Sequence[SheetCells], ledger: Ledger) -> list[Recognised]:
    """The sheets that hold records of the ledger, the best understood first; KnownError where none does."""
    found: list[Recognised] = []
    refusal: KnownError | None = None
    for sheet in sheets:
        try:
            found.append(recognise(sheet, ledger))
        except KnownError as error:
            refusal = refusal or error
    filled = [one for one in found if one.rows] or found
    if not filled:
        raise refusal or KnownError("这个文件里没有数据。", safe="什么都没有导入。", action="请确认选对了文件。")
    return sorted(filled, key=lambda one: (one.sheet.hidden, -one.confidence))


def _split_rows(sheet: SheetCells, header: Header, matches: list[ColumnMatch]) -> tuple[list[RawRow], list[SkippedRow]]:
    headings = {part for path in header.paths.values() for part in path}
    headed = [match.index for match in matches]
    rows: list[RawRow] = []
    skipped: list[SkippedRow] = []
    for row in sheet.rows:
        if row.number <= header.rows[-1] or all(is_blank(cell) for cell in row.cells):
            continue
        reason = _why_no_record(sheet, row, headings, headed)
        if reason:
            skipped.append(SkippedRow(row.number, reason))
        else:
            rows.append(row)
    return rows, skipped


def _why_no_record(sheet: SheetCells, row: SheetRow, headings: set[str], headed: list[int]) -> str:
    texts = [shown(cell) for cell in row.cells if not is_blank(cell)]
    if sum(text.replace("\n", "") in headings for text in texts) * 2 > len(texts) and len(texts) > 1:
        return "重复的表头"
    if len(texts) <= max(2, len(headed) // 2) and _FOOTER.match(texts[0].strip()):
        return f"表尾或合计（“{texts[0][:12]}”）"
    if all(is_blank(cell_at(row, index)) for index in headed):
        return "只有表格以外的内容"
    if len(texts) == 1 and any(merge.top == row.number and merge.right - merge.left > 1 for merge in sheet.merges):
        return f"整行合并的一格（“{texts[0][:12]}”）"
    return ""


def _title_lines(sheet: SheetCells, header: Header) -> tuple[str, ...]:
    above = (row for row in sheet.rows if row.number < header.rows[0])
    lines = (" ".join(shown(cell) for cell in row.cells if not is_blank(cell)) for row in above)
    return tuple(line for line in lines if line)


def _whole_addresses(matches: list[ColumnMatch], rows: list[RawRow], ledger: Ledger) -> list[ColumnMatch]:
    """A column headed 楼号 or 门牌号 whose cells are `3-2-501` is an address in one cell."""
    places = [
        match for match in matches if (match.field or "").removeprefix("household.") in ("building_no", "room_no")
    ]
    if len(places) != 1 or any(match.field == ADDRESS for match in matches):
        return matches
    lone = places[0]
    texts = [shown(cell) for row in rows[:_PLACE_SAMPLE] if not is_blank(cell := cell_at(row, lone.index))]
    if not texts or sum(looks_like_address(text) for text in texts) * 2 <= len(texts):
        return matches
    whole = ColumnMatch(
        lone.index,
        lone.heading,
        ADDRESS,
        lone.field,
        lone.confidence,
        f"内容是完整住址，按“{label_of(ledger, ADDRESS)}”拆开。",
    )
    return [whole if match is lone else match for match in matches]


def _notes(sheet: SheetCells, ledger: Ledger, matches: list[ColumnMatch]) -> tuple[str, ...]:
    said = list(sheet.notes)
    hidden = [match.letters for match in matches if match.index in sheet.hidden_columns]
    if hidden:
        said.append(f"{'、'.join(hidden)} 列在表格里是隐藏的，也已读入。")
    home = ledger.link_to("household")
    if not has_address(matches) and home is not None and home.required is not None:
        said.append(f"表里没有住址（楼栋、单元、室），导入的{ledger.label}还不属于任何一户。")
    return tuple(said)
