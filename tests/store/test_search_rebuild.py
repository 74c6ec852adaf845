"""Making the search index anew while people go on working: nothing is missing on the way, nothing is forgotten."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from gridworker.errors import Cancelled
from gridworker.store import search_check, search_rebuild
from gridworker.store.search_index import GENERATION
from gridworker.store.store import Store
from tests.store.samples import household, person

_NAMES = ("张三", "李四", "王五", "赵六", "钱七", "孙八", "周九", "吴十")


@pytest.fixture
def people(store, monkeypatch) -> list:
    """Eight residents of one flat, and parts of two rows."""
    monkeypatch.setattr(search_rebuild, "_PART", 2)
    home = household()
    residents = [person(name, home) for name in _NAMES]
    store.write(lambda tx: tx.put_many([home, *residents]))
    return residents


def _names(store: Store, text: str) -> list[str]:
    with store.read() as tx:
        return sorted(str(tx.find(hit.id).values["name"]) for hit in tx.search(text, ledgers=["person"]))


def _state(store: Store, ask: Callable) -> bool:
    with store.read() as tx:
        return bool(ask(tx))


def _age(store: Store) -> None:
    store.write(lambda tx: tx.set_meta(GENERATION, "older"))


def test_nobody_is_missing_at_any_moment(store, people):
    """Between any two parts everybody is found once, and the index counts as old until the last of them."""
    _age(store)
    seen: list[tuple[list[str], bool]] = []
    store.rebuild_search(lambda *_: seen.append((_names(store, "501"), _state(store, search_check.is_current))))
    assert len(seen) > len(people) // 2
    assert all(one == (sorted(_NAMES), False) for one in seen)
    assert _state(store, search_check.is_in_step)


def test_saves_come_in_between_and_count(store, people):
    """What is born, renamed, deleted or moved while parts are made is found as it is afterwards."""
    works = iter((
        lambda tx: tx.put(people[0].with_values({"name": "郑一"})),
        lambda tx: tx.put(people[-1].with_values({"name": "郑二"})),
        lambda tx: tx.put(replace(people[1], deleted=True)),
        lambda tx: tx.put_many([replace(people[-2], deleted=True), person("郑三")]),
        lambda tx: tx.drop("person", [people[-3].id]),
    ))  # fmt: skip

    def between(*_: object) -> None:
        work = next(works, None)
        if work is not None:
            store.write(work)

    store.rebuild_search(between)
    assert next(works, None) is None
    assert _names(store, "郑") == ["郑一", "郑三", "郑二"]
    assert _names(store, "501") == sorted(["郑一", "郑二", "王五", "赵六", "钱七"])
    assert _state(store, search_check.is_in_step)
    store.rebuild_search()
    assert _names(store, "501") == sorted(["郑一", "郑二", "王五", "赵六", "钱七"])


@pytest.mark.parametrize("parts", range(6))
def test_stopped_anywhere_the_index_is_whole_and_known_for_old(store, people, parts):
    """A rebuild that is stopped leaves everybody to be found, does not call itself done, and can be made again."""
    _age(store)
    done: list[int] = []
    with pytest.raises(Cancelled):
        store.rebuild_search(lambda *_: done.append(1), lambda: len(done) >= min(parts, len(people) // 2))
    assert _names(store, "501") == sorted(_NAMES)
    assert not _state(store, search_check.is_current)
    store.rebuild_search()
    assert _state(store, search_check.is_in_step)


@pytest.mark.parametrize(
    "harm",
    [
        "DELETE FROM search_index_data WHERE id > 10",
        "DELETE FROM search_index_docsize WHERE id > 3",
        "UPDATE search_index_data SET block = zeroblob(length(block)) WHERE id > 10",
    ],
)
def test_an_index_that_is_damaged_in_itself_is_made_from_nothing(store, home, data_key, people, harm):
    """Lost or changed pages of the index are noticed; until all is made it is known for incomplete."""
    store.write(lambda tx: tx.execute(harm))
    store.close()
    with_harm = Store.open(home, data_key)
    assert not _state(with_harm, search_rebuild.is_sound)
    seen: list[bool] = []
    with_harm.rebuild_search(lambda *_: seen.append(_state(with_harm, search_check.is_current)))
    assert seen
    assert not any(seen)
    assert _names(with_harm, "501") == sorted(_NAMES)
    assert _state(with_harm, search_rebuild.is_sound)
    assert _state(with_harm, search_check.is_in_step)
    with_harm.close()


def test_what_a_newer_program_made_searchable_stays(store, people):
    """Entries of a ledger this program does not know are no orphans; entries of no record are."""
    store.write(lambda tx: tx.execute("INSERT INTO record_index (row_id, id, ledger) VALUES (50, 'x', 'newer')"))
    for row_id in (50, 51):
        store.write(lambda tx, row_id=row_id: tx.execute(
            "INSERT INTO search_index (rowid, names) VALUES (?, '新 账')", (row_id,)
        ))  # fmt: skip
    store.rebuild_search()
    with store.read() as tx:
        assert tx.sql("SELECT rowid FROM search_index WHERE search_index MATCH '新'") == [(50,)]
