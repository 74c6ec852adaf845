"""The virtual environment: made once, believed only when it was finished, never by two at the same time."""

import subprocess
import sys
from pathlib import Path

import pytest

from setup_steps import environment
from setup_steps.console import SetupFailed
from setup_steps.environment import environment_python

SOURCE = Path(environment.__file__).parent.parent


class Installer:
    """Stands in for venv and pip: notes what it is asked, and fails where it is told to."""

    def __init__(self) -> None:
        self.made = 0
        self.installed: list[str] = []
        self.error: Exception | None = None

    def make(self, folder: Path, *, uv: str | None) -> None:
        """Make the interpreter's file in an emptied folder."""
        for old in folder.rglob("gridworker-*"):
            old.unlink()
        python = environment.interpreter_in(folder)
        python.parent.mkdir(parents=True, exist_ok=True)
        (folder / "lib" / "python3.11" / "site-packages").mkdir(parents=True, exist_ok=True)
        python.touch()
        self.made += 1

    def install(self, python: Path, lock_file: Path, *, uv: str | None) -> None:
        """Note the lock, or fail."""
        if self.error is not None:
            raise self.error
        self.installed.append(lock_file.stem)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout whose folder has spaces and Chinese characters."""
    root = tmp_path / "我的 台账"
    (root / "requirements").mkdir(parents=True)
    for name in ("run", "test"):
        (root / "requirements" / f"{name}.lock").write_text(name, encoding="utf-8")
    return root


@pytest.fixture
def installer(monkeypatch: pytest.MonkeyPatch) -> Installer:
    """An installer that needs no network; uv is not there."""
    installer = Installer()
    monkeypatch.setattr(environment, "make_environment", installer.make)
    monkeypatch.setattr(environment, "install_lock", installer.install)
    monkeypatch.setattr(environment, "find_uv", lambda: None)
    return installer


def test_a_finished_environment_is_ready(root: Path, installer: Installer) -> None:
    """After one installation the next start has nothing to do."""
    assert not environment.is_ready(root, "run")
    environment.ensure_environment(root, "run")
    assert environment.is_ready(root, "run")
    assert not environment.is_ready(root, "test")
    assert installer.installed == ["run"]


def test_testing_builds_on_running(root: Path, installer: Installer) -> None:
    """The packages for tests are added to a finished environment, which then serves both."""
    environment.ensure_environment(root, "run")
    environment.ensure_environment(root, "test")
    assert installer.made == 1
    assert environment.is_ready(root, "run")
    assert environment.is_ready(root, "test")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1)])
def test_an_interrupted_installation_is_begun_anew(root: Path, installer: Installer, error: Exception) -> None:
    """What was stopped half-way is not believed: the next start makes the environment again."""
    installer.error = error
    with pytest.raises(type(error)):
        environment.ensure_environment(root, "run")
    assert not environment.is_ready(root, "run")
    installer.error = None
    environment.ensure_environment(root, "run")
    assert installer.made == 2
    assert environment.is_ready(root, "run")


def test_an_interrupted_addition_is_begun_anew(root: Path, installer: Installer) -> None:
    """An environment that was good for running is not believed either once an addition to it was stopped."""
    environment.ensure_environment(root, "run")
    installer.error = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        environment.ensure_environment(root, "test")
    assert not environment.is_ready(root, "run")


def test_changed_locks_make_a_new_environment(root: Path, installer: Installer) -> None:
    """When the lock changes, packages that left it do not stay importable."""
    environment.ensure_environment(root, "run")
    (root / "requirements" / "run.lock").write_text("newer", encoding="utf-8")
    assert not environment.is_ready(root, "run")
    environment.ensure_environment(root, "run")
    assert installer.made == 2


def test_a_failed_installation_says_what_to_do(root: Path, installer: Installer) -> None:
    """Without a network the person reads a sentence, and the environment does not count as ready."""
    installer.error = subprocess.CalledProcessError(1, "pip")
    with pytest.raises(SetupFailed, match="网络不通") as failure:
        environment.ensure_environment(root, "run")
    assert failure.value.exit_code == 1
    assert not environment.is_ready(root, "run")


@pytest.mark.usefixtures("installer")
def test_the_checkout_is_importable_whatever_its_name(root: Path) -> None:
    """The line that leads to the checkout is ASCII, and leads there."""
    environment.ensure_environment(root, "run")
    (line,) = root.rglob("gridworker-checkout.pth")
    path: list[str] = []
    exec(line.read_text(encoding="ascii").removeprefix("import sys; sys."), {"path": path})  # noqa: S102 - as site.py does
    assert path == [str(root)]


@pytest.mark.usefixtures("installer")
def test_the_command_stands_beside_the_interpreter(root: Path) -> None:
    """`gridworker` is there without the project being built."""
    environment.ensure_environment(root, "run")
    names = {path.name for path in environment_python(root).parent.iterdir()}
    assert names & {"gridworker", "gridworker.cmd"}


def _start(root: Path, *installer: str) -> "subprocess.Popen[str]":
    """A start that says when it is inside, and stays there until its installer or its input ends."""
    program = (
        "import sys\nfrom pathlib import Path\nfrom setup_steps import environment\n"
        "with environment.one_at_a_time(Path(sys.argv[1])):\n    print('inside', flush=True)\n"
        "    environment._run_holding_the_lock(sys.argv[2:]) if sys.argv[2:] else sys.stdin.readline()\n"
    )
    command = [sys.executable, "-X", "utf8", "-c", program, str(root), *installer]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=SOURCE, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, encoding="utf-8")


def test_two_starts_wait_for_each_other(root: Path) -> None:
    """While one start holds the checkout, a second one stands outside, and enters when the first is gone."""
    with _start(root) as first:
        assert first.stdout.readline() == "inside\n"
        with _start(root) as second:
            assert "等它结束" in second.stdout.readline()
            first.kill()
            assert second.stdout.readline() == "inside\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows locks belong to one process and are not inherited")
def test_an_installer_that_outlives_its_start_keeps_the_lock(root: Path) -> None:
    """After a start was killed, the next one waits until the installer it had begun is gone too."""
    end = root / "end"
    installer = (
        "import pathlib, time\nprint('installing', flush=True)\n"
        f"for _ in range(600):\n    if pathlib.Path({str(end)!r}).exists(): break\n    time.sleep(0.05)\n"
    )
    with _start(root, sys.executable, "-c", installer) as first:
        assert [first.stdout.readline(), first.stdout.readline()] == ["inside\n", "installing\n"]
        first.kill()
        first.wait()
        with _start(root) as second:
            assert "等它结束" in second.stdout.readline()
            end.touch()
            assert second.stdout.readline() == "inside\n"
