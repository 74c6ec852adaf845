"""The preview of a document: asks only for pages in sight, goes by keys, says where it is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from ui.printing.page_view import PageView

A4_ACROSS = (842.0, 595.0)


def _view(qtbot, count: int = 40) -> PageView:
    view = PageView()
    qtbot.addWidget(view)
    view.resize(900, 700)
    view.show()
    view.show_document(count, A4_ACROSS)
    return view


def test_asks_only_for_the_pages_in_sight(qtbot) -> None:
    """Opening forty pages renders the first two, at the sharpness of the screen."""
    view = PageView()
    qtbot.addWidget(view)
    view.resize(900, 700)
    view.show()
    asked: list[int] = []
    view.page_wanted.connect(lambda index, _dpi: asked.append(index))
    view.show_document(40, A4_ACROSS)
    qtbot.waitUntil(lambda: bool(asked))
    assert asked == [0, 1]


def test_a_page_that_came_is_painted_and_not_asked_again(qtbot) -> None:
    """The picture that was handed in is what the view shows."""
    view = _view(qtbot)
    asked: list[tuple[int, float]] = []
    view.page_wanted.connect(lambda index, dpi: asked.append((index, dpi)))
    qtbot.waitUntil(lambda: bool(asked))
    picture = QImage(868, 613, QImage.Format.Format_RGBA8888)
    picture.fill(Qt.GlobalColor.red)
    view.set_page(*asked[0], picture)
    asked.clear()
    view._ask()
    assert 0 not in [index for index, _ in asked]
    shot = view.viewport().grab().toImage()
    assert shot.pixelColor(shot.width() // 2, 100) == Qt.GlobalColor.red


def test_keys_turn_pages(qtbot) -> None:
    """Page down, end and home go where they say, and the spoken name follows."""
    view = _view(qtbot)
    qtbot.keyClick(view, Qt.Key.Key_PageDown)
    assert view.page == 1
    qtbot.keyClick(view, Qt.Key.Key_End)
    assert view.page == 39
    assert view.accessibleName() == "打印预览，第 40 页，共 40 页"
    qtbot.keyClick(view, Qt.Key.Key_PageUp)
    assert view.page == 38
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert view.page == 0


def test_zoom_keeps_the_page(qtbot) -> None:
    """Looking closer at page 10 stays at page 10."""
    view = _view(qtbot)
    view.go_to(9)
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert view.page == 9
    qtbot.keyClick(view, Qt.Key.Key_0)
    assert view.page == 9


def test_nothing_to_show_says_so(qtbot) -> None:
    """An emptied preview has no pages and says it."""
    view = _view(qtbot)
    view.show_document(0, A4_ACROSS)
    assert view.accessibleName() == "打印预览，还没有内容"
