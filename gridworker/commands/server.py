"""Commands for the server's machine: serve, admin."""

from __future__ import annotations

import argparse
from pathlib import Path

from gridworker.commands.frame import Parsers, home_of, put
from gridworker.errors import KnownError

_DEFAULT_LISTEN = "127.0.0.1:8470"
_PORTS = range(65_536)


def add_to(parsers: Parsers) -> None:
    """Adds the commands of this module."""
    served = parsers.add("serve", "运行同步服务器", _serve)
    served.add_argument(
        "--database", default=None, metavar="URL", help="postgresql://… 或 sqlite:///…，默认数据目录下的 SQLite"
    )
    served.add_argument("--listen", default=_DEFAULT_LISTEN, metavar="HOST:PORT")
    admin = parsers.add("admin", "管理服务器：区划、网格、加入码", _no_verb)
    admin.add_argument("--database", default=None, metavar="URL")
    verbs = admin.add_subparsers(dest="verb", required=True, metavar="动作")
    divisions = verbs.add_parser("divisions", help="载入区划表（CSV：code,name,level,parent）")
    divisions.add_argument("file", type=Path, metavar="FILE.csv")
    divisions.set_defaults(run=_divisions)
    grid = verbs.add_parser("grid", help="建立一个网格")
    grid.add_argument("grid_code", metavar="GRID_CODE")
    grid.add_argument("name", metavar="NAME")
    grid.set_defaults(run=_grid)
    invite = verbs.add_parser("invite", help="给一位工作人员发一次性加入码")
    for option in ("--grid", "--role", "--name"):
        invite.add_argument(option, required=True)
    invite.set_defaults(run=_invite)


def _database(asked: argparse.Namespace) -> str:
    if asked.database:
        return str(asked.database)
    folder = home_of(asked) / "server"
    folder.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{(folder / 'gridworker-server.db').as_posix()}"


def _serve(asked: argparse.Namespace) -> None:
    from gridworker.server.serve import serve

    host, colon, port = asked.listen.rpartition(":")
    if not colon or not port.isdigit() or int(port) not in _PORTS:
        raise KnownError(f"监听地址“{asked.listen}”写法不对。", action="应写成 127.0.0.1:8470 这样。")
    serve(_database(asked), host or "127.0.0.1", int(port))


def _divisions(asked: argparse.Namespace) -> None:
    from gridworker.server import admin

    count = admin.load_divisions(_database(asked), asked.file)
    put(asked, {"divisions": count}, f"已载入 {count} 个区划。")


def _grid(asked: argparse.Namespace) -> None:
    from gridworker.server import admin

    admin.add_grid(_database(asked), asked.grid_code, asked.name)
    put(asked, {"grid_code": asked.grid_code, "name": asked.name}, f"已建立网格 {asked.name}（{asked.grid_code}）。")


def _invite(asked: argparse.Namespace) -> None:
    from gridworker.server import admin

    code = admin.invite(_database(asked), asked.grid, asked.role, asked.name)
    put(asked, {"code": code}, code)


def _no_verb(_asked: argparse.Namespace) -> None:
    raise KnownError("请写出要做的动作。", action="例如 gridworker admin grid 370202001001001 第一网格。")
