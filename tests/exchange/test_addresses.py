"""Addresses in one cell, as offices write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridworker.exchange.addresses import looks_like_address, split_address, split_room
from gridworker.ledger.facts import FieldError
from gridworker.ledgers.household import household_title


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("3号楼2单元501", ("", "3", "2", "501")),
        ("３号楼２单元５０１室", ("", "3", "2", "501")),
        ("3-2-501", ("", "3", "2", "501")),
        ("3—2—501", ("", "3", "2", "501")),
        ("3＃2-501", ("", "3", "2", "501")),
        ("三号楼二单元501", ("", "3", "2", "501")),
        ("十二号楼一单元501户", ("", "12", "1", "501")),
        ("二十一栋501", ("", "21", "", "501")),
        ("阳光小区 3号楼 2单元 501", ("阳光小区", "3", "2", "501")),
        ("阳光小区二期3-2-501", ("阳光小区二期", "3", "2", "501")),
        ("香港中路10号3号楼2单元501", ("香港中路10号", "3", "2", "501")),
        ("阳光小区12幢1-301", ("阳光小区", "12", "1", "301")),
        ("A座1201", ("", "A", "", "1201")),
        ("B3栋2单元1001A", ("", "B3", "2", "1001A")),
        ("3号楼东单元501", ("", "3", "东", "501")),
        ("3号楼2单元5楼501", ("", "3", "2", "501")),
        ("23号楼402-1", ("", "23", "", "402-1")),
        ("3-501", ("", "3", "", "501")),
    ],
)
def test_an_address_is_taken_apart(text: str, parts: tuple[str, ...]) -> None:
    """Compound, building, unit, room; what is not there is not there."""
    keys = ("compound_name", "building_no", "unit_no", "room_no")
    assert split_address(text) == {key: part for key, part in zip(keys, parts, strict=True) if part}


@pytest.mark.parametrize("text", ["3-2", "1-3-2-501", "五四广场", "2026-03-05", "3号楼", "501", "阳光小区"])
def test_what_is_not_whole_is_refused_not_guessed(text: str) -> None:
    """With a sentence that shows how to write it."""
    with pytest.raises(FieldError, match="3号楼2单元501"):
        split_address(text)
    assert not looks_like_address(text)


@given(
    st.sampled_from(["", "阳光小区", "海信花园二期"]),
    st.integers(1, 99).map(str),
    st.one_of(st.just(""), st.integers(1, 9).map(str)),
    st.integers(101, 3505).map(str),
)
def test_what_the_program_shows_it_reads_back(compound: str, building: str, unit: str, room: str) -> None:
    """The title of a household is an address this reads."""
    keys = ("compound_name", "building_no", "unit_no", "room_no")
    place = {key: part for key, part in zip(keys, (compound, building, unit, room), strict=True) if part}
    assert split_address(household_title(place)) == place


def test_a_room_with_its_unit() -> None:
    """`2-501` names the unit too, `501-1` is half of a divided flat."""
    assert split_room("2-501") == {"unit_no": "2", "room_no": "501"}
    assert split_room("2单元501") == {"unit_no": "2", "room_no": "501"}
    assert split_room("501-1") == {"room_no": "501-1"}
    assert split_room("501") == {"room_no": "501"}
