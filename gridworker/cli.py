"""The `gridworker` command: everything the window does, without a window."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from gridworker.commands.frame import Parsers, use_utf8
from gridworker.commands.index import ROOMS, room_of
from gridworker.errors import AppError, Cancelled, lack_of_the_machine, where_it_broke

_DEBUG_VARIABLE = "GRIDWORKER_DEBUG"
_EPILOG = "口令取自环境变量 GRIDWORKER_PASSPHRASE，没有时询问。数据目录取自 --home 或 GRIDWORKER_HOME。"


def parser(*rooms: str) -> argparse.ArgumentParser:
    """The whole command line, or that of some modules of commands."""
    top, parsers = _bare()
    for room in rooms or ROOMS:
        importlib.import_module(f"gridworker.commands.{room}").add_to(parsers)
    return top


def _bare() -> tuple[argparse.ArgumentParser, Parsers]:
    top = argparse.ArgumentParser(
        prog="gridworker", description="网格台账：住户、居民、走访、网格事件、隐患、微心愿等台账。", epilog=_EPILOG
    )
    return top, Parsers(top)


def _command(argv: Sequence[str] | None) -> str:
    """The command that is asked for, so that its module alone is imported; the list of all commands is told here."""
    top, parsers = _bare()
    for commands in ROOMS.values():
        for name, help_text in commands.items():
            parsers.name(name, help_text)
    asked, _its_own = top.parse_known_args(argv)
    return str(asked.command)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command: 0, 1 for a known error told in one sentence, 2 for wrong usage."""
    use_utf8()
    words = parser(room_of(_command(argv)))
    asked = words.parse_args(argv)
    if not _is_text(asked):
        words.error("命令里有不是 UTF-8 的字符")
    try:
        asked.run(asked)
        # What is still held back would otherwise meet a closed pipe or a full disk where nobody can answer for it.
        if sys.stdout is not None:
            sys.stdout.flush()
    except AppError as error:
        print(error.sentence(), file=sys.stderr)
        return 1
    except (Cancelled, KeyboardInterrupt):
        print("已停止，没有完成的部分没有写入。", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader of our output went away, as `| head` does.
        sys.stderr.close()
        return 0
    except Exception as error:
        if os.environ.get(_DEBUG_VARIABLE):
            raise
        if lack := lack_of_the_machine(error):
            print(lack.sentence(), file=sys.stderr)
            return 1
        print(f"程序出错了，没有完成的部分没有写入。请把这一行报给开发者：{where_it_broke(error)}", file=sys.stderr)
        return 1
    return 0


def _is_text(asked: argparse.Namespace) -> bool:
    """Whether all that was typed is text; only the names of files may be any bytes."""
    typed = [part for value in vars(asked).values() for part in (value if isinstance(value, list) else [value])]
    return not any(isinstance(part, str) and any("\ud800" <= sign <= "\udfff" for sign in part) for part in typed)
