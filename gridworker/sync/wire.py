"""The messages of client and server, their bytes, and the hash of an op; `docs/protocol.md` tells it to strangers.

A body is UTF-8 JSON, plain (`application/json`) or as one zstd frame (`application/zstd`). Unknown members are
ignored, so that programs of different age understand each other; what must not be guessed has no default.
"""

from __future__ import annotations

import hashlib
import sys
from typing import Any, Final, Literal, TypeVar

import msgspec

from gridworker.errors import KnownError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PROTOCOL: Final = 1
OLDEST_PROTOCOL: Final = 1
JSON_TYPE: Final = "application/json"
ZSTD_TYPE: Final = "application/zstd"
MAX_OPS: Final = 500
MAX_BODY: Final = 1 << 20
"""Bytes of a request as sent."""
MAX_PLAIN: Final = 16 << 20
"""Bytes of a request once decompressed."""
MAX_ANSWER: Final = 64 << 20
"""Bytes of an answer once decompressed; what a client is ready to hold."""
PULL_RECORDS: Final = 2000
PULL_SCOPES: Final = 200
"""Grids one pull may name."""
REFERENCE_ITEMS: Final = 50
"""Items of reference data one answer holds."""
HASH_CHARACTERS: Final = 32
_LEVEL: Final = 3
_UNHASHED: Final = ("n", "hash")
_LEFT_OUT_EMPTY: Final = frozenset({"set", "elements", "command", "blobs"})
_encode_sorted: Final = msgspec.json.Encoder(order="sorted").encode

WireValue = str | int | bool | list[str] | None
"""What a field may hold on the wire. Numbers with places travel as text, so that every program hashes them alike."""
OutcomeKind = Literal["applied", "merged", "conflict", "rejected", "held"]
OpKind = Literal["set", "move", "delete", "restore"]
DELETE: Final = "delete"
RESTORE: Final = "restore"
CREATE: Final = "create"
"""Reserved command names; every other name is an event of the ledger's workflow."""


class UnreadableBody(KnownError):
    """Bytes that are no message: not zstd, not JSON, or of another shape. `place` quotes nothing of the body."""

    def __init__(self, title: str, *, place: str) -> None:
        super().__init__(title, safe="本机的数据没有改动。", action=f"（{place}）")
        self.place = place


class TooLarge(UnreadableBody):
    """More bytes than were agreed on."""


class _Message(msgspec.Struct, frozen=True, kw_only=True):
    """Frozen; unknown members are ignored."""


class _Sparse(_Message, frozen=True, kw_only=True, omit_defaults=True):
    """As a message, but members at their default are not sent."""


# ---- enrolment and session


class Grant(_Message, frozen=True, kw_only=True):
    """One grid the person works in, as what, and how far this device has got there."""

    scope: str
    grid_name: str
    community_code: str
    community_name: str
    roles: list[str]
    last_n: int = 0
    """The last op of this (device, incarnation) the server has an outcome for."""
    seq: int = 0
    backup_horizon: int = 0
    """Acked ops up to this revision are in a backup and may be forgotten."""


class Post(_Sparse, frozen=True, kw_only=True):
    """An office the person holds, now or at another time; `area` is what the codes of all its grids begin with."""

    role: str
    area: str
    since: str = ""
    until: str = ""
    """The last day; both are `YYYY-MM-DD`, and empty where there is no end."""
    duties: list[str] = []
    unit: str = ""
    building: str = ""


class Person(_Sparse, frozen=True, kw_only=True):
    """Somebody who works or worked in one of the granted grids, once for each post."""

    id: str
    name: str
    role: str
    scope: str
    """The post's area: a grid, or what all grids of a community, street … begin with."""
    since: str = ""
    until: str = ""
    duties: list[str] = []
    unit: str = ""
    building: str = ""


class Enroll(_Message, frozen=True, kw_only=True):
    """POST /v1/enroll: a one-time code buys a device identity."""

    code: str
    public_key: str
    """The device's Ed25519 public key, 32 bytes in base64url without padding."""
    device_name: str = ""
    app_version: str = ""


class Enrolled(_Message, frozen=True, kw_only=True):
    """The device's identity, its person, and where the person works."""

    server_id: str
    epoch: str
    device_id: str
    device_tag: str
    actor_id: str
    actor_name: str
    grants: list[Grant]
    posts: list[Post] = []


class AskChallenge(_Message, frozen=True, kw_only=True):
    """POST /v1/challenge: asks for a nonce to sign."""

    device_id: str


class Challenge(_Message, frozen=True, kw_only=True):
    """A nonce, good once and for a short while."""

    server_id: str
    nonce: str


class Proof(_Message, frozen=True, kw_only=True):
    """POST /v1/session: the signature over `session_text`, 64 bytes in base64url without padding."""

    device_id: str
    nonce: str
    signature: str


class Session(_Message, frozen=True, kw_only=True):
    """A token for the `Authorization: Bearer` header, and how many seconds it is good for."""

    token: str
    expires_in: int


def session_text(server_id: str, device_id: str, nonce: str) -> bytes:
    """What a device signs to get a session."""
    return f"gridworker-session-v1\n{server_id}\n{device_id}\n{nonce}".encode()


# ---- hello


class Hello(_Message, frozen=True, kw_only=True):
    """POST /v1/hello: who is here, what it speaks and what it last knew."""

    oldest_protocol: int
    newest_protocol: int
    incarnation: int
    app_version: str = ""
    schemas: dict[str, int] = {}
    epoch: str = ""
    """The epoch this client last synced with; empty at first."""
    clock: str = ""
    """The client's present, ISO 8601 with offset."""


class Limits(_Message, frozen=True, kw_only=True):
    """What one request may hold."""

    ops: int = MAX_OPS
    body_bytes: int = MAX_BODY
    plain_bytes: int = MAX_PLAIN
    pull_records: int = PULL_RECORDS


class ReferenceKey(_Message, frozen=True, kw_only=True):
    """An item of reference data by its name."""

    kind: str
    key: str


class ReferenceMark(_Message, frozen=True, kw_only=True):
    """That the server has an item, and which text of it: the first 32 hex digits of the body's SHA-256."""

    kind: str
    key: str
    version: int
    digest: str


class Welcome(_Message, frozen=True, kw_only=True):
    """What was agreed, and what the device may do today."""

    protocol: int
    server_id: str
    epoch: str
    server_time: str
    clock_offset_ms: int
    """The client's clock less the server's; 0 where the client sent none. Nothing is decided by it."""
    device_id: str
    device_tag: str
    actor_id: str
    actor_name: str
    grant_rev: int
    grants: list[Grant]
    revoked: list[str]
    """Scopes this person once had and has no more: push what waits, then purge."""
    people: list[Person]
    schemas: dict[str, int]
    limits: Limits
    reference: list[ReferenceMark] | None = None
    """All reference data of the server; None from a server that keeps none."""
    posts: list[Post] = []
    """The person's posts with their dates; those of an older server are the roles of the grants."""


# ---- reference data


class AskReference(_Message, frozen=True, kw_only=True):
    """POST /v1/reference: the items wanted, at most REFERENCE_ITEMS."""

    wanted: list[ReferenceKey]


class ReferenceItem(_Message, frozen=True, kw_only=True):
    """One item; `body` is the JSON text its digest covers."""

    kind: str
    key: str
    version: int
    source: str
    body: str


class ReferenceData(_Message, frozen=True, kw_only=True):
    """The items that are still there, in no order."""

    items: list[ReferenceItem]


# ---- escrow


class AskEscrowKey(_Message, frozen=True, kw_only=True):
    """POST /v1/escrow/key: asks for the public key recovery codes are closed in for the office."""


class EscrowKey(_Message, frozen=True, kw_only=True):
    """The office's X25519 public key, 32 bytes in base64url without padding; both empty where there is none."""

    fingerprint: str = ""
    public_key: str = ""


class EscrowBox(_Message, frozen=True, kw_only=True):
    """POST /v1/escrow: a closed box with the device's escrow code, in place of the one before."""

    fingerprint: str
    """The key it was closed for."""
    database: str
    """The name in the device's key file, 32 hexadecimal digits; the box is bound to it and to the device."""
    box: str


class EscrowKept(_Message, frozen=True, kw_only=True):
    """The box is on the server's disk."""

    at: str


# ---- push


class Elements(_Sparse, frozen=True, kw_only=True):
    """Elements added to and removed from a list field."""

    add: list[str] = []
    remove: list[str] = []


class Command(_Sparse, frozen=True, kw_only=True):
    """A workflow event, or `delete`, `restore`, `create`; `args` may hold `reason`.

    `expect` names what the person saw, e.g. `{"status": "approved"}`; where the server differs the command is rejected.
    """

    name: str
    args: dict[str, WireValue] = {}
    expect: dict[str, WireValue] = {}


class Op(_Sparse, frozen=True, kw_only=True):
    """One thing one person did to one record; never changed once written, except `n` after a fork."""

    op_id: str
    n: int
    actor: str
    scope: str
    type: str
    """The ledger."""
    record: str
    schema: int
    base_rev: int
    """The record's revision the person saw; 0 where the server had not judged the record yet."""
    occurred_at: str
    set: dict[str, WireValue] = {}
    elements: dict[str, Elements] = {}
    command: Command | None = None
    blobs: list[str] = []
    hash: str = ""

    @property
    def kind(self) -> OpKind:
        """Which of the four things it does; `create` is a set."""
        if self.command is None or self.command.name == CREATE:
            return "set"
        if self.command.name == DELETE:
            return "delete"
        return "restore" if self.command.name == RESTORE else "move"


class Push(_Message, frozen=True, kw_only=True):
    """POST /v1/push: ops of one scope, `n` rising by one."""

    protocol: int
    epoch: str
    incarnation: int
    scope: str
    ops: list[Op]


class Conflict(_Sparse, frozen=True, kw_only=True):
    """One field two people wrote: `theirs` stands on the server, `mine` is put aside there."""

    field: str
    theirs: WireValue = None
    mine: WireValue = None
    author: str = ""
    """Device and incarnation that wrote `theirs`."""
    actor: str = ""
    """Person who wrote `theirs`."""
    rev: int = 0


class FieldProblem(_Message, frozen=True, kw_only=True):
    """What is wrong with one field, in a sentence for people."""

    field: str
    message: str


class Outcome(_Sparse, frozen=True, kw_only=True):
    """What became of one op, for good (a held op's may be followed by another in a pull)."""

    op_id: str
    outcome: OutcomeKind
    rev: int = 0
    """The record's revision after the op; 0 where there is no such record. Never a cursor and never a base."""
    code: str = ""
    """Why, for programs: with rejected and held always, with some conflicts."""
    reason: str = ""
    """Why, for people, in Chinese."""
    conflicts: list[Conflict] = []
    problems: list[FieldProblem] = []
    details: dict[str, WireValue] = {}


class Pushed(_Message, frozen=True, kw_only=True):
    """One outcome an op, in the order of the ops."""

    epoch: str
    scope: str
    last_n: int
    seq: int
    outcomes: list[Outcome]
    before: str = ""
    """The cursor of the moment before this batch; empty where part of it was a replay."""
    upto: str = ""
    """The cursor after it: a client that stood at `before`, and of whose ops each is `applied` and of kind `set`, has
    all there is up to here and need not pull its own words back."""


# ---- pull


class Pull(_Message, frozen=True, kw_only=True):
    """POST /v1/pull: what is new after each cursor; a cursor is the server's own text, empty at first."""

    protocol: int
    epoch: str
    incarnation: int
    scopes: dict[str, str]


class MoveMade(_Sparse, frozen=True, kw_only=True):
    """One step of a record's workflow, for its history."""

    rev: int
    event: str
    source: str
    target: str
    actor: str
    at: str
    reason: str = ""


class Delta(_Sparse, frozen=True, kw_only=True):
    """A record's fields that changed after the cursor, or all of them where `whole`."""

    id: str
    type: str
    rev: int
    fields: dict[str, WireValue]
    actor: str
    """Who changed it last."""
    at: str
    whole: bool = False
    """The fields are all the record has; forget others."""
    status: str = ""
    deleted: bool = False
    moves: list[MoveMade] = []


class ScopeDeltas(_Sparse, frozen=True, kw_only=True):
    """One scope's news in the order of revisions; `upto` is the next cursor, to be committed with the data.

    A record may come again on a later page, and its moves with it: they are told apart by record and `rev`.
    """

    upto: str
    more: bool = False
    revoked: bool = False
    """The scope was taken away: nothing else is said about it."""
    records: list[Delta] = []
    outcomes: list[Outcome] = []
    """Final outcomes of ops of this (device, incarnation) that were held before."""


class Pulled(_Message, frozen=True, kw_only=True):
    """The news of each scope asked for."""

    epoch: str
    scopes: dict[str, ScopeDeltas]


class Refusal(_Sparse, frozen=True, kw_only=True):
    """The body of every answer that is not 200: a stable number and code, and sentences for people."""

    number: int
    code: str
    title: str
    safe: str = ""
    action: str = ""
    details: dict[str, WireValue] = {}


# ---- bytes

Message = TypeVar("Message")


def to_json(message: object) -> bytes:
    """A message as UTF-8 JSON."""
    return msgspec.json.encode(message)


def from_json(body: bytes, kind: type[Message]) -> Message:
    """A message of a kind from UTF-8 JSON; raises UnreadableBody."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise UnreadableBody("收到的数据不是约定的格式。", place=_place_of(wrong)) from None


def compress(body: bytes) -> bytes:
    """One zstd frame."""
    return zstd.compress(body, _LEVEL)


def decompress(body: bytes, limit: int = MAX_ANSWER) -> bytes:
    """The content of exactly one zstd frame, never more than `limit` bytes of it; raises UnreadableBody."""
    machine = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: 24})
    try:
        plain = machine.decompress(body, max_length=limit + 1)
    except (zstd.ZstdError, EOFError):
        raise UnreadableBody("收到的数据解不开。", place="zstd") from None
    if len(plain) > limit:
        raise TooLarge("收到的数据解开后太大。", place=f"上限 {limit} 字节")
    if not machine.eof or machine.unused_data:
        raise UnreadableBody("收到的数据不完整。", place="zstd")
    return plain


def pack(message: object) -> bytes:
    """A message as sent with `application/zstd`."""
    return compress(to_json(message))


def unpack(body: bytes, kind: type[Message], content_type: str, *, limit: int = MAX_ANSWER) -> Message:
    """A message from a body and its content type."""
    media = content_type.partition(";")[0].strip().lower()
    if media == ZSTD_TYPE:
        body = decompress(body, limit)
    elif media != JSON_TYPE:
        raise UnreadableBody("收到的数据不是约定的类型。", place=f"应为 {ZSTD_TYPE} 或 {JSON_TYPE}")
    return from_json(body, kind)


# ---- hash


def canonical(members: dict[str, Any]) -> bytes:
    """An op as the bytes its hash covers: all members sent but `n` and `hash`, keys sorted, no spaces, UTF-8."""
    covered = dict(members)
    for key in _UNHASHED:
        covered.pop(key, None)
    return _encode_sorted(covered)


def hash_of(members: dict[str, Any]) -> str:
    """The first 32 hex digits of the SHA-256 of an op's canonical bytes."""
    return hashlib.sha256(canonical(members)).hexdigest()[:HASH_CHARACTERS]


def sealed(op: Op) -> Op:
    """The op with its hash filled in."""
    members = msgspec.structs.asdict(op)
    sent = {key: value for key, value in members.items() if value or key not in _LEFT_OUT_EMPTY}
    return msgspec.structs.replace(op, hash=hash_of(sent))


def _place_of(wrong: Exception) -> str:
    """Where a body went wrong, as msgspec names it, without any value from the body."""
    _, found, place = str(wrong).rpartition(" - at ")
    return place if found else "JSON"
