"""Taking in reference data: what it would change is said first, who may is asked, and it holds at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from gridworker.area.belonging import Post
from gridworker.errors import KnownError
from gridworker.ledger.code_files import CodeTableRefused
from gridworker.ledger.code_tables import table
from gridworker.operations import browse, export, import_, reference_data, reference_dues
from gridworker.operations import session as sessions
from gridworker.operations.save import save
from gridworker.operations.session import Session
from gridworker.planning import reference
from gridworker.planning.calendar_years import YearTableRefused
from gridworker.planning.data_file import DataRefused
from gridworker.planning.working_days import calendar_in_force
from gridworker.store import reference_data as kept
from gridworker.store.people import put_own_posts
from tests.operations.conftest import PASSPHRASE

NOTICE = {"year": 2031, "holidays": [["2031-01-01", "元旦"], ["2031-01-02", "元旦"]], "workdays": [], "source": "通知"}


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """No test leaves its lists in force."""
    yield
    reference.put_in_force(())


@pytest.fixture
def hazards(session: Session) -> list[str]:
    """Three hazards with electricity, one of them in the bin, and one with gas."""
    from gridworker.operations.remove import delete

    ids = [
        save(session, "hazard", {"place": f"{place}号楼", "place_type": "楼栋", "hazard_type": kind,
            "description": "线乱", "hazard_level": "一般"}).record.id
        for place, kind in enumerate(("用电", "用电", "用电", "用气"))
    ]  # fmt: skip
    delete(session, ids[2])
    return ids


def written(path: Path, content: object) -> Path:
    """A file of JSON or text."""
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    path.write_text(text, encoding="utf-8")
    return path


def own_table(path: Path, **more: object) -> Path:
    """A table without 用电, with 飞线, and 用气 under another name."""
    raw = {"key": "HAZARD", "label": "隐患类别", "source": "街道〔2026〕3号", "version": 4,
        "entries": [["用气", "燃气使用"], ["飞线", "飞线充电"]], "aliases": []}  # fmt: skip
    return written(path, raw | more)


def test_what_a_table_would_change_is_said_first(session: Session, hazards: list[str], tmp_path: Path) -> None:
    """Added, renamed, retired with the records that hold it; nothing is written, and codes in use need a word."""
    seen = reference_data.preview(session, own_table(tmp_path / "t.json"))
    assert seen.change.added == ("飞线充电",)
    assert seen.change.renamed == (("用气", "燃气使用"),)
    assert ("用电", "用电") in seen.change.retired
    assert seen.uses == {"用电": 2}
    assert "停用的“用电”还有 2 条记录在用，记录保持原样，显示时注明已停用。" in seen.lines
    assert "飞线" not in table("HAZARD")
    with pytest.raises(KnownError, match="会停用还有记录在用的项目：“用电”2 条") as told:
        reference_data.take_in(session, seen)
    assert "记录没有改动" in told.value.sentence()
    assert "飞线" not in table("HAZARD")


def test_once_said_it_holds_at_once_and_after_the_next_start(
    session: Session, hazards: list[str], tmp_path: Path
) -> None:
    """The records keep and show what they hold; the home remembers; back to the built-in table nothing is lost."""
    reference_data.take_in(session, reference_data.preview(session, own_table(tmp_path / "t.json")), retire_used=True)
    assert table("HAZARD").choice_label("用电") == "用电（已停用）"
    session.close()
    assert "用电" in table("HAZARD")
    again = sessions.unlock(session.home, PASSPHRASE)
    assert [code for code, _ in table("HAZARD")] == ["用气", "飞线"]
    record = browse.record(again, hazards[0])
    assert browse.shown(again, record)["hazard_type"] == "用电"
    assert save(again, "hazard", {"id": record.id, "hazard_type": "用电", "remark": "看过"}).record
    (own,) = [one for one in reference_data.listed(again, "code_table") if one.set_by]
    assert (own.key, own.version, own.source, own.set_by) == ("HAZARD", 4, "街道〔2026〕3号", "here")
    assert "恢复" in reference_data.reset(again, "代码表", "隐患类别")
    assert table("HAZARD").choice_label("飞线") == "飞线充电（已停用）"
    with pytest.raises(KnownError, match="本来就是程序自带的"):
        reference_data.reset(again, "code_table", "HAZARD")
    again.close()


def test_the_same_file_again_changes_nothing(session: Session, tmp_path: Path) -> None:
    """And a later file with a lower number follows all the same."""
    path = own_table(tmp_path / "t.json")
    reference_data.take_in(session, reference_data.preview(session, path))
    again = reference_data.preview(session, path)
    assert again.lines == ["代码表“隐患类别”没有变化。"]
    reference_data.take_in(session, again)
    with session.store.read() as tx:
        assert tx.sql("SELECT count(*) FROM audit WHERE verb='reference_set'") == [(1,)]
    lower = own_table(tmp_path / "u.json", version=1, entries=[["用气", "用气"]])
    reference_data.take_in(session, reference_data.preview(session, lower))
    with session.store.read() as tx:
        assert kept.all_held(tx)[0].item.version == 5


@pytest.mark.parametrize("ending", ["csv", "xlsx", "json"])
def test_a_table_goes_out_is_changed_and_comes_in(session: Session, tmp_path: Path, ending: str) -> None:
    """As offices would: exported, a row added in WPS or a text editor, imported under its own name."""
    path = tmp_path / f"HAZARD.{ending}"
    reference_data.export(session, "code_table", "HAZARD", path)
    assert reference_data.preview(session, path).lines == ["代码表“隐患类别”没有变化。"] or ending != "json"
    if ending == "json":
        raw = json.loads(path.read_text(encoding="utf-8"))
        written(path, raw | {"entries": [*raw["entries"], ["飞线", "飞线充电"]]})
    elif ending == "csv":
        written(path, path.read_text(encoding="utf-8-sig") + "飞线,飞线充电,拉线充电,\n")
    else:
        _add_row(path)
    seen = reference_data.preview(session, path)
    assert (seen.change.added, seen.change.retired, seen.change.renamed) == (("飞线充电",), (), ())
    reference_data.take_in(session, seen)
    assert table("HAZARD").code_of("飞线充电") == "飞线"
    assert table("HAZARD").code_of("燃气") == "用气"


def _add_row(path: Path) -> None:
    """The same table as somebody types it anew, with two title rows and a merged heading."""
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("表")
    sheet.merge_range(0, 0, 0, 2, "隐患类别")
    sheet.write_row(1, 0, ["填报单位：某社区"])
    sheet.write_row(2, 0, ["代码", "名称", "别名"])
    for row, (code, label) in enumerate(table("HAZARD").entries, 3):
        aliases = "、".join(alias for alias, meant in table("HAZARD").aliases if meant == code)
        sheet.write_row(row, 0, [code, label, aliases])
    sheet.write_row(len(table("HAZARD").entries) + 3, 0, ["飞线", "飞线充电", "拉线充电"])
    book.close()


def test_a_sheet_that_names_no_table_asks_for_it(session: Session, tmp_path: Path) -> None:
    """By key or label; a title above the headings is enough."""
    path = written(tmp_path / "新表.csv", "代码,名称\n1,男\n2,女\n")
    with pytest.raises(KnownError, match="看不出这是哪一张代码表"):
        reference_data.preview(session, path)
    assert reference_data.preview(session, path, key="性别").item.key == "SEX"
    with pytest.raises(KnownError, match="没有叫“性 别”的代码表") as near:
        reference_data.preview(session, path, key="性 别")
    assert "最接近的是“性别”" in near.value.action
    titled = written(tmp_path / "a.csv", "性别代码表,,\n代码,名称,别名\n1,男,\n2,女,\n")
    assert reference_data.preview(session, titled).item.key == "SEX"


@pytest.mark.parametrize(
    ("name", "content", "wrong", "told"),
    [
        ("a.json", "{", KnownError, "不是完整的 JSON"),
        ("a.json", {"moon": 1}, KnownError, "不是参考数据"),
        ("a.json", {"key": "HAZARD", "entries": [["a", "甲"], ["b", "甲"]]}, CodeTableRefused, "既是"),
        ("a.json", {"key": "MOON", "entries": [["a", "甲"]]}, KnownError, "没有叫“MOON”的代码表"),
        ("a.json", {"year": 2031, "holidays": [["2030-05-01", "x"]]}, YearTableRefused, "不在 2031 年"),
        ("a.json", {"clocks": {"standard": {"days": -1}}}, DataRefused, "时限没有读入"),
        ("a.csv", "甲,乙\n1,2\n", KnownError, "没有代码表"),
        ("a.txt", "x", KnownError, "不是能读的格式"),
    ],
    ids=lambda given: given if isinstance(given, str) and given.startswith("a.") else "",
)
def test_a_bad_file_is_refused_whole(
    session: Session, tmp_path: Path, name: str, content: object, wrong: type[KnownError], told: str
) -> None:
    """With its fault named; what is in force stays."""
    before = table("HAZARD").content
    with pytest.raises(wrong, match=told):
        reference_data.preview(session, written(tmp_path / name, content))
    with pytest.raises(KnownError, match="找不到"):
        reference_data.preview(session, tmp_path / "nirgends.json")
    assert table("HAZARD").content is before


def test_who_may_not_hears_who_could(session: Session, tmp_path: Path) -> None:
    """A grid worker in a joined home looks, and changes nothing."""
    session.store.write(lambda tx: put_own_posts(tx, [Post("grid_worker", session.place.grid_code)]))
    session.refresh()
    seen = reference_data.preview(session, own_table(tmp_path / "t.json"))
    with pytest.raises(KnownError, match="不能修改基础数据") as refused:
        reference_data.take_in(session, seen)
    assert "社区" in refused.value.action
    assert "飞线" not in table("HAZARD")
    with pytest.raises(KnownError, match="不能修改基础数据"):
        reference_data.reset(session, "code_table", "HAZARD")


def test_in_a_joined_home_only_a_notice_is_read_in_by_hand(session: Session, tmp_path: Path) -> None:
    """Everything else is the server's; a notice is too, once the server has the same or a later one."""
    session.store.write(lambda tx: tx.set_meta("server_url", "http://127.0.0.1:1"))
    session.refresh()
    with pytest.raises(KnownError, match="由服务器统一设置"):
        reference_data.take_in(session, reference_data.preview(session, own_table(tmp_path / "t.json")))
    path = written(tmp_path / "2031.json", NOTICE)
    reference_data.take_in(session, reference_data.preview(session, path))
    assert calendar_in_force().knows(2031)
    item = reference.item_of("calendar_year", json.dumps(NOTICE | {"version": 2}))
    session.store.write(lambda tx: kept.put(tx, item, actor_id="s", server_digest="d"))
    with pytest.raises(KnownError, match="由服务器统一设置"):
        reference_data.take_in(session, reference_data.preview(session, path))
    with pytest.raises(KnownError, match="由服务器统一设置"):
        reference_data.reset(session, "calendar_year", "2031")


def test_the_due_dates_a_notice_moves_are_listed(session: Session, tmp_path: Path) -> None:
    """A case accepted at the end of a year without a notice; what is counted elsewhere is not named."""
    _open_case(session, "2030-12-30T09:00+08:00", "2031-01-02T23:59+08:00")
    _open_case(session, "2030-05-06T09:00+08:00", "2030-05-09T23:59+08:00")
    seen = reference_data.preview(session, written(tmp_path / "2031.json", NOTICE))
    (due,) = seen.dues
    assert (due.ledger, due.before, due.after, due.stored) == ("case", date(2031, 1, 2), date(2031, 1, 3), True)
    assert "2031-01-02 变为 2031-01-03" in seen.lines[-1]
    before = calendar_in_force()
    reference_data.take_in(session, seen)
    with session.store.read() as tx:
        assert reference_dues.between(tx, before, calendar_in_force()) == [due]
        assert reference_dues.between(tx, calendar_in_force(), calendar_in_force()) == []


def _open_case(session: Session, accepted: str, due: str) -> str:
    """A case whose clock runs, as the workflow leaves it."""
    from gridworker.identity import new_id
    from gridworker.ledger.record import Record

    values = {"title": "路灯", "accepted_at": accepted, "due_at": due, "clock_name": "standard", "urgency": "一般"}
    record = Record(new_id(), "case", session.place.grid_code, values, "disposing")
    session.store.write(lambda tx: tx.put(record))
    return record.id


def test_a_workbook_exported_with_a_retired_code_comes_back(
    session: Session, hazards: list[str], tmp_path: Path
) -> None:
    """Rows that only say what their records hold are the same as before; a new row with that code is refused."""
    reference_data.take_in(session, reference_data.preview(session, own_table(tmp_path / "t.json")), retire_used=True)
    export.export(session, "hazard", tmp_path / "h.xlsx", full=True)
    plan = import_.read(session, "hazard", tmp_path / "h.xlsx")
    assert {row.verdict for row in plan.rows} == {"same"}
    fresh = written(tmp_path / "n.csv", "排查部位/场所,隐患类别,隐患描述\n9号楼,用电,线乱\n")
    (row,) = import_.read(session, "hazard", fresh).rows
    assert row.verdict == "refused"
    assert "已停用，不能新选" in row.problems[0].message


def test_clocks_and_rules_come_the_same_way(session: Session, tmp_path: Path) -> None:
    """JSON of each kind is known by what is in it; what is in force is listed, shown and exported again."""
    for name, content, kind in (
        ("c.json", {"version": 3, "clocks": {"standard": {"working_days": 4}}}, "clocks"),
        ("v.json", {"version": 3, "high": {"every": "days", "count": 3}}, "visit_intervals"),
        ("f.json", {"version": 3, "satisfied": ["5", "4", "3"]}, "figures"),
    ):
        reference_data.take_in(session, reference_data.preview(session, written(tmp_path / name, content)))
        assert reference_data.shown(session, kind, kind)["body"] == content
        reference_data.export(session, kind, kind, tmp_path / f"out-{name}")
        assert json.loads((tmp_path / f"out-{name}").read_text(encoding="utf-8")) == content
        assert reference_data.preview(session, tmp_path / f"out-{name}").change.is_none
    assert {one.kind for one in reference_data.listed(session) if one.set_by} == {
        "clocks",
        "visit_intervals",
        "figures",
    }
    with pytest.raises(KnownError, match="没有“天气”这一类"):
        reference_data.listed(session, "天气")
