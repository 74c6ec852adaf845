"""A code as it is minted, read aloud, copied from paper and typed again."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridworker.errors import KnownError
from gridworker.identity import CHECK_ALPHABET, DEVICE_ALPHABET, check_character
from gridworker.ledger.case_code import MOST_A_DAY, CaseCode, code_in, fixed_problems, local_community, mint
from gridworker.ledger.facts import FieldError, Purpose
from gridworker.ledger.field import Text

VECTOR = "QS370211005001-260930-A7042M"
CODE = CaseCode("case_code", "案件代码", prefix="QS")
CODES = st.builds(
    mint,
    st.just("QS"),
    st.from_regex(r"[0-9]{12}", fullmatch=True),
    st.dates(date(2020, 1, 1), date(2060, 12, 31)),
    st.text(DEVICE_ALPHABET, min_size=2, max_size=2),
    st.integers(1, MOST_A_DAY),
)


def test_the_vector_of_the_domain_holds() -> None:
    """Community, day, tag, sequence and check character as printed."""
    assert mint("QS", "370211005001", date(2026, 9, 30), "A7", 42) == VECTOR
    assert CODE.problem(VECTOR) is None


@pytest.mark.parametrize(
    "typed",
    [
        "qs370211005001-260930-a7042m",
        "QS370211005001260930A7042M",
        " QS 370211005001 260930 A7042M ",
        "QS37O2II005OOl-26O930-A7O42M",
        "ＱＳ３７０２１１００５００１－２６０９３０－Ａ７０４２Ｍ",
        "QS370211005001—260930—A7042M",
        "QS3702 11005001–2609 30‐A7 042 M",
    ],
)
def test_a_code_is_read_however_it_was_typed(typed: str) -> None:
    """Small letters, missing and other dashes, blanks, full width, O for 0, I or l for 1."""
    assert CODE.parse(typed) == VECTOR


@given(CODES, st.data())
def test_every_minted_code_is_read_back_from_its_worst_spelling(code: str, data: st.DataObject) -> None:
    """Also where the check character itself is a zero or an O, a one or an I."""
    tag = len("QS") + 12 + 6 + 2
    bare = code.replace("-", "")
    typed = "".join(
        data.draw(st.sampled_from({"0": "0Oo", "1": "1Iil"}.get(one, one + one.lower())))
        if not tag - 2 <= place < tag
        else one.lower()
        for place, one in enumerate(bare)
    )
    assert CODE.parse(typed) == code
    assert CODE.problem(code) is None


@given(CODES, st.data())
def test_one_wrong_character_is_always_said(code: str, data: st.DataObject) -> None:
    """MOD 37,36 finds every single wrong character, but for the price of reading O for 0 in the check itself."""
    bare = code.replace("-", "")
    place = data.draw(st.integers(2, len(bare) - 1))
    lookalikes = {"0": "0O", "O": "0O", "1": "1IL", "I": "1IL", "L": "1IL"}.get(bare[place], bare[place])
    # What looks like a digit is read as one; that it is the right one is another test's matter.
    other = data.draw(st.sampled_from([one for one in CHECK_ALPHABET if one not in lookalikes + "OIL"]))
    wrong = bare[:place] + other + bare[place + 1 :]
    if {check_character(wrong[:-1]), wrong[-1]} in ({"0", "O"}, {"1", "I"}, {"1", "L"}, {"I", "L"}):
        return
    try:
        read = CODE.parse(wrong)
    except FieldError:
        return
    assert CODE.problem(read)


def test_what_is_no_code_is_said_in_words() -> None:
    """The length and the check are told apart; the check's right character is not given away."""
    with pytest.raises(FieldError, match="26 位"):
        CODE.parse("QS370211005001-260930-A7042")
    with pytest.raises(FieldError, match="QS 开头"):
        CODE.parse("XY370211005001-260930-A7042M")
    told = CODE.problem(VECTOR[:-1] + "N")
    assert told
    assert "校验" in told
    assert "M" not in told


@pytest.mark.parametrize("stored", ["QS370211005001-261330-A7042M", VECTOR.lower(), VECTOR.replace("-", ""), "QS"])
def test_a_stored_code_that_is_not_canonical_is_wrong(stored: str) -> None:
    """A client that spells codes its own way is told by the server, so that one code has one spelling."""
    assert CODE.problem(stored)


def test_a_code_is_shown_whole_everywhere() -> None:
    """It is public: the resident reads it on a slip."""
    assert {CODE.show(VECTOR, purpose) for purpose in Purpose} == {VECTOR}


def test_a_day_has_room_for_999() -> None:
    """The thousandth is refused in words rather than given a longer code."""
    assert mint("QS", "370211005001", date(2026, 9, 30), "A7", MOST_A_DAY)[-4:-1] == "999"
    with pytest.raises(KnownError, match="999"):
        mint("QS", "370211005001", date(2026, 9, 30), "A7", MOST_A_DAY + 1)


def test_the_local_community_is_no_place() -> None:
    """No division's code begins with 00."""
    assert {local_community(seed)[:2] for seed in (0, 7, 10**10, 2**64 - 1)} == {"00"}
    assert {len(local_community(seed)) for seed in (0, 7, 10**10, 2**64 - 1)} == {12}


def test_a_code_never_changes_and_the_other_ones_may() -> None:
    """A record's own code is fixed; the code of another record it names is not."""
    fields = (Text("title", "标题"), CaseCode("parent", "原案件", prefix="QS", own=False), CODE)
    assert code_in(fields) is CODE
    assert not fixed_problems(fields, {}, {"case_code": VECTOR})
    assert not fixed_problems(fields, {"case_code": VECTOR}, {"case_code": VECTOR, "parent": "x"})
    assert fixed_problems(fields, {"case_code": VECTOR}, {"case_code": None})[0].field == "case_code"
    assert fixed_problems(fields, {"case_code": VECTOR}, {"case_code": "QS370211005001-260930-A7043K"})
