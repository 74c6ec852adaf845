"""Search: everything meant is found, nothing else, and the best first."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from gridworker.errors import Cancelled
from gridworker.ledger.record import Record
from gridworker.store import saving, search_check
from gridworker.store.search_index import GENERATION, former_names
from gridworker.store.store import Store
from tests.store.samples import WORKER, household, person, visit
from tests.store.search_reference import classes, community, findable, fitting, renamed, tell

EVERYBODY = 1_000_000


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """A small community, and what can be found in it."""
    records = community(1_200)
    store = Store.create(tmp_path_factory.mktemp("town") / "home", bytes(range(32)))
    former = renamed(records)
    store.write(lambda tx: tell(tx, former, records))
    store.write(lambda tx: tx.put_many(records))
    store.rebuild_search()
    homes = {record.id: record for record in records if record.ledger == "household"}
    yield store, records, {record.id: findable(record, homes, former.get(record.id, "")) for record in records}
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
            assert found == fitting(things, query), query


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
        person("𱍐𮯰"),
        person("李𲎰"),
        person("Jürgen Müller"),
        person("張學良"),
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
        ("MARIA", ["Maria Lopez"]),
        ("lopez maria", ["Maria Lopez"]),
        ("ＭＡＲＩＡ　ＬＯＰＥＺ", ["Maria Lopez"]),
        ("müller", ["Jürgen Müller"]),
        ("𱍐", ["𱍐𮯰"]),
        ("𱍐𮯰", ["𱍐𮯰"]),
        ("李𲎰", ["李𲎰"]),
        ("𲎰", ["李𲎰"]),
        ("阿依古丽买买提", ["阿依古丽·买买提"]),
        ("阿依古丽•买买提", ["阿依古丽·买买提"]),
        ("阿依古丽.买买提", ["阿依古丽·买买提"]),
        ("阿依古丽", ["阿依古丽·买买提"]),
        ("买买提", ["阿依古丽·买买提"]),
        ("maimaiti", ["阿依古丽·买买提"]),
        ("aygl", ["阿依古丽·买买提"]),
        ("张学良", ["張學良"]),
        ("張學良", ["張學良"]),
        ("單田芳", ["单田芳"]),
        ("尉遲恭", ["尉迟恭"]),
        ("zhangxueliang", ["張學良"]),
        ("单\u3000田芳", ["单田芳"]),
        ("\u00a0单田芳\u2003", ["单田芳"]),
        ("单\u200b田芳", ["单田芳"]),
        ("s\u200btf", ["单田芳"]),
        ("张 三", ["张三", "张三丰", "李张三"]),
        ("５６７８", ["单田芳"]),
        ("３－２－５０１", ["户", "单田芳"]),
        ("３号楼２单元５０１", ["户", "单田芳"]),
        ("3-501", ["户", "单田芳"]),
        ("3栋2单元501", ["户", "单田芳"]),
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


def test_what_a_person_wrote_about_a_reading_counts(store):
    """A name is found as somebody wrote that it is read, whole, by initials and in mixes, and still as guessed."""
    odd = person("任盛", name_reading="Rèn Shāng")
    store.write(lambda tx: tx.put(odd))
    for text in ("renshang", "rens", "rshang", "rensheng", "rencheng"):
        assert _names(store, text) == ["任盛"], text
    store.write(lambda tx: tx.put(odd.with_values({"name_reading": "ren xiang"})))
    assert _names(store, "renshang") == []
    assert _names(store, "renxiang") == _names(store, "rx") == ["任盛"]
    store.write(lambda tx: tx.put(odd.with_values({"name_reading": None})))
    assert _names(store, "renxiang") == []
    assert _names(store, "rensheng") == ["任盛"]


def test_tags_are_found_by_their_labels_and_other_words(store):
    """低保 finds the household, 独居老人 the person, by any part of the label and by what else people call it."""
    home = household(household_tags=["低保", "军属"])
    old = person("张三", home, care_categories=["独居老人", "高龄(80+)"])
    disabled = person("李四", home, disability_type="4")
    store.write(lambda tx: tx.put_many([home, old, disabled]))
    for text in ("低保", "低保户", "军烈属"):
        assert _names(store, text) == ["户"], text
    for text in ("独居老人", "独居", "高龄", "高龄老人", "张 独居", "zs 独居老人"):
        assert _names(store, text) == ["张三"], text
    assert _names(store, "肢体残疾") == ["李四"]
    assert _names(store, "老人高龄") == []
    store.write(lambda tx: tx.put(home.with_values({"household_tags": ["军属"]})))
    assert _names(store, "低保") == []


def _renamed(store: Store, before: Record, name: str, verb: str = "save") -> Record:
    after = before.with_values({"name": name})
    store.write(lambda tx: saving.save(tx, before, after, actor_id=WORKER, verb=verb))
    return after


def test_who_changed_her_name_is_found_by_the_old_one_too(store):
    """After every name of today; by characters, letters and with a room; marked, and still so after a rebuild."""
    home = household()
    someone, other = person("张三", home), person("张三丰")
    for record in (home, someone, other):
        store.write(lambda tx, record=record: saving.save(tx, None, record, actor_id=WORKER))
    renamed = _renamed(store, _renamed(store, someone, "李四"), "王五")

    def look() -> None:
        assert _names(store, "张三") == ["张三丰", "王五"]
        assert _names(store, "zhangsan") == ["张三丰", "王五"]
        for text in ("李四", "lisi", "ls", "李", "李 501", "李四501", "ls 3-2-501"):
            assert _names(store, text) == ["王五"], text
        assert _names(store, "四李") == _names(store, "五李四") == []
        with store.read() as tx:
            assert [hit.former for hit in tx.search("张三")] == [False, True]
            assert [hit.former for hit in tx.search("王五")] == [False]
            assert former_names(tx, [renamed]) == {renamed.id: ["张三", "李四"]}

    look()
    store.rebuild_search()
    look()
    _renamed(store, renamed, "张三")
    with store.read() as tx:
        assert not any(hit.former for hit in tx.search("张三"))


def test_a_slip_taken_back_is_no_former_name(store):
    """A name that stood until the undo leaves no trace in search."""
    someone = person("张三")
    store.write(lambda tx: saving.save(tx, None, someone, actor_id=WORKER))
    _renamed(store, _renamed(store, someone, "李四"), "张三", verb="undo")
    assert _names(store, "李四") == []
    store.rebuild_search()
    assert _names(store, "李四") == []


def test_the_best_comes_first(store):
    """Exact name, beginning of a name, room, anything else, former name: in this order, whatever came first."""
    people = [
        person("王五", workplace="丽影照相馆"),
        person("杨丽影"),
        person("丽影红"),
        person("丽影"),
    ]
    homes = [household(room_no="5012"), household(room_no="501")]
    numbers = [person("赵一", contact="5010000"), person("钱二", homes[0]), person("孙三", homes[1])]
    store.write(lambda tx: tx.put_many([*people, *numbers, *homes]))
    assert _names(store, "丽影") == ["丽影", "丽影红", "王五", "杨丽影"]
    assert _names(store, "501", ledgers=["person"]) == ["孙三", "钱二", "赵一"]


def test_a_stopped_transaction_ends_the_statement_and_reads_no_more(store):
    """Interrupting, from another thread, cuts a statement that would never end; the next reader is not touched."""
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    with store.read() as tx:
        timer = threading.Timer(0.05, tx.interrupt)
        timer.start()
        with pytest.raises(Cancelled):
            tx.sql(endless)
        with pytest.raises(Cancelled):
            tx.search("张三")
        timer.join()
    with store.read() as tx:
        assert tx.search("张三") == []


def test_an_index_out_of_step_is_noticed(store):
    """Made by other rules, emptied, an entry too many or too few, or one with other words: each alone is seen."""
    home = household()
    people = [person(name, home) for name in ("张三", "李四", "王五")]
    empty = [person("", None), visit(home)]
    store.write(lambda tx: tx.put_many([home, *people, *empty]))

    def in_step() -> bool:
        with store.read() as tx:
            return search_check.is_in_step(tx)

    assert in_step()
    row_id = _row_id(store, "张三")
    for harm in (
        f"UPDATE meta SET value='older' WHERE key='{GENERATION}'",
        f"DELETE FROM meta WHERE key='{GENERATION}'",
        "INSERT INTO search_index (search_index) VALUES ('delete-all')",
        f"DELETE FROM search_index WHERE rowid={row_id}",
        "INSERT INTO search_index (rowid, names) VALUES (99, '赵 六')",
        f"UPDATE person SET name='赵六' WHERE row_id={row_id}",
        f"UPDATE person SET deleted=1 WHERE row_id={row_id}",
    ):
        store.write(lambda tx, harm=harm: tx.execute(harm))
        assert not in_step(), harm
        store.rebuild_search()
        assert in_step(), harm


def _row_id(store: Store, name: str) -> int:
    with store.read() as tx:
        return tx.search(name)[0].row_id


def test_an_index_that_grew_stays_in_step(store):
    """Saves, renames, moves, deletions and restorations leave the index as a rebuild would make it."""
    home = household()
    people = [person(f"张{character}", home) for character in "一二三四五六"]
    for record in (home, *people):
        store.write(lambda tx, record=record: saving.save(tx, None, record, actor_id=WORKER))
    moved = home.with_values({"room_no": "902"})
    store.write(lambda tx: saving.save(tx, home, moved, actor_id=WORKER))
    _renamed(store, people[0], "李一")
    store.write(lambda tx: saving.delete(tx, people[1], actor_id=WORKER))
    store.write(lambda tx: saving.delete(tx, people[2], actor_id=WORKER))
    store.write(lambda tx: saving.restore(tx, replace(people[2], deleted=True), actor_id=WORKER))
    store.write(lambda tx: tx.drop("person", [people[3].id]))
    with store.read() as tx:
        assert search_check.is_in_step(tx)
        assert [tx.find(hit.id).values["name"] for hit in tx.search("902", ledgers=["person"])] == [
            "李一", "张三", "张五", "张六",
        ]  # fmt: skip
