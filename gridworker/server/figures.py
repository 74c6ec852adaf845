"""The figures of an area over the server's records: the formulas of the clients, one community in memory at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import date
from itertools import chain

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gridworker.area.belonging import Actor
from gridworker.area.codes import DIVISION_LENGTH
from gridworker.area.divisions import area_name, shipped_names
from gridworker.area.reach import Reach
from gridworker.errors import KnownError
from gridworker.ledgers.registry import all_ledgers
from gridworker.planning import calendar_years, clocks, figures_rules, reference, working_days
from gridworker.planning.figures_asked import read_area, read_level
from gridworker.planning.figures_frame import LEVELS, Period, Row
from gridworker.planning.figures_reads import READS, Sieve
from gridworker.planning.figures_tally import AreaFigures, Report, Tallies, known_figures, notes_of
from gridworker.server import tables
from gridworker.server.clock import day_of, now_ms
from gridworker.server.posts import in_areas, posts_of
from gridworker.server.storage import open_storage

_record, _scope, _division = tables.record.c, tables.scope.c, tables.division.c
_reference = tables.reference_data.c
_values = msgspec.json.Decoder(dict)
_AT_ONCE = 1_000


def figures(
    url: str, period: Period, *, level: str = "", area: str = "", actor_id: str = "", today: date | None = None
) -> Report:
    """The figures of each area of a level; of a person's own areas only, where one is named."""
    inside = read_area(area)
    asked_level = read_level(level, inside)

    async def whole() -> Report:
        storage = await open_storage(url)
        try:
            # A snapshot to read from: devices push meanwhile.
            async with storage.read() as connection:
                counting = _Counting(connection, period, today or day_of(now_ms()), asked_level, inside)
                return await counting.report(actor_id)
        finally:
            await storage.close()

    return asyncio.run(whole())


class _Counting:
    """One report in the making."""

    def __init__(self, connection: AsyncConnection, period: Period, today: date, level: str, area: str) -> None:
        self._connection, self._period, self._today = connection, period, today
        self._level, self._area = level, area
        self._asked = known_figures(all_ledgers())
        self._tallies = Tallies(period, today, level=level, asked=self._asked)
        self._begun = False

    async def report(self, actor_id: str) -> Report:
        """Counts all, in the words the customer's reference data set."""
        reach = await self._reach(actor_id) if actor_id else None
        grids = await self._grids(reach)
        with _in_force(await self._items()):
            await self._count(grids)
        for grid in grids:
            if grid.startswith(self._area):
                self._tallies.add_area(grid[: LEVELS[self._level]])
        names = await self._names()
        areas = tuple(
            AreaFigures(code, area_name(code, names), found, partial=reach is not None and not reach.covers(code))
            for code, found in self._tallies.areas().items()
        )
        notes = notes_of(self._period, self._today, areas, begun=self._begun)
        return Report(self._period, self._level, self._asked, areas, notes)

    async def _reach(self, actor_id: str) -> Reach:
        given = await posts_of(self._connection, actor_id)
        if not given:
            raise KnownError("没有这个人，或没有岗位。", action="请核对人员编号：gridworker admin list-posts。")
        posts = tuple(one.post for one in given if not one.is_revoked)
        reach = Reach(Actor(actor_id, given[0].actor_name, posts), self._area, self._today)
        reach.parts(given[0].post.area_code)
        return reach

    async def _grids(self, reach: Reach | None) -> list[str]:
        """The grids to look at: those of the area's communities."""
        query = sa.select(_scope.scope).order_by(_scope.scope)
        if self._area:
            query = query.where(in_areas(_scope.scope, [self._area[:DIVISION_LENGTH]]))
        found = [str(grid) for grid in (await self._connection.execute(query)).scalars().all()]
        if not any(grid.startswith(self._area) for grid in found):
            raise KnownError(f"服务器上没有 {self._area or '任何'} 范围内的网格。", action="请核对编码。")
        return [grid for grid in found if reach is None or reach.takes(grid)]

    async def _count(self, grids: list[str]) -> None:
        communities: dict[str, list[str]] = {}
        for grid in grids:
            communities.setdefault(grid[:DIVISION_LENGTH], []).append(grid)
        for inside in communities.values():
            sieve = Sieve(self._period, self._today)
            rows = [row async for row in self._rows(inside) if sieve.takes(row)]
            self._tallies.add(rows, area=self._area)

    async def _rows(self, grids: list[str]) -> AsyncIterator[Row]:
        """The records of a community, streamed; of their values only what figures look at."""
        query = sa.select(_record.scope, _record.id, _record.ledger, _record.status, _record.fields).where(
            _record.scope.in_(grids), _record.ledger.in_(sorted(READS)), _record.deleted.is_(sa.false())
        )
        # A row at a time takes three times as long, nearly all of it in the driver.
        streamed = await self._connection.stream(query, execution_options={"yield_per": _AT_ONCE})
        async for part in streamed.partitions():
            for scope, identity, ledger, status, fields in part:
                values = _values.decode(fields)
                self._begun = self._begun or self._is_dated(ledger, values)
                yield Row(identity, ledger, scope, status, {key: values.get(key) for key in READS[ledger].fields})

    def _is_dated(self, ledger: str, values: Mapping[str, object]) -> bool:
        declared = all_ledgers().get(ledger)
        day = str(values.get(declared.month_field) or "")[:10] if declared and declared.month_field else ""
        return self._period.start.isoformat() <= day <= self._period.end.isoformat()

    async def _names(self) -> dict[str, str]:
        divisions = await self._connection.execute(sa.select(_division.code, _division.name))
        grids = await self._connection.execute(sa.select(_scope.scope, _scope.name))
        return {**shipped_names(), **{code: name for code, name in chain(divisions.all(), grids.all()) if name}}

    async def _items(self) -> list[tuple[str, str]]:
        query = sa.select(_reference.kind, _reference.body).order_by(_reference.kind, _reference.key)
        return [(row.kind, row.body) for row in (await self._connection.execute(query)).all()]


@contextmanager
def _in_force(items: list[tuple[str, str]]) -> Iterator[None]:
    """The customer's calendar, clocks and rules while figures are counted, and what was in force before it after."""
    bodies: dict[str, list[str]] = {}
    for kind, body in items:
        bodies.setdefault(kind, []).append(body)
    with ExitStack() as entered:
        years = [calendar_years.parse(body) for body in bodies.get(reference.CALENDAR_YEAR, ())]
        entered.enter_context(working_days.years_in_force(years))
        for body in bodies.get(reference.CLOCKS, ()):
            entered.enter_context(clocks.clocks_in_force(clocks.parse(body)))
        for body in bodies.get(reference.FIGURES, ()):
            entered.enter_context(figures_rules.figure_rules_set(figures_rules.parse(body)))
        yield
