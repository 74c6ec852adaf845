"""The program as it is started: one process, one window, one exit status."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_smoke_run(tmp_path: Path) -> None:
    """`python -m ui --smoke` paints the window on a demo grid, says so in one line and leaves nothing behind."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "ui", "--smoke"],
        cwd=ROOT,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("smoke: ")
    assert done.stdout.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_picture(tmp_path: Path) -> None:
    """`python -m ui.screenshot` writes a PNG of the size asked for."""
    out = tmp_path / "today.png"
    command = [sys.executable, "-m", "ui.screenshot", str(out), "--dark", "--size", "1280x720", "--households", "12"]
    subprocess.run(command, cwd=ROOT, check=True, timeout=120)
    assert out.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(out.read_bytes()[16:20], "big") == 1280


def test_without_a_display_one_sentence_is_said(tmp_path: Path) -> None:
    """Where no window can open the program says so and exits 1, instead of aborting."""
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    command = [sys.executable, "-m", "ui", "--home", str(tmp_path)]
    if sys.platform.startswith("linux"):
        done = subprocess.run(
            command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True, timeout=120
        )
        assert (done.returncode, done.stderr.count("\n")) == (1, 1)
        assert "图形界面" in done.stderr
