"""The code tables under `resources/codes/`, read once."""

from __future__ import annotations

import json
from functools import cache

from gridworker.ledger.codes import CodeTable
from gridworker.paths import resource


@cache
def table(key: str) -> CodeTable:
    """A code table by its key, e.g. `SEX`."""
    raw = json.loads(resource("codes", f"{key}.json").read_text(encoding="utf-8"))
    return CodeTable(
        key=raw["key"],
        label=raw["label"],
        source=raw["source"],
        entries=tuple((code, label) for code, label in raw["entries"]),
        aliases=tuple((alias, code) for alias, code in raw["aliases"]),
    )
