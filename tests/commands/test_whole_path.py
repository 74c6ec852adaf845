"""The first whole path by commands alone: a workbook, a visit, a search, a sheet, a server, a second laptop."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest

from gridworker.cli import main

ROOT = Path(__file__).parent.parent.parent
PASSPHRASE = "四个 不相干 的词 连起来"
GRID = "370202001001001"


@dataclass(frozen=True)
class Ended:
    """What a command printed."""

    stdout: str
    stderr: str


@dataclass(frozen=True)
class Laptop:
    """A home on disk and the command that works on it."""

    home: Path

    def run(self, *words: str, expect: int = 0, passphrase: str = PASSPHRASE) -> Ended:
        """Runs one command with this home."""
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as environment, redirect_stdout(out), redirect_stderr(err):
            environment.setenv("GRIDWORKER_PASSPHRASE", passphrase)
            environment.setenv("GRIDWORKER_HOME", str(self.home))
            try:
                status = main(words)
            except SystemExit as usage:
                status = int(usage.code or 0)
        assert status == expect, err.getvalue()
        return Ended(out.getvalue(), err.getvalue())

    def json(self, *words: str) -> list[dict[str, object]]:
        """The objects a command prints, one a line."""
        return [json.loads(line) for line in self.run(*words, "--json").stdout.splitlines()]


@pytest.fixture
def laptop(tmp_path: Path) -> Laptop:
    """A home that was just set up."""
    made = Laptop(tmp_path / "笔记本 一")
    made.run("init", "--name", "甲")
    return made


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Laptop, str]]:
    """A server on a free port of this machine, with one grid."""
    machine = Laptop(tmp_path / "server")
    environment = os.environ | {"GRIDWORKER_HOME": str(machine.home)}
    process = subprocess.Popen(
        [sys.executable, "-m", "gridworker", "serve", "--listen", "127.0.0.1:0"],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE,
        text=True, encoding="utf-8",
    )  # fmt: skip
    assert process.stdout is not None
    found = re.search(r"http://[\d.]+:\d+", process.stdout.readline())
    assert found
    machine.run("admin", "divisions", str(ROOT / "resources" / "divisions" / "qingdao.csv"))
    machine.run("admin", "grid", GRID, "第一网格")
    yield machine, found[0]
    process.terminate()
    process.wait(20)
    process.stdout.close()


def office_workbook(path: Path) -> None:
    """A sheet as offices fill it: title rows, a two-row head, merged households, a number that lost digits."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["海棠社区第一网格居民登记表"])
    sheet.append(["填表单位：海棠社区", None, None, "填表日期：2026.3.5"])
    sheet.append(["序号", "住址", None, None, "户主姓名", "家庭成员", None, None, None, None, "备注"])
    sheet.append([None, "楼号", "单元", "房号", None, "姓名", "关系", "性别", "出生日期", "手机", None])
    for merged in ("A1:K1", "B3:D3", "F3:J3", "A3:A4", "E3:E4", "K3:K4"):
        sheet.merge_cells(merged)
    first = [1, "３号楼", "2单元", "501室", "张㛃", "张㛃", "户主", "男", "1960年5月6日", 15400000001.0, "独居"]
    sheet.append(first)
    sheet.append([2, "3", "2", "502", "李 伟", "李 伟", "户主", "男", "1970.5.6", "154 0000 0002", None])
    sheet.append([3, None, None, None, None, "王𬭚", "妻", "女", 26424, None, None])
    for merged in ("B6:B7", "C6:C7", "D6:D7", "E6:E7"):
        sheet.merge_cells(merged)
    sheet.append([4, "3", "2", "601", "䶮小明", "䶮小明", "户主", "男", "1980-02-30", None, None])
    sheet.append(["合计", None, None, None, None, "4人"])
    book.save(path)


def test_a_workbook_becomes_records_and_can_be_taken_back(laptop: Laptop, tmp_path: Path) -> None:
    """A dry run writes nothing; every row has a verdict; the refused come back as a workbook; undo takes all back."""
    book, bad = tmp_path / "居民.xlsx", tmp_path / "被拒.xlsx"
    office_workbook(book)
    *rows, summary = laptop.json("import", "person", str(book), "--dry-run")
    assert [(row["row"], row["verdict"]) for row in rows] == [(5, "new"), (6, "new"), (7, "new"), (8, "refused")]
    assert summary["new"] == 3
    assert laptop.json("list", "person") == []

    *refused, report = laptop.json("import", "居民", str(book), "--refused", str(bad))
    assert [problem["cell"] for row in refused for problem in row["problems"]] == ["I8"]  # type: ignore[attr-defined]
    assert bad.exists()
    people = {person["name"]: person for person in laptop.json("list", "person")}
    assert set(people) == {"张㛃", "李伟", "王𬭚"}
    assert people["王𬭚"]["birth_date"] == "1972-05-05"
    assert people["王𬭚"]["household_id"] == people["李伟"]["household_id"]
    homes = laptop.json("list", "household")
    assert {(home["building_no"], home["unit_no"], home["room_no"]) for home in homes} == {
        ("3", "2", "501"),
        ("3", "2", "502"),
    }

    *_, again = laptop.json("import", "person", str(book))
    assert (again["new"], again["same"], again["refused"]) == (0, 3, 1)
    laptop.run("undo-import", str(report["batch"]))
    assert laptop.json("list", "person") == []
    assert laptop.json("list", "household") == []


def test_work_reaches_a_second_laptop_of_the_same_grid(
    server: tuple[Laptop, str], laptop: Laptop, tmp_path: Path
) -> None:
    """What was written alone goes along when the laptop joins; both laptops end up the same."""
    machine, url = server
    book = tmp_path / "居民.xlsx"
    office_workbook(book)
    laptop.run("import", "person", str(book))
    code = machine.run("admin", "invite", "--grid", GRID, "--role", "grid_worker", "--name", "甲").stdout.strip()
    laptop.run("enroll", url, code)
    laptop.run("save", "visit", '{"household_id": "3-2-501", "raised_issue": "楼道灯不亮", "hazard_found": true}')
    hazard = laptop.json("list", "hazard")[0]
    laptop.run("move", str(hazard["id"]), "register", '{"hazard_type": "用电"}')
    laptop.run("sync")
    assert laptop.json("status")[0]["pending"] == 0

    other = Laptop(tmp_path / "second")
    other.run("init", "--name", "乙")
    code = machine.run("admin", "invite", "--grid", GRID, "--role", "grid_worker", "--name", "乙").stdout.strip()
    other.run("enroll", url, code)
    other.run("sync")
    for ledger in ("household", "person", "visit", "hazard", "wish"):
        laptop.run("sync")
        assert other.json("list", ledger) == laptop.json("list", ledger)
    assert other.json("list", "hazard")[0]["status"] == "registered"
    assert [found["title"] for found in other.json("search", "zhangjie")] == ["张*"]
    other.run("enroll", url, code, expect=1)


def test_the_month_is_printed_with_every_name_in_it(laptop: Laptop, tmp_path: Path) -> None:
    """The text of the PDF holds what was put in, rare characters included; a notice holds no name."""
    home = laptop.json("save", "household", '{"compound_name": "海棠苑", "building_no": "3", "room_no": "501"}')[0]
    for name, relation in (("𠅤㛃", "户主"), ("䶮𬭚", "女")):
        person = laptop.json(
            "save",
            "person",
            json.dumps({"household_id": home["id"], "name": name, "sex_code": "女", "relation_code": relation}),
        )[0]
        laptop.run(
            "save",
            "visit",
            json.dumps({"household_id": home["id"], "interviewee_id": person["id"], "raised_issue": "灯不亮"}),
        )
    month = str(laptop.json("list", "visit")[0]["visited_at"])[:7]
    archive, notice = tmp_path / "a.pdf", tmp_path / "n.pdf"
    laptop.run("print", "visit", "--month", month, str(archive))
    laptop.run("print", "visit", "--month", month, "--purpose", "notice", str(notice))
    text = subprocess.run(
        ["pdftotext", "-raw", str(archive), "-"], capture_output=True, text=True, encoding="utf-8", check=True
    ).stdout
    assert all(name in text for name in ("𠅤㛃", "䶮𬭚", "灯不亮"))
    hidden = subprocess.run(
        ["pdftotext", "-raw", str(notice), "-"], capture_output=True, text=True, encoding="utf-8", check=True
    ).stdout
    assert not any(name in hidden for name in ("㛃", "𬭚", "501"))


def test_wrong_usage_and_known_errors_have_their_exit_codes(laptop: Laptop) -> None:
    """2 for wrong usage, 1 for one plain sentence on stderr; no trace of the inside."""
    laptop.run("no-such-command", expect=2)
    for words in (
        ("show", "nothing"),
        ("list", "persom"),
        ("save", "visit", "{"),
        ("import", "person", "nowhere.xlsx"),
        ("sync",),
        ("init",),
    ):
        ended = laptop.run(*words, expect=1)
        assert ended.stdout == ""
        assert "Traceback" not in ended.stderr
        assert len(ended.stderr.strip().splitlines()) == 1
    assert "口令" in laptop.run("status", expect=1, passphrase="别的口令").stderr


def test_the_command_runs_as_a_program(tmp_path: Path) -> None:
    """`python -m gridworker` prints UTF-8 whatever the locale says, and leaves with the status."""
    environment = os.environ | {"GRIDWORKER_HOME": str(tmp_path), "LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "gridworker", "status"]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
    assert ended.returncode == 1
    assert "gridworker init" in ended.stderr.decode("utf-8")


def test_the_demo_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    """Two homes, one seed, one set of records; the rare names are among them."""
    first, second = Laptop(tmp_path / "a"), Laptop(tmp_path / "b")
    for one in (first, second):
        one.run("demo", "--households", "40", "--seed", "7", "--on", "2026-04-21")
    for ledger in ("household", "person", "visit", "hazard", "wish"):
        assert first.json("list", ledger) == second.json("list", ledger)
    assert first.json("due", "--on", "2026-04-21")
