"""A grid that is taken away leaves the open database: after its work has outcomes, after a backup, and in words."""

from __future__ import annotations

import msgspec

from gridworker.ledgers.registry import all_ledgers
from gridworker.server import admin
from gridworker.store import backup
from gridworker.store.drafts import put_draft
from gridworker.store.snoozes import Snooze, put_snooze
from gridworker.sync import wire_meeting
from gridworker.sync.enrolling import open_transport
from tests.sync.world import DATA_KEY, Laptop, Server

VISIT = {"visited_at": "2026-03-05T09:40+08:00", "visit_mode": "上门", "met": True}


def _family(home: Laptop) -> list[str]:
    household = home.create("household", compound_name="海棠苑", building_no="3", room_no="501", tenure_code="自住")
    person = home.create("person", household_id=household, name="欧阳测试", contact="15400001234")
    visit = home.create(**VISIT, household_id=household, remark="走访情况")
    home.edit(visit, remark="走访情况改过")
    return [household, person, visit]


def _taken_away(server: Server, home: Laptop) -> None:
    admin.give_post(
        server.database, home.meta("actor_id"), admin.new_post("grid_worker", home.grid, until="2020-12-31")
    )


def _everything(home: Laptop) -> str:
    """All the database says of its records, in whatever table, but for the names of grids and people."""
    tables = [row[0] for row in home.sql("SELECT name FROM sqlite_master WHERE type='table'") if "search" not in row[0]]
    kept = {"meta", "people", "post", "audit", "counter", "reference_data"}
    return str([home.sql(f'SELECT * FROM "{name}"') for name in tables if name not in kept])


def _matches(home: Laptop, text: str) -> list[object]:
    with home.store.read() as tx:
        return list(tx.search(text))


def test_after_revoke_and_sync_nothing_of_the_grid_is_in_the_open_database(server: Server, laptop):
    """Rows, history, base, search, what was half typed: gone; a copy was made before, and the person is told (15)."""
    home = laptop("甲某", "grid_worker")
    (home.home / "keys.json").write_text("{}")
    ids = _family(home)
    home.sync()
    assert _matches(home, "欧阳测试")
    home.store.write(lambda tx: put_draft(tx, f"visit:{ids[2]}", "visit", {"remark": "打了一半"}))
    home.store.write(lambda tx: put_draft(tx, "new", "visit", {"household_id": ids[0], "remark": "打了一半"}))
    home.store.write(lambda tx: put_snooze(tx, Snooze(f"visit:{ids[0]}", "2026-04-01", "不在家"), at="2026-03-05"))
    _taken_away(server, home)
    late = home.create("person", household_id=ids[0], name="司马迟到")
    report = home.sync()
    assert home.flat() == {}
    assert not _matches(home, "欧阳测试")
    assert not _matches(home, "15400001234")
    said = _everything(home)
    assert not [word for word in ("欧阳测试", "走访情况", "15400001234", "不在家", "打了一半") if word in said]
    assert home.sql("SELECT count(*) FROM search_index WHERE search_index MATCH '欧'") == [(0,)]
    assert "已不归您负责，本机的 3 条记录已清除" in report.text
    assert "没有被采用的 1 步内容" in report.text
    ((outcome, code, words),) = home.sql('SELECT outcome, code, "set" FROM outbox WHERE record = ?', late)
    # The server has its words and keeps them for the supervisor.
    assert (outcome, code, words) == ("rejected", "SCOPE_REVOKED", None)
    assert home.sql("SELECT count(*) FROM outbox WHERE status <> 'acked'") == [(0,)]
    (made,) = backup.listing(home.home / "backups")
    assert made.reason == "purge"
    connection = backup.connect_still(made.database, DATA_KEY)
    assert connection.execute("SELECT name FROM person").fetchall() == [("欧阳测试",)]
    connection.close()
    assert home.store.write(lambda tx: [row[0] for row in tx.sql("SELECT verb FROM audit")])[-1] == "leave"
    assert "清除" not in home.sync().text
    assert len(backup.listing(home.home / "backups")) == 1


def test_a_grid_that_is_given_back_comes_back_whole(server: Server, laptop):
    """Revoke, sync, grant again, sync: everything is here as on a laptop that was never sent away."""
    home, other = laptop("甲某", "grid_worker"), laptop("乙某", "grid_worker")
    (home.home / "keys.json").write_text("{}")
    _family(home)
    home.sync()
    _taken_away(server, home)
    home.sync()
    other.create_many([VISIT] * 3)
    other.sync()
    again = admin.new_post("grid_worker", home.grid, until="2099-12-31")
    admin.give_post(server.database, home.meta("actor_id"), again)
    home.sync()
    assert len(home.flat()) == 6
    assert home.flat() == other.flat()
    assert _matches(home, "欧阳测试")
    admin.revoke_grant(server.database, home.grid, home.meta("actor_id"))
    home.sync()
    assert home.flat() == {}


def test_without_room_for_a_backup_nothing_is_taken_out(server: Server, laptop):
    """No copy, no purge: it is said, and done the next time."""
    home = laptop("甲某", "grid_worker")
    _family(home)
    home.sync()
    _taken_away(server, home)
    report = home.sync()
    assert "要先备份才能清除" in report.text
    assert len(home.flat()) == 3
    (home.home / "keys.json").write_text("{}")
    home.sync()
    assert home.flat() == {}


def test_a_grid_nobody_speaks_of_stays(server: Server, laptop):
    """A server that names no grid at all, granted or taken away, takes nothing out (17)."""
    home = laptop("甲某", "grid_worker")
    (home.home / "keys.json").write_text("{}")
    _family(home)
    home.sync()
    with open_transport(home.store) as line:

        class Silent:
            """The server's words without its grids."""

            def __getattr__(self, name: str):
                return getattr(line, name)

            def hello(self, message: wire_meeting.Hello) -> wire_meeting.Welcome:
                return msgspec.structs.replace(line.hello(message), grants=[], revoked=[])

        home.sync(Silent())
    assert len(home.flat()) == 3


def test_the_other_grids_of_a_laptop_stay_as_they_are(server: Server, tmp_path):
    """Of two grids only the one taken away leaves; what hangs on the other is untouched."""
    first, second = server.new_grid(), server.new_grid()
    codes = {grid: server.invite(grid, "grid_worker", f"员{grid}") for grid in (first, second)}
    writers = [Laptop(tmp_path / grid, server.url, code) for grid, code in codes.items()]
    kept = [_family(writer) for writer in writers][1]
    for writer in writers:
        writer.sync()
        writer.close()
    office = Laptop(tmp_path / "office", server.url, server.invite(first, "community", "主任"))
    admin.give_post(server.database, office.meta("actor_id"), admin.new_post("community", second))
    (office.home / "keys.json").write_text("{}")
    office.sync()
    assert len(office.flat()) == 6
    admin.give_post(server.database, office.meta("actor_id"), admin.new_post("community", first, until="2020-12-31"))
    office.sync()
    assert set(office.flat()) == set(kept)
    assert {row[0] for key in all_ledgers() for row in office.sql(f'SELECT grid_code FROM "{key}"')} == {second}
    office.close()
