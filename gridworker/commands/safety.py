"""Commands that keep a ledger safe: backup, restore, verify, recover, purge."""

from __future__ import annotations

import argparse
import uuid
from dataclasses import asdict
from pathlib import Path

from gridworker.commands import records
from gridworker.commands.frame import Parsers, home_of, opened, passphrase, put, show_progress
from gridworker.errors import KnownError
from gridworker.ledger.dates import CHINA
from gridworker.operations import backups, found_ledgers, giving_up, recovering


def add_to(parsers: Parsers) -> None:
    """Adds the commands of this module."""
    made = parsers.add("backup", "现在备份一次；加密，做完会打开检查", _backup)
    made.add_argument("--to", type=Path, default=None, metavar="DIR", help="另存一份到这个文件夹，如 U 盘")
    made.add_argument("--second", type=Path, default=None, metavar="DIR", help="以后每次备份都在这个文件夹再存一份")
    made.add_argument("--no-second", action="store_true", help="不再用第二个备份位置；已经存在那里的不动")
    made.add_argument("--list", action="store_true", help="只列出已有的备份")
    back = parsers.add("restore", "从备份恢复整个台账，或从回收站恢复一条记录", _restore)
    back.add_argument(
        "id", metavar="FILE|DIR|ID", nargs="?", default=None,
        help="一份备份，或放着备份的文件夹（用最新的一份）；或记录的编号",
    )  # fmt: skip
    back.add_argument(
        "--look", action="store_true", help="只看那里有哪些备份，不用口令；不写文件夹时看插着的 U 盘和共享"
    )
    back.add_argument(
        "--ledger", default="", metavar="CODE", help="那里有几份不同台账的备份时，要哪一份（--look 会列出）"
    )
    back.add_argument("--aside", action="store_true", help="这里已有台账时，先把它原样挪到旁边")
    looked = parsers.add("verify", "检查台账：每一页、操作记录、印记、待上传、备份、照片；有问题时退出码为 1", _verify)
    looked.add_argument("--every-photo", action="store_true", help="备份里的照片全部读一遍；不写时超过 1 GB 只抽查")
    mend = parsers.add("recover", "台账损坏或打不开时，尽可能找回；损坏的文件原样保留", _recover)
    rest = parsers.add("purge", "不再负责的网格留下的、服务器没有的照片和旧文件：列出，或确认后清除", _purge)
    rest.add_argument("--yes", action="store_true", help="确认清除；清除后找不回来")
    mend.add_argument("--from", dest="extra", type=Path, default=None, metavar="DIR", help="还有备份的文件夹，如 U 盘")


def _purge(asked: argparse.Namespace) -> None:
    with opened(asked) as session:
        kept = giving_up.kept(session)
        if not kept:
            put(asked, asdict(kept), "没有不再负责的网格留下的东西。")
        elif asked.yes:
            told = giving_up.give_up(session, progress=show_progress)
            put(asked, asdict(giving_up.kept(session)), told)
        else:
            put(asked, asdict(kept), f"{kept.words}确认不要了，加上 --yes 清除，清除后找不回来。")


def _backup(asked: argparse.Namespace) -> None:
    with opened(asked) as session:
        if asked.list:
            for one in backups.listing(session):
                at, size = one.made_at.astimezone(CHINA), -(-one.size // 1000)
                text = f"{at:%Y-%m-%d %H:%M}　{one.reason}　{size} KB　{one.path.name}"
                put(asked, asdict(one), text)
            if not asked.json and backups.second_place(session):
                print(backups.second_state(session).words)
            return
        if asked.no_second or asked.second is not None:
            backups.set_second_place(session, asked.second)
        if asked.no_second:
            put(asked, {"second": None}, "不再用第二个备份位置。")
            return
        if asked.to is not None:
            line = backups.copy_out(session, asked.to, progress=show_progress)
            put(
                asked,
                asdict(line),
                f"已备份到 {line.path}" + (f"，照片 {line.photos} 张也都在。" if line.photos else ""),
            )
            return
        report = backups.make(session, "manual", progress=show_progress)
        put(asked, asdict(report), report.text)


def _restore(asked: argparse.Namespace) -> None:
    if asked.look:
        _look(asked)
        return
    if asked.id is None:
        raise KnownError("没有说从哪里恢复。", action="请写放着备份的文件夹，或用 --look 看插着的 U 盘上有哪些备份。")
    if is_record_id(asked.id):
        records.restore(asked)
        return
    report = recovering.restore(
        home_of(asked), Path(asked.id), passphrase(), ledger=asked.ledger, aside=asked.aside, progress=show_progress
    )
    put(asked, asdict(report), report.text)


def _look(asked: argparse.Namespace) -> None:
    home = home_of(asked)
    found = found_ledgers.on_media(home) if asked.id is None else found_ledgers.look(Path(asked.id))
    for one in found:
        lines = [f"{one.ledger or '（读不出钥匙文件）'}　{one.folder}　{one.words}"]
        put(asked, asdict(one), "\n".join([*lines, *(f"　　{copy.words}　{copy.path}" for copy in one.copies)]))
    if not found and not asked.json:
        print("插着的 U 盘和共享上没有找到备份。")


def is_record_id(text: str) -> bool:
    """Whether the id of a record was meant, and no path."""
    try:
        return str(uuid.UUID(text)) == text.lower() and not Path(text).exists()
    except ValueError:
        return False


def _verify(asked: argparse.Namespace) -> None:
    with opened(asked) as session:
        checks = recovering.verify(session, every_photo=asked.every_photo)
    for one in checks:
        mark = "正常" if one.ok else "注意" if one.ok is None else "有问题"
        put(asked, asdict(one), f"{one.name}　{mark}　{one.text}")
    wrong = [one.name for one in checks if one.ok is False]
    if wrong:
        raise KnownError(
            f"检查发现问题：{'、'.join(wrong)}。",
            safe="检查没有改动任何东西。",
            action="请运行 gridworker recover，或联系社区管理员。",
        )


def _recover(asked: argparse.Namespace) -> None:
    report = recovering.recover(home_of(asked), passphrase(), extra=asked.extra, progress=show_progress)
    put(asked, asdict(report), "\n".join(report.sentences))
