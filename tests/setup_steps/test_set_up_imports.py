"""The set-up must run on a bare machine: standard library only, nothing that Windows lacks outside a branch for it."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
FILES = [ROOT / "build_app.py", *sorted((ROOT / "setup_steps").glob("*.py"))]
POSIX_ONLY = {"fcntl", "grp", "pwd", "resource", "termios", "tty", "pty", "syslog"}


def _imported(tree: ast.AST) -> list[str]:
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name.partition(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names.append((node.module or "").partition(".")[0])
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_only_the_standard_library(path: Path) -> None:
    """A machine with nothing but python3 can run every step."""
    foreign = set(_imported(ast.parse(path.read_text(encoding="utf-8")))) - sys.stdlib_module_names - {"setup_steps"}
    assert foreign == set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_posix_modules_stand_in_a_guarded_branch(path: Path) -> None:
    """Importing any step on Windows meets no module that Windows lacks."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for statement in tree.body:
        if not isinstance(statement, ast.FunctionDef | ast.ClassDef):
            assert not POSIX_ONLY & set(_imported(statement))
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        branches = [node for node in ast.walk(function) if isinstance(node, ast.If)]
        guarded = {name for branch in branches for name in _imported(branch)}
        assert POSIX_ONLY & set(_imported(function)) <= guarded


def test_an_old_python_is_told_so() -> None:
    """build_app.py itself can be read by Python 3.6, or the sentence about the version would never appear."""
    ast.parse((ROOT / "build_app.py").read_text(encoding="utf-8"), feature_version=(3, 6))
