"""What a sync brings of tables and holidays is said above the page, and forms offer the new choices."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gridworker.ledger import code_tables
from gridworker.ledger.codes import CodeList
from gridworker.ledgers.registry import all_ledgers
from gridworker.operations import sync_
from gridworker.operations.sync_ import SyncReport, SyncState
from ui.desk import Desk
from ui.form import LedgerForm
from ui.plain_editors import ChoiceEditor
from ui.window import Window

Settle = Callable[[Desk], None]


def test_what_came_is_said_and_a_quiet_sync_says_nothing(
    window: Window, desk: Desk, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few sentences at most, however much came."""
    state = SyncState(0, 3, 0, 0, None, "https://wangge.example.cn", "已全部同步。")
    monkeypatch.setattr(sync_, "state", lambda _session: state)
    came: list[str] = []
    monkeypatch.setattr(sync_, "sync", lambda _session, **_: SyncReport(reference=list(came)))
    window.sync_bar.read()
    settle(desk)
    desk.sync_requested.emit()
    settle(desk)
    assert not window._banner.isVisible()
    came += ["代码表“隐患类别”：新增飞线充电。", *(f"时限{number}。" for number in range(6))]
    desk.sync_requested.emit()
    settle(desk)
    assert window._banner.isVisible()
    assert window._banner._text.text() == "代码表“隐患类别”：新增飞线充电。时限0。时限1。时限2。另有 3 项。"


def test_a_form_that_was_open_before_offers_the_new_choices(desk: Desk, settle: Settle, dressed: object) -> None:
    """With the next record it shows; what it showed before is not lost."""
    form = LedgerForm(desk, all_ledgers()["hazard"])
    editor = form.editor("hazard_type")
    assert isinstance(editor, ChoiceEditor)
    form.load_new(hazard_type="用电")
    with code_tables.in_force({"HAZARD": CodeList((("飞线", "飞线充电"), ("用气", "用气")))}):
        assert editor.raw() == "用电"
        form.load_new(hazard_type="用电")
        shown = [editor.box.itemText(row) for row in range(1, editor.box.count())]
        assert shown == ["飞线充电", "用气", "用电（已停用）"]
        form.load_new()
        assert [editor.box.itemText(row) for row in range(1, editor.box.count())] == ["飞线充电", "用气"]
    settle(desk)
