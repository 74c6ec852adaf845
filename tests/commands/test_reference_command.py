"""Reference data by command: in a home alone, on the server's machine, and from the server to a laptop."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gridworker.cli import main
from gridworker.ledger.code_tables import table
from gridworker.planning import reference
from gridworker.server import admin
from tests.server.running import start_server

PASSPHRASE = "四个 不相干 的词 连起来"
GRID = "370202001001001"
OWN = {"key": "HAZARD", "source": "街道文件", "version": 2, "entries": [["飞线", "飞线充电"]], "aliases": []}
Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Runs a command in a new home; gives what it printed, on either stream."""
    monkeypatch.setenv("GRIDWORKER_PASSPHRASE", PASSPHRASE)

    def command(*words: str, expect: int = 0) -> str:
        ended = main([*words, "--home", str(tmp_path / "家")])
        printed = capsys.readouterr()
        assert ended == expect, printed.err
        return printed.out + printed.err

    command("init")
    yield command
    reference.put_in_force(())


@pytest.fixture
def own(tmp_path: Path) -> str:
    """A file with a table that keeps one entry."""
    path = tmp_path / "t.json"
    path.write_text(json.dumps(OWN, ensure_ascii=False), encoding="utf-8")
    return str(path)


def test_a_home_alone_takes_in_a_table(run: Run, own: str, tmp_path: Path) -> None:
    """Looked at, refused while records hold what it gives up, taken in, listed, shown, exported, taken back."""
    hazard = {"place": "3号楼", "place_type": "楼栋", "hazard_type": "用电", "description": "x", "hazard_level": "一般"}
    run("save", "hazard", json.dumps(hazard))
    assert "还没有导入" in run("reference", "import", own, "--preview")
    assert "“用电”1 条" in run("reference", "import", own, expect=1)
    told = json.loads(run("reference", "import", own, "--retire-used", "--json"))
    assert (told["taken"], told["change"]["added"], told["uses"]) == (True, ["飞线充电"], {"用电": 1})
    assert "没有变化" in run("reference", "import", own)
    (mine,) = [line for line in run("reference", "list", "--kind", "code_table").splitlines() if "本机导入" in line]
    assert mine.startswith("code_table　HAZARD　代码表“隐患类别”　第 2 版")
    assert "用电（已停用）" in run("reference", "show", "code_table", "HAZARD")
    out = tmp_path / "HAZARD.csv"
    run("reference", "export", "代码表", "隐患类别", str(out))
    assert out.read_text(encoding="utf-8-sig").splitlines()[:3] == [
        "代码,名称,别名,停用",
        "飞线,飞线充电,,",
        "消防通道,消防通道,,是",
    ]
    assert "恢复" in run("reference", "reset", "code_table", "HAZARD")
    assert "没有叫" in run("reference", "show", "code_table", "MOON", expect=1)


def test_the_server_sets_it_for_every_laptop(run: Run, own: str, tmp_path: Path) -> None:
    """Set on the server's machine by command, it is in force on the laptop after `sync`, and cannot be set there."""
    database = f"sqlite:///{(tmp_path / 'server.db').as_posix()}"
    assert "停用" in run("admin", "reference", "import", own, "--database", database, "--by", "张主任")
    assert "没有变化" in run("admin", "--database", database, "reference", "import", own)
    listed = json.loads(run("admin", "reference", "list", "--database", database, "--json"))
    assert (listed["kind"], listed["key"], listed["changed_by"]) == ("code_table", "HAZARD", "张主任")
    admin.add_grid(database, GRID, "第一网格")
    code = run("admin", "invite", "--name", "甲", "--grid", GRID, "--role", "community", "--database", database).strip()
    running = start_server(database)
    try:
        run("enroll", running.url, code)
        assert "代码表“隐患类别”：新增飞线充电" in run("sync")
        assert "服务器设置" in run("reference", "list", "--kind", "代码表")
        assert "由服务器统一设置" in run("reference", "reset", "code_table", "HAZARD", expect=1)
        assert "已恢复" in run("admin", "reference", "reset", "code_table", "HAZARD", "--database", database)
        assert "停用飞线充电" in run("sync")
    finally:
        running.stop()
    assert "用电" in table("HAZARD")
