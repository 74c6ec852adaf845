"""A message as bytes: the shape of a body, its limits, JSON and zstd, and the hash of an op's members.

A body is UTF-8 JSON, plain (`application/json`) or as one zstd frame (`application/zstd`). Unknown members are
ignored, so that programs of different age understand each other; what must not be guessed has no default.
"""

from __future__ import annotations

import hashlib
import sys
from typing import Any, Final, TypeVar

import msgspec

from gridworker.errors import KnownError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

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
_encode_sorted: Final = msgspec.json.Encoder(order="sorted").encode
Message = TypeVar("Message")


class UnreadableBody(KnownError):
    """Bytes that are no message: not zstd, not JSON, or of another shape. `place` quotes nothing of the body."""

    def __init__(self, title: str, *, place: str) -> None:
        super().__init__(title, safe="本机的数据没有改动。", action=f"（{place}）")
        self.place = place


class TooLarge(UnreadableBody):
    """More bytes than were agreed on."""


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """Frozen; unknown members are ignored."""


class SparseBody(Body, frozen=True, kw_only=True, omit_defaults=True):
    """As a message, but members at their default are not sent."""


# ---- bytes


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


def _place_of(wrong: Exception) -> str:
    """Where a body went wrong, as msgspec names it, without any value from the body."""
    _, found, place = str(wrong).rpartition(" - at ")
    return place if found else "JSON"
