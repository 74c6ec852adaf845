"""What every test shares: no window appears, and no test finds a person's own ledger."""

import os
from pathlib import Path

import pytest

# Before anything imports Qt. A display is used where somebody asks for it by name.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(autouse=True)
def _nobodys_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the program's home at an empty folder, and forget a passphrase the developer may have exported."""
    home: Path = tmp_path_factory.mktemp("gridworker-home")
    monkeypatch.setenv("GRIDWORKER_HOME", str(home))
    monkeypatch.delenv("GRIDWORKER_PASSPHRASE", raising=False)
