"""Joining a server: a one-time code buys this home an identity and a grid, and what was written before moves along."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from gridworker.area.belonging import Actor, Place
from gridworker.errors import KnownError
from gridworker.store import resettle
from gridworker.store.people import own_posts, put_people
from gridworker.store.store import Store
from gridworker.store.transactions import ReadTx, WriteTx
from gridworker.sync import belonging, failures, wire_meeting
from gridworker.sync.device_key import device_key, public_text
from gridworker.sync.http import HttpTransport


@dataclass(frozen=True)
class Enrolled:
    """Where a home now belongs, and whose it is."""

    place: Place
    actor: Actor


def enroll(store: Store, url: str, code: str) -> Enrolled:
    """Joins the server at `url`; raises KnownError and changes nothing where that cannot be done now."""
    with store.read() as tx:
        _raise_if_joined(tx)
    key = device_key(store)
    message = wire_meeting.Enroll(code="".join(code.split()), public_key=public_text(key))
    with HttpTransport(url) as transport:
        answer = transport.enroll(message)
    if not answer.grants:
        raise KnownError("这个邀请码没有对应的网格。", safe=failures.KEPT, action="请社区管理员重新发一个邀请码。")
    return store.write(lambda tx: _move_in(tx, url.strip().rstrip("/"), answer))


def open_transport(store: Store, *, cancelled: Callable[[], bool] = lambda: False) -> HttpTransport:
    """A connection to the server this home joined; raises KnownError where it joined none."""
    with store.read() as tx:
        url, device_id = tx.meta("server_url"), tx.meta("device_id")
    if not url or not device_id:
        raise KnownError(
            "还没有加入服务器，不能同步。", safe=failures.KEPT, action="请向社区要服务器地址和邀请码，在“同步”页加入。"
        )
    return HttpTransport(url, device_id=device_id, key=device_key(store), cancelled=cancelled)


def _raise_if_joined(tx: ReadTx) -> None:
    if tx.meta("server_url"):
        raise KnownError(
            "这台电脑已经加入了服务器，不用再加入。", safe=failures.KEPT, action="要换服务器，请联系社区管理员。"
        )


def _move_in(tx: WriteTx, url: str, answer: wire_meeting.Enrolled) -> Enrolled:
    """Takes on the identity and the grid, and brings along what was written alone, in one transaction."""
    _raise_if_joined(tx)
    grant = answer.grants[0]
    old_grid, old_actor = tx.meta("grid_code") or "", tx.meta("actor_id") or ""
    facts = {
        "server_url": url,
        "server_id": answer.server_id,
        "epoch": answer.epoch,
        "device_id": answer.device_id,
        "device_tag": answer.device_tag,
        "incarnation": "1",
        "actor_id": answer.actor_id,
        "actor_name": answer.actor_name,
        "roles": json.dumps(grant.roles),
        "grid_code": grant.scope,
        "grid_name": grant.grid_name,
        "community_name": grant.community_name,
        "grants": json.dumps([[one.scope, one.roles] for one in answer.grants]),
    }
    for name, value in facts.items():
        tx.set_meta(name, value)
    resettle.bring_along(tx, old_grid, grant.scope, old_actor, answer.actor_id)
    put_people(tx, [(answer.actor_id, answer.actor_name, role, grant.scope) for role in grant.roles[:1]])
    belonging.take_posts(tx, answer.actor_id, answer.posts, answer.grants, [])
    tx.audit("enroll", actor_id=answer.actor_id, detail={"device": answer.device_id, "scope": grant.scope})
    place = Place(grant.scope, grant.grid_name, grant.community_name, joined=True)
    return Enrolled(place, Actor(answer.actor_id, answer.actor_name, own_posts(tx)))
