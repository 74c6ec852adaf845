"""Leaving a code with the office: closed here for the office's key, so that the server keeps what it cannot read."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Protocol

from gridworker.errors import KnownError
from gridworker.sealing import KEY_BYTES, escrow_words, fingerprint, seal
from gridworker.store import keys
from gridworker.store.store import Store
from gridworker.sync import wire_meeting
from gridworker.sync.device_key import from_base64url, to_base64url

_META = "escrow"


class Office(Protocol):
    """The two questions escrow asks a server."""

    def escrow_key(self) -> wire_meeting.EscrowKey:
        """The office's public key."""
        ...

    def escrow(self, message: wire_meeting.EscrowBox) -> wire_meeting.EscrowKept:
        """Keeps a box."""
        ...


@dataclass(frozen=True)
class Escrow:
    """What the office holds for this home: for which key, in which slot, since when; empty where it holds nothing."""

    fingerprint: str = ""
    slot: str = ""
    at: str = ""
    offered: str = ""
    """Another key the server names now. Nothing is closed for it until a person has accepted it."""
    device: str = ""
    """The device's name at the server, which the office asks for."""


def state(store: Store) -> Escrow:
    """What was left with the office so far."""
    with store.read() as tx:
        known, device = tx.meta(_META), tx.meta("device_id") or ""
    return replace(Escrow(**json.loads(known)) if known else Escrow(), device=device)


def is_due(store: Store, home: Path) -> bool:
    """Whether a code is still to be left: none was, or the last one has done its work."""
    slot = state(store).slot
    return not slot or not keys.has_slot(home, slot)


def leave_code(store: Store, home: Path, office: Office, *, accept: str = "") -> Escrow:
    """Leaves a fresh code with the office, if it has a key.

    The first key is taken on trust and kept; another one only where `accept` names it, for whoever can change the
    server's key would otherwise read every later code.
    """
    known, offered = state(store), office.escrow_key()
    if not offered.public_key:
        return known
    public = _key_of(offered)
    named = fingerprint(public)
    if known.fingerprint not in ("", named) and accept != named:
        return _remember(store, replace(known, offered=named))
    kind, code = keys.offer_escrow(home, store.lend_key())
    database = keys.database_of(home)
    box = seal(public, code.encode("ascii"), bound_to=escrow_words(known.device, database))
    # Only when the server has the new box does the old code end: cut off in between, both still open.
    kept = office.escrow(wire_meeting.EscrowBox(fingerprint=named, database=database, box=to_base64url(box)))
    made = _remember(store, Escrow(named, kind, kept.at, device=known.device))
    keys.keep_escrow(home, kind)
    return made


def _remember(store: Store, escrow: Escrow) -> Escrow:
    text = json.dumps(asdict(escrow))
    store.write(lambda tx: tx.set_meta(_META, text))
    return escrow


def _key_of(offered: wire_meeting.EscrowKey) -> bytes:
    try:
        public = from_base64url(offered.public_key)
    except ValueError:
        public = b""
    if len(public) != KEY_BYTES:
        raise KnownError(
            "服务器给的托管公钥不对，没有托管恢复码。", safe="本机的数据没有改动。", action="请告诉社区管理员。"
        )
    return public
