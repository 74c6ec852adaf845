"""The bytes of the protocol: what is sent reads back, what is no message is refused, hashes are those of the page."""

from __future__ import annotations

import json
import tracemalloc

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridworker.ledgers.registry import all_ledgers
from gridworker.sync import wire, wire_bytes

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.text(max_size=20),
    st.lists(st.text(max_size=5), max_size=3),
)
FIELDS = st.dictionaries(st.text(min_size=1, max_size=10), VALUES, max_size=5)


def _op(**more: object) -> wire.Op:
    members = {
        "op_id": "0190a6c2-0000-7000-8000-000000000001", "n": 1, "actor": "a", "scope": "370211003041001",
        "type": "visit", "record": "0190a6c2-0000-7000-8000-000000000002", "schema": 1, "base_rev": 0,
        "occurred_at": "2026-03-05T09:40+08:00",
    }  # fmt: skip
    return wire.sealed(wire.Op(**(members | more)))


@given(set=FIELDS, args=FIELDS)
def test_every_op_reads_back_as_it_was(set, args):  # noqa: A002 - the op's own name for it
    """Through zstd and JSON, whatever the values."""
    op = _op(set=set, elements={"x": wire.Elements(add=["乙"])}, command=wire.Command(name="claim", args=args))
    push = wire.Push(protocol=1, epoch="e", incarnation=1, scope=op.scope, ops=[op])
    assert wire_bytes.unpack(wire_bytes.pack(push), wire.Push, "application/zstd; charset=utf-8") == push
    assert wire_bytes.unpack(wire_bytes.to_json(push), wire.Push, "application/json") == push


@given(set=FIELDS)
def test_the_hash_is_the_one_the_page_describes(set):  # noqa: A002 - the op's own name for it
    """Sorted keys, no spaces, UTF-8, without n and hash: any JSON library arrives at the same bytes."""
    op = _op(set=set)
    members = json.loads(wire_bytes.to_json(op))
    covered = {key: value for key, value in members.items() if key not in ("n", "hash")}
    plain = json.dumps(covered, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert wire_bytes.canonical(members) == plain
    assert wire_bytes.hash_of(members) == op.hash


def test_the_hash_of_the_page_is_the_hash_of_the_code():
    """The worked example of docs/protocol.md §5."""
    op = _op(set={"remark": "路灯不亮", "met": True}, n=7)
    assert op.hash == "34f1041efe0f49edd690706900173d10"
    assert msgspec.structs.replace(op, n=8, hash=op.hash) == wire.sealed(msgspec.structs.replace(op, n=8, hash=""))
    assert wire.sealed(msgspec.structs.replace(op, base_rev=1)).hash != op.hash


def test_a_default_is_not_sent_and_an_unknown_member_is_ignored():
    """Old and new programs read each other's messages."""
    op = _op()
    assert set(json.loads(wire_bytes.to_json(op))) == {
        "op_id", "n", "actor", "scope", "type", "record", "schema", "base_rev", "occurred_at", "hash",
    }  # fmt: skip
    newer = json.dumps(json.loads(wire_bytes.to_json(op)) | {"weather": {"wind": 3}}).encode()
    assert wire_bytes.from_json(newer, wire.Op) == op


def test_what_must_not_be_guessed_has_no_default():
    """An op without a base revision, an outcome without its kind: refused, and the place named."""
    for kind, body in ((wire.Op, b'{"op_id":"x"}'), (wire.Outcome, b'{"op_id":"x"}'), (wire.Pull, b'{"scopes":{}}')):
        with pytest.raises(wire_bytes.UnreadableBody):
            wire_bytes.from_json(body, kind)
    with pytest.raises(wire_bytes.UnreadableBody) as told:
        wire_bytes.from_json(b'{"op_id":"x","outcome":"maybe"}', wire.Outcome)
    assert told.value.place == "`$.outcome`"


@pytest.mark.parametrize("value", ["1.5", '{"a":1}', "[1]", "[[]]", "1e400"])
def test_a_number_with_places_or_a_nested_value_is_no_field(value: str):
    """They travel as text, so that every language hashes them alike."""
    body = wire_bytes.to_json(_op()).replace(b'"hash"', b'"set":{"fund":' + value.encode() + b'},"hash"')
    with pytest.raises(wire_bytes.UnreadableBody):
        wire_bytes.from_json(body, wire.Op)


def test_a_bomb_stops_at_the_limit():
    """Never more than was agreed is unfolded, however small the frame."""
    bomb = wire_bytes.compress(b"0" * (64 << 20))
    tracemalloc.start()
    try:
        with pytest.raises(wire_bytes.TooLarge):
            wire_bytes.decompress(bomb, 1 << 20)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
    assert wire_bytes.decompress(wire_bytes.compress(b"0" * (1 << 20)), 1 << 20) == b"0" * (1 << 20)


def test_a_frame_is_whole_and_alone():
    """Cut anywhere, or followed by anything, it is refused."""
    frame = wire_bytes.pack(_op())
    for cut in range(0, len(frame), 7):
        with pytest.raises(wire_bytes.UnreadableBody):
            wire_bytes.decompress(frame[:cut])
    for tail in (b"x", frame):
        with pytest.raises(wire_bytes.UnreadableBody):
            wire_bytes.decompress(frame + tail)


def test_an_error_quotes_nothing_of_the_body():
    """Bodies hold residents' words; errors end in logs and on screens."""
    with pytest.raises(wire_bytes.UnreadableBody) as told:
        wire_bytes.from_json('{"op_id":["张秘密"]}'.encode(), wire.Op)
    assert "张秘密" not in told.value.sentence() + repr(told.value)
    with pytest.raises(wire_bytes.UnreadableBody):
        wire_bytes.unpack(b"{}", wire.Op, "text/html")


def test_the_kind_of_an_op_follows_its_command():
    """Three names are reserved, and no workflow uses them as an event."""
    kinds = {None: "set", "create": "set", "delete": "delete", "restore": "restore", "claim": "move"}
    for name, kind in kinds.items():
        assert _op(command=wire.Command(name=name) if name else None).kind == kind
    events = {move.event for ledger in all_ledgers().values() if ledger.workflow for move in ledger.workflow.moves}
    assert not events & {wire.CREATE, wire.DELETE, wire.RESTORE}


def test_no_field_is_named_like_the_servers_own_marks():
    """The server keeps marks of its own beside those of fields."""
    assert all(field.key.isidentifier() for ledger in all_ledgers().values() for field in ledger.fields)
