"""Search: everything meant is found, nothing else, and the best first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gridworker.errors import Cancelled
from gridworker.store.store import Store
from tests.store.samples import household, person, visit
from tests.store.search_reference import classes, community, findable, fits

EVERYBODY = 1_000_000


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """A small community, and what can be found in it."""
    records = community(1_200)
    store = Store.create(tmp_path_factory.mktemp("town") / "home", bytes(range(32)))
    store.write(lambda tx: tx.put_many(records))
    homes = {record.id: record for record in records if record.ledger == "household"}
    yield store, records, {record.id: findable(record, homes) for record in records}
    store.close()


NAMES = list(classes(community(3)))


@pytest.mark.parametrize("kind", NAMES)
def test_found_is_what_is_meant(town, kind):
    """For each way of asking, the index finds exactly those whom looking at everybody finds."""
    store, records, things = town
    ask = classes(records)[kind]
    with store.read() as tx:
        for query in {ask() for _ in range(12)}:
            found = {hit.id for hit in tx.search(query, limit=EVERYBODY)}
            assert found == {key for key, thing in things.items() if fits(thing, query)}, query


def test_every_further_letter_narrows(town):
    """As one types a name, in letters or characters, each further one finds a part of what was found before."""
    store, _, _ = town
    with store.read() as tx:
        for word in ("zhangweiming", "lixiaolong", "张伟明", "春风路"):
            before: set[str] | None = None
            for length in range(1, len(word) + 1):
                found = {hit.id for hit in tx.search(word[:length], limit=EVERYBODY)}
                assert before is None or found <= before
                before = found


def _names(store: Store, text: str, **more: object) -> list[str]:
    with store.read() as tx:
        return [str(tx.find(hit.id).values.get("name", "户")) for hit in tx.search(text, **more)]


@pytest.fixture
def some(store: Store) -> Store:
    """A few people with names that are hard to find."""
    home = household()
    people = [
        person("李张三"),
        person("张三丰"),
        person("张三"),
        person("单田芳", home, contact="13812345678、0532-88886666"),
        person("尉迟恭"),
        person("万俟䶮"),
        person("𠅤㛃"),
        person("𬭚"),
        person("阿依古丽·买买提"),
        person("Maria Lopez"),
        person("吕布"),
        person("曾国藩", birth_date="1950-03-05", id_no="37020019500305123X"),
        person("㐂"),
        person("任晟"),
    ]
    store.write(lambda tx: tx.put_many([*people, home]))
    return store


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("张三", ["张三", "张三丰", "李张三"]),
        ("shantianfang", ["单田芳"]),
        ("stf", ["单田芳"]),
        ("dtf", ["单田芳"]),
        ("SHANtf", ["单田芳"]),
        ("ｓｔｆ", ["单田芳"]),
        ("yuchigong", ["尉迟恭"]),
        ("ycg", ["尉迟恭"]),
        ("moqi", ["万俟䶮"]),
        ("mqy", ["万俟䶮"]),
        ("zengguofan", ["曾国藩"]),
        ("zgf", ["曾国藩"]),
        ("𠅤", ["𠅤㛃"]),
        ("㛃", ["𠅤㛃"]),
        ("𠅤㛃", ["𠅤㛃"]),
        ("𬭚", ["𬭚"]),
        ("䶮", ["万俟䶮"]),
        ("㐂", ["㐂"]),
        ("阿依古丽·买买提", ["阿依古丽·买买提"]),
        ("古丽 买买提", ["阿依古丽·买买提"]),
        ("古丽买", ["阿依古丽·买买提"]),
        ("ayigulimaimaiti", ["阿依古丽·买买提"]),
        ("maria", ["Maria Lopez"]),
        ("lop", ["Maria Lopez"]),
        ("lvbu", ["吕布"]),
        ("lübu", ["吕布"]),
        ("lb", ["吕布"]),
        ("rensheng", ["任晟"]),
        ("rencheng", ["任晟"]),
        ("5678", ["单田芳"]),
        ("053288886666", ["单田芳"]),
        ("0532-8888", ["单田芳"]),
        ("6666", ["单田芳"]),
        ("123x", ["曾国藩"]),
        ("１２３Ｘ", ["曾国藩"]),
        ("1950-03-05", ["曾国藩"]),
        ("195003", ["曾国藩"]),
        ("3-2-501", ["户", "单田芳"]),
        ("3号楼2单元501", ["户", "单田芳"]),
        ("3号楼2单元501室", ["户", "单田芳"]),
        ("501", ["户", "单田芳"]),
        ("3#2-501", ["户", "单田芳"]),
        ("3号楼", ["户", "单田芳"]),
        ("2单元501", ["户", "单田芳"]),
        ("锦绣家园3-2-501", ["户", "单田芳"]),
        ("锦绣 3号楼", ["户", "单田芳"]),
        ("单 501", ["单田芳"]),
        ("单田芳501", ["单田芳"]),
        ("stf 3-2", ["单田芳"]),
        ("4-2-501", []),
        ("2号楼", []),
    ],
)
def test_as_people_type(some, text, found):
    """Surnames by both readings, initials, rare characters, dots, Latin names, tails, birthdays and rooms."""
    assert _names(some, text) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "、。",
        '"',
        "'; DROP TABLE person; --",
        "*",
        "^",
        "NEAR(",
        "a AND",
        "{names}",
        "-",
        "()",
        "\x00",
        "x" * 5000,
        "张" * 5000,
        "😀",
    ],
)
def test_odd_texts_find_nothing_and_break_nothing(some, text):
    """Signs of the query language, control characters and walls of text are only text."""
    assert _names(some, text) == []


def test_results_can_be_limited(some):
    """A limit takes the best; a choice of ledgers leaves the others out."""
    assert _names(some, "张三", limit=1) == ["张三"]
    assert _names(some, "3-2-501", ledgers=["person"]) == ["单田芳"]
    assert _names(some, "3-2-501", ledgers=["household"]) == ["户"]
    assert _names(some, "张三", ledgers=[]) == []
    assert _names(some, "张三", limit=0) == []


def test_a_changed_record_is_found_by_its_new_words_only(store):
    """After an edit the old name and number find nobody, and a deleted record is not found at all."""
    someone = person("张三", contact="13812345678")
    store.write(lambda tx: tx.put(someone))
    renamed = someone.with_values({"name": "李四", "contact": "13900001111"})
    store.write(lambda tx: tx.put(renamed))
    assert _names(store, "张三") == _names(store, "5678") == _names(store, "zs") == []
    assert _names(store, "李四") == _names(store, "1111") == _names(store, "ls") == ["李四"]
    store.write(lambda tx: tx.put(replace(renamed, deleted=True)))
    assert _names(store, "李四") == []
    store.write(lambda tx: tx.put(renamed))
    assert _names(store, "李四") == ["李四"]


def test_members_follow_their_household(store):
    """Who lives there is found by the address, whoever came first, and after address, flat or tenant changed."""
    old, new = household(), household(room_no="902", building_no="7")
    someone = person("张三", old)
    store.write(lambda tx: tx.put(someone))
    assert _names(store, "3-2-501") == []
    store.write(lambda tx: tx.put_many([old, new]))
    assert _names(store, "3-2-501") == ["户", "张三"]
    store.write(lambda tx: tx.put(old.with_values({"room_no": "601"})))
    assert (_names(store, "3-2-501"), _names(store, "3-2-601")) == ([], ["户", "张三"])
    store.write(lambda tx: tx.put(someone.with_values({"household_id": new.id})))
    assert (_names(store, "3-2-601"), _names(store, "7-2-902")) == (["户"], ["户", "张三"])
    store.write(lambda tx: tx.put(replace(new, deleted=True)))
    assert (_names(store, "7-2-902"), _names(store, "张三")) == ([], ["张三"])
    store.write(lambda tx: tx.put(new))
    store.write(lambda tx: tx.drop("household", [new.id]))
    assert _names(store, "7-2-902") == []


def test_texts_of_other_ledgers_are_found(store):
    """What was raised at a visit is found by its words; a phrase does not reach from one field into the next."""
    note = visit(household(), raised_issue="楼道灯不亮", change_note="新装wifi6路由")
    store.write(lambda tx: tx.put(note))
    with store.read() as tx:
        assert [hit.ledger for hit in tx.search("道灯")] == ["visit"]
        assert len(tx.search("wifi6")) == len(tx.search("wif")) == 1
        assert tx.search("路由楼道") == []


def test_rebuilding_finds_the_same(some):
    """The index made anew answers as the one that grew; deleted records stay out."""
    queries = ["张三", "stf", "3-2-501", "5678", "𬭚", "户"]
    gone = person("张三")
    some.write(lambda tx: tx.put_many([gone]))
    some.write(lambda tx: tx.put(replace(gone, deleted=True)))
    before = [_names(some, query) for query in queries]
    some.write(lambda tx: tx.execute("INSERT INTO search_index (search_index) VALUES ('delete-all')"))
    assert _names(some, "张三") == []
    seen: list[tuple[int, int]] = []
    some.rebuild_search(lambda done, total, _text: seen.append((done, total)))
    assert [_names(some, query) for query in queries] == before
    assert seen


def test_a_stopped_rebuild_keeps_the_old_index(some):
    """Cancelling half-way leaves search as it was."""
    with pytest.raises(Cancelled):
        some.rebuild_search(cancelled=lambda: True)
    assert _names(some, "stf") == ["单田芳"]
