"""What every test shares: no window appears, no test finds a person's own ledger, none leaves anything to the next."""

import locale
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
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
# pytest's own, and what pypinyin is told before it is imported.
_OF_ONE_PROCESS = {"PYTEST_CURRENT_TEST", "PYPINYIN_NO_PHRASES"}


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    """Which file comes before which is left to chance: what one test switches, fills or opens is undone by itself."""
    before = _state()
    yield
    after = _state()
    changed = {name: (before[name], after[name]) for name in before if before[name] != after[name]}
    assert not changed, f"left behind: {changed}"


def _state() -> dict[str, object]:
    reference = sys.modules.get("gridworker.store.reference_data")
    loggers = [one for one in logging.root.manager.loggerDict.values() if isinstance(one, logging.Logger)]
    return {
        "environment": {name: value for name, value in os.environ.items() if name not in _OF_ONE_PROCESS},
        "folder": os.getcwd(),  # noqa: PTH109 - a text, which is still there when the folder is not
        "locale": locale.setlocale(locale.LC_COLLATE),
        "loggers switched off": (logging.root.manager.disable, {one.name for one in loggers if one.disabled}),
        "signals": {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)},
        # How many and what, not which: a test may close and open again what its module keeps open.
        "reference data in force": [items for _, items in reference._opened] if reference else [],
        "open ledgers": sum(one.name == "store-writer" for one in threading.enumerate()),
    }


@pytest.fixture(autouse=True)
def _nobodys_home(
    _nothing_left_behind: None, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
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
