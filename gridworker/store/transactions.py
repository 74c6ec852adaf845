"""What may be done inside one transaction: reading for everybody, writing for the writer's work."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from gridworker.ledger.record import Record
from gridworker.store import audit, counters, history, search, view
from gridworker.store.driver import Connection
from gridworker.store.history import HistoryEntry
from gridworker.store.query import Query, count_statement, select_statement
from gridworker.store.search import Hit
from gridworker.store.statements import Reads, Writes
from gridworker.store.tables import Tables, to_json


class ReadTx(Reads):
    """One snapshot of the home; everything it gives is a list or a value, never a cursor."""

    def get(self, ledger: str, id: str) -> Record | None:  # noqa: A002 - the word every room uses
        """One record of a ledger, deleted ones included."""
        table = self.tables[ledger]
        row = self.one(f"{table.select} WHERE id=?", (id,))
        return table.decode(row) if row else None

    def find(self, id: str) -> Record | None:  # noqa: A002 - as in `get`
        """One record of whatever ledger."""
        row = self.one("SELECT ledger FROM record_index WHERE id=?", (id,))
        return self.get(row[0], id) if row and row[0] in self.tables else None

    def select(self, query: Query) -> array[int]:
        """The row ids of a query, in its order."""
        return self.numbers(*select_statement(self.tables[query.ledger], query))

    def count(self, query: Query) -> int:
        """How many records a query finds; its limit is not looked at."""
        return int(self.sql(*count_statement(self.tables[query.ledger], query))[0][0])

    def records(self, ledger: str, row_ids: Sequence[int]) -> list[Record]:
        """The records of row ids in the order asked; ids without a row are left out."""
        table = self.tables[ledger]
        statement = f"{table.select} WHERE row_id IN (SELECT value FROM json_each(?))"
        found = {row[0]: row for row in self.sql(statement, (to_json(list(row_ids)),))}
        return [table.decode(found[row_id]) for row_id in row_ids if row_id in found]

    def find_rows(self, ledger: str, ids: Sequence[str]) -> dict[str, Record]:
        """The records of ids, by id; ids that are not here are left out."""
        return {key: known.record for key, known in view.stored_rows(self, self.tables[ledger], ids).items()}

    def search(self, text: str, *, ledgers: Sequence[str] | None = None, limit: int = 50) -> list[Hit]:
        """What was meant by typed text: exact names first, then beginnings of names, then the rest."""
        return search.search(self, text, ledgers=ledgers, limit=limit)

    def meta(self, key: str) -> str | None:
        """A fact about this home."""
        row = self.one("SELECT value FROM meta WHERE key=?", (key,))
        return str(row[0]) if row else None

    def history(self, id: str) -> list[HistoryEntry]:  # noqa: A002 - as in `get`
        """The steps of a record, the oldest first."""
        return history.of_record(self, id)

    def table_of(self, ledger: str) -> str:
        """The quoted name of a ledger's table, for tailored statements."""
        return self.tables[ledger].name


class WriteTx(ReadTx, Writes):
    """The writer's transaction: all of it or nothing of it lasts."""

    def __init__(self, connection: Connection, tables: Tables, now: Callable[[], str]) -> None:
        super().__init__(connection, tables)
        self.now = now

    def set_meta(self, key: str, value: str) -> None:
        """Keeps a fact about this home."""
        self.execute(
            "INSERT INTO meta (key, value) VALUES (?,?) ON CONFLICT (key) DO UPDATE SET value=excluded.value",
            (key, value),
        )

    def next_number(self, ledger: str, day: date) -> str:
        """A record number that this device gives once."""
        tag, grid_code = self.meta("device_tag") or "", self.meta("grid_code") or ""
        return counters.next_number(self, ledger, day, grid_code=grid_code, device_tag=tag)

    def next_code(self, ledger: str, prefix: str, day: date) -> str:
        """A code that this device mints once and for good; refused in words when a day's codes are used up."""
        community = counters.community_of(
            self.meta("grid_code") or "",
            device_id=self.meta("device_id") or "",
            is_joined=bool(self.meta("server_url")),
        )
        tag = self.meta("device_tag") or ""
        return counters.next_code(self, ledger, prefix, day, community=community, device_tag=tag)

    def next_household_no(self, grid_code: str) -> str:
        """A household number of a grid that this device gives once."""
        return counters.next_household_no(self, grid_code, device_tag=self.meta("device_tag") or "")

    def put(self, record: Record) -> None:
        """Writes the row of a record with its search entry and sums; makes no operation."""
        view.put_many(self, (record,))

    def put_many(self, records: Iterable[Record]) -> None:
        """Writes the rows of records with their search entries and sums; makes no operation."""
        view.put_many(self, records)

    def drop(self, ledger: str, ids: Sequence[str]) -> None:
        """Takes rows out for good, with their search entries and their share in sums."""
        view.drop(self, ledger, ids)

    def set_revisions(self, ledger: str, revisions: Iterable[tuple[int, str]]) -> None:
        """Raises only the revision of rows, as (revision, id)."""
        view.set_revisions(self, ledger, revisions)

    def audit(
        self, verb: str, *, actor_id: str, record: str | None = None, ledger: str | None = None,
        detail: Mapping[str, object] | None = None,
    ) -> None:  # fmt: skip
        """Appends a link to the audit."""
        audit.add(self, verb, at=self.now(), actor_id=actor_id, record=record or "", ledger=ledger or "", detail=detail)
