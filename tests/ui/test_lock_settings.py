"""口令与数据: when it locks, what opens it, a new recovery code, and what the office holds."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt

from gridworker import settings as settings_file
from gridworker.errors import KnownError
from gridworker.operations import escrow
from gridworker.operations import session as sessions
from gridworker.operations.escrow import Escrow
from gridworker.settings import Settings
from gridworker.store import keyring_slot, keys
from gridworker.store.errors import NoKeyring
from tests.ui.conftest import PASSPHRASE

pytestmark = pytest.mark.usefixtures("cheap_keys")


@pytest.fixture
def keyring(monkeypatch):
    """A system that keeps secrets."""
    kept = {}
    backend = SimpleNamespace(
        kept=kept,
        set_password=lambda service, name, text: kept.__setitem__((service, name), text),
        get_password=lambda service, name: kept.get((service, name)),
        delete_password=lambda service, name: kept.pop((service, name)),
    )
    monkeypatch.setattr(keyring_slot, "_backend", lambda: backend)
    return backend


@pytest.fixture
def section(window, desk, settle):
    """The section, opened."""
    window.show_place("settings", section="safety")
    settle(desk)
    return window.page.sections["safety"]


def test_the_minutes_are_kept(section, desk):
    """A quarter of an hour unless another time was chosen; the choice is there at the next start."""
    assert section.lock.minutes.value() == "15"
    section.lock.minutes.step(section.lock.minutes.focus_target(), 1)
    assert settings_file.load(desk.session.home).lock_minutes == 30


@pytest.mark.parametrize("nonsense", [0, -5, 7, 10**9])
def test_minutes_that_nobody_offered_are_not_taken(tmp_path, nonsense):
    """A settings file that was tampered with does not switch the lock off."""
    settings_file.store(tmp_path, Settings(lock_minutes=nonsense))
    assert settings_file.load(tmp_path).lock_minutes == 15


def test_without_a_keyring_the_choice_is_not_shown(monkeypatch, window, desk, settle):
    """Nothing is offered that the system cannot do."""
    monkeypatch.setattr(keyring_slot, "_backend", lambda: None)
    window.show_place("settings", section="safety")
    settle(desk)
    assert window.page.sections["safety"].lock.by_itself.isHidden()


def test_opening_by_itself_is_off_until_it_is_chosen(keyring, section, desk, settle):
    """Ticked, the system opens the home; unticked, it does not and holds nothing any more."""
    home, tick = desk.session.home, section.lock.by_itself
    assert not tick.isHidden()
    assert not tick.isChecked()
    tick.click()
    settle(desk)
    assert sessions.opens_by_itself(home)
    assert keys.open_by_keyring(home).data_key == desk.session.store.lend_key()
    tick.click()
    settle(desk)
    assert not sessions.opens_by_itself(home)
    assert not keyring.kept


def test_a_keyring_that_refuses_is_told(keyring, section, desk, settle):
    """The tick goes back and the reason stands beneath it."""
    keyring.set_password = lambda *_given: 1 / 0
    section.lock.by_itself.click()
    settle(desk)
    assert not section.lock.by_itself.isChecked()
    assert NoKeyring.TITLE in section.lock.banner.accessibleName()


def test_a_new_recovery_code(section, desk, settle):
    """A wrong passphrase renews nothing; the right one shows the new code until it was written down."""
    part = section.recovery
    part.secret.setText("falsch")
    part.go.click()
    settle(desk)
    assert part._field.problem.text()
    part.secret.setText(PASSPHRASE)
    part.go.click()
    settle(desk)
    code = part._page._code
    assert part.secret.text() == ""
    assert keys.open_home(desk.session.home, code).by == keys.RECOVERY
    part._page.tick.setChecked(True)
    part._page.go.click()
    assert part._page is None
    assert part.go.isEnabled()
    assert "已换" in part.banner.accessibleName()


def test_what_the_office_holds_is_said(section, desk, settle, monkeypatch):
    """Alone, without a box, with one, and with another key: each in words, and a changed key waits for a person."""
    note = section.escrow
    assert "加入服务器以后" in note.words.text()
    desk.session.place = type(desk.session.place)("370202001001001", "一", "二", joined=True)
    held = Escrow("AAAA-BBBB-CCCC-DDDD", "escrow-1", "2026-04-21T09:20+08:00", device="d1")
    for state, told in ((Escrow(), "还没有托管"), (held, "AAAA-BBBB-CCCC-DDDD")):
        monkeypatch.setattr(escrow, "state", lambda _session, state=state: state)
        note.read()
        settle(desk)
        assert told in note.words.text()
        assert note.accept.isHidden()
    changed = Escrow("AAAA-BBBB-CCCC-DDDD", "escrow-1", "", offered="EEEE-FFFF-GGGG-HHHH", device="d1")
    monkeypatch.setattr(escrow, "state", lambda _session: changed)
    note.read()
    settle(desk)
    assert "EEEE-FFFF-GGGG-HHHH" in note.banner.accessibleName()
    asked = []

    def leave(_session, *, accept):
        asked.append(accept)
        if len(asked) == 1:
            raise KnownError("服务器没有应答。")
        return held

    monkeypatch.setattr(escrow, "leave_code", leave)
    for _ in range(2):
        note.accept.click()
        settle(desk)
    assert asked == ["EEEE-FFFF-GGGG-HHHH"] * 2
    assert note.accept.isHidden()


def test_the_lock_button_asks_for_the_lock(window, qtbot):
    """The entry beneath the places does what Ctrl+L does."""
    asked = []
    window.lock_requested.connect(lambda: asked.append(1))
    entry = next(one for one in window._side.findChildren(type(window._primary)) if one.accessibleName() == "锁定")
    entry.click()
    qtbot.keyClick(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert asked == [1, 1]
