"""Photos by commands alone."""

from __future__ import annotations

from pathlib import Path

from tests.commands.test_whole_path import Laptop


def test_a_sweep_by_command_says_what_went(tmp_path: Path) -> None:
    """Nothing to sweep is said in words and as figures."""
    laptop = Laptop(tmp_path / "家")
    laptop.run("init", "--name", "测试网格员")
    assert "没有要清除的照片" in laptop.run("photo", "sweep").stdout
    assert laptop.json("photo", "sweep") == [{"photos": 0, "freed": 0, "unfinished": 0}]
