"""Refused rows as a workbook: corrected in place, imported again."""

from datetime import date
from pathlib import Path

import openpyxl

from gridworker.exchange.cells import CellError, Merge
from gridworker.exchange.refused import REASON_HEADING, write_refused
from gridworker.exchange.rows import parse_rows, recognise
from gridworker.ledgers.registry import find_ledger
from tests.exchange.office_workbooks import WOMAN, read, residents, sheet_of

PERSON = find_ledger("person")


def test_refused_rows_come_back_under_their_own_header(tmp_path: Path) -> None:
    """A two-row header stays one, merged cells are written out, and the rows import as they would have."""
    whole = recognise(read(residents(tmp_path / "r.xlsx"))[0], PERSON)
    write_refused(tmp_path / "refused.xlsx", whole, {7: "J7 身份证号：校验位不对。", 8: "…"})
    again = recognise(read(tmp_path / "refused.xlsx")[0], PERSON)
    assert [match.field for match in again.columns[:-1]] == [match.field for match in whole.columns]
    assert again.columns[-1].heading == REASON_HEADING
    assert again.columns[-1].field == "-"
    before = {row.values["name"]: row for row in parse_rows(whole, PERSON)}
    after = parse_rows(again, PERSON)
    assert [row.values["name"] for row in after] == ["李䶮", "古丽娜尔·艾合买提"]
    for row in after:
        assert row.values == before[row.values["name"]].values
        assert row.household == before[row.values["name"]].household


def test_cells_are_texts_that_no_program_changes_again(tmp_path: Path) -> None:
    """Numbers, dates and errors stand as they were seen, as text."""
    sheet = sheet_of(
        [
            ["姓名", "身份证号", "出生日期", "电话"],
            ["王㛃", 3.7e17, date(1962, 3, 5), 15400000001.0],
            ["李䶮", CellError("#N/A")],
        ]
    )
    write_refused(tmp_path / "refused.xlsx", recognise(sheet, PERSON), {2: "号码丢了位", 3: "错误值"})
    written = openpyxl.load_workbook(tmp_path / "refused.xlsx").active
    assert [cell.value for cell in written[3]] == ["王㛃", "3.7e+17", "1962-03-05", "15400000001", "号码丢了位"]
    assert [cell.value for cell in written[4]] == ["李䶮", "#N/A", None, None, "错误值"]
    assert {cell.number_format for cell in written[3]} == {"@"}
    assert all(written.row_dimensions[number].height for number in (3, 4))


def test_a_carried_address_and_a_retyped_cell_are_written_out(tmp_path: Path) -> None:
    """The row stands alone now: what it had from the row above it needs in its own cells."""
    sheet = sheet_of(
        [
            ["姓名", "关系", "身份证号", "楼号", "室"],
            ["王㛃", "户主", WOMAN, "3", "501"],
            ["王䶮", "子", "1", None, None],
        ],
        merges=(Merge(9, 0, 9, 1),),
    )
    write_refused(tmp_path / "refused.xlsx", recognise(sheet, PERSON), {3: "…"}, corrections={(3, "id_no"): "12"})
    [row] = parse_rows(recognise(read(tmp_path / "refused.xlsx")[0], PERSON), PERSON)
    assert (row.household["building_no"], row.household["room_no"]) == ("3", "501")
    assert "现在是 2 位" in row.problems[0].message
