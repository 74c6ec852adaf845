"""The ASGI application: reads a bounded body, calls one verb, answers in the form asked for; no rule lives here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from gridworker.server import enrolling, escrow, hello, pull, push, reference_data
from gridworker.server.access import Caller, caller_of
from gridworker.server.batch import Envelope
from gridworker.server.log import report_fault
from gridworker.server.refusals import Refused
from gridworker.server.storage import Storage
from gridworker.server.throttle import Throttle
from gridworker.sync import wire, wire_bytes, wire_meeting

_SHRINKS_FROM = 200
"""Bytes below which compressing an answer gains nothing."""


def make_app(storage: Storage) -> Starlette:
    """The server's application on one opened database."""
    app = Starlette(
        routes=[
            Route("/v1/health", _health, methods=["GET"]),
            Route("/v1/enroll", _guarded(wire_meeting.Enroll, enrolling.enroll), methods=["POST"]),
            Route("/v1/challenge", _open(wire_meeting.AskChallenge, enrolling.challenge), methods=["POST"]),
            Route("/v1/session", _guarded(wire_meeting.Proof, enrolling.open_session), methods=["POST"]),
            Route("/v1/hello", _signed(wire_meeting.Hello, hello.hello), methods=["POST"]),
            Route("/v1/push", _signed(Envelope, push.push), methods=["POST"]),
            Route("/v1/pull", _signed(wire.Pull, pull.pull), methods=["POST"]),
            Route("/v1/reference", _signed(wire_meeting.AskReference, reference_data.give), methods=["POST"]),
            Route("/v1/escrow/key", _signed(wire_meeting.AskEscrowKey, escrow.office_key), methods=["POST"]),
            Route("/v1/escrow", _signed(wire_meeting.EscrowBox, escrow.deposit), methods=["POST"]),
        ],
        exception_handlers={
            Refused: _refuse,
            HTTPException: _refuse_http,
            ClientDisconnect: _gone,
            PoolTimeout: _refuse_busy,
            DBAPIError: _refuse_busy,
        },
    )
    app.state.storage = storage
    app.state.throttle = Throttle()
    return app


async def _health(request: Request) -> Response:
    async with _storage(request).read() as connection:
        await connection.exec_driver_sql("SELECT 1")
    return _answer(request, {"ok": True, "protocol": wire.PROTOCOL, "oldest_protocol": wire.OLDEST_PROTOCOL})


Handler = Callable[[Request], Awaitable[Response]]


def _calm(handle: Handler) -> Handler:
    """A fault of ours becomes an answer here: further out its words would be logged, which may be a resident's."""

    async def handle_calmly(request: Request) -> Response:
        try:
            return await handle(request)
        except (Refused, HTTPException, ClientDisconnect, PoolTimeout, DBAPIError):
            raise
        except Exception as fault:  # noqa: BLE001 - the outermost place
            report_fault("request", fault)
            return await _refuse(request, Refused("INTERNAL"))

    return handle_calmly


def _open(kind: type[Any], verb: Callable[[Storage, Any], Awaitable[object]]) -> Handler:
    async def handle(request: Request) -> Response:
        message = await _read(request, kind)
        return _answer(request, await verb(_storage(request), message))

    return _calm(handle)


def _guarded(kind: type[Any], verb: Callable[[Storage, Any], Awaitable[object]]) -> Handler:
    """As open, but an address that fails too often has to wait."""

    async def handle(request: Request) -> Response:
        throttle: Throttle = request.app.state.throttle
        address = request.client.host if request.client else ""
        throttle.raise_if_over(address)
        message = await _read(request, kind)
        try:
            return _answer(request, await verb(_storage(request), message))
        except Refused as refused:
            if refused.code in ("CODE_INVALID", "PROOF_INVALID"):
                throttle.failed(address)
            raise

    return _calm(handle)


def _signed(kind: type[Any], verb: Callable[[Storage, Caller, Any], Awaitable[object]]) -> Handler:
    async def handle(request: Request) -> Response:
        storage = _storage(request)
        caller = await caller_of(storage, request.headers.get("authorization", ""))
        message = await _read(request, kind)
        asked = getattr(message, "protocol", wire.PROTOCOL)
        if not wire.OLDEST_PROTOCOL <= asked <= wire.PROTOCOL:
            raise Refused("PROTOCOL", oldest=wire.OLDEST_PROTOCOL, newest=wire.PROTOCOL)
        return _answer(request, await verb(storage, caller, message))

    return _calm(handle)


async def _read(request: Request, kind: type[wire_bytes.Message]) -> wire_bytes.Message:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > wire_bytes.MAX_BODY:
            raise Refused("TOO_LARGE", limit=wire_bytes.MAX_BODY)
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    plain = bytes(body)
    try:
        if media == wire_bytes.ZSTD_TYPE:
            plain = wire_bytes.decompress(plain, wire_bytes.MAX_PLAIN)
        elif media != wire_bytes.JSON_TYPE:
            raise Refused("WRONG_TYPE")
        return wire_bytes.from_json(plain, kind)
    except wire_bytes.TooLarge:
        raise Refused("TOO_LARGE", limit=wire_bytes.MAX_PLAIN) from None
    except wire_bytes.UnreadableBody as wrong:
        raise Refused("MALFORMED", place=wrong.place) from None


def _answer(request: Request, message: object, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    body, media = wire_bytes.to_json(message), wire_bytes.JSON_TYPE
    if len(body) >= _SHRINKS_FROM and wire_bytes.ZSTD_TYPE in request.headers.get("accept", ""):
        body, media = wire_bytes.compress(body), wire_bytes.ZSTD_TYPE
    return Response(body, status, {"cache-control": "no-store", **(headers or {})}, media)


def _storage(request: Request) -> Storage:
    storage: Storage = request.app.state.storage
    return storage


async def _refuse(request: Request, error: Exception) -> Response:
    refused = error if isinstance(error, Refused) else Refused("INTERNAL")
    headers = {"retry-after": str(refused.retry_after)} if refused.retry_after else {}
    if refused.status == 401:  # noqa: PLR2004 - HTTP's own number
        headers["www-authenticate"] = "Bearer"
    return _answer(request, refused.body(), status=refused.status, headers=headers)


async def _refuse_http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    return await _refuse(request, Refused("METHOD" if status == 405 else "NOT_FOUND"))  # noqa: PLR2004 - HTTP's own


async def _gone(request: Request, _error: Exception) -> Response:
    return await _refuse(request, Refused("MALFORMED"))


async def _refuse_busy(request: Request, error: Exception) -> Response:
    report_fault("database", error)
    return await _refuse(request, Refused("BUSY", retry_after=2))
