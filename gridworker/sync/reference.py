"""Taking in a customer's reference data: the server names what it has, what is new is asked for and holds at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from gridworker.planning import reference_changes
from gridworker.planning.reference import CALENDAR_YEAR, Item
from gridworker.store import reference_data
from gridworker.store.reference_data import Held
from gridworker.store.transactions import WriteTx
from gridworker.sync import wire_bytes, wire_meeting
from gridworker.sync.meeting import Meeting
from gridworker.sync.retry import ATTEMPTS, with_retries


def take_in(present: Meeting) -> None:
    """Brings the home's reference data to what the server has; a server that says nothing of it changes nothing."""
    marks = present.welcome.reference
    if marks is None:
        return
    with present.store.read() as tx:
        here = {(held.item.kind, held.item.key): held for held in reference_data.all_held(tx)}
        actor_id = tx.meta("actor_id") or ""
    wanted = [mark for mark in marks if _is_news(mark, here.get((mark.kind, mark.key)))]
    named = {(mark.kind, mark.key) for mark in marks}
    gone = [held for place, held in here.items() if held.from_server and place not in named]
    if not wanted and not gone:
        return
    came = _fetch(present, wanted)

    def work(tx: WriteTx) -> list[Item]:
        for held in gone:
            reference_data.reset(tx, held, actor_id=actor_id, by_server=True)
        return [reference_data.put(tx, item, actor_id=actor_id, server_digest=item.digest) for item in came]

    kept = present.store.write(work)
    unread = reference_data.put_in_force(present.store)
    _tell(present, [item for item in kept if item not in unread], here, gone, unread)


def _is_news(mark: wire_meeting.ReferenceMark, held: Held | None) -> bool:
    if held is None or held.from_server:
        return held is None or held.server_digest != mark.digest
    # A year read in by hand before the server had it stands until the server has the same notice or a later one.
    return mark.kind != CALENDAR_YEAR or mark.version >= held.item.version


def _fetch(present: Meeting, marks: Sequence[wire_meeting.ReferenceMark]) -> list[Item]:
    came: list[Item] = []
    for start in range(0, len(marks), wire_bytes.REFERENCE_ITEMS):
        part = marks[start : start + wire_bytes.REFERENCE_ITEMS]
        wanted = [wire_meeting.ReferenceKey(kind=mark.kind, key=mark.key) for mark in part]
        message = wire_meeting.AskReference(wanted=wanted)
        answer = with_retries(
            partial(present.transport.reference, message),
            attempts=ATTEMPTS, cancelled=present.cancelled, pause=present.pause,
        )  # fmt: skip
        asked = {(mark.kind, mark.key) for mark in part}
        came += [
            Item(one.kind, one.key, one.version, one.body, one.source)
            for one in answer.items
            if (one.kind, one.key) in asked
        ]
    return came


def _tell(
    present: Meeting, kept: Sequence[Item], here: dict[tuple[str, str], Held], gone: Sequence[Held], unread: list[Item]
) -> None:
    told = present.report.reference
    for item in kept:
        former = here.get((item.kind, item.key))
        change = reference_changes.change_of(item, former.item if former else None)
        if not change.is_none:
            told.append(change.sentence)
    told += [f"{held.item.label}恢复为程序自带的内容。" for held in gone]
    told += [f"{item.label}是更新版本的程序用的，升级后才生效。" for item in unread]
    present.report.notes += told
