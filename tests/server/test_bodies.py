"""Bodies that nobody should send, and what is answered: always a number, a code and a Chinese sentence."""

from __future__ import annotations

import re

import pytest

from gridworker.server.refusals import Refused, all_refusals
from gridworker.sync import wire, wire_bytes
from tests.server.clients import Device, RefusedError, http_client, read
from tests.server.running import Running

VISIT = {"visited_at": "2026-03-05T09:40+08:00"}


def _refusal(answer) -> RefusedError:
    with pytest.raises(RefusedError) as refused:
        read(answer, wire.Pushed)
    return refused.value


def test_a_bomb_is_refused(anna: Device, server: Running):
    """A few KB that would unfold to half a GB are stopped at the limit, and the server lives."""
    bomb = wire_bytes.compress(b"0" * (512 << 20))
    assert len(bomb) < wire_bytes.MAX_BODY
    told = _refusal(anna.http.post("/v1/push", content=bomb))
    assert (told.status, told.code) == (413, "TOO_LARGE")
    assert anna.push(anna.op(set=VISIT))[0].outcome == "applied"


def test_a_body_over_the_limit_is_refused_unread(anna: Device):
    """More than a MiB as sent is too large, declared or streamed."""
    told = _refusal(anna.http.post("/v1/push", content=b"x" * (wire_bytes.MAX_BODY + 1)))
    assert (told.status, told.code) == (413, "TOO_LARGE")
    told = _refusal(anna.http.post("/v1/push", content=iter([b"x" * (1 << 19)] * 3)))
    assert told.code == "TOO_LARGE"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"protocol":1}',
        b'{"protocol":"\xff"}',
        b"[" * 100_000,
        b'{"ops":[1e999999]}',
        b"\x00",
        b"null",
    ],
)
def test_what_is_no_message_gets_a_clear_answer(anna: Device, body: bytes):
    """Broken JSON, wrong shapes, broken UTF-8, endless nesting: MALFORMED, in Chinese, with nothing of the body."""
    for verb in ("hello", "push", "pull", "challenge"):
        for content, media in ((body, wire_bytes.JSON_TYPE), (wire_bytes.compress(body), wire_bytes.ZSTD_TYPE)):
            answer = anna.http.post(f"/v1/{verb}", content=content, headers={"Content-Type": media})
            told = _refusal(answer)
            assert (told.status, told.code, told.refusal.number) == (400, "MALFORMED", 1001)
            assert "服务器" in told.refusal.title


@pytest.mark.parametrize("tail", [b"", b"tail", wire_bytes.compress(b"{}")])
def test_a_frame_must_be_whole_and_alone(anna: Device, tail: bytes):
    """A truncated frame, bytes behind it, a second frame: refused."""
    whole = wire_bytes.pack(anna.batch())
    body = whole + tail if tail else whole[:-3]
    assert _refusal(anna.http.post("/v1/push", content=body)).code == "MALFORMED"


def test_ops_that_are_none_refuse_the_batch_by_place(anna: Device):
    """Without id, n and hash there is nothing an outcome could be given to."""
    for bad in ({"n": 1}, 7, {"op_id": "x", "n": 1, "hash": ""}, {"op_id": anna.op().op_id, "n": "1", "hash": ""}):
        body = {"protocol": 1, "epoch": anna.epoch, "incarnation": 1, "scope": anna.scope, "ops": [bad]}
        with pytest.raises(RefusedError) as refused:
            anna.call("push", body, wire.Pushed)
        assert (refused.value.code, refused.value.details) == ("MALFORMED", {"place": "ops[0]"})


def test_other_types_paths_and_methods_are_told(anna: Device):
    """415, 404 and 405 have codes too."""
    told = [
        _refusal(anna.http.post("/v1/push", content=b"x", headers={"Content-Type": "text/plain"})),
        _refusal(anna.http.post("/v2/push", content=b"x")),
        _refusal(anna.http.get("/v1/push")),
    ]
    assert [(one.status, one.code) for one in told] == [(415, "WRONG_TYPE"), (404, "NOT_FOUND"), (405, "METHOD")]


def test_plain_json_works_without_zstd(server: Running, anna: Device):
    """A client without zstd is served as well."""
    with http_client(server.url) as http:
        http.headers.update({"Content-Type": wire_bytes.JSON_TYPE, "Accept": wire_bytes.JSON_TYPE})
        http.headers["Authorization"] = anna.http.headers["Authorization"]
        answer = http.post("/v1/push", content=wire_bytes.to_json(anna.batch(anna.op(set=VISIT))))
    assert answer.headers["content-type"] == wire_bytes.JSON_TYPE
    assert answer.json()["outcomes"][0]["outcome"] == "applied"


def test_answers_are_not_to_be_kept(anna: Device):
    """No cache between may hold a resident's data; the server names neither itself nor its age."""
    answer = anna.http.get("/v1/health")
    assert answer.json() == {"ok": True, "protocol": 1, "oldest_protocol": 1}
    assert answer.headers["cache-control"] == "no-store"
    assert "server" not in answer.headers


def test_no_personal_word_reaches_the_log(server: Running, anna: Device):
    """Names, values and codes of bad requests stay out of the log."""
    secret = "张秘密"
    anna.push(anna.op(set={"visited_at": secret}), anna.op(set=VISIT | {"remark": secret}))
    body = f'{{"protocol":"{secret}"}}'.encode()
    anna.http.post("/v1/push", content=body, headers={"Content-Type": wire_bytes.JSON_TYPE})
    text = server.log.read_text()
    assert secret not in text
    assert "测试员" not in text


def test_every_refusal_has_its_own_number_and_a_chinese_sentence():
    """Numbers and codes are stable and unique; sentences are for people."""
    known = all_refusals()
    assert len({number for number, _, _ in known.values()}) == len(known)
    for code in known:
        refused = Refused(code)
        assert re.search(r"[\u4e00-\u9fff]", refused.title), code
        assert refused.title.endswith("。")
        assert refused.action.endswith("。")
