"""The command line against what people and pipes do to it."""

from __future__ import annotations

import errno
import io
import json
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from gridworker.cli import main

PASSPHRASE = "四个 不相干 的词 连起来"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home that was just set up."""
    folder = tmp_path / "家 里 🏠"
    monkeypatch.setenv("GRIDWORKER_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("GRIDWORKER_HOME", str(folder))
    assert run("init")[0] == 0
    return folder


def run(*words: str) -> tuple[int, str, str]:
    """Status, stdout and stderr of one command."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            status = main(words)
        except SystemExit as usage:
            status = int(usage.code or 0)
    return status, out.getvalue(), err.getvalue()


@pytest.mark.parametrize(
    ("lack", "said"),
    [
        (MemoryError(), "内存不够"),
        (OSError(errno.EMFILE, "x"), "不能再多打开文件"),
        (OSError(errno.ENOSPC, "x"), "磁盘满了"),
    ],
)
def test_what_the_machine_lacks_is_said_in_plain_words(
    home: Path, monkeypatch: pytest.MonkeyPatch, lack: Exception, said: str
) -> None:
    """Nobody is asked to report a line of code because her computer ran short of something."""

    def starve(*_given: object, **_more: object) -> None:
        raise lack

    monkeypatch.setattr("gridworker.operations.plan.day", starve)
    status, _out, told = run("due")
    assert status == 1
    assert said in told
    assert "已经保存的内容都在" in told
    assert "开发者" not in told


class _GoneReader(io.StringIO):
    """A pipe whose reader went away, as `| head` does."""

    def write(self, _text: str, /) -> int:
        raise BrokenPipeError


@pytest.mark.usefixtures("home")
def test_an_import_is_written_though_nobody_reads_its_report(tmp_path: Path) -> None:
    """`import … | head -1` of a sheet with many refused rows must not end as nothing, in silence."""
    sheet = tmp_path / "表.csv"
    sheet.write_text(
        "小区,楼栋,单元,房号,姓名,性别,与户主关系\n海棠苑,1,1,101,,男,子\n海棠苑,1,1,102,张三,男,户主\n", "utf-8"
    )
    with redirect_stdout(_GoneReader()), redirect_stderr(io.StringIO()):
        assert main(("import", "person", str(sheet))) == 0
    assert json.loads(run("status", "--json")[1])["records"]["person"] == 1


@pytest.mark.usefixtures("home")
def test_an_import_names_the_columns_it_did_not_use(tmp_path: Path) -> None:
    """What was recognised is seen before anything is written, and so is what was not."""
    sheet = tmp_path / "表.csv"
    sheet.write_text("小区,楼栋,单元,房号,姓名,性别,与户主关系,养犬数\n海棠苑,1,1,102,张三,男,户主,2\n", "utf-8")
    assert "这些列没有用到：养犬数。" in run("import", "person", str(sheet), "--dry-run")[1]
    summary = json.loads(run("import", "person", str(sheet), "--dry-run", "--json")[1].splitlines()[-1])
    assert summary["unused"] == ["养犬数"]
    assert "undo-import" in run("import", "person", str(sheet))[1]
    assert "undo-import" not in run("import", "person", str(sheet))[1], "nothing was written the second time"


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    "text",
    ['{"building_no":"1","room_no":1e400,"compound_name":"海"}', '{"a":NaN}', '{"compound_name":"\\ud800"}',
     "[" * 100_000, '{"floor":' + "9" * 5000 + "}", '{"a"', "[]"],
)  # fmt: skip
def test_json_that_no_record_can_hold_is_refused_in_a_sentence(text: str) -> None:
    """Numbers without end, halves of characters and towers of brackets are the typist's, not ours."""
    status, _out, err = run("save", "household", text)
    assert status == 1
    assert "JSON" in err
    assert "开发者" not in err


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    "words",
    [("list", "visit", "--limit", "-1"), ("list", "visit", "--limit", "9" * 30), ("search", "张", "--limit", "-5"),
     ("due", "--on", "0001-01-01"), ("due", "--on", "9999-12-31"), ("demo", "--on", "9999-12-31"),
     ("show", "\udcff\udcfe"), ("search", "张", "\udcff")],
)  # fmt: skip
def test_words_without_sense_are_wrong_usage(words: tuple[str, ...]) -> None:
    """Negative counts, days outside any ledger and bytes that are no text end as usage, not as a bug of ours."""
    assert run(*words)[0] == 2


def test_a_home_is_not_made_for_a_wrong_grid_or_an_empty_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is refused leaves nothing behind: a half-made home would have a recovery code nobody saw."""
    monkeypatch.setenv("GRIDWORKER_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("GRIDWORKER_HOME", str(tmp_path / "家"))
    status, _out, err = run("init", "--grid", "12")
    assert (status, "不是网格编码" in err) == (1, True)
    assert run("demo", "--households", "0")[0] == 1
    assert not (tmp_path / "家").exists()


@pytest.mark.usefixtures("home")
def test_a_save_that_changes_nothing_says_so() -> None:
    """No number is offered to undo what did not happen."""
    made = json.loads(
        run("save", "hazard", '{"place":"1号楼","description":"堆物","hazard_type":"消防通道"}', "--json")[1]
    )
    status, out, _err = run("save", "hazard", json.dumps({"id": made["id"], "status": "found", "description": "堆物"}))
    assert status == 0
    assert "没有改动，现在是“已发现”" in out
    assert "撤销编号" not in out
    assert run("save", "hazard", json.dumps({"id": made["id"], "status": "closed"}))[0] == 1


def test_a_file_named_in_bytes_that_are_no_text_is_told(home: Path) -> None:
    """Old archives unpack to names in GBK: such a file is read, and its name does not end the program."""
    assert home
    status, _out, err = run("import", "person", "/nowhere/\udcd7\udca1.xlsx")
    assert (status, "找不到" in err) == (1, True)
    assert sys.stdout is not None


def test_a_home_that_is_a_file_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence names what is wrong with the path, and the file stays."""
    monkeypatch.setenv("GRIDWORKER_PASSPHRASE", PASSPHRASE)
    file = tmp_path / "a"
    file.write_text("x", encoding="utf-8")
    for home in (file, file / "b"):
        status, _out, err = run("init", "--home", str(home))
        assert (status, "是一个文件" in err) == (1, True)
    assert file.read_text(encoding="utf-8") == "x"
