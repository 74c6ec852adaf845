"""A code that a device mints once and for good, and that people read aloud, copy from paper and type again.

`QS370211005001-260930-A7042M`: prefix, community (12), day, device tag (2), sequence (3), check character.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from gridworker.errors import KnownError
from gridworker.identity import CHECK_ALPHABET, DEVICE_ALPHABET, check_character, record_number
from gridworker.ledger.facts import FieldError, Problem, Value, Values
from gridworker.ledger.field import Field, Text, as_text
from gridworker.ledger.text import clean_number

MOST_A_DAY = 999
COMMUNITY_LENGTH, _DAY_LENGTH, _TAG_LENGTH, _SEQUENCE_LENGTH = 12, 6, 2, 3
_BODY_LENGTH = COMMUNITY_LENGTH + _DAY_LENGTH + _TAG_LENGTH + _SEQUENCE_LENGTH
_DASHES = re.compile(r"[-‐‑‒–—―－_·]+")
_DIGITS = str.maketrans("OIL", "011")
# No place has such a code: a home that no server named yet begins the community part with it.
_LOCAL = "00"


@dataclass(frozen=True)
class CaseCode(Text):
    """A minted code; one that is not `own` names the code of another record.

    A record's own code never changes, and no second record has it.
    """

    prefix: str = ""
    own: bool = True

    def _read(self, raw: object) -> Value:
        bare = _DASHES.sub("", clean_number(as_text(raw)).upper())
        length = len(self.prefix) + _BODY_LENGTH + 1
        if not bare.startswith(self.prefix) or len(bare) != length:
            raise FieldError(f"{self.label}应以 {self.prefix} 开头，去掉横线共 {length} 位，现在是“{bare[:40]}”。")
        body, typed = bare[len(self.prefix) : -1], bare[-1]
        digits, tag = COMMUNITY_LENGTH + _DAY_LENGTH, COMMUNITY_LENGTH + _DAY_LENGTH + _TAG_LENGTH
        # Device tags hold no O, I, 0 or 1; in the digits around them an O was a zero and an I or l a one.
        body = body[:digits].translate(_DIGITS) + body[digits:tag] + body[tag:].translate(_DIGITS)
        right = check_character(self.prefix + body)
        check = right if typed.translate(_DIGITS) == right.translate(_DIGITS) else typed
        return f"{self.prefix}{body[:COMMUNITY_LENGTH]}-{body[COMMUNITY_LENGTH:digits]}-{body[digits:]}{check}"

    def problem(self, value: Value) -> str | None:
        text = str(value)
        found = _pattern(self.prefix).fullmatch(text)
        if found is None or not _is_day(found[1]):
            return f"{self.label}的写法不对，应像 {_example(self.prefix)}。"
        if text[-1] != check_character(text[:-1]):
            return f"{self.label}的校验位不对，多半是抄错了一位，请对照原件核对。"
        return None


def code_in(fields: Iterable[Field]) -> CaseCode | None:
    """The field that holds a record's own code, where its ledger has one."""
    return next((field for field in fields if isinstance(field, CaseCode) and field.own), None)


def fixed_problems(fields: Iterable[Field], before: Values, after: Values) -> list[Problem]:
    """What is wrong where a change would give a record another code than the one it has."""
    own = code_in(fields)
    if own is None or not before.get(own.key) or after.get(own.key) == before[own.key]:
        return []
    return [Problem(own.key, f"{own.label} {before[own.key]} 编定后不能改。")]


def mint(prefix: str, community: str, day: date, tag: str, sequence: int) -> str:
    """The code of the sequence-th record a device makes on a day; more than fit into three digits are refused."""
    if sequence > MOST_A_DAY:
        raise KnownError(
            f"今天这台电脑已经编了 {MOST_A_DAY} 个{prefix}编码，三位序号用完了。",
            safe="前面登记的都已保存，填写的内容没有丢。",
            action="请明天再登记，或换一台电脑。",
        )
    return record_number(prefix, community, day, tag, sequence)


def local_community(seed: int) -> str:
    """What stands for the community while no server has named the device: no real place, and hardly another home."""
    return f"{_LOCAL}{seed % 10 ** (COMMUNITY_LENGTH - len(_LOCAL)):0{COMMUNITY_LENGTH - len(_LOCAL)}d}"


def _pattern(prefix: str) -> re.Pattern[str]:
    return re.compile(
        rf"{prefix}[0-9]{{12}}-([0-9]{{6}})-[{DEVICE_ALPHABET}]{{2}}[0-9]{{3}}[{CHECK_ALPHABET}]", re.ASCII
    )


def _is_day(text: str) -> bool:
    try:
        date(2000 + int(text[:2]), int(text[2:4]), int(text[4:]))
    except ValueError:
        return False
    return True


def _example(prefix: str) -> str:
    return record_number(prefix, "370211005001", date(2026, 9, 30), "A7", 42)
