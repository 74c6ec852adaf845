"""`gridworker ledger [NAME]`: everything derived from a declaration, so that a search for a label ends here."""

from __future__ import annotations

import argparse
import json

from gridworker.commands.frame import Parsers, put
from gridworker.ledger.describe import describe, description_lines
from gridworker.ledgers.registry import all_ledgers, find_ledger


def add_to(parsers: Parsers) -> None:
    """Adds the command of this module."""
    told = parsers.add("ledger", "一本台账由声明得到的一切：字段、代码、表、步骤、打码", _ledger)
    told.add_argument("name", metavar="NAME", nargs="?")


def _ledger(asked: argparse.Namespace) -> None:
    if asked.name is None:
        for ledger in all_ledgers().values():
            put(
                asked,
                {"key": ledger.key, "label": ledger.label, "fields": len(ledger.fields)},
                f"{ledger.key}　{ledger.label}　{len(ledger.fields)} 项",
            )
        return
    ledger = find_ledger(asked.name)
    print(json.dumps(describe(ledger), ensure_ascii=False) if asked.json else "\n".join(description_lines(ledger)))
