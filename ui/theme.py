"""The only file that names a colour: tokens for light and dark, sizes of letters, and the live switch between them."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from ui.stylesheet import style_sheet

LARGE = 1.15
BODY = 14


@dataclass(frozen=True)
class Tokens:
    """Every colour of the window, named for what it is used for."""

    name: str
    bg: str
    surface: str
    sunken: str
    text: str
    text2: str
    hint: str
    control: str
    line: str
    thumb: str
    primary: str
    primary_hover: str
    primary_pressed: str
    on_primary: str
    tint: str
    on_tint: str
    ok: str
    ok_bg: str
    warn: str
    warn_bg: str
    bad: str
    bad_bg: str
    star: str
    strip: str
    on_strip: str
    strip_action: str

    def color(self, token: str) -> QColor:
        """The colour of a token, for those who paint by hand."""
        return QColor(str(getattr(self, token)))


LIGHT = Tokens(
    name="light", bg="#F4F6F8", surface="#FFFFFF", sunken="#EDF1F4", text="#1A2530", text2="#475563", hint="#5C6977",
    control="#808D9A", line="#D6DDE4", thumb="#B9C3CD", primary="#14609E", primary_hover="#0F5289",
    primary_pressed="#0B4473", on_primary="#FFFFFF", tint="#E4EFF9", on_tint="#0F4C7F", ok="#1C7344", ok_bg="#E3F3E9",
    warn="#855400", warn_bg="#FFF1D0", bad="#B3261E", bad_bg="#FCE8E6", star="#7A3EB1", strip="#1A2530",
    on_strip="#FFFFFF", strip_action="#8CC4F5",
)  # fmt: skip
DARK = Tokens(
    name="dark", bg="#141A20", surface="#1C242C", sunken="#10151A", text="#E9EEF3", text2="#B7C2CD", hint="#9AA7B4",
    control="#7C8A98", line="#34404C", thumb="#4A5865", primary="#6FB4EE", primary_hover="#8AC3F2",
    primary_pressed="#A6D2F6", on_primary="#06233B", tint="#1E3A54", on_tint="#BFE0FB", ok="#74CF9B", ok_bg="#173425",
    warn="#F2C46A", warn_bg="#3A2E12", bad="#FF9E94", bad_bg="#44211E", star="#C9A2F2", strip="#34404C",
    on_strip="#FFFFFF", strip_action="#A6D2F6",
)  # fmt: skip


class Theme(QObject):
    """The look the whole program wears; `changed` tells those who paint by hand."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.tokens = LIGHT
        self.scale = 1.0
        self.mode = "system"
        self.large = False
        self.family = ""

    def px(self, size: float) -> int:
        """A size of letters, or of what grows with them, in pixels."""
        return round(size * self.scale)

    def wear(self, app: QApplication, *, mode: str, large: bool, family: str | None = None) -> None:
        """Dress the program: `mode` is system, light or dark."""
        self.mode = mode
        self.large = large
        self.scale = LARGE if large else 1.0
        self.family = self.family if family is None else family
        self.tokens = DARK if _is_dark(app, mode) else LIGHT
        font = app.font()
        if self.family:
            font.setFamilies([self.family])
        font.setPixelSize(self.px(BODY))
        app.setFont(font)
        app.setPalette(_palette(self.tokens))
        app.setStyleSheet(style_sheet(asdict(self.tokens), self.px))
        self.changed.emit()

    def follow_system(self, app: QApplication) -> None:
        """Keep step with the system's light and dark as long as the mode asks for it."""
        app.styleHints().colorSchemeChanged.connect(
            lambda _scheme: self.wear(app, mode="system", large=self.large) if self.mode == "system" else None
        )


def _is_dark(app: QApplication, mode: str) -> bool:
    if mode == "system":
        return app.styleHints().colorScheme() == Qt.ColorScheme.Dark
    return mode == "dark"


def _palette(tokens: Tokens) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for one, token in {
        role.Window: "bg", role.WindowText: "text", role.Base: "surface", role.AlternateBase: "sunken",
        role.ToolTipBase: "strip", role.ToolTipText: "on_strip", role.PlaceholderText: "hint", role.Text: "text",
        role.Button: "surface", role.ButtonText: "text", role.BrightText: "bad", role.Highlight: "tint",
        role.HighlightedText: "on_tint", role.Link: "primary", role.LinkVisited: "primary", role.Light: "surface",
        role.Midlight: "sunken", role.Mid: "line", role.Dark: "control", role.Shadow: "line", role.Accent: "primary",
    }.items():  # fmt: skip
        palette.setColor(one, tokens.color(token))
    for one in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, one, tokens.color("hint"))
    return palette


theme = Theme()
"""There is one look for the whole program, as there is one palette and one style sheet in Qt."""
