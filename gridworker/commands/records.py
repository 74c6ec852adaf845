"""Commands about records: list, show, save, move, search, rebuild-search, delete, undo, history."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from gridworker.commands import recurring
from gridworker.commands.frame import Parsers, count, json_object, opened, put, show_progress
from gridworker.errors import KnownError
from gridworker.ledger.facts import Purpose
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import find_ledger
from gridworker.operations import browse, find, flags, recurrence, remove, revealing, timeline, transition, undo
from gridworker.operations.save import Saved, save
from gridworker.operations.session import Session
from gridworker.store.query import Condition, Query

_PAGE = 500


def add_to(parsers: Parsers) -> None:
    """Adds the commands of this module, and those about records that came back."""
    recurring.add_to(parsers)
    listed = parsers.add("list", "列出一本台账；表格里个人信息打码，--json 对可以查看的岗位为完整内容并留痕", _list)
    listed.add_argument("ledger", metavar="LEDGER")
    listed.add_argument("--deleted", action="store_true", help="列出回收站")
    listed.add_argument("--state", default="", help="只列在这个状态的：状态的键或名称")
    listed.add_argument("--due", choices=tuple(flags.LABELS), default="", help="只列已超期（late）或即将到期（soon）的")
    listed.add_argument("--limit", type=count, default=None, metavar="N")
    card = parsers.add("show", "显示一条记录；可以查看敏感内容的岗位看到全部并留痕，其他岗位打码", _show)
    card.add_argument("id", metavar="ID")
    card.add_argument("--field", default="", metavar="FIELD", help="只完整显示这一项，打码的会留痕，例如 contact")
    saved = parsers.add("save", "新建或修改一条记录；JSON 里有 id 时为修改，JSON 写 - 时从标准输入读", _save)
    saved.add_argument("ledger", metavar="LEDGER")
    saved.add_argument("values", metavar="JSON")
    moved = parsers.add("move", "办理一步，例如登记、认领、复查合格", _move)
    moved.add_argument("id", metavar="ID")
    moved.add_argument("event", metavar="EVENT")
    moved.add_argument("args", metavar="JSON", nargs="?", default="{}")
    sought = parsers.add("search", "按姓名、拼音、首字母、房号、电话尾号、类别、曾用名查找", _search)
    sought.add_argument("text", metavar="TEXT", nargs="+")
    sought.add_argument("--limit", type=count, default=50, metavar="N")
    sought.add_argument("--full", action="store_true", help="姓名、电话完整显示，并留痕")
    anew = parsers.add("rebuild-search", "重建搜索索引：升级之后，或查不到明明登记过的人时", _rebuild_search)
    anew.add_argument("--check", action="store_true", help="只核对，不重建")
    for name, help_text, run in (
        ("delete", "放进回收站", _delete),
        ("history", "谁在何时改了什么", _history),
    ):
        one = parsers.add(name, help_text, run)
        one.add_argument("id", metavar="ID")
        if name == "history":
            one.add_argument("--linked", action="store_true", help="连同有关联的走访、隐患、事件等一起列出")
    back = parsers.add("undo", "撤销一次保存（编号见 save 的输出）", _undo)
    back.add_argument("op", metavar="OP")


def _list(asked: argparse.Namespace) -> None:
    ledger = find_ledger(asked.ledger)
    with opened(asked) as session:
        query = Query(ledger.key, _in_state(ledger, asked.state), deleted=asked.deleted, limit=asked.limit)
        row_ids = flags.flagged_rows(session, query, asked.due) if asked.due else browse.listing(session, query)
        if browse.keeps_back(session, ledger.key):
            print("有的记录不在您可以查看的范围内，没有列出。", file=sys.stderr)
        if asked.json:
            _list_facts(session, ledger, row_ids)
            return
        cards = flags.flags(session, ledger.key)
        print("　".join(ledger[key].label for key in ledger.list_columns))
        for start in range(0, len(row_ids), _PAGE):
            for row in browse.rows(session, ledger.key, row_ids[start : start + _PAGE]):
                status = (row.status,) if row.status else ()
                card = (cards[row.id].label,) if row.id in cards else ()
                print("　".join((*(text or "—" for text in row.cells.values()), *status, *card, row.id)))
        print(f"共 {len(row_ids)} 条。")


def _list_facts(session: Session, ledger: Ledger, row_ids: Sequence[int]) -> None:
    """One object a line; `masked` names in it what is not in full."""
    for start in range(0, len(row_ids), _PAGE):
        found = browse.facts(session, ledger.key, row_ids[start : start + _PAGE])
        full = sum("masked" not in one for one in found)
        if full:
            # Before anything is printed.
            revealing.note_list(session, ledger.key, count=full)
        for one in found:
            print(json.dumps(one, ensure_ascii=False))


def _in_state(ledger: Ledger, name: str) -> tuple[Condition, ...]:
    if not name:
        return ()
    states = ledger.workflow.states if ledger.workflow else ()
    found = next((one.key for one in states if name in (one.key, one.label)), None)
    if found is None:
        known = "、".join(f"{one.key}（{one.label}）" for one in states)
        raise KnownError(
            f"{ledger.label}没有“{name[:20]}”这个状态。", action=f"有：{known}。" if known else "这本台账不分状态。"
        )
    return (Condition("status", "is", found),)


def _show(asked: argparse.Namespace) -> None:
    with opened(asked) as session:
        record = browse.record(session, asked.id)
        if asked.field:
            text = revealing.reveal_field(session, record.id, asked.field)
            put(asked, {"id": record.id, "field": asked.field, "text": text}, text)
            return
        revealing.note_record(session, record)
        put(asked, browse.record_facts(session, record), _card(session, record))


def _card(session: Session, record: Record) -> str:
    ledger = find_ledger(record.ledger)
    texts = browse.shown(session, record, Purpose.UNMASKED)
    head = [f"{ledger.label}　{record.id}　第 {record.revision} 版" + ("　已在回收站" if record.deleted else "")]
    if ledger.workflow:
        head.append(f"状态：{ledger.workflow.label_of(record.status)}")
    return "\n".join([*head, *(f"{ledger[key].label}：{text}" for key, text in texts.items() if text)])


def _save(asked: argparse.Namespace) -> None:
    with opened(asked) as session:
        saved = save(session, asked.ledger, json_object(asked.values))
        _tell(asked, session, saved, "已保存", recurrence.proposals_for(session, saved.record.id))


def _move(asked: argparse.Namespace) -> None:
    with opened(asked) as session:
        saved = transition.move(session, asked.id, asked.event, json_object(asked.args))
        _tell(asked, session, saved, "已办理", recurrence.proposals_for(session, saved.record.id))


def _delete(asked: argparse.Namespace) -> None:
    with opened(asked) as session:
        _tell(asked, session, remove.delete(session, asked.id), "已放进回收站")


def restore(asked: argparse.Namespace) -> None:
    """Takes a record out of the 回收站; the command itself is in `safety`, which shares its name with backups."""
    with opened(asked) as session:
        _tell(asked, session, remove.restore(session, asked.id), "已恢复")


def _undo(asked: argparse.Namespace) -> None:
    with opened(asked) as session:
        _tell(asked, session, undo.undo(session, asked.op), "已撤销")


def _tell(
    asked: argparse.Namespace, session: Session, saved: Saved, done: str, recurs: Sequence[recurrence.Earlier] = ()
) -> None:
    ledger = find_ledger(saved.record.ledger)
    warnings = [problem.message for problem in saved.warnings]
    facts = browse.record_facts(session, saved.record) | {"op_id": saved.op_id, "warnings": warnings}
    if recurs:
        facts["recurrences"] = [asdict(one) for one in recurs]
    state = f"，现在是“{ledger.workflow.label_of(saved.record.status)}”" if ledger.workflow else ""
    text = f"{done}{ledger.label} {saved.record.id}{state}。撤销编号 {saved.op_id}"
    if not saved.op_id:
        text = f"{ledger.label} {saved.record.id} 没有改动{state}。"
    put(asked, facts, "\n".join([text, *(f"提醒：{message}" for message in warnings)]))


def _search(asked: argparse.Namespace) -> None:
    with opened(asked) as session:
        text = " ".join(asked.text)
        if asked.full:
            found = revealing.reveal_found(session, text, limit=asked.limit)
        else:
            found = find.search(session, text, limit=asked.limit)
        if not find.is_current(session):
            print("搜索索引是旧的，可能查不全。请运行 gridworker rebuild-search。", file=sys.stderr)
    for one in found:
        put(asked, asdict(one), f"{find_ledger(one.ledger).label}　{one.title}　{one.subtitle}　{one.id}")
    if not found and not asked.json:
        print(f"没有找到“{' '.join(asked.text)}”。")


def _rebuild_search(asked: argparse.Namespace) -> None:
    with opened(asked) as session:
        in_step = find.is_in_step(session)
        if not asked.check:
            find.rebuild(session, show_progress, lambda: False)
    before = "搜索索引与台账一致" if in_step else "搜索索引与台账不一致"
    after = "" if asked.check else "，已重建"
    advice = "" if in_step or not asked.check else "，请运行 gridworker rebuild-search"
    put(asked, {"in_step": in_step, "rebuilt": not asked.check}, f"{before}{after}{advice}。")


def _history(asked: argparse.Namespace) -> None:
    with opened(asked) as session:
        record = browse.record(session, asked.id)
        if asked.linked:
            lines = timeline.linked_timeline(session, record.id, purpose=Purpose.UNMASKED)
            for key in dict.fromkeys((record.id, *(line.record_id for line in lines))):
                revealing.note_record(session, browse.record(session, key))
            for line in lines:
                facts = {"record_id": line.record_id, "ledger": line.ledger, "label": line.label}
                put(asked, facts | asdict(line.step), f"{line.label}　{_told(line.step)}")
            return
        revealing.note_record(session, record)
        for step in timeline.timeline(session, record.id, purpose=Purpose.UNMASKED):
            put(asked, asdict(step), _told(step))


def _told(step: timeline.Step) -> str:
    changed = "；".join(f"{label}：{old or '空'} → {new or '空'}" for label, old, new in step.details)
    return "　".join(part for part in (step.at_text, step.who, step.what, changed, step.reason) if part)
