"""Findings by item and numbers by category: written as people write them, stored in one form, shown to be read back."""

from __future__ import annotations

import pytest

from gridworker.ledger.codes import code_table
from gridworker.ledger.facts import FieldError, Sensitivity
from gridworker.ledger.tally_fields import Checklist, Counts, total_of

ITEMS = code_table("I", "项", (("表达", "表达"), ("行动", "行动"), ("疾病", "疾病")), (("语言", "表达"),))
MARKS = code_table("M", "结论", (("正常", "正常"), ("异常", "异常")), (("有问题", "异常"),))
HEALTH = Checklist("health", "健康", items=ITEMS, marks=MARKS, sensitivity=Sensitivity.SENSITIVE)
KINDS = code_table("P", "类", (("居民", "居民代表"), ("党员", "党员")), (("群众", "居民"),))
PEOPLE = Counts("people", "人员", categories=KINDS)


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("正常", "表达:正常、行动:正常、疾病:正常"),
        ("均正常", "表达:正常、行动:正常、疾病:正常"),
        ("行动异常，其余正常", "表达:正常、行动:异常、疾病:正常"),
        ("语言：有问题；行动 正常", "表达:异常、行动:正常"),
        ({"疾病": "异常"}, "疾病:异常"),
        ("", None),
    ],
)
def test_findings_are_read_as_they_are_written(written: object, stored: str | None) -> None:
    """One word for all, the exceptions by name, other spellings; what is shown is read back as the same."""
    value = HEALTH.parse(written)
    assert value == stored
    assert HEALTH.parse(HEALTH.format(value)) == stored
    assert stored is None or HEALTH.problem(value) is None


def test_paper_names_only_what_is_out_of_the_ordinary() -> None:
    """A column of a sheet is narrow: 均正常, or the exceptions and 其余正常; what is not whole is written out."""
    assert HEALTH.format("表达:正常、行动:正常、疾病:正常") == "均正常"
    assert HEALTH.format("表达:正常、行动:异常、疾病:正常") == "行动：异常、其余正常"
    assert HEALTH.format("表达:异常、行动:异常、疾病:异常") == "表达：异常、行动：异常、疾病：异常"
    assert HEALTH.format("行动:正常") == "行动：正常"


def test_what_is_missing_twice_or_unknown_is_said() -> None:
    """Nothing is guessed about an item nobody named; contradictions and strange words are refused."""
    assert HEALTH.missing(HEALTH.parse("行动异常")) == ["表达", "疾病"]
    for written in ("行动异常、行动正常", "还行", "腿正常"):
        with pytest.raises(FieldError):
            HEALTH.parse(written)
    assert HEALTH.problem("乱写") is not None
    assert HEALTH.mask("表达:正常") == "***"


@pytest.mark.parametrize(
    ("written", "stored"),
    [("居民代表12人，党员 3", "居民:12、党员:3"), ("党员：3；群众 12 名", "居民:12、党员:3"), ({"党员": 0}, None)],
)
def test_numbers_by_category_are_read_and_added_up(written: object, stored: str | None) -> None:
    """In the order of the table, whatever order they were written in."""
    value = PEOPLE.parse(written)
    assert value == stored
    assert PEOPLE.parse(PEOPLE.format(value)) == stored
    assert total_of(value) == (15 if stored else 0)


@pytest.mark.parametrize("written", ["律师 2", "党员", "党员 3、党员 4", "12"])
def test_a_category_nobody_knows_is_refused(written: str) -> None:
    """The message names what could be written."""
    with pytest.raises(FieldError):
        PEOPLE.parse(written)
    assert PEOPLE.problem("党员:三") is not None
