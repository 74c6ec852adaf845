"""What the reader makes of files as offices really send them, and of files that are none."""

# ruff: noqa: DTZ001 - a cell of a workbook knows no zone

import errno
import struct
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from gridworker.errors import Cancelled, KnownError
from gridworker.exchange import reader, reading_child
from gridworker.exchange.cells import UNCALCULATED, CellError, Merge
from tests.exchange.office_workbooks import RARE_NAMES, abort, as_bytes, hang, never, nothing, read, residents, save

DATA = Path(__file__).parent / "data"


def test_cells_keep_their_kinds(tmp_path: Path) -> None:
    """Text, number, date, moment, truth and error arrive as what they are; an ID number typed as text stays text."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(
        ["370299196203053027", 370299196203053027, 12.5, date(2026, 3, 5), datetime(2026, 3, 5, 9, 40), True, "007"]
    )
    sheet["H1"] = "#N/A"
    sheet["H1"].data_type = "e"
    sheet["I1"] = "=1/0"
    book.save(tmp_path / "kinds.xlsx")
    [row] = read(tmp_path / "kinds.xlsx")[0].rows
    assert row.cells == (
        "370299196203053027",
        pytest.approx(370299196203053027),
        12.5,
        date(2026, 3, 5),
        datetime(2026, 3, 5, 9, 40),
        True,
        "007",
        CellError("#N/A"),
        CellError(UNCALCULATED),
    )
    assert [type(cell) for cell in row.cells[:6]] == [str, float, float, date, datetime, bool]


def test_formulas_give_what_they_showed(tmp_path: Path) -> None:
    """A calculated formula is its value, a failed one its error."""
    with xlsxwriter.Workbook(tmp_path / "formula.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_formula(0, 0, "=1+1", None, 2)
        sheet.write_formula(0, 1, "=VLOOKUP(1,A1:A1,1)", None, "#N/A")
        sheet.write_string(0, 2, "end")
    [row] = read(tmp_path / "formula.xlsx")[0].rows
    assert row.cells == (2.0, CellError("#N/A"), "end")


def test_rare_characters_survive(tmp_path: Path) -> None:
    """Characters of GB 18030 level 3 come through, from .xlsx as from CSV in any encoding."""
    save(tmp_path / "rare.xlsx", [RARE_NAMES])
    assert read(tmp_path / "rare.xlsx")[0].rows[0].cells == RARE_NAMES
    for codec in ("utf-8", "utf-8-sig", "gb18030", "utf-16"):
        (tmp_path / "rare.csv").write_bytes(f"{','.join(RARE_NAMES)}\r\n".encode(codec))
        assert read(tmp_path / "rare.csv")[0].rows[0].cells == RARE_NAMES, codec


def test_merges_and_hidden_parts_are_known(tmp_path: Path) -> None:
    """Merged ranges are told; hidden sheets and rows are read, and it is said."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["楼", "室"], [1, 101], [None, 102], [2, 201]):
        sheet.append(row)
    sheet.merge_cells("A2:A3")
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["B"].hidden = True
    book.create_sheet("旧").append(["x"])
    book["旧"].sheet_state = "hidden"
    book.save(tmp_path / "hidden.xlsx")
    first, second = read(tmp_path / "hidden.xlsx")
    assert first.merges == (Merge(2, 0, 3, 0),)
    assert first.hidden_rows == {3}
    assert first.hidden_columns == {1}
    assert "第 3 行在表格里是隐藏的，也已读入。" in first.notes
    assert second.hidden
    assert "“旧”在表格里是隐藏的" in second.notes[0]


def test_xls_is_read_with_kinds_merges_errors_and_hidden_rows() -> None:
    """A real .xls gives the same as an .xlsx: calamine's values, and errors and hidden rows from the records."""
    [sheet] = read(DATA / "residents.xls")
    cells = {row.number: row.cells for row in sheet.rows}
    assert cells[5][7] == "王㛃"
    assert cells[6][10] == date(1958, 10, 17)
    assert cells[6][11] == 15412345678
    assert isinstance(cells[5][9], str)
    assert cells[8][9] == CellError("#N/A")
    assert Merge(6, 1, 8, 1) in sheet.merges
    assert sheet.hidden_rows == {7}


def test_a_stray_cell_in_the_last_corner_does_not_take_the_program_down(tmp_path: Path) -> None:
    """A sheet whose corners are both filled is read all the same."""
    book = openpyxl.Workbook()
    book.active["A1"] = "姓名"
    book.active["A2"] = "王㛃"
    book.active["XFD1048576"] = "误"
    book.save(tmp_path / "stray.xlsx")
    rows = read(tmp_path / "stray.xlsx")[0].rows
    assert [row.number for row in rows] == [1, 2, 1_048_576]
    assert rows[1].cells == ("王㛃",)
    assert rows[2].cells[-1] == "误"


def test_the_parent_outlives_an_aborting_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that aborts, as calamine does, is a known error; and the next file is read."""
    path = save(tmp_path / "small.xlsx", [["x"]])
    with monkeypatch.context() as patch:
        patch.setattr(reading_child, "main", abort)
        with pytest.raises(KnownError, match="超出了限度"):
            read(path)
    assert read(path)[0].rows[0].cells == ("x",)


def test_a_silent_child_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that hangs is ended by the parent's clock, on every system."""
    monkeypatch.setattr(reading_child, "main", hang)
    monkeypatch.setattr(reader, "SILENCE_SECONDS", 0.3)
    with pytest.raises(KnownError, match="超出了限度"):
        read(save(tmp_path / "small.xlsx", [["x"]]))


def test_memory_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A workbook that unfolds beyond the child's memory ends the child, not the program."""
    monkeypatch.setattr(reader, "MEMORY", 160 << 20)
    source = zipfile.ZipFile(save(tmp_path / "small.xlsx", [["x"]]))
    row = b'<row r="%d"><c r="A%d" t="inlineStr"><is><t>' + b"y" * 30_000 + b"</t></is></c></row>"
    with zipfile.ZipFile(tmp_path / "heavy.xlsx", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for part in source.namelist():
            data = source.read(part)
            if part == "xl/worksheets/sheet1.xml":
                head = data[: data.index(b"<sheetData>") + 11]
                data = head + b"".join(row % (n, n) for n in range(1, 6_000)) + b"</sheetData></worksheet>"
            archive.writestr(part, data)
    with pytest.raises(KnownError) as caught:
        read(tmp_path / "heavy.xlsx")
    assert caught.value.safe == "什么都没有导入，原来的文件没有改动。"


def _html(path: Path) -> None:
    path.write_text("<html><table><tr><td>姓名</td></tr></table></html>", encoding="utf-8")


def _password_xlsx(path: Path) -> None:
    path.write_bytes(ole_file({"EncryptedPackage": b"\0" * 5000, "EncryptionInfo": b"\0" * 5000}))


def _password_xls(path: Path) -> None:
    bof, filepass = struct.pack("<HHHH", 0x0809, 4, 0x0600, 5), struct.pack("<HHH", 0x002F, 2, 1)
    path.write_bytes(ole_file({"Workbook": (bof + filepass).ljust(5000, b"\0")}))


def _damaged(path: Path) -> None:
    whole = as_bytes(openpyxl.Workbook())
    path.write_bytes(whole[: len(whole) // 2])


def _bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _ in range(reading_child.MAX_XML // (1 << 24) + 1):
                part.write(b" " * (1 << 24))


def _word(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")


def _entities(path: Path) -> None:
    source = zipfile.ZipFile(save(path.with_name("plain.xlsx"), [["x"]]))
    with zipfile.ZipFile(path, "w") as archive:
        for part in source.namelist():
            data = source.read(part)
            if part.endswith("sheet1.xml"):
                data = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + data
            archive.writestr(part, data)


@pytest.mark.parametrize(
    ("name", "make", "said"),
    [
        ("a.xlsx", lambda path: path.write_bytes(b""), "这个文件是空的"),
        ("a.xls", _html, "内容其实是网页"),
        ("a.xlsx", _password_xlsx, "设了打开密码"),
        ("a.xls", _password_xls, "设了打开密码"),
        ("a.xlsx", _damaged, "已经损坏"),
        ("a.xlsx", _entities, "已经损坏"),
        ("a.xlsx", _bomb, "太大"),
        ("a.xlsx", _word, "这是 Word 文档"),
        ("a.csv", lambda path: path.write_bytes(bytes(range(256)) * 8), "不是 Excel 表格"),
        ("a.csv", lambda path: path.write_bytes(b"\x81\xff\xfe" * 30), "不是 Excel 表格"),
        ("a.xlsx", lambda _path: None, "找不到这个文件"),
        ("a.xlsx", lambda path: path.mkdir(), "找不到这个文件"),
    ],
)
def test_what_cannot_be_read_is_told_in_plain_words(
    tmp_path: Path, name: str, make: Callable[[Path], object], said: str
) -> None:
    """What it is, that nothing happened, and what to do; never a word of the program's own."""
    make(tmp_path / name)
    with pytest.raises(KnownError) as caught:
        read(tmp_path / name)
    assert said in caught.value.title
    assert caught.value.action
    assert name not in caught.value.sentence()


def test_content_decides_not_the_name(tmp_path: Path) -> None:
    """An .xlsx that somebody called .xls, and a CSV called .xls, are read as what they are."""
    save(tmp_path / "a.xlsx", [["姓名"], ["王㛃"]]).rename(tmp_path / "a.xls")
    assert read(tmp_path / "a.xls")[0].rows[1].cells == ("王㛃",)
    (tmp_path / "b.xls").write_text("姓名\t电话\n王㛃\t154\n", encoding="utf-16")
    assert read(tmp_path / "b.xls")[0].rows[1].cells == ("王㛃", "154")


def test_cancelling_stops_the_child(tmp_path: Path) -> None:
    """A person who stops sees nothing, and no process stays behind."""
    residents(tmp_path / "r.xlsx")
    with pytest.raises(Cancelled):
        reader.read_workbook(tmp_path / "r.xlsx", progress=nothing, cancelled=lambda: True)


def test_progress_reaches_the_end(tmp_path: Path) -> None:
    """Progress counts rows up to the last."""
    told: list[tuple[int, int, str]] = []
    save(tmp_path / "p.xlsx", [[number] for number in range(1200)])
    reader.read_workbook(tmp_path / "p.xlsx", progress=lambda *one: told.append(one), cancelled=never)
    assert told[-1] == (1200, 1200, "正在读取工作表“居民”")
    assert len(told) >= 3


def test_reading_leaves_no_file_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a workbook holds never lies in a temporary file."""
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    residents(tmp_path / "r.xlsx")
    read(tmp_path / "r.xlsx")
    assert list((tmp_path / "tmp").iterdir()) == []


def ole_file(streams: dict[str, bytes]) -> bytes:
    """A compound file with these streams, each longer than the small ones that share sectors."""
    sectors: list[bytes] = []
    chains: list[int] = []
    entries = [_entry("Root Entry", 5, 0xFFFFFFFE, 0)]
    for name, data in streams.items():
        start = len(sectors)
        parts = [data[at : at + 512].ljust(512, b"\0") for at in range(0, len(data), 512)]
        sectors += parts
        chains += [*range(start + 1, start + len(parts)), 0xFFFFFFFE]
        entries.append(_entry(name, 2, start, len(data)))
    directory = b"".join(entries).ljust(-(-len(entries) // 4) * 512, b"\0")
    first_directory = len(sectors)
    count = len(directory) // 512
    sectors += [directory[at : at + 512] for at in range(0, len(directory), 512)]
    chains += [*range(first_directory + 1, first_directory + count), 0xFFFFFFFE]
    fat_at = len(sectors)
    chains.append(0xFFFFFFFD)
    fat = b"".join(struct.pack("<I", one) for one in chains).ljust(512, b"\xff")
    header = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0"))
    struct.pack_into("<HHHHH", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<IIIIIIIII", header, 44, 1, first_directory, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, fat_at)
    for place in range(1, 109):
        struct.pack_into("<I", header, 76 + place * 4, 0xFFFFFFFF)
    return bytes(header) + b"".join(sectors) + fat


def _entry(name: str, kind: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le")
    body = bytearray(text.ljust(64, b"\0") + b"\0" * 64)
    struct.pack_into("<HB", body, 64, len(text) + 2, kind)
    struct.pack_into("<II", body, 116, start, size)
    return bytes(body)


def test_no_permission_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file another program holds is told as such."""

    class Pipe:
        sent: list[list[object]] = []  # noqa: RUF012 - one test's own pipe

        def send_bytes(self, data: bytes) -> None:
            self.sent.append(reader.decode(data))

        def close(self) -> None:
            return

    def refuse(_self: Path) -> bytes:
        raise PermissionError(errno.EACCES, "held")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    monkeypatch.setattr(reading_child, "limit_resources", nothing)
    monkeypatch.setattr(reading_child, "_silence", nothing)
    reading_child.main(Pipe(), str(save(tmp_path / "a.xlsx", [["x"]])), 0, 0)  # type: ignore[arg-type]
    assert Pipe.sent == [["refused", "locked", ""]]
