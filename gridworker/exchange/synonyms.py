"""Which field a heading means: by the field's label, its key, or one of the synonyms in the resources.

`headings.json` holds those of all, `headings/<ledger>.json` what a ledger adds for itself.

A target is where a column's cells go: a field of the ledger by its key (`name`), a field of the household the
row belongs to (`household.building_no`), a fact about the head of that household (`head.contact`), in the
household ledger a fact about the person of the row (`person.name`), a whole address in one cell (`#address`), how far
an old matter had come (`#state`), or `-`.
"""

from __future__ import annotations

import difflib
import json
import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from gridworker.ledger.facts import MergeRule
from gridworker.ledger.field import Field, Files
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.text import clean_line
from gridworker.ledgers.registry import find_ledger
from gridworker.paths import resource

IGNORED = "-"
# No field can be called so; a ledger may have an address of its own.
ADDRESS = "#address"
STATE = "#state"
HEAD_NAME = "head.name"
HOUSEHOLD, PERSON, HEAD = "household.", "person.", "head."
PLACE_KEYS = ("compound_name", "building_no", "unit_no", "room_no")
_BRACKETED = re.compile(r"[（(\[【][^（(\[【]*?[）)\]】]")
_SIGNS = re.compile(r"[\s*＊:：、，,。.·（）()\[\]【】\-—_“”\"']")
_SURE, _LIKELY = 1.0, 0.9
_NEAR = 0.6
# Facts that belong to one person alone: under a group that names somebody else they are not the row's.
_IDENTITY = frozenset({"name", "contact", "id_no", "birth_date", "sex_code"})
_GROUP_TAIL = re.compile(r"(基本)?(信息|情况|资料)$")
_ADDRESS_LABEL, _STATE_LABEL = "住址（一格写全）", "办理状态"


@dataclass(frozen=True)
class Meaning:
    """What a heading was taken for: a target with a confidence, or only the nearest suggestion."""

    target: str | None
    confidence: float
    suggestion: str | None = None


class Vocabulary:
    """Every heading a ledger understands."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        known = _resource()
        lists = known["lists"]
        self.neutral_groups = lists["neutral_groups"]
        self._targets: dict[str, str] = {}
        # From the weakest claim to the strongest: a later one takes the heading over.
        self._add_all(lists["ignored"], IGNORED)
        if ledger.historic is not None:
            self._add_all([_STATE_LABEL, *lists["state"]], STATE)
        home = ledger.link_to("household")
        if home is not None or ledger.link_to("person") is not None or ledger.key == "household":
            # A person is told from others of her name by where she lives, so her address is read too.
            self._add_relatives(known)
            self._add_all(lists["address"], ADDRESS)
        for field in _importable(ledger):
            self._add_all([field.key, field.label], ADDRESS if field is home else field.key)
        for key, headings in known["head"].items():
            self._add_all(headings, HEAD + key)
        for key, headings in {**known.get(ledger.key, {}), **_own_headings(ledger.key)}.items():
            self._add_all(headings, key)
        self._add_all([_ADDRESS_LABEL], ADDRESS)

    def _add_relatives(self, known: dict[str, dict[str, list[str]]]) -> None:
        other, prefix = ("person", PERSON) if self.ledger.key == "household" else ("household", HOUSEHOLD)
        for field in _importable(find_ledger(other)):
            self._add_all([field.label, *known[other].get(field.key, ())], prefix + field.key)

    def _add_all(self, headings: list[str], target: str) -> None:
        self._targets.update({fold(heading): target for heading in headings})

    @property
    def targets(self) -> list[tuple[str, str]]:
        """Every target with its label, for a person who maps a column by hand."""
        found = dict.fromkeys(self._targets.values())
        return [(target, label_of(self.ledger, target)) for target in found]

    def exact(self, text: str) -> str | None:
        """The target whose label or synonym the text is, brackets and their content perhaps dropped."""
        return self._targets.get(fold(text)) or self._targets.get(fold(_BRACKETED.sub("", text)))

    def meaning(self, path: tuple[str, ...]) -> Meaning:
        """What a heading of one or more rows means, its groups first."""
        *groups, leaf = path
        group = _GROUP_TAIL.sub("", fold(groups[-1])) if groups else ""
        joined = self.exact(group + leaf) if group else None
        if joined:
            return Meaning(joined, _SURE)
        alone = self.exact(leaf)
        if alone is None:
            return Meaning(None, 0.0, self.nearest(group + leaf) or self.nearest(leaf))
        if not group or alone == IGNORED:
            return Meaning(alone, _SURE)
        return self._within(group, alone)

    def _within(self, group: str, alone: str) -> Meaning:
        key = alone.removeprefix(PERSON)
        if group == "户主" and key in _IDENTITY:
            return Meaning(HEAD + key, _LIKELY)
        if key in _IDENTITY and not any(word in group for word in self.neutral_groups):
            return Meaning(None, 0.0, alone)
        return Meaning(alone, _LIKELY)

    def nearest(self, text: str) -> str | None:
        """The target whose heading is closest to an unknown one."""
        folded = fold(text)
        near = difflib.get_close_matches(folded, self._targets, n=1, cutoff=_NEAR)
        if near:
            return self._targets[near[0]]
        inside = [
            known
            for known in self._targets
            if len(known) > 1 and (known in folded or (len(folded) > 1 and folded in known))
        ]
        return self._targets[max(inside, key=len)] if inside else None


@cache
def vocabulary(ledger_key: str) -> Vocabulary:
    """The vocabulary of a ledger, built once."""
    return Vocabulary(find_ledger(ledger_key))


def fold(heading: str) -> str:
    """A heading without blanks, signs and line breaks, wide forms narrowed, in lower case."""
    return _SIGNS.sub("", unicodedata.normalize("NFKC", clean_line(heading))).lower()


def label_of(ledger: Ledger, target: str) -> str:
    """How a target is called to a person."""
    if target == IGNORED:
        return "不导入"
    if target in (ADDRESS, STATE):
        return _ADDRESS_LABEL if target == ADDRESS else _STATE_LABEL
    field = field_of(ledger, target)
    label = field.label if field else target
    if target.startswith(HEAD):
        return f"户主{label}"
    return f"住户的{label}" if target.startswith(HOUSEHOLD) and field and field.key == "remark" else label


def field_of(ledger: Ledger, target: str) -> Field | None:
    """The field a target's cells are read by; None for an address, which is several, for states and ignored columns."""
    for prefix, other in ((HOUSEHOLD, "household"), (PERSON, "person"), (HEAD, "person")):
        if target.startswith(prefix):
            return find_ledger(other).find(target.removeprefix(prefix))
    return ledger[target] if target in ledger else None  # noqa: SIM401 - a ledger is no dictionary


def _importable(ledger: Ledger) -> list[Field]:
    return [field for field in ledger.fields if field.merge is not MergeRule.DERIVED and not isinstance(field, Files)]


def _own_headings(ledger_key: str) -> dict[str, list[str]]:
    """What a ledger adds for itself, in a file of its name."""
    path = resource("headings", f"{ledger_key}.json")
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


@cache
def _resource() -> dict[str, dict[str, list[str]]]:
    known = json.loads(resource("headings.json").read_text(encoding="utf-8"))
    return {section: lists for section, lists in known.items() if section != "_about"}
