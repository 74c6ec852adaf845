"""Commands about photos: add one to a record, list a record's, save one as a file, sweep what nobody saved."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from gridworker.commands.frame import Parsers, Verbs, opened, put
from gridworker.operations import browse, photos


def add_to(parsers: Parsers) -> None:
    """Adds the commands of this module."""
    verbs = Verbs(parsers.add("photo", "记录的照片和附件：添加、列出、另存", _missing))
    added = verbs.add("add", "给一条记录添加照片或 PDF；照片自动缩小，去掉拍摄地点等信息", _add)
    added.add_argument("record", metavar="RECORD")
    added.add_argument("field", metavar="FIELD")
    added.add_argument("file", metavar="FILE", type=Path)
    listed = verbs.add("list", "列出一条记录的照片和附件", _list)
    listed.add_argument("record", metavar="RECORD")
    verbs.add("sweep", "清除没有保存的表单留下的照片（超过 30 天的；清除前先备份）", _sweep)
    saved = verbs.add("save", "把一张照片或附件另存为文件；存出的文件不加密，并留痕", _save)
    saved.add_argument("blob", metavar="BLOB")
    saved.add_argument("file", metavar="FILE", type=Path)


def _missing(_asked: argparse.Namespace) -> None:
    """Never reached: the parser asks for a step."""


def _add(asked: argparse.Namespace) -> None:
    with opened(asked) as session:
        added = photos.add(session, asked.record, asked.field, asked.file)
        facts = {"record": added.record.id, "field": added.field, "blob": added.blob, "op_id": added.op_id}
        told = f"已添加 {added.blob}" if added.op_id else f"这条记录里已经有它 {added.blob}"
        if added.is_for_step:
            example = f'{{"{added.field}": ["{added.blob}"]}}'
            told = f"照片已收好 {added.blob}。办理这一步时写上它，才会放进记录，例如：{example}"
        put(asked, facts, told)


def _list(asked: argparse.Namespace) -> None:
    with opened(asked) as session:
        record = browse.record(session, asked.record)
        found = photos.listing(session, record.id)
        for one in found:
            facts = "　".join(
                (one.label, one.text, f"{-(-one.size // 1000)} KB" if one.size else "—", one.blob or one.name)
            )
            put(asked, asdict(one), facts)
        if not asked.json:
            print(f"共 {len(found)} 个。")


def _save(asked: argparse.Namespace) -> None:
    with opened(asked) as session:
        photos.save_file(session, asked.blob, asked.file)
        put(asked, {"blob": asked.blob}, "已另存。存出的文件没有加密，用完请删除。")


def _sweep(asked: argparse.Namespace) -> None:
    with opened(asked) as session:
        swept = photos.sweep(session)
    told = f"已清除 {swept.photos} 张没有用到的照片，腾出 {-(-swept.freed // 1000)} KB。"
    put(asked, asdict(swept), told if swept.photos or swept.unfinished else "没有要清除的照片。")
