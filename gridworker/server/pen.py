"""The server's own words in the records of one scope it holds locked: the little that no device of the grid says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from gridworker.identity import record_number
from gridworker.ledger.facts import Value
from gridworker.ledger.merge import FieldMark
from gridworker.ledgers.registry import all_ledgers
from gridworker.server.clock import day_of, stamp
from gridworker.server.letters import Letter, write
from gridworker.server.state import BORN, DELETED, State, from_row, to_row
from gridworker.server.storage_bulk import Bulk

# How merge marks name the server; no device is called so.
SERVER = "server"
# Two signs no device has for its tag.
_TAG = "00"
_COMMUNITY = 12
_TRIED = 50


@dataclass
class Pen:
    """Writes states under revisions that follow the scope's counter."""

    bulk: Bulk
    connection: AsyncConnection
    scope: str
    seq: int
    now_ms: int
    states: dict[str, State]
    posted: bool = False
    """Whether a letter was written that can be delivered once this is committed."""

    async def load(self, ids: Iterable[str]) -> None:
        """Reads the records that are not at hand yet."""
        missing = [record for record in dict.fromkeys(ids) if record and record not in self.states]
        for row in await self.bulk.records(self.connection, self.scope, missing) if missing else ():
            self.states[row.id] = from_row(row)

    async def save(self) -> None:
        """Writes the records that changed."""
        rows = [to_row(self.scope, state) for state in self.states.values() if state.dirty]
        if rows:
            await self.bulk.save_records(self.connection, rows)

    def write(self, state: State, changes: Mapping[str, Value], *, author: str = SERVER) -> None:
        """Changes fields; who changed the record last stays as it was."""
        rev = self._next_rev(state)
        state.values = {**state.values, **changes}
        state.marks.update(dict.fromkeys(changes, FieldMark(rev, author)))

    def confirm(self, state: State, keys: Iterable[str]) -> None:
        """Leaves fields as they are, so that who changes them without having seen this meets a conflict."""
        self.write(state, {key: state.values.get(key) for key in keys})

    def bury(self, state: State, *, deleted: bool) -> None:
        """Deletes a record or brings it back."""
        if state.deleted != deleted:
            state.marks[DELETED] = FieldMark(self._next_rev(state), SERVER)
            state.deleted = deleted

    async def add(self, record: str, ledger: str, values: Mapping[str, Value]) -> State:
        """A new record with a number and its moment; nobody of the grid is its author."""
        given: dict[str, Value] = {
            "record_no": await self._number(ledger), "recorded_at": stamp(self.now_ms)[:16] + "+08:00", **values,
        }  # fmt: skip
        rev = self.seq + 1
        state = State(record, ledger, rev, rev, given, {BORN: FieldMark(rev, SERVER)})
        self._next_rev(state)
        self.states[record] = state
        return state

    async def post(self, letter: Letter) -> None:
        """Writes a letter to another grid."""
        await write(self.connection, letter, self.now_ms)
        self.posted = True

    async def _number(self, ledger: str) -> str:
        first = 1
        while True:
            wanted = [self._spelled(ledger, one) for one in range(first, first + _TRIED)]
            taken = {number for _, number in await self.bulk.numbers(self.connection, self.scope, wanted)}
            taken |= {state.number for state in self.states.values() if state.number}
            free = [number for number in wanted if number not in taken]
            if free:
                return free[0]
            first += _TRIED

    def _spelled(self, ledger: str, sequence: int) -> str:
        prefix, community = all_ledgers()[ledger].number_prefix, self.scope[:_COMMUNITY]
        return record_number(prefix, community, day_of(self.now_ms), _TAG, sequence)

    def _next_rev(self, state: State) -> int:
        self.seq += 1
        state.touch(self.seq, state.actor_id, self.now_ms)
        return self.seq
