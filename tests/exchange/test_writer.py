"""What is written opens as it was shown, runs nothing, and is read back the same."""

# ruff: noqa: DTZ001 - a cell of a workbook knows no zone

import errno
import os
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridworker.errors import Cancelled, KnownError
from gridworker.exchange.csv_text import decode, records
from gridworker.exchange.rows import parse_rows, recognise
from gridworker.exchange.writer import row_height, write_workbook
from gridworker.ledgers.registry import find_ledger
from tests.exchange.office_workbooks import MAN, PHONE, WOMAN, read

PERSON, HAZARD = find_ledger("person"), find_ledger("hazard")
COLUMNS = ("household_id", "name", "relation_code", "sex_code", "birth_date", "id_no", "contact", "remark")
ROWS = [
    ("阳光小区 3号楼 2单元 501", "王㛃", "户主", "女", "1962-03-05", WOMAN, PHONE, "=1+1"),
    ("阳光小区 3号楼 2单元 502", "李𬭚", "户主", "男", "1958-10-17", MAN, "0532-88881234", "+86 办公室\n@某处"),
    ("阳光小区 3号楼 501", "古丽娜尔·艾合买提", "其他亲属", "女", "", "", "", "-5 分"),
]
FORMULAS = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", '=HYPERLINK("x")']


@pytest.mark.parametrize("day", ["1896-01-01", "1899-12-31", "1900-01-01", "1900-02-28", "1900-03-01"])
def test_a_day_before_workbooks_count_comes_back(tmp_path: Path, day: str) -> None:
    """Who was born before 1900 keeps her birthday in a workbook."""
    path = tmp_path / "out.xlsx"
    write_workbook(path, PERSON, COLUMNS, [(*ROWS[0][:4], day, "", *ROWS[0][6:])])
    row = parse_rows(recognise(read(path)[0], PERSON), PERSON)[0]
    assert (row.problems, row.values["birth_date"]) == ((), day)


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_what_was_written_is_read_back(tmp_path: Path, suffix: str) -> None:
    """The same values in the same fields, households by their address."""
    path = tmp_path / f"out{suffix}"
    write_workbook(path, PERSON, COLUMNS, ROWS, title="居民台账")
    rows = parse_rows(recognise(read(path)[0], PERSON), PERSON)
    assert not any(row.problems for row in rows)
    for row, written in zip(rows, ROWS, strict=True):
        shown = dict(zip(COLUMNS, written, strict=True))
        for key in COLUMNS[1:]:
            assert PERSON[key].format(row.values.get(key)) == shown[key], key
        assert shown["household_id"].endswith(str(row.household["room_no"]))


def test_cells_have_the_kinds_a_person_expects(tmp_path: Path) -> None:
    """Numbers of people are text, dates are dates, money is a number; header frozen, filtered, rows high enough."""
    path = tmp_path / "hazards.xlsx"
    columns = ("found_at", "description", "responsible_contact", "fund", "due_on")
    write_workbook(
        path,
        HAZARD,
        columns,
        [("2026-03-05 09:40", "楼道堆物" * 30, PHONE, "1200.50元", "2026-03-20")],
        title="隐患台账",
    )
    sheet = openpyxl.load_workbook(path).active
    assert sheet["A1"].value == "隐患台账"
    assert [cell.value for cell in sheet[2]] == ["排查时间", "隐患描述", "责任人联系方式", "整改资金", "整改时限"]
    assert [cell.value for cell in sheet[3]][2:] == [PHONE, 1200.5, datetime(2026, 3, 20)]
    assert sheet["A3"].value == datetime(2026, 3, 5, 9, 40)
    assert sheet["C3"].number_format == "@"
    assert sheet.freeze_panes == "A3"
    assert sheet.auto_filter.ref == "A2:E3"
    assert sheet.row_dimensions[3].height >= 6 * 15
    assert all(sheet.column_dimensions[letter].width >= 8 for letter in "ABCDE")


def test_masked_values_stay_what_they_show(tmp_path: Path) -> None:
    """`1962-**-**` is no date and is not made one."""
    write_workbook(tmp_path / "m.xlsx", PERSON, ("name", "birth_date"), [("王*", "1962-**-**")])
    assert openpyxl.load_workbook(tmp_path / "m.xlsx").active["B3"].value == "1962-**-**"


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_becomes_a_formula(tmp_path: Path, text: str) -> None:
    """A remark that begins like a formula is a remark, in a workbook as in a CSV."""
    write_workbook(tmp_path / "f.xlsx", PERSON, ("name", "remark"), [("王㛃", text)])
    cell = openpyxl.load_workbook(tmp_path / "f.xlsx").active["B3"]
    assert (cell.data_type, cell.value) == ("s", text)
    write_workbook(tmp_path / "f.csv", PERSON, ("name", "remark"), [("王㛃", text)])
    written = records(decode((tmp_path / "f.csv").read_bytes())[0])[1][1]
    assert written == f"'{text}"


@given(
    rows=st.lists(
        st.tuples(
            st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=6),
            st.text(
                st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"], exclude_characters="\ufeff"), max_size=60
            ),
        ),
        max_size=6,
    )
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_comes_back(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    """Whatever a remark holds, the field reads from the workbook what it would read from the screen."""
    path = tmp_path / "any.xlsx"
    write_workbook(path, PERSON, ("name", "remark"), rows)
    cells = {row.number: row.cells for row in read(path)[0].rows}
    for number, (name, remark) in enumerate(rows, start=3):
        found = cells[number]
        assert found[0] == name
        assert PERSON["remark"].parse(found[1] if len(found) > 1 else None) == PERSON["remark"].parse(remark)


def test_a_csv_opens_in_excel(tmp_path: Path) -> None:
    """With the mark by which Excel knows UTF-8."""
    write_workbook(tmp_path / "a.csv", PERSON, ("name",), [("周𠅤",)])
    assert (tmp_path / "a.csv").read_bytes() == "\ufeff姓名\r\n周𠅤\r\n".encode()


def test_the_old_file_stays_until_the_new_one_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk, a locked file, a missing folder: told in plain words, nothing changed, no draft left."""
    path = tmp_path / "out.xlsx"
    path.write_bytes(b"old")
    for code, said in ((errno.ENOSPC, "磁盘满了"), (errno.EACCES, "正在 Excel"), (errno.EIO, "写文件时出错")):
        with monkeypatch.context() as patch:

            def fail(*_args: object, code: int = code) -> None:
                raise OSError(code, os.strerror(code))

            patch.setattr(Path, "replace" if code == errno.EACCES else "open", fail)
            with pytest.raises(KnownError, match=said) as caught:
                write_workbook(path, PERSON, ("name",), [("王㛃",)])
            assert caught.value.safe == "原来的文件没有改动。"
        assert path.read_bytes() == b"old"
        assert [one.name for one in tmp_path.iterdir()] == ["out.xlsx"]
    with pytest.raises(KnownError, match="文件夹不存在"):
        write_workbook(tmp_path / "no" / "out.xlsx", PERSON, ("name",), [])


def test_cancelling_writes_nothing(tmp_path: Path) -> None:
    """Neither a file nor a part of one."""
    with pytest.raises(Cancelled):
        write_workbook(tmp_path / "out.xlsx", PERSON, ("name",), [("王㛃",)], cancelled=lambda: True)
    assert list(tmp_path.iterdir()) == []


def test_no_temporary_file_holds_what_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The workbook is put together in memory."""
    import tempfile

    def refuse(*_args: object, **_given: object) -> None:
        raise AssertionError("a temporary file")

    for name in ("mkstemp", "mkdtemp", "NamedTemporaryFile", "TemporaryFile"):
        monkeypatch.setattr(tempfile, name, refuse)
    write_workbook(tmp_path / "out.xlsx", PERSON, COLUMNS, ROWS)


def test_heights_follow_the_lines() -> None:
    """Wrapped Chinese text and line breaks both count."""
    assert row_height(["一"], [10]) < row_height(["一" * 10], [10]) < row_height(["一" * 30], [10])
    assert row_height(["a\nb\nc"], [10]) > row_height(["abc"], [10])


def test_dates_written_are_dates_read(tmp_path: Path) -> None:
    """Not serial numbers."""
    write_workbook(tmp_path / "d.xlsx", PERSON, ("name", "birth_date"), [("王㛃", "1962-03-05")])
    assert read(tmp_path / "d.xlsx")[0].rows[2].cells[1] == date(1962, 3, 5)
