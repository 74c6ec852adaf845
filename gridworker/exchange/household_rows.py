"""Which household a row belongs to, and in the household ledger how the rows of one address become one record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from gridworker.exchange.addresses import narrow_address, split_address, split_room
from gridworker.exchange.parsed import CellProblem, ParsedRow, RowReader
from gridworker.exchange.row_cells import place_targets
from gridworker.exchange.synonyms import ADDRESS, HEAD_NAME, HOUSEHOLD, PLACE_KEYS, field_of
from gridworker.ledger.code_fields import Ref, Refs
from gridworker.ledger.facts import FieldError, Severity, Value
from gridworker.ledger.field import Address
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.text import clean_name
from gridworker.ledgers.household import LEDGER as HOUSEHOLD_LEDGER
from gridworker.ledgers.household import household_title

HEAD_KEY = "head_name"
# The household's derivations look at its address alone.
_ANY_DAY = date(2000, 1, 1)
_NAMED = {"building_no": "楼栋", "room_no": "室"}
_TURNED_INTO_DATE = "表格程序把“3-2”这样的写法变成了日期，原来的内容已经看不出；请把这一列设为文本，重新填写。"


def read_place(reader: RowReader) -> dict[str, Value]:
    """Compound, building, unit and room of a row in one spelling, from one column or several."""
    prefix = "" if reader.ledger.key == "household" else HOUSEHOLD
    place: dict[str, Value] = dict(_whole_address(reader))
    for key in PLACE_KEYS:
        target = prefix + key
        if target not in reader.row.cells:
            continue
        if isinstance(reader.row.cells[target], date | datetime):
            reader.problem(target, _TURNED_INTO_DATE)
            continue
        value = reader.value(target, HOUSEHOLD_LEDGER[key])
        if value is not None:
            place[key] = value if key == "compound_name" else narrow_address(str(value))
    if "room_no" in place and "unit_no" not in place:
        place.update(split_room(str(place["room_no"])))
    place.update(HOUSEHOLD_LEDGER.derive(place, _ANY_DAY))
    for key in ("building_no", "unit_no"):
        # 01 and 1 are one building; rooms keep their zeros, which say the floor.
        if str(place.get(key, "")).isdecimal():
            place[key] = str(int(str(place[key])))
    return place


def read_household(reader: RowReader, *, required: bool) -> dict[str, Value]:
    """Everything a row says about the household it belongs to; says what is missing where it must be known."""
    household = read_place(reader)
    for target in reader.row.cells:
        key = target.removeprefix(HOUSEHOLD)
        known = field_of(reader.ledger, target) if target.startswith(HOUSEHOLD) and key not in PLACE_KEYS else None
        if known and not isinstance(known, Ref | Refs):
            value = reader.value(target, known)
            if value is not None:
                household[key] = value
    head = clean_name(reader.text(HEAD_NAME))
    if head:
        household[HEAD_KEY] = head
    if required:
        _note_missing_place(reader, household)
    note_carried_address(reader, household)
    return household


def home_in_own_address(ledger: Ledger, values: Mapping[str, Value]) -> dict[str, Value]:
    """The dwelling that a record's own place names, such as 3-2-501; a place that is no dwelling names none."""
    places = [field.key for field in ledger.fields if isinstance(field, Address) and values.get(field.key)]
    try:
        parts: dict[str, Value] = dict(split_address(str(values[places[0]]))) if places else {}
    except FieldError:
        return {}
    return {**parts, **HOUSEHOLD_LEDGER.derive(parts, _ANY_DAY)}


def note_carried_address(reader: RowReader, place: dict[str, Value]) -> None:
    """Say that a row without an address was taken to the household above it."""
    if reader.row.inherited_from is not None:
        told = f"住址空着，按第 {reader.row.inherited_from} 行的 {household_title(place)} 同一户处理，请核对。"
        reader.problem(_place_column(reader), told, Severity.WARNING)


def place_key(place: dict[str, Value]) -> tuple[str, ...] | None:
    """What makes two rows the same dwelling; None where the address is not whole."""
    if not place.get("building_no") or not place.get("room_no"):
        return None
    return tuple(str(place.get(key) or "") for key in PLACE_KEYS)


def merge_household_rows(rows: list[ParsedRow]) -> list[ParsedRow]:
    """In a list of members the rows of one dwelling are one household; it stands where its first row stands."""
    first: dict[tuple[str, ...], int] = {}
    merged: list[ParsedRow] = []
    for row in rows:
        key = place_key(row.values)
        if key is not None and key in first:
            merged[first[key]] = _joined(merged[first[key]], row)
            continue
        if key is not None:
            first[key] = len(merged)
        merged.append(row)
    return merged


def _whole_address(reader: RowReader) -> dict[str, str]:
    if ADDRESS not in reader.row.cells:
        return {}
    if isinstance(reader.row.cells[ADDRESS], date | datetime):
        reader.problem(ADDRESS, _TURNED_INTO_DATE)
        return {}
    text = reader.text(ADDRESS)
    if not text:
        return {}
    try:
        return split_address(text)
    except FieldError as wrong:
        reader.problem(ADDRESS, str(wrong))
        return {}


def _note_missing_place(reader: RowReader, household: dict[str, Value]) -> None:
    columns = place_targets(reader.row.columns)
    if not columns or any(reader.has_problem(target) for target in columns):
        return
    if not place_targets(reader.row.cells):
        reader.problem(_place_column(reader), "没有住址，不知道属于哪一户；请填写楼栋、单元和室。")
        return
    for key, label in _NAMED.items():
        if not household.get(key):
            target = HOUSEHOLD + key
            reader.problem(target if target in reader.row.columns else columns[0], f"请填写{label}。")


def _place_column(reader: RowReader) -> str:
    columns = place_targets(reader.row.columns)
    return columns[0] if columns else ADDRESS


def _joined(into: ParsedRow, row: ParsedRow) -> ParsedRow:
    problems = [*into.problems, *row.problems]
    for key, value in row.values.items():
        standing = into.values.get(key)
        if standing is not None and standing != value:
            told = f"与同一户第 {into.number} 行写的不同，取第 {into.number} 行的。"
            problems.append(row.problem_at(key, told, Severity.WARNING))
    problems += _head_problems(into, row)
    return ParsedRow(
        into.number,
        {**row.values, **into.values},
        into.origin,
        person=into.person or row.person,
        names={**row.names, **into.names},
        problems=tuple(problems),
        rows=(*into.rows, *row.rows),
    )


def _head_problems(into: ParsedRow, row: ParsedRow) -> list[CellProblem]:
    mine, other = into.names.get("head_person_id"), row.names.get("head_person_id")
    if not mine or not other or mine == other:
        return []
    told = f"同一处住址写了两个户主，取第 {into.number} 行的，请核对。"
    return [row.problem_at("head_person_id", told, Severity.WARNING)]
