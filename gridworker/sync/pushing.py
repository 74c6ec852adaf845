"""Handing over what waits, batch by batch, until nothing waits; one operation the server cannot take stops no other."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

from gridworker.errors import BugError, Cancelled
from gridworker.store import numbering
from gridworker.store.collector import without_collector
from gridworker.store.outbox import Op
from gridworker.store.store import WriteTx
from gridworker.store.verdicts import Settled, settle
from gridworker.sync import failures, wire
from gridworker.sync.meeting import Meeting
from gridworker.sync.outgoing import from_wire, to_wire
from gridworker.sync.retry import ATTEMPTS, meanwhile, with_retries

# Refusals that may lie in one operation of the batch; every other one concerns the device, the grid or the server.
_OF_ONE_OPERATION = {"MALFORMED", "HASH_MISMATCH", "TOO_LARGE"}
_INTERNAL = 500
# So many operations in a row that cannot be taken are no longer their own fault but the server's.
_SUSPECTS = 3


@dataclass(frozen=True)
class _Batch:
    """Operations and the message they make."""

    ops: list[Op]
    message: wire.Push


@dataclass(frozen=True)
class _Sent:
    """A batch on the line."""

    ops: list[Op]
    answer: Future[wire.Pushed]


class Pusher:
    """The queue of one grid on its way out."""

    def __init__(self, meeting: Meeting, scope: str) -> None:
        self._meeting, self._scope = meeting, scope
        self._limit = meeting.welcome.limits.ops
        self._size = self._limit
        self._suspects: list[list[str]] = []
        self._tries = 0

    def push_all(self) -> None:
        """Sends until nothing waits; what was held back in an earlier meeting tries once more at the end."""
        store = self._meeting.store
        store.write(lambda tx: numbering.number(tx, self._scope))
        self._drain()
        held_now = set(self._meeting.report.held_ids)
        if store.write(lambda tx: numbering.release(tx, self._scope, apart_from=held_now)):
            self._drain()

    def _drain(self) -> None:
        """One batch is on the line while the verdicts on the one before are written and the one after is made."""
        sent = self._send(self._next())
        following = self._behind(sent)
        while sent:
            if self._meeting.cancelled():
                raise Cancelled
            try:
                pushed = self._checked(sent)
            except (failures.Refused, failures.ServerFailed) as failure:
                self._narrow(sent.ops, failure)
                sent = self._send(self._next())
                following = self._behind(sent)
                continue
            settling = meanwhile(partial(self._settle, sent.ops, pushed))
            sent = self._send(following)
            following = self._behind(sent)
            self._take_over(settling.result())
            if sent is None:
                sent = self._send(self._next())
                following = self._behind(sent)

    def _next(self, *, after: int = 0) -> _Batch | None:
        meeting = self._meeting
        with without_collector(self._size):
            with meeting.store.read() as tx:
                ops = numbering.next_ops(tx, self._scope, self._size, after=after)
            sent = [to_wire(op) for op in ops]
        if not ops:
            return None
        message = wire.Push(
            protocol=meeting.welcome.protocol,
            epoch=meeting.welcome.epoch,
            incarnation=meeting.incarnation,
            scope=self._scope,
            ops=sent,
        )
        return _Batch(ops, message)

    def _behind(self, sent: _Sent | None) -> _Batch | None:
        return self._next(after=sent.ops[-1].n) if sent else None

    def _send(self, batch: _Batch | None) -> _Sent | None:
        if batch is None:
            return None
        meeting = self._meeting
        attempts = ATTEMPTS if self._size == self._limit else 1

        def ask() -> wire.Pushed:
            return with_retries(
                lambda: meeting.transport.push(batch.message),
                attempts=attempts,
                cancelled=meeting.cancelled,
                pause=meeting.pause,
            )

        return _Sent(batch.ops, meanwhile(ask))

    def _checked(self, sent: _Sent) -> wire.Pushed:
        pushed = sent.answer.result()
        if pushed.epoch != self._meeting.welcome.epoch:
            raise failures.another_server()
        if [outcome.op_id for outcome in pushed.outcomes] != [op.op_id for op in sent.ops]:
            raise BugError("The server's outcomes do not belong to the operations sent.")
        return pushed

    def _settle(self, ops: Sequence[Op], pushed: wire.Pushed) -> Settled:
        verdicts = [from_wire(outcome) for outcome in pushed.outcomes]

        def work(tx: WriteTx) -> Settled:
            return settle(tx, self._scope, ops, verdicts, before=pushed.before, upto=pushed.upto)

        return self._meeting.store.write(work)

    def _take_over(self, settled: Settled) -> None:
        self._meeting.note(settled)
        self._suspects.clear()
        self._tries = 0
        self._size = min(self._size * 2, self._limit)

    def _narrow(self, ops: Sequence[Op], failure: failures.Refused | failures.ServerFailed) -> None:
        """Halves the batch until the one operation is found that cannot be taken, and holds that one back."""
        if not _may_be_one_operation(failure):
            raise failure
        if not numbering.are_one(ops):
            self._size = len(ops) // 2
            return
        self._tries += 1
        if self._tries < ATTEMPTS:
            return
        self._tries = 0
        if len(self._suspects) >= _SUSPECTS:
            self._acquit()
            raise failure
        code = failure.code if isinstance(failure, failures.Refused) else "INTERNAL"
        held = self._meeting.store.write(lambda tx: numbering.hold_back(tx, ops[0], code=code, detail=failure.title))
        self._suspects.append(held)
        self._meeting.report.held += 1
        self._meeting.report.held_ids += held

    def _acquit(self) -> None:
        """Nothing at all gets through: it is not these operations, and none of them is held back for it."""
        suspects = {op_id for held in self._suspects for op_id in held}
        self._meeting.store.write(lambda tx: numbering.release(tx, self._scope, only=suspects))
        report = self._meeting.report
        report.held -= len(self._suspects)
        report.held_ids = [op_id for op_id in report.held_ids if op_id not in suspects]


def _may_be_one_operation(failure: failures.Refused | failures.ServerFailed) -> bool:
    if isinstance(failure, failures.ServerFailed):
        return failure.status == _INTERNAL
    return failure.code in _OF_ONE_OPERATION
