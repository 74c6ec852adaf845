"""Escrow end to end: the server keeps closed boxes, the office opens one with a trace, the code opens once."""

from __future__ import annotations

import base64
import json
import secrets
from pathlib import Path

import pytest
import sqlalchemy as sa

from gridworker.cli import main
from gridworker.errors import KnownError
from gridworker.operations import enrol, escrow
from gridworker.operations import session as sessions
from gridworker.sealing import BoxBroken, escrow_words, fingerprint, seal, unseal
from gridworker.server import admin, escrow_admin, tables
from gridworker.store import keys
from gridworker.store.errors import WrongPassphrase
from gridworker.store.sidecar import Kdf
from gridworker.sync import wire_meeting
from tests.server.clients import Device, RefusedError, b64
from tests.server.running import Running, make_grid

CHEAP = Kdf(time=1, memory_kib=8, lanes=1)
PASSPHRASE, OFFICE = "海边 石榴 2026", "办公室的口令"


@pytest.fixture(autouse=True)
def _cheap(monkeypatch):
    """Stretching costs nothing here."""
    monkeypatch.setattr(keys, "DEFAULT_KDF", CHEAP)
    monkeypatch.setattr(escrow_admin, "_MEMORY_KIB", 64)


@pytest.fixture
def key_file(server: Running, tmp_path: Path) -> Path:
    """The office's private key; its public half is the server's present one."""
    path = tmp_path / "托管私钥.json"
    escrow_admin.make_key(server.database_url, path, OFFICE)
    return path


@pytest.fixture
def laptop(server: Running, grid: str, key_file: Path, tmp_path: Path):
    """A home that has just joined the server."""
    session, _code = sessions.start(tmp_path / "home", PASSPHRASE, name="测试员甲")
    enrol.enroll(session, server.url, admin.invite(server.database_url, grid, "grid_worker", "测试员甲"))
    admin.invite(server.database_url, grid, "community", "测试主任")
    yield session
    session.close()


def _device_of(session: sessions.Session) -> str:
    with session.store.read() as tx:
        return tx.meta("device_id")


def _release(server: Running, session: sessions.Session, key_file: Path, **more: str) -> str:
    asked = {"by": "测试主任", "reason": "忘了口令，恢复码找不到"} | more
    return escrow_admin.release(server.database_url, _device_of(session), key_file, OFFICE, **asked)


def test_joining_leaves_a_code_that_opens_the_laptop_once(server, laptop, key_file):
    """Released by the office it opens; with the new passphrase set it opens no more, and another is left."""
    home = laptop.home
    left = escrow.state(laptop)
    assert left.fingerprint == json.loads(key_file.read_text())["fingerprint"]
    code = _release(server, laptop, key_file)
    laptop.close()
    opened = sessions.unlock(home, code.lower())
    assert sessions.needs_passphrase(opened)
    sessions.set_passphrase(opened, "新的口令")
    escrow.leave_code_if_due(opened)
    assert escrow.state(opened).slot != left.slot
    second = _release(server, opened, key_file)
    with opened.store.read() as tx:
        verbs = [row[0] for row in tx.sql("SELECT verb FROM audit ORDER BY seq")]
    opened.close()
    assert verbs[-3:] == ["login", "passphrase", "escrow"]
    with pytest.raises(WrongPassphrase):
        sessions.unlock(home, code)
    sessions.unlock(home, second).close()
    sessions.unlock(home, "新的口令").close()


def test_the_server_holds_nothing_that_opens(server, laptop):
    """In its tables there is no code: without the office's file the box stays shut."""

    async def work(connection):
        return (await connection.execute(sa.select(tables.escrow_box))).all()

    (box,) = [row for row in admin.run(server.database_url, work) if row.device_id == _device_of(laptop)]
    words = escrow_words(box.device_id, box.database)
    with pytest.raises(BoxBroken):
        unseal(secrets.token_bytes(32), bytes(box.box), bound_to=words)
    assert not hasattr(tables.escrow_key.c, "private_key")
    assert {column.name for column in tables.escrow_box.columns} == {
        "device_id", "fingerprint", "database", "box", "received_at",
    }  # fmt: skip


def test_every_release_leaves_a_trace(server, laptop, key_file):
    """Who, when, which device and why stand in the server's register; a refused one does not."""
    _release(server, laptop, key_file, reason="第一次")
    with pytest.raises(KnownError):
        _release(server, laptop, key_file, reason="  ")
    _release(server, laptop, key_file, reason="第二次")
    mine = [one for one in escrow_admin.releases(server.database_url) if one.device_id == _device_of(laptop)]
    assert [(one.by, one.reason) for one in mine] == [("测试主任", "第二次"), ("测试主任", "第一次")]


@pytest.mark.parametrize("name", ["测试员甲", "没有这个人", ""])
def test_only_a_coordinator_of_the_community_releases(server, laptop, key_file, name):
    """The worker herself, a stranger and nobody are refused in words."""
    with pytest.raises(KnownError, match="不是这台设备所在社区的负责人"):
        _release(server, laptop, key_file, by=name)


def test_a_coordinator_of_another_community_does_not_release(server, laptop, key_file):
    """Offices answer for their own workers."""
    other = "370202001001" + "900"
    admin.add_grid(server.database_url, other, "别的网格")
    admin.invite(server.database_url, other, "community", "别处主任")
    if not laptop.place.grid_code.startswith(other[:12]):
        with pytest.raises(KnownError, match="不是这台设备所在社区的负责人"):
            _release(server, laptop, key_file, by="别处主任")


def test_a_revoked_laptop_gets_no_code(server, laptop, key_file):
    """A stolen laptop that was shut out is not opened by a friendly voice on the telephone."""
    admin.revoke_device(server.database_url, _device_of(laptop))
    with pytest.raises(KnownError, match="停用"):
        _release(server, laptop, key_file)


def test_the_wrong_key_file_or_passphrase_opens_nothing(server, laptop, key_file, tmp_path):
    """Another key, a wrong passphrase, a spoilt or foreign file: each is told, none releases."""
    url, device = server.database_url, _device_of(laptop)
    other, spoilt, foreign = (tmp_path / name for name in ("other.json", "spoilt.json", "foreign.json"))
    escrow_admin.make_key(url, other, OFFICE)
    raw = json.loads(key_file.read_text())
    wrapped = bytearray(base64.b64decode(raw["wrapped"]))
    wrapped[3] ^= 1
    spoilt.write_text(json.dumps(raw | {"wrapped": base64.b64encode(wrapped).decode()}))
    foreign.write_text("{}")
    for path, secret, told in (
        (other, OFFICE, "另一把公钥"), (key_file, "错", "口令不对"), (spoilt, OFFICE, "口令不对"),
        (foreign, OFFICE, "不是托管私钥文件"), (tmp_path / "missing", OFFICE, "不是托管私钥文件"),
    ):  # fmt: skip
        with pytest.raises(KnownError, match=told):
            escrow_admin.release(url, device, path, secret, by="测试主任", reason="试")
    assert not [one for one in escrow_admin.releases(url) if one.device_id == device]
    with pytest.raises(KnownError, match="已经存在"):
        escrow_admin.make_key(url, key_file, OFFICE)


def test_a_changed_office_key_waits_for_a_person(server, laptop, tmp_path):
    """Once a key was taken, another one gets no code unless a person has compared and named it."""
    before = escrow.state(laptop)
    named = escrow_admin.make_key(server.database_url, tmp_path / "new.json", OFFICE)
    asked = escrow.leave_code(laptop)
    assert (asked.slot, asked.offered) == (before.slot, named)
    accepted = escrow.leave_code(laptop, accept=named)
    assert (accepted.fingerprint, accepted.offered) == (named, "")
    assert accepted.slot != before.slot
    assert _release(server, laptop, tmp_path / "new.json")


def test_cut_off_between_laptop_and_server_both_codes_open(server, laptop, key_file, monkeypatch):
    """The old code lives until the server has the new box; afterwards exactly one does."""
    from gridworker.sync import escrowing

    home, old = laptop.home, _release(server, laptop, key_file)
    with monkeypatch.context() as patch:
        patch.setattr(escrowing, "_remember", lambda *_given: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            escrow.leave_code(laptop)
    new = _release(server, laptop, key_file)
    assert keys.unlock(home, old) == keys.unlock(home, new)
    escrow.leave_code(laptop)
    newest = _release(server, laptop, key_file)
    for code in (old, new):
        with pytest.raises(WrongPassphrase):
            keys.unlock(home, code)
    assert keys.unlock(home, newest)


def test_boxes_that_are_none_are_refused(server, anna: Device, key_file):
    """A size, a name or a key that cannot be: MALFORMED; without a token nothing at all."""
    offered = anna.call("escrow/key", wire_meeting.AskEscrowKey(), wire_meeting.EscrowKey)
    good = {"fingerprint": offered.fingerprint, "database": "ab" * 16, "box": b64(bytes(80))}
    assert anna.call("escrow", wire_meeting.EscrowBox(**good), wire_meeting.EscrowKept).at
    for wrong in ({"box": ""}, {"box": b64(bytes(2000))}, {"box": "*"}, {"database": "x"}, {"fingerprint": "AAAA"}):
        with pytest.raises(RefusedError) as refused:
            anna.call("escrow", wire_meeting.EscrowBox(**(good | wrong)), wire_meeting.EscrowKept)
        assert refused.value.code == "MALFORMED"
    del anna.http.headers["Authorization"]
    with pytest.raises(RefusedError) as refused:
        anna.call("escrow/key", wire_meeting.AskEscrowKey(), wire_meeting.EscrowKey)
    assert refused.value.status == 401


def test_a_box_opens_for_its_device_its_home_and_unchanged_only():
    """Bound to device and database; any changed byte breaks it; the same content never looks the same."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    private = X25519PrivateKey.generate()
    public, secret = private.public_key().public_bytes_raw(), private.private_bytes_raw()
    words = escrow_words("d1", "ab")
    box = seal(public, b"code", bound_to=words)
    assert unseal(secret, box, bound_to=words) == b"code"
    assert seal(public, b"code", bound_to=words) != box
    for other in (escrow_words("d2", "ab"), escrow_words("d1", "cd")):
        with pytest.raises(BoxBroken):
            unseal(secret, box, bound_to=other)
    for place in range(len(box)):
        with pytest.raises(BoxBroken):
            unseal(secret, box[:place] + bytes([box[place] ^ 1]) + box[place + 1 :], bound_to=words)
    for short in (b"", box[:20], box[:33]):
        with pytest.raises(BoxBroken):
            unseal(secret, short, bound_to=words)
    assert len(fingerprint(public)) == 19


def test_an_older_database_gets_the_new_tables(tmp_path, sqlite_template):
    """A server database from before escrow is opened and served; nothing in it changes."""
    path = tmp_path / "old.db"
    path.write_bytes(sqlite_template.read_bytes())
    url = f"sqlite:///{path}"

    async def drop(connection):
        for name in ("escrow_key", "escrow_box", "escrow_release"):
            await connection.execute(sa.text(f"DROP TABLE {name}"))

    admin.run(url, drop)
    make_grid(url)
    assert escrow_admin.make_key(url, tmp_path / "key.json", OFFICE)


def test_by_commands(tmp_path, sqlite_template, capsys, monkeypatch):
    """escrow-key makes a file nobody else may read; release without a box says so; releases lists nothing yet."""
    path = tmp_path / "server.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = ["admin", "--database", f"sqlite:///{path}"]
    monkeypatch.setenv("GRIDWORKER_PASSPHRASE", OFFICE)
    key = tmp_path / "key.json"
    assert main([*database, "escrow-key", "--out", str(key)]) == 0
    assert json.loads(key.read_text())["fingerprint"] in capsys.readouterr().out
    assert key.stat().st_mode & 0o077 == 0
    assert main([*database, "release", "--device", "0" * 16, "--key", str(key), "--by", "甲", "--reason", "忘了"]) == 1
    assert "没有这台设备" in capsys.readouterr().err
    assert main([*database, "releases"]) == 0
    assert capsys.readouterr().out == ""
