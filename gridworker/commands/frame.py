"""What all commands share: options, the passphrase, opening the home, printing."""

from __future__ import annotations

import argparse
import getpass
import io
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridworker.errors import KnownError
from gridworker.paths import default_home

if TYPE_CHECKING:
    from gridworker.operations.session import Session

PASSPHRASE_VARIABLE = "GRIDWORKER_PASSPHRASE"  # noqa: S105 - the name of a variable
_JSON_LOOKS = '应写成 {"字段": "值"}。'
_YEARS = range(1900, 2200)
_MOST_DIGITS = 9
Run = Callable[[argparse.Namespace], None]


class Parsers:
    """Adds commands that all know `--home` and `--json`, before and after their name."""

    def __init__(self, top: argparse.ArgumentParser) -> None:
        self._commands = top.add_subparsers(dest="command", required=True, metavar="命令")
        top.add_argument("--home", type=Path, default=None, metavar="DIR", help="数据目录")
        top.add_argument("--json", action="store_true", default=False, help="每行输出一个 JSON 对象")

    def add(self, name: str, help_text: str, run: Run) -> argparse.ArgumentParser:
        """One command; its options are added by the caller."""
        return _added(self._commands, name, help_text, run)

    def name(self, name: str, help_text: str) -> None:
        """A command that is listed, and knows none of its options."""
        self._commands.add_parser(name, help=help_text, add_help=False)


class Verbs:
    """Adds the verbs of one command, such as `admin grid`; `shared` are its options every verb takes too."""

    def __init__(self, command: argparse.ArgumentParser, *shared: tuple[str, str, str]) -> None:
        self._verbs = command.add_subparsers(dest="verb", required=True, metavar="动作")
        self._shared = shared
        for option, metavar, help_text in shared:
            command.add_argument(option, default=None, metavar=metavar, help=help_text)

    def add(self, name: str, help_text: str, run: Run) -> argparse.ArgumentParser:
        """One verb; its options are added by the caller."""
        verb = _added(self._verbs, name, help_text, run)
        for option, metavar, option_help in self._shared:
            verb.add_argument(option, default=argparse.SUPPRESS, metavar=metavar, help=option_help)
        return verb


def _added(parent: Any, name: str, help_text: str, run: Run) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = parent.add_parser(name, help=help_text, description=help_text)
    command.add_argument("--home", type=Path, default=argparse.SUPPRESS, metavar="DIR", help="数据目录")
    command.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="每行输出一个 JSON 对象")
    command.set_defaults(run=run)
    return command


def use_utf8() -> None:
    """Chinese text leaves as UTF-8 even where the console or a pipe is set to something else."""
    for stream in (sys.stdout, sys.stderr):
        # The name of a file may hold bytes that are no UTF-8, and is told all the same.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


def home_of(asked: argparse.Namespace) -> Path:
    """The folder a command works in."""
    return asked.home or default_home()


def passphrase(*, twice: bool = False, prompt: str = "口令：") -> str:
    """From the environment, or asked on the terminal."""
    given = os.environ.get(PASSPHRASE_VARIABLE)
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise KnownError("没有给出口令。", action=f"请设置环境变量 {PASSPHRASE_VARIABLE}，或在终端里运行。")
    typed = getpass.getpass(prompt)
    if twice and getpass.getpass("再输一次：") != typed:
        raise KnownError("两次输入的口令不一样。", action="请重新运行并输入。")
    return typed


@contextmanager
def opened(asked: argparse.Namespace, secret: str | None = None) -> Iterator[Session]:
    """The unlocked home of a command, closed behind it; the secret is asked for unless it is given."""
    # What needs no home, as a list of commands, does not wait for all that opens one.
    from gridworker.operations import session as sessions

    home = home_of(asked)
    if not sessions.exists(home):
        raise KnownError(f"{home} 里还没有数据。", action="请先运行 gridworker init。")
    session = sessions.unlock(home, passphrase() if secret is None else secret)
    for notice in session.notices:
        print(notice, file=sys.stderr)
    try:
        yield session
    finally:
        session.close()


def put(asked: argparse.Namespace, facts: Mapping[str, object], text: str) -> None:
    """One result: an object where JSON was asked for, else the sentence."""
    print(json.dumps(facts, ensure_ascii=False, default=_plain) if asked.json else text)


def show_progress(done: int, total: int, text: str) -> None:
    """A line that is overwritten, on a terminal only."""
    if sys.stderr.isatty():
        print(f"\r{text} {done}/{total}　", end="" if done < total else "\n", file=sys.stderr, flush=True)


def json_object(text: str) -> dict[str, Any]:
    """The object written on the command line, or read from stdin for `-`."""
    try:
        value = json.loads(sys.stdin.read() if text == "-" else text)
        # Infinity, NaN and 1e400, and halves of a surrogate pair: Python reads them, and no other program would.
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except json.JSONDecodeError as wrong:
        raise KnownError(
            f"JSON 第 {wrong.lineno} 行第 {wrong.colno} 个字符附近写法不对。", action=_JSON_LOOKS
        ) from None
    except (ValueError, RecursionError):
        raise KnownError("JSON 里有读不了的数、字符或层次。", action=_JSON_LOOKS) from None
    if not isinstance(value, dict):
        raise KnownError("JSON 应是一个对象。", action=_JSON_LOOKS)
    return value


def day(text: str) -> date:
    """A day given as an option, within the years a ledger can speak of."""
    try:
        given = date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}”不是日期，应写成 2026-04-21") from None
    if given.year not in _YEARS:
        raise argparse.ArgumentTypeError(f"日期应在 {_YEARS[0]} 年到 {_YEARS[-1]} 年之间")
    return given


def count(text: str) -> int:
    """How many rows are asked for."""
    if not text.isascii() or not text.isdecimal() or len(text) > _MOST_DIGITS:
        raise argparse.ArgumentTypeError(f"“{text}”不是行数，应是 0 或更大的整数")
    return int(text)


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset | set | tuple):
        return list(value)
    return str(value)
