"""The messages before and beside the work: enrolment, session, hello, reference data, escrow.

`docs/protocol.md` tells all messages to strangers.
"""

from __future__ import annotations

from gridworker.sync.wire_bytes import MAX_BODY, MAX_OPS, MAX_PLAIN, PULL_RECORDS, Body, SparseBody

# ---- enrolment and session


class Grant(Body, frozen=True, kw_only=True):
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


class Post(SparseBody, frozen=True, kw_only=True):
    """An office the person holds, now or at another time; `area` is what the codes of all its grids begin with."""

    role: str
    area: str
    since: str = ""
    until: str = ""
    """The last day; both are `YYYY-MM-DD`, and empty where there is no end."""
    duties: list[str] = []
    unit: str = ""
    building: str = ""


class Person(SparseBody, frozen=True, kw_only=True):
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


class Enroll(Body, frozen=True, kw_only=True):
    """POST /v1/enroll: a one-time code buys a device identity."""

    code: str
    public_key: str
    """The device's Ed25519 public key, 32 bytes in base64url without padding."""
    device_name: str = ""
    app_version: str = ""


class Enrolled(Body, frozen=True, kw_only=True):
    """The device's identity, its person, and where the person works."""

    server_id: str
    epoch: str
    device_id: str
    device_tag: str
    actor_id: str
    actor_name: str
    grants: list[Grant]
    posts: list[Post] = []


class AskChallenge(Body, frozen=True, kw_only=True):
    """POST /v1/challenge: asks for a nonce to sign."""

    device_id: str


class Challenge(Body, frozen=True, kw_only=True):
    """A nonce, good once and for a short while."""

    server_id: str
    nonce: str


class Proof(Body, frozen=True, kw_only=True):
    """POST /v1/session: the signature over `session_text`, 64 bytes in base64url without padding."""

    device_id: str
    nonce: str
    signature: str


class Session(Body, frozen=True, kw_only=True):
    """A token for the `Authorization: Bearer` header, and how many seconds it is good for."""

    token: str
    expires_in: int


def session_text(server_id: str, device_id: str, nonce: str) -> bytes:
    """What a device signs to get a session."""
    return f"gridworker-session-v1\n{server_id}\n{device_id}\n{nonce}".encode()


# ---- hello


class Hello(Body, frozen=True, kw_only=True):
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


class Limits(Body, frozen=True, kw_only=True):
    """What one request may hold."""

    ops: int = MAX_OPS
    body_bytes: int = MAX_BODY
    plain_bytes: int = MAX_PLAIN
    pull_records: int = PULL_RECORDS


class ReferenceKey(Body, frozen=True, kw_only=True):
    """An item of reference data by its name."""

    kind: str
    key: str


class ReferenceMark(Body, frozen=True, kw_only=True):
    """That the server has an item, and which text of it: the first 32 hex digits of the body's SHA-256."""

    kind: str
    key: str
    version: int
    digest: str


class Welcome(Body, frozen=True, kw_only=True):
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


class AskReference(Body, frozen=True, kw_only=True):
    """POST /v1/reference: the items wanted, at most REFERENCE_ITEMS."""

    wanted: list[ReferenceKey]


class ReferenceItem(Body, frozen=True, kw_only=True):
    """One item; `body` is the JSON text its digest covers."""

    kind: str
    key: str
    version: int
    source: str
    body: str


class ReferenceData(Body, frozen=True, kw_only=True):
    """The items that are still there, in no order."""

    items: list[ReferenceItem]


# ---- escrow


class AskEscrowKey(Body, frozen=True, kw_only=True):
    """POST /v1/escrow/key: asks for the public key recovery codes are closed in for the office."""


class EscrowKey(Body, frozen=True, kw_only=True):
    """The office's X25519 public key, 32 bytes in base64url without padding; both empty where there is none."""

    fingerprint: str = ""
    public_key: str = ""


class EscrowBox(Body, frozen=True, kw_only=True):
    """POST /v1/escrow: a closed box with the device's escrow code, in place of the one before."""

    fingerprint: str
    """The key it was closed for."""
    database: str
    """The name in the device's key file, 32 hexadecimal digits; the box is bound to it and to the device."""
    box: str


class EscrowKept(Body, frozen=True, kw_only=True):
    """The box is on the server's disk."""

    at: str
