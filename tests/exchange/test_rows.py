"""Rows as offices fill them, read into values; every trouble told with its cell."""

# ruff: noqa: DTZ001 - a cell of a workbook knows no zone

from datetime import date, datetime
from pathlib import Path

import pytest

from gridworker.errors import Cancelled
from gridworker.exchange.cells import UNCALCULATED, CellError, Merge, SheetCells
from gridworker.exchange.rows import ParsedRow, parse_rows, recognise
from gridworker.exchange.synonyms import ADDRESS
from gridworker.ledger.facts import Severity
from gridworker.ledgers.registry import find_ledger
from tests.exchange.office_workbooks import MAN, PHONE, SON, WOMAN, read, residents, sheet_of


def parsed(sheet: SheetCells, ledger_key: str = "person", **given: object) -> list[ParsedRow]:
    """The rows of a sheet as records of a ledger."""
    ledger = find_ledger(ledger_key)
    return parse_rows(recognise(sheet, ledger), ledger, **given)


def one(heading: str, cell: object, ledger_key: str = "person") -> ParsedRow:
    """A row with one cell of interest."""
    first = {"person": "姓名", "visit": "处理结果", "hazard": "隐患描述", "wish": "心愿内容", "household": "小区"}[
        ledger_key
    ]
    return parsed(sheet_of([[first, heading], ["无" if ledger_key == "visit" else "王㛃", cell]]), ledger_key)[0]


def errors(row: ParsedRow) -> list[tuple[str, str]]:
    """Cell and message of what refuses a row."""
    return [(problem.cell_ref, problem.message) for problem in row.problems if problem.severity is Severity.ERROR]


def test_the_office_workbook_becomes_persons(tmp_path: Path) -> None:
    """Household columns merged down a household belong to each member, what is a person's own does not."""
    rows = parsed(read(residents(tmp_path / "r.xlsx"))[0])
    assert [row.values["name"] for row in rows] == ["王㛃", "李𬭚", "李䶮", "古丽娜尔·艾合买提"]
    assert [row.household["room_no"] for row in rows] == ["501", "502", "502", "502"]
    assert rows[0].household == {
        "compound_name": "阳光小区",
        "building_no": "3",
        "unit_no": "2",
        "room_no": "501",
        "head_name": "王㛃",
    }
    assert [row.values["relation_code"] for row in rows] == ["02", "02", "20", "38"]
    assert [row.values.get("id_no") for row in rows] == [WOMAN, MAN, SON, None]
    assert [row.values.get("birth_date") for row in rows] == [None, "1958-10-17", "1988-07-01", "1990-02-03"]
    assert [row.values.get("contact") for row in rows] == [PHONE, "15412345678", "15412345679", None]
    assert not any(row.problems for row in rows)


def test_the_same_workbook_becomes_households(tmp_path: Path) -> None:
    """The rows of one dwelling are one household, with its head and what is known of the head."""
    first, second = parsed(read(residents(tmp_path / "r.xlsx"))[0], "household")
    assert (first.values["room_no"], second.values["room_no"]) == ("501", "502")
    assert second.rows == (6, 7, 8)
    assert second.names == {"head_person_id": "李𬭚"}
    assert second.person["id_no"] == MAN
    assert "remark" not in first.values
    assert not first.problems


def test_a_list_of_households_becomes_their_heads() -> None:
    """户主姓名 without 姓名: each row is its head; the same row is a household too."""
    sheet = sheet_of([["户主姓名", "联系电话", "住址"], ["王㛃", PHONE, "阳光小区3号楼2单元501"]])
    [person] = parsed(sheet)
    assert person.values == {"name": "王㛃", "contact": PHONE}
    assert person.household["room_no"] == "501"
    [home] = parsed(sheet, "household")
    assert home.values == {"compound_name": "阳光小区", "building_no": "3", "unit_no": "2", "room_no": "501"}
    assert home.person == {"name": "王㛃", "contact": PHONE}


@pytest.mark.parametrize(
    "cell",
    [
        "2026-03-05",
        "2026.3.5",
        "2026年3月5日",
        "2026/3/5",
        "２０２６．３．５",
        "20260305",
        20260305,
        20260305.0,
        46086,
        46086.0,
        "46086",
        "'2026-03-05",
        date(2026, 3, 5),
        datetime(2026, 3, 5, 0, 0),
        "二〇二六年三月五日",
        " 2026 - 3 - 5 ",
        "2026-03-05 00:00:00",
        "2026年3月5日（星期四）",
    ],
)
def test_dates_in_every_form(cell: object) -> None:
    """All of them are one day."""
    assert one("告知日期", cell, "household").values["notice_given_on"] == "2026-03-05"


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (370299196203053027.0, "第 15 位以后已经丢失"),
        (370299196203053027, "第 15 位以后已经丢失"),
        ("3.70299E+17", "第 15 位以后已经丢失"),
        (WOMAN[:17], "应为 18 位，现在是 17 位"),
        (WOMAN[:17] + ("1" if WOMAN[17] != "1" else "2"), "校验位不对"),
        ("370299196213053027", "出生日期 19621305 不存在"),
        (CellError("#N/A"), "错误值 #N/A"),
        (CellError(UNCALCULATED), "公式没有算出结果"),
    ],
)
def test_a_bad_id_number_is_refused_by_name(cell: object, said: str) -> None:
    """The cell, its heading, and why; nothing is repaired."""
    row = one("身份证号", cell)
    assert row.refused
    assert [where for where, _ in errors(row)] == ["B2"]
    assert said in errors(row)[0][1]
    assert row.problems[0].heading == "身份证号"
    assert "id_no" not in row.values


@pytest.mark.parametrize(
    "written",
    [
        f"'{MAN}",
        f" {MAN} ",
        MAN.lower(),
        MAN[:6] + " " + MAN[6:14] + " " + MAN[14:],
        MAN.translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)}),
    ],
)
def test_a_good_id_number_survives_how_it_was_typed(written: str) -> None:
    """Apostrophes, blanks, small x, full-width digits."""
    assert one("身份证号", written).values["id_no"] == MAN


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (15412345678.0, "15412345678"),
        (13812345678, "13812345678"),
        ("138 1234 5678", "13812345678"),
        ("１３８１２３４５６７８", "13812345678"),
        ("138-1234-5678", "13812345678"),
        ("+86 13812345678", "13812345678"),
        ("\u202d13812345678\u202c", "13812345678"),
        ("'13812345678", "13812345678"),
        ("13812345678.0", "13812345678"),
        ("0532 88881234", "053288881234"),
        ("0532-88881234", "0532-88881234"),
        ("13812345678 13912345678", "13812345678、13912345678"),
        ("13812345678/0532-88881234", "13812345678、0532-88881234"),
        ("无", None),
        ("/", None),
        ("—", None),
        ("暂无", None),
    ],
)
def test_phones(cell: object, value: str | None) -> None:
    """As numbers or texts, one or several, with or without signs."""
    row = one("联系电话", cell)
    assert row.values.get("contact") == value
    assert not row.refused


def test_a_landline_that_lost_its_zero_is_told_but_taken() -> None:
    """A number cell cannot hold 0532 and what follows."""
    row = one("联系电话", 53288881234.0)
    assert not row.refused
    assert "少了区号开头的 0" in row.problems[0].message


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("古丽娜尔•艾合买提", "古丽娜尔·艾合买提"),
        ("古丽娜尔．艾合买提", "古丽娜尔·艾合买提"),
        ("古丽娜尔.艾合买提", "古丽娜尔·艾合买提"),
        ("古丽娜尔 · 艾合买提", "古丽娜尔·艾合买提"),
        ("张　三", "张三"),
        (" 王㛃\u200b", "王㛃"),
        ("周𠅤", "周𠅤"),
        ("李𬭚\n", "李𬭚"),
    ],
)
def test_names(cell: str, name: str) -> None:
    """Dots become U+00B7, blanks between Han characters go, rare characters stay."""
    assert parsed(sheet_of([["姓名", "性别"], [cell, "女"]]))[0].values["name"] == name


def test_codes_by_label_alias_and_lost_zero() -> None:
    """户主 is 02 and so is the number 2; what no table knows is refused with the nearest label."""
    sheet = sheet_of([["姓名", "关系", "性别"], ["王㛃", "户 主", "女"], ["王䶮", 2, "男性"], ["王堃", "干儿子", "男"]])
    first, second, third = parsed(sheet)
    assert (first.values["relation_code"], second.values["relation_code"], second.values["sex_code"]) == (
        "02",
        "02",
        "1",
    )
    assert errors(third)[0][0] == "B4"
    assert "没有“干儿子”这一项" in errors(third)[0][1]


def test_a_birth_month_is_never_completed_by_a_guess() -> None:
    """With the ID number the day is known; without it the text goes into the remark; against it the row is refused."""
    sheet = sheet_of(
        [
            ["姓名", "身份证号", "出生年月", "备注"],
            ["王㛃", WOMAN, "1962.03", None],
            ["王䶮", None, "1962年3月", "独居"],
            ["王堃", WOMAN, "1963.3", None],
            ["李𬭚", MAN, 1958.1, None],
            ["李喆", None, 1958, None],
        ]
    )
    known, unknown, wrong, october, year = parsed(sheet)
    assert not known.problems
    assert "birth_date" not in known.values
    assert unknown.values["remark"] == "独居；出生年月：1962年3月"
    assert unknown.problems[0].severity is Severity.WARNING
    assert not unknown.refused
    assert wrong.refused
    assert "1962-03" in errors(wrong)[0][1]
    assert not october.problems
    assert year.values["remark"] == "出生年月：1958"


def test_merged_cells_fill_blank_ones_do_not() -> None:
    """A blank under a filled cell is a blank, unless a merged range covers it."""
    sheet = sheet_of(
        [["姓名", "民族", "学历"], ["王㛃", "汉", "本科毕业"], ["王䶮", None, None], ["王堃", None, None]],
        merges=(Merge(2, 1, 3, 1),),
    )
    assert [row.values.get("nationality_code") for row in parsed(sheet)] == ["01", "01", None]
    assert [row.values.get("education_code") for row in parsed(sheet)] == ["21", None, None]


def test_a_merge_never_repeats_what_is_one_persons_own() -> None:
    """A merged ID number is the first row's alone."""
    sheet = sheet_of([["姓名", "身份证号"], ["王㛃", WOMAN], ["王䶮", None]], merges=(Merge(2, 1, 3, 1),))
    assert [row.values.get("id_no") for row in parsed(sheet)] == [WOMAN, None]


def test_an_address_is_carried_down_only_where_that_is_plain() -> None:
    """A member who is not the head, right below, is of the same household; anybody else is not."""
    sheet = sheet_of(
        [
            ["姓名", "关系", "楼号", "单元", "室"],
            ["王㛃", "户主", "3", "2", "501"],
            ["王䶮", "子", None, None, None],
            ["王堃", None, None, None, None],
            ["李喆", "户主", None, None, None],
            ["李翀", "妻", None, None, None],
        ]
    )
    _, son, nobody, head, wife = parsed(sheet)
    assert son.household["room_no"] == "501"
    assert not son.refused
    assert son.problems[0].message == "住址空着，按第 2 行的 3号楼 2单元 501 同一户处理，请核对。"
    for row in (nobody, head, wife):
        assert row.household.get("room_no") is None
        assert errors(row)[0][1] == "没有住址，不知道属于哪一户；请填写楼栋、单元和室。"


def test_a_gap_ends_a_household() -> None:
    """Behind a blank row nothing is carried down."""
    sheet = sheet_of(
        [["姓名", "关系", "楼号", "室"], ["王㛃", "户主", "3", "501"], [None] * 4, ["王䶮", "子", None, None]]
    )
    assert parsed(sheet)[1].refused


def test_a_head_column_tells_who_belongs_together() -> None:
    """Where each row names its head, the same head below a filled address is the same household."""
    sheet = sheet_of(
        [
            ["户主", "姓名", "楼号", "室"],
            ["王㛃", "王㛃", "3", "501"],
            ["王㛃", "王䶮", None, None],
            ["李喆", "李翀", None, None],
        ]
    )
    first, same, other = parsed(sheet)
    assert first.values["relation_code"] == "02"
    assert "relation_code" not in same.values
    assert same.household["room_no"] == "501"
    assert other.refused


@pytest.mark.parametrize(
    ("building", "unit", "room"),
    [
        ("3号楼", "2单元", "501室"),
        ("３", "２", "５０１"),
        (3.0, 2.0, 501.0),
        ("03", "02", "501"),
        ("三号楼", "二单元", "501"),
        ("3栋", None, "2-501"),
    ],
)
def test_one_dwelling_is_one_however_written(building: object, unit: object, room: object) -> None:
    """3号楼, ３, 03 and 三号楼 are one building."""
    [row] = parsed(sheet_of([["姓名", "楼号", "单元", "室"], ["王㛃", building, unit, room]]))
    assert (row.household["building_no"], row.household["unit_no"], row.household["room_no"]) == ("3", "2", "501")


def test_an_address_that_became_a_date_is_refused() -> None:
    """Excel turns 3-2 into the second of March; what was typed cannot be known."""
    row = parsed(sheet_of([["姓名", "楼号", "房号"], ["王㛃", "3", date(2026, 2, 3)]]))[0]
    assert errors(row)[0][0] == "C2"
    assert "变成了日期" in errors(row)[0][1]


def test_part_of_an_address_is_missed_by_its_cell() -> None:
    """The room is there, the building is not: the building's cell is named."""
    row = parsed(sheet_of([["姓名", "楼号", "房号"], ["王㛃", None, "501"]]))[0]
    assert errors(row) == [("B2", "请填写楼栋。")]


def test_links_are_given_as_names() -> None:
    """Who the wish is of is for the caller to find; blanks and placeholders are nobody."""
    row = one("心愿人", "王　㛃", "wish")
    assert row.names == {"wisher_person_id": "王㛃"}
    assert one("心愿人", "无", "wish").names == {}
    visit = parsed(
        sheet_of([["走访时间", "住址", "受访人", "走访人"], ["2026.3.5 9:40", "3-2-501", "王㛃", "李喆、赵翀"]]),
        "visit",
    )[0]
    assert visit.values["visited_at"] == "2026-03-05T09:40+08:00"
    assert visit.household["room_no"] == "501"
    assert visit.names == {"interviewee_id": "王㛃", "visitor_ids": "李喆、赵翀"}


def test_a_hazard_needs_no_household() -> None:
    """Its place is a place; a household is told only where the sheet names one."""
    row = one("地点", "3号楼2单元楼道", "hazard")
    assert row.values["place"] == "3号楼2单元楼道"
    assert row.household == {}
    assert not row.refused


def test_two_heads_in_one_dwelling_are_told() -> None:
    """The first stands, and nobody is lost without a word."""
    sheet = sheet_of(
        [
            ["姓名", "关系", "楼号", "室", "房屋使用"],
            ["王㛃", "户主", "3", "501", "自住"],
            ["李喆", "户主", "3", "501", "出租"],
        ]
    )
    [home] = parsed(sheet, "household")
    assert home.names == {"head_person_id": "王㛃"}
    assert home.values["tenure_code"] == "自住"
    assert {problem.severity for problem in home.problems} == {Severity.WARNING}
    assert [problem.cell_ref for problem in home.problems] == ["E3", "A3"]


def test_a_list_of_households_repeats_nothing_by_itself() -> None:
    """Two rows for one dwelling in a list of dwellings stay two; the plan of the import says which stands."""
    sheet = sheet_of([["户主姓名", "楼号", "室"], ["王㛃", "3", "501"], ["李喆", "3", "501"]])
    assert len(parsed(sheet, "household")) == 2


def test_corrections_stand_in_place_of_cells() -> None:
    """What the person retypes is read like a cell."""
    sheet = sheet_of([["姓名", "身份证号", "住址"], ["王㛃", 3.7e17, "三号"]])
    assert parsed(sheet)[0].refused
    [row] = parsed(sheet, corrections={(2, "id_no"): WOMAN, (2, ADDRESS): "3-2-501"})
    assert not row.refused
    assert row.values["id_no"] == WOMAN
    assert row.household["unit_no"] == "2"


@pytest.mark.parametrize(
    ("heading", "cell"),
    [
        ("姓名", "王*"),
        ("身份证号", "370***********3027"),
        ("联系电话", "154****5678"),
        ("出生日期", "1962-**-**"),
        ("住址", "阳光小区3号楼**"),
        ("备注", "电话154****5678"),
        ("关爱类别", "***"),
        ("监护人", "王*"),
    ],
)
def test_masked_values_are_never_taken_for_real_ones(heading: str, cell: str) -> None:
    """An export with masks, imported again, would overwrite what is known with stars."""
    cells = {"姓名": "王㛃", "性别": "女"} | {heading: cell}
    [row] = parsed(sheet_of([list(cells), list(cells.values())]))
    assert row.refused
    assert any("脱敏" in message for _, message in errors(row))


@pytest.mark.parametrize("cell", [1.0000000000010e19, 10**19, "1E+19", "3.70212E+14"])
def test_no_number_that_lost_digits_is_taken(cell: object) -> None:
    """A household number opened by Excel is as broken as an ID number, and would make a second household."""
    row = one("户编号", cell, "household")
    assert "已经丢失" in errors(row)[0][1]


def test_a_star_in_a_remark_is_the_writers_own() -> None:
    """Only what a mask leaves is refused."""
    assert one("备注", "*重点* 每周走访").values["remark"] == "*重点* 每周走访"


def test_a_problem_found_later_names_its_cell() -> None:
    """A check of the ledger speaks of a field; the row knows the cell, or that there is none."""
    [row] = parsed(sheet_of([["姓名", "住址"], ["王㛃", "3-2-501"]]))
    assert row.problem_at("name", "…").cell_ref == "A2"
    assert row.problem_at("building_no", "…").cell_ref == "B2"
    missing = row.problem_at("sex_code", "请填写性别。")
    assert (missing.cell_ref, missing.heading) == ("", "性别")
    assert missing.sentence() == "性别：请填写性别。"


def test_the_person_can_stop() -> None:
    """Cancelling leaves nothing."""
    with pytest.raises(Cancelled):
        parsed(sheet_of([["姓名", "性别"], ["王㛃", "女"]]), cancelled=lambda: True)
