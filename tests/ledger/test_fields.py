"""Every face of every field type: reading, showing, checking, masking; ID numbers by GB 11643."""

# ruff: noqa: DTZ001 - a cell of a workbook knows no zone

import random
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gridworker.ledger import masks
from gridworker.ledger.code_fields import Code, Codes, Ref, Refs
from gridworker.ledger.code_tables import table
from gridworker.ledger.codes import code_table
from gridworker.ledger.facts import FieldError, Profile, Purpose, Sensitivity
from gridworker.ledger.field import Address, Bool, Field, Files, PersonName, Text, as_text
from gridworker.ledger.id_number import birth_date_of, check_digit, id_number_problem, sex_of
from gridworker.ledger.number_fields import Date, DateTime, Integer, Number
from gridworker.ledger.number_ids import IdNumber, Phone
from gridworker.ledgers.registry import all_ledgers
from gridworker.sample.names import id_number

ID, PHONE = IdNumber("id_no", "公民身份号码"), Phone("contact", "联系方式")
DAYS = st.dates(date(1910, 1, 2), date(2025, 12, 31))
EVERY_FIELD = [field for ledger in all_ledgers().values() for field in ledger.fields]


@pytest.mark.parametrize("field", EVERY_FIELD, ids=lambda field: field.key)
@pytest.mark.parametrize("raw", [None, "", "  ", "　\n", "\u200b"])
def test_nothing_is_none_in_every_field(field: Field, raw: object) -> None:
    """Blank cells of every kind are no value, and no value shows as nothing."""
    assert field.parse(raw) is None
    assert field.format(None) == ""
    assert field.show(None, Purpose.LIST) == ""


# Text ------------------------------------------------------------------------------------------------------------


@given(st.text())
@example("\u0339 \u0334")
def test_text_reads_back_what_it_shows(text: str) -> None:
    """In one line and in several."""
    for field in (Text("a", "甲"), Text("a", "甲", lines=True), PersonName("n", "姓名"), Address("p", "地点")):
        value = field.parse(text)
        assert field.parse(field.format(value)) == value


def test_text_keeps_lines_only_where_it_may() -> None:
    """A remark has lines, a building has not."""
    assert Text("a", "甲").parse("一\r\n二") == "一 二"
    assert Text("a", "甲", lines=True).parse("一\r\n二") == "一\n二"


def test_length_counts_characters_not_bytes() -> None:
    """Fifty rare characters are fifty."""
    field = PersonName("name", "姓名")
    assert field.problem("𠅤" * 50) is None
    assert field.problem("𠅤" * 51) == "姓名最多 50 个字，现在是 51 个。"
    assert field.problem("张3") == "姓名里不应有数字。"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (3.0, "3"),
        (13812345678.0, "13812345678"),
        (12.5, "12.5"),
        (501, "501"),
        (datetime(2026, 3, 5), "2026-03-05"),
        (datetime(2026, 3, 5, 9, 40), "2026-03-05 09:40"),
        (date(2026, 3, 5), "2026-03-05"),
        ("007", "007"),
    ],
)
def test_a_cell_is_the_text_a_person_saw(raw: object, text: str) -> None:
    """3.0 is 3, and a day has no midnight."""
    assert as_text(raw) == text


# Yes and no, numbers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("是", True),
        ("√", True),
        (True, True),
        (1, True),
        (1.0, True),
        ("Ｙ", True),
        ("有", True),
        ("否", False),
        ("×", False),
        (False, False),
        (0, False),
        ("没有", False),
        (" 无 ", False),
    ],
)
def test_yes_and_no(raw: object, value: object) -> None:
    """As offices tick them."""
    field = Bool("met", "是否见面")
    assert field.parse(raw) is value
    assert field.parse(field.format(value)) is value


@pytest.mark.parametrize("raw", ["也许", "2", "是否", -1])
def test_maybe_is_refused(raw: object) -> None:
    """Neither yes nor no."""
    with pytest.raises(FieldError, match="应填“是”或“否”"):
        Bool("met", "是否见面").parse(raw)


@given(st.integers(-(10**14), 10**14))
def test_whole_numbers(number: int) -> None:
    """From a cell, typed, with separators, or wide."""
    field = Integer("n", "人数", low=-(10**15), high=10**15)
    wide = "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in str(number))
    for raw in (number, float(number), f"{number:,}", f"{number}人", wide):
        assert field.parse(raw) == number
    assert Integer("n", "人数", high=10).problem(11) == "人数应在 0 到 10 之间，现在是 11。"


@pytest.mark.parametrize("raw", ["三", "3.5", 3.5, "1e3", "٣", "--3", "1-3"])
def test_what_is_no_whole_number(raw: object) -> None:
    """Is refused with what it should be."""
    with pytest.raises(FieldError, match="应为整数"):
        Integer("n", "人数").parse(raw)


@given(st.decimals(0, 10**9, places=2))
def test_amounts_are_exact(amount: Decimal) -> None:
    """Money is text of two places, whatever it came from."""
    field = Number("fund", "整改资金", unit="元")
    assert field.parse(str(amount)) == f"{amount:.2f}"
    assert field.parse(f"￥{amount:,}元") == f"{amount:.2f}"
    assert field.parse(field.format(f"{amount:.2f}")) == f"{amount:.2f}"


def test_amounts_are_rounded_as_in_school_and_never_nan() -> None:
    """Half a fen goes up; what is no number is none."""
    field = Number("fund", "整改资金")
    assert field.parse("0.125") == "0.13"
    assert field.parse(0.1 + 0.2) == "0.30"
    for raw in ("NaN", "inf", float("nan"), float("inf"), "一百", "1.2.3", "1e400"):
        with pytest.raises(FieldError, match="应为数字"):
            field.parse(raw)
    assert field.problem("-1.00") == "整改资金不能小于 0，现在是 -1.00。"


@given(DAYS)
def test_dates_show_and_mask(day: date) -> None:
    """A masked birthday leaves the year."""
    field = Date("birth_date", "出生日期", sensitivity=Sensitivity.PERSONAL)
    assert field.show(field.parse(day), Purpose.WORK) == day.isoformat()
    assert field.show(field.parse(day), Purpose.LIST) == f"{day.year}-**-**"


def test_moments_show_without_seconds() -> None:
    """In China's time."""
    field = DateTime("at", "时间")
    assert field.format(field.parse("2026-03-05T01:40:30+00:00")) == "2026-03-05 09:40"


# Codes and links -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "field", [field for field in EVERY_FIELD if isinstance(field, Code)], ids=lambda field: field.key
)
def test_a_code_is_found_by_code_label_and_alias(field: Code) -> None:
    """In every table the ledgers use."""
    for code, label in field.table:
        assert field.parse(code) == code
        assert field.parse(f" {label} ") == code
        assert field.parse(field.format(code)) == code
    for alias, code in field.table.aliases:
        assert field.parse(alias) in {code, field.table.code_of(alias)}


def test_no_label_or_alias_of_a_table_means_two_codes() -> None:
    """Otherwise an import would choose by the order of a file."""
    for known in {field.table.key: field.table for field in EVERY_FIELD if isinstance(field, Code | Codes)}.values():
        meant: dict[str, set[str]] = {}
        for code, text in [*known.entries, *((code, alias) for alias, code in known.aliases)]:
            meant.setdefault(text.replace(" ", ""), set()).add(code)
        assert {text: codes for text, codes in meant.items() if len(codes) > 1} == {}, known.key


def test_lost_zeros_of_codes() -> None:
    """A cell that holds the number 2 for 02."""
    care = Codes("care_categories", "关爱类别", table=table("CARE"))
    assert care.parse("重残（一二级）、高龄（80＋）") == care.parse("重残(一二级)、高龄(80+)")
    relation = Code("relation_code", "与户主关系", table=table("RELATION"))
    assert relation.parse(2) == relation.parse(2.0) == relation.parse("2") == relation.parse("０２") == "02"


def test_an_unknown_label_is_refused_with_the_nearest() -> None:
    """群众 is found by its label whatever number other systems give it; a stranger is refused."""
    field = Code("political_code", "政治面貌", table=table("POLITICAL"))
    assert field.parse("群众") == "13"
    with pytest.raises(FieldError, match="没有“中共党”这一项，最接近的是“中共党员”"):
        field.parse("中共党")


def test_several_codes_in_one_cell() -> None:
    """With any of the separators offices use; each once; nothing is none."""
    field = Codes("tags", "标签", table=code_table("T", "表", (("a", "甲"), ("b", "乙"))))
    for text in ("甲、乙", "甲，乙", "甲;乙", "甲/乙", "甲\n乙", "甲、乙、甲", "a,b"):
        assert field.parse(text) == ["a", "b"]
    assert field.parse("甲 乙") == ["a", "b"]
    assert field.parse([]) is None
    assert field.parse("、") is None
    assert field.format(["a", "b"]) == "甲、乙"


@pytest.mark.parametrize(
    "field", [field for field in EVERY_FIELD if isinstance(field, Codes)], ids=lambda field: field.key
)
@given(data=st.data())
def test_several_labels_read_back_what_they_show(field: Codes, data: st.DataObject) -> None:
    """Labels that hold a separator themselves too."""
    codes = data.draw(st.lists(st.sampled_from([code for code, _ in field.table]), unique=True, min_size=1))
    assert field.parse(codes) == codes
    assert field.parse(field.format(codes)) == codes


def test_links_and_files() -> None:
    """Ids are opaque; a list of them has each once."""
    assert Ref("h", "住户", to="household").parse(" x ") == "x"
    assert Refs("v", "走访人", to="actor").parse("x、y、x") == ["x", "y"]
    assert Refs("v", "走访人", to="actor").parse([]) is None
    assert Files("f", "附件").format(["a", "b"]) == "2 个附件"


# ID numbers ------------------------------------------------------------------------------------------------------


@given(DAYS, st.sampled_from("12"), st.integers(0, 2**32))
def test_a_number_made_by_the_rule_is_right(day: date, sex: str, seed: int) -> None:
    """Its date and sex are read from it."""
    number = id_number(random.Random(seed), day, sex)
    assert id_number_problem(number) is None
    assert birth_date_of(number) == day
    assert sex_of(number) == sex
    assert ID.parse(number.lower()) == number


@given(DAYS, st.integers(0, 2**32), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(day: date, seed: int, place: int, by: int) -> None:
    """MOD 11-2 catches every single slip, wherever it is."""
    number = id_number(random.Random(seed), day, "1")
    wrong = number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]
    assert id_number_problem(wrong) is not None


@given(DAYS, st.integers(0, 2**32), st.integers(0, 15))
def test_two_digits_changed_places_are_always_noticed(day: date, seed: int, place: int) -> None:
    """The slip people make most."""
    number = id_number(random.Random(seed), day, "2")
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert swapped == number or id_number_problem(swapped) is not None


def test_known_check_digits() -> None:
    """The example of GB 11643-1999 itself, and an X."""
    assert check_digit("11010519491231002") == "X"
    assert check_digit("44052418800101001") == "4"


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("37029919620305302", "应为 18 位，现在是 17 位"),
        ("", "现在是 0 位"),
        ("37029919620305302XX", "现在是 19 位"),
        ("37029919620305302A", "末位为数字或 X"),
        ("3702991962O3053027", "前 17 位应为数字"),
        ("370299196202303021", "19620230 不存在"),
        ("370299186002033021", "18600203 不存在"),
        ("٣٧٠٢٩٩١٩٦٢٠٣٠٥٣٠٢٧", "前 17 位应为数字"),
        ("370***********3027", "前 17 位应为数字"),
    ],
)
def test_wrong_numbers_are_told_apart(number: str, said: str) -> None:
    """Length, shape, date and check digit each have their sentence."""
    problem = id_number_problem(number)
    assert problem is not None
    assert said in problem


def test_a_birth_in_the_future_is_none() -> None:
    """Where the caller says what today is."""
    number = id_number(random.Random(1), date(2030, 1, 1), "1")
    assert id_number_problem(number) is None
    assert id_number_problem(number, date(2026, 3, 5)) == "公民身份号码中的出生日期 20300101 不存在。"


@pytest.mark.parametrize(
    "raw", [370299196203053027, 370299196203053027.0, 1e17, "3.70299E+17", "3.70299196203053E17", "３.7E+17"]
)
def test_a_number_that_lost_digits_is_refused_never_repaired(raw: object) -> None:
    """Excel keeps fifteen digits of a number; the last three are gone."""
    with pytest.raises(FieldError, match="第 15 位以后已经丢失"):
        ID.parse(raw)


@pytest.mark.parametrize(
    "typed",
    [
        "11010519491231002x",
        " 110105 19491231 002X",
        "'11010519491231002X",
        "11010519491231002Ｘ",
        "11010519491231002ⅹ",
        "11010519491231002×",
        "１１０１０５１９４９１２３１００２Ｘ",
        "\u202d11010519491231002X\u202c",
    ],
)
def test_a_number_survives_how_it_was_typed(typed: str) -> None:
    """Small x, roman ten, a multiplication sign, blanks, marks nobody sees."""
    assert ID.parse(typed) == "11010519491231002X"


# Phones ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (13812345678.0, "13812345678"),
        ("138 1234 5678", "13812345678"),
        ("138-1234-5678", "13812345678"),
        ("138－1234－5678", "13812345678"),
        ("+86 138 1234 5678", "13812345678"),
        ("86-13812345678", "13812345678"),
        ("0086 13812345678", "13812345678"),
        ("0532 88881234", "053288881234"),
        ("0532-8888 1234", "0532-88881234"),
        ("(0532)88881234", "(0532)88881234"),
        ("13812345678、13912345678", "13812345678、13912345678"),
        ("13812345678 13912345678", "13812345678、13912345678"),
        ("13812345678 0532-88881234", "13812345678、0532-88881234"),
        ("13812345678\n13912345678", "13812345678、13912345678"),
        ("88881234转8001", "88881234转8001"),
        ("'13812345678", "13812345678"),
        ("13812345678.0", "13812345678"),
    ],
)
def test_phones_are_read(raw: object, value: str) -> None:
    """One or several, however they are spaced."""
    assert PHONE.parse(raw) == value
    assert PHONE.problem(value) is None
    assert PHONE.parse(value) == value


@given(st.lists(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), min_size=1, max_size=4, unique=True))
def test_phones_read_back_what_they_show(numbers: list[str]) -> None:
    """However many."""
    for separator in ("、", "，", "/", " ", "\n", ";"):
        value = PHONE.parse(separator.join(numbers))
        assert value == "、".join(numbers)
        assert PHONE.parse(PHONE.format(value)) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1381234567", "应为 11 位，现在是 10 位"),
        ("138123456789", "现在是 12 位"),
        ("123", "应为电话号码"),
        ("儿子的", "应为电话号码"),
    ],
)
def test_wrong_phones(text: str, said: str) -> None:
    """A mobile has eleven digits, and no phone has four."""
    problem = PHONE.problem(PHONE.parse(text))
    assert problem is not None
    assert said in problem


# Masks -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张*"),
        ("王𠅤", "王*"),
        ("李小明", "李**"),
        ("欧阳修文", "欧阳**"),
        ("欧阳", "欧*"),
        ("𠅤三", "𠅤*"),
        ("张", "张*"),
        ("", ""),
        ("古丽娜尔·艾合买提", "古***·**"),
        ("诸葛亮", "诸葛*"),
    ],
)
def test_names_are_masked(name: str, masked: str) -> None:
    """The family name stays; one beyond the BMP is one character."""
    assert masks.mask_name(name) == masked


@given(st.text(st.sampled_from("张王李赵欧阳诸葛𠅤㛃三四五·"), min_size=2, max_size=8))
def test_a_masked_name_never_shows_the_given_name(name: str) -> None:
    """At least one character of every name is hidden."""
    masked = masks.mask_name(name)
    assert masked != name
    assert "*" in masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("13812345678", "138****5678"),
        ("13812345678、13912345678", "138****5678、139****5678"),
        ("0532-88881234", "0532-******34"),
        ("88881234转8001", "******34转8001"),
        ("053288881234", "**********34"),
        ("1234", "1234"),
    ],
)
def test_phones_are_masked(text: str, masked: str) -> None:
    """Each of several."""
    assert masks.mask_phone(text) == masked


@given(DAYS, st.integers(0, 2**32))
def test_id_numbers_are_masked(day: date, seed: int) -> None:
    """No birthday is left, in the field as in a remark."""
    number = id_number(random.Random(seed), day, "1")
    assert masks.mask_id_number(number) == f"{number[:3]}***********{number[-4:]}"
    for text in (f"身份证{number}，已核", number.lower()):
        assert f"{day:%Y%m%d}" not in masks.mask_numbers_in_text(text)


@pytest.mark.parametrize(
    "text", ["12345678901234567", "37029919620305302", "370299620305302", "E12345678", "12", "3702991962030530270"]
)
def test_numbers_that_are_no_id_number_are_masked_too(text: str) -> None:
    """A wrong number says as much about its owner as a right one."""
    assert masks.mask_id_number(text).count("*") >= 3


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("阳光小区3号楼2单元501", "阳光小区3号楼**"),
        ("A座1201", "A座**"),
        ("3栋501", "3栋**"),
        ("香港中路10号", "香港中路10**"),
        ("五四广场", "五四广场**"),
        ("楼道3号楼门口", "楼道3号楼**"),
    ],
)
def test_addresses_end_at_the_building(text: str, masked: str) -> None:
    """Unit and room are gone."""
    assert masks.mask_address(text) == masked


def test_who_sees_what() -> None:
    """Sensitive fields are masked even at work, personal ones in lists, open ones never; UNMASKED masks nothing."""
    open_, personal, secret = (Text("a", "甲", sensitivity=Sensitivity(level)) for level in (0, 2, 3))
    text = "电话13812345678"
    assert [field.show(text, Purpose.WORK) for field in (open_, personal, secret)] == [text, text, "***"]
    assert [field.show(text, Purpose.LIST) for field in (open_, personal, secret)] == [text, "电话138****5678", "***"]
    assert [field.show(text, Purpose.UNMASKED) for field in (open_, personal, secret)] == [text, text, text]


def test_required_follows_the_profile() -> None:
    """The later in a record's life, the more is asked."""
    field = Text("a", "甲", required=Profile.IMPORT)
    assert [field.is_required(profile) for profile in Profile] == [False, False, True, True]
