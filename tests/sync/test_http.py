"""Every failure of a line told in plain words, with nothing changed here."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gridworker.errors import Cancelled, KnownError
from gridworker.sync import failures, http, wire, wire_bytes, wire_meeting
from gridworker.sync.enrolling import open_transport
from tests.sync.test_engine import VISIT
from tests.sync.world import run_sync

KEY = Ed25519PrivateKey.generate()
ASK = wire_meeting.Hello(oldest_protocol=1, newest_protocol=1, incarnation=1)


@contextmanager
def _answering(status: int, body: bytes, media: str = "text/html", **headers: str):
    """A program that answers every request alike."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Type", media)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments):
            pass

    listening = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.server_port}"
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()


def _failure(url: str) -> KnownError:
    with http.HttpTransport(url, device_id="d", key=KEY) as line, pytest.raises(KnownError) as raised:
        line.hello(ASK)
    return raised.value


@pytest.mark.parametrize(
    ("status", "body", "media", "kind"),
    [
        (200, b"<html>login</html>", "text/html; charset=utf-8", failures.WrongServer),
        (200, b"{}", "application/json", failures.WrongServer),
        (302, b"", "text/html", failures.WrongServer),
        (404, b"not found", "text/plain", failures.WrongServer),
        (502, b"<html>bad gateway</html>", "text/html", failures.ServerFailed),
        (
            500,
            wire_bytes.to_json(wire.Refusal(number=9001, code="INTERNAL", title="坏了")),
            "application/json",
            failures.ServerFailed,
        ),
        (
            403,
            wire_bytes.to_json(wire.Refusal(number=2004, code="SCOPE_FORBIDDEN", title="不行")),
            "application/json",
            failures.Refused,
        ),
    ],
)
def test_answers_of_others_are_told_from_ours(status, body, media, kind):
    """A login page, another program, a broken gateway and a refusal of our server are four different things."""
    with _answering(status, body, media) as url:
        assert type(_failure(url)) is kind


def test_captive_portal_changes_nothing(laptop):
    """A login page that answers 200 to everything leaves records, queue and cursor as they were."""
    one = laptop()
    one.create(**VISIT)
    before = one.sql("SELECT * FROM outbox"), one.flat(), one.sql("SELECT * FROM cursor")
    with (
        _answering(200, b"<html>login</html>") as url,
        http.HttpTransport(url, device_id=one.meta("device_id"), key=KEY) as line,
        pytest.raises(failures.WrongServer),
    ):
        run_sync(one.store, line)
    assert (one.sql("SELECT * FROM outbox"), one.flat(), one.sql("SELECT * FROM cursor")) == before


def test_nobody_listens():
    """A refused connection says that the server does not answer."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert "没有应答" in _failure(f"http://127.0.0.1:{port}").title


def test_no_network():
    """A name that cannot be found says that there is no network, and that work goes on."""
    assert "没有网络，可以照常登记" in _failure("http://gridworker.invalid").title


def test_a_server_that_never_answers(monkeypatch):
    """Waiting ends; the message says so."""
    monkeypatch.setattr(http, "READ_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert "没有应答" in _failure(f"http://127.0.0.1:{silent.getsockname()[1]}").title


def test_a_server_without_a_trusted_certificate():
    """TLS that cannot be checked is refused before anything is sent."""
    error = httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed")
    assert "证书" in http._in_words(error).title


def test_what_is_no_address():
    """An address without a scheme, or of another scheme, is refused in words."""
    for url in ("sync.example.cn", "ftp://example.cn", "http://", "http://[::1"):
        with pytest.raises(KnownError, match="不是服务器地址"):
            http.HttpTransport(url)


def test_session_that_ran_out_is_renewed(laptop):
    """A token the server does not know any more costs one more proof, not the meeting."""
    one = laptop()
    one.create(**VISIT)
    with open_transport(one.store) as line:
        line._token = "gone"
        assert run_sync(one.store, line).pushed == 1


def test_stopping_between_requests(laptop):
    """A wish to stop is heard before the next request; what was done is kept."""
    one = laptop()
    one.create_many([VISIT] * 3)
    asked = []
    with open_transport(one.store, cancelled=lambda: len(asked) > 2) as line:
        post = line._post
        line._post = lambda *arguments: (asked.append(1), post(*arguments))[1]
        with pytest.raises(Cancelled):
            run_sync(one.store, line)
    assert one.waiting() == 3
    assert one.sync().pushed == 3
