"""No command shows a role what its rights keep from it: each is run for each role, and all it prints is looked through.

The marks are planted in real records (`tests/planted.py`). Homes are opened once: a passphrase takes a second.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from gridworker import cli
from gridworker.area.rights import Sight, known_roles
from gridworker.ledgers.registry import all_ledgers
from gridworker.operations import figures
from gridworker.operations import session as sessions
from gridworker.operations.session import Session
from tests.planted import BUILDING, GRID, ID_NUMBER, LOOKER, NAME, PHONE, POSTS, STAFF, Planted, plant

PASSPHRASE = "四个 不相干 的词 连起来"
# What prints records, or what was counted of them; every other command is named below with the reason.
READING = {"list", "show", "search", "history", "due", "figures", "resident", "recurrences", "team", "status", "photo"}
ECHOES = {"save", "move", "delete", "undo", "recurrence", "restore"}
"""Print the record they changed, by the same rule as `show`."""
OTHERS = {
    "init", "demo", "recovery-code", "passphrase",  # the home and its keys
    "rebuild-search", "put-off", "bring-back",  # counts and dates
    "import", "undo-import", "export", "print",  # asked about as a whole, see tests/operations/test_rights_here.py
    "backup", "verify", "recover", "purge", "enroll", "sync", "serve", "admin",  # files, servers and counts
    "ledger", "reference",  # declarations and tables
}  # fmt: skip
Run = Callable[..., str]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Session, Planted]]:
    """One planted home for all of it; nobody writes to it but traces."""
    home = tmp_path_factory.mktemp("rights") / "家"
    session, _code = sessions.start(home, PASSPHRASE, grid_code=GRID, name="甲")
    planted = plant(session)
    yield session, planted
    session.close()


@pytest.fixture
def planted(kept: tuple[Session, Planted]) -> Planted:
    """What is planted in it."""
    return kept[1]


@pytest.fixture
def run(
    kept: tuple[Session, Planted], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Run]:
    """Runs a command as somebody who holds one post; gives all that it printed."""
    session, before = kept[0], kept[0].actor
    monkeypatch.setenv("GRIDWORKER_PASSPHRASE", PASSPHRASE)
    monkeypatch.setattr(sessions, "unlock", lambda *_given: session)
    # Hundreds of commands in one process need their words only once.
    monkeypatch.setattr(cli, "parser", _words)
    monkeypatch.setattr(session, "close", lambda: None)

    def as_role(role: str, *words: str) -> str:
        session.actor = replace(before, id=LOOKER, posts=(POSTS[role],))
        cli.main([*words, "--home", str(session.home)])
        printed = capsys.readouterr()
        return printed.out + printed.err

    yield as_role
    session.actor = before


@cache
def _words(*_rooms: str) -> argparse.ArgumentParser:
    return _made_anew()


_made_anew = cli.parser


def _leaks(printed: str, forbidden: dict[str, str]) -> dict[str, str]:
    return {mark: where for mark, where in forbidden.items() if mark in printed}


def test_every_command_is_looked_at() -> None:
    """A new command has to say here whether it prints records."""
    (commands,) = (one for one in cli.parser()._actions if one.dest == "command")
    assert set(commands.choices or ()) == READING | ECHOES | OTHERS
    assert set(POSTS) == set(known_roles())


def test_the_table_of_these_tests_is_the_one_of_the_rights(kept: tuple[Session, Planted]) -> None:
    """What is expected here of a role and a record follows from `area/rights.py`."""
    from gridworker.operations.shown import Eyes

    session, planted = kept
    before = session.actor
    with session.store.read() as tx:
        for role, post in POSTS.items():
            session.actor = replace(before, id=LOOKER, posts=(post,))
            eyes = Eyes(session, tx)
            for name, identity in planted.ids.items():
                record = tx.find(identity)
                assert record
                assert eyes.sight(record) is planted.sight(role, name), (role, name)
    session.actor = before


@pytest.mark.parametrize("role", POSTS)
def test_lists_figures_and_plans_keep_what_is_not_hers(role: str, run: Run, planted: Planted) -> None:
    """Each ledger as table and as JSON, the bin, the plan, the figures with their records, twins, the team."""
    forbidden = planted.forbidden(role)
    masked = dict.fromkeys(planted.marks(), "masked for everybody")
    # A plan says to who looks after a home whom to visit and why.
    planned = forbidden if role in STAFF else masked
    for ledger in all_ledgers():
        for words in (["list", ledger], ["list", ledger, "--deleted"]):
            assert not _leaks(run(role, *words), masked), words
        assert not _leaks(run(role, "list", ledger, "--json"), forbidden), ledger
    # Nor is it told how many there are.
    listed, kept_back = run(role, "list", "rental_house"), planted.sight(role, "rental") is Sight.NOTHING
    assert ("共 0 条" in listed) is ("不在您可以查看的范围内" in listed) is kept_back
    for words in (["due"], ["due", "--put-off"], ["due", "--buildings"]):
        for more in ([], ["--json"]):
            assert not _leaks(run(role, *words, *more), planned), words
    for words in (["resident", "twins"], ["recurrences"], ["team"], ["status"], ["figures"]):
        assert not _leaks(run(role, *words, "--json"), forbidden), words
    for figure in figures.known_figures():
        assert not _leaks(run(role, "figures", "rows", figure.key, "--json"), masked), figure.key


@pytest.mark.parametrize("role", POSTS)
def test_open_records_keep_what_is_not_hers(role: str, run: Run, planted: Planted) -> None:
    """The card, its history, that of what hangs together, its photos; whoever may not see the record is refused."""
    for name, identity in planted.ids.items():
        forbidden = planted.forbidden(role, opened=name)
        for words in (["show"], ["history"], ["history", "--linked"], ["photo", "list"]):
            for more in ([], ["--json"]):
                said = run(role, *words, identity, *more)
                assert not _leaks(said, forbidden), (name, words)
                if planted.sight(role, name) is Sight.NOTHING:
                    assert "不能查看" in said or "不在您负责" in said, (name, words)
    if role in STAFF:
        assert all(mark in run(role, "show", planted.ids["person"]) for mark in (PHONE, ID_NUMBER, NAME))


@pytest.mark.parametrize("role", POSTS)
def test_one_field_is_revealed_or_refused_with_who_could(role: str, run: Run, planted: Planted) -> None:
    """A masked field alone, by those who may; everybody else hears who that would be."""
    said = {key: run(role, "show", planted.ids["person"], "--field", key) for key in ("contact", "id_no")}
    if role in STAFF:
        assert [text.strip() for text in said.values()] == [PHONE, ID_NUMBER]
    else:
        assert not _leaks("".join(said.values()), planted.forbidden(role))
        assert all("网格员" in text for text in said.values())


@pytest.mark.parametrize("role", POSTS)
def test_a_search_confirms_nothing(role: str, run: Run, planted: Planted) -> None:
    """Names are masked for everybody; numbers, tags and old names find nothing more than may be read."""
    person, forbidden = planted.ids["person"], dict.fromkeys(planted.marks(), "masked for everybody")

    def found(text: str, *more: str) -> set[str]:
        said = run(role, "search", text, "--json", *more)
        assert not _leaks(said, forbidden), text
        return {json.loads(line)["id"] for line in said.splitlines() if line.startswith("{")}

    seen = planted.sight(role, "person")
    assert (person in found("ouyangmogu")) is (seen is not Sight.NOTHING)
    for readable in ("5678", "154"):
        assert (person in found(readable)) is (seen is not Sight.NOTHING), readable
    hidden = (
        PHONE, PHONE[:5], PHONE[-6:], "154-1234-5678", "15４12345678", ID_NUMBER, ID_NUMBER[:8], ID_NUMBER[-8:],
        "194003", "高龄", "l5412345678", "欧阳蘑菇15412345678",
    )  # fmt: skip
    for text in hidden:
        if seen is not Sight.FULL:
            assert person not in found(text), text
    if seen is Sight.FULL:
        assert all(person in found(text) for text in (PHONE, ID_NUMBER, "194003", "高龄"))
    else:
        assert planted.ids["household"] not in found("低保")
    for text, name in (("井盖", "case"), ("噪音", "dispute"), ("路灯", "opinion"), ("堆物", "report")):
        assert (planted.ids[name] in found(text)) is (planted.sight(role, name) is not Sight.NOTHING), text
    full = run(role, "search", "ouyangmogu", "--full", "--json")
    assert (NAME in full) is (role in STAFF)
    assert role in STAFF or "网格员" in full


def test_json_says_what_it_masks(run: Run, planted: Planted) -> None:
    """A program can tell a mask from a value; what is in full needs no word, and leaves a trace."""
    line = next(one for one in run("auditor", "list", "person", "--json").splitlines() if planted.ids["person"] in one)
    told = json.loads(line)
    assert {"name", "contact", "id_no", "health_code", "care_level"} <= set(told["masked"])
    assert (told["name"], told["contact"], told["health_code"]) == ("欧阳**", "154****5678", "***")
    assert "masked" not in run("grid_worker", "list", "person", "--json")
    assert json.loads(run("building_lead", "show", planted.ids["household"], "--json"))["building_no"] in BUILDING


def test_only_what_was_in_full_leaves_a_trace(kept: tuple[Session, Planted], run: Run) -> None:
    """An auditor's reading reveals nothing, and is not noted as if it did."""
    session, planted = kept

    def traces() -> int:
        with session.store.read() as tx:
            return int(tx.sql("SELECT count(*) FROM audit WHERE verb = 'reveal'")[0][0])

    before = traces()
    for words in (["list", "person", "--json"], ["show", planted.ids["person"]], ["history", planted.ids["person"]]):
        run("auditor", *words)
        run("street", *words)
    assert traces() == before
    for words in (["list", "person", "--json"], ["show", planted.ids["person"]], ["search", "154", "--full"]):
        run("community", *words)
    assert traces() >= before + 3


def test_what_a_step_prints_follows_the_same_rule(run: Run, planted: Planted) -> None:
    """A refused save tells nothing about other people, and the echo of a step shows a handler her case alone."""
    person = json.dumps({
        "name": "端木小米", "id_no": ID_NUMBER, "relation_code": "02", "household_id": planted.ids["household"],
    })  # fmt: skip
    for role in POSTS.keys() - STAFF:
        said = run(role, "save", "person", person, "--json").replace(planted.ids["household"], "")
        assert not _leaks(said.replace(ID_NUMBER, ""), planted.forbidden(role)), role
        assert "可以登记或修改的是" in said, role


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    """A workbook of somebody's, to be compared with the ledger."""
    path = tmp_path / "居民.csv"
    path.write_text(f"姓名,公民身份号码\n{NAME},{ID_NUMBER}\n", "utf-8-sig")
    return path


@pytest.mark.parametrize("role", sorted(POSTS.keys() - STAFF))
def test_no_import_tells_what_is_known_already(role: str, run: Run, sheet: Path) -> None:
    """Whether a row is new or the same would confirm it."""
    assert "不能登记或修改" in run(role, "import", "person", str(sheet), "--dry-run")
