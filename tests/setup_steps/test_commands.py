"""The command line of build_app.py: what is asked is done, with the set-up it needs, and told by the exit code."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from setup_steps import commands, system
from setup_steps.console import SetupFailed
from setup_steps.fonts import FontsUnavailable


class Began(Exception):
    """Raised in place of becoming another program."""


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """A checkout that is all set up; what would be started is noted instead."""
    lines: list[Sequence[str]] = []

    def become(command: Sequence[str]) -> None:
        lines.append(command)
        raise Began

    monkeypatch.setattr(commands, "_become", become)
    monkeypatch.setattr(commands, "_set_up", lambda _lock: None)
    monkeypatch.setattr(commands, "_ensure_fonts", lambda: None)
    monkeypatch.setattr(commands.fonts, "tried_lately", lambda _folder: False)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    return lines


def test_run_hands_on_what_follows_the_dashes(started: list[Sequence[str]]) -> None:
    """`run -- --smoke` starts the window with `--smoke`."""
    with pytest.raises(Began):
        commands.run_command(["run", "--", "--smoke"], "")
    assert started[0][-3:] == ["-m", "ui", "--smoke"]


def test_without_a_display_the_person_is_told(
    started: list[Sequence[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a console without windows a sentence appears instead of Qt's abort; a smoke run paints off the screen."""
    monkeypatch.setattr(commands.sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert commands.run_command(["run"], "") == 1
    assert "图形界面" in capsys.readouterr().err
    assert started == []
    with pytest.raises(Began):
        commands.run_command(["run", "--", "--smoke"], "")
    assert commands.os.environ["QT_QPA_PLATFORM"] == "offscreen"


def test_test_hands_its_arguments_to_pytest(started: list[Sequence[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """`test -k name` is pytest's `-k name`, and pytest's exit code is the answer."""
    ran: list[tuple[str, ...]] = []
    monkeypatch.setattr(commands, "_python", lambda *words: ran.append(words) or 5)
    assert commands.run_command(["test", "-k", "name"], "") == 5
    assert ran == [("-m", "pytest", "-k", "name")]
    assert started == []


def test_missing_system_packages_exit_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A script can tell that an administrator is needed."""

    def set_up(_lock: str) -> None:
        raise SetupFailed("请管理员运行", exit_code=2)

    monkeypatch.setattr(commands, "_set_up", set_up)
    assert commands.run_command(["run"], "") == 2
    assert "请管理员运行" in capsys.readouterr().err


def test_run_starts_without_fonts_and_says_with_which(
    started: list[Sequence[str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a network the program starts all the same, and the person reads in which font."""

    def no_network() -> None:
        raise FontsUnavailable("字体没有下载成功")

    monkeypatch.setattr(commands, "_ensure_fonts", no_network)
    monkeypatch.setattr(commands, "FONT_FOLDER", tmp_path)
    monkeypatch.setattr(system, "system_chinese_font", lambda: "文泉驿微米黑")
    with pytest.raises(Began):
        commands.run_command(["run"], "")
    assert "文泉驿微米黑" in capsys.readouterr().err
    assert started


def test_tests_without_fonts_name_the_files(
    started: list[Sequence[str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """PDF tests cannot run without the fonts, so `test` fails at once and says which files are missing."""

    def no_network() -> None:
        raise FontsUnavailable("字体没有下载成功")

    monkeypatch.setattr(commands, "_ensure_fonts", no_network)
    monkeypatch.setattr(commands, "FONT_FOLDER", tmp_path)
    assert commands.run_command(["test"], "") == 1
    assert "NotoSerifSC-Regular.ttf" in capsys.readouterr().err
    assert started == []


@pytest.mark.parametrize(("words", "exit_code"), [([], 1), (["frobnicate"], 1), (["--help"], 0)])
def test_unknown_commands_show_the_usage(words: list[str], exit_code: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever mistypes reads what there is."""
    assert commands.run_command(words, "用法") == exit_code
    assert "用法" in "".join(capsys.readouterr())
