"""Settings: synchronising in plain words, joining, the look, the passphrase."""

from __future__ import annotations

import pytest

from gridworker import settings as settings_file
from gridworker.errors import KnownError
from gridworker.operations import enrol, sync_, waiting
from gridworker.operations import session as sessions
from gridworker.operations.sync_ import SyncState
from gridworker.operations.waiting import Line
from ui.desk import Desk
from ui.theme import theme
from ui.window import Window

PASSPHRASE = "试用-口令-一二三-七八九"
NEW = "海边的石头-像面包-七三五"


def _section(window: Window, desk: Desk, settle, key: str):
    window.show_place("settings", section=key)
    settle(desk)
    return window.page.sections[key]


def test_alone_it_says_so_and_offers_to_join(window: Window, desk: Desk, settle) -> None:
    """Without a server nothing is said to wait; the code can be entered here."""
    section = _section(window, desk, settle, "sync")
    assert section._join.isVisible()
    assert not section._figures.isVisible()
    section.join.click()
    assert section._url_field.problem.text() == "请填写服务器网址。"


def test_a_refused_code_is_told_in_the_page(window: Window, desk: Desk, settle, monkeypatch) -> None:
    """A wrong code shows the reason, keeps what was typed, and lets one try again."""

    def refuse(*_given: object) -> None:
        raise KnownError("加入码不对，或者已经用过、过期。", action="请向社区索取新的加入码。")

    monkeypatch.setattr(enrol, "enroll", refuse)
    section = _section(window, desk, settle, "sync")
    section.url.setText("https://server.example")
    section.code.setText("ABCD-EFGH")
    section.join.click()
    settle(desk)
    assert "加入码不对" in section.banner._text.text()
    assert section.code.text() == "ABCD-EFGH"
    assert section.join.isEnabled()


def test_what_waits_and_what_needs_a_person_is_listed_in_words(window: Window, desk: Desk, settle, monkeypatch) -> None:
    """Figures for what waits and what is safe, and for a conflict both values side by side."""
    state = SyncState(3, 120, 1, 0, None, "https://server.example", "3 条已存在本机，联网后自动上传。")
    both = (("联系方式", "15400000001", "15400000002"),)
    clash = Line("person", "x", "居民 · 甲", "两个人都改过", "2026-04-21 09:20", waiting.CONFLICT, "别人也改了。", both)
    monkeypatch.setattr(sync_, "state", lambda _session: state)
    monkeypatch.setattr(waiting, "trouble_lines", lambda _session: [clash])
    section = _section(window, desk, settle, "sync")
    assert section._figures.isVisible()
    assert not section._join.isVisible()
    assert [section._numbers[key].text() for key in ("waiting", "safe", "trouble")] == ["3", "120", "1"]
    said = " ".join(one.text() for one in section._trouble.findChildren(type(section._sentence)))
    assert "您写的“15400000001”，现在是“15400000002”" in said
    assert section._waiting.is_filled()


def test_the_look_is_worn_at_once_and_kept(window: Window, desk: Desk, settle) -> None:
    """Dark and large letters change the window now, and the next start as well."""
    section = _section(window, desk, settle, "look")
    section.theme.step(section.theme.focus_target(), 1)
    section.large.setChecked(True)
    try:
        assert theme.tokens.name == "dark"
        assert theme.scale > 1
        kept = settings_file.load(desk.session.home)
        assert (kept.theme, kept.large_text) == ("dark", True)
    finally:
        section.large.setChecked(False)
        desk.change_settings(theme="light")


@pytest.mark.parametrize(("old", "again", "field"), [("falsch", NEW, "old"), (PASSPHRASE, "anders", "again")])
def test_a_wrong_passphrase_changes_nothing(
    window: Window, desk: Desk, settle, old: str, again: str, field: str
) -> None:
    """The reason stands beside the field it is about, and the old passphrase still opens the home."""
    section = _section(window, desk, settle, "safety")
    for (_labelled, line), text in zip((section.old, section.new, section.again), (old, NEW, again), strict=True):
        line.setText(text)
    section.change.click()
    settle(desk)
    assert getattr(section, field)[0].problem.text()
    sessions.change_passphrase(desk.session, PASSPHRASE, PASSPHRASE)


def test_a_new_passphrase_opens_the_home(window: Window, desk: Desk, settle) -> None:
    """After the change the new one is right and the old one is not."""
    section = _section(window, desk, settle, "safety")
    fields = (section.old, section.new, section.again)
    for (_labelled, line), text in zip(fields, (PASSPHRASE, NEW, NEW), strict=True):
        line.setText(text)
    section.change.click()
    settle(desk)
    assert "口令已修改" in section.banner._text.text()
    assert section.new[1].text() == ""
    with pytest.raises(KnownError):
        sessions.change_passphrase(desk.session, PASSPHRASE, NEW)
    sessions.change_passphrase(desk.session, NEW, PASSPHRASE)


def test_what_the_server_refused_never_counts_as_safe(window: Window, desk: Desk, settle) -> None:
    """A refused operation is told with the server's own words, and the sentence does not say that all is well."""
    reason = '{"reason":"联系方式不对。","problems":[{"field":"contact","message":"联系方式不对。"}]}'

    def judge(tx) -> None:
        tx.set_meta("server_url", "https://server.example")
        tx.set_meta("last_synced_at", "2026-04-21T09:20:00+08:00")
        tx.execute("UPDATE outbox SET status = 'acked', outcome = 'applied'")
        last = "(SELECT max(seq) FROM outbox)"
        tx.execute(f"UPDATE outbox SET outcome = 'rejected', detail = ? WHERE seq = {last}", (reason,))

    before = sync_.state(desk.session)
    desk.session.store.write(judge)
    after = sync_.state(desk.session)
    assert (after.waiting, after.refused, after.safe) == (0, 1, before.waiting + before.safe - 1)
    assert "1 条需要看一看" in after.text
    assert "全部" not in after.text
    (line,) = waiting.trouble_lines(desk.session)
    assert (line.state, line.why) == (waiting.REJECTED, "联系方式不对。")
    section = _section(window, desk, settle, "sync")
    assert section._numbers["trouble"].text() == "1"
