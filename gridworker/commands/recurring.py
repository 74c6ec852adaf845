"""Commands about 回流: what may have come back, and accepting that it has."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from gridworker.commands.frame import Parsers, opened, put
from gridworker.ledgers.registry import find_ledger
from gridworker.operations import browse, recurrence


def add_to(parsers: Parsers) -> None:
    """Adds the commands of this module."""
    listed = parsers.add("recurrences", "可能是回流的记录：同一地点同类事项，办结后 30 天内又出现", _list)
    listed.add_argument("ledger", metavar="LEDGER", nargs="?", default=None)
    linked = parsers.add("recurrence", "确认一条记录是另一条的回流，写上原案件", _accept)
    linked.add_argument("id", metavar="ID")
    linked.add_argument("earlier", metavar="EARLIER", help="原记录的 ID 或编号")


def _list(asked: argparse.Namespace) -> None:
    with opened(asked) as session:
        found = recurrence.proposals(session, asked.ledger)
    for one in found:
        label = find_ledger(one.ledger).label
        earlier = "、".join(f"{known.number}（{known.closed_on.isoformat()} 办结）" for known in one.earlier)
        put(asked, asdict(one), f"{label}　{one.number}　可能是回流：{earlier}　{one.record_id}")
    if not found and not asked.json:
        print("没有可能是回流的记录。")


def _accept(asked: argparse.Namespace) -> None:
    with opened(asked) as session:
        facts = browse.record_facts(session, recurrence.accept(session, asked.id, asked.earlier))
    put(asked, facts, f"已确认回流，原记录是 {asked.earlier}。")
