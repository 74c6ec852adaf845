"""Photos under the real window: finished from earlier runs, asked for by moves, and over before the home is closed."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtWidgets import QPushButton

from gridworker.ledger.record import Record
from gridworker.operations import browse, photos, save, transition
from gridworker.operations.changes import Changes
from gridworker.operations.session import Session
from gridworker.settings import Settings
from ui import __main__ as program
from ui.desk import Desk
from ui.fonts import FontChoice
from ui.jobs import Jobs
from ui.locking import Leaving
from ui.photos.editor import FilesEditor
from ui.records.page import RecordsPage
from ui.window import Window

Settle = Callable[[Desk], None]


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A generated picture."""
    path = tmp_path / "图.png"
    Image.linear_gradient("L").resize((500, 300)).save(path)
    return path


@pytest.fixture
def hazard(session: Session) -> Record:
    """A hazard that is registered."""
    values = {"place": "3号楼", "hazard_type": "用电", "description": "电线从窗口拉出来", "hazard_level": "一般"}
    made = save.save(session, "hazard", values).record
    return transition.move(session, made.id, "register", {}).record


@pytest.fixture
def earlier(session: Session, hazard: Record, photo: Path) -> Iterator[str]:
    """A photo that an earlier run took in and did not finish."""
    begun = photos.begin(session, photo)
    save.save(session, "hazard", {"photos_before": begun.id}, record_id=hazard.id)
    return begun.id


def _open(window: Window, desk: Desk, settle: Settle, record: Record) -> RecordsPage:
    desk.open_record("hazard", record.id)
    settle(desk)
    assert isinstance(window.page, RecordsPage)
    return window.page


def test_a_start_finishes_what_was_left(
    session: Session, hazard: Record, earlier: str, window: Window, desk: Desk, qtbot
) -> None:
    """The record has its photo without anybody asking."""
    assert earlier.startswith("pending:")
    qtbot.waitUntil(lambda: photos.open_ones(session) == [])
    names = browse.record(session, hazard.id).values["photos_before"]
    assert photos.read(session, names[0])[:3] == b"\xff\xd8\xff"


def test_a_move_asks_for_photos_with_the_same_editor(
    window: Window, desk: Desk, hazard: Record, photo: Path, qtbot, settle: Settle
) -> None:
    """Fixed on the spot: words and a photo, sent before the photo is small; news meanwhile takes nothing away."""
    page = _open(window, desk, settle, hazard)
    moves = page.detail.moves
    next(one for one in moves.findChildren(QPushButton) if one.text() == "当场整改").click()
    editor = moves._asked._editors["photos_after"]
    assert isinstance(editor, FilesEditor)
    moves._asked._editors["measure"].set_raw("拆除私拉电线")
    before = photo.with_name("前.png")
    Image.linear_gradient("L").resize((300, 500)).save(before)
    # How it looked is asked with it: without that nothing is put right.
    moves._asked._editors["photos_before"].add([before])
    editor.add([photo])
    desk.publish(Changes(frozenset({hazard.id}), frozenset({"hazard"})))
    settle(desk)
    assert moves.is_open()
    assert moves._asked.raw()["measure"] == "拆除私拉电线"
    moves.confirm.click()
    settle(desk)
    record = browse.record(desk.session, hazard.id)
    assert (record.status, record.values["measure"]) == ("fixed_on_site", "拆除私拉电线")
    assert len(record.values["photos_after"]) == 1
    qtbot.waitUntil(lambda: photos.open_ones(desk.session) == [])
    settle(desk)
    shown = page.detail.form.editor("photos_after")
    qtbot.waitUntil(lambda: [one.state for one in shown.tray.tiles] == [photos.READY])


def test_a_photo_that_fails_out_of_sight_is_told_above_the_page(
    window: Window, desk: Desk, hazard: Record, photo: Path, settle: Settle, qtbot
) -> None:
    """She went on to something else; the window says it once and calmly."""
    broken = photo.with_name("坏.jpg")
    broken.write_bytes(photo.read_bytes()[:200])
    begun = photos.begin(desk.session, broken)
    save.save(desk.session, "hazard", {"photos_before": begun.id}, record_id=hazard.id)
    desk.photos._work.wake()
    qtbot.waitUntil(lambda: "没有处理好" in window._banner.accessibleName())
    assert "损坏" in window._banner.accessibleName()


def test_closing_stops_the_work_before_the_home(session: Session, desk: Desk, settle: Settle, qtbot) -> None:
    """Nothing of the photos touches a home that is closed."""
    window = Window(desk, font=FontChoice("Noto Sans SC", bundled=True))
    thread = desk.photos._work._thread
    states: list[bool] = []
    window.closed.connect(lambda: states.append(thread.is_alive()))
    window.show_place("today")
    settle(desk)
    window.close()
    assert states == [False]
    window.deleteLater()


def test_the_packaged_program_is_its_own_helper(monkeypatch: pytest.MonkeyPatch) -> None:
    """Photos are made small in a process of the same program; it must not open a second window there."""
    order: list[str] = []
    monkeypatch.setattr(multiprocessing, "freeze_support", lambda: order.append("helper"))
    monkeypatch.setattr("ui.app.run", lambda _argv: order.append("window"))
    program.main()
    assert order == ["helper", "window"]


def test_locking_stops_the_work_before_the_keys_go(
    session: Session, dressed: object, qtbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with closing: the thread is over when the home is closed."""
    desk = Desk(session, Jobs(), Settings(theme="light"))
    window = Window(desk, font=FontChoice("Noto Sans SC", bundled=True))
    thread = desk.photos._work._thread
    states: list[bool] = []
    close = session.close
    monkeypatch.setattr(session, "close", lambda: (states.append(thread.is_alive()), close()))
    leaving = Leaving(window, in_haste=True)
    with qtbot.waitSignal(leaving.left):
        pass
    assert states == [False]
    desk.jobs.close()
