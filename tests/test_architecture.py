"""The rooms of docs/architecture.md as tests: direction of imports, no cycles, no Qt in the core, sizes."""

import ast
import graphlib
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("gridworker", "ui", "setup_steps")
MODULE_LINES, FUNCTION_LINES = 600, 60

_LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"

_IMPORT_ALL_WITHOUT_QT = """
import importlib, pkgutil, sys

class NoQt:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"PySide6", "shiboken6", "ui"}:
            raise ModuleNotFoundError(f"{name} is not here", name=name)

sys.meta_path.insert(0, NoQt())
import gridworker
names = [module.name for module in pkgutil.walk_packages(gridworker.__path__, "gridworker.")]
for name in names:
    if not name.endswith("__main__"):
        importlib.import_module(name)
print(len(names))
"""


def _modules() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def test_imports_keep_to_the_one_direction() -> None:
    """Every contract of pyproject.toml holds: who may import whom."""
    # In a process of its own: the linter switches off every logger that stands, which blinds the tests after it.
    command = [sys.executable, "-c", _LINT_IMPORTS, "--no-cache"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_core_imports_without_qt() -> None:
    """All of gridworker can be imported where neither PySide6 nor ui exists."""
    command = [sys.executable, "-c", _IMPORT_ALL_WITHOUT_QT]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) > 1


def test_no_module_imports_itself_by_a_detour() -> None:
    """No chain of imports comes back to where it began, those inside functions and those for types alone included."""
    graph = grimp.build_graph("gridworker", "ui", "setup_steps", cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    graphlib.TopologicalSorter(imports).prepare()


def test_packages_hold_nothing_in_init() -> None:
    """Every __init__.py is empty: importing one room brings in no other."""
    assert [path for path in _modules() if path.name == "__init__.py" and path.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize("path", _modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_sizes_stay_readable(path: Path) -> None:
    """No module is longer than 600 lines and no function longer than 60."""
    source = path.read_text(encoding="utf-8")
    assert source.count("\n") <= MODULE_LINES
    nodes = ast.walk(ast.parse(source))
    functions = (node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    too_long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in functions
        if node.end_lineno and node.end_lineno - node.lineno + 1 > FUNCTION_LINES
    ]
    assert too_long == []
