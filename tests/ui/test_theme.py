"""Colours: readable in both themes, named in one file, switched while the window is open."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from ui.theme import DARK, LIGHT, Tokens, theme

TEXT, EDGE = 4.5, 3.0
# (what is drawn, what it is drawn on, the least contrast of WCAG 2.2 AA)
TABLE = [
    *[(text, paper, TEXT) for text in ("text", "text2", "hint") for paper in ("bg", "surface", "sunken")],
    ("control", "surface", EDGE), ("primary", "surface", TEXT), ("primary", "bg", EDGE),
    ("on_primary", "primary", TEXT),
    ("on_primary", "primary_hover", TEXT), ("on_primary", "primary_pressed", TEXT), ("on_tint", "tint", TEXT),
    ("text2", "tint", TEXT), ("text", "tint", TEXT),
    ("ok", "ok_bg", TEXT), ("warn", "warn_bg", TEXT), ("bad", "bad_bg", TEXT), ("bad", "surface", TEXT),
    ("bad", "tint", TEXT),
    ("warn", "surface", TEXT), ("ok", "surface", TEXT), ("star", "surface", TEXT), ("star", "sunken", TEXT),
    ("star", "ok_bg", EDGE), ("star", "warn_bg", EDGE),
    ("text", "ok_bg", TEXT), ("text2", "ok_bg", TEXT), ("text", "warn_bg", TEXT), ("text2", "warn_bg", TEXT),
    ("text", "bad_bg", TEXT),
    ("on_strip", "strip", TEXT), ("strip_action", "strip", TEXT),
]  # fmt: skip


def _luminance(color: QColor) -> float:
    def part(value: float) -> float:
        return value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4

    return 0.2126 * part(color.redF()) + 0.7152 * part(color.greenF()) + 0.0722 * part(color.blueF())


def contrast(one: QColor, other: QColor) -> float:
    """The contrast ratio of two colours."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=lambda tokens: tokens.name)
@pytest.mark.parametrize(("drawn", "paper", "least"), TABLE)
def test_everything_drawn_can_be_read(tokens: Tokens, drawn: str, paper: str, least: float) -> None:
    """Text has a contrast of 4.5 and edges of 3 on every paper they lie on."""
    assert contrast(tokens.color(drawn), tokens.color(paper)) >= least


def test_only_the_theme_names_a_colour() -> None:
    """No other file of the window writes a colour down."""
    root = Path(__file__).parents[2] / "ui"
    named = re.compile(r"#[0-9a-fA-F]{6}\b|QColor\(|GlobalColor\.(?!transparent|black|white)|\brgba?\(")
    found = [
        f"{path.relative_to(root)}: {line.strip()}"
        for path in root.rglob("*.py") if path.name != "theme.py"
        for line in path.read_text(encoding="utf-8").splitlines() if named.search(line)
    ]  # fmt: skip
    assert found == []


def test_the_theme_changes_while_the_window_is_open(dressed: QApplication) -> None:
    """Dark replaces light in palette and style sheet, larger letters in the font, and painters are told."""
    told: list[str] = []
    theme.changed.connect(lambda: told.append(theme.tokens.name))
    small = dressed.font().pixelSize()
    theme.wear(dressed, mode="dark", large=True)
    assert (theme.tokens, told[-1]) == (DARK, "dark")
    assert dressed.palette().window().color() == QColor(DARK.bg)
    assert DARK.surface in dressed.styleSheet()
    assert dressed.font().pixelSize() == round(small * 1.15)
    theme.wear(dressed, mode="light", large=False)
    assert LIGHT.surface in dressed.styleSheet()
