"""Taking what is new, page by page; each page and its cursor land in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from functools import partial

from gridworker.errors import BugError, Cancelled, KnownError
from gridworker.store import base_layer
from gridworker.store.collector import without_collector
from gridworker.store.outbox import read_ops
from gridworker.store.store import WriteTx
from gridworker.store.verdicts import settle
from gridworker.sync import failures, wire, wire_bytes
from gridworker.sync.meeting import Meeting
from gridworker.sync.outgoing import from_wire
from gridworker.sync.retry import ATTEMPTS, meanwhile, with_retries

_BEGINNING = ""
# A pull of more than one part in so many is a large one, a few records never.
_SHARE, _FEW = 5, 50


class Puller:
    """What a meeting takes in."""

    def __init__(self, meeting: Meeting) -> None:
        self._meeting = meeting
        self._restarted: set[str] = set()
        self._expected = 0
        self._first: frozenset[str] = frozenset()
        """The grids of which nothing is here yet."""
        self._backed_up = False

    def pull_all(self) -> None:
        """Asks until the server has nothing more for any grid granted today."""
        with self._meeting.store.read() as tx:
            cursors = {scope: base_layer.cursor_of(tx, scope) for scope in self._meeting.scopes}
        self._first = frozenset(scope for scope, cursor in cursors.items() if not cursor)
        self._expected = sum(grant.seq for grant in self._meeting.welcome.grants if not cursors[grant.scope])
        # Whoever holds a street or a district has more grids than one question may name.
        scopes = list(cursors.items())
        for start in range(0, len(scopes), wire_bytes.PULL_SCOPES):
            self._pull(dict(scopes[start : start + wire_bytes.PULL_SCOPES]))

    def _pull(self, cursors: Mapping[str, str]) -> None:
        asked = self._ask(cursors)
        while asked:
            if self._meeting.cancelled():
                raise Cancelled
            pulled = self._checked(asked.result())
            news = {scope: part for scope, part in pulled.scopes.items() if not part.revoked}
            more = {scope: part.upto for scope, part in news.items() if part.more}
            # The next page is on the line while this one is written.
            asked = self._ask(more)
            self._back_up_before(news)
            holes = self._meeting.store.write(partial(self._take_in, news=news))
            if holes & self._restarted:
                raise BugError("The server sent parts of records twice without the rest.")
            self._restarted |= holes
            asked = self._ask(more | dict.fromkeys(holes, _BEGINNING)) if holes else asked

    def _back_up_before(self, news: Mapping[str, wire.ScopeDeltas]) -> None:
        """Once a meeting, before the first page of a pull that may change more than a fifth of what is here."""
        if self._backed_up:
            return
        with self._meeting.store.read() as tx:
            here = tx.sql("SELECT count(*) FROM record_index")[0][0]
        # The first pull of a grid changes nothing of it that was here before.
        known = [part for scope, part in news.items() if scope not in self._first]
        coming = sum(len(part.records) for part in known)
        # More to come means a full page of it at least, and nobody says how many.
        if here and ((coming > _FEW and coming * _SHARE > here) or any(part.more for part in known)):
            self._backed_up = True
            try:
                self._meeting.store.back_up("pull")
            except KnownError as failed:
                # What comes is on the server as well: without room for a copy it is still taken in.
                self._meeting.report.notes.append(failed.title)

    def _ask(self, cursors: Mapping[str, str]) -> Future[wire.Pulled] | None:
        if not cursors:
            return None
        meeting = self._meeting
        message = wire.Pull(
            protocol=meeting.welcome.protocol,
            epoch=meeting.welcome.epoch,
            incarnation=meeting.incarnation,
            scopes=dict(cursors),
        )

        def ask() -> wire.Pulled:
            return with_retries(
                lambda: meeting.transport.pull(message),
                attempts=ATTEMPTS,
                cancelled=meeting.cancelled,
                pause=meeting.pause,
            )

        return meanwhile(ask)

    def _checked(self, pulled: wire.Pulled) -> wire.Pulled:
        if pulled.epoch != self._meeting.welcome.epoch:
            raise failures.another_server()
        return pulled

    def _take_in(self, tx: WriteTx, news: Mapping[str, wire.ScopeDeltas]) -> set[str]:
        """Writes one answer; the grids of which this device lacks a part start again from the beginning."""
        report = self._meeting.report
        holes: set[str] = set()
        for scope, part in news.items():
            with without_collector(len(part.records)):
                received = base_layer.receive(tx, scope, [_delta(one) for one in part.records], part.upto)
            report.pulled += len(part.records)
            report.changed |= received.changed
            if received.holes:
                holes.add(scope)
                base_layer.set_cursor(tx, scope, _BEGINNING)
            self._settle_held(tx, scope, part.outcomes)
        self._meeting.progress(
            min(report.pulled, self._expected), self._expected, f"正在接收，已收到 {report.pulled} 条"
        )
        return holes

    def _settle_held(self, tx: WriteTx, scope: str, outcomes: list[wire.Outcome]) -> None:
        """The final word on operations that the server had put aside."""
        for outcome in outcomes:
            ops = read_ops(tx, "WHERE op_id = ? AND outcome = 'held'", (outcome.op_id,))
            if ops:
                self._meeting.note(settle(tx, scope, ops, [from_wire(outcome)]), anew=False)


def _delta(one: wire.Delta) -> base_layer.Delta:
    status = one.status if one.status or one.whole else None
    steps = tuple(_step(move) for move in one.moves) if one.moves else ()
    return base_layer.Delta(
        one.id, one.type, one.rev, one.fields, status, one.deleted, one.whole, one.actor, one.at, steps
    )


def _step(move: wire.MoveMade) -> base_layer.Step:
    return base_layer.Step(move.rev, move.event, move.source, move.target, move.actor, move.at, move.reason)
