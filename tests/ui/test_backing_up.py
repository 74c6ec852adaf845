"""Backups the window makes by itself."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from gridworker.errors import KnownError
from gridworker.operations import backups
from gridworker.store.errors import DamagedDatabase
from ui.backing_up import BackingUp
from ui.desk import Desk


def test_a_home_that_has_no_backup_gets_one(qtbot: QtBot, desk: Desk) -> None:
    """A look makes what is due and tells when; a second look has nothing to do."""
    backing_up = BackingUp(desk)
    with qtbot.waitSignal(backing_up.told) as told:
        backing_up.look()
    assert told.args is not None
    assert told.args[0].startswith("备份于 ")
    assert len(backups.listing(desk.session)) == 1
    assert backups.due(desk.session) is None


def test_a_backup_that_fails_stays_out_of_the_way_unless_the_ledger_is_damaged(qtbot: QtBot, desk: Desk) -> None:
    """A missing stick is no banner; damage is."""
    backing_up = BackingUp(desk)
    with qtbot.assertNotEmitted(desk.failed), qtbot.waitSignal(backing_up.told):
        backing_up._fail(KnownError("备份没能写到第二个位置。"))
    # The desk of the tests takes a failure for a mistake of the test; this one is meant.
    desk.failed.disconnect()
    with qtbot.waitSignal(desk.failed):
        backing_up._fail(DamagedDatabase())
