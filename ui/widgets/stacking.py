"""Columns and lines without margins of their own: what holds them has its place already."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget


def column_in(holder: QWidget, gap: int) -> QVBoxLayout:
    """Lays the parts of a widget out one below the other."""
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(gap)
    return column


def line_in(holder: QWidget, gap: int) -> QHBoxLayout:
    """Lays the parts of a widget out side by side."""
    line = QHBoxLayout(holder)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(gap)
    return line
