"""The words of declarations and code tables, as people read them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from gridworker.ledgers.registry import all_ledgers
from gridworker.paths import resource

_HALF = re.compile(r"[\u4e00-\u9fff][,;:?!()]|[,;:?!()][\u4e00-\u9fff]|[\u4e00-\u9fff]\.($|\s)")


def _said() -> Iterator[tuple[str, str]]:
    for ledger in all_ledgers().values():
        yield ledger.key, ledger.label
        for field in ledger.fields:
            yield f"{ledger.key}.{field.key}", field.label
            yield f"{ledger.key}.{field.key}", field.help
        for title, _keys in ledger.form_groups:
            yield ledger.key, title
    for path in sorted(resource("codes").glob("*.json")):
        for _code, words in json.loads(path.read_text(encoding="utf-8"))["entries"]:
            yield path.stem, words


def test_marks_are_as_wide_as_the_characters_around_them() -> None:
    """A half-width bracket among Chinese characters looks torn off."""
    assert [(where, words) for where, words in _said() if _HALF.search(words)] == []
