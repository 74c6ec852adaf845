"""The first six digits of an ID number beside the division a person is registered in: told, never refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gridworker.ledger.facts import Severity
from gridworker.operations.save import check, save
from gridworker.operations.session import Session

Living = Callable[..., tuple[str, str]]
BEIJING = "11010519491231002X"


@pytest.mark.parametrize(("division", "told"), [("370211", ["register_division"]), ("110105", []), ("", [])])
def test_another_region_than_the_numbers_is_a_warning(
    session: Session, living: Living, division: str, told: list[str]
) -> None:
    """Named by code and, where it is known, by name; while typing and on saving, and the save goes through."""
    _, head = living(sex_code="2")
    raw = {"id_no": BEIJING, "register_division": division}
    typed = check(session, "person", raw, record_id=head, field="register_division")
    assert [one.field for one in typed] == told
    saved = save(session, "person", raw, record_id=head)
    assert saved.record.values["id_no"] == BEIJING
    warnings = [one for one in saved.warnings if one.field == "register_division"]
    assert [one.severity for one in warnings] == [Severity.WARNING] * len(told)
    assert all("370211（黄岛区）" in one.message and "110105" in one.message for one in warnings)
