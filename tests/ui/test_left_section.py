"""What a grid that was taken away left behind, in the settings."""

from __future__ import annotations

from gridworker.imaging.made import PHOTO, Made
from gridworker.operations import giving_up
from gridworker.store import purged
from gridworker.store.blobs import BLOBS_BEGUN
from ui.desk import Desk
from ui.pages.left_section import LeftBehind


def _leave_a_photo(desk: Desk) -> str:
    address = desk.session.blobs.add(Made(PHOTO, b"of a grid that left", b"small", 4, 3))
    desk.session.store.write(lambda tx: tx.set_meta(BLOBS_BEGUN, "2026-03-05"))
    desk.session.store.write(lambda tx: purged.owe(tx, keeping=[address]))
    return address


def test_without_anything_left_it_does_not_show(desk: Desk, qtbot, settle) -> None:
    """Who never lost a grid is not asked about one."""
    section = LeftBehind(desk)
    qtbot.addWidget(section)
    settle(desk)
    assert section.isHidden()


def test_it_goes_on_a_second_word_and_not_before(desk: Desk, qtbot, settle) -> None:
    """The first press says what it means, with the harmless answer under the hand; then it is gone for good."""
    address = _leave_a_photo(desk)
    section = LeftBehind(desk)
    qtbot.addWidget(section)
    settle(desk)
    assert not section.isHidden()
    assert "1 张照片" in section.told.text()
    section.go.click()
    assert "找不回来" in section.banner._text.text()
    section.leave.click()
    settle(desk)
    assert desk.session.blobs.known([address])
    section.go.click()
    section.confirm.click()
    settle(desk)
    assert not desk.session.blobs.known([address])
    assert giving_up.kept(desk.session) == giving_up.Kept()
    assert "1 张照片清除了" in section.banner._text.text()
    assert not section.go.isVisibleTo(section)
