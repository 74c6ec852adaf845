"""The ledgers as declared: their fields, the order of surfaces, and the cap on what a field may own."""

from __future__ import annotations

import dataclasses
import json

import pytest

from gridworker.errors import KnownError
from gridworker.ledger.code_fields import Code, Codes
from gridworker.ledger.describe import describe, description_lines
from gridworker.ledger.facts import MergeRule, Purpose, Sensitivity
from gridworker.ledger.field import Field
from gridworker.ledger.ledger import Ledger
from gridworker.ledgers.registry import all_ledgers, find_ledger

LEDGERS = tuple(all_ledgers().values())


def test_the_ledgers_are_found_in_their_order() -> None:
    """Adding a file is enough to be found; links resolve in this order: households, people, then what is about them."""
    found = list(all_ledgers())
    assert found[:2] == ["household", "person"]
    assert [key for key in found if key in ("visit", "hazard", "wish")] == ["visit", "hazard", "wish"]
    assert found == sorted(found, key=lambda key: (all_ledgers()[key].order, key))


def test_a_field_owns_at_most_twelve_facts() -> None:
    """A fact enters `Field` only if three surfaces need it; the cap keeps flags from multiplying."""
    assert len(dataclasses.fields(Field)) <= 12


@pytest.mark.parametrize("ledger", LEDGERS, ids=lambda ledger: ledger.key)
def test_every_field_stands_in_the_form_or_is_filled_by_the_program(ledger: Ledger) -> None:
    """What a person must fill before saving can be reached in the form."""
    shown = {key for _, keys in ledger.form_groups for key in keys}
    filled = {
        "record_no",
        "recorded_by",
        "recorded_at",
        "source_channel",
        "household_no",
        "grid_worker_id",
        "visitor_ids",
        "fixed_on_site",
        "case_code",
    }
    # What begins with a value needs nobody to fill it.
    required = {field.key for field in ledger.fields if field.required is not None and field.default is None}
    assert required <= shown | filled


@pytest.mark.parametrize("ledger", LEDGERS, ids=lambda ledger: ledger.key)
def test_personal_fields_are_masked_in_lists_exports_and_notices(ledger: Ledger) -> None:
    """S2 and S3 never stand as they are where they have to be masked."""
    for field in ledger.fields:
        for purpose in (Purpose.LIST, Purpose.EXPORT, Purpose.NOTICE):
            assert field.is_masked(purpose) == (field.sensitivity >= Sensitivity.PERSONAL)


@pytest.mark.parametrize("ledger", LEDGERS, ids=lambda ledger: ledger.key)
def test_the_description_names_every_field_and_state(ledger: Ledger) -> None:
    """A search for a label or key always ends somewhere."""
    text = "\n".join(description_lines(ledger))
    assert all(field.key in text and field.label in text for field in ledger.fields)
    assert json.loads(json.dumps(describe(ledger)))["key"] == ledger.key
    for state in ledger.workflow.states if ledger.workflow else ():
        assert state.label in text


def test_code_fields_have_a_table() -> None:
    """No code is offered from an empty list."""
    for ledger in LEDGERS:
        for field in ledger.fields:
            if isinstance(field, Code | Codes):
                assert field.table.entries, field.key


def test_derived_fields_never_travel() -> None:
    """What each device recomputes is not among the stored fields."""
    household = find_ledger("household")
    assert household["last_visited_at"].merge is MergeRule.DERIVED
    assert "last_visited_at" not in {field.key for field in household.stored_fields}


def test_a_ledger_is_found_by_key_and_label_and_a_near_miss_is_suggested() -> None:
    """Commands take the key or the Chinese label."""
    assert find_ledger("居民") is find_ledger("person")
    with pytest.raises(KnownError, match="persn") as wrong:
        find_ledger("persn")
    assert "person" in wrong.value.action
