"""Old matters by command: looked at, decided, refused rows taken home, the whole taken back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.test_whole_path import Laptop
from tests.exchange.office_workbooks import save

ROWS = [
    ["微心愿台账"],
    ["序号", "征集时间", "心愿人", "心愿内容", "心愿类型", "完成时间", "办理情况"],
    [1, "2024.3.5", "张㛃", "一台收音机", "物品", "2024.4.1", "已实现"],
    [2, "2024.3.6", "李𬭚", "一台收音机", "物品", None, "已公示"],
    [3, "2025.3.5", "王某", "轮椅", "物品", None, "待审核"],
    [4, "2025.3.5", "赵某", "理发", "服务", None, "列入计划"],
]


@pytest.fixture
def laptop(tmp_path: Path) -> Laptop:
    """A home that was just set up."""
    made = Laptop(tmp_path / "home")
    made.run("init", "--name", "甲")
    return made


def test_settled_wishes_come_in_settled_by_command(laptop: Laptop, tmp_path: Path) -> None:
    """What it would be is said; a word is decided; what stays out comes back as a workbook; all is undone as one."""
    book, home = save(tmp_path / "心愿.xlsx", ROWS, ("A1:G1",)), tmp_path / "被拒.xlsx"
    said = laptop.run("import", "wish", str(book), "--dry-run").stdout
    assert "导入为：已征集 1 条、已实施 1 条、已公示 1 条；看不出的 1 条按“已征集”导入。" in said
    assert "没有办结日期：算已办结，不算按期办结" in said
    wrong = laptop.run("import", "wish", str(book), "--state", "列入计划=想一想", expect=1)
    assert "待认领" in wrong.stderr
    *_, left = laptop.json("import", "wish", str(book), "--states", "skip", "--refused", str(home), "--dry-run")
    assert (left["new"], left["refused"], left["unrecognised"]) == (3, 1, {"列入计划": 1})
    assert home.stat().st_size > 0
    *_, report = laptop.json("import", "wish", str(book), "--state", "列入计划=待认领")
    assert report["states"] == {"collected": 1, "approved": 1, "fulfilled": 1, "published": 1}
    wishes = laptop.json("list", "wish")
    assert sorted(str(one["status"]) for one in wishes) == ["approved", "collected", "fulfilled", "published"]
    again = laptop.run("import", "wish", str(book), "--state", "列入计划=待认领").stdout
    assert "已有 4 条，与本机的相同，不会再写一遍。" in again
    assert laptop.json("list", "wish") == wishes
    settled = next(str(one["id"]) for one in wishes if one["status"] == "fulfilled")
    link = laptop.run("history", settled).stdout
    assert "导入时已是：已实施" in link
    assert "原办结日期 2024-04-01" in link
    assert "心愿.xlsx" not in json.dumps(laptop.json("history", settled), ensure_ascii=False)
    laptop.run("undo-import", str(report["batch"]))
    assert laptop.json("list", "wish") == []
