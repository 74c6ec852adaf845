"""Commands about residents over time: births, households that split, two registrations of one person."""

from __future__ import annotations

import argparse

from gridworker.commands.frame import Parsers, Verbs, count, json_object, opened, put
from gridworker.operations import browse, families, merging, twins
from gridworker.operations.save import Saved
from gridworker.operations.session import Session


def add_to(parsers: Parsers) -> None:
    """Adds the commands of this module."""
    command = parsers.add("resident", "出生、分户、合并重复登记；迁入迁出等用 gridworker save movement", _unreachable)
    verbs = Verbs(command)
    born = verbs.add("birth", "在一户里登记新生儿", _birth)
    born.add_argument("household", metavar="HOUSEHOLD")
    born.add_argument("values", metavar="JSON")
    parted = verbs.add("split", "分户：新户主和同去的人迁入一个新登记的住户", _split)
    parted.add_argument("head", metavar="HEAD")
    parted.add_argument("address", metavar="JSON", help="新住户的住址")
    parted.add_argument("--with", dest="others", action="append", default=[], metavar="PERSON", help="同去的人")
    parted.add_argument("--relations", default="{}", metavar="JSON", help='推不出的关系，例如 {"人员编号": "99"}')
    merged = verbs.add("merge", "把重复的登记并入一条，可以取消", _merge)
    merged.add_argument("keep", metavar="KEEP")
    merged.add_argument("drop", metavar="DROP")
    merged.add_argument("--reason", default="", metavar="TEXT")
    undone = verbs.add("unmerge", "取消一次合并", _unmerge)
    undone.add_argument("movement", metavar="MOVEMENT")
    alike = verbs.add("twins", "列出可能重复的登记", _twins)
    alike.add_argument("--limit", type=count, default=200, metavar="N")


def _unreachable(_asked: argparse.Namespace) -> None:
    """A verb is always named."""


def _birth(asked: argparse.Namespace) -> None:
    with opened(asked) as session:
        _tell(asked, session, families.birth(session, asked.household, json_object(asked.values)), "已登记新生儿")


def _split(asked: argparse.Namespace) -> None:
    relations = {str(key): str(value) for key, value in json_object(asked.relations).items()}
    with opened(asked) as session:
        done = families.split(session, asked.head, asked.others, json_object(asked.address), relations=relations)
        _tell(asked, session, done, "已分户，新住户")


def _merge(asked: argparse.Namespace) -> None:
    with opened(asked) as session:
        _tell(asked, session, merging.merge(session, asked.keep, asked.drop, asked.reason), "已合并，变动")


def _unmerge(asked: argparse.Namespace) -> None:
    with opened(asked) as session:
        _tell(asked, session, merging.unmerge(session, asked.movement), "已取消合并，变动")


def _twins(asked: argparse.Namespace) -> None:
    with opened(asked) as session:
        pairs = twins.all_pairs(session, limit=asked.limit)
    for pair in pairs:
        facts = {"one": pair.one.id, "other": pair.other.id, "why": pair.one.why}
        put(asked, facts, f"{pair.one.why}：{pair.one.title}　{pair.one.id}　和　{pair.other.title}　{pair.other.id}")
    if not pairs and not asked.json:
        print("没有看起来重复的登记。")


def _tell(asked: argparse.Namespace, session: Session, saved: Saved, done: str) -> None:
    warnings = [problem.message for problem in saved.warnings]
    facts = browse.record_facts(session, saved.record) | {"op_id": saved.op_id, "warnings": warnings}
    text = f"{done} {saved.record.id}。撤销编号 {saved.op_id}"
    put(asked, facts, "\n".join([text, *(f"提醒：{message}" for message in warnings)]))
