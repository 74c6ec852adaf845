"""A client written from docs/protocol.md alone: it imports nothing of this repository and syncs with a real server.

If this client and the page differ, one of them is wrong.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
import uuid

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


class Stranger:
    """Outbox, base and cursor in memory; the steps of §9."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url)
        self.key = Ed25519PrivateKey.generate()
        self.incarnation, self.cursor = 1, ""
        self.outbox: list[dict] = []
        self.outcomes: dict[str, dict] = {}
        self.base: dict[str, dict] = {}

    def post(self, verb: str, message: dict) -> tuple[int, dict]:
        body = zstd.compress(json.dumps(message, ensure_ascii=False).encode())
        answer = self.http.post(
            f"/v1/{verb}",
            content=body,
            headers={"Content-Type": "application/zstd", "Accept": "application/zstd"},
        )
        raw = answer.content
        if answer.headers["Content-Type"] == "application/zstd":
            raw = zstd.decompress(raw)
        return answer.status_code, json.loads(raw)

    def enroll(self, code: str) -> None:
        status, told = self.post("enroll", {"code": code, "public_key": _b64(self.key.public_key().public_bytes_raw())})
        assert status == 200
        self.me = told
        self.scope = told["grants"][0]["scope"]

    def log_in(self) -> None:
        device = self.me["device_id"]
        nonce = self.post("challenge", {"device_id": device})[1]["nonce"]
        text = "\n".join(["gridworker-session-v1", self.me["server_id"], device, nonce])
        signature = _b64(self.key.sign(text.encode("utf-8")))
        status, told = self.post("session", {"device_id": device, "nonce": nonce, "signature": signature})
        assert status == 200
        self.http.headers["Authorization"] = "Bearer " + told["token"]

    def write(self, ledger: str, record: str | None = None, **what: object) -> str:
        """An op into the outbox; the record's id."""
        record = record or str(uuid.uuid4())
        op = {
            "op_id": str(uuid.uuid4()),
            "n": len(self.outbox) + 1,
            "actor": self.me["actor_id"],
            "scope": self.scope,
            "type": ledger,
            "record": record,
            "schema": 1,
            "base_rev": self.base.get(record, {}).get("rev", 0),
            "occurred_at": "2026-03-05T09:40+08:00",
            **what,
        }
        op["hash"] = self.hash(op)
        self.outbox.append(op)
        return record

    @staticmethod
    def hash(op: dict) -> str:
        covered = {key: value for key, value in op.items() if key not in ("n", "hash")}
        text = json.dumps(covered, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8")).hexdigest()[:32]

    def sync(self) -> None:
        if "Authorization" not in self.http.headers:
            self.log_in()
        hello = {"oldest_protocol": 1, "newest_protocol": 1, "incarnation": self.incarnation}
        status, welcome = self.post("hello", hello)
        if status == 401 and welcome["code"] == "TOKEN_INVALID":
            self.log_in()
            status, welcome = self.post("hello", hello)
        assert status == 200
        assert (welcome["server_id"], welcome["epoch"]) == (self.me["server_id"], self.me["epoch"])
        self.push()
        self.pull()

    def push(self) -> None:
        while waiting := [op for op in self.outbox if op["op_id"] not in self.outcomes][:3]:
            batch = {"protocol": 1, "epoch": self.me["epoch"], "incarnation": self.incarnation, "scope": self.scope}
            status, told = self.post("push", batch | {"ops": waiting})
            if told.get("code") == "DEVICE_FORKED":
                self.incarnation = told["details"]["next_incarnation"]
                left = [op for op in self.outbox if op["op_id"] not in self.outcomes]
                for n, op in enumerate(left, 1):
                    op["n"] = n
                continue
            assert status == 200, told
            assert [one["op_id"] for one in told["outcomes"]] == [op["op_id"] for op in waiting]
            self.outcomes |= {one["op_id"]: one for one in told["outcomes"]}

    def pull(self) -> None:
        more = True
        while more:
            question = {"protocol": 1, "epoch": self.me["epoch"], "incarnation": self.incarnation}
            status, told = self.post("pull", question | {"scopes": {self.scope: self.cursor}})
            assert status == 200, told
            news = told["scopes"][self.scope]
            for record in news.get("records", []):
                held = {} if record.get("whole") else self.base[record["id"]]["fields"]
                self.base[record["id"]] = {
                    "fields": held | record["fields"],
                    "rev": record["rev"],
                    "status": record.get("status", ""),
                    "deleted": record.get("deleted", False),
                }
            self.outcomes |= {one["op_id"]: one for one in news.get("outcomes", [])}
            self.cursor, more = news["upto"], news.get("more", False)

    def told(self) -> list[tuple[str, str]]:
        """Outcome and code of every op, in order."""
        found = [self.outcomes[op["op_id"]] for op in self.outbox]
        return [(one["outcome"], one.get("code", "")) for one in found]


@pytest.fixture
def strangers(server, grid):
    """Two enrolled strangers of one grid."""
    from gridworker.server import admin

    pair = [Stranger(server.url) for _ in range(2)]
    for stranger, name in zip(pair, ("测试甲", "测试乙"), strict=True):
        stranger.enroll(admin.invite(server.database_url, grid, "grid_worker", name))
    yield pair
    for stranger in pair:
        stranger.http.close()


VISIT = {"visited_at": "2026-03-05T09:40+08:00", "met": True, "raised_issue": '路灯不亮，"三号楼"旁\n\t㛃𠅤'}


def test_two_strangers_agree(strangers):
    """Writes, edits, steps, deletions and conflicts of two clients end in the same state on both."""
    one, two = strangers
    visits = [one.write("visit", set=VISIT) for _ in range(7)]
    house = one.write(
        "household", set={"building_no": "3", "room_no": "501"}, elements={"household_tags": {"add": ["低保"]}}
    )
    one.write("household", house, set={"remark": "第一稿"})
    one.sync()
    two.sync()
    assert set(two.base) == {*visits, house}
    assert two.base[visits[0]]["fields"] == VISIT
    two.write("household", house, set={"remark": "乙写", "register_no": "12"})
    two.write("visit", visits[0], command={"name": "delete"})
    two.sync()
    one.write("household", house, set={"remark": "甲写"})
    one.write("visit", visits[0], set={"remark": "没看到删除"})
    one.write("visit", visits[1], set={"satisfaction": None, "met": False})
    one.sync()
    assert one.told()[-3:] == [("conflict", "FIELD"), ("conflict", "EDIT_OF_DELETED"), ("applied", "")]
    conflict = one.outcomes[one.outbox[-3]["op_id"]]["conflicts"][0]
    assert (conflict["theirs"], conflict["mine"], conflict["actor"]) == ("乙写", "甲写", two.me["actor_id"])
    one.write("household", house, set={"remark": "商量好了"})
    one.sync()
    two.sync()
    assert one.base == two.base
    assert one.base[house]["fields"]["remark"] == "商量好了"
    assert one.base[visits[0]]["deleted"]
    assert {outcome for outcome, _ in two.told()} == {"applied"}


def test_a_stranger_heals_a_lost_answer_and_a_copied_disk(strangers):
    """Forgotten outcomes come again the same; a copy of the device goes on under another incarnation."""
    one, _ = strangers
    first = [one.write("visit", set=VISIT) for _ in range(4)]
    one.sync()
    before = dict(one.outcomes)
    one.outcomes.clear()
    one.sync()
    assert one.outcomes == before
    copy = Stranger(str(one.http.base_url))
    copy.key, copy.me, copy.scope = one.key, one.me, one.scope
    copy.outbox, copy.outcomes = [dict(op) for op in one.outbox], dict(before)
    mine, theirs = one.write("visit", set=VISIT), copy.write("visit", set=VISIT)
    one.sync()
    copy.sync()
    copy.write("visit", theirs, set={"remark": "副本再写"})
    copy.outbox[-1]["n"] = 2
    copy.sync()
    one.sync()
    copy.http.close()
    assert copy.incarnation == 2
    assert set(one.base) == {*first, mine, theirs}
    assert copy.told()[-2:] == [("applied", ""), ("applied", "")]


def test_the_example_of_the_page_has_the_hash_of_the_page():
    """§6: the op, its bytes, its hash."""
    from pathlib import Path

    page = (Path(__file__).resolve().parents[2] / "docs" / "protocol.md").read_text("utf-8")
    example = json.loads(
        page[page.index('{"protocol":1,"epoch":"0123456789abcdef","incarnation":1,') :].partition("```")[0]
    )
    (op,) = example["ops"]
    assert Stranger.hash(op) == op["hash"]
    covered = {key: value for key, value in op.items() if key not in ("n", "hash")}
    assert json.dumps(covered, sort_keys=True, separators=(",", ":"), ensure_ascii=False) in page


def test_the_page_names_every_refusal_and_every_outcome():
    """Numbers, codes and statuses as the server has them; nothing the server does not say."""
    import re
    from pathlib import Path

    from gridworker.server.refusals import all_refusals
    from gridworker.server.verdicts import SENTENCES

    page = (Path(__file__).resolve().parents[2] / "docs" / "protocol.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d{4}) \| `(\w+)` \| (\d{3}) \|", page, re.MULTILINE)
    assert {code: (int(number), int(status)) for number, code, status in rows} == {
        code: (number, status) for code, (number, status, _) in all_refusals().items()
    }
    told = set(re.findall(r"`([A-Z_]{4,})`", page[page.index("## 8") : page.index("## 9")]))
    assert set(SENTENCES) <= told
