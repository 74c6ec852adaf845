"""The editor of photos: taken in, made small behind the form, looked at, taken away and put back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

from gridworker.ledger.record import Record
from gridworker.ledgers.registry import find_ledger
from gridworker.operations import browse, drafts, photos, save
from gridworker.operations.session import Session
from ui import dialogs
from ui.desk import Desk
from ui.form import LedgerForm
from ui.photos.editor import FilesEditor
from ui.photos.service import Shown
from ui.photos.viewer import Viewer

Settle = Callable[[Desk], None]
_FIELD = "photos_before"


@pytest.fixture
def working(desk: Desk) -> Iterator[Desk]:
    """A desk whose photos are made small, as under a window."""
    desk.photos.start()
    yield desk
    desk.photos.close()


@pytest.fixture
def hazard(session: Session) -> Record:
    """A hazard without photos."""
    values = {"place": "3号楼", "hazard_type": "用电", "description": "电线从窗口拉出来"}
    return save.save(session, "hazard", values).record


def picture(folder: Path, shade: int = 90, size: tuple[int, int] = (640, 420)) -> Path:
    """A generated picture; nobody's home."""
    path = folder / f"照片{shade}.jpg"
    grey = Image.linear_gradient("L").resize(size)
    Image.merge("RGB", (grey, Image.new("L", size, shade), grey.rotate(180))).save(path)
    return path


def _form(desk: Desk, qtbot, record: Record, settle: Settle) -> tuple[LedgerForm, FilesEditor]:
    form = LedgerForm(desk, find_ledger("hazard"))
    qtbot.addWidget(form)
    form.resize(500, 900)
    form.show()
    form.load(record)
    settle(desk)
    editor = form.editor(_FIELD)
    assert isinstance(editor, FilesEditor)
    return form, editor


def _wait_ready(qtbot, editor: FilesEditor, count: int) -> None:
    qtbot.waitUntil(lambda: [one.state for one in editor.tray.tiles] == [photos.READY] * count)


def test_a_photo_is_chosen_made_small_and_saved(
    working: Desk, hazard: Record, qtbot, settle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the button to the record, with a tile that says what it is."""
    form, editor = _form(working, qtbot, hazard, settle)
    monkeypatch.setattr(dialogs, "open_files", lambda *_: [str(picture(tmp_path))])
    editor.add_button.click()
    _wait_ready(qtbot, editor, 1)
    tile = editor.tray.tiles[0]
    assert tile.accessibleName() == "整改前照片第 1 个，共 1 个，640×420"
    assert not tile.image.isNull()
    form.save()
    settle(working)
    names = browse.record(working.session, hazard.id).values[_FIELD]
    assert names == [tile.blob]


def test_a_record_is_saved_while_its_photo_is_on_its_way(
    desk: Desk, hazard: Record, qtbot, settle, tmp_path: Path
) -> None:
    """The form does not wait; when the photo is small, the record and the tile have it without a press."""
    form, editor = _form(desk, qtbot, hazard, settle)
    editor.add([picture(tmp_path)])
    form.save()  # at once: while the file is still being taken in
    settle(desk)
    assert "正在处理" in editor.tray.tiles[0].accessibleName()
    saved = browse.record(desk.session, hazard.id).values[_FIELD]
    assert saved[0].startswith("pending:")
    desk.photos.start()
    _wait_ready(qtbot, editor, 1)
    desk.photos.close()
    settle(desk)
    assert browse.record(desk.session, hazard.id).values[_FIELD] == [editor.tray.tiles[0].blob]
    form.load(browse.record(desk.session, hazard.id))
    settle(desk)
    assert not form.changed()


def test_what_was_added_is_kept_as_a_draft(desk: Desk, hazard: Record, qtbot, settle, tmp_path: Path) -> None:
    """A crash after adding loses nothing: another form of the record shows the photo again."""
    _, editor = _form(desk, qtbot, hazard, settle)
    editor.add([picture(tmp_path)])
    settle(desk)
    assert drafts.load(desk.session, f"hazard:{hazard.id}").raw[_FIELD] == editor.raw() != ""
    _, other = _form(desk, qtbot, hazard, settle)
    assert other.raw() == editor.raw()
    assert len(other.tray.tiles) == 1


def test_delete_takes_away_and_ctrl_z_puts_back(working: Desk, hazard: Record, qtbot, settle, tmp_path: Path) -> None:
    """By the keyboard alone, in the old place and with the focus on it."""
    _, editor = _form(working, qtbot, hazard, settle)
    editor.add([picture(tmp_path, shade) for shade in (20, 120, 220)])
    _wait_ready(qtbot, editor, 3)
    names = editor.raw()
    editor.window().activateWindow()
    editor.tray.focus(editor.tray.tiles[0])
    QTest.keyClick(editor.tray.tiles[0], Qt.Key.Key_Right)
    assert editor.tray.tiles[1].hasFocus()
    QTest.keyClick(editor.tray.tiles[1], Qt.Key.Key_Delete)
    assert len(editor.tray.tiles) == 2
    assert editor.strip.isVisible()
    assert editor.tray.tiles[1].hasFocus()
    QTest.keyClick(editor.tray.tiles[1], Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert editor.raw() == names
    assert editor.tray.tiles[1].hasFocus()
    assert editor.strip.isHidden()
    _wait_ready(qtbot, editor, 3)


def test_enter_opens_the_picture_and_escape_returns(
    working: Desk, hazard: Record, qtbot, settle, tmp_path: Path
) -> None:
    """The viewer covers the page, keeps the focus, turns with the arrows, and gives the focus back."""
    form, editor = _form(working, qtbot, hazard, settle)
    editor.add([picture(tmp_path, shade) for shade in (20, 220)])
    _wait_ready(qtbot, editor, 2)
    form.activateWindow()
    editor.tray.focus(editor.tray.tiles[1])
    QTest.keyClick(editor.tray.tiles[1], Qt.Key.Key_Return)
    viewer = form.findChild(Viewer)
    qtbot.waitUntil(lambda: viewer.picture.image.width() == 640)
    assert viewer.size() == form.size()
    for _ in range(6):
        QTest.keyClick(form.focusWidget(), Qt.Key.Key_Tab)
        assert viewer.isAncestorOf(form.focusWidget())
    QTest.keyClick(form.focusWidget(), Qt.Key.Key_Left)
    assert "1 / 2" in viewer._title.accessibleName()
    QTest.keyClick(form.focusWidget(), Qt.Key.Key_Escape)
    assert viewer.isHidden()
    assert editor.tray.tiles[1].hasFocus()


def test_a_picture_is_saved_elsewhere_with_a_trace(
    working: Desk, hazard: Record, qtbot, settle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It leaves the encrypted home on purpose only, and the audit knows."""
    form, editor = _form(working, qtbot, hazard, settle)
    editor.add([picture(tmp_path)])
    _wait_ready(qtbot, editor, 1)
    editor.open(editor.tray.tiles[0])
    out = tmp_path / "存出.jpg"
    monkeypatch.setattr(dialogs, "save_file", lambda *_: str(out))
    form.findChild(Viewer).save_button.click()
    settle(working)
    assert out.read_bytes()[:3] == b"\xff\xd8\xff"
    with working.session.store.read() as tx:
        assert tx.sql("SELECT count(*) FROM audit WHERE verb = 'export'")[0][0] == 1


def test_a_refused_file_is_told_and_nothing_is_lost(desk: Desk, hazard: Record, qtbot, settle, tmp_path: Path) -> None:
    """One of two files is no picture: the other is there, the sentence names the file, and a save was not half done."""
    form, editor = _form(desk, qtbot, hazard, settle)
    bad = tmp_path / "说明.docx"
    bad.write_bytes(b"PK\x03\x04 not a picture")
    editor.add([picture(tmp_path), bad])
    form.save()
    settle(desk)
    said = editor.banner.accessibleName()
    assert said.startswith("“说明.docx”：")
    assert said.endswith("请再按一次。")
    assert len(editor.tray.tiles) == 1
    assert not browse.record(desk.session, hazard.id).values.get(_FIELD)
    form.save()
    settle(desk)
    assert len(browse.record(desk.session, hazard.id).values[_FIELD]) == 1


def test_a_photo_that_fails_later_says_so(working: Desk, hazard: Record, qtbot, settle, tmp_path: Path) -> None:
    """A file that looks like a picture and is none: the tile and a sentence say it, one press takes it away."""
    broken = tmp_path / "坏.jpg"
    broken.write_bytes(picture(tmp_path).read_bytes()[:300])
    _, editor = _form(working, qtbot, hazard, settle)
    editor.add([broken])
    qtbot.waitUntil(lambda: [one.state for one in editor.tray.tiles] == [photos.FAILED])
    assert "没有处理成功" in editor.banner.accessibleName()
    assert "损坏" in editor.tray.tiles[0].accessibleName()
    editor.banner._action.click()
    assert editor.raw() == ""


def test_a_photo_given_up_for_memory_is_tried_again(
    working: Desk, hazard: Record, qtbot, settle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """重试 is offered where it can help, and helps."""
    from gridworker.imaging.refusal import PhotoRefused

    def no_room(*_args: object, **_more: object) -> None:
        raise PhotoRefused("memory")

    _, editor = _form(working, qtbot, hazard, settle)
    with monkeypatch.context() as patched:
        patched.setattr(photos, "make_in_worker", no_room)
        editor.add([picture(tmp_path)])
        qtbot.waitUntil(lambda: [one.state for one in editor.tray.tiles] == [photos.FAILED])
    assert editor.banner._action.text() == "重试"
    stale = {tile.name: Shown(tile.photo, tile.image) for tile in editor.tray.tiles}
    editor.banner._action.click()
    # Asked for before the press, answered behind it.
    editor._looked(stale)
    assert not editor.banner.isHidden()
    _wait_ready(qtbot, editor, 1)
    # The words go when the tile is ready, a turn of the event loop behind it.
    qtbot.waitUntil(editor.banner.isHidden)


def test_drop_and_paste(working: Desk, hazard: Record, qtbot, settle, tmp_path: Path) -> None:
    """Files are dropped, a screenshot is pasted; an empty clipboard is answered in words."""
    form, editor = _form(working, qtbot, hazard, settle)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(picture(tmp_path)))])
    none = Qt.MouseButton.NoButton
    editor.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, none, Qt.KeyboardModifier.NoModifier))
    _wait_ready(qtbot, editor, 1)
    image = QImage(200, 120, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.darkGreen)
    QGuiApplication.clipboard().setImage(image)
    form.activateWindow()
    editor.add_button.setFocus()
    QTest.keyClick(editor.add_button, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    _wait_ready(qtbot, editor, 2)
    assert "200×120" in editor.tray.tiles[1].accessibleName()
    QGuiApplication.clipboard().clear()
    editor.paste()
    assert "剪贴板里没有照片" in editor.banner.accessibleName()


def test_no_more_than_nine(desk: Desk, hazard: Record, qtbot, settle, tmp_path: Path) -> None:
    """What is too much is left out and said; the button says why it is off."""
    _, editor = _form(desk, qtbot, hazard, settle)
    editor.add([picture(tmp_path, shade) for shade in range(11)])
    settle(desk)
    assert len(editor.tray.tiles) == photos.FIELD_LIMIT
    assert "多出的 2 个没有添加" in editor.banner.accessibleName()
    assert not editor.add_button.isEnabled()
    assert "已经满了" in editor.add_button.toolTip()


def test_turning_to_another_record_too_soon_is_told(
    desk: Desk, hazard: Record, session: Session, qtbot, settle, tmp_path: Path
) -> None:
    """A file that was not in yet joins no other record, and she hears of it."""
    form, editor = _form(desk, qtbot, hazard, settle)
    values = {"place": "4号楼", "hazard_type": "用气", "description": "软管老化"}
    other = save.save(session, "hazard", values).record
    told: list[str] = []
    desk.photos.told.connect(lambda finished: told.append(finished.problem))
    editor.add([picture(tmp_path)])
    form.load(other)
    settle(desk)
    assert editor.raw() == ""
    assert editor.tray.tiles == []
    assert told == ["刚才选的照片还没收进来就换了记录，没有添加。请回到那条记录重新添加。"]


def test_leaving_the_page_closes_the_picture(working: Desk, hazard: Record, qtbot, settle, tmp_path: Path) -> None:
    """Coming back one finds the record and not an empty frame."""
    form, editor = _form(working, qtbot, hazard, settle)
    editor.add([picture(tmp_path)])
    _wait_ready(qtbot, editor, 1)
    editor.open(editor.tray.tiles[0])
    form.hide()
    qtbot.waitUntil(lambda: form.findChild(Viewer) is None)
    form.show()
    assert editor._viewer is None


def test_a_document_shows_its_kind_and_its_limits(working: Desk, hazard: Record, qtbot, settle, tmp_path: Path) -> None:
    """A PDF among photos: named as one, opened as a small picture, and the viewer says what it cannot do."""
    path = tmp_path / "通知单.pdf"
    Image.linear_gradient("L").resize((300, 400)).convert("RGB").save(path, "PDF")
    form, editor = _form(working, qtbot, hazard, settle)
    editor.add([path])
    _wait_ready(qtbot, editor, 1)
    assert editor.tray.tiles[0].accessibleName().endswith("PDF")
    editor.open(editor.tray.tiles[0])
    viewer = form.findChild(Viewer)
    settle(working)
    assert "另存后打开" in viewer.banner.accessibleName()
    assert viewer.save_button.isEnabled()


def test_every_part_has_a_name(working: Desk, hazard: Record, qtbot, settle, tmp_path: Path) -> None:
    """Nothing a screen reader meets in the editor or the viewer is nameless; each tile reads differently."""
    form, editor = _form(working, qtbot, hazard, settle)
    editor.add([picture(tmp_path, shade) for shade in (20, 220)])
    _wait_ready(qtbot, editor, 2)
    editor.open(editor.tray.tiles[0])
    viewer = form.findChild(Viewer)
    buttons = [*editor.findChildren(QAbstractButton), *viewer.findChildren(QAbstractButton)]
    assert all(one.accessibleName() for one in buttons if not one.isHidden())
    assert len({one.accessibleName() for one in editor.tray.tiles}) == 2
    assert viewer.picture.accessibleName() == "整改前照片第 1 个，共 2 个"
