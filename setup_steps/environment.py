"""Make the virtual environment in .venv and install the locked packages, once for each change of the locks."""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from setup_steps.cache import write_whole
from setup_steps.console import SetupFailed, say

LockName = Literal["run", "test"]
"""`run` is what the program needs; `test` is that and what tests and checks need, at the same versions."""

_STAMP = "gridworker-installed.json"
_STEPS_VERSION = 1
"""Raised when an environment made by an older version of this file has to be gone through again."""


def interpreter_in(environment: Path) -> Path:
    """Return the interpreter of a virtual environment."""
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def environment_python(root: Path) -> Path:
    """Return the interpreter of the checkout's environment."""
    return interpreter_in(root / ".venv")


def is_ready(root: Path, lock: LockName) -> bool:
    """Tell without starting a process whether the environment holds what the lock names."""
    return _read_stamp(root).get(lock) == _digest(root, lock) and environment_python(root).exists()


def ensure_environment(root: Path, lock: LockName) -> None:
    """Bring `.venv` to what the lock names, whatever state an earlier start left it in."""
    stamp = root / ".venv" / _STAMP
    # Only what finished is built upon: a package of which half was written may look installed, and one that left the
    # locks would still be importable.
    rebuild = not is_ready(root, "run")
    stamp.unlink(missing_ok=True)
    started = time.monotonic()
    say("正在准备运行环境。第一次要下载大约 150 MB，请保持网络畅通……" if rebuild else "正在补上测试用的组件……")
    if not (_install_with_uv(root, lock, rebuild=rebuild) or _install_with_pip(root, lock, rebuild=rebuild)):
        raise SetupFailed(
            "程序需要的组件没有装上，原因见上面几行。多半是网络不通；如果程序还开着，请先关掉；"
            f"也可能没有适合这台电脑的安装包（{platform.platform()}，Python {platform.python_version()}）。"
            "处理好以后再启动一次即可。"
        )
    _make_checkout_importable(root)
    _write_commands(root)
    write_whole(stamp, json.dumps({name: _digest(root, name) for name in {"run", lock}}).encode())
    say(f"运行环境准备好了，用了 {time.monotonic() - started:.0f} 秒。")


@contextmanager
def one_at_a_time(root: Path) -> Iterator[None]:
    """Hold the checkout's lock, which the system takes back even from a process that was killed."""
    with (root / ".venv.lock").open("a+b") as file:
        # The installers inherit it: one that outlives a killed start still writes into the environment.
        os.set_inheritable(file.fileno(), True)  # noqa: FBT003 - takes no keyword
        if not _try_lock(file.fileno()):
            say("另一个窗口正在准备运行环境，等它结束……")
            while not _try_lock(file.fileno()):
                time.sleep(0.2)
        yield


def _try_lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - exists on Windows only

            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - exists on POSIX only

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def make_environment(folder: Path, *, uv: str | None) -> None:
    """Make an empty environment for this very interpreter in the folder, replacing what lies there."""
    if folder.exists():
        shutil.rmtree(folder)
    if uv is None:
        command = [_base_python(), "-m", "venv", str(folder)]
    else:
        command = [uv, "venv", "--quiet", "--no-project", "--python", _base_python(), str(folder)]
    _run_holding_the_lock(command)


def install_lock(python: Path, lock_file: Path, *, uv: str | None) -> None:
    """Install what the lock file names; every file must have one of the recorded hashes."""
    if uv is None:
        installer = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
        quiet = "-qq"
    else:
        installer = [uv, "pip", "install", "--python", str(python)]
        quiet = "-q"
    options = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(lock_file)]
    # A person who waits sees the installer's own progress; a log gets its errors only.
    chatter = [] if sys.stderr.isatty() else [quiet]
    _run_holding_the_lock([*installer, *chatter, *options])


def _run_holding_the_lock(command: Sequence[str]) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr, close_fds=False)


def find_uv() -> str | None:
    """Return uv where it is installed: the same result, some seconds sooner."""
    return shutil.which("uv")


def _install_with_uv(root: Path, lock: LockName, *, rebuild: bool) -> bool:
    uv = find_uv()
    return uv is not None and _install(root, lock, rebuild=rebuild, uv=uv)


def _install_with_pip(root: Path, lock: LockName, *, rebuild: bool) -> bool:
    # Also the second try after uv, which reads other settings than pip and may know no reachable index.
    return _install(root, lock, rebuild=rebuild, uv=None) or (
        not rebuild and _install(root, lock, rebuild=True, uv=None)
    )


def _install(root: Path, lock: LockName, *, rebuild: bool, uv: str | None) -> bool:
    try:
        if rebuild:
            make_environment(root / ".venv", uv=uv)
        install_lock(environment_python(root), root / "requirements" / f"{lock}.lock", uv=uv)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _read_stamp(root: Path) -> dict[str, str]:
    try:
        stamp: dict[str, str] = json.loads((root / ".venv" / _STAMP).read_bytes())
    except (OSError, ValueError):
        return {}
    return stamp


def _digest(root: Path, lock: LockName) -> str:
    # The checkout's own place belongs to it: the environment holds its absolute path.
    parts = [str(_STEPS_VERSION), _python_identity(), str(root)]
    content = (root / "requirements" / f"{lock}.lock").read_bytes()
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogateescape") + content).hexdigest()


def _python_identity() -> str:
    return f"{sys.version} at {_base_python()}"


def _base_python() -> str:
    # Not an environment's own interpreter, which would vanish with the environment that is being replaced.
    return os.path.realpath(getattr(sys, "_base_executable", sys.executable))


def _make_checkout_importable(root: Path) -> None:
    # A line that begins with `import` is run, and this one is ASCII: Python 3.11 reads .pth files in the encoding of
    # the moment, which on Windows would garble a folder with a Chinese name.
    line = f"import sys; sys.path.append({str(root)!a})\n"
    for folder in _site_packages(root):
        write_whole(folder / "gridworker-checkout.pth", line.encode("ascii"))


def _site_packages(root: Path) -> Sequence[Path]:
    if os.name == "nt":
        return [root / ".venv" / "Lib" / "site-packages"]
    return list((root / ".venv" / "lib").glob("python3*/site-packages"))


def _write_commands(root: Path) -> None:
    folder = environment_python(root).parent
    if os.name == "nt":
        write_whole(folder / "gridworker.cmd", b'@"%~dp0python.exe" -m gridworker %*\r\n')
        return
    command = folder / "gridworker"
    # Found through a link from elsewhere, too.
    script = '#!/bin/sh\nexec "$(dirname "$(readlink -f "$0")")/python" -m gridworker "$@"\n'
    write_whole(command, script.encode("ascii"))
    command.chmod(0o755)
