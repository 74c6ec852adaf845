"""Commands about the home itself: init, demo, status, passphrase, recovery-code."""

from __future__ import annotations

import argparse

from gridworker.area.codes import raise_if_no_grid_code
from gridworker.commands.frame import Parsers, day, home_of, opened, passphrase, put, show_progress
from gridworker.errors import KnownError
from gridworker.operations import session as sessions
from gridworker.operations import sync_


def add_to(parsers: Parsers) -> None:
    """Adds the commands of this module."""
    init = parsers.add("init", "建立数据目录，设定口令，取得恢复码", _init)
    init.add_argument("--name", default="", help="网格员姓名")
    init.add_argument("--grid", default="", metavar="GRID_CODE", help="15 位网格编码")
    init.add_argument("--place", default="", help="网格名称")
    make = parsers.add("demo", "填入演示数据（虚构的社区、住户、居民和一年的记录）", _demo)
    make.add_argument("--households", type=int, default=320, metavar="N")
    make.add_argument("--seed", type=int, default=1, metavar="S")
    make.add_argument("--on", type=day, default=None, metavar="DATE", help="演示数据截止的日期，默认今天")
    parsers.add("status", "本机有什么、等着上传什么、服务器上有什么", _status)
    parsers.add("recovery-code", "换一个恢复码（旧的马上失效），抄下或打印", _recovery_code)
    change = parsers.add("passphrase", "更换口令（数据不动，只换钥匙）", _passphrase)
    change.add_argument("--new", required=True, help="新口令")


def _init(asked: argparse.Namespace) -> None:
    home = home_of(asked)
    if sessions.exists(home):
        raise KnownError(f"{home} 里已经有数据。", safe="没有改动。", action="要重新开始，请换一个目录。")
    if asked.grid:
        raise_if_no_grid_code(asked.grid)
    chosen = passphrase(twice=True, prompt="设定口令：")
    session, recovery = sessions.start(home, chosen, name=asked.name, grid_code=asked.grid, place_name=asked.place)
    session.close()
    put(asked, {"home": str(home), "recovery_code": recovery, "grid_code": session.place.grid_code},
        f"已建立。恢复码（请抄在纸上，放在安全的地方，口令忘记时用它）：\n{recovery}")  # fmt: skip


def _demo(asked: argparse.Namespace) -> None:
    from gridworker.operations import demo

    home = home_of(asked)
    # Before a home is made, which would stand there empty with a recovery code that nobody saw.
    demo.raise_if_too_few(asked.households)
    if not sessions.exists(home):
        session, _recovery = sessions.start(home, passphrase(twice=True, prompt="设定口令："))
        session.close()
    with opened(asked) as session:
        made = demo.fill(session, households=asked.households, seed=asked.seed, on=asked.on, progress=show_progress)
    put(
        asked,
        made.counts,
        "演示数据已填入：" + "，".join(f"{label} {count}" for label, count in made.labelled.items()) + "。",
    )


def _status(asked: argparse.Namespace) -> None:
    with opened(asked) as session:
        state = sync_.state(session)
        counts = sync_.record_counts(session)
        place, actor = session.place, session.actor
        roles = actor.roles_on(session.today(), place.grid_code)
    facts = {
        "home": str(home_of(asked)), "grid_code": place.grid_code, "grid_name": place.name, "joined": place.joined,
        "actor": actor.name, "roles": list(roles), "records": counts,
        "pending": state.waiting, "acked": state.safe, "conflicts": state.conflicts, "rejected": state.refused,
        "last_synced_at": state.last_synced_at, "server_url": state.server_url,
    }  # fmt: skip
    lines = [
        f"{place.name}（{place.grid_code}）　{actor.name}",
        "，".join(f"{label} {count}" for label, count in sync_.labelled(counts).items()),
        state.text,
    ]
    if state.conflicts or state.refused:
        lines.append(f"{state.conflicts} 处冲突、{state.refused} 条被退回，等您处理。")
    put(asked, facts, "\n".join(lines))


def _passphrase(asked: argparse.Namespace) -> None:
    with opened(asked) as session:
        sessions.change_passphrase(session, passphrase(prompt="再输一次现在的口令或恢复码："), asked.new)
    put(asked, {"changed": True}, "口令已更换。")


def _recovery_code(asked: argparse.Namespace) -> None:
    secret = passphrase()
    with opened(asked, secret) as session:
        code = sessions.renew_recovery_code(session, secret)
    put(asked, {"recovery_code": code},
        f"新的恢复码（旧的已经失效，请抄在纸上，放在安全的地方）：\n{code}")  # fmt: skip
