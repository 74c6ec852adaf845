"""What every test shares: no window appears, and no test finds a person's own ledger."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Before anything imports Qt. A display is used where somebody asks for it by name.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# The same examples on every machine, however slow: what goes red is the change and not the day. Who looks for more
# asks for `--hypothesis-profile=seeking`.
_SLOW = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("steady", derandomize=True, database=None, **_SLOW)
settings.register_profile("seeking", **_SLOW)
settings.load_profile("steady")


@pytest.fixture(autouse=True)
def _nobodys_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the program's home at an empty folder, and forget a passphrase the developer may have exported."""
    home: Path = tmp_path_factory.mktemp("gridworker-home")
    monkeypatch.setenv("GRIDWORKER_HOME", str(home))
    monkeypatch.delenv("GRIDWORKER_PASSPHRASE", raising=False)


@pytest.fixture
def cheap_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stretching a passphrase is slow on purpose; where it is not what is looked at, it costs nothing."""
    from gridworker.store import keys
    from gridworker.store.sidecar import Kdf

    monkeypatch.setattr(keys, "DEFAULT_KDF", Kdf(time=1, memory_kib=8, lanes=1))
