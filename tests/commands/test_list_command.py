"""`gridworker list` narrows a ledger to a state and to what is late, as its page does."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from gridworker import cli
from gridworker.operations import demo, flags

PASSPHRASE = "试用-口令-一二三-七八九"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo home."""
    made = tmp_path_factory.mktemp("list") / "home"
    demo.open_demo(made, PASSPHRASE, households=12, seed=2).close()
    return made


def _listed(home: Path, capsys: pytest.CaptureFixture[str], *more: str) -> list[dict[str, object]]:
    assert cli.main(["--home", str(home), "--json", "list", "case", *more]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_only_what_is_late_is_listed(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them is past its time and still open; what has time left is not among them."""
    monkeypatch.setenv("GRIDWORKER_PASSPHRASE", PASSPHRASE)
    late, soon, every = (_listed(home, capsys, *more) for more in (["--due", "late"], ["--due", "soon"], []))
    assert late
    today = date.today().isoformat()  # noqa: DTZ011 - the day before or after it makes no difference here
    assert all(str(one.get("extended_due_at") or one["due_at"])[:10] <= today for one in late)
    assert not {str(one["id"]) for one in late} & {str(one["id"]) for one in soon}
    assert len(late) + len(soon) < len(every)


def test_a_state_is_named_by_its_label(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unknown one is refused with those there are."""
    monkeypatch.setenv("GRIDWORKER_PASSPHRASE", PASSPHRASE)
    assert {one["status"] for one in _listed(home, capsys, "--state", "挂账")} == {"suspended"}
    assert cli.main(["--home", str(home), "list", "case", "--state", "没有"]) != 0
    told = capsys.readouterr()
    assert "挂账" in told.out + told.err
    assert flags.LABELS[flags.LATE] == "已超期"
