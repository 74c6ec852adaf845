"""Searching and making the index anew by command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gridworker.cli import main
from gridworker.operations import session as sessions
from gridworker.operations.save import save

PASSPHRASE = "四个 不相干 的词 连起来"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with one resident, whose index was emptied."""
    made = tmp_path / "家"
    session, _code = sessions.start(made, PASSPHRASE, name="甲")
    dwelling = save(session, "household", {"compound_name": "海棠苑", "building_no": "3", "room_no": "501"}).record
    save(session, "person", {
        "household_id": dwelling.id, "name": "张丽", "sex_code": "2", "relation_code": "02", "population_type": "户籍",
    })  # fmt: skip
    session.store.write(lambda tx: tx.execute("INSERT INTO search_index (search_index) VALUES ('delete-all')"))
    session.store.write(lambda tx: tx.set_meta("search_generation", "older"))
    session.close()
    monkeypatch.setenv("GRIDWORKER_PASSPHRASE", PASSPHRASE)
    return made


def test_an_old_index_is_told_and_made_anew(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Search says that the index is old; the check says so too and changes nothing; the rebuild finds her again."""

    def run(*words: str) -> tuple[str, str]:
        assert main([*words, "--home", str(home)]) == 0
        printed = capsys.readouterr()
        return printed.out, printed.err

    out, err = run("search", "zhangli")
    assert "没有找到" in out
    assert "rebuild-search" in err
    assert json.loads(run("rebuild-search", "--check", "--json")[0]) == {"in_step": False, "rebuilt": False}
    assert json.loads(run("rebuild-search", "--json")[0]) == {"in_step": False, "rebuilt": True}
    assert run("rebuild-search", "--check")[0] == "搜索索引与台账一致。\n"
    out, err = run("search", "zhangli")
    assert "张*" in out
    assert "张丽" not in out
    assert err == ""
    assert "张丽" in run("search", "zhangli", "--full")[0]
