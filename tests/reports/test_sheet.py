"""The printed sheet: everything put in can be read out again, and the frame is what an office expects."""

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridworker.errors import BugError, Cancelled
from gridworker.paths import resource
from gridworker.reports.cidfont import load_face
from gridworker.reports.preview import render_page
from gridworker.reports.sheet import print_sheet, render_sheet, render_sheet_bytes
from gridworker.reports.text import clean

RARE = "㛃𠅤䶮𬭚𫖯𰻝堃喆昇玥淼犇翀𤭢"
NOTE = "反映楼道照明损坏（3单元2层），已转物业；联系电话138****1234，“高龄津贴”已办理——家属满意……"


def squeezed(text: str) -> str:
    """The text without white space, which layout is free to change."""
    return re.sub(r"\s", "", text)


def body_of(pages: list[str]) -> str:
    """The cells of all pages in order: without titles, headings, page numbers and signatures."""
    text = "".join(squeezed(page) for page in pages)
    heading = "走访情况序号姓名住址情况处理结果"
    for frame in (
        "内部资料测试社区走访台账2026年3月填报单位：测试街道测试社区填报人：甲填报日期：2026年3月31日",
        "测试社区走访台账2026年3月内部资料",
        heading,
        "制表人：审核人：负责人（签字）：年月日",
    ):
        text = text.replace(frame, "")
    return re.sub(r"第\d+页共\d+页", "", text)


def rows_of(count: int) -> list[tuple[str, ...]]:
    """Rows that differ, rare names among them."""
    return [
        (str(i), "王" + RARE[i % len(RARE)], f"幸福里{i // 7 + 1}号楼{i % 6 + 1}单元", NOTE[: i * 7 % 60], f"{i}.50")
        for i in range(1, count + 1)
    ]


def test_every_cell_is_read_back(sheet_of, text_of) -> None:
    """`pdftotext` gives every cell as it was put in, in order, characters beyond the BMP included."""
    rows = rows_of(120)
    data, report = render_sheet(sheet_of(rows))
    pages = text_of(data)
    assert body_of(pages) == squeezed("".join("".join(row) for row in rows))
    assert (report.pages, report.rows, report.missing_characters) == (len(pages), 120, ())
    assert [re.search(r"第 ?\d+ ?页 ?共 ?\d+ ?页", page) is not None for page in pages] == [True] * len(pages)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.text(st.characters(min_codepoint=0x20, categories=["Lo", "Nd", "Po", "Ps", "Pe"]), max_size=40),
        min_size=1,
        max_size=4,
    )
)
def test_any_text_is_read_back_or_named(sheet_of, text_of, texts: list[str]) -> None:
    """What no font draws is named in the report, and even that is right when copied out."""
    left_to_right = [
        "".join(
            c
            for c in text
            if unicodedata.bidirectional(c) not in {"R", "AL", "AN"}
            and not unicodedata.combining(c)
            and unicodedata.normalize("NFKC", c) == c
        )
        for text in texts
    ]
    data, _ = render_sheet(sheet_of([("1", "", "", text, "") for text in left_to_right]))
    read = squeezed("".join(text_of(data)))
    for text in left_to_right:
        assert squeezed(clean(text)) in read.replace("走访情况序号姓名住址情况处理结果", "")


def test_a_character_that_shares_its_glyph_keeps_its_own_code(sheet_of, text_of) -> None:
    """户 and the radical ⼾ look alike and stay apart."""
    assert "户⼾户" in squeezed("".join(text_of(render_sheet_bytes(sheet_of([("1", "户⼾户", "", "", "")])))))


def test_characters_that_share_a_glyph_do_not_shift_the_others(sheet_of) -> None:
    """The picture is the same whichever of two characters with one glyph is written."""
    glyphs = load_face(resource("fonts", "NotoSerifSC-Regular.ttf")).charToGlyph
    radicals = {chr(c): unicodedata.normalize("NFKC", chr(c)) for c in range(0x2F00, 0x2FD6)}
    twin, usual = next((a, b) for a, b in radicals.items() if ord(a) in glyphs and glyphs[ord(a)] == glyphs[ord(b)])
    pictures = [
        render_page(render_sheet_bytes(sheet_of([("1", f"{usual}{second}龘靐齉", "", "", "")])), 0, 96)
        for second in (usual, twin)
    ]
    assert pictures[0] == pictures[1]


def test_a_character_no_font_draws_is_named(sheet_of, text_of) -> None:
    """A box on paper is never silent, and the text below it is still the right one."""
    data, report = render_sheet(sheet_of([("1", "王\U0002fa1d\U00013000", "", "", "")]))
    assert "\U00013000" in report.missing_characters
    assert "\U00013000" in "".join(text_of(data))


def test_only_embedded_subsets(sheet_of) -> None:
    """Every font is embedded, none is the unembedded Helvetica, and a small sheet is a small file."""
    data = render_sheet_bytes(sheet_of(rows_of(10)))
    assert b"Helvetica" not in data
    assert data.count(b"/FontFile2") == data.count(b"/CIDFontType2") > 0
    assert len(data) < 400_000


def test_an_empty_month_says_so(sheet_of, text_of) -> None:
    """A month without visits prints a whole sheet: title, heading, the sentence, signatures, page 1 of 1."""
    (page,) = text_of(render_sheet_bytes(sheet_of([], empty_text="本月无走访记录")))
    for words in ("测试社区走访台账", "序号", "本月无走访记录", "制表人", "第1页共1页"):
        assert words in squeezed(page)


def test_a_note_taller_than_a_page_goes_on(sheet_of, text_of) -> None:
    """A very long cell runs over as many pages as it needs, every character once, and its row says that it goes on."""
    note = "".join(chr(0x4E00 + i) for i in range(3000))
    rows = [("1", "甲", "东里", "短", ""), ("2", "乙", "西里", note, "转台账"), ("3", "丙", "南里", "短", "")]
    data, report = render_sheet(sheet_of(rows))
    pages = text_of(data)
    assert report.pages == len(pages) > 2
    assert body_of(pages).replace("2（续）", "") == squeezed("".join("".join(row) for row in rows)).replace(
        note + "转台账",
        "".join(_interleaved(body_of(pages), note, "转台账")),
    )
    assert all("2（续）" in squeezed(page) for page in pages[1:3])


def _interleaved(text: str, note: str, other: str) -> list[str]:
    """The note with the neighbouring cell wherever the page drew it: once, inside or after the note."""
    assert text.count(other) == 1
    without = text.replace(other, "").replace("2（续）", "")
    assert note in without
    start = without.index(note)
    plain = text.replace("2（续）", "")
    return [plain[start : start + len(note) + len(other)]]


def test_a_tall_row_alone_ends(sheet_of) -> None:
    """Nothing loops when every cell of every row is taller than a page."""
    tall = "户" * 4000
    _, report = render_sheet(sheet_of([(tall, tall, tall, tall, tall)] * 2))
    assert report.pages > 10


def test_a_household_over_pages_is_repeated(sheet_of, text_of) -> None:
    """A merged cell stands once on a page, and again on the next one with （续）."""
    rows = [(str(i), f"户{i // 30}", "", f"第{i}次", "") for i in range(60)]
    pages = text_of(render_sheet_bytes(sheet_of(rows, merge_keys=("name",))))
    assert len(pages) > 2
    text = squeezed("".join(pages))
    assert text.replace("户0（续）", "").count("户0") == 1
    assert "户0（续）" in text or "户1（续）" in text
    for page in pages[1:]:
        assert squeezed(page).count("（续）") <= 1
    assert [f"第{i}次" in text for i in range(60)] == [True] * 60


def test_rows_without_a_group_are_not_merged(sheet_of, text_of) -> None:
    """An empty key groups nothing; equal inner keys under different outer keys stay apart."""
    cells = [("", "东里"), ("", "东里"), ("甲", "西里"), ("乙", "西里")]
    rows = [(str(number), name, address, "", "") for number, (name, address) in enumerate(cells, 1)]
    (page,) = text_of(render_sheet_bytes(sheet_of(rows, merge_keys=("name", "address"))))
    assert (page.count("东里"), page.count("西里")) == (2, 2)


def test_headings_repeat_in_two_levels(sheet_of, text_of) -> None:
    """Every page has the whole heading, groups above their columns."""
    for page in text_of(render_sheet_bytes(sheet_of(rows_of(120)))):
        assert squeezed(page).count("走访情况序号姓名住址情况处理结果") == 1


@pytest.mark.parametrize("paper", ["A4", "A3"])
def test_nothing_is_drawn_in_the_margins(sheet_of, paper: str) -> None:
    """The outer five millimetres, which printers cannot reach, stay white however long the frame's words are."""
    words = {"title": "很长的标题" * 20, "unit": "很长的单位名称" * 12, "reporter": "甲、乙、丙" * 6}
    sheet = sheet_of(rows_of(60), paper=paper, **words)
    width, height, pixels = render_page(render_sheet_bytes(sheet), 0, 72)
    edge = 14
    rows = [pixels[y * width * 4 : (y + 1) * width * 4] for y in range(height)]
    white = b"\xff\xff\xff\xff"
    for row in rows[:edge] + rows[-edge:]:
        assert row == white * width
    for row in rows:
        assert row[: edge * 4] + row[-edge * 4 :] == white * edge * 2


def test_the_same_sheet_twice_at_once(sheet_of, text_of) -> None:
    """Two documents in one process do not mix their fonts."""
    first, second = sheet_of(rows_of(8)), sheet_of([("1", "龘靐齉", "", "", "")])
    texts = ["".join(text_of(render_sheet_bytes(sheet))) for sheet in (first, second, first)]
    assert texts[0] == texts[2]
    assert "龘靐齉" in texts[1]


def test_stopping_leaves_no_file(sheet_of, tmp_path: Path) -> None:
    """A stopped print writes nothing."""
    with pytest.raises(Cancelled):
        print_sheet(sheet_of(rows_of(50)), tmp_path / "a.pdf", cancelled=lambda: True)
    assert list(tmp_path.iterdir()) == []


def test_progress_counts_to_the_end(sheet_of, tmp_path: Path) -> None:
    """Progress never runs backwards within a step and ends complete."""
    told: list[tuple[int, int, str]] = []
    print_sheet(sheet_of(rows_of(50)), tmp_path / "a.pdf", progress=lambda *step: told.append(step))
    assert told[-1][0] == told[-1][1] > 0
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("more", [{"merge_keys": ("nothing",)}, {"columns": ()}])
def test_a_malformed_sheet_is_our_fault(sheet_of, more: dict[str, object]) -> None:
    """A layout's mistake is told as a bug, before anything is made."""
    with pytest.raises(BugError):
        render_sheet(sheet_of([("1", "", "", "", "")], **more))
    with pytest.raises(BugError):
        render_sheet(sheet_of([("1",)]))
