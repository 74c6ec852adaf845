"""A person with a whole area: all its grids at once, and what the home knows of posts."""

from __future__ import annotations

from gridworker.area.belonging import Post
from gridworker.server import admin
from gridworker.store.people import all_posts, own_posts
from gridworker.sync import wire_bytes
from gridworker.sync.enrolling import open_transport
from tests.sync.world import Laptop, Server, run_sync

VISIT = {"visited_at": "2026-03-05T09:40+08:00", "visit_mode": "上门", "met": True}


def test_a_community_gets_all_its_grids_in_several_questions(server: Server, tmp_path, monkeypatch):
    """More grids than one pull may name: asked in parts, and everything arrives."""
    community = "370211005002"
    grids = [f"{community}{number:03d}" for number in range(1, 6)]
    for grid in grids:
        admin.add_grid(server.database, grid, "网格")
    written = []
    for grid in grids:
        worker = Laptop(tmp_path / grid, server.url, server.invite(grid, "grid_worker", f"员{grid[-1]}"))
        written.append(worker.create(**VISIT))
        worker.sync()
        worker.store.close()
    post = admin.new_post("community", community, until="2099-12-31", duties=["05"])
    office = Laptop(tmp_path / "office", server.url, admin.invite_to(server.database, post, "主任"))
    monkeypatch.setattr(wire_bytes, "PULL_SCOPES", 2)
    asked = []
    with open_transport(office.store) as line:
        pull = line.pull
        monkeypatch.setattr(line, "pull", lambda message: asked.append(sorted(message.scopes)) or pull(message))
        report = run_sync(office.store, line)
    assert report.pulled == 5
    assert [scope for scopes in asked for scope in scopes] == grids
    assert max(map(len, asked)) == 2
    assert set(office.flat()) == set(written)
    with office.store.read() as tx:
        assert own_posts(tx) == (Post("community", community, until="2099-12-31", duties=("05",)),)
        assert {post.area_code for _, _, post in all_posts(tx)} == {community, *grids}
    office.store.close()


def test_an_ended_post_takes_the_grid_away_and_keeps_what_was_written(server: Server, laptop):
    """The home knows when it ended; what was sent too late is refused by name, and its words stay at hand."""
    home = laptop("甲某", "grid_worker")
    home.sync()
    ended = admin.new_post("grid_worker", home.grid, until="2020-12-31")
    admin.give_post(server.database, home.meta("actor_id"), ended)
    late = home.create(**VISIT)
    home.sync()
    with home.store.read() as tx:
        assert own_posts(tx) == (ended,)
        (row,) = tx.sql('SELECT outcome, code, "set" FROM outbox WHERE record = ?', (late,))
    assert row[:2] == ("rejected", "SCOPE_REVOKED")
    assert "visited_at" in row[2]
