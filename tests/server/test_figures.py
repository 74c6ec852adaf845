"""Figures over the server's records: the same numbers as on the devices that sent them, on both databases."""

from __future__ import annotations

import itertools
import json
import random
import tracemalloc
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gridworker.area.rights import NotAllowed
from gridworker.cli import main
from gridworker.errors import KnownError
from gridworker.identity import new_id
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import all_ledgers
from gridworker.operations import figures as client_figures
from gridworker.operations.session import Session
from gridworker.planning.figures import FIGURES, evaluate_by
from gridworker.planning.figures_frame import Period, Row
from gridworker.planning.figures_tally import Report
from gridworker.planning.reference import FIGURES as FIGURE_RULES
from gridworker.planning.reference import item_of
from gridworker.server import admin, reference_admin, tables
from gridworker.server.figures import figures
from gridworker.store import saving
from gridworker.store.store import Store
from gridworker.sync import engine
from gridworker.sync.enrolling import enroll, open_transport
from tests.planning.figure_rows import GRIDS, make_rows
from tests.server.running import Running

MARCH = Period.month(2026, 3)
TODAY = date(2026, 4, 21)
COMMUNITY = GRIDS[0][:12]
KEY = bytes(range(32))
_communities = itertools.count(1)


def put(url: str, rows: Iterable[Row], *, deleted: bool = False) -> None:
    """Writes rows into the server's records as pushes would have left them."""
    made = list(rows)
    ids = {row.id: new_id() for row in made}
    values = [
        {
            "scope": row.grid_code, "id": ids[row.id], "ledger": row.ledger, "rev": number, "created_rev": number,
            "status": row.status, "deleted": deleted, "number": None, "marks": "{}", "actor_id": "甲", "changed_at": 0,
            "fields": json.dumps({key: ids.get(str(value), value) for key, value in row.values.items()}),
        }
        for number, row in enumerate(made, 1)
    ]  # fmt: skip

    async def work(connection: AsyncConnection) -> None:
        for grid in GRIDS:
            await connection.execute(sa.delete(tables.scope).where(tables.scope.c.scope == grid))
            await connection.execute(
                sa.insert(tables.scope).values(scope=grid, name=f"第{grid[-1]}网格", community=grid[:12], seq=0)
            )
        await connection.execute(sa.insert(tables.record), values)

    admin.run(url, work)


def numbers(report: Report) -> dict[str, dict[str, tuple[object, ...]]]:
    """By area and figure, all that can be compared."""
    return {
        area.code: {
            key: (one.numerator, one.denominator, one.shown, one.compared, dict(one.beside))
            for key, one in area.tallies.items()
        }
        for area in report.areas
    }


@pytest.mark.parametrize("level", ["grid", "community", "street"])
def test_the_servers_records_give_the_figures_of_all_rows(database_url: str, level: str) -> None:
    """Read from JSON, community by community, on either database."""
    # What refers to a record of another community is looked for there by nobody.
    rows = [row for row in make_rows(random.Random(11), each=60) if row.grid_code != GRIDS[2]]
    put(database_url, rows)
    found = numbers(figures(database_url, MARCH, level=level, today=TODAY, area=COMMUNITY if level != "street" else ""))
    for one in FIGURES:
        for code, result in evaluate_by(one, rows, MARCH, TODAY, level=level).items():
            counted = (len(result.numerator_ids), len(result.denominator_ids), result.shown, result.compared)
            assert found[code][one.key] == (*counted, dict(result.beside)), one.key


def test_what_was_deleted_is_counted_no_more(database_url: str) -> None:
    """Deleted records stay on the server and are in no figure; a grid without records shows dashes."""
    put(database_url, [Row("a", "household", GRIDS[0])], deleted=True)
    report = figures(database_url, MARCH, today=TODAY)
    assert [(area.code, area.name) for area in report.areas] == [(grid, f"第{grid[-1]}网格") for grid in GRIDS]
    assert {area.tallies["visit_coverage_rate"].shown for area in report.areas} == {"—"}
    assert report.notes == ("这段时间没有登记过任何记录。",)


def test_a_persons_figures_are_those_of_her_posts(database_url: str) -> None:
    """One grid of three; a grid of others, a department and a stranger get nothing."""
    put(database_url, [Row(grid, "household", grid) for grid in GRIDS])
    admin.invite(database_url, GRIDS[0], "grid_worker", "甲某")
    admin.invite_to(database_url, admin.new_post("department", COMMUNITY, unit="街道司法所"), "乙某")
    who = {one.actor_name: one.actor_id for one in admin.list_posts(database_url)}
    hers = figures(database_url, MARCH, today=TODAY, actor_id=who["甲某"])
    assert [area.code for area in hers.areas] == [GRIDS[0]]
    (community,) = figures(database_url, MARCH, level="community", today=TODAY, actor_id=who["甲某"]).areas
    assert (community.partial, community.tallies["visit_coverage_rate"].denominator) == (True, 1)
    with pytest.raises(NotAllowed, match="不在您负责的范围"):
        figures(database_url, MARCH, today=TODAY, area=GRIDS[1], actor_id=who["甲某"])
    with pytest.raises(NotAllowed, match="不能出报表"):
        figures(database_url, MARCH, today=TODAY, actor_id=who["乙某"])
    with pytest.raises(KnownError, match="没有这个人"):
        figures(database_url, MARCH, today=TODAY, actor_id="nobody")


def test_the_customers_rules_on_the_server_hold_there_too(database_url: str) -> None:
    """Where 基本满意 counts as satisfied by the customer's word, the server counts it, and only while it counts."""
    answer = {"due_at": "2026-03-10T18:00+08:00", "satisfaction": "3"}
    put(database_url, [Row("o", "opinion", GRIDS[0], "closed", answer)])
    assert numbers(figures(database_url, MARCH, today=TODAY))[GRIDS[0]]["opinion_satisfaction_rate"][2] == "0.00 %"
    rules = json.dumps({"version": 2, "source": "约定", "satisfied": ["5", "4", "3"]})
    reference_admin.put(database_url, item_of(FIGURE_RULES, rules), by="管理员")
    assert numbers(figures(database_url, MARCH, today=TODAY))[GRIDS[0]]["opinion_satisfaction_rate"][2] == "100.00 %"
    (result,) = evaluate_by(
        next(one for one in FIGURES if one.key == "opinion_satisfaction_rate"),
        [Row("o", "opinion", GRIDS[0], "closed", answer)], MARCH, TODAY, level="grid",
    ).values()  # fmt: skip
    assert result.shown == "0.00 %"


def test_an_area_without_grids_and_nonsense_are_refused(database_url: str) -> None:
    """In words."""
    put(database_url, [Row("a", "household", GRIDS[0])])
    for area, level in (("370285", ""), ("青岛", ""), (GRIDS[0], "community"), ("", "village")):
        with pytest.raises(KnownError):
            figures(database_url, MARCH, area=area, level=level, today=TODAY)


def test_the_verb_prints_what_the_client_prints(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`admin figures --area … --month …`, with the area's own level and name."""
    url = f"sqlite:///{tmp_path}/server.db"
    put(url, [Row("a", "household", GRIDS[0]), Row("b", "household", GRIDS[2])])
    words = ["admin", "figures", "--area", "370211", "--month", "2026-03", "--database", url]
    assert main(words) == 0
    assert capsys.readouterr().out.startswith("黄岛区（370211）　2026年3月\n  入户率　0.00 %（0/2）\n")
    assert main([*words, "--json", "--level", "grid"]) == 0
    facts = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {one["area"] for one in facts} == set(GRIDS)
    assert main(["admin", "figures", "--month", "2199-01", "--database", url]) == 1
    assert "还没有到" in capsys.readouterr().err


def test_memory_is_that_of_one_community(tmp_path: Path) -> None:
    """Ten times the communities do not need ten times the memory."""
    peaks = []
    for count in (3, 30):
        url = f"sqlite:///{tmp_path}/{count}.db"
        _fill(url, count)
        figures(url, MARCH, level="city", today=TODAY)
        tracemalloc.start()
        figures(url, MARCH, level="city", today=TODAY)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 2 * peaks[0]


def _fill(url: str, communities: int) -> None:
    async def work(connection: AsyncConnection) -> None:
        for number in range(1, communities + 1):
            grid = f"370211005{number:03d}001"
            await connection.execute(
                sa.insert(tables.scope).values(scope=grid, name="网格", community=grid[:12], seq=0)
            )
            rows = [
                {"scope": grid, "id": new_id(), "ledger": "household", "rev": rev, "created_rev": rev, "status": "",
                 "deleted": False, "number": None, "marks": "{}", "actor_id": "甲", "changed_at": 0,
                 "fields": '{"tenure_code":"自住"}'} for rev in range(2000)
            ]  # fmt: skip
            await connection.execute(sa.insert(tables.record), rows)

    admin.run(url, work)


def test_two_devices_and_the_server_agree(server: Running, tmp_path: Path) -> None:
    """After both have synced, each grid's figures on the server are its device's, and the community's are their sum."""
    community = f"37020200100{next(_communities)}"
    sessions = []
    for number in (1, 2):
        grid = f"{community}{number:03d}"
        admin.add_grid(server.database_url, grid, f"第{number}网格")
        session = _device(tmp_path / str(number), server, admin.invite(server.database_url, grid, "grid_worker", "甲"))
        _work(session, random.Random(number))
        sessions.append(session)
    found = numbers(figures(server.database_url, MARCH, level="grid", area=community, today=TODAY))
    together = numbers(figures(server.database_url, MARCH, level="community", area=community, today=TODAY))[community]
    here: dict[str, tuple[int, int]] = {}
    for session in sessions:
        own = numbers(client_figures.figures(session, MARCH, on=TODAY))
        assert found[session.place.grid_code] == own[session.place.grid_code]
        for key, (part, whole, *_rest) in own[session.place.grid_code].items():
            here[key] = (here.get(key, (0, 0))[0] + int(str(part)), here.get(key, (0, 0))[1] + int(str(whole)))
        session.close()
    assert {key: one[:2] for key, one in together.items()} == here
    assert sum(whole for _part, whole in here.values()) > 60


def _device(home: Path, server: Running, code: str) -> Session:
    store = Store.create(home, KEY)
    enroll(store, server.url, code)
    return Session(home, store, data_key=KEY)


def _work(session: Session, dice: random.Random) -> None:
    """Many records of every ledger as a device writes them, sent to the server."""
    grid = session.place.grid_code
    # A new record begins in its ledger's first state, whatever the row says.
    made = [row for row in make_rows(dice, each=25) if row.ledger in all_ledgers()]
    ids = {row.id: new_id() for row in made}
    pairs: list[tuple[Record | None, Record]] = [
        (None, Record(ids[row.id], row.ledger, grid, _filled(row.values, ids), _initial(row.ledger)))
        for row in sorted(made, key=lambda row: (row.ledger not in ("household", "person"), row.ledger))
    ]
    session.store.write(lambda tx: saving.save_many(tx, pairs, actor_id=session.actor.id, batch=None))
    with open_transport(session.store) as line:
        engine.sync(session.store, line, progress=lambda *_: None, cancelled=lambda: False, pause=lambda _seconds: None)
    with session.store.read() as tx:
        left = tx.sql("SELECT count(*) FROM outbox WHERE status <> 'acked'")[0][0]
    assert left == 0


def _filled(values: Mapping[str, object], ids: Mapping[str, str]) -> dict[str, object]:
    return {key: ids.get(str(value), value) for key, value in msgspec.to_builtins(dict(values)).items()}


def _initial(ledger: str) -> str:
    workflow = all_ledgers()[ledger].workflow
    return workflow.initial if workflow else ""
