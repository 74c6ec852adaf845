"""The one style sheet, made from tokens; it names tokens and never a colour."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from string import Template

_SHEET = Template(
    """
QWidget { color: $text; font-size: $body; outline: none; }
QMainWindow, QDialog, QWidget#page, QWidget#root, QStackedWidget { background: $bg; }
QStackedWidget#paper { background: transparent; }
QToolTip { background: $strip; color: $on_strip; border: 1px solid $strip; padding: 5px 8px; font-size: $small; }
QLabel { background: transparent; }
QLabel[role="page-title"] { font-size: $page; font-weight: 600; }
QLabel[role="card-title"] { font-size: $card; font-weight: 600; }
QLabel[role="brand"] { font-size: $card; font-weight: 600; }
QLabel[role="group"] { font-size: $small; font-weight: 600; color: $text2; }
QLabel[role="second"] { font-size: $small; color: $text2; }
QLabel[role="hint"] { font-size: $small; color: $hint; }
QLabel[role="error"] { font-size: $small; color: $bad; }
QLabel[role="warning"] { font-size: $small; color: $warn; }
QLabel[role="question"] { font-weight: 600; }
QLabel[role="answer"] { color: $text2; }
QLabel[role="code"] { font-size: $page; font-weight: 600; background: $sunken; border-radius: 8px; padding: 16px; }
QLabel[role="tag"] { font-size: $small; color: $text2; background: $sunken; border-radius: 10px; padding: 3px 10px; }
QLabel[role="tag"][tone="star"] { color: $star; }
QLabel[role="tag"][tone="ok"] { color: $ok; background: $ok_bg; }
QLabel[role="tag"][tone="warn"] { color: $warn; background: $warn_bg; }
QLabel[role="tag"][tone="bad"] { color: $bad; background: $bad_bg; }

QFrame#side { background: $surface; border: none; border-right: 1px solid $line; }
QFrame#syncbar { background: $surface; border: none; border-top: 1px solid $line; }
QFrame#card { background: $surface; border: 1px solid $line; border-radius: 10px; }
QFrame#card QStackedWidget { background: transparent; }
QFrame#floating { background: $surface; border: 1px solid $control; border-radius: 10px; }
QFrame#rule { background: $line; border: none; max-height: 1px; min-height: 1px; }
QFrame#cardfoot { background: transparent; border: none; border-top: 1px solid $line; }
QFrame#strip { background: $strip; border: none; border-radius: 8px; }
QFrame#strip QLabel { color: $on_strip; font-size: $small; }
QFrame#banner { background: $tint; border: 1px solid $line; border-radius: 8px; }
QFrame#banner[tone="warn"] { background: $warn_bg; }
QFrame#banner[tone="bad"] { background: $bad_bg; }
QFrame#banner[tone="ok"] { background: $ok_bg; }

QPushButton { background: $surface; color: $text; border: 1px solid $control; border-radius: 6px; padding: 0 14px;
  min-height: 34px; font-size: $body; }
QPushButton:hover { background: $sunken; border-color: $text2; }
QPushButton:pressed { background: $line; }
QPushButton:focus { border: 2px solid $primary; padding: 0 13px; min-height: 32px; }
QPushButton:disabled { background: $sunken; color: $hint; border-color: $line; }
QPushButton[wrong="true"] { border: 2px solid $bad; padding: 0 13px; min-height: 32px; }
QWidget#photos { background: transparent; border: 2px solid transparent; border-radius: 8px; }
QWidget#photos[drop="true"] { background: $tint; border: 2px dashed $primary; }
QPushButton[kind="primary"] { background: $primary; color: $on_primary; border-color: $primary; font-weight: 600; }
QPushButton[kind="primary"]:hover { background: $primary_hover; border-color: $primary_hover; }
QPushButton[kind="primary"]:pressed { background: $primary_pressed; border-color: $primary_pressed; }
QPushButton[kind="primary"]:focus { border: 2px solid $text; }
QPushButton[kind="primary"]:disabled { background: $sunken; color: $hint; border: 1px solid $line; }
QPushButton[kind="danger"] { color: $bad; border-color: $bad; }
QPushButton[kind="link"] { background: transparent; color: $primary; border: 2px solid transparent; padding: 0 6px;
  min-height: 30px; font-weight: 600; font-size: $small; }
QPushButton[kind="link"]:hover { background: $sunken; }
QPushButton[kind="link"]:focus { border-color: $primary; }
QPushButton[kind="link"]:disabled { color: $hint; }
QPushButton[kind="icon"] { background: transparent; border: 2px solid transparent; padding: 0; min-width: 32px;
  max-width: 32px; min-height: 32px; max-height: 32px; }
QPushButton[kind="icon"]:hover { background: $sunken; }
QPushButton[kind="icon"]:focus { border-color: $primary; }
QFrame#strip QPushButton { background: transparent; border: 2px solid transparent; color: $strip_action;
  font-weight: 600;
  padding: 0 8px; min-height: 28px; font-size: $small; }
QFrame#strip QPushButton:hover, QFrame#strip QPushButton:focus { border-color: $strip_action; }
QPushButton[kind="nav"] { background: transparent; border: 2px solid transparent; border-radius: 8px; text-align: left;
  padding: 0 0 0 11px; min-height: 38px; max-height: 38px; font-size: $nav; color: $text2; }
QPushButton[kind="nav"]:hover { background: $sunken; }
QPushButton[kind="nav"]:checked { background: $tint; color: $on_tint; font-weight: 600; }
QPushButton[kind="nav"]:focus { border-color: $primary; }
QPushButton[kind="choice"] { border-radius: 8px; padding: 0; min-height: 68px; }
QPushButton[kind="choice"]:focus { padding: 0; min-height: 66px; }
QLabel[role="choice"] { font-size: $nav; font-weight: 600; }

QPushButton[kind="segment"] { border: 1px solid $control; border-left: none; border-radius: 0; padding: 0 4px;
  min-height: 34px; color: $text2; font-size: $body; }
QPushButton[kind="segment"][tight="true"] { font-size: $small; padding: 0 1px; }
QPushButton[kind="segment"][edge="first"], QPushButton[kind="segment"][edge="only"] { border-left: 1px solid $control;
  border-top-left-radius: 6px; border-bottom-left-radius: 6px; }
QPushButton[kind="segment"][edge="last"], QPushButton[kind="segment"][edge="only"] { border-top-right-radius: 6px;
  border-bottom-right-radius: 6px; }
QPushButton[kind="segment"]:checked { background: $tint; color: $on_tint; border: 1px solid $primary;
  font-weight: 600; }
QPushButton[kind="segment"]:focus { border: 2px solid $primary; min-height: 32px; }
QPushButton[kind="segment"][wrong="true"] { border-top: 2px solid $bad; border-bottom: 2px solid $bad;
  min-height: 32px; }
QPushButton[kind="segment"]:disabled { background: $sunken; color: $hint; }

QPushButton[kind="chip"] { border: 1px solid $control; border-radius: 15px; padding: 0 11px 0 8px; min-height: 28px;
  color: $text2; font-size: $small; }
QPushButton[kind="chip"]:checked { background: $tint; color: $on_tint; border-color: $primary; }
QPushButton[kind="chip"]:focus { border: 2px solid $primary; padding: 0 10px 0 7px; min-height: 26px; }

QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QSpinBox { background: $surface; color: $text;
  border: 1px solid $control; border-radius: 6px; padding: 0 11px; selection-background-color: $primary;
  selection-color: $on_primary; font-size: $body; placeholder-text-color: $hint; }
QLineEdit, QComboBox, QSpinBox { min-height: 34px; }
QPlainTextEdit, QTextEdit { padding: 7px 9px; }
QLineEdit:hover, QPlainTextEdit:hover, QComboBox:hover { border-color: $text2; }
QLineEdit:focus, QComboBox:focus, QSpinBox:focus, QComboBox:on { border: 2px solid $primary; padding: 0 10px;
  min-height: 32px; }
QPlainTextEdit:focus, QTextEdit:focus { border: 2px solid $primary; padding: 6px 8px; }
QLineEdit[wrong="true"], QComboBox[wrong="true"], QSpinBox[wrong="true"] { border: 2px solid $bad; padding: 0 10px;
  min-height: 32px; }
QPlainTextEdit[wrong="true"] { border: 2px solid $bad; padding: 6px 8px; }
QLineEdit:disabled, QComboBox:disabled, QPlainTextEdit:disabled, QLineEdit:read-only { background: $sunken;
  color: $text2;
  border-color: $line; }
QLineEdit#search { border-radius: 18px; padding: 0 16px 0 6px; }
QLineEdit#search:focus { padding: 0 15px 0 5px; }
QComboBox QLineEdit, QComboBox QLineEdit:focus { border: none; padding: 0; min-height: 0; background: transparent; }
QComboBox::drop-down { border: none; width: 30px; }
QComboBox::down-arrow { image: none; width: 0; height: 0; }
QComboBox QAbstractItemView, QListView#popup { background: $surface; color: $text; border: 1px solid $control;
  outline: none; padding: 4px; selection-background-color: $tint; selection-color: $on_tint; }
QComboBox QAbstractItemView::item, QListView#popup::item { min-height: 32px; padding: 0 8px; border-radius: 4px; }
QComboBox QAbstractItemView::item:selected, QListView#popup::item:selected { background: $tint; color: $on_tint; }

QCheckBox { spacing: 10px; min-height: 36px; border: 2px solid transparent; border-radius: 6px; padding: 0 4px;
  background: transparent; }
QCheckBox:focus { border-color: $primary; }
QCheckBox::indicator { width: 18px; height: 18px; border: 1px solid $control; border-radius: 4px;
  background: $surface; }
QCheckBox::indicator:hover { border-color: $text2; }
QCheckBox::indicator:checked { background: $primary; border-color: $primary; }
QCheckBox::indicator:disabled { background: $sunken; border-color: $line; }

QListView, QTableView, QTreeView { background: $surface; border: none; outline: none; gridline-color: $line;
  selection-background-color: $tint; selection-color: $on_tint; }
QTableView#rooms, QListView#tasks { selection-background-color: transparent; }
QTableView#rooms::item:selected, QListView#tasks::item:selected, QTableView#rooms::item:hover,
  QListView#tasks::item:hover {
  background: transparent; }
QTableView[frame="true"], QListView[frame="true"] { border: 1px solid $line; border-radius: 8px; }
QTableView::item { padding: 0 8px; border: none; }
QTableView::item:selected { background: $tint; color: $on_tint; }
QTableView#ledger, QListView#ledger { border: 2px solid transparent; }
QListView#ledger::item { padding: 7px 12px; border-radius: 6px; }
QTableView#ledger:focus, QListView#ledger:focus { border: 2px solid $primary; }
QHeaderView { background: $surface; border: none; }
QHeaderView#floors::section { border: none; font-weight: 400; padding: 0; min-height: 0; }
QHeaderView::section { background: $surface; color: $text2; border: none; border-bottom: 1px solid $line;
  padding: 0 8px;
  min-height: 36px; font-size: $small; font-weight: 600; }
QTableCornerButton::section { background: $surface; border: none; }

QScrollArea, QScrollArea > QWidget > QWidget#scrolled { background: transparent; border: none; }
QScrollArea#reading { border: 2px solid transparent; border-radius: 8px; }
QScrollArea#reading:focus { border-color: $primary; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 2px; }
QScrollBar::handle { background: $thumb; border-radius: 4px; }
QScrollBar::handle:vertical { min-height: 36px; }
QScrollBar::handle:horizontal { min-width: 36px; }
QScrollBar::handle:hover { background: $control; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QProgressBar { background: $line; border: none; border-radius: 4px; min-height: 8px; max-height: 8px; }
QProgressBar::chunk { background: $primary; border-radius: 4px; }
QMenu { background: $surface; border: 1px solid $control; padding: 4px; }
QMenu::item { padding: 7px 24px 7px 12px; border-radius: 4px; }
QMenu::item:selected { background: $tint; color: $on_tint; }
QMenu::item:disabled { color: $hint; }
QCalendarWidget QWidget { alternate-background-color: $sunken; }
QCalendarWidget QAbstractItemView { selection-background-color: $primary; selection-color: $on_primary; }
QTabBar::tab { background: transparent; border: none; border-bottom: 2px solid transparent; padding: 8px 14px;
  color: $text2; }
QTabBar::tab:selected { color: $on_tint; border-bottom-color: $primary; font-weight: 600; }
QTabBar::tab:focus { border-bottom-color: $text; }
QTabWidget::pane { border: none; }
"""
)


def style_sheet(tokens: Mapping[str, str], px: Callable[[float], int]) -> str:
    """The style sheet of the whole window for these tokens and this size of letters."""
    sizes = {"body": 14, "nav": 15, "small": 13, "card": 16, "page": 22}
    return _SHEET.substitute(
        tokens,
        **{key: f"{px(size)}px" for key, size in sizes.items()},
    )
