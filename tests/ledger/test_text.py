"""Cleaning loses nothing that means something, and everything that means nothing."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridworker.ledger.text import clean_line, clean_name, clean_number, clean_text, is_han

RARE = "㛃𬭚䶮𠅤𫖯堃喆翀玥㐂𰻝"
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
MOVED = (
    ("A6D9", "\ufe10"),
    ("A6DA", "\ufe12"),
    ("A6DB", "\ufe11"),
    ("A6DC", "\ufe13"),
    ("A6DD", "\ufe14"),
    ("A6DE", "\ufe15"),
    ("A6DF", "\ufe16"),
    ("A6EC", "\ufe17"),
    ("A6ED", "\ufe18"),
    ("A6F3", "\ufe19"),
    ("FE59", "\u9fb4"),
    ("FE61", "\u9fb5"),
    ("FE66", "\u9fb6"),
    ("FE67", "\u9fb7"),
    ("FE6D", "\u9fb8"),
    ("FE7E", "\u9fb9"),
    ("FE90", "\u9fba"),
    ("FEA0", "\u9fbb"),
)


@pytest.mark.parametrize("clean", [clean_text, clean_line, clean_number, clean_name])
@given(text=ANY_TEXT)
def test_cleaning_twice_changes_nothing_more(clean, text: str) -> None:
    """What was cleaned once is clean."""
    once = clean(text)
    assert clean(once) == once


@given(
    st.text(
        st.characters(min_codepoint=0x3400, max_codepoint=0x9FFF)
        | st.sampled_from(RARE)
        | st.characters(min_codepoint=0xF900, max_codepoint=0xFA6D)
    )
)
def test_han_characters_are_never_changed(text: str) -> None:
    """Rare ones, those beyond the BMP and compatibility ideographs in names stay as they are."""
    assert clean_text(text) == text
    assert clean_line(text) == text
    assert clean_name(text) == text


@given(ANY_TEXT)
def test_the_short_way_for_clean_text_is_no_other_way(text: str) -> None:
    """A mark nobody sees sends a text the long way round, to the same end."""
    assert clean_text(text) == clean_text(f"\u2060{text}\u2060")


@given(ANY_TEXT)
def test_no_edge_is_blank_and_no_line_break_is_lost(text: str) -> None:
    """Blank edges go, line breaks inside stay as one kind."""
    cleaned = clean_text(text)
    assert cleaned == cleaned.strip()
    assert "\r" not in cleaned
    assert "\n" not in clean_line(text)


@pytest.mark.parametrize(("code", "character"), MOVED)
def test_characters_moved_by_gb18030_2022(code: str, character: str) -> None:
    """Python's codec still gives the private points; what is kept is the real character."""
    assert clean_text(f"字{bytes.fromhex(code).decode('gb18030')}字") == f"字{character}字"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  张三　", "张三"),
        ("a\u00a0\u00a0b", "a b"),
        ("a\t b", "a b"),
        ("第一行 \r\n　第二行\r第三行", "第一行\n第二行\n第三行"),
        ("\ufeff张\u200b三\u200d", "张三"),
        ("\u202d138\u202c", "138"),
        ("张\x00三\x07", "张三"),
        ("①㎡“”，。", "①㎡“”，。"),
        ("e\u0301", "é"),
        ("\u1112\u1161\u11ab", "한"),
        ("⼈⼭", "人山"),
        ("⼾主", "户主"),
    ],
)
def test_clean_text(text: str, cleaned: str) -> None:
    """Blanks of every kind, marks nobody sees, what a Mac or a PDF makes of text."""
    assert clean_text(text) == cleaned


def test_variation_sequences_stay() -> None:
    """A selector says which shape of a character a name is written in."""
    assert clean_name("葛\U000e0100") == "葛\U000e0100"


def test_narrow_digits_and_letters_but_chinese_punctuation() -> None:
    """Wide digits and letters become narrow; what is Chinese punctuation stays."""
    assert clean_line("ＡＢｃ１２３，（甲）") == "ABc123，（甲）"
    assert clean_number(" ０５３２－８８８８ １２３４ ") == "0532-88881234"
    assert clean_number("3＃2／501") == "3#2/501"


@pytest.mark.parametrize("dot", "•．‧∙⋅・･●·\u0387")
def test_every_dot_of_a_name_becomes_the_middle_dot(dot: str) -> None:
    """民委发〔2016〕33号 allows U+00B7 alone."""
    assert clean_name(f"古丽娜尔 {dot} 艾合买提") == "古丽娜尔\u00b7艾合买提"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("买买提.艾力", "买买提·艾力"),
        ("张 三 丰", "张三丰"),
        ("欧阳　𠅤", "欧阳𠅤"),
        ("John  Smith", "John Smith"),
        ("J. Smith", "J. Smith"),
        ("王Anna Maria", "王Anna Maria"),
    ],
)
def test_clean_name(text: str, name: str) -> None:
    """Blanks between Han characters go, between Latin words they stay."""
    assert clean_name(text) == name


@given(st.characters(exclude_categories=["Cs"]))
def test_is_han_agrees_with_unicode_names(character: str) -> None:
    """Every character Unicode calls an ideograph is one, and 〇; signs and kana are none."""
    name = unicodedata.name(character, "")
    if name.startswith(("CJK UNIFIED IDEOGRAPH", "CJK COMPATIBILITY IDEOGRAPH")):
        assert is_han(character)
    if character.isascii() or name.startswith(("HIRAGANA", "KATAKANA", "IDEOGRAPHIC FULL")):
        assert not is_han(character)
    assert is_han("〇")
