"""Messages over HTTPS: bodies, sessions and the translation of every failure into words a person understands."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gridworker.errors import Cancelled, KnownError
from gridworker.sync import failures, wire, wire_bytes, wire_meeting
from gridworker.sync.device_key import to_base64url

CONNECT_SECONDS, READ_SECONDS = 5.0, 10.0
_OK, _SERVER_ERROR = 200, 500
_NETWORK_IS_DOWN = ("unreachable", "not known", "name resolution", "getaddrinfo", "nodename")
Answer = TypeVar("Answer")


def _never() -> bool:
    return False


class HttpTransport:
    """One server over one kept connection. Without a device identity it can only enrol."""

    def __init__(
        self,
        url: str,
        *,
        device_id: str = "",
        key: Ed25519PrivateKey | None = None,
        cancelled: Callable[[], bool] = _never,
    ) -> None:
        self._device_id, self._key = device_id, key
        self.cancelled = cancelled
        self._token = ""
        self._http = _client_for(url)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Lets the connection go."""
        self._http.close()

    def enroll(self, message: wire_meeting.Enroll) -> wire_meeting.Enrolled:
        """Trades a one-time code for a device identity."""
        return self._post("/v1/enroll", message, wire_meeting.Enrolled)

    def hello(self, message: wire_meeting.Hello) -> wire_meeting.Welcome:
        """Says who is here and hears what may be done today."""
        return self._call("/v1/hello", message, wire_meeting.Welcome)

    def push(self, message: wire.Push) -> wire.Pushed:
        """Hands over a batch of operations and hears what became of each."""
        return self._call("/v1/push", message, wire.Pushed)

    def pull(self, message: wire.Pull) -> wire.Pulled:
        """Asks for what is new."""
        return self._call("/v1/pull", message, wire.Pulled)

    def reference(self, message: wire_meeting.AskReference) -> wire_meeting.ReferenceData:
        """Asks for reference data by name."""
        return self._call("/v1/reference", message, wire_meeting.ReferenceData)

    def escrow_key(self) -> wire_meeting.EscrowKey:
        """The public key codes are closed in for the office."""
        return self._call("/v1/escrow/key", wire_meeting.AskEscrowKey(), wire_meeting.EscrowKey)

    def escrow(self, message: wire_meeting.EscrowBox) -> wire_meeting.EscrowKept:
        """Leaves a closed box with the server."""
        return self._call("/v1/escrow", message, wire_meeting.EscrowKept)

    def _call(self, path: str, message: object, kind: type[Answer]) -> Answer:
        """A request under a session; a session that ran out is renewed once."""
        fresh = not self._token
        if fresh:
            self._token = self._open_session()
        try:
            return self._post(path, message, kind)
        except failures.Refused as refusal:
            if fresh or refusal.code != "TOKEN_INVALID":
                raise
        self._token = self._open_session()
        return self._post(path, message, kind)

    def _open_session(self) -> str:
        if self._key is None:
            raise KnownError("还没有加入服务器。", action="请先用社区给的邀请码加入。")
        self._token = ""
        who = wire_meeting.AskChallenge(device_id=self._device_id)
        asked = self._post("/v1/challenge", who, wire_meeting.Challenge)
        signature = self._key.sign(wire_meeting.session_text(asked.server_id, self._device_id, asked.nonce))
        proof = wire_meeting.Proof(device_id=self._device_id, nonce=asked.nonce, signature=to_base64url(signature))
        return self._post("/v1/session", proof, wire_meeting.Session).token

    def _post(self, path: str, message: object, kind: type[Answer]) -> Answer:
        if self.cancelled():
            raise Cancelled
        headers = {"Content-Type": wire_bytes.ZSTD_TYPE, "Accept": wire_bytes.ZSTD_TYPE}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        try:
            answer = self._http.post(path, content=_packed(message), headers=headers)
        except httpx.HTTPError as error:
            raise _in_words(error) from error
        return _read(answer, kind)


def _packed(message: object) -> bytes:
    plain = wire_bytes.to_json(message)
    body = wire_bytes.compress(plain)
    if len(body) > wire_bytes.MAX_BODY or len(plain) > wire_bytes.MAX_PLAIN:
        raise failures.too_large()
    return body


def _client_for(url: str) -> httpx.Client:
    given = url.strip().rstrip("/")
    try:
        address = httpx.URL(given)
    except httpx.InvalidURL:
        raise failures.bad_address(given) from None
    if address.scheme not in ("http", "https") or not address.host:
        raise failures.bad_address(given)
    # The system's own trust store, so that an office may run its own authority.
    return httpx.Client(
        base_url=address,
        verify=ssl.create_default_context(),
        timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
        follow_redirects=False,
    )


def _read(answer: httpx.Response, kind: type[Answer]) -> Answer:
    media = answer.headers.get("Content-Type", "")
    if answer.status_code == _OK:
        try:
            return wire_bytes.unpack(answer.content, kind, media)
        except wire_bytes.UnreadableBody:
            raise failures.WrongServer from None
    try:
        refusal = wire_bytes.unpack(answer.content, wire.Refusal, media)
    except wire_bytes.UnreadableBody:
        if answer.status_code >= _SERVER_ERROR:
            raise failures.ServerFailed(answer.status_code) from None
        raise failures.WrongServer from None
    if answer.status_code >= _SERVER_ERROR:
        raise failures.ServerFailed(answer.status_code)
    raise failures.Refused(refusal)


def _in_words(error: httpx.HTTPError) -> KnownError:
    causes = _causes(error)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes) or "CERTIFICATE_VERIFY" in str(error):
        return failures.bad_certificate()
    if isinstance(error, httpx.UnsupportedProtocol):
        return failures.bad_address("")
    if isinstance(error, httpx.ConnectError):
        text = str(error).lower()
        if any(isinstance(cause, socket.gaierror) for cause in causes) or any(
            sign in text for sign in _NETWORK_IS_DOWN
        ):
            return failures.no_network()
        return failures.no_answer()
    return failures.no_answer() if isinstance(error, httpx.TimeoutException) else failures.broken_off()


def _causes(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in found:
        found.append(current)
        current = current.__cause__ or current.__context__
    return found
