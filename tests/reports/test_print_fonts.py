"""Which font files print, and what is said of those that cannot."""

import struct
from pathlib import Path

import pytest

from gridworker.errors import KnownError
from gridworker.paths import resource
from gridworker.reports import fonts
from gridworker.reports.cidfont import load_face
from gridworker.reports.fonts import find_fonts, outline_problem

SERIF = resource("fonts", "NotoSerifSC-Regular.ttf")


def font_file(path: Path, *tables: str, signature: bytes = b"\0\1\0\0") -> Path:
    """A file with a font's table directory and nothing else."""
    head = signature + struct.pack(">HHHH", len(tables), 0, 0, 0)
    path.write_bytes(head + b"".join(tag.encode() + bytes(12) for tag in tables))
    return path


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Leave a machine without fonts of the program and of the system; give a folder for the person's own."""
    monkeypatch.setattr(fonts, "resource", lambda *_: tmp_path / "none")
    monkeypatch.setattr(fonts, "_system_fonts", dict)
    folder = tmp_path / "fonts"
    folder.mkdir()
    return folder


def test_the_programs_fonts_serve_every_role() -> None:
    """With the fetched fonts every role is served by them, and it is said so."""
    book = find_fonts()
    assert {chosen.source for chosen in book.roles.values()} == {"随程序"}
    assert book.describe()[0] == "标题：思源宋体 粗（随程序）"
    assert book.chain("title")[0].path.name == "NotoSerifSC-Bold.ttf"
    assert "LXGWWenKai-Regular.ttf" in [file.path.name for file in book.chain("song")]


def test_no_font_at_all_is_told(bare: Path) -> None:
    """Without any Chinese font the person hears what to do."""
    with pytest.raises(KnownError, match="没有可用于打印的中文字体"):
        find_fonts(bare)


def test_the_persons_font_stands_in(bare: Path) -> None:
    """A font in the person's folder serves every role it is known for, and the fallback."""
    (bare / "SimSun.ttc").symlink_to(SERIF)
    book = find_fonts(bare)
    assert book.describe()[0] == "标题：宋体（用户字体）"


def test_official_faces_come_first_when_asked_for(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """仿宋 is used where installed, but only when the person prefers it to the program's own faces."""
    monkeypatch.setattr(fonts, "resource", resource)
    (bare / "simfang.ttf").symlink_to(SERIF)
    assert find_fonts(bare).roles["fang"].source == "随程序"
    assert find_fonts(bare, official=True).roles["fang"].name == "仿宋"


def test_unknown_fonts_of_the_person_are_fallbacks(bare: Path) -> None:
    """Any usable file she adds is tried for rare characters; an unusable one is named with its reason."""
    (bare / "simsun.ttc").symlink_to(SERIF)
    (bare / "MyRare.ttf").symlink_to(SERIF)
    font_file(bare / "outline.otf", "CFF ", "cmap", signature=b"OTTO")
    book = find_fonts(bare)
    assert "MyRare" in [file.name for file in book.chain("song")]
    assert [("outline.otf" in line, "CFF" in line) for line in book.refused] == [(True, True)]


def test_outline_problems(tmp_path: Path) -> None:
    """CFF, variable, torn and empty files are told apart; a good one has no problem."""
    assert outline_problem(SERIF) is None
    assert "CFF" in str(outline_problem(font_file(tmp_path / "a.otf", "CFF ", signature=b"OTTO")))
    assert "可变" in str(outline_problem(font_file(tmp_path / "b.ttf", "glyf", "fvar")))
    torn = tmp_path / "c.ttf"
    torn.write_bytes(SERIF.read_bytes()[:20])
    assert "损坏" in str(outline_problem(torn))
    (tmp_path / "d.ttf").write_bytes(b"")
    assert "损坏" in str(outline_problem(tmp_path / "d.ttf"))


def test_a_cff_font_is_refused_in_words(tmp_path: Path) -> None:
    """The refusal of reportlab reaches the person as a sentence."""
    with pytest.raises(KnownError, match="不能用于打印"):
        load_face(font_file(tmp_path / "cff.otf", "CFF ", signature=b"OTTO"))
