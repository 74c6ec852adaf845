"""Where lines of Chinese text break."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridworker.reports.kinsoku import wrap, wrap_balanced

# What GB/T 15834 forbids, written down a second time: the test does not ask the code what is right.
NO_START = set("，。、；：？！”’）》〉】」』℃%·,.;:?!)")
NO_END = set("“‘（《〈【「『￥(")


class Halves:
    """ASCII is half as wide as the rest, as in a Song face; an em is 2."""

    def __getitem__(self, code_point: int, /) -> float:
        return 1.0 if code_point < 0x2E80 and chr(code_point) not in "“”‘’…—" else 2.0


WIDTHS = Halves()
WORD = re.compile("[a-z0-9]+")


def width(text: str) -> float:
    """The advance of a text."""
    return sum(WIDTHS[ord(c)] for c in text)


anything = st.text(alphabet="网格员走访户“”（）《》，。；：！？、…—·￥$%℃ab1 2-/,.()[]\n", max_size=120)
han = st.sampled_from("网格员走访居民户情况登记")
closed = st.builds(lambda a, b: a + b, han, st.sampled_from("，。；：？！、"))
quoted = st.builds(lambda a, b: f"“{a}{b}”", han, han)
bracketed = st.builds(lambda a: f"（{a}）", han)
word = st.from_regex(r"[a-z0-9]{1,4}", fullmatch=True).map(lambda w: f" {w} ")
paired = st.sampled_from(["户——户", "户……户"])
prose = st.lists(st.one_of(han, closed, quoted, bracketed, word, paired), max_size=40).map("".join)


@given(anything, st.integers(2, 60))
def test_nothing_is_lost_and_nothing_runs_over(text: str, limit: int) -> None:
    """Lines hold every character but spaces at breaks, in order, and none is wider than the limit."""
    lines = wrap(text, WIDTHS, limit)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "").replace("\n", "")
    assert all(width(line) <= limit for line in lines)


@given(prose, st.integers(12, 60))
def test_no_line_begins_or_ends_with_a_forbidden_mark(text: str, limit: int) -> None:
    """In ordinary prose no closing mark begins a line and no opening mark ends one."""
    lines = wrap(text, WIDTHS, limit)
    assert not [line for line in lines[1:] if line[:1] in NO_START and line]
    assert not [line for line in lines[:-1] if line[-1:] in NO_END and line]


@given(prose, st.integers(12, 60))
def test_words_and_dashes_stay_whole(text: str, limit: int) -> None:
    """A word a line can hold is never torn, nor are 破折号 and 省略号."""
    lines = wrap(text, WIDTHS, limit)
    assert [whole for line in lines for whole in WORD.findall(line)] == WORD.findall(text)
    assert not [line for line in lines if line.count("—") % 2 or line.count("…") % 2]


@pytest.mark.parametrize(
    ("text", "limit", "lines"),
    [
        ("走访登记，完成", 8, ("走访登", "记，完成")),
        ("走访“居民”户", 6, ("走访", "“居", "民”户")),
        ("电话13800001234请记", 14, ("电话", "13800001234请", "记")),
        ("13800001234567", 6, ("138000", "012345", "67")),
        ("2026-03-05 14:30", 10, ("2026-03-05", "14:30")),
        ("abc/defghij", 8, ("abc/", "defghij")),
        ("！！！！", 4, ("！！", "！！")),
        ("户", 1, ("户",)),
        ("", 10, ("",)),
        ("一\n\n二", 10, ("一", "", "二")),
    ],
)
def test_breaks(text: str, limit: int, lines: tuple[str, ...]) -> None:
    """Breaks fall where a compositor would put them; impossible wishes still end."""
    assert wrap(text, WIDTHS, limit) == lines


@given(prose, st.integers(12, 60))
def test_balanced_lines_are_as_many_and_tear_no_word(text: str, limit: int) -> None:
    """Evening out costs no line and no word."""
    lines, even = wrap(text, WIDTHS, limit), wrap_balanced(text, WIDTHS, limit, 1.0)
    assert len(even) == len(lines)
    assert max(map(width, even)) <= limit
    assert [whole for line in even for whole in WORD.findall(line)] == WORD.findall(text)


def test_headings_break_in_the_middle() -> None:
    """处理/结果 rather than 处理结/果; a date stays whole."""
    assert wrap_balanced("处理结果", WIDTHS, 6, 1.0) == ("处理", "结果")
    assert wrap_balanced("2026-03-05 14:30", WIDTHS, 12, 1.0) == ("2026-03-05", "14:30")
