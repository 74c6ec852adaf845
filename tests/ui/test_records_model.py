"""The list model: honest with views, reads only what is looked at, and keeps no more than it says."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import Qt

from gridworker.ledgers.registry import find_ledger
from gridworker.operations.session import Session
from ui.records.model import PAGE_ROWS, PAGES_KEPT, Column, RecordTableModel, RowIdRole, WaitingRole
from ui.records.source import RecordSource, Wanted

COLUMNS = (Column("name", "姓名"), Column("age", "年龄", "right"))


@dataclass(frozen=True)
class Row:
    """One made-up row."""

    row_id: int
    id: str = ""
    status: str = ""
    cells: dict[str, str] = field(default_factory=dict)
    waiting: bool = False


class Table:
    """A made-up ledger that counts how often it is read."""

    def __init__(self, size: int) -> None:
        self.rows = {i: Row(i, f"r{i}", "", {"name": f"甲{i}", "age": str(i % 90)}, i == 0) for i in range(size)}
        self.reads: list[int] = []

    def ids(self) -> array[int]:
        return array("q", self.rows)

    def fetch(self, row_ids: Sequence[int]) -> list[Row]:
        self.reads.append(len(row_ids))
        return [self.rows[i] for i in row_ids if i in self.rows]


@pytest.fixture
def table() -> Table:
    """A thousand rows."""
    return Table(1000)


def _model(table: Table) -> RecordTableModel:
    model = RecordTableModel(COLUMNS, table.fetch)
    model.show(table.ids())
    return model


def test_views_may_trust_it(qtmodeltester, table: Table) -> None:
    """The model keeps every promise Qt asks of a table model, filled and emptied."""
    model = RecordTableModel(COLUMNS, table.fetch)
    qtmodeltester.check(model)
    model.show(table.ids())
    qtmodeltester.check(model)
    model.show(array("q"))
    assert model.rowCount() == 0


def test_reads_one_page_for_the_rows_of_a_screen(table: Table) -> None:
    """Showing forty rows reads one page, and showing them again reads nothing."""
    model = _model(table)
    for _ in range(2):
        for row in range(40):
            assert model.index(row, 0).data() == f"甲{row}"
    assert table.reads == [PAGE_ROWS]


def test_forgets_the_pages_seen_longest_ago() -> None:
    """However far one scrolls, only the newest pages stay in memory."""
    table = Table(PAGE_ROWS * (PAGES_KEPT + 10))
    model = _model(table)
    for row in range(0, len(table.rows), PAGE_ROWS):
        model.index(row, 0).data()
    assert len(model._pages) == PAGES_KEPT
    model.index(len(table.rows) - 1, 0).data()
    table.reads.clear()
    model.index(0, 0).data()
    assert table.reads == [PAGE_ROWS]


def test_a_row_that_went_away_shows_nothing(table: Table) -> None:
    """A row deleted since the ids were read is blank, and raises nothing."""
    model = _model(table)
    del table.rows[5]
    assert model.index(5, 0).data() is None
    assert model.index(6, 0).data() == "甲6"


def test_changed_contents_are_read_anew(table: Table) -> None:
    """After a save the same ids show what they hold now."""
    model = _model(table)
    assert model.index(3, 1).data() == "3"
    table.rows[3] = Row(3, "r3", "", {"name": "乙", "age": "40"})
    model.forget_pages()
    assert model.index(3, 1).data() == "40"


def test_a_screen_reader_hears_heading_and_state(table: Table) -> None:
    """A cell says what column it is of, and that the record still waits to be uploaded."""
    model = _model(table)
    said = model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said == "姓名：甲0，还没上传"
    assert model.index(0, 0).data(WaitingRole) is True
    assert model.index(7, 0).data(RowIdRole) == 7


def test_who_belongs_to_no_household_comes_last_and_is_said_to_be_gone(session: Session) -> None:
    """Who moved away or died stood at the top of the residents, and nothing said so."""
    ledger = find_ledger("person")
    source = RecordSource(session, ledger)
    ids = source.listed(Wanted(order=ledger.sort_by)).ids
    homes = [bool(row.cells["household_id"]) for row in source.rows(ids)]
    assert homes == sorted(homes, reverse=True)
    assert not homes[-1]
    assert source.rows(ids[-1:])[0].cells["living_state"] in {"迁出", "死亡"}
