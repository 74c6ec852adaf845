"""Buttons in their kinds: one primary a view, plain, link and icon ones; each says its key in its tooltip."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QPushButton

from ui import icons

PLAIN, PRIMARY, LINK, ICON, DANGER = "plain", "primary", "link", "icon", "danger"
_ICON_TOKEN = {PRIMARY: "on_primary", LINK: "primary", DANGER: "bad"}


def button(
    text: str,
    pressed: Callable[[], object] | None = None,
    *,
    kind: str = PLAIN,
    icon: str = "",
    tip: str = "",
    key: str = "",
) -> QPushButton:
    """A button; an icon button speaks its text to a screen reader and shows it in its tooltip."""
    # A thin blank between icon and text; Qt offers no other way to part them.
    made = QPushButton("" if kind == ICON else f"\u2009{text}" if icon else text)
    made.setProperty("kind", kind)
    made.setAccessibleName(text)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.setAutoDefault(True)  # Enter presses the button that has the focus.
    said = tip or (text if kind == ICON else "")
    if key:
        said = f"{said or text}（{key_text(key)}）"
    made.setToolTip(said)
    if icon:
        icons.wear(made, icon, _ICON_TOKEN.get(kind, "text2"), 18)
    if pressed:
        made.clicked.connect(lambda _checked=False: pressed())
    return made


def key_text(key: str) -> str:
    """A key combination as people read it, e.g. Ctrl+Enter."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText).replace("Return", "Enter")


def enable(widget: QPushButton, *, on: bool, why_not: str = "") -> None:
    """Switch a button; one that is off says why in its tooltip."""
    if widget.property("tip") is None:
        widget.setProperty("tip", widget.toolTip())
    widget.setEnabled(on)
    widget.setToolTip(str(widget.property("tip")) if on else why_not)
