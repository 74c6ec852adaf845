"""Field-level merge: what two people wrote meets field by field."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gridworker.ledger.merge import ElementChange, FieldMark, apply_elements, element_change, merge_set, split_changes
from gridworker.ledgers.registry import find_ledger

PERSON = find_ledger("person")
ME, OTHER = "dev-a.1", "dev-b.1"


def merge(stored: dict, marks: dict, wanted: dict, base: int) -> object:  # type: ignore[type-arg]
    """A merge of scalars by this device."""
    return merge_set(PERSON, stored, marks, wanted, {}, base_revision=base, author=ME)


def test_a_field_nobody_touched_since_the_base_is_written() -> None:
    """field_rev ≤ base_rev."""
    result = merge({"contact": "1"}, {"contact": FieldMark(3, OTHER)}, {"contact": "2"}, 3)
    assert result.changes == {"contact": "2"}
    assert not result.conflicts


def test_a_field_somebody_else_wrote_since_is_put_aside_not_overwritten() -> None:
    """The server's value stands; mine is kept for a person to decide."""
    result = merge({"contact": "1"}, {"contact": FieldMark(4, OTHER)}, {"contact": "2"}, 3)
    assert result.changes == {}
    assert [(conflict.theirs, conflict.mine, conflict.their_author) for conflict in result.conflicts] == [
        ("1", "2", OTHER)
    ]


def test_a_devices_own_earlier_writes_count_as_seen() -> None:
    """Two offline edits of one field by one device never conflict with each other."""
    result = merge({"contact": "1"}, {"contact": FieldMark(4, ME)}, {"contact": "2"}, 3)
    assert result.changes == {"contact": "2"}


def test_equal_values_merge_without_a_conflict() -> None:
    """Two people who wrote the same thing agree."""
    result = merge({"contact": "2"}, {"contact": FieldMark(4, OTHER)}, {"contact": "2"}, 3)
    assert not result.changes
    assert not result.conflicts


def test_different_fields_of_one_record_do_not_meet() -> None:
    """Only the field itself decides, not the record's revision."""
    result = merge({"contact": "1"}, {"workplace": FieldMark(9, OTHER)}, {"contact": "2"}, 3)
    assert result.changes == {"contact": "2"}
    assert result.foreign


def test_list_fields_merge_by_element() -> None:
    """What one added and another removed both hold."""
    result = merge_set(
        PERSON, {"care_categories": ["独居老人", "残疾人"]}, {"care_categories": FieldMark(9, OTHER)}, {},
        {"care_categories": ElementChange(add=("高龄(80+)",), remove=("残疾人",))}, base_revision=1, author=ME,
    )  # fmt: skip
    assert result.changes == {"care_categories": ["独居老人", "高龄(80+)"]}
    assert not result.conflicts


def test_unknown_fields_of_newer_programs_are_kept() -> None:
    """A field no declaration knows merges as a scalar."""
    assert merge({}, {}, {"later_field": "x"}, 0).changes == {"later_field": "x"}


@given(st.lists(st.sampled_from("abcdef"), unique=True), st.lists(st.sampled_from("abcdef"), unique=True))
def test_an_element_change_leads_from_one_list_to_the_other(before: list[str], after: list[str]) -> None:
    """Applying the difference gives the same set."""
    reached = apply_elements(before, element_change(before, after))
    assert sorted(reached or []) == sorted(after)


def test_the_difference_of_two_states_names_only_what_changed() -> None:
    """Scalars and elements part; derived and equal fields stay out."""
    before = {"name": "甲", "contact": "1", "care_categories": ["残疾人"]}
    after = {"name": "甲", "contact": "2", "care_categories": ["残疾人", "孤儿"]}
    scalars, elements = split_changes(PERSON, before, after, after)
    assert scalars == {"contact": "2"}
    assert elements == {"care_categories": ElementChange(add=("孤儿",))}
