"""Codes as a device mints them: once, offline, by the day, found by their tail, never changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gridworker.errors import KnownError
from gridworker.identity import is_record_number
from gridworker.ledger.record import Record
from gridworker.operations import find, remove, save, undo
from gridworker.operations import session as sessions
from gridworker.operations.refusals import SaveRefused
from gridworker.operations.session import Session
from tests.operations.conftest import DAY, PASSPHRASE


def case(session: Session, **more: object) -> Record:
    """A case with what it must have."""
    return save.save(session, "case", {"description": "路面塌陷", "address": "3号楼东侧", **more}).record


def code(record: Record) -> str:
    """The code of a case."""
    return str(record.values["case_code"])


def test_a_code_is_minted_with_the_draft_and_is_the_record_number_too(session: Session) -> None:
    """One number for a person to know, there before any network and before the report."""
    first, second = case(session), case(session)
    assert (first.status, first.values["record_no"]) == ("draft", code(first))
    assert code(first)[:4] == "QS00"
    assert code(first)[14:22] == "-260421-"
    assert [code(one)[-4:-1] for one in (first, second)] == ["001", "002"]
    assert is_record_number(code(first))
    with session.store.read() as tx:
        assert code(first)[22:24] == tx.meta("device_tag")


def test_a_code_is_never_changed_and_may_be_said_again(session: Session) -> None:
    """The form may send it back as it is, or spelt another way; another one is refused."""
    made = case(session)
    save.save(session, "case", {"case_code": code(made).lower(), "description": "大面积塌陷"}, record_id=made.id)
    for other in ("", "QS370211005001-260930-A7042M"):
        with pytest.raises(SaveRefused, match="不能改"):
            save.save(session, "case", {"case_code": other}, record_id=made.id)
    with pytest.raises(SaveRefused, match="校验位"):
        save.save(session, "case", {"case_code": "QS370211005001-260930-A7042N"}, record_id=made.id)


def test_a_clock_set_back_mints_nothing_twice(tmp_path: Path) -> None:
    """Each day keeps its own count, whatever order the days come in."""
    now = [DAY]
    session, _ = sessions.start(tmp_path / "家", PASSPHRASE, now=lambda: now[0])
    made = [code(case(session))]
    for days in (1, 0, 1, -1, 0):
        now[0] = DAY + timedelta(days=days)
        made.append(code(case(session)))
    session.close()
    assert len(set(made)) == len(made)


def test_a_save_that_fails_uses_no_code_up_and_an_undone_one_does(session: Session) -> None:
    """What was never shown may come again; what was shown never does."""
    with pytest.raises(SaveRefused):
        save.save(session, "case", {"address": "3号楼"})
    done = save.save(session, "case", {"description": "路面塌陷", "address": "3号楼东侧"})
    assert code(done.record)[-4:-1] == "001"
    undo.undo(session, done.op_id)
    assert code(case(session))[-4:-1] == "002"


def test_the_thousandth_code_of_a_day_is_refused_in_words(session: Session) -> None:
    """And the day after it goes on; nothing of the refused one is kept."""
    session.store.write(
        lambda tx: tx.execute("INSERT INTO counter (name, value) VALUES (?, 998)", ("number:case:2026-04-21",))
    )
    assert code(case(session))[-4:-1] == "999"
    for _ in range(2):
        with pytest.raises(KnownError, match="999") as told:
            case(session)
        assert "没有丢" in told.value.safe
    with session.store.read() as tx:
        assert tx.one("SELECT count(*) FROM 'case'") == (1,)


def test_two_homes_that_started_alone_hardly_meet(tmp_path: Path) -> None:
    """Before a server names a device the community part is its own, so joining one grid brings no collision."""
    homes = [sessions.start(tmp_path / name, PASSPHRASE, now=lambda: DAY)[0] for name in ("甲", "乙")]
    first, second = (code(case(one)) for one in homes)
    for one in homes:
        one.close()
    assert first[2:14] != second[2:14]


def test_joining_keeps_old_codes_and_mints_new_ones_for_the_community(session: Session) -> None:
    """A code is never renumbered: the server's tag and community stand in the next one."""
    old = case(session)

    def join(tx: object) -> None:
        for key, value in (("server_url", "http://x"), ("grid_code", "370211005001003"), ("device_tag", "A7")):
            tx.set_meta(key, value)  # type: ignore[attr-defined]

    session.store.write(join)
    session.refresh()
    assert code(case(session))[:24] == "QS370211005001-260421-A7"
    with session.store.read() as tx:
        kept = tx.get("case", old.id)
    assert kept
    assert code(kept) == code(old)


@pytest.mark.parametrize(
    "spell",
    [
        lambda text: text,
        lambda text: text.lower(),
        lambda text: text.replace("-", ""),
        lambda text: text.replace("-", " "),
        lambda text: text[-6:],
        lambda text: text[-6:].lower().replace("0", "o"),
        lambda text: text[-13:],
        lambda text: text[:14],
    ],
)
def test_a_case_is_found_by_its_code_and_by_its_tail(session: Session, spell: Callable[[str], str]) -> None:
    """However it is typed; the result shows the whole code."""
    made = case(session)
    found = find.search(session, spell(code(made)))
    assert [one.id for one in found] == [made.id]
    assert code(made) in found[0].subtitle


def test_another_tail_finds_nothing(session: Session) -> None:
    """A code is compared whole from its end, not by the letters in it."""
    made = case(session)
    tail = code(made)[-6:]
    other = ("A" if tail[0] != "A" else "B") + tail[1:]
    assert find.search(session, other) == []


def test_a_code_typed_for_the_earlier_case_is_read_right(session: Session) -> None:
    """原案件 takes any spelling, and the record itself is found by it."""
    old = case(session)
    new = case(session, parent_case_code=code(old).lower().replace("-", " "), parent_case_id=code(old).lower())
    assert new.values["parent_case_code"] == code(old)
    assert new.values["parent_case_id"] == old.id


def test_the_day_is_chinas(tmp_path: Path) -> None:
    """Half past four in the afternoon in London is tomorrow here."""
    evening = datetime(2026, 4, 21, 16, 30, tzinfo=UTC)
    session, _ = sessions.start(tmp_path / "家", PASSPHRASE, now=lambda: evening)
    made = code(case(session))
    session.close()
    assert "-260422-" in made


@pytest.mark.parametrize("given", [{"due_at": "2099-01-01 23:59"}, {"lead_unit_id": "城市管理"}, {"rework_count": 2}])
def test_what_steps_write_is_not_typed(session: Session, given: dict[str, object]) -> None:
    """Neither into a new case nor into one that is there; what comes back as it stood is fine."""
    with pytest.raises(SaveRefused, match="由办理步骤填写"):
        case(session, **given)
    made = case(session)
    with pytest.raises(SaveRefused, match="由办理步骤填写"):
        save.save(session, "case", given, record_id=made.id)
    save.save(session, "case", {**made.flat(), "remark": "已看"}, record_id=made.id)


def test_a_typed_code_that_stands_here_is_refused_and_says_where(session: Session) -> None:
    """Typed as it is on paper, in whatever spelling; the record that has it is named, the bin included."""
    old = case(session)
    for spelt in (code(old), code(old).lower().replace("-", " ")):
        with pytest.raises(SaveRefused, match=f"{code(old)} 已经是网格事件“.+”（2026-04-21 登记）的") as told:
            case(session, case_code=spelt)
        assert told.value.problems[0].field == "case_code"
    assert [one.field for one in save.check(session, "case", {"case_code": code(old)}) if "已经是" in one.message] == [
        "case_code"
    ]
    undo.undo(session, save.save(session, "case", {"description": "路面塌陷", "address": "3号楼东侧"}).op_id)
    remove.delete(session, old.id)
    with pytest.raises(SaveRefused, match="在回收站"):
        case(session, case_code=code(old))
    with session.store.read() as tx:
        assert tx.one("SELECT count(*) FROM 'case' WHERE deleted = 0") == (0,)
    other = "QS370211005001-260930-A7042M"
    assert code(case(session, case_code=other)) == other
    save.save(session, "case", {"case_code": other, "description": "再看过"}, record_id=case_id(session, other))


def case_id(session: Session, number: str) -> str:
    """The case that has a code."""
    return find.search(session, number)[0].id


def test_a_typed_household_number_that_stands_here_is_refused(session: Session, living: Callable[..., tuple]) -> None:
    """The household that has it is named by its address."""
    home, _ = living()
    with session.store.read() as tx:
        number = str(tx.get("household", home).values["household_no"])
    raw = {"compound_name": "海棠苑", "building_no": "4", "room_no": "101", "tenure_code": "自住"}
    with pytest.raises(SaveRefused, match="海棠苑 3号楼 2单元 501"):
        save.save(session, "household", {**raw, "household_no": number})
    save.save(session, "household", {**raw, "household_no": "370211005001001A7999"})
    save.save(session, "household", {"household_no": number, "remark": "不变"}, record_id=home)
