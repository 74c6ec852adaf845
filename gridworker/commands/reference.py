"""`gridworker reference`: code tables, calendar years, clocks and rules as data, here and on the server."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from gridworker.commands.frame import Parsers, Verbs, opened, put
from gridworker.errors import KnownError
from gridworker.operations import reference_data, reference_files
from gridworker.operations.reference_data import Listed, Preview
from gridworker.planning import reference

_SET_BY = {"": "程序自带", "here": "本机导入", "server": "服务器设置"}
_KINDS = "、".join(f"{kind}（{label}）" for kind, label in reference.KIND_LABELS.items())


def add_to(parsers: Parsers) -> None:
    """Adds the command of this module."""
    command = parsers.add("reference", "参考数据：代码表、放假安排、时限、走访规则、指标口径", _no_verb)
    verbs = Verbs(command)
    listed = verbs.add("list", "列出现在用的参考数据，是自带的还是另外设置的", _list)
    listed.add_argument("--kind", default="", metavar="KIND", help=_KINDS)
    for name, help_text, run in (
        ("show", "显示一项的全部内容", _show),
        ("export", "导出一项：.json，代码表还可以是 .csv 或 .xlsx", _export),
        ("reset", "恢复为程序自带的内容", _reset),
    ):
        one = verbs.add(name, help_text, run)
        one.add_argument("kind", metavar="KIND", help=_KINDS)
        one.add_argument("key", metavar="KEY", help="代码表的键或名称，放假安排的年份，其余与 KIND 相同")
        if name == "export":
            one.add_argument("file", type=Path, metavar="FILE")
    add_import(verbs.add("import", "导入一份参考数据，导入前先看会改变什么", _import))


def add_import(command: argparse.ArgumentParser) -> None:
    """The options of taking a file in, here as on the server."""
    command.add_argument("file", type=Path, metavar="FILE", help=".json、.csv、.xlsx")
    command.add_argument("--key", default="", help="哪一张代码表（键或名称），文件里没有写明时用")
    command.add_argument("--source", default="", help="出处，例如文件号")
    command.add_argument("--preview", action="store_true", help="只看会改变什么，不导入")
    command.add_argument("--retire-used", action="store_true", help="停用的项目还有记录在用时也导入")


def _list(asked: argparse.Namespace) -> None:
    with opened(asked) as session:
        for one in reference_data.listed(session, asked.kind):
            put(asked, asdict(one), _line(one))
        years = reference_data.missing_years(session) if asked.kind in ("", reference.CALENDAR_YEAR) else ()
        for year in years:
            put(asked, {"missing_year": year}, f"{year} 年：该年放假安排未导入。")


def _line(one: Listed) -> str:
    when = f"　{one.changed_at[:16]}" if one.changed_at else ""
    return f"{one.kind}　{one.key}　{one.label}　第 {one.version} 版　{_SET_BY[one.set_by]}{when}　{one.source}"


def _show(asked: argparse.Namespace) -> None:
    with opened(asked) as session:
        facts = reference_data.shown(session, asked.kind, asked.key)
    lines = [f"{facts['label']}　第 {facts['version']} 版　{facts['source']}"]
    entries = facts.get("entries")
    lines += [
        f"  {one['code']}　{one['label']}{'（已停用）' if one['retired'] else ''}"
        for one in (entries if isinstance(entries, list) else ())
    ]
    body = facts.get("body")
    lines += [f"  {key}：{value}" for key, value in body.items()] if isinstance(body, dict) else []
    put(asked, facts, "\n".join(lines))


def _export(asked: argparse.Namespace) -> None:
    with opened(asked) as session:
        reference_data.export(session, asked.kind, asked.key, asked.file)
    put(asked, {"file": str(asked.file)}, f"已写好 {asked.file}。")


def _reset(asked: argparse.Namespace) -> None:
    with opened(asked) as session:
        said = reference_data.reset(session, asked.kind, asked.key)
    put(asked, {"kind": asked.kind, "key": asked.key}, said)


def _import(asked: argparse.Namespace) -> None:
    with opened(asked) as session:
        seen = reference_data.preview(session, asked.file, key=asked.key, source=asked.source)
        if asked.preview:
            tell(asked, seen, taken=False)
            return
        reference_data.take_in(session, seen, retire_used=asked.retire_used)
    tell(asked, seen, taken=True)


def tell(asked: argparse.Namespace, seen: Preview, *, taken: bool) -> None:
    """What a file changes, or changed."""
    facts = {
        "kind": seen.item.kind, "key": seen.item.key, "version": seen.item.version,
        "taken": taken and not seen.change.is_none, "change": asdict(seen.change), "uses": seen.uses,
        "dues": [asdict(due) for due in seen.dues],
    }  # fmt: skip
    ending = [] if seen.change.is_none else ["已导入，马上生效。" if taken else "还没有导入。"]
    put(asked, facts, "\n".join([*seen.lines, *ending]))


def admin_import(asked: argparse.Namespace, url: str) -> None:
    """The same on the server's machine, for every device."""
    from gridworker.server import reference_admin

    item = reference_files.read(asked.file, key=asked.key, source=asked.source)
    change, uses = reference_admin.preview(url, item)
    seen = Preview(item, change, uses, ())
    if asked.preview or change.is_none:
        tell(asked, seen, taken=False)
        return
    if seen.in_use and not asked.retire_used:
        raise reference_data.retires_used(seen)
    reference_admin.put(url, item, by=asked.by)
    tell(asked, seen, taken=True)


def admin_list(asked: argparse.Namespace, url: str) -> None:
    """What the server sets for every device."""
    from gridworker.server import reference_admin

    for one in reference_admin.listed(url):
        item = one.item
        facts = {"kind": item.kind, "key": item.key, "version": item.version, "source": item.source,
            "changed_at": one.changed_at, "changed_by": one.changed_by, "reset": reference.is_reset(item)}  # fmt: skip
        state = "（已恢复为程序自带）" if reference.is_reset(item) else ""
        said = f"{item.label}{state}　第 {item.version} 版　{one.changed_at[:16]}　{one.changed_by}　{item.source}"
        put(asked, facts, f"{item.kind}　{item.key}　{said}")


def admin_reset(asked: argparse.Namespace, url: str) -> None:
    """Back to the built-in item on every device."""
    from gridworker.server import reference_admin

    kind, key = reference_data.place_of(asked.kind, asked.key)
    reference_admin.reset(url, kind, key, by=asked.by)
    put(
        asked,
        {"kind": kind, "key": key},
        f"{reference.label_of(kind, key)}已恢复为程序自带的内容，各台电脑同步后生效。",
    )


def _no_verb(_asked: argparse.Namespace) -> None:
    raise KnownError("请写出要做的动作。", action="例如 gridworker reference list。")
