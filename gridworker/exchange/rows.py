"""Data rows as values of a ledger, every trouble with the cell it lies in and a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Mapping

from gridworker.errors import Cancelled
from gridworker.exchange.cells import IsCancelled, Progress
from gridworker.exchange.headings import has_members
from gridworker.exchange.household_rows import (
    home_in_own_address,
    merge_household_rows,
    note_carried_address,
    read_household,
    read_place,
)
from gridworker.exchange.parsed import CellProblem, ParsedRow, RowOrigin, RowReader, cell_value
from gridworker.exchange.recognition import RawRow, Recognised, SkippedRow, recognise, recognise_workbook
from gridworker.exchange.row_cells import is_head, place_targets, row_cells
from gridworker.exchange.synonyms import HEAD, HEAD_NAME, PERSON, PLACE_KEYS, field_of
from gridworker.ledger.code_fields import Ref, Refs
from gridworker.ledger.dates import IncompleteDate
from gridworker.ledger.facts import FieldError, Severity, Value
from gridworker.ledger.id_number import birth_date_of, id_number_problem
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.text import clean_name

__all__ = [
    "CellProblem", "ParsedRow", "RawRow", "Recognised", "SkippedRow", "parse_rows", "recognise", "recognise_workbook",
]  # fmt: skip
_STEP = 500
_HEAD_RELATION = "02"


def parse_rows(
    recognised: Recognised,
    ledger: Ledger,
    *,
    corrections: Mapping[tuple[int, str], str] | None = None,
    progress: Progress = lambda _done, _total, _text: None,
    cancelled: IsCancelled = lambda: False,
) -> list[ParsedRow]:
    """Every data row as a record of the ledger; in a list of members the rows of one dwelling are one household.

    `corrections` (row number, target → text) stand in place of cells. Cells are read and checked here; whether a
    record is complete, and whether it is known already, is for the caller to say.
    """
    of_members = has_members(recognised.columns)
    parse = _record_row
    if ledger.key == "household":
        parse = _household_row_of_member if of_members else _household_row
    headings = {match.index: match.heading for match in recognised.columns}
    found: list[ParsedRow] = []
    rows = row_cells(recognised, corrections)
    for done, row in enumerate(rows):
        if done % _STEP == 0:
            if cancelled():
                raise Cancelled
            progress(done, len(rows), "正在核对各行")
        found.append(parse(RowReader(ledger, RowOrigin(ledger.key, row, headings))))
    progress(len(rows), len(rows), "正在核对各行")
    return merge_household_rows(found) if ledger.key == "household" and of_members else found


def _record_row(reader: RowReader) -> ParsedRow:
    ledger, row = reader.ledger, reader.row
    values, names = _own_values(reader, exclude=frozenset())
    home = ledger.link_to("household")
    needs_household = home is not None and home.required is not None
    wanted = needs_household or bool(place_targets(row.cells))
    household = read_household(reader, required=needs_household) if wanted else {}
    if home is not None and not wanted:
        household = home_in_own_address(ledger, values)
    if ledger.key == "person":
        _add_facts_of_head(reader, values)
    return ParsedRow(row.number, values, reader.origin, household, {}, names, tuple(reader.problems), (row.number,))


def _own_values(reader: RowReader, *, exclude: frozenset[str]) -> tuple[dict[str, Value], dict[str, str]]:
    """The ledger's own fields as values, and its links as the names that were written."""
    values: dict[str, Value] = {}
    names: dict[str, str] = {}
    for target in reader.row.cells:
        if target not in reader.ledger or target in exclude:
            continue
        if isinstance(reader.ledger[target], Ref | Refs):
            name = clean_name(reader.text(target))
            if name:
                names[target] = name
            continue
        value = _own_value(reader, values, target)
        if value is not None and target not in values:
            values[target] = value
    return values, names


def _own_value(reader: RowReader, values: dict[str, Value], target: str) -> Value:
    if target != "birth_date":
        return reader.value(target, reader.ledger[target])
    try:
        return cell_value(reader.ledger[target], reader.row.cells[target])
    except IncompleteDate as incomplete:
        _take_incomplete_birth(reader, values, incomplete)
    except FieldError as wrong:
        reader.problem(target, str(wrong))
    return None


def _take_incomplete_birth(reader: RowReader, values: dict[str, Value], incomplete: IncompleteDate) -> None:
    """出生年月 without a day: the ID number knows the day; else the text is kept in the remark, never guessed."""
    number = "".join(reader.row.text("id_no").split()).upper()
    born = birth_date_of(number) if number and not id_number_problem(number) else None
    if born and incomplete.agrees_with(born):
        return
    if born:
        reader.problem("birth_date", f"出生年月与公民身份号码里的 {born:%Y-%m} 不一致，请核对。")
        return
    written = reader.row.text("birth_date")
    reader.problem("birth_date", "只有年月，缺日：出生日期先空着，原文记入备注，以后补登。", Severity.WARNING)
    kept = [reader.row.text("remark"), f"出生年月：{written}"]
    values["remark"] = "；".join(part for part in kept if part)


def _add_facts_of_head(reader: RowReader, values: dict[str, Value]) -> None:
    """户主电话 and 户主身份证号 are the row's own where its person is the head."""
    if not is_head(reader.row):
        return
    values.setdefault("relation_code", _HEAD_RELATION)
    for target in reader.row.cells:
        key = target.removeprefix(HEAD)
        if target.startswith(HEAD) and key != "name" and key in reader.ledger and values.get(key) is None:
            value = reader.value(target, reader.ledger[key])
            if value is not None:
                values[key] = value


def _household_row_of_member(reader: RowReader) -> ParsedRow:
    # The remark stands beside a person and is about that person.
    return _household_row(reader, exclude=frozenset({*PLACE_KEYS, "remark"}))


def _household_row(reader: RowReader, exclude: frozenset[str] = frozenset(PLACE_KEYS)) -> ParsedRow:
    row = reader.row
    place = read_place(reader)
    values, names = _own_values(reader, exclude=exclude)
    person = _head_of_row(reader)
    if person.get("name"):
        names["head_person_id"] = str(person["name"])
    note_carried_address(reader, place)
    return ParsedRow(
        row.number, {**place, **values}, reader.origin, {}, person, names, tuple(reader.problems), (row.number,)
    )


def _head_of_row(reader: RowReader) -> dict[str, Value]:
    """What the row knows about the head: columns named for the head, and the row's person where that is the head."""
    columns = reader.row.columns
    of_member = f"{PERSON}relation_code" in columns or (HEAD_NAME in columns and f"{PERSON}name" in columns)
    prefixes = (HEAD, PERSON) if is_head(reader.row) or not of_member else (HEAD,)
    facts: dict[str, Value] = {}
    for prefix in prefixes:
        for target in reader.row.cells:
            known = field_of(reader.ledger, target) if target.startswith(prefix) else None
            if known is None or known.key in facts or isinstance(known, Ref | Refs):
                continue
            try:
                value = cell_value(known, reader.row.cells[target])
            except IncompleteDate:
                continue
            except FieldError as wrong:
                # The household stands without it; the import of persons refuses the row of the person.
                reader.problem(target, str(wrong), Severity.WARNING)
                continue
            if value is not None:
                facts[known.key] = value
    return facts
