"""Commands for the server's machine: serve, admin."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from gridworker.commands import figures, reference, team
from gridworker.commands.frame import Parsers, Verbs, home_of, passphrase, put
from gridworker.errors import KnownError

_DEFAULT_LISTEN = "127.0.0.1:8470"
_DATABASE_HELP = "postgresql://… 或 sqlite:///…，默认数据目录下的 SQLite"
_PORTS = range(65_536)
_HANDED = {"awaited": "待接收", "begun": "接收中", "received": "已接收", "withdrawn": "已收回", "declined": "未接收"}


def add_to(parsers: Parsers) -> None:
    """Adds the commands of this module."""
    served = parsers.add("serve", "运行同步服务器", _serve)
    served.add_argument("--database", default=None, metavar="URL", help=_DATABASE_HELP)
    served.add_argument("--listen", default=_DEFAULT_LISTEN, metavar="HOST:PORT")
    admin = parsers.add("admin", "管理服务器：区划、网格、加入码、岗位、设备、托管", _no_verb)
    verbs = Verbs(admin, ("--database", "URL", _DATABASE_HELP))
    divisions = verbs.add("divisions", "载入区划表（CSV：code,name,level,parent）", _divisions)
    divisions.add_argument("file", type=Path, metavar="FILE.csv")
    grid = verbs.add("grid", "建立一个网格", _grid)
    grid.add_argument("grid_code", metavar="GRID_CODE")
    grid.add_argument("name", metavar="NAME")
    invite = verbs.add("invite", "给一位工作人员发一次性加入码", _invite)
    invite.add_argument("--name", required=True, metavar="NAME", help="姓名")
    team.add_terms_to(invite)
    team.add_admin_to(verbs, _database)
    revoke = verbs.add("revoke-device", "停用一台设备（丢失或换人时）", _revoke_device)
    revoke.add_argument("--device", required=True, metavar="ID", help="设备编号")
    _add_escrow(verbs)
    _add_reference(verbs)
    figures.add_admin_to(verbs, _database)


def _add_reference(verbs: Verbs) -> None:
    inner = Verbs(verbs.add("reference", "各台电脑共用的参考数据：代码表、放假安排、时限等", _no_verb))
    taken = inner.add(
        "import", "导入一份，各台电脑同步后生效", lambda asked: reference.admin_import(asked, _database(asked))
    )
    reference.add_import(taken)
    listed = inner.add(
        "list", "服务器上另外设置的参考数据", lambda asked: reference.admin_list(asked, _database(asked))
    )
    back = inner.add("reset", "恢复为程序自带的内容", lambda asked: reference.admin_reset(asked, _database(asked)))
    for name in ("kind", "key"):
        back.add_argument(name, metavar=name.upper())
    for one in (taken, back):
        one.add_argument("--by", default="管理员", metavar="NAME", help="谁设置的")
    for one in (taken, listed, back):
        one.add_argument("--database", default=argparse.SUPPRESS, metavar="URL", help=_DATABASE_HELP)


def _add_escrow(verbs: Verbs) -> None:
    made = verbs.add("escrow-key", "生成社区的托管密钥：公钥交服务器，私钥写进文件由办公室保管", _escrow_key)
    made.add_argument("--out", type=Path, required=True, metavar="FILE", help="私钥文件，存 U 盘锁好，不要留在服务器上")
    release = verbs.add("release", "放行一台设备的托管恢复码（留下记录）", _release)
    release.add_argument("--device", required=True, metavar="ID", help="设备编号")
    release.add_argument("--key", type=Path, required=True, metavar="FILE", help="托管私钥文件")
    release.add_argument("--by", required=True, metavar="NAME", help="放行的社区负责人")
    release.add_argument("--reason", required=True, help="放行的原因")
    verbs.add("releases", "放行过的记录", _releases)
    verbs.add("handovers", "网格之间移交过的居民：从哪到哪、谁经手、到了哪一步、移交了哪些项（没有姓名）", _handovers)


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
    team.invite(asked, _database(asked))


def _revoke_device(asked: argparse.Namespace) -> None:
    from gridworker.server import admin

    admin.revoke_device(_database(asked), asked.device)
    put(asked, {"revoked": asked.device}, "这台设备已停用，它不能再同步。")


def _escrow_key(asked: argparse.Namespace) -> None:
    from gridworker.server import escrow_admin

    chosen = passphrase(twice=True, prompt="给私钥文件设一个口令：")
    named = escrow_admin.make_key(_database(asked), asked.out, chosen)
    put(asked, {"fingerprint": named, "file": str(asked.out)},
        f"托管密钥已生成，公钥指纹 {named}。\n"
        f"私钥在 {asked.out}：请存 U 盘锁好，口令另外保管；丢了其中一样，就放行不了。")  # fmt: skip


def _release(asked: argparse.Namespace) -> None:
    from gridworker.server import escrow_admin

    secret = passphrase(prompt="私钥文件的口令：")
    code = escrow_admin.release(_database(asked), asked.device, asked.key, secret, by=asked.by, reason=asked.reason)
    put(asked, {"code": code}, code)


def _releases(asked: argparse.Namespace) -> None:
    from gridworker.server import escrow_admin

    for one in escrow_admin.releases(_database(asked)):
        put(asked, {"at": one.at, "device": one.device_id, "by": one.by, "reason": one.reason},
            f"{one.at}　{one.device_id}　{one.by}　{one.reason}")  # fmt: skip


def _handovers(asked: argparse.Namespace) -> None:
    from gridworker.server import handover_admin

    for one in handover_admin.handovers(_database(asked)):
        put(asked, asdict(one) | {"fields": list(one.fields)},
            f"{one.at}　{one.source} → {one.target}　{_HANDED[one.state]}　{one.sent_by}　{one.settled_by or '—'}"
            f"　{len(one.fields)} 项")  # fmt: skip


def _no_verb(_asked: argparse.Namespace) -> None:
    raise KnownError("请写出要做的动作。", action="例如 gridworker admin grid 370202001001001 第一网格。")
