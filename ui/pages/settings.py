"""The settings: synchronising, the look, passphrase and data, reference data, the team, and what this program is."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from ui.desk import Desk
from ui.pages.about_section import AboutSection
from ui.pages.look_section import LookSection
from ui.pages.page import Page
from ui.pages.reference_section import ReferenceSection
from ui.pages.safety_section import SafetySection
from ui.pages.sync_page import SyncSection
from ui.pages.team_section import TeamSection
from ui.widgets.buttons import button
from ui.widgets.card import Card, scrolled
from ui.widgets.stacking import line_in

SECTIONS = (
    ("sync", "同步", "cloud", SyncSection),
    ("look", "外观", "eye", LookSection),
    ("safety", "口令与数据", "shield-check", SafetySection),
    ("reference", "参考数据", "clipboard-list", ReferenceSection),
    ("team", "队伍", "users", TeamSection),
    ("about", "关于", "info", AboutSection),
)
_WIDE = 640


class SettingsPage(Page):
    """Sections at the left, the chosen one at the right."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        line = line_in(self, 12)
        menu = Card()
        menu.setFixedWidth(200)
        entries = QVBoxLayout()
        entries.setContentsMargins(10, 10, 10, 10)
        entries.setSpacing(4)
        self._entries = {}
        self._stack = QStackedWidget()
        self.sections: dict[str, QWidget] = {}
        for key, text, icon, _kind in SECTIONS:
            entry = button(text, partial(self.show_section, key), kind="nav", icon=icon)
            entry.setText(f"  {text}")
            entry.setCheckable(True)
            entries.addWidget(entry)
            self._entries[key] = entry
        entries.addStretch(1)
        menu.body.addLayout(entries, 1)
        line.addWidget(menu)
        line.addWidget(self._stack, 1)
        self.show_section("sync")

    def enter(self, **given: object) -> None:
        if given.get("section"):
            self.show_section(str(given["section"]))
        self._read()

    def spot(self) -> dict[str, object]:
        return {"section": SECTIONS[self._stack.currentIndex()][0]}

    def refresh(self, changes: object = None) -> None:
        self._read()

    def show_section(self, key: str) -> None:
        """Show one section."""
        key = key if key in self._entries else SECTIONS[0][0]
        if key not in self.sections:
            _key, text, _icon, kind = next(section for section in SECTIONS if section[0] == key)
            self.sections[key] = kind(self.desk)
            self._stack.addWidget(_paper(text, self.sections[key]))
        self._chosen = key
        self._stack.setCurrentIndex(list(self.sections).index(key))
        for one, entry in self._entries.items():
            entry.setChecked(one == key)
        self._read()

    def _read(self) -> None:
        section = self.sections[self._chosen]
        if isinstance(section, SyncSection | ReferenceSection | TeamSection) and self.isVisible():
            section.read()


def _paper(title: str, section: QWidget) -> Card:
    card = Card(title)
    holder = QWidget()
    line = QHBoxLayout(holder)
    line.setContentsMargins(16, 16, 16, 16)
    section.setMaximumWidth(_WIDE)
    line.addWidget(section, 1)
    line.addStretch(0)
    card.body.addWidget(scrolled(holder), 1)
    return card
