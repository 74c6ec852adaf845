"""One meeting with the server: say hello, hand over what waits, take what is new. Stopping anywhere loses nothing.

The server judges; this side only keeps order. Every step ends in one local transaction, so a kill between any two
steps is healed by the next meeting: what the server already has, it answers for again.
"""

from __future__ import annotations

import json
import time

from gridworker.ledger.dates import now_stamp
from gridworker.ledgers.registry import all_ledgers
from gridworker.store import leaving, numbering
from gridworker.store.store import Store
from gridworker.store.transactions import WriteTx
from gridworker.sync import belonging, failures, meeting, reference, wire, wire_meeting
from gridworker.sync.leaving import leave_revoked
from gridworker.sync.meeting import Meeting, SyncReport, Transport
from gridworker.sync.pulling import Puller
from gridworker.sync.pushing import Pusher
from gridworker.sync.retry import Pause, with_retries

# A device is forked once by a copied disk; more often in one meeting means that something else is wrong.
_FORKS = 3
# What a server says that has forgotten what it had: restored from a backup, with or without knowing it.
_AMNESIA = {"EPOCH_CHANGED", "GAP"}


def sync(
    store: Store,
    transport: Transport,
    *,
    progress: meeting.Progress,
    cancelled: meeting.Cancelled,
    pause: Pause = time.sleep,
) -> SyncReport:
    """Hands over all that waits and takes all that is new; raises KnownError or Cancelled with everything kept."""
    for _ in range(_FORKS):
        present = _meet(store, transport, progress, cancelled, pause)
        try:
            _push(present)
            leave_revoked(present)
            # Before the records that may be written in its words.
            reference.take_in(present)
            Puller(present).pull_all()
        except failures.Refused as refusal:
            if refusal.code in _AMNESIA:
                raise failures.another_server() from refusal
            if refusal.code != "DEVICE_FORKED":
                raise
            _rename_device(store, present.incarnation, refusal)
        else:
            store.write(lambda tx: tx.set_meta("last_synced_at", now_stamp()))
            return present.report.sum_up()
    raise failures.too_many_copies()


def _meet(
    store: Store, transport: Transport, progress: meeting.Progress, cancelled: meeting.Cancelled, pause: Pause
) -> Meeting:
    with store.read() as tx:
        server_id, epoch = tx.meta("server_id") or "", tx.meta("epoch") or ""
        incarnation = int(tx.meta("incarnation") or 1)
        waiting = numbering.count_waiting(tx)
    message = wire_meeting.Hello(
        oldest_protocol=wire.OLDEST_PROTOCOL,
        newest_protocol=wire.PROTOCOL,
        incarnation=incarnation,
        schemas={key: ledger.schema for key, ledger in all_ledgers().items()},
        epoch=epoch,
        clock=now_stamp(),
    )
    progress(0, waiting, "正在连接服务器")
    # Being offline is normal and is said at once; the caller's timer asks again.
    welcome = with_retries(lambda: transport.hello(message), attempts=1, cancelled=cancelled, pause=pause)
    if welcome.server_id != server_id or (epoch and welcome.epoch != epoch):
        raise failures.another_server()
    store.write(lambda tx: _take_welcome(tx, welcome))
    return Meeting(store, transport, progress, cancelled, pause, welcome, incarnation, waiting)


def _take_welcome(tx: WriteTx, welcome: wire_meeting.Welcome) -> None:
    tx.set_meta("epoch", welcome.epoch)
    tx.set_meta("actor_name", welcome.actor_name)
    for grant in welcome.grants:
        if grant.scope == tx.meta("grid_code"):
            tx.set_meta("roles", json.dumps(grant.roles))
            tx.set_meta("grid_name", grant.grid_name)
            tx.set_meta("community_name", grant.community_name)
    tx.set_meta("grants", json.dumps([[grant.scope, grant.roles] for grant in welcome.grants]))
    leaving.come_back(tx, [grant.scope for grant in welcome.grants])
    belonging.take_posts(tx, welcome.actor_id, welcome.posts, welcome.grants, welcome.people)


def _push(present: Meeting) -> None:
    with present.store.read() as tx:
        scopes = numbering.scopes_waiting(tx)
    for scope in scopes:
        try:
            Pusher(present, scope).push_all()
        except failures.Refused as refusal:
            if refusal.code != "SCOPE_FORBIDDEN":
                raise
            present.report.notes.append("有一个网格已不归您负责，那里的待同步内容仍保存在本机。")


def _rename_device(store: Store, incarnation: int, refusal: failures.Refused) -> None:
    named = refusal.details.get("next_incarnation")
    fresh = named if isinstance(named, int) and named > incarnation else incarnation + 1
    store.write(lambda tx: numbering.new_incarnation(tx, fresh))
