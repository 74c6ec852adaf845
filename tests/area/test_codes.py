"""Division and grid codes."""

from __future__ import annotations

import csv

import pytest

from gridworker.area.codes import community_of, is_division_code, is_grid_code, level_of, raise_if_no_grid_code
from gridworker.errors import KnownError
from gridworker.paths import resource


def test_every_code_of_the_public_list_has_the_level_it_says():
    """2,272 divisions of Qingdao; each but the city hangs under one of the list."""
    with resource("divisions", "qingdao.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    codes = {row["code"] for row in rows}
    assert len(rows) == len(codes) == 2272
    assert all(is_division_code(row["code"]) and level_of(row["code"]) == row["level"] for row in rows)
    assert [row["name"] for row in rows if row["parent"] not in codes] == ["青岛市"]


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("370211003041001", True),
        ("370211003041999", True),
        ("370211003041000", False),
        ("370211003000001", False),
        ("370200000000001", False),
        ("37021100304100", False),
        ("3702110030410011", False),
        ("370211003041OO1", False),
        ("３７０２１１００３０４１００１", False),
        ("070211003041001", False),
        ("", False),
    ],
)
def test_a_grid_is_three_digits_inside_a_community(text: str, *, right: bool):
    """A grid never hangs on a street, and counts from 001."""
    assert is_grid_code(text) is right


def test_a_wrong_grid_code_is_explained():
    """Says how a code is built and how long this one is."""
    with pytest.raises(KnownError) as told:
        raise_if_no_grid_code("370211003041")
    assert "15 位" in told.value.action
    assert "现在是 12 位" in told.value.action
    raise_if_no_grid_code("370211003041001")
    assert community_of("370211003041001") == "370211003041"
