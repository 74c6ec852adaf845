"""The commands of build_app.py, each beginning with the set-up it needs."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

from setup_steps import environment, fonts, system
from setup_steps.console import EXIT_FAILED, SetupFailed, say, survive_any_console
from setup_steps.environment import LockName, environment_python

ROOT = Path(__file__).resolve().parent.parent
FONT_FOLDER = ROOT / "resources" / "fonts"


def run_command(arguments: Sequence[str], usage: str) -> int:
    """Do what the arguments name and return the exit code."""
    survive_any_console()
    name, *rest = arguments or [""]
    command = _COMMANDS.get(name)
    if command is None:
        asked = name in {"-h", "--help", "help"}
        print(usage, file=sys.stdout if asked else sys.stderr)
        return 0 if asked else 1
    try:
        return command(rest[1:] if rest[:1] == ["--"] else rest)
    except SetupFailed as failure:
        say(str(failure))
        return failure.exit_code
    except OSError as error:
        say(f"读写文件时出错，没有准备好：{error}")
        return EXIT_FAILED
    except KeyboardInterrupt:
        say("已停止。再次启动会接着准备。")
        return 130


def _run(arguments: Sequence[str]) -> int:
    _set_up("run")
    if not fonts.tried_lately(FONT_FOLDER):
        try:
            _ensure_fonts()
        except fonts.FontsUnavailable as error:
            fonts.note_failure(FONT_FOLDER)
            _explain_system_font(str(error))
    elif not fonts.fonts_ready(FONT_FOLDER):
        _explain_system_font("字体还没有下载")
    _raise_if_nothing_can_be_shown(smoke="--smoke" in arguments)
    # -P: the folder the person stands in may hold a `ui` of its own.
    _become([str(environment_python(ROOT)), "-P", "-m", "ui", *arguments])


def _test(arguments: Sequence[str]) -> int:
    _set_up("test")
    _require_fonts()
    # All tests at once on all cores, a file at a time; what is asked for by name runs in one process, easy to follow.
    return _python("-m", "pytest", *(arguments or ("-n", "auto", "--dist", "loadfile")))


def _check(_arguments: Sequence[str]) -> int:
    _set_up("test")
    checks = {
        "ruff": ("-m", "ruff", "check", "--output-format=concise"),
        "ruff format": ("-m", "ruff", "format", "--check", "--output-format=concise"),
        "mypy gridworker": ("-m", "mypy", "--strict", "-p", "gridworker"),
        "mypy ui": ("-m", "mypy", "-p", "ui"),
        "mypy build_app": ("-m", "mypy", "--strict", "-p", "setup_steps"),
        "分层约定与 Qt 引用计数": ("-m", "pytest", "-q", "tests/test_architecture.py", "tests/ui/test_qt_drift.py"),
    }
    failed = []
    for label, command in checks.items():
        say(f"检查：{label}")
        if _python(*command) != 0:
            failed.append(label)
    say(f"没有通过：{'、'.join(failed)}" if failed else "全部通过。")
    return 1 if failed else 0


def _bench(_arguments: Sequence[str]) -> int:
    _set_up("test")
    _require_fonts()
    _show_nothing()
    failed = [path.name for path in sorted((ROOT / "tests" / "bench").glob("bench_*.py")) if _python(str(path)) != 0]
    if failed:
        say(f"没有跑完：{'、'.join(failed)}")
    return 1 if failed else 0


def _fonts(_arguments: Sequence[str]) -> int:
    if shutil.which("npm") is None:
        _set_up("run")
    _require_fonts()
    _show_nothing()
    return 0


def _screenshot(_arguments: Sequence[str]) -> int:
    _set_up("run")
    _require_fonts()
    pages = ("today", "cases")
    made = [_python("-m", "ui.screenshot", str(ROOT / "docs/images" / f"{page}.png"), "--page", page) for page in pages]
    return max(made)


def _lock(_arguments: Sequence[str]) -> int:
    from setup_steps.locks import compile_locks  # noqa: PLC0415 - no other command needs it

    compile_locks(ROOT, environment.find_uv())
    return 0


_COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "run": _run,
    "test": _test,
    "check": _check,
    "bench": _bench,
    "fonts": _fonts,
    "screenshot": _screenshot,
    "lock": _lock,
}


def _set_up(lock: LockName) -> None:
    if environment.is_ready(ROOT, lock):
        return
    with environment.one_at_a_time(ROOT):
        if environment.is_ready(ROOT, lock):
            return
        _ensure_system_packages(for_tests=lock == "test")
        environment.ensure_environment(ROOT, lock)


def _ensure_system_packages(*, for_tests: bool) -> None:
    missing = system.missing_packages(for_tests=for_tests, with_uv=environment.find_uv() is not None)
    if missing:
        system.install_packages(missing)


def _ensure_fonts() -> None:
    if fonts.fonts_ready(FONT_FOLDER):
        return
    with environment.one_at_a_time(ROOT):
        if not fonts.fonts_ready(FONT_FOLDER):
            fonts.place_fonts(FONT_FOLDER, _find_npm)


def _require_fonts() -> None:
    try:
        _ensure_fonts()
    except fonts.FontsUnavailable as error:
        missing = "、".join(fonts.missing_fonts(FONT_FOLDER))
        raise SetupFailed(f"{error}。\n缺少字体文件：{missing}\n应在 {FONT_FOLDER}。网络恢复后再试一次。") from error


def _find_npm(stack: ExitStack) -> fonts.NpmCommand:
    from setup_steps.npm import find_npm  # noqa: PLC0415 - needed once in the life of a checkout

    return find_npm(ROOT, stack)


def _explain_system_font(reason: str) -> None:
    family = system.system_chinese_font()
    if family is not None:
        say(f"{reason}。这次用系统字体“{family}”启动；以后启动时会再试，想马上补上就运行 build_app.py fonts。")
        return
    say(f"{reason}。系统里也没有中文字体，先装一个。")
    try:
        system.install_packages([system.FALLBACK_FONT_PACKAGE])
    except SetupFailed as failure:
        say(f"{failure}\n没有中文字体时，文字会显示成方框，数据不受影响。")


def _raise_if_nothing_can_be_shown(*, smoke: bool) -> None:
    displays = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if not sys.platform.startswith("linux") or any(os.environ.get(name) for name in displays):
        return
    if not smoke:
        # Qt would abort with advice that leads astray.
        raise SetupFailed("这里没有图形界面，打不开窗口。请在桌面上打开终端再启动。")
    _show_nothing()


def _show_nothing() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def _python(*arguments: str) -> int:
    return subprocess.run([str(environment_python(ROOT)), *arguments], cwd=ROOT, check=False).returncode


def _become(command: list[str]) -> NoReturn:
    if os.name == "nt":
        # execv on Windows starts a second process and returns the console at once.
        sys.exit(subprocess.run(command, check=False).returncode)
    os.execv(command[0], command)
