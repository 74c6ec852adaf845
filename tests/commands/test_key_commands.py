"""Secrets by command: the recovery code is renewed, a wait is told in a sentence, and the audit knows who failed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gridworker.cli import main
from gridworker.operations import session as sessions
from gridworker.store import patience

GOOD, NEW = "海边 石榴 2026", "算盘 雨伞 1987"

pytestmark = pytest.mark.usefixtures("cheap_keys")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose passphrase stands in the environment."""
    made = tmp_path / "home"
    monkeypatch.setenv("GRIDWORKER_HOME", str(made))
    monkeypatch.setenv("GRIDWORKER_PASSPHRASE", GOOD)
    assert main(["init", "--name", "甲"]) == 0
    return made


def _verbs(home: Path, secret: str) -> list[tuple[str, dict]]:
    session = sessions.unlock(home, secret)
    with session.store.read() as tx:
        found = [(row[0], json.loads(row[1])) for row in tx.sql("SELECT verb, detail FROM audit ORDER BY seq")]
    session.close()
    return found


def test_the_recovery_code_is_renewed(home, capsys, monkeypatch):
    """The code that is printed opens from now on, the one of the beginning does not."""
    first = json.loads(_said(capsys, ["--json", "recovery-code"]))["recovery_code"]
    second = _said(capsys, ["recovery-code"]).strip().splitlines()[-1]
    monkeypatch.setenv("GRIDWORKER_PASSPHRASE", first)
    assert main(["status"]) == 1
    assert "口令不对" in capsys.readouterr().err
    monkeypatch.setenv("GRIDWORKER_PASSPHRASE", second)
    assert main(["status"]) == 0
    assert [verb for verb, _ in _verbs(home, GOOD)].count("recovery_code") == 2


def _said(capsys: pytest.CaptureFixture[str], command: list[str]) -> str:
    capsys.readouterr()
    assert main(command) == 0
    return capsys.readouterr().out


def test_a_code_sets_a_new_passphrase(home, capsys, monkeypatch):
    """Who forgot the passphrase changes it by the recovery code alone."""
    code = json.loads(_said(capsys, ["--json", "recovery-code"]))["recovery_code"]
    monkeypatch.setenv("GRIDWORKER_PASSPHRASE", code)
    assert main(["passphrase", "--new", NEW]) == 0
    monkeypatch.setenv("GRIDWORKER_PASSPHRASE", NEW)
    assert main(["status"]) == 0


def test_the_wait_is_one_sentence(home, capsys, monkeypatch):
    """After five wrong tries a command says how long to wait, and that a code need not."""
    monkeypatch.setenv("GRIDWORKER_PASSPHRASE", "猜的口令")
    for _ in range(patience.FREE_TRIES):
        assert main(["status"]) == 1
    capsys.readouterr()
    assert main(["status"]) == 1
    told = capsys.readouterr().err
    assert "请等 5 秒再试" in told or "请等 4 秒再试" in told
    assert "恢复码，不用等" in told


def test_failed_logins_become_links_of_the_audit(home, capsys, monkeypatch):
    """They are written at the next opening, with how many and when; the person is told; taking the count away shows."""
    monkeypatch.setenv("GRIDWORKER_PASSPHRASE", "猜的口令")
    for _ in range(3):
        main(["status"])
    monkeypatch.setenv("GRIDWORKER_PASSPHRASE", GOOD)
    capsys.readouterr()
    assert main(["status"]) == 0
    assert "输错口令 3 次" in capsys.readouterr().err
    (home / patience.PATIENCE).unlink()
    assert main(["status"]) == 0
    assert "被删除或改动过" in capsys.readouterr().err
    links = _verbs(home, GOOD)
    (failed,) = [detail for verb, detail in links if verb == "login_failed"]
    assert failed["count"] == len(failed["times"]) == 3
    verbs = [verb for verb, _ in links]
    assert verbs.count("login_count_tampered") == 1
    assert verbs.index("login_failed") < verbs.index("login_count_tampered")
    assert ("login", {"by": "passphrase"}) in links
