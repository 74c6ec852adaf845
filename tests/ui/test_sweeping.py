"""Photos nobody saved, swept by the window."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from gridworker.errors import KnownError
from gridworker.operations import photo_sweep, photos
from tests.imaging.pictures import talkative_jpeg
from ui.backing_up import LANE
from ui.desk import Desk
from ui.sweeping import Sweeping


def test_the_window_takes_away_what_nobody_saved_once_a_day(
    qtbot: QtBot, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A photo past its time that no record names goes; a second look of the day has nothing to do."""
    picture = tmp_path / "照片.jpg"
    picture.write_bytes(talkative_jpeg(301, 200))
    blob = photos.finish(desk.session, photos.begin(desk.session, picture).id).blob
    # As after a later start: what was added since the file was opened is never taken.
    desk.session.blobs._fresh.clear()
    monkeypatch.setattr(photo_sweep, "SWEEP_DAYS", -36_500)
    sweeping = Sweeping(desk)
    with qtbot.waitSignal(sweeping.swept) as told:
        sweeping.look()
    assert told.args is not None
    assert told.args[0].photos >= 1
    assert not desk.session.blobs.known([blob])
    sweeping.look()
    assert not desk.jobs.is_busy(LANE)


def test_a_sweep_that_failed_is_tried_at_the_next_look(
    qtbot: QtBot, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk in the morning does not leave the photos until the day after."""
    tries = []

    def sweep(_session: object) -> photos.Swept:
        tries.append(1)
        if len(tries) == 1:
            raise KnownError("磁盘满了。")
        return photos.Swept(0, 0, 0)

    monkeypatch.setattr(photos, "sweep", sweep)
    sweeping = Sweeping(desk)
    sweeping.look()
    qtbot.waitUntil(lambda: len(tries) == 1 and not desk.jobs.is_busy(LANE))
    with qtbot.waitSignal(sweeping.swept):
        sweeping.look()
