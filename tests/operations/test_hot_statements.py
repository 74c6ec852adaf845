"""What a day's work asks of the database stays cheap at any size: every statement finds its rows by an index.

The acts are those of `tests/bench/bench_scale.py`, which measures them at 100,000 residents; plans do not depend on
the size of a home, because no statistics are kept.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gridworker.store import statements
from gridworker.store.statements import Reads, Writes
from tests.bench.bench_scale import Acts, build

# A table or index is walked from one end to the other; what follows `SCAN` names it. What a customer set herself is a
# handful of rows at any size; `every` is a list of jumps through an index.
_FEW = r"reference_data|CONSTANT|every|json_each|value|element|search_index|\(|SUBQUERY"
_WHOLE_TABLE = re.compile(rf"^SCAN (?!{_FEW})(\w+)$")
# Photos that still wait to be made small are few, however many there are.
_WHOLE_INDEX = re.compile(r"^SCAN (?!original|pending)(\w+) USING (?:COVERING )?INDEX (\w+)")


@pytest.fixture(scope="module")
def acts(tmp_path_factory) -> Acts:
    """A home of 400 residents and all acts on it."""
    home: Path = tmp_path_factory.mktemp("scale") / "home"
    build(home, 400, say=lambda _: None)
    made = Acts(home)
    yield made
    made.session.close()


class Heard:
    """The statements of one act, each with how the database goes about it."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.said: dict[str, list[str]] = {}
        for owner, name in ((Reads, "sql"), (Reads, "numbers"), (Writes, "execute"), (Writes, "executemany")):
            patch.setattr(owner, name, self._listening(getattr(owner, name)))

    def _listening(self, real):
        def call(reads: Reads, statement: str, *given):
            if statement not in self.said and not statement.startswith("PRAGMA"):
                numbered = [int(number) for number in re.findall(r"[?]([0-9]+)", statement)]
                blanks = [None] * max(numbered, default=statement.count("?"))
                plan = reads._connection.execute(f"EXPLAIN QUERY PLAN {statement}", blanks).fetchall()
                self.said[statement] = [row[3] for row in plan]
            return real(reads, statement, *given)

        return call

    def complaints(self, *, reads_all: bool) -> list[tuple[str, str]]:
        """Statements that walk a whole table; in a page, also those that walk a whole index or sort all rows."""
        bad = []
        for statement, plan in self.said.items():
            page = "LIMIT" in statement or "max(" in statement
            # The first of all rows, in the order in which they lie.
            first = page and "WHERE" not in statement and not any("TEMP B-TREE" in step for step in plan)
            for step in plan:
                walks = not first and _WHOLE_TABLE.match(step)
                walks = walks or (not reads_all and not page and _WHOLE_INDEX.match(step))
                # What an equality finds, as the visits of one household, may be sorted: it does not grow with the grid.
                sorts = "TEMP B-TREE FOR ORDER BY" in step and any(one.startswith("SCAN") for one in plan)
                if walks or (not reads_all and page and sorts):
                    bad.append((statement, step))
        return bad


def test_no_act_reads_more_than_it_shows(acts, monkeypatch):
    """No statement of any act walks a table; pages come out of an index in order, without sorting all rows."""
    for name, reads_all, act in acts.all():
        with monkeypatch.context() as patch:
            heard = Heard(patch)
            act()
        assert heard.said, name
        assert heard.complaints(reads_all=reads_all) == [], name


def test_the_listener_hears_a_bad_statement(acts, monkeypatch):
    """A walk over a table, a sort of a whole list and a walk over an index are each complained about."""
    bad = (
        "SELECT id FROM person WHERE workplace = ?",
        "SELECT row_id FROM person WHERE deleted=0 ORDER BY workplace LIMIT 5",
        "SELECT count(*) FROM person WHERE deleted=0",
    )
    for statement in bad:
        with monkeypatch.context() as patch:
            heard = Heard(patch)
            with acts.session.store.read() as tx:
                tx.sql(statement, (None,) * statement.count("?"))
        assert heard.complaints(reads_all=False), statement


def test_one_statement_is_enough_for_any_number_of_ids(acts):
    """A page of fifty asks as often as a page of five: nothing is read row by row."""
    counts = []
    for limit in (5, 50):
        asked: list[str] = []
        real = statements.Reads.sql

        def listen(reads, statement, *given, asked=asked, real=real):
            asked.append(statement)
            return real(reads, statement, *given)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(statements.Reads, "sql", listen)
            with acts.session.store.read() as tx:
                ids = tx.numbers("SELECT row_id FROM person WHERE deleted=0 ORDER BY walk LIMIT ?", (limit,))
            from gridworker.operations import browse

            browse.rows(acts.session, "person", ids)
        counts.append(len(asked))
    assert counts[0] == counts[1]
