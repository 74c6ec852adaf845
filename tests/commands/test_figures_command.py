"""Figures from the command line: by area and period, the records behind, and the report as workbook and PDF."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import openpyxl
import pypdfium2
import pytest

from gridworker.cli import main
from gridworker.operations import session as sessions
from gridworker.operations.save import save

PASSPHRASE = "四个 不相干 的词 连起来"
GRID = "370211005001001"
Run = Callable[..., tuple[str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """A home with two households, one of them visited this month, and an overdue hazard; gives output and error."""
    made = tmp_path / "家"
    session, _code = sessions.start(made, PASSPHRASE, name="甲", grid_code=GRID, place_name="第一网格")
    today = session.today()
    for room in ("501", "502"):
        home = save(session, "household", {"compound_name": "海棠苑", "building_no": "3", "room_no": room}).record
        save(session, "person", {"household_id": home.id, "name": "张丽", "sex_code": "2", "relation_code": "02",
             "population_type": "户籍"})  # fmt: skip
    save(session, "visit", {"household_id": home.id, "visited_at": today.isoformat(), "visit_mode": "上门",
         "visit_purpose": "日常走访", "met": "是", "hazard_found": "否", "outcome": "无"})  # fmt: skip
    hazard = save(session, "hazard", {
        "found_at": today.isoformat(), "place": "楼道", "place_type": "楼栋", "hazard_type": "消防通道",
        "description": "堆物", "hazard_level": "一般", "household_id": home.id, "fixed_on_site": "否",
    }).record  # fmt: skip
    late = hazard.with_values({"due_on": (today - timedelta(days=3)).isoformat()}, status="rectifying")
    session.store.write(lambda tx: tx.put(late))
    session.close()
    monkeypatch.setenv("GRIDWORKER_PASSPHRASE", PASSPHRASE)

    def command(*words: str, status: int = 0) -> tuple[str, str]:
        assert main([*words, "--home", str(made)]) == status
        printed = capsys.readouterr()
        return printed.out, printed.err

    return command


def test_the_figures_of_this_month_and_the_records_behind_them(run: Run) -> None:
    """As text and as JSON; what is missing can be listed by the figure's Chinese name."""
    out, _err = run("figures")
    assert out.startswith(f"第一网格（{GRID}）　")
    assert "\n  入户率　50.00 %（1/2）\n" in out
    assert "满意率　—（0/0）　有效回访 0，未评价 0" in out
    facts = [json.loads(line) for line in run("figures", "--json")[0].splitlines()]
    (met,) = [one for one in facts if one["key"] == "visit_coverage_rate"]
    assert (met["numerator"], met["denominator"], met["value"], met["area"]) == (1, 2, "50.00", GRID)
    (rate,) = [one for one in facts if one["key"] == "closure_rate"]
    assert (rate["value"], rate["shown"]) == (None, "—")
    out, _err = run("figures", "rows", "入户率", "--part", "missing")
    assert "501" in out
    assert out.endswith("共 1 条。\n")
    (row,) = [
        json.loads(line) for line in run("figures", "rows", "入户率", "--part=numerator", "--json")[0].splitlines()
    ]
    assert row["room_no"] == "502"


def test_levels_areas_and_periods_are_chosen_by_options(run: Run) -> None:
    """The community of which she holds one grid is named and said to be a part."""
    out, _err = run("figures", "--level", "community")
    assert out.startswith("丁家河社区居民委员会（370211005001）　")
    assert "只统计了您负责的部分" in out
    out, _err = run("figures", "--year", "2019", "--area", GRID)
    assert "2019年\n" in out
    assert "这段时间没有登记过任何记录。" in out
    assert run("figures", "rows", "visit_coverage_rate", "--quarter", "2019Q4")[0].endswith("共 2 条。\n")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("figures", "--month", "2199-01"), "还没有到"),
        (("figures", "--month", "十月"), "写法不对"),
        (("figures", "--level", "village"), "没有“village”这一级"),
        (("figures", "--area", "12"), "不在您负责的范围内"),
        (("figures", "--area", "青岛"), "不是网格编码"),
        (("figures", "--area", "370202001001001"), "不在您负责的范围内"),
        (("figures", "rows", "nothing"), "没有“nothing”这个指标"),
        (("figures", "--xlsx", "report.csv"), "只能存为 .xlsx"),
        (("figures", "--xlsx", "/nowhere/at/all/report.xlsx"), "文件夹不存在"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_a_sentence(run: Run, words: tuple[str, ...], says: str) -> None:
    """Future, nonsense, and areas of others: a sentence and nothing else."""
    out, err = run(*words, status=1)
    assert out == ""
    assert says in err
    assert "Traceback" not in err


def test_two_periods_at_once_are_wrong_usage(run: Run) -> None:
    """A month and a year."""
    with pytest.raises(SystemExit):
        run("figures", "--month", "2026-01", "--year", "2026")


def test_the_report_names_no_resident_and_holds_counts_figures_and_what_is_overdue(run: Run, tmp_path: Path) -> None:
    """Workbook and PDF: numbers are numbers, a rate over nothing a dash, the late hazard by number and place."""
    book, paper = tmp_path / "月报.xlsx", tmp_path / "月报.pdf"
    run("figures", "--xlsx", str(book), "--pdf", str(paper))
    sheets = {sheet.title: [[cell.value for cell in row] for row in sheet] for sheet in openpyxl.load_workbook(book)}
    assert list(sheets) == ["指标", "台账数量", "逾期事项"]
    rates = {row[1]: row for row in sheets["指标"][2:]}
    assert rates["入户率"][2:5] == [1, 2, "50.00 %"]
    assert rates["满意率"][4:7] == ["—", 0, 0]
    assert ["住户", 2, "现有"] in sheets["台账数量"]
    assert ["走访", 1, "本期登记"] in sheets["台账数量"]
    hazard = next(row for row in sheets["逾期事项"] if row[0] == "隐患")
    assert hazard[1].startswith("YH3702110050")
    assert (hazard[2], hazard[4]) == ("海棠苑 3号楼 502", 3)
    text = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(paper))
    assert "50.00 %" in text
    assert "张丽" not in text + str(sheets)


def test_a_report_leaves_a_trace(run: Run, tmp_path: Path) -> None:
    """What left the ledger stands in its audit."""
    run("figures", "--xlsx", str(tmp_path / "月报.xlsx"))
    session = sessions.unlock(tmp_path / "家", PASSPHRASE)
    with session.store.read() as tx:
        (detail,) = tx.sql("SELECT detail FROM audit WHERE verb='export'")[0]
    session.close()
    assert json.loads(detail)["report"] == "figures"
