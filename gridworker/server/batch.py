"""Reads a PUSH body: what must hold for the whole batch, then each op alone, so that one bad op is one outcome."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec

from gridworker.server import verdicts
from gridworker.server.refusals import Refused
from gridworker.sync import wire, wire_bytes

_ID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """A Push whose ops are still bytes."""

    protocol: int
    epoch: str
    incarnation: int
    scope: str
    ops: list[msgspec.Raw]


class Sent(NamedTuple):
    """One op of a batch: its identity, its bytes, and the op itself or why it is none."""

    op_id: str
    n: int
    hash: str
    body: str
    op: wire.Op | None
    act: str = ""
    """The act it is a part of, where it is part of one."""


def read_batch(envelope: Envelope) -> list[Sent]:
    """The ops of a batch, in order; refuses a batch that is not one."""
    if not 1 <= envelope.incarnation < 1 << 31:
        raise Refused("MALFORMED", place="incarnation")
    if len(envelope.ops) > wire_bytes.MAX_OPS:
        raise Refused("TOO_LARGE", ops=len(envelope.ops))
    sent = [_read(bytes(raw), place) for place, raw in enumerate(envelope.ops)]
    for before, after in pairwise(sent):
        if after.n != before.n + 1:
            raise Refused("BROKEN_SEQUENCE", n=after.n)
    if len({one.op_id for one in sent}) != len(sent):
        raise Refused("BROKEN_SEQUENCE", place="op_id")
    return sent


def malformed(sent: Sent) -> wire.Outcome:
    """The outcome of an op that cannot be read."""
    return verdicts.rejected(sent.op_id, "MALFORMED")


def _read(raw: bytes, place: int) -> Sent:
    try:
        members = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        raise Refused("MALFORMED", place=f"ops[{place}]") from None
    if not isinstance(members, dict):
        raise Refused("MALFORMED", place=f"ops[{place}]")
    op_id, n, claimed = members.get("op_id"), members.get("n"), members.get("hash")
    if not is_id(op_id) or not isinstance(n, int) or isinstance(n, bool) or n < 1 or not isinstance(claimed, str):
        raise Refused("MALFORMED", place=f"ops[{place}]")
    if wire_bytes.hash_of(members) != claimed:
        raise Refused("HASH_MISMATCH", n=n)
    act = members.get("act")
    return Sent(str(op_id), n, claimed, raw.decode(), _as_op(members), str(act) if is_id(act) else "")


def _as_op(members: dict[str, Any]) -> wire.Op | None:
    try:
        op = msgspec.convert(members, wire.Op)
    except msgspec.ValidationError:
        return None
    return op if is_id(op.record) and (not op.act or is_id(op.act)) and not _names_marks(op) else None


def _names_marks(op: wire.Op) -> bool:
    """A field's name is a name: it is kept beside the server's own marks, which begin with a sign."""
    return not (all(map(str.isidentifier, op.set)) and all(map(str.isidentifier, op.elements)))


def is_id(text: object) -> bool:
    """Whether a value is a UUID in its one canonical spelling."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None
