"""Cases by commands alone: every step on a real home with every refusal, and two laptops over a real server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from gridworker.sample.pictures import before
from tests.commands.test_whole_path import Laptop
from tests.sync.world import Server

UNIT = "城市管理"
SAID = "城管来电答复"


@pytest.fixture
def laptop(tmp_path: Path) -> Laptop:
    """A home of somebody who works alone."""
    made = Laptop(tmp_path / "家")
    made.run("init", "--name", "测试网格员")
    return made


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A picture to prove a handling with."""
    path = tmp_path / "处置后.png"
    path.write_bytes(before()[0])
    return path


def new_case(laptop: Laptop, **more: object) -> dict[str, object]:
    """A draft, as printed."""
    given = {"description": "井盖破损", "address": "海棠苑3号楼前", "main_type": "城管", "sub_type": "路面破损", **more}
    return laptop.json("save", "case", json.dumps(given, ensure_ascii=False))[0]


class Steps:
    """Makes steps of one case and tells where it stands."""

    def __init__(self, laptop: Laptop, case_id: str) -> None:
        self._laptop, self._id = laptop, case_id

    def to(self, event: str, state: str, **args: object) -> dict[str, object]:
        """A step that is allowed."""
        told = self._laptop.json("move", self._id, event, json.dumps(args, ensure_ascii=False))[0]
        assert told["status"] == state
        return told

    def refused(self, event: str, words: str, **args: object) -> None:
        """A step that is not, and why."""
        ended = self._laptop.run("move", self._id, event, json.dumps(args, ensure_ascii=False), expect=1)
        assert words in ended.stderr
        assert "没有改动" in ended.stderr or "没有丢" in ended.stderr


def test_a_dispatched_case_takes_every_step_and_meets_every_refusal(laptop: Laptop, photo: Path) -> None:
    """By commands: dispatch, extension, suspension, escalation, return, supervision, redo, archive, return of it."""
    first = new_case(laptop, main_type=None, sub_type=None)
    steps = Steps(laptop, str(first["id"]))
    steps.refused("accept", "现在是“草稿”，不能受理")
    steps.refused("report", "上报还缺：事项大类、事项小类")
    steps.to("report", "reported", main_type="城管", sub_type="路面破损")
    steps.refused("decline", "不受理还缺：原因")
    steps.refused("dispatch", "还没有受理", lead_unit_id="城管")
    due = steps.to("accept", "accepted")["due_at"]
    steps.refused("dispatch", "派遣还缺：主办单位")
    steps.refused("dispatch", "没有“某某局”这一项", lead_unit_id="某某局")
    steps.refused("dispatch", "不用再列为协办单位", lead_unit_id="城管", co_unit_ids="城管、供水")
    steps.to("dispatch", "dispatched", lead_unit_id="城管", co_unit_ids="供水")
    steps.refused("start", "代承办单位录入")
    steps.refused("return", "退回还缺：原因")
    returned = steps.to("return", "accepted", reason="不归我们")
    assert (returned["return_count"], returned["returned_by_unit"], returned["due_at"]) == (1, UNIT, due)
    steps.to("dispatch", "dispatched", lead_unit_id="城管")
    steps.to("start", "disposing", reason=SAID)
    steps.refused("return", "已经开始办理")
    steps.refused("request_extension", "最多延期 10 个工作日", extension_days=11, reason=SAID)
    steps.refused("approve_extension", "没有等待审批的延期申请")
    steps.to("request_extension", "disposing", extension_days=2, reason=SAID)
    steps.to("refuse_extension", "disposing", reason="料已到")
    steps.to("request_extension", "disposing", extension_days=3, reason=SAID)
    extended = steps.to("approve_extension", "disposing")
    assert (extended["extension_no"], extended["due_at"]) == (1, due)
    assert str(extended["extended_due_at"]) > str(due)
    steps.refused("request_extension", "最多延期 1 次", extension_days=1, reason=SAID)
    steps.to("suspend", "suspended", reason="等管线图")
    steps.refused("finish", "挂账期间")
    steps.to("resume", "disposing")
    steps.refused("escalate", "升级吹哨还缺：原因")
    assert steps.to("escalate", "accepted", reason="跨部门")["escalation_level"] == 2
    steps.refused("self_handle", "第 2 级")
    steps.to("dispatch", "dispatched", lead_unit_id="城管")
    steps.to("start", "disposing", reason=SAID)
    steps.refused("escalate", "包案领导", reason="跨部门")
    steps.to("supervise", "disposing", supervise_level="黄牌", reason="将到期")


def test_a_handled_case_is_verified_redone_supervised_archived_and_comes_back(laptop: Laptop, photo: Path) -> None:
    """By commands from the handling on, with every refusal."""
    first = new_case(laptop)
    steps = Steps(laptop, str(first["id"]))
    steps.to("report", "reported")
    steps.to("accept", "accepted")
    steps.to("dispatch", "dispatched", lead_unit_id="城管")
    steps.to("start", "disposing", reason=SAID)
    steps.to("supervise", "disposing", supervise_level="黄牌", reason="将到期")
    steps.refused("finish", "处置完成还缺：处置结果、处置后照片", reason=SAID)
    laptop.run("photo", "add", str(first["id"]), "photos_after", str(photo))
    steps.to("finish", "disposed", dispose_result="换好", reason=SAID)
    steps.refused("follow_up", "还没有核查")
    steps.refused("verify_fail", "核查不通过还缺：原因")
    assert steps.to("verify_fail", "disposing", reason="不平")["rework_count"] == 1
    steps.refused("finish", "处置完成还缺：处置结果", reason=SAID)
    steps.to("finish", "disposed", dispose_result="重铺", reason=SAID)
    steps.to("verify_pass", "closed")
    steps.refused("follow_up", "要先重办一次", resolved=False, satisfaction="1")
    steps.to("dissatisfied", "disposing", satisfaction="1", reason="仍积水")
    steps.to("finish", "disposed", dispose_result="疏通", reason=SAID)
    steps.to("verify_pass", "closed")
    steps.refused("follow_up", "督办还没有销号", resolved=True, satisfaction="4")
    steps.refused("clear_supervision", "督办销号材料", reason="已整改")
    laptop.run("photo", "add", str(first["id"]), "supervise_evidence", str(photo))
    steps.to("clear_supervision", "closed", reason="已整改")
    steps.to("follow_up", "archived", resolved=True, satisfaction="4")
    steps.refused("accept", "现在是“已归档”")
    steps.to("recur", "archived", reason="又坏")
    again = next(one for one in laptop.json("list", "case") if one["id"] != first["id"])
    assert (again["status"], again["parent_case_code"]) == ("draft", first["case_code"])
    told = laptop.json("history", str(first["id"]), "--linked")
    assert {line["record_id"] for line in told} == {first["id"], again["id"]}
    assert {line["label"] for line in told} == {f"网格事件 {one['case_code']}" for one in (first, again)}
    assert next(line["what"] for line in told if line["record_id"] == first["id"]) == "回流"


def test_a_self_handled_case_waits_for_another_pair_of_eyes(laptop: Laptop, photo: Path) -> None:
    """Who handled it cannot verify it, and is told who could; a declined one ends there."""
    made = new_case(laptop)
    steps = Steps(laptop, str(made["id"]))
    for event, state in (("report", "reported"), ("accept", "accepted"), ("self_handle", "disposing")):
        steps.to(event, state)
    laptop.run("photo", "add", str(made["id"]), "photos_after", str(photo))
    steps.to("finish", "disposed", dispose_result="换好")
    steps.refused("verify_pass", "请由另一位网格员、网格长或社区核查")
    other = Steps(laptop, str(new_case(laptop, address="别处")["id"]))
    other.to("report", "reported")
    code = str(made["case_code"])
    other.refused("decline", "校验位", reason="重复", parent_case_code=code[:-1] + ("2" if code[-1] != "2" else "3"))
    assert (
        other.to("decline", "declined", reason="重复", parent_case_code=str(made["case_code"]).lower())[
            "parent_case_code"
        ]
        == made["case_code"]
    )


def close(laptop: Laptop, case_id: str, photo: Path) -> None:
    """Takes a draft to its closing through a unit."""
    steps = Steps(laptop, case_id)
    steps.to("report", "reported")
    steps.to("accept", "accepted")
    steps.to("dispatch", "dispatched", lead_unit_id="城管")
    steps.to("start", "disposing", reason=SAID)
    laptop.run("photo", "add", case_id, "photos_after", str(photo))
    steps.to("finish", "disposed", dispose_result="换好", reason=SAID)
    steps.to("verify_pass", "closed")


def test_what_came_back_is_told_listed_and_accepted_by_command(laptop: Laptop, photo: Path) -> None:
    """The save warns with the earlier number and names it for programs; one command accepts it."""
    old = new_case(laptop)
    assert "recurrences" not in old
    close(laptop, str(old["id"]), photo)
    new = new_case(laptop, address="海棠苑 3#楼前")
    assert [one["number"] for one in new["recurrences"]] == [old["case_code"]]
    assert str(old["case_code"]) in str(new["warnings"])
    (listed,) = laptop.json("recurrences", "case")
    assert (listed["record_id"], listed["earlier"][0]["record_id"]) == (new["id"], old["id"])
    assert str(old["case_code"]) in laptop.run("recurrences").stdout
    assert "不是提示过的回流" in laptop.run("recurrence", str(old["id"]), str(new["id"]), expect=1).stderr
    accepted = laptop.json("recurrence", str(new["id"]), str(old["case_code"]))[0]
    assert (accepted["parent_case_id"], accepted["parent_case_code"]) == (old["id"], old["case_code"])
    assert "没有可能是回流的记录" in laptop.run("recurrences").stdout


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server of its own process."""
    started = Server(tmp_path)
    yield started
    started.kill()


def test_codes_verifiers_and_claimers_between_laptops(server: Server, tmp_path: Path, photo: Path) -> None:
    """Each device mints its own codes; of two verifiers and two claimers the first to arrive counts."""
    grid = server.new_grid()
    people = (("甲", "grid_worker"), ("乙", "community"), ("丙", "grid_worker"))
    worker, office, other = (Laptop(tmp_path / name) for name, _ in people)
    alone = None
    for (name, role), one in zip(people, (worker, office, other), strict=True):
        one.run("init", "--name", name)
        # A case of a time before any server keeps its code.
        alone = alone or new_case(one)
        one.run("enroll", server.url, server.invite(grid, role, name))
    cases = [new_case(worker, address=f"{number}号楼") for number in (1, 2)]
    codes = [str(one["case_code"]) for one in (*cases, new_case(other, address="9号楼"))]
    assert {code[:14] for code in codes} == {f"QS{grid[:12]}"}
    assert len({code[22:24] for code in codes}) == 2
    Steps(worker, str(cases[0]["id"])).to("report", "reported")
    sync(worker, office)
    wish = wished(office)
    Steps(office, str(cases[0]["id"])).to("accept", "accepted")
    sync(office, worker)
    mine = Steps(worker, str(cases[0]["id"]))
    mine.to("self_handle", "disposing")
    worker.run("photo", "add", str(cases[0]["id"]), "photos_after", str(photo))
    mine.to("finish", "disposed", dispose_result="换好")
    mine.refused("verify_pass", "承办人不能核查自己办的事")
    sync(worker, office, other)
    Steps(office, str(cases[0]["id"])).to("verify_fail", "disposing", reason="不平")
    Steps(other, str(cases[0]["id"])).to("verify_pass", "closed")
    for one, claimer in ((office, "李四"), (other, "王五")):
        Steps(one, wish).to("claim", "claimed", claimer_name=claimer, promise_due_on="2099-01-01")
    sync(office, other, office, worker)
    for one in (worker, office, other):
        verified = one.json("show", str(cases[0]["id"]))[0]
        assert (verified["status"], verified["rework_count"]) == ("disposing", 1)
        assert one.json("show", wish)[0]["claimer_name"] == "李四"
    kept = [one["case_code"] for one in office.json("list", "case")]
    assert {*codes, alone["case_code"]} <= set(kept)
    assert len(kept) == len(set(kept))


def sync(*laptops: Laptop) -> None:
    """Each meets the server once, in this order."""
    for one in laptops:
        one.run("sync")


def wished(laptop: Laptop) -> str:
    """An approved wish of a resident."""
    home = laptop.json("save", "household", json.dumps({
        "compound_name": "海棠苑", "building_no": "3", "room_no": "501", "tenure_code": "自住",
    }, ensure_ascii=False))[0]  # fmt: skip
    person = laptop.json("save", "person", json.dumps({
        "household_id": home["id"], "name": "张㛃", "sex_code": "1", "relation_code": "02", "population_type": "户籍",
    }, ensure_ascii=False))[0]  # fmt: skip
    wish = laptop.json("save", "wish", json.dumps({
        "wisher_person_id": person["id"], "wisher_group": "老人", "content": "收音机", "wish_type": "物品",
    }, ensure_ascii=False))[0]  # fmt: skip
    Steps(laptop, str(wish["id"])).to("approve", "approved", review_mode="电话", review_note="属实")
    return str(wish["id"])


def test_a_workbook_of_cases_goes_out_and_comes_back(laptop: Laptop, photo: Path, tmp_path: Path) -> None:
    """All of it is the same again; codes come along to another home; what steps wrote is not changed by a sheet."""
    made = new_case(laptop)
    close(laptop, str(made["id"]), photo)
    book = tmp_path / "事件.xlsx"
    laptop.run("export", "case", str(book), "--full")
    assert "相同 1" in laptop.run("import", "case", str(book)).stdout
    other = Laptop(tmp_path / "另一家")
    other.run("init")
    assert "新增 1" in other.run("import", "case", str(book)).stdout
    (brought,) = other.json("list", "case")
    told = laptop.json("show", str(made["id"]))[0]
    for key in ("case_code", "address", "closed_at", "lead_unit_id", "due_at"):
        assert brought[key] == told[key]
    sheet = openpyxl.load_workbook(book)
    column = next(cell.column for row in sheet.active.iter_rows() for cell in row if cell.value == "办结时间")
    sheet.active.cell(sheet.active.max_row, column).value = "2020-01-01 09:00"
    sheet.save(book)
    assert "办结时间由办理步骤填写" in laptop.run("import", "case", str(book)).stdout
