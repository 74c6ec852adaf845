"""A small client for tests: says what it is told, checks nothing, keeps nothing but its place."""

from __future__ import annotations

import base64
import ssl
from typing import Any, Self

import httpx
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gridworker.identity import new_id
from gridworker.sync import wire, wire_bytes, wire_meeting
from tests.server.placing import place_device
from tests.server.running import Running

# Shared: each client would otherwise read the system's certificates anew, 30 ms a time.
_TLS = ssl.create_default_context()
HEADERS = {"Content-Type": wire_bytes.ZSTD_TYPE, "Accept": wire_bytes.ZSTD_TYPE}


def http_client(url: str) -> httpx.Client:
    """A client with the bodies of this protocol."""
    return httpx.Client(base_url=url, headers=HEADERS, timeout=30, verify=_TLS)


def b64(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class RefusedError(Exception):
    """The server refused; `code` and `details` say why."""

    def __init__(self, status: int, refusal: wire.Refusal, headers: httpx.Headers) -> None:
        super().__init__(refusal.code)
        self.status, self.code, self.details, self.refusal, self.headers = (
            status, refusal.code, refusal.details, refusal, headers,
        )  # fmt: skip


class Device:
    """One enrolled device."""

    def __init__(self, url: str, key: Ed25519PrivateKey, enrolled: wire_meeting.Enrolled, token: str) -> None:
        self.http = http_client(url)
        self.http.headers["Authorization"] = f"Bearer {token}"
        self.key, self.enrolled = key, enrolled
        self.scope = enrolled.grants[0].scope if enrolled.grants else ""
        self.incarnation, self.epoch = 1, enrolled.epoch
        self.n: dict[str, int] = {}

    @classmethod
    def enroll(cls, server: Running, grid: str, *, name: str, role: str = "grid_worker") -> Device:
        """A device that is in already."""
        return cls(server.url, *place_device(server.database_url, grid, name, role))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    @property
    def actor(self) -> str:
        return self.enrolled.actor_id

    @property
    def author(self) -> str:
        return f"{self.enrolled.device_id}.{self.incarnation}"

    def log_in(self) -> None:
        device = self.enrolled.device_id
        nonce = self.call("challenge", wire_meeting.AskChallenge(device_id=device), wire_meeting.Challenge).nonce
        signed = self.key.sign(wire_meeting.session_text(self.enrolled.server_id, device, nonce))
        proof = wire_meeting.Proof(device_id=device, nonce=nonce, signature=b64(signed))
        self.http.headers["Authorization"] = f"Bearer {self.call('session', proof, wire_meeting.Session).token}"

    def call(self, verb: str, message: object, kind: type[Any]) -> Any:
        return call(self.http, f"/v1/{verb}", message, kind)

    def hello(self, **more: Any) -> wire_meeting.Welcome:
        said = {"oldest_protocol": 1, "newest_protocol": 1, "incarnation": self.incarnation} | more
        return self.call("hello", wire_meeting.Hello(**said), wire_meeting.Welcome)

    def op(self, record: str = "", ledger: str = "visit", *, scope: str = "", n: int = 0, **more: Any) -> wire.Op:
        """The next op; `set`, `elements`, `command`, `base_rev` as given."""
        scope = scope or self.scope
        if not n:
            n = self.n[scope] = self.n.get(scope, 0) + 1
        members = {
            "op_id": new_id(), "n": n, "actor": self.actor, "scope": scope, "type": ledger,
            "record": record or new_id(),
            "schema": 1, "base_rev": 0, "occurred_at": "2026-03-05T09:40+08:00",
        } | more  # fmt: skip
        return wire.sealed(wire.Op(**members))

    def move(
        self, record: str, ledger: str, event: str, *, base_rev: int = 0, expect: Any = None, **args: Any
    ) -> wire.Op:
        command = wire.Command(name=event, args=args, expect=expect or {})
        return self.op(record, ledger, command=command, base_rev=base_rev)

    def push(self, *ops: wire.Op, scope: str = "") -> list[wire.Outcome]:
        return self.pushed(*ops, scope=scope).outcomes

    def pushed(self, *ops: wire.Op, scope: str = "") -> wire.Pushed:
        return self.call("push", self.batch(*ops, scope=scope), wire.Pushed)

    def batch(self, *ops: wire.Op, scope: str = "") -> wire.Push:
        return wire.Push(
            protocol=1, epoch=self.epoch, incarnation=self.incarnation, scope=scope or self.scope, ops=list(ops)
        )

    def pull_page(self, cursor: str = "", scope: str = "") -> wire.ScopeDeltas:
        scope = scope or self.scope
        message = wire.Pull(protocol=1, epoch=self.epoch, incarnation=self.incarnation, scopes={scope: cursor})
        return self.call("pull", message, wire.Pulled).scopes[scope]

    def pull(self, cursor: str = "", scope: str = "") -> tuple[dict[str, wire.Delta], str]:
        """Everything after a cursor as the last delta of each record, and the next cursor."""
        found: dict[str, wire.Delta] = {}
        while True:
            page = self.pull_page(cursor, scope)
            found |= {delta.id: delta for delta in page.records}
            cursor = page.upto
            if not page.more:
                return found, cursor

    def rev(self, record: str) -> int:
        return self.pull()[0][record].rev


def call(http: httpx.Client, path: str, message: object, kind: type[Any]) -> Any:
    """Posts a message and reads the answer."""
    return read(http.post(path, content=wire_bytes.pack(message)), kind)


def read(answer: httpx.Response, kind: type[Any]) -> Any:
    """The message of an answer; raises RefusedError."""
    media = answer.headers["content-type"]
    if answer.status_code != 200:
        raise RefusedError(answer.status_code, wire_bytes.unpack(answer.content, wire.Refusal, media), answer.headers)
    return wire_bytes.unpack(answer.content, kind, media)


def raw_outcomes(answer: httpx.Response) -> list[bytes]:
    """The outcomes of a push, byte for byte."""
    body = answer.content
    if answer.headers["content-type"].startswith(wire_bytes.ZSTD_TYPE):
        body = wire_bytes.decompress(body)
    return [bytes(raw) for raw in msgspec.json.decode(body, type=_Raw).outcomes]


class _Raw(msgspec.Struct):
    outcomes: list[msgspec.Raw]
