"""How a device comes in, on both databases: codes, proofs, tokens, tags."""

from __future__ import annotations

import msgspec
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gridworker.identity import DEVICE_ALPHABET
from gridworker.server import admin
from gridworker.server.invites import clean_code, hash_code, is_code, new_code
from gridworker.server.refusals import Refused
from gridworker.server.throttle import Throttle
from gridworker.sync import wire_meeting
from tests.server.clients import Device, RefusedError, b64, call, http_client
from tests.server.running import Running, make_grid


def _enroll(server: Running, code: str, key: Ed25519PrivateKey) -> wire_meeting.Enrolled:
    message = wire_meeting.Enroll(code=code, public_key=b64(key.public_key().public_bytes_raw()))
    with http_client(server.url) as http:
        return call(http, "/v1/enroll", message, wire_meeting.Enrolled)


def test_a_code_buys_one_device_with_its_place(server: Running, grid: str):
    """The answer has all a device needs; a second key gets nothing for the same code."""
    code = admin.invite(server.database_url, grid, "grid_worker", "测试员丙")
    key = Ed25519PrivateKey.generate()
    enrolled = _enroll(server, code.lower().replace("-", " "), key)
    with Device(server.url, key, enrolled, "none") as device:
        device.log_in()
        assert device.hello().device_id == enrolled.device_id
    (grant,) = enrolled.grants
    assert (enrolled.actor_name, grant.scope, grant.roles) == ("测试员丙", grid, ["grid_worker"])
    assert (grant.community_code, grant.grid_name[0]) == (grid[:12], "第")
    assert grant.community_name.endswith("居民委员会")
    assert len(enrolled.device_tag) == 2
    assert set(enrolled.device_tag) <= set(DEVICE_ALPHABET)
    with pytest.raises(RefusedError) as refused:
        _enroll(server, code, Ed25519PrivateKey.generate())
    assert (refused.value.status, refused.value.code) == (403, "CODE_INVALID")


def test_a_lost_reply_costs_nothing(server: Running, grid: str):
    """The same code with the same key answers the same again."""
    code = admin.invite(server.database_url, grid, "grid_worker", "测试员丙")
    key = Ed25519PrivateKey.generate()
    assert _enroll(server, code, key) == _enroll(server, code, key)


def test_devices_of_a_person_share_the_person_and_not_the_tag(server: Running, grid: str):
    """A second laptop of the same name in the same grid is the same person with another device tag."""
    with Device.enroll(server, grid, name="测试员丁") as one, Device.enroll(server, grid, name="测试员丁") as two:
        assert one.actor == two.actor
        assert one.enrolled.device_id != two.enrolled.device_id
        assert one.enrolled.device_tag != two.enrolled.device_tag


def test_a_wrong_or_expired_code_says_the_same(server: Running, grid: str):
    """Nobody learns which of the two it was."""
    code = admin.invite(server.database_url, grid, "grid_worker", "测试员戊")
    _expire_invites(server.database_url)
    told = []
    for text in (code, new_code(), "x", ""):
        with pytest.raises(RefusedError) as refused:
            _enroll(server, text, Ed25519PrivateKey.generate())
        told.append(refused.value.refusal)
    assert told == [told[0]] * 4


def _expire_invites(url: str) -> None:
    import asyncio

    from gridworker.server import tables
    from gridworker.server.storage import open_storage

    async def work() -> None:
        storage = await open_storage(url)
        async with storage.write() as connection:
            await connection.execute(sa.update(tables.invite).values(expires_at=1))
        await storage.close()

    asyncio.run(work())


def test_a_signature_is_needed_and_good_once(server: Running, anna: Device):
    """A foreign key, another server's name and a spent nonce get no token; unknown devices look alike."""
    device = anna.enrolled.device_id

    def prove(key: Ed25519PrivateKey, server_id: str, nonce: str) -> wire_meeting.Session:
        signed = key.sign(wire_meeting.session_text(server_id, device, nonce))
        proof = wire_meeting.Proof(device_id=device, nonce=nonce, signature=b64(signed))
        return anna.call("session", proof, wire_meeting.Session)

    def nonce() -> str:
        return anna.call("challenge", wire_meeting.AskChallenge(device_id=device), wire_meeting.Challenge).nonce

    good = nonce()
    assert prove(anna.key, anna.enrolled.server_id, good).expires_in == 12 * 3600
    for key, server_id, text in (
        (anna.key, anna.enrolled.server_id, good),
        (Ed25519PrivateKey.generate(), anna.enrolled.server_id, nonce()),
        (anna.key, "another", nonce()),
    ):
        with pytest.raises(RefusedError) as refused:
            prove(key, server_id, text)
        assert (refused.value.status, refused.value.code) == (401, "PROOF_INVALID")
    unknown = anna.call("challenge", wire_meeting.AskChallenge(device_id="0" * 16), wire_meeting.Challenge)
    assert len(unknown.nonce) == len(good)


def test_without_a_good_token_nothing_is_told(server: Running, anna: Device):
    """No header, a wrong scheme, a wrong token: 401 with the scheme to use."""
    for header in ("", "Basic eDp5", "Bearer x", "Bearer"):
        anna.http.headers["Authorization"] = header
        with pytest.raises(RefusedError) as refused:
            anna.hello()
        assert (refused.value.status, refused.value.code) == (401, "TOKEN_INVALID")
        assert refused.value.headers["www-authenticate"] == "Bearer"


def test_a_key_that_is_none_is_refused(server: Running, grid: str):
    """Base64url of 32 bytes, or MALFORMED."""
    code = admin.invite(server.database_url, grid, "grid_worker", "测试员己")
    for text in ("", "AAAA", "*" * 43, "A" * 44):
        with http_client(server.url) as http, pytest.raises(RefusedError) as refused:
            call(http, "/v1/enroll", wire_meeting.Enroll(code=code, public_key=text), wire_meeting.Enrolled)
        assert refused.value.code == "MALFORMED"


def test_a_second_role_comes_with_the_next_hello(server: Running, grid: str):
    """An invitation of a known person to the same grid with another role adds the role."""
    with Device.enroll(server, grid, name="测试员庚") as device:
        before = device.hello()
        admin.invite(server.database_url, grid, "grid_lead", "测试员庚")
        after = device.hello()
    assert [grant.roles for grant in after.grants] == [["grid_lead", "grid_worker"]]
    assert after.grant_rev > before.grant_rev


def test_codes_are_read_as_people_type_them():
    """Full-width, lower case and missing dashes do not matter; a missing character does."""
    code = new_code()
    plain = clean_code(code)
    assert clean_code(f" {code.lower()} ") == clean_code(code.replace("-", "－").replace("A", "Ａ")) == plain
    assert clean_code(code[:-1]) == clean_code("") == clean_code("字" * 16) == ""
    selector, hashed = hash_code(code)
    assert is_code(plain, hashed)
    assert plain not in hashed
    assert (selector, is_code(plain[:-1] + ("A" if plain[-1] != "A" else "B"), hashed)) == (plain[:3], False)


def test_guessing_is_slowed_down():
    """Ten failures from one address, then a pause that ends by itself; others are not kept waiting."""
    now = [0.0]
    throttle = Throttle(failures=10, seconds=600, clock=lambda: now[0])
    for _ in range(10):
        throttle.raise_if_over("a")
        throttle.failed("a")
    with pytest.raises(Refused) as refused:
        throttle.raise_if_over("a")
    assert (refused.value.status, refused.value.retry_after) == (429, 601)
    throttle.raise_if_over("b")
    now[0] = 601
    throttle.raise_if_over("a")


def test_nothing_of_a_code_or_token_is_stored_readably(server: Running, grid: str):
    """A copy of the database opens no session and redeems no code."""
    code = admin.invite(server.database_url, grid, "grid_worker", "测试员辛")
    with Device.enroll(server, grid, name="测试员辛") as device:
        token = device.http.headers["Authorization"].removeprefix("Bearer ")
    text = _dump(server.database_url)
    assert "测试员辛" in text
    assert token not in text
    assert clean_code(code)[3:] not in text.replace("-", "")


def _dump(url: str) -> str:
    import asyncio

    from gridworker.server import tables
    from gridworker.server.storage import open_storage

    async def work() -> str:
        storage = await open_storage(url)
        async with storage.read() as connection:
            parts = [
                repr((await connection.execute(sa.select(table))).all()) for table in tables.metadata.sorted_tables
            ]
        await storage.close()
        return "\n".join(parts)

    return asyncio.run(work())


def test_two_grids_never_share_a_sequence(server: Running):
    """Revisions count per grid."""
    first, second = make_grid(server.database_url), make_grid(server.database_url)
    with Device.enroll(server, first, name="甲") as one, Device.enroll(server, second, name="乙") as two:
        visit = {"visited_at": "2026-03-05T09:40+08:00"}
        assert [one.push(one.op(set=visit))[0].rev, two.push(two.op(set=visit))[0].rev] == [1, 1]


def test_a_message_without_a_needed_member_names_the_place(server: Running):
    """The answer says where, and quotes nothing."""
    with http_client(server.url) as http, pytest.raises(RefusedError) as refused:
        call(http, "/v1/enroll", {"code": "机密"}, wire_meeting.Enrolled)
    assert refused.value.code == "MALFORMED"
    assert "机密" not in msgspec.json.encode(refused.value.refusal).decode()
