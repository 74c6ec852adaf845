"""The locks: hashed, free of addresses, and the same versions for running and for testing."""

import re
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))


def _pins(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{name}.lock").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==([^\s;\\]+)", text, re.MULTILINE))


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_every_package_is_pinned_by_hash_and_by_nothing_else(path: Path) -> None:
    """A lock has pins and their hashes; no address says where they came from."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line]
    pin = re.compile(r"[a-z0-9-]+==\S+( ; [^\\]+)? \\")
    digest = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
    assert [line for line in lines if not pin.fullmatch(line) and not digest.fullmatch(line)] == []
    assert all(digest.fullmatch(after) for line, after in pairwise(lines) if pin.fullmatch(line))


def test_tests_run_what_people_run() -> None:
    """The test lock holds every runtime package at the very version that a person gets."""
    run, test = _pins("run"), _pins("test")
    assert {name: test.get(name) for name in run} == run


def test_every_declared_package_is_locked() -> None:
    """A dependency added to pyproject.toml cannot be forgotten in the locks."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = declared["dependency-groups"]
    wanted = {"run": declared["project"]["dependencies"], "test": groups["test"] + groups["lint"]}
    for lock, requirements in wanted.items():
        names = {re.split(r"[^A-Za-z0-9._-]", requirement)[0] for requirement in requirements}
        assert {re.sub(r"[._]", "-", name).lower() for name in names} <= set(_pins(lock)), lock
