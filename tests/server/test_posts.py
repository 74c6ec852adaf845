"""Posts on both databases: areas, dates, units and buildings, and databases of the first version."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from gridworker.area.belonging import Post
from gridworker.errors import KnownError
from gridworker.identity import new_id
from gridworker.server import admin, tables
from gridworker.server.clock import day_of, now_ms
from gridworker.server.storage import open_storage, read_url
from gridworker.sync import wire, wire_meeting
from tests.server import first_tables
from tests.server.clients import Device, RefusedError
from tests.server.running import Running, make_grid

VISIT = {"visited_at": "2026-03-05T09:40+08:00"}
HOME = {"compound_name": "金沙花园", "building_no": "3", "room_no": "501"}
TODAY = day_of(now_ms())
YESTERDAY, TOMORROW = (TODAY + timedelta(days=days) for days in (-1, 1))


def _in_other_grid(server: Running, post: Post, name: str) -> Device:
    """A device of somebody who got a post beside the grid she was invited to."""
    device = Device.enroll(server, make_grid(server.database_url), name=name)
    admin.give_post(server.database_url, device.actor, post)
    return device


@pytest.fixture
def worker(server: Running, grid: str) -> Iterator[Device]:
    """The grid's own worker."""
    with Device.enroll(server, grid, name="测试员甲") as device:
        yield device


def test_an_area_gives_every_grid_inside_it(server: Running, worker: Device):
    """A community's, a street's, a district's post: all their grids at hello, also one that is made later."""
    for name, area in (("测试社区", 12), ("测试街道", 9), ("测试区", 6)):
        role = {12: "community", 9: "street", 6: "district"}[area]
        with _in_other_grid(server, Post(role, worker.scope[:area]), name) as device:
            before = {grant.scope: grant.roles for grant in device.hello().grants}
            assert role in before[worker.scope]
            inside = sorted(scope for scope, roles in before.items() if role in roles)
            known = [scope for scope in _all_grids(server.database_url) if scope.startswith(worker.scope[:area])]
            assert inside == known
            later = worker.scope[:12] + "998"
            if later not in inside:
                admin.add_grid(server.database_url, later, "新网格")
                assert later in {grant.scope for grant in device.hello().grants}
            assert device.pull(scope=worker.scope)[0].keys() == worker.pull()[0].keys()


def _all_grids(url: str) -> list[str]:
    async def work(connection: sa.ext.asyncio.AsyncConnection) -> list[str]:
        query = sa.select(tables.scope.c.scope).order_by(tables.scope.c.scope)
        return list((await connection.execute(query)).scalars())

    return admin.run(url, work)


def test_a_welcome_tells_posts_with_their_dates_and_people_with_theirs(server: Running, worker: Device):
    """Duties, unit and days travel; whoever left is named with the last day she was there."""
    post = admin.new_post(
        "specialist", worker.scope, since="2026-01-01", until="2099-12-31", duties=["消防", "03"], unit="消防站"
    )
    with _in_other_grid(server, post, "测试员专") as device:
        admin.give_post(server.database_url, device.actor, Post("part_time", worker.scope))
        admin.revoke_grant(server.database_url, worker.scope, device.actor, "part_time")
        welcome = device.hello()
        told = next(one for one in welcome.posts if one.role == "specialist")
        assert told == wire_meeting.Post(
            role="specialist", area=worker.scope, since="2026-01-01", until="2099-12-31", duties=["11", "03"],
            unit="消防站",
        )  # fmt: skip
        assert "part_time" not in {one.role for one in welcome.posts}
        people = {(one.id, one.role): one for one in worker.hello().people}
        assert people[device.actor, "specialist"].unit == "消防站"
        assert people[device.actor, "part_time"].until == YESTERDAY.isoformat()
        assert people[worker.actor, "grid_worker"].until == ""


def test_a_post_out_of_its_days_gives_nothing(server: Running, worker: Device):
    """The last day still counts; the day after it is as if it had been taken back, and before the first as never."""
    with _in_other_grid(server, Post("grid_worker", worker.scope, "", TODAY.isoformat()), "末日") as last:
        assert last.push(last.op(set=VISIT, scope=worker.scope), scope=worker.scope)[0].outcome == "applied"
    with _in_other_grid(server, Post("grid_worker", worker.scope, "", YESTERDAY.isoformat()), "到期") as ended:
        told = ended.push(ended.op(set=VISIT, scope=worker.scope), scope=worker.scope)[0]
        assert (told.outcome, told.code) == ("rejected", "SCOPE_REVOKED")
        assert ended.pull_page(scope=worker.scope).revoked
        welcome = ended.hello()
        assert welcome.revoked == [worker.scope]
        assert worker.scope not in {grant.scope for grant in welcome.grants}
    with _in_other_grid(server, Post("grid_worker", worker.scope, TOMORROW.isoformat()), "未到") as coming:
        assert coming.hello().revoked == []
        with pytest.raises(RefusedError) as refused:
            coming.pull(scope=worker.scope)
        assert refused.value.code == "SCOPE_FORBIDDEN"


def test_an_ended_area_is_revoked_grid_by_grid(server: Running, worker: Device):
    """Taking a community back takes its grids, but not the one that is granted by a post of its own."""
    with _in_other_grid(server, Post("community", worker.scope[:12]), "前主任") as device:
        admin.give_post(server.database_url, device.actor, Post("auditor", worker.scope))
        admin.revoke_grant(server.database_url, worker.scope[:12], device.actor)
        welcome = device.hello()
        assert worker.scope in {grant.scope for grant in welcome.grants}
        assert worker.scope not in welcome.revoked
        beside = make_grid(server.database_url)
        assert (beside in device.hello().revoked) == (beside[:12] == worker.scope[:12])


def test_a_part_time_worker_reports_and_changes_only_her_own(server: Running, worker: Device):
    """In ledgers open to her; the refusal says why and who could."""
    theirs = worker.op(set=VISIT | {"recorded_by": worker.actor})
    worker.push(theirs)
    with Device.enroll(server, worker.scope, name="兼职", role="part_time") as device:
        mine = device.op(set=VISIT | {"recorded_by": device.actor})
        assert [one.outcome for one in device.push(mine, device.op(mine.record, set={"remark": "改"}))] == [
            "applied"
        ] * 2
        refused = device.push(
            device.op(theirs.record, set={"remark": "改"}),
            device.op(set=VISIT | {"recorded_by": worker.actor}),
            device.op(mine.record, set={"recorded_by": worker.actor}),
            device.op(ledger="household", set=HOME),
            device.op(mine.record, command=wire.Command(name=wire.DELETE)),
        )
        assert {one.code for one in refused} == {"NOT_ALLOWED"}
        assert "不是您登记的" in refused[0].reason
        assert "网格员" in refused[0].reason


def test_a_building_lead_reports_of_her_building_alone(server: Running, worker: Device):
    """The household she names decides, wherever its building is written."""
    homes = [worker.op(ledger="household", set=HOME | {"building_no": number}) for number in ("3", "4")]
    worker.push(*homes)
    post = Post("building_lead", worker.scope, building="金沙花园/3")
    with _in_other_grid(server, post, "楼长") as lead:
        ops = [lead.op(set=VISIT | {"household_id": home.record}, scope=worker.scope) for home in homes]
        told = lead.push(*ops, lead.op(set=VISIT, scope=worker.scope), scope=worker.scope)
        assert [one.code for one in told] == ["", "NOT_ALLOWED", ""]
        moved = lead.op(ops[0].record, set={"household_id": homes[1].record}, scope=worker.scope)
        assert lead.push(moved, scope=worker.scope)[0].code == "NOT_ALLOWED"


def test_who_only_looks_moves_nothing_she_is_not_named_for(server: Running, worker: Device):
    """A street may move what a move names it for; an auditor moves nothing at all."""
    wish = worker.op(ledger="wish", set={"content": "一台血压计"})
    worker.push(wish)
    for role, code in (("street", "NOT_YOURS"), ("auditor", "NOT_ALLOWED"), ("department", "NOT_ALLOWED")):
        with Device.enroll(server, worker.scope, name=f"测试{role}", role=role) as device:
            told = device.push(device.move(wish.record, "wish", "transfer", review_note="转"))[0]
            assert (told.outcome, told.code) == ("rejected", code)
            assert "社区" in told.reason


def test_a_device_for_an_area_has_a_tag_of_its_own_in_each_community(server: Running, worker: Device):
    """Record numbers are unique by community and tag."""
    admin.add_grid(server.database_url, worker.scope[:9] + "099777", "另一个社区的网格")
    code = admin.invite_to(server.database_url, admin.new_post("street", worker.scope[:9] + "000"), "街道专员")
    key = b"\x07" * 31 + new_id().encode()[:1]
    answer = worker.call("enroll", wire_meeting.Enroll(code=code, public_key=_b64(key)), wire_meeting.Enrolled)
    communities = {scope[:12] for scope in _all_grids(server.database_url) if scope.startswith(worker.scope[:9])}
    assert len(communities) > 1
    assert _communities_of(server.database_url, answer.device_id) == communities
    assert [post.area for post in answer.posts] == [worker.scope[:9]]


def _communities_of(url: str, device_id: str) -> set[str]:
    async def work(connection: sa.ext.asyncio.AsyncConnection) -> set[str]:
        tag = tables.device_tag.c
        return set((await connection.execute(sa.select(tag.community).where(tag.device_id == device_id))).scalars())

    return admin.run(url, work)


def _b64(raw: bytes) -> str:
    import base64

    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


# ---- what administrators see


def test_posts_and_teams_are_listed(server: Running, grid: str):
    """Present and past, inside an area; giving a post again changes its dates and adds none."""
    url = server.database_url
    admin.invite_to(url, admin.new_post("grid_lead", grid), "甲")
    (first,) = admin.list_posts(url, grid)
    admin.give_post(url, first.actor_id, admin.new_post("grid_lead", grid, until="2099-12-31", duties=["02"]))
    (second,) = admin.list_posts(url, grid)
    assert (second.id, second.post.until, second.post.duties) == (first.id, "2099-12-31", ("02",))
    admin.give_post(url, first.actor_id, admin.new_post("grid_lead", grid))
    assert admin.list_posts(url, grid) == [second]
    team = admin.team(url, grid)
    assert (team.formula, team.vacancies) == ("1+0+0+0", 1)
    admin.revoke_grant(url, grid, first.actor_id)
    assert admin.team(url, grid).formula == "0+0+0+0"
    assert [one.is_revoked for one in admin.list_posts(url, grid)] == [True]
    with pytest.raises(KnownError, match="没有岗位"):
        admin.revoke_grant(url, grid, first.actor_id)


# ---- from the first version


async def _make_first_version(url: str) -> None:
    engine = sa.ext.asyncio.create_async_engine(read_url(url))
    async with engine.begin() as connection:
        await connection.run_sync(first_tables.metadata.create_all)
        await connection.execute(sa.insert(first_tables.server).values(one=1, version=1, server_id="s", epoch="e"))
        await connection.execute(
            sa.insert(first_tables.scope).values(scope="370211003041001", name="一", community="370211003041", seq=7)
        )
        await connection.execute(
            sa.insert(first_tables.actor), [{"id": one, "name": f"员{one}", "grant_rev": 3} for one in "ab"]
        )
        grants = [("a", "grid_worker", None), ("a", "grid_lead", None), ("b", "community", 1_700_000_000_000)]
        rows = [
            {"scope": "370211003041001", "actor_id": who, "role": role, "granted_at": 5, "revoked_at": gone}
            for who, role, gone in grants
        ]
        await connection.execute(sa.insert(first_tables.grant), rows)
    await engine.dispose()


@pytest.fixture
def first_version_url(backend: str, request: pytest.FixtureRequest, tmp_path) -> str:
    """A database as the first version made it."""
    url = f"sqlite:///{tmp_path}/first.db" if backend == "sqlite" else request.getfixturevalue("cluster").create()
    asyncio.run(_make_first_version(url))
    return url


def test_a_database_of_the_first_version_keeps_who_works_where(first_version_url: str):
    """Grants become posts without dates, those taken back included; identity and counters stay; once is enough."""
    for _ in range(2):
        posts = admin.list_posts(first_version_url)
        assert [(one.actor_id, one.actor_name, one.post.role, one.is_revoked) for one in posts] == [
            ("a", "员a", "grid_lead", False), ("a", "员a", "grid_worker", False), ("b", "员b", "community", True),
        ]  # fmt: skip
        assert {one.post.area_code for one in posts} == {"370211003041001"}
        assert [(one.post.since, one.post.until) for one in posts] == [("", ""), ("", ""), ("", "2023-11-14")]

    async def look() -> tuple[str, str, int, bool]:
        storage = await open_storage(first_version_url)
        async with storage.read() as connection:
            version = (await connection.execute(sa.select(tables.server.c.version))).scalar_one()
            old = await connection.run_sync(lambda sync: sa.inspect(sync).has_table("actor_grant"))
            seq = (await connection.execute(sa.select(tables.scope.c.seq))).scalar_one()
        await storage.close()
        return storage.server_id, storage.epoch, version, old or seq != 7

    assert asyncio.run(look()) == ("s", "e", tables.VERSION, False)


def test_an_upgrade_that_fails_changes_nothing(first_version_url: str, monkeypatch: pytest.MonkeyPatch):
    """The step and the new version are one transaction: the next start finds the old database whole."""
    from gridworker.server import upgrades

    async def half(connection: sa.ext.asyncio.AsyncConnection) -> None:
        await _STEP(connection)
        raise RuntimeError("power cut")

    _STEP = upgrades._STEPS[1]  # noqa: N806 - the real one
    with monkeypatch.context() as patch:
        patch.setattr(upgrades, "_STEPS", {1: half})
        with pytest.raises(RuntimeError, match="power cut"):
            admin.list_posts(first_version_url)
    assert len(admin.list_posts(first_version_url)) == 3
