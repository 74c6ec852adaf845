"""Posts in the home: kept whole, replaced at once, and begun from what an older home knew."""

from __future__ import annotations

from gridworker.area.belonging import Post
from gridworker.store import people
from gridworker.store.driver import driver, wrapped
from gridworker.store.migrations import STEPS

GRID = "370211003041001"


def test_posts_are_kept_whole_and_replaced_at_once(store):
    """Dates, duties, unit and building come back; whoever is not named again holds nothing; strangers have no post."""
    lead = Post("grid_lead", GRID, "2026-01-01", "2026-12-31", ("02", "11"))
    helper = Post("building_lead", GRID, building="海棠苑/3")
    office = Post("department", GRID[:9], unit="街道司法所")

    def work(tx):
        people.put_people(tx, [("w1", "甲某", "grid_lead", GRID), ("w2", "乙某", "building_lead", GRID)])
        people.replace_posts(tx, [("w1", lead), ("w1", office), ("w2", helper), ("w9", lead)])
        first = people.all_posts(tx)
        people.replace_posts(tx, [("w2", helper)])
        return first, people.all_posts(tx)

    first, second = store.write(work)
    assert set(first) == {("w1", "甲某", office), ("w1", "甲某", lead), ("w2", "乙某", helper)}
    assert second == [("w2", "乙某", helper)]


def test_own_posts_of_an_older_home_are_its_roles_by_grid(store):
    """Until a server tells dates; afterwards what it told counts, also when it is nothing."""

    def work(tx):
        tx.set_meta("grid_code", GRID)
        tx.set_meta("roles", '["grid_worker", "community"]')
        tx.set_meta("grants", f'[["{GRID}", ["grid_worker"]], ["370211003041002", ["grid_lead"]]]')
        old = people.own_posts(tx)
        told = Post("grid_worker", GRID, until="2026-12-31", duties=("02",))
        people.put_own_posts(tx, [told])
        new = people.own_posts(tx)
        people.put_own_posts(tx, [])
        return old, new == (told,), people.own_posts(tx)

    assert store.write(work) == (
        (Post("grid_worker", GRID), Post("community", GRID), Post("grid_lead", "370211003041002")), True, (),
    )  # fmt: skip


def test_an_older_home_begins_with_the_one_post_it_knew_of_each():
    """So that a team is not empty until the next sync."""
    connection = driver.connect(":memory:", isolation_level=None)
    db = wrapped(connection)
    for name, step in STEPS:
        if name == "0006_posts":
            db.execute("INSERT INTO people VALUES ('w1', '甲某', 'grid_lead', ?)", [GRID])
        step(db)
    found = db.execute("SELECT actor_id, role, area_code, since, until, duties FROM post").fetchall()
    assert [tuple(row) for row in found] == [("w1", "grid_lead", GRID, "", "", "[]")]
