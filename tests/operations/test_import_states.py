"""Old workbooks come in as what they are: what was settled stays settled, what is open is owed from its own day."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from gridworker.area.belonging import Post
from gridworker.ledger.imported import IMPORTED, SCHEMA
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import all_ledgers, find_ledger
from gridworker.operations import export, import_, import_drafts, plan, plan_keys, timeline, transition
from gridworker.operations import save as saved
from gridworker.operations import session as sessions
from gridworker.operations.import_ import ImportPlan
from gridworker.operations.import_states import FIRST, SKIP, StateChoice
from gridworker.operations.session import Session
from gridworker.store import outbox
from gridworker.store.query import Query
from tests.exchange.office_workbooks import save, sheet_of

SOURCE = "0123456789abcdef0123456789abcdef"
HEAD = ("序号", "纠纷名称", "登记日期", "地点", "类型", "受理时间", "办结日期", "状态", "备注")
SETTLED = (1, "漏水", "2024.3.5", "3号楼", "邻里", "2024.3.6", "2024.4.1", "已办结", None)
RESOLVED = (2, "噪音", "2024年3月7日", "3号楼", "邻里", None, None, "已化解", None)
LATE = (3, "租金", "2026.3.5", "4号楼", "房屋租赁", "2026.3.6", None, "处理中", "急")
RUNNING = (4, "停车", "2026.4.15", "4号楼", "物业", "2026.4.16", None, "调解中", None)
UNKNOWN = (5, "堆物", "2026.4.5", "4号楼", "邻里", None, None, "按程序走", "急")
SILENT = (6, "宠物", "2024.4.5", "4号楼", "邻里", None, None, None, None)
Living = Callable[..., tuple[str, str]]
Rows = Sequence[Sequence[object]]


def _planned(session: Session, ledger: str, head: Sequence[object], *rows: Sequence[object]) -> ImportPlan:
    """A plan of a sheet that was read already: reading one takes a process of its own."""
    sheet = sheet_of([head, *rows])
    return import_._plan(session, find_ledger(ledger), "台账.xlsx", (sheet,), sheet, import_.Choices(), SOURCE)


def _with(session: Session, one: ImportPlan, how: str = "as-is", **words: str) -> ImportPlan:
    return import_.with_choices(session, one, states=StateChoice(how, words))


def _records(session: Session, ledger: str) -> dict[str, Record]:
    with session.store.read() as tx:
        found = tx.records(ledger, tx.select(Query(ledger)))
    return {str(one.values.get(find_ledger(ledger).named_by)): one for one in found}


def _states(session: Session, ledger: str = "dispute") -> dict[str, str]:
    return {name: one.status for name, one in _records(session, ledger).items()}


def _told(one: ImportPlan) -> list[str]:
    return [problem.message for row in one.rows for problem in row.problems]


def test_rows_come_in_as_what_they_are_with_one_link_each(session: Session) -> None:
    """Settled ones settled, open ones open, the unknown at the beginning with its word kept; nothing is a step."""
    made = _planned(session, "dispute", HEAD, SETTLED, RESOLVED, LATE, RUNNING, UNKNOWN, SILENT)
    report = import_.apply(session, made)
    assert report.counts["new"] == 6
    assert _states(session) == {
        "漏水": "archived", "噪音": "archived", "租金": "mediating", "停车": "mediating", "堆物": "registered",
        "宠物": "registered",
    }  # fmt: skip
    records = _records(session, "dispute")
    (link,) = timeline.timeline(session, records["漏水"].id)
    assert (link.what, link.who) == ("导入时已是：已归档", "测试网格员")
    assert link.reason == f"原表指纹 {SOURCE[:12]}；原办结日期 2024-04-01"
    assert "台账" not in link.reason, "a file's name may name a person"
    (plain,) = timeline.timeline(session, records["宠物"].id)
    assert plain.what == "导入"
    assert records["噪音"].values["resolved"] == "成功", "the word tells the result as well"
    assert "resolved" not in records["漏水"].values, "that it is over does not say how it ended"
    assert records["堆物"].values["remark"] == "急；办理状态：按程序走"
    again = _planned(session, "dispute", HEAD, SETTLED, RESOLVED, LATE, RUNNING, UNKNOWN, SILENT)
    assert {row.verdict for row in again.rows} == {"same"}
    with session.store.read() as tx:
        ops = {op.record: op for op in outbox.by_batch(tx, report.batch)}
    assert ops[records["漏水"].id].command["args"][IMPORTED] == "archived"
    assert ops[records["漏水"].id].schema == SCHEMA
    assert ops[records["宠物"].id].command == {"name": "create"}
    assert ops[records["宠物"].id].schema == all_ledgers()["dispute"].schema


def test_what_was_settled_is_never_due_and_what_is_open_is_owed_from_its_own_day(session: Session) -> None:
    """No deadline begins with the import: an old one has passed, and says so; one of this month still runs."""
    import_.apply(session, _planned(session, "dispute", HEAD, SETTLED, RESOLVED, LATE, RUNNING, SILENT))
    owed = {item.place: item for item in plan.due(session) if item.kind == "dispute"}
    assert {name: str(item.due_on) for name, item in owed.items()} == {"租金": "2026-04-05", "宠物": "2024-05-05"}
    assert {name: item.note for name, item in owed.items()} == dict.fromkeys(owed, plan_keys.BEFORE_IMPORT)
    records = _records(session, "dispute")
    assert records["停车"].values["due_on"] == "2026-05-16"
    assert records["宠物"].values["recorded_at"].startswith("2024-04-05")


def test_what_was_late_before_it_came_stands_behind_what_became_late_here(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest of all would be the first of the day otherwise; once here, later lateness is nobody else's."""
    own = {"title": "本网格的", "occurred_on": "2026-04-20", "place": "东门", "summary": "吵", "outside_parties": "甲"}
    saved.save(session, "dispute", own)
    import_.apply(session, _planned(session, "dispute", HEAD, LATE, RUNNING, SILENT))
    # The store dates what it writes by the machine's clock.
    session.store.write(lambda tx: tx.execute("UPDATE history SET at='2026-04-21T09:40:00+08:00'"))
    monkeypatch.setattr(session, "today", lambda: date(2026, 6, 20))
    owed = [(item.place, item.note) for item in plan.due(session, date(2026, 6, 20)) if item.kind == "dispute"]
    assert owed == [
        ("停车", ""), ("本网格的", ""), ("宠物", plan_keys.BEFORE_IMPORT), ("租金", plan_keys.BEFORE_IMPORT),
    ]  # fmt: skip


def test_the_person_decides_about_words_and_about_all(session: Session) -> None:
    """A word may be given a meaning; what nobody understands may stay out; all may begin anew."""
    first = _planned(session, "dispute", HEAD, SETTLED, UNKNOWN)
    assert first.counts["new"] == 2
    assert "看不出办到哪一步" in _told(first)[0]
    meant = _with(session, first, 按程序走="mediating", 已办结="performed")
    assert [row.coming.state for row in meant.rows] == ["performed", "mediating"]
    assert _told(meant) == []
    silent = _with(session, _planned(session, "dispute", HEAD, SILENT, UNKNOWN), **{"": "archived"})
    assert [row.coming.state for row in silent.rows] == ["archived", "registered"]
    left_out = _with(session, first, SKIP)
    assert [row.verdict for row in left_out.rows] == ["new", "refused"]
    anew = _with(session, first, FIRST)
    import_.apply(session, anew)
    assert set(_states(session).values()) == {"registered"}
    assert "remark" not in _records(session, "dispute")["漏水"].values


def test_what_was_decided_about_states_is_there_after_a_lock(session: Session, tmp_path: Path) -> None:
    """With the rest of an import that was begun."""
    (tmp_path / "台账.xlsx").write_bytes(b"-")
    one = _with(session, _planned(session, "dispute", HEAD, UNKNOWN), SKIP, 按程序走="mediating")
    import_drafts.keep(session, tmp_path / "台账.xlsx", one)
    begun = import_drafts.load(session)
    assert begun.choices.states == StateChoice(SKIP, {"按程序走": "mediating"})


def test_refused_rows_come_back_with_the_reason_and_go_in_when_mended(session: Session, tmp_path: Path) -> None:
    """The word is put right in the workbook that came back; its other columns read as before."""
    one = _with(session, _planned(session, "dispute", HEAD, SETTLED, UNKNOWN), SKIP)
    assert import_.save_refused(one, tmp_path / "被拒.xlsx") == 1
    import_.apply(session, one)
    back = import_.read(session, "dispute", tmp_path / "被拒.xlsx")
    assert [row.coming.word for row in back.rows] == ["按程序走"]
    again = import_.with_choices(session, back, corrections={(back.rows[0].number, "#state"): "调解中"})
    import_.apply(session, again)
    assert _states(session) == {"漏水": "archived", "堆物": "mediating"}


def test_an_office_sheet_twice_writes_nothing_twice(session: Session, living: Living, tmp_path: Path) -> None:
    """Titles, merged heads, days in dots, numbers as text, rare characters: read, known again, undone as one."""
    living(name="䶮小明")
    book = save(
        tmp_path / "隐患.xlsx",
        [
            ["海棠社区安全隐患排查整改台账"],
            ["填报单位：海棠社区", None, None, None, None, "2026年3月5日"],
            ["序号", "排查情况", None, None, None, "整改情况", None, None, "处理结果", "当场整改"],
            [None, "排查时间", "隐患部位", "隐患类型", "隐患内容", "责任人", "联系电话", "整改期限", None, None],
            [1, "2024.3.5", "3号楼2单元", "用电", "飞线充电", "䶮小明", 15400000011.0, "2024.3.20", "已整改", "否"],
            [2, 45356, "5号楼𬭚巷口", "消防通道", "堆放杂物", None, "'15400000012", None, None, "是"],
            [3, "2026.4.1", "东门", "井盖道路", "井盖松动", "李𬭚", None, "2026.4.30", "整改中", None],
            ["合计", None, "3处"],
        ],
        ("A1:J1", "A3:A4", "B3:E3", "F3:H3", "I3:I4", "J3:J4"),
    )
    first = import_.read(session, "hazard", book)
    report = import_.apply(session, first)
    assert (report.counts["new"], report.counts["refused"]) == (3, 0)
    found = {one.values["description"]: one for one in _records(session, "hazard").values()}
    assert {name: one.status for name, one in found.items()} == {
        "飞线充电": "closed", "堆放杂物": "closed", "井盖松动": "rectifying",
    }  # fmt: skip
    assert found["飞线充电"].values["responsible_person"] == "䶮小明"
    again = import_.read(session, "hazard", book)
    assert (again.counts["new"], again.counts["changed"], again.counts["same"]) == (0, 0, 3)
    assert [told for told in _told(again) if "状态" in told] == [], "it says what is so already"
    import_.apply(session, again)
    assert len(_records(session, "hazard")) == 3
    undone = import_.undo_import(session, report.batch)
    assert (undone.undone, undone.kept) == (3, 0)
    assert not _records(session, "hazard")


OPINION = (
    ("反映时间", "反映人", "反映内容", "办理结果", "答复时间"),
    ("2024.5.6", "匿名", "路灯不亮", "已办结", "2024.5.7"),
    ("2026.4.20", "王某", "噪音", "已联系施工方", None),
)
WISH = (
    ("征集时间", "心愿人", "心愿内容", "办理情况", "完成日期"),
    ("2024.5.6", "张某", "一袋大米", "已实现", "2024.6.1"),
    ("2024.5.6", "李某", "一袋大米", "已公示", "2024.6.2"),
    ("2026.4.1", "周某", "轮椅", "待审核", None),
)
CASE = (
    ("上报时间", "地址", "问题描述", "办理状态", "办结时间", "工单号"),
    ("2024.5.6", "东门", "井盖", "已结案", "2024.5.9", "GD-1"),
    ("2026.4.1", "西门", "路灯", "处理中", None, None),
)
TALK = (
    ("议题", "协商时间", "地点", "协商内容", "落实情况"),
    ("充电桩", "2024.5.6", "社区", "同意", "已落实"),
    ("停车", "2026.4.1", "社区", "讨论", "正在和物业商量"),
)


@pytest.mark.parametrize(
    ("ledger", "rows", "states"),
    [
        ("opinion", OPINION, ["closed", "registered"]),
        ("wish", WISH, ["fulfilled", "published", "collected"]),
        ("case", CASE, ["closed", "disposing"]),
        ("deliberation", TALK, ["evaluated", "proposed"]),
    ],
)
def test_each_ledger_with_steps_reads_its_words_and_knows_its_rows_again(
    session: Session, ledger: str, rows: Rows, states: list[str]
) -> None:
    """Also where the word stands in a column of results, and where nobody here bears the name that is written."""
    made = _planned(session, ledger, *rows)
    import_.apply(session, made)
    assert [row.coming.state for row in made.rows] == states
    again = _planned(session, ledger, *rows)
    assert [row.verdict for row in again.rows] == ["same"] * len(states), [row.changed for row in again.rows]
    assert not any("办理状态" in str(one.values.get("remark")) for one in _records(session, ledger).values())


def test_an_open_case_runs_by_its_own_clock_from_its_own_day(session: Session) -> None:
    """It was reported weeks ago and is late; that is shown, and not counted from the day of the import."""
    import_.apply(session, _planned(session, "case", *CASE))
    case = _records(session, "case")
    (running,) = [one for one in case.values() if one.status == "disposing"]
    assert "2026-04-01" < running.values["due_at"] < "2026-04-21"
    (item,) = [item for item in plan.due(session) if item.kind == "case"]
    assert item.days_late > 0


def test_a_state_that_takes_another_office_is_not_taken_by_an_import(session: Session) -> None:
    """A grid worker's sheet of wishes that were sent back begins at the beginning, and says why; a lead's does not."""
    rows = (WISH[0], ("2026.4.1", "周某", "轮椅", "已退回", None))
    session.actor = replace(session.actor, posts=(Post("grid_worker", session.place.grid_code),))
    mine = _planned(session, "wish", *rows)
    assert mine.rows[0].coming.state == "collected"
    assert mine.rows[0].coming.mark is None
    assert any("网格长" in told for told in _told(mine))
    session.actor = replace(session.actor, posts=(Post("grid_lead", session.place.grid_code),))
    assert _planned(session, "wish", *rows).rows[0].coming.state == "returned"


def test_nothing_personal_hangs_in_public_by_an_import(session: Session) -> None:
    """Neither the wisher's name nor a number stands in what a notice shows; the row is refused at that cell."""
    head = ("征集时间", "心愿人", "心愿内容", "公开称呼", "办理情况")
    named = ("2024.5.6", "张小某", "给张小某一台收音机", None, "已公示")
    called = ("2024.5.6", "李某某", "轮椅", "电话15400000011", "已公示")
    inside = ("2024.5.7", "李某某", "轮椅15400000011", None, "已实现")
    made = _planned(session, "wish", head, named, called, inside)
    assert [row.verdict for row in made.rows] == ["refused", "refused", "new"]
    assert [row.problems[-1].field for row in made.rows[:2]] == ["content", "public_alias"]


def test_a_day_ahead_is_no_closing_day(session: Session) -> None:
    """A slip of the pen does not become a fact of the timeline."""
    ahead = (*SETTLED[:6], "2027.4.1", *SETTLED[7:])
    (row,) = _planned(session, "dispute", HEAD, ahead).rows
    assert row.verdict == "refused"
    assert "不能晚于今天" in row.problems[-1].message


def test_a_record_that_is_here_is_not_moved_by_a_sheet(session: Session) -> None:
    """It says where the matter stands here; the state is changed by steps."""
    import_.apply(session, _planned(session, "dispute", HEAD, LATE))
    (record,) = _records(session, "dispute").values()
    transition.move(session, record.id, "fail", {"resolve_note": "谈不拢", "referral_note": "已告知诉讼"})
    again = _planned(session, "dispute", HEAD, LATE)
    assert again.rows[0].coming is None
    assert any("状态按办理步骤改变" in told for told in _told(again))
    import_.apply(session, again)
    assert _states(session) == {"租金": "failed"}


def test_a_matter_that_goes_on_goes_on_by_its_steps(session: Session) -> None:
    """What came in as running is worked on like any other; the import is then no longer taken back with it."""
    report = import_.apply(session, _planned(session, "dispute", HEAD, LATE, SETTLED))
    record = _records(session, "dispute")["租金"]
    transition.move(session, record.id, "fail", {"resolve_note": "谈不拢", "referral_note": "已告知诉讼"})
    undone = import_.undo_import(session, report.batch)
    assert (undone.undone, undone.kept) == (1, 1)
    assert _states(session) == {"租金": "failed"}


def test_every_word_of_the_tables_is_for_a_state_there_is() -> None:
    """And the first entry of each is the label of the state, so that a sheet of the program's own is read back."""
    for ledger in all_ledgers().values():
        if ledger.historic is None:
            continue
        states = {state.key: state.label for state in ledger.workflow.states}
        assert dict(ledger.historic.words.entries) == states
        for key, state in ledger.historic.shown_by:
            assert key in ledger
            assert state in states
        assert all(key in ledger for key in (*ledger.historic.told_by, *ledger.historic.ended_on))
        assert json.dumps([ledger.historic.words.code_of(word) for word in ("已办结", "处理中")]).count("null") == 0


def test_an_exported_workbook_changes_nothing_here_and_tells_another_home_where_each_matter_stands(
    session: Session, tmp_path: Path
) -> None:
    """Its states are read by name; here they are what they were, there every record comes in as it was."""
    import_.apply(session, _planned(session, "dispute", HEAD, SETTLED, RESOLVED, LATE, SILENT))
    before, book = _states(session), tmp_path / "纠纷.xlsx"
    export.export(session, "dispute", book, full=True)
    again = import_.read(session, "dispute", book)
    assert (again.counts["same"], again.counts["new"], _told(again)) == (4, 0, [])
    import_.apply(session, again)
    assert _states(session) == before
    other, _ = sessions.start(tmp_path / "别处", "另外 四个 不相干 的词", name="乙", now=session.now)
    try:
        import_.apply(other, import_.read(other, "dispute", book))
        assert _states(other) == before
    finally:
        other.close()
