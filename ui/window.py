"""The frame: navigation, title bar with search and the primary button, the pages, and the sync bar."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QIcon, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from gridworker.errors import AppError
from gridworker.operations.photos import Finished
from ui import icons
from ui.backing_up import BackingUp
from ui.desk import Desk
from ui.fonts import NO_CHINESE_FONT, FontChoice
from ui.pages.page import Page, make_page
from ui.pages.registry import PLACES, Place, find_place
from ui.photos.tile import Tile
from ui.sweeping import Sweeping
from ui.syncbar import SyncBar
from ui.theme import theme
from ui.widgets.buttons import PRIMARY, button, key_text
from ui.widgets.card import scrolled
from ui.widgets.inputs import Line
from ui.widgets.stacking import column_in
from ui.widgets.states import Banner
from ui.widgets.texts import Elided, label

MINIMUM = QSize(1120, 640)
PROGRAM = "网格台账"
_SIDE = 168
# The digits there are.
_KEYS = 10


class Window(QMainWindow):
    """The main window on one desk."""

    closed = Signal()
    lock_requested = Signal()

    def __init__(self, desk: Desk, *, font: FontChoice) -> None:
        super().__init__()
        self.desk = desk
        self.setWindowTitle(PROGRAM)
        self.setMinimumSize(MINIMUM)
        self._pages: dict[str, Page] = {}
        self._place = PLACES[0]
        self._came_from: tuple[str, dict[str, object]] | None = None
        self._navigation: dict[str, QPushButton] = {}
        self._build()
        self._add_keys()
        desk.page_requested.connect(self._follow)
        desk.failed.connect(self._tell)
        desk.jobs.bug_met.connect(self._tell)
        desk.photos.told.connect(self._tell_photo)
        desk.photos.start()
        theme.changed.connect(self._fit_letters)
        self._fit_letters()
        if not font.family:
            self._banner.say(NO_CHINESE_FONT, tone="warn")

    @property
    def page(self) -> Page:
        """The page that is shown."""
        return self._pages[self._place.key]

    def show_place(self, key: str, **given: object) -> None:
        """Show a place, making its page the first time."""
        place = find_place(key)
        self._came_from = None
        if self._place.key in self._pages and place.key != self._place.key:
            self.page.leave()
        if place.key not in self._pages:
            page = make_page(place, self.desk)
            page.title_changed.connect(self._show_title)
            self._pages[place.key] = page
            self._stack.addWidget(page)
        self._place = place
        for one, entry in self._navigation.items():
            entry.setChecked(one == (place.under or place.key))
        self._stack.setCurrentWidget(self.page)
        self._places.ensureWidgetVisible(self._navigation[place.under or place.key], 0, 0)
        self._show_title()
        self.page.take_focus()
        self.page.enter(**given)
        if self.desk.settings.last_page != place.key and not place.foot:
            self.desk.change_settings(last_page=place.key)

    def _follow(self, key: str, given: dict[str, object]) -> None:
        """Go where something on this page leads; Esc leads back to this spot of it."""
        here = self.spot() if self._place.key != key else None
        self.show_place(key, **given)
        self._came_from = here

    def spot(self) -> tuple[str, dict[str, object]]:
        """The place that is shown, and what brings one back to the same spot in it."""
        return self._place.key, self.page.spot()

    def leave_all(self) -> None:
        """Keep everything typed as drafts, and let the search forget."""
        for page in self._pages.values():
            page.leave()
        self.search.clear()

    def say(self, text: str) -> None:
        """Tell something once, above the page."""
        self._banner.say(text, tone="warn")

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close at once: everything typed is kept as a draft, and nothing is asked."""
        for page in self._pages.values():
            page.leave()
        self.desk.photos.close()
        self.desk.jobs.close()
        event.accept()
        self.closed.emit()

    def _build(self) -> None:
        root = QWidget()
        root.setObjectName("root")
        column = column_in(root, 0)
        upper = QHBoxLayout()
        upper.setSpacing(0)
        upper.addWidget(self._make_side())
        upper.addLayout(self._make_main(), 1)
        column.addLayout(upper, 1)
        self.sync_bar = SyncBar(self.desk)
        self._backing_up = BackingUp(self.desk, self)
        self._backing_up.told.connect(self.sync_bar.say_backup)
        self._sweeping = Sweeping(self.desk, self)
        self.sync_bar.told.connect(self.say)
        column.addWidget(self.sync_bar)
        self.setCentralWidget(root)

    def _make_side(self) -> QFrame:
        self._side = QFrame()
        self._side.setObjectName("side")
        column = QVBoxLayout(self._side)
        column.setContentsMargins(11, 16, 11, 10)
        column.setSpacing(2)
        brand = QVBoxLayout()
        brand.setContentsMargins(7, 0, 0, 8)
        brand.setSpacing(2)
        brand.addWidget(label(PROGRAM, "brand"))
        self._where = (Elided("", "second"), Elided("", "second"))
        for line in self._where:
            brand.addWidget(line)
        column.addLayout(brand)
        self._name_place()
        self.desk.sync_state_changed.connect(self._name_place)
        column.addWidget(self._make_places(), 1)
        for one in PLACES:
            if one.foot:
                column.addWidget(self._make_entry(one))
        lock = button("锁定", self.lock_requested.emit, kind="nav", tip="锁定，离开座位时用", key="Ctrl+L")
        lock.setText("  锁定")
        icons.wear(lock, "lock", "text2", 20)
        column.addWidget(lock)
        return self._side

    def _make_places(self) -> QScrollArea:
        """The places; on a low screen they scroll, and what is always needed stays at the foot."""
        held = QWidget()
        column = QVBoxLayout(held)
        column.setContentsMargins(0, 0, 0, 0)
        # Ten places stand in a window of 720 without scrolling.
        column.setSpacing(1)
        for key, one in _numbered():
            column.addWidget(self._make_entry(one, key))
        column.addStretch(1)
        self._places = scrolled(held)
        self._places.setObjectName("places")
        return self._places

    def _name_place(self) -> None:
        """Say which grid this is; joining a server changes it."""
        place = self.desk.session.place
        for line, part in zip(self._where, (place.community_name, place.name), strict=True):
            line.say(part)
            line.setVisible(bool(part))

    def _make_entry(self, place: Place, key: str = "") -> QPushButton:
        entry = button(place.label, lambda: self.show_place(place.key), kind="nav", key=key)
        entry.setText(f"  {place.label}")
        entry.setCheckable(True)
        icons.wear(entry, place.icon, "text2", 20, checked="on_tint")
        self._navigation[place.key] = entry
        return entry

    def _make_main(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setContentsMargins(16, 12, 16, 14)
        column.setSpacing(12)
        bar = QHBoxLayout()
        bar.setSpacing(12)
        self._title = label("", "page-title")
        self._subtitle = label("", "second")
        bar.addWidget(self._title)
        bar.addWidget(self._subtitle, 0, Qt.AlignmentFlag.AlignVCenter)
        bar.addStretch(1)
        self.search = Line()
        self.search.setObjectName("search")
        self.search.setAccessibleName("搜索")
        self.search.setPlaceholderText("搜姓名、拼音、房号、电话")
        self.search.setToolTip(f"搜索（{key_text('Ctrl+F')}）")
        self.search.setMinimumWidth(340)
        sign = self.search.addAction(QIcon(), Line.ActionPosition.LeadingPosition)
        icons.wear(sign, "search", "text2", 18)
        bar.addWidget(self.search)
        self._primary = button("", self._act, kind=PRIMARY, icon="plus")
        bar.addWidget(self._primary)
        column.addLayout(bar)
        self._banner = Banner()
        column.addWidget(self._banner)
        self._stack = QStackedWidget()
        column.addWidget(self._stack, 1)
        if importlib.util.find_spec("ui.search_popup"):
            from ui.search_popup import SearchPopup

            self._search_popup = SearchPopup(self.desk, self.search)
        return column

    def _add_keys(self) -> None:
        keys: dict[str, Callable[[], object]] = {
            "Ctrl+F": self._focus_search, "Ctrl+N": self._act, "Ctrl+S": self._save,
            "Ctrl+Return": self._save_and_next, "Ctrl+Enter": self._save_and_next,
            "Ctrl+Z": self._undo, "Ctrl+P": self._preview,
            "F5": self.desk.sync_requested.emit, "Esc": self._go_back, "F1": partial(self.show_place, "help"),
            "Ctrl+L": self.lock_requested.emit,
        }  # fmt: skip
        keys |= {key: partial(self.show_place, place.key) for key, place in _numbered() if key}
        for key, act in keys.items():
            QShortcut(QKeySequence(key), self).activated.connect(act)

    def _show_title(self) -> None:
        self._title.setText(self.page.title() or self._place.label)
        self._subtitle.setText(self.page.subtitle())
        action = self.page.primary()
        self._primary.setVisible(action is not None)
        if action:
            self._primary.setText(f" {action.text}")
            self._primary.setAccessibleName(action.text)
            self._primary.setToolTip(f"{action.text}（{key_text(action.key)}）" if action.key else "")
            icons.wear(self._primary, action.icon, "on_primary", 18)

    def _act(self) -> None:
        action = self.page.primary()
        if action:
            action.pressed()
        else:
            self.show_place("today")

    def _save(self) -> None:
        self.page.save()

    def _save_and_next(self) -> None:
        self.page.save_and_next()

    def _undo(self) -> None:
        self.page.undo()

    def _preview(self) -> None:
        self.page.print_preview()

    def _focus_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _go_back(self) -> None:
        if self.search.hasFocus():
            self.page.take_focus()
            return
        self.page.back()
        if self._came_from is not None and not self.page.spot():
            key, given = self._came_from
            self.show_place(key, **given)

    def _tell(self, error: AppError) -> None:
        self._banner.tell(error)

    def _tell_photo(self, finished: Finished) -> None:
        # Where its record is on the screen, its tile says it.
        in_sight = any(tile.is_named(finished.id) and tile.isVisible() for tile in self.findChildren(Tile))
        if finished.problem and not in_sight:
            what = "有一个照片或附件没有处理好。" if finished.id else ""
            self._banner.say(f"{what}{finished.problem}", tone="warn")

    def _fit_letters(self) -> None:
        self._side.setFixedWidth(theme.px(_SIDE))


def _numbered() -> list[tuple[str, Place]]:
    """The places of the navigation with their keys: Ctrl+1 … Ctrl+9, then Ctrl+0."""
    places = [one for one in PLACES if not one.foot]
    return [(f"Ctrl+{number % 10}" if number <= _KEYS else "", one) for number, one in enumerate(places, 1)]
