"""Reference data travels: what the server sets holds on every laptop from its next sync on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from gridworker.ledger.code_tables import known_tables, table
from gridworker.ledger.codes import CodeList
from gridworker.ledgers.registry import all_ledgers
from gridworker.planning import clocks, reference
from gridworker.planning.reference import Item
from gridworker.planning.working_days import calendar_in_force
from gridworker.server import reference_admin
from gridworker.store import reference_data
from gridworker.sync import wire_bytes
from gridworker.sync.enrolling import open_transport
from tests.sync.world import Laptop, Server

HAZARD = reference.code_table_item(
    "HAZARD", CodeList((("用电", "用电"), ("飞线", "飞线充电")), source="街道", version=2)
)
CLOCKS = Item("clocks", "clocks", 2, '{"version":2,"clocks":{"standard":{"working_days":5}}}', "社区")


def year(version: int, holiday: str = "2031-01-01") -> Item:
    """A notice of 2031."""
    text = {"year": 2031, "holidays": [[holiday, "元旦"]], "workdays": [], "source": "通知", "version": version}
    return reference.item_of("calendar_year", json.dumps(text))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of these tests alone: what was set there once is never wholly forgotten."""
    running = Server(tmp_path_factory.mktemp("server"))
    yield running
    running.kill()


@pytest.fixture
def one(laptop: Callable[..., Laptop]) -> Laptop:
    """A laptop."""
    return laptop()


@pytest.fixture(autouse=True)
def emptied(server: Server) -> Iterator[None]:
    """What a test sets is gone after it, here and on the server."""
    yield
    reference_data._opened.clear()
    reference.put_in_force(())
    for kept in reference_admin.listed(server.database):
        if not reference.is_reset(kept.item):
            reference_admin.reset(server.database, kept.item.kind, kept.item.key, by="管理员")


def held(laptop: Laptop) -> dict[str, reference_data.Held]:
    """What the laptop has, by key."""
    with laptop.store.read() as tx:
        return {one.item.key: one for one in reference_data.all_held(tx)}


def put(server: Server, *items: Item) -> None:
    """Sets items on the server."""
    for item in items:
        reference_admin.put(server.database, item, by="管理员")


def test_what_the_server_sets_holds_after_the_next_sync(server: Server, one: Laptop) -> None:
    """At once, told in the report; a second sync brings nothing, and asks for nothing."""
    assert one.sync().reference == []
    put(server, HAZARD, CLOCKS)
    report = one.sync()
    assert clocks.clock("standard").count == 5
    assert table("HAZARD").code_of("飞线充电") == "飞线"
    assert table("HAZARD").choice_label("电梯") == "电梯（已停用）"
    assert any(told.startswith("代码表“隐患类别”：新增飞线充电") for told in report.reference), report.reference
    assert any("时限改为第 2 版" in told for told in report.reference)
    assert "飞线充电" in report.text
    asked = []
    with open_transport(one.store) as line:
        line.reference = asked.append
        assert one.sync(line).reference == []
    assert asked == []
    with one.store.read() as tx:
        assert tx.sql("SELECT count(*) FROM audit WHERE verb='reference_set'") == [(2,)]


def test_what_the_server_gives_up_is_built_in_again(server: Server, one: Laptop) -> None:
    """The clocks are the program's, the table too, and codes records may hold are still named."""
    put(server, HAZARD, CLOCKS)
    one.sync()
    for kind, key in (("code_table", "HAZARD"), ("clocks", "clocks")):
        reference_admin.reset(server.database, kind, key, by="管理员")
    report = one.sync()
    assert clocks.clock("standard").count == 3
    assert table("HAZARD").entries == table("HAZARD").built_in.entries
    assert table("HAZARD").choice_label("飞线") == "飞线充电（已停用）"
    assert "时限恢复为程序自带的内容。" in report.reference
    assert set(held(one)) == {"HAZARD"}
    assert one.sync().reference == []


def test_more_than_one_answer_holds_comes_whole(server: Server, one: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    """In parts, in one transaction."""
    monkeypatch.setattr(wire_bytes, "REFERENCE_ITEMS", 10)
    keys = known_tables()[:25]
    put(server, *(
        reference.code_table_item(key, CodeList((*table(key).entries, (f"新{key}", f"新{key}")))) for key in keys
    ))  # fmt: skip
    report = one.sync()
    assert len(held(one)) == len(keys)
    assert len(report.reference) == len(keys)
    assert all(f"新{key}" in table(key) for key in keys)


def test_a_notice_read_in_by_hand_stands_until_the_server_has_it(server: Server, one: Laptop) -> None:
    """An older one of the server's does not take its place, the same or a later one does."""
    one.store.write(lambda tx: reference_data.put(tx, year(2, "2031-01-02"), actor_id="a"))
    one.sync()
    assert not held(one)["2031"].from_server
    put(server, year(1))
    one.sync()
    assert held(one)["2031"].item.version == 2
    assert not held(one)["2031"].from_server
    put(server, year(2))
    one.sync()
    assert held(one)["2031"].from_server
    assert calendar_in_force().knows(2031)
    assert held(one)["2031"].item.body == year(2).body


def test_other_data_set_before_joining_gives_way(server: Server, one: Laptop) -> None:
    """The server's table takes the place of one's own, and the own codes stay readable."""
    own = reference.code_table_item("HAZARD", CodeList((("自家", "自家项"),), version=9))
    one.store.write(lambda tx: reference_data.put(tx, own, actor_id="a"))
    put(server, HAZARD)
    one.sync()
    assert table("HAZARD").choice_label("自家") == "自家项（已停用）"
    assert [code for code, _ in table("HAZARD")] == ["用电", "飞线"]
    assert one.sync().reference == []


def test_a_server_that_keeps_none_changes_nothing(server: Server, one: Laptop) -> None:
    """An older server says nothing of reference data: what is here stays, whoever set it."""
    put(server, HAZARD)
    one.sync()

    import msgspec

    with open_transport(one.store) as line:
        hello = line.hello
        line.hello = lambda message: msgspec.structs.replace(hello(message), reference=None)
        assert one.sync(line).reference == []
    assert held(one)["HAZARD"].from_server
    assert "飞线" in table("HAZARD")


def test_a_code_one_laptop_has_never_heard_of_comes_and_stays(
    server: Server, one: Laptop, laptop: Callable[..., Laptop]
) -> None:
    """Written by a newer program, it goes up, comes down and is shown as it is; an edit beside keeps it."""
    other = laptop("乙")
    record = one.create("hazard", place="站台", hazard_type="量子", description="x", hazard_level="一般")
    one.sync()
    other.sync()
    came = other.get(record)
    assert came.values["hazard_type"] == "量子"
    assert all_ledgers()["hazard"]["hazard_type"].format(came.values["hazard_type"]) == "量子"
    other.edit(record, description="乙写")
    other.sync()
    one.sync()
    assert one.get(record).values["description"] == "乙写"
    assert one.get(record).values["hazard_type"] == "量子"


def test_a_line_that_breaks_while_it_comes_loses_nothing(server: Server, one: Laptop) -> None:
    """Nothing is half set; what waited went up before, and the next sync brings it all."""
    from gridworker.sync.failures import ServerUnreachable, broken_off

    put(server, HAZARD, CLOCKS)
    record = one.create("hazard", place="站台", hazard_type="用电", description="x", hazard_level="一般")

    def breaks(_message: object) -> None:
        raise broken_off()

    with open_transport(one.store) as line:
        line.reference = breaks
        with pytest.raises(ServerUnreachable):
            one.sync(line)
    assert held(one) == {}
    assert one.get(record) is not None
    assert len(one.sync().reference) == 2
