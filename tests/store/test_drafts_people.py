"""Drafts and the people who work here."""

from __future__ import annotations

from gridworker.store import drafts, people
from gridworker.store.store import Store


def test_a_draft_is_kept_as_typed(store, home, data_key):
    """What was typed comes back letter by letter after reopening, half an ID number included."""
    raw = {"name": "张 三 ", "id_no": "37020019", "note": "第一行\n第二行", "empty": ""}
    at = store.write(lambda tx: drafts.put_draft(tx, "person:new", "person", raw))
    store.close()
    again = Store.open(home, data_key)
    with again.read() as tx:
        draft = drafts.get_draft(tx, "person:new")
        assert draft == drafts.Draft("person:new", "person", raw, at)
        assert drafts.get_draft(tx, "none") is None
    again.close()


def test_a_later_draft_replaces_the_earlier(store):
    """One key holds one draft; lists give the newest first; dropping one that is not there is no error."""

    def work(tx):
        drafts.put_draft(tx, "a", "visit", {"x": "1"}, at="2026-03-05T09:00:00+08:00")
        drafts.put_draft(tx, "b", "visit", {"x": "2"}, at="2026-03-05T10:00:00+08:00")
        drafts.put_draft(tx, "a", "visit", {"x": "3"}, at="2026-03-05T11:00:00+08:00")
        drafts.drop_draft(tx, "none")
        first = [(draft.key, draft.raw["x"]) for draft in drafts.list_drafts(tx)]
        drafts.drop_draft(tx, "a")
        return first, [draft.key for draft in drafts.list_drafts(tx)]

    assert store.write(work) == ([("a", "3"), ("b", "2")], ["b"])


def test_people_are_known_by_name(store):
    """An actor's newest name is shown; a stranger has none."""

    def work(tx):
        people.put_people(tx, [("w1", "甲某", "grid_worker", "g"), ("w2", "乙某", "community", "g")])
        people.put_people(tx, [("w1", "丙某", "grid_worker", "g")])
        return people.name_of(tx, "w1"), people.name_of(tx, "w9"), {person.id for person in people.all_people(tx)}

    assert store.write(work) == ("丙某", "", {"w1", "w2"})
