"""Posts and teams from the command line, on the server's machine and on a laptop."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gridworker.cli import main

GRID, SECOND = "370211003041001", "370211003041002"


@pytest.fixture
def admin(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Runs an administrator's verb; gives what it printed, or with a failure what it said."""
    url = f"sqlite:///{tmp_path}/server.db"

    def run(*words: str) -> str:
        status = main(["admin", *words, "--database", url])
        said = capsys.readouterr()
        return said.out.strip() if status == 0 else f"！{said.err.strip()}"

    run("grid", GRID, "第一网格")
    run("grid", SECOND, "第二网格")
    return run


def _listed(admin, *words: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in admin("list-posts", *words, "--json").splitlines()]


def test_a_post_is_given_listed_and_taken_back(admin):
    """With dates, duties and a unit; a division code stands for all grids inside."""
    code = admin(
        "invite", "--grid", GRID, "--role", "grid_lead", "--name", "甲某", "--duty", "消防", "--since", "2026-01-01"
    )
    assert len(code) == 19
    (lead,) = _listed(admin)
    assert (lead["role"], lead["area"], lead["duties"], lead["since"]) == ("grid_lead", GRID, ["11"], "2026-01-01")
    who = str(lead["actor"])
    said = admin("give-post", "--actor", who, "--grid", "370211003000", "--role", "department", "--unit", "街道司法所")
    assert "部门（370211003）" in said
    assert "已给岗位" in admin(
        "give-grid", "--actor", who, "--grid", SECOND, "--role", "grid_worker", "--until", "2099-12-31"
    )
    assert {(one["role"], one["area"], one["unit"], one["until"]) for one in _listed(admin)} == {
        ("grid_lead", GRID, "", ""), ("department", "370211003", "街道司法所", ""),
        ("grid_worker", SECOND, "", "2099-12-31"),
    }  # fmt: skip
    assert [one["area"] for one in _listed(admin, SECOND)] == [SECOND]
    assert "岗位已收回" in admin("revoke-grant", "--actor", who, "--grid", "370211003000")
    assert [one["revoked"] for one in _listed(admin) if one["role"] == "department"] == [True]
    assert "甲某" in admin("list-posts", GRID)
    assert "消防安全" in admin("list-posts", GRID)


def test_a_team_shows_its_vacancies(admin):
    """On the server's machine."""
    admin("invite", "--grid", GRID, "--role", "grid_lead", "--name", "甲某")
    said = admin("team", GRID)
    assert "网格长：甲某（网格长）" in said
    assert "专职网格员：空缺" in said
    told = json.loads(admin("team", GRID, "--json"))
    assert (told["formula"], told["groups"]["worker"]["vacancies"]) == ("1+0+0+0", 1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("give-post", "--actor", "x", "--grid", GRID, "--role", "street"), "没有这个人。"),
        (("give-post", "--actor", "x", "--grid", GRID, "--role", "king"), "没有“king”这个岗位。"),
        (("give-post", "--actor", "x", "--grid", "370202001001001", "--role", "street"), "还没有网格 370202001001"),
        (("give-post", "--actor", "x", "--grid", "370202000000", "--role", "street"), "还没有区划 370202 里的网格。"),
        (("give-post", "--actor", "x", "--grid", "街道", "--role", "street"), "“街道”不是网格编码，也不是区划代码。"),
        (("invite", "--name", "甲", "--grid", GRID, "--role", "building_lead"), "楼长要写明负责的楼栋。"),
        (("invite", "--name", "甲", "--grid", GRID, "--role", "department"), "部门岗位要写明是哪个单位。"),
        (("revoke-grant", "--actor", "x", "--grid", GRID), "这个人在这里没有岗位。"),
        (("team", "370211003041"), "“370211003041”不是网格编码。"),
        (("team", "370202001001001"), "还没有网格 370202001001001。"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_in_one_sentence(admin, words: tuple[str, ...], said: str):
    """Nothing changes, and the exit status is 1."""
    assert admin(*words).startswith("！" + said)
    assert _listed(admin) == []


def test_a_new_epoch_is_told(admin):
    """Another one each time."""
    first, second = admin("new-epoch"), admin("new-epoch")
    assert first != second
    assert "数据批次" in first


def test_a_laptop_shows_its_own_team(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch):
    """Without a server: whoever works alone is the full-time worker, and the lead is vacant."""
    monkeypatch.setenv("GRIDWORKER_PASSPHRASE", "一个很长的测试口令 2026")
    assert main(["--home", str(tmp_path / "home"), "init", "--name", "甲某"]) == 0
    capsys.readouterr()
    assert main(["--home", str(tmp_path / "home"), "team", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["formula"], told["groups"]["lead"]["vacancies"]) == ("0+1+0+0", 1)
    assert main(["--home", str(tmp_path / "home"), "team"]) == 0
    assert "网格长：空缺" in capsys.readouterr().out
