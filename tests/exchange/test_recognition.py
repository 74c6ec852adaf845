"""Headers found under titles, headings mapped to fields, rows that are no records left out and said."""

from datetime import date
from pathlib import Path

import pytest

from gridworker.errors import KnownError
from gridworker.exchange import synonyms
from gridworker.exchange.cells import Merge, SheetCells
from gridworker.exchange.recognition import recognise, recognise_workbook
from gridworker.exchange.synonyms import ADDRESS, IGNORED, fold, label_of, vocabulary
from gridworker.ledgers.registry import all_ledgers, find_ledger
from tests.exchange.office_workbooks import read, residents, sheet_of

PERSON, HOUSEHOLD = find_ledger("person"), find_ledger("household")


def fields_of(sheet: SheetCells, ledger_key: str = "person") -> list[str | None]:
    """What each headed column was taken for."""
    return [match.field for match in recognise(sheet, find_ledger(ledger_key)).columns]


def test_the_office_workbook_is_understood(tmp_path: Path) -> None:
    """Title and note above, a merged two-row header, footer below: every column finds its field."""
    found = recognise(read(residents(tmp_path / "r.xlsx"))[0], PERSON)
    assert found.header_rows == (3, 4)
    assert found.title_lines[0] == "阳光社区第三网格居民信息登记表"
    assert [match.field for match in found.columns] == [
        IGNORED,
        "household.compound_name",
        "household.building_no",
        "household.unit_no",
        "household.room_no",
        "head.name",
        "head.contact",
        "name",
        "relation_code",
        "id_no",
        "birth_date",
        "contact",
        "remark",
    ]
    assert [row.number for row in found.rows] == [5, 6, 7, 8]
    assert [(row.number, row.reason[:4]) for row in found.skipped] == [(9, "表尾或合"), (10, "表尾或合")]


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("户主姓名", "head.name"),
        ("联系电话", "contact"),
        ("手机", "contact"),
        ("手机号码", "contact"),
        ("电话", "contact"),
        ("身份证号", "id_no"),
        ("身份证", "id_no"),
        ("公民身份证号码", "id_no"),
        ("公民身份号码", "id_no"),
        ("楼号", "household.building_no"),
        ("幢", "household.building_no"),
        ("楼栋", "household.building_no"),
        ("单元", "household.unit_no"),
        ("门牌", "household.room_no"),
        ("房号", "household.room_no"),
        ("室号", "household.room_no"),
        ("住址", ADDRESS),
        ("家庭住址", ADDRESS),
        ("所属住户", ADDRESS),
        ("出生年月", "birth_date"),
        ("与户主关系", "relation_code"),
        ("关系", "relation_code"),
        ("序号", IGNORED),
        ("*姓 名：", "name"),
        ("出生日期（如1990-01-01）", "birth_date"),
        ("联系\n电话", "contact"),
        ("name", "name"),
        ("户籍门（楼）详址", "register_address"),
        ("⼾主", "head.name"),
        ("紧急联系人电话", "emergency_phone"),
    ],
)
def test_synonyms_of_headings(heading: str, field: str) -> None:
    """As offices write them: signs, blanks, hints in brackets and line breaks make no difference."""
    other = "姓名" if field != "name" else "性别"
    assert fields_of(sheet_of([[heading, other], ["x", "y"]]))[0] == field


def test_every_exported_heading_is_read_back() -> None:
    """What the program writes over its columns it understands, in every ledger."""
    for ledger in all_ledgers().values():
        headings = [ledger[key].label for key in ledger.excel_columns]
        fields = fields_of(sheet_of([headings, ["x"] * len(headings)]), ledger.key)
        assert None not in fields, (ledger.key, headings, fields)
        for key, field in zip(ledger.excel_columns, fields, strict=True):
            assert field == key or ledger[key].column == "TEXT", (ledger.key, key, field)


def test_no_heading_stands_for_two_fields_of_one_ledger() -> None:
    """The synonyms file names no heading twice within a ledger, and only fields that exist."""
    for key, headings in synonyms._resource().items():
        if key in all_ledgers():
            folded = [fold(heading) for texts in headings.values() for heading in texts]
            assert sorted(folded) == sorted(set(folded)), key
            assert set(headings) <= {field.key for field in find_ledger(key).fields}


def test_a_csv_header_of_two_rows_without_merges() -> None:
    """Saved as CSV the merges are gone; groups still reach over their columns."""
    sheet = sheet_of(
        [
            ["登记表"],
            ["序号", "户主信息", None, "住址", None, None],
            [None, "姓名", "电话", "楼号", "单元", "室"],
            ["1", "王㛃", "15400000001", "3", "2", "501"],
        ]
    )
    assert fields_of(sheet) == [
        IGNORED,
        "name",
        "contact",
        "household.building_no",
        "household.unit_no",
        "household.room_no",
    ]


def test_a_note_above_the_header_is_no_group() -> None:
    """填报单位 and 填报日期 side by side are notes of the table."""
    sheet = sheet_of(
        [["填报单位：阳光社区", None, "日期：2026-03-01"], ["姓名", "性别", "联系电话"], ["王㛃", "女", None]]
    )
    found = recognise(sheet, PERSON)
    assert found.header_rows == (2,)
    assert found.title_lines == ("填报单位：阳光社区 日期：2026-03-01",)


def test_somebody_elses_name_and_phone_are_not_the_rows_own() -> None:
    """Under 监护人 a phone is the guardian's; it is not taken for the child's."""
    sheet = sheet_of(
        [["姓名", "性别", "监护人", None], [None, None, "姓名", "电话"], ["王㛃", "女", "王䶮", "15400000001"]],
        merges=(Merge(1, 0, 2, 0), Merge(1, 1, 2, 1), Merge(1, 2, 1, 3)),
    )
    found = recognise(sheet, PERSON)
    assert [match.field for match in found.columns] == ["name", "sex_code", "guardian_person_id", None]
    assert found.columns[3].suggestion == "contact"


def test_an_unknown_heading_gets_the_nearest_suggestion() -> None:
    """It is not imported by itself, and the person is told what it might be."""
    found = recognise(sheet_of([["姓名", "联系人手机号", "爱好"], ["王㛃", "1", "棋"]]), PERSON)
    assert [(match.field, match.suggestion) for match in found.columns[1:]] == [(None, "contact"), (None, None)]
    assert "最接近的是“联系方式”" in found.columns[1].note
    assert "不导入" in found.columns[2].note


def test_two_columns_for_one_field_are_told() -> None:
    """The first is used, the second says so; the person may turn it round."""
    sheet = sheet_of([["姓名", "手机", "联系电话"], ["王㛃", "1", "2"]])
    found = recognise(sheet, PERSON)
    assert [match.field for match in found.columns] == ["name", "contact", None]
    assert "先用 B 列" in found.columns[2].note
    turned = recognise(sheet, PERSON, mapping={2: "contact"})
    assert [match.field for match in turned.columns] == ["name", None, "contact"]


def test_the_persons_mapping_stands() -> None:
    """A column may be given another field, or left out."""
    sheet = sheet_of([["姓名", "爱好", "性别"], ["王㛃", "棋", "女"]])
    found = recognise(sheet, PERSON, mapping={1: "remark", 2: IGNORED})
    assert [match.field for match in found.columns] == ["name", "remark", IGNORED]


def test_a_column_of_whole_addresses_is_taken_apart_though_headed_as_a_part() -> None:
    """门牌号 over `3-2-501` means the whole address, and it is said."""
    found = recognise(sheet_of([["姓名", "门牌号"], ["王㛃", "3-2-501"], ["李䶮", "3号楼2单元502"]]), PERSON)
    assert found.columns[1].field == ADDRESS
    assert "完整住址" in found.columns[1].note
    rooms = recognise(sheet_of([["姓名", "楼号", "门牌号"], ["王㛃", "3", "2-501"]]), PERSON)
    assert rooms.columns[2].field == "household.room_no"


def test_repeated_headers_totals_and_footers_are_left_out_and_said() -> None:
    """So is a line across the whole table; a person with little known is a record."""
    sheet = sheet_of(
        [
            ["姓名", "性别", "楼号", "房号", "电话"],
            ["王㛃", "女", "3", "501", "1"],
            ["姓名", "性别", "楼号", "房号", "电话"],
            ["4号楼"],
            ["李䶮"],
            ["共 2 户 5 人"],
            ["注：本表一式两份", None, None, None, None],
            [None, None, None, "审核人：赵喆"],
        ],
        merges=(Merge(4, 0, 4, 4),),
    )
    found = recognise(sheet, PERSON)
    assert [row.number for row in found.rows] == [2, 5]
    assert [row.number for row in found.skipped] == [3, 4, 6, 7, 8]
    assert found.skipped[0].reason == "重复的表头"


def test_people_whose_names_begin_like_a_total_are_records() -> None:
    """合 and 总 may begin a name, and 小 a nickname."""
    sheet = sheet_of([["姓名", "性别"], ["合达", "男"], ["总", None], ["共明", "女"], ["注凡", None]])
    assert [row.number for row in recognise(sheet, PERSON).rows] == [2, 3, 4, 5]


def test_the_sheet_with_the_records_is_chosen() -> None:
    """A cover sheet without a table is passed over, and a hidden sheet comes last."""
    cover = SheetCells("封面", sheet_of([["阳光社区"], ["2026年"]]).rows)
    hidden = SheetCells("旧", sheet_of([["姓名", "性别", "电话"], ["王㛃", "女", "1"]]).rows, hidden=True)
    real = SheetCells("居民", sheet_of([["姓名", "性别"], ["王㛃", "女"]]).rows)
    assert [found.sheet.name for found in recognise_workbook([cover, hidden, real], PERSON)] == ["居民", "旧"]


def test_a_sheet_without_a_header_says_what_to_do() -> None:
    """Neither a guess nor a stack trace."""
    with pytest.raises(KnownError, match="没有找到居民台账的表头") as caught:
        recognise_workbook([sheet_of([["今天天气", "晴"], [date(2026, 3, 5), 3]])], PERSON)
    assert "前 40 行" in caught.value.action
    with pytest.raises(KnownError):
        recognise_workbook([], PERSON)


def test_hidden_columns_and_missing_addresses_are_noted() -> None:
    """The person reads it before anything is imported."""
    found = recognise(sheet_of([["姓名", "电话"], ["王㛃", "1"]], hidden_columns=frozenset({1})), PERSON)
    assert "B 列在表格里是隐藏的，也已读入。" in found.notes
    assert any("没有住址" in note for note in found.notes)


def test_every_target_has_a_label() -> None:
    """What a column may be mapped to is told in Chinese, each target once."""
    for key, ledger in all_ledgers().items():
        targets = vocabulary(key).targets
        assert len({target for target, _ in targets}) == len(targets)
        assert all(text and not text.isascii() for _, text in targets)
        assert label_of(ledger, IGNORED) == "不导入"
