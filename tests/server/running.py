"""Starts the real server in a process of its own, on a free port, for tests and benchmarks of any room.

`start_server(database_url)` → Running(url, …); `.stop()` ends it calmly, `.kill()` at once. `make_grid(database_url)`
gives a grid of its own to each test, so that one server serves them all.
"""

from __future__ import annotations

import atexit
import itertools
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from gridworker.server import admin

ROOT = Path(__file__).resolve().parents[2]
DIVISIONS = ROOT / "resources" / "divisions" / "qingdao.csv"
# Communities of the public list, one for each hundred test grids.
_COMMUNITIES = ("370211003041", "370211003042", "370202001001")
_numbers = itertools.count(1)
_LISTENING = re.compile(r"正在 (http://\S+) 提供同步服务")


@dataclass
class Running:
    """One server process."""

    url: str
    database_url: str
    process: subprocess.Popen[str]
    log: Path

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.url.rpartition(":")[2])

    def kill(self) -> None:
        """As a power cut would."""
        self.process.kill()
        self._reap()

    def stop(self) -> int:
        """As Ctrl+C would; its exit status."""
        if self.process.poll() is None:
            self.process.terminate()
        return self._reap()

    def _reap(self) -> int:
        status = self.process.wait(60)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return status


def start_server(database_url: str, *, port: int = 0) -> Running:
    """A server on a database; returns when it listens."""
    with tempfile.NamedTemporaryFile(prefix="gwserver", suffix=".log", delete=False) as made:
        log = Path(made.name)
    atexit.register(log.unlink, missing_ok=True)
    program = f"from gridworker.server.serve import serve; serve({database_url!r}, '127.0.0.1', {port})"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True
        )
    assert process.stdout is not None
    line = process.stdout.readline()
    found = _LISTENING.search(line)
    if found is None:
        process.kill()
        process.wait()
        raise AssertionError(f"the server did not start: {line}{log.read_text()[-2000:]}")
    return Running(found[1], database_url, process, log)


def make_grid(database_url: str) -> str:
    """A fresh grid in the server's database."""
    number = next(_numbers)
    code = f"{_COMMUNITIES[number // 900]}{number % 900 + 1:03d}"
    admin.add_grid(database_url, code, f"第{number}网格")
    return code
