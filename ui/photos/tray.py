"""The tiles of one field in a row that wraps; Tab reaches one of them, arrows the others."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.photos.tile import Tile
from ui.widgets.flow import Flow


class Tray(QWidget):
    """Holds the tiles; tells which is to be opened or taken away."""

    opened = Signal(object)
    remove_requested = Signal(object)

    def __init__(self, label: str) -> None:
        super().__init__()
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._label = label
        self._flow = Flow(self, gap=8)
        self.tiles: list[Tile] = []

    def show_names(self, names: Sequence[str]) -> list[Tile]:
        """Show these photos in this order, known ones as they are; the tiles that are new."""
        before, self.tiles = self.tiles, []
        fresh = []
        for name in names:
            tile = next((one for one in before if one.is_named(name) and one not in self.tiles), None)
            if tile is None:
                tile = self._make(name)
                fresh.append(tile)
            tile.name = name
            self.tiles.append(tile)
        focused = next((at for at, one in enumerate(before) if one.hasFocus()), None)
        self._lay(before)
        self.name_tiles()
        if focused is not None and self.tiles and not any(one.hasFocus() for one in self.tiles):
            self.focus(self.tiles[min(focused, len(self.tiles) - 1)])
        return fresh

    def name_tiles(self) -> None:
        """Say each tile's place anew."""
        for number, tile in enumerate(self.tiles, 1):
            tile.call_it(self._label, number, len(self.tiles))
        self._rove(next((one for one in self.tiles if one.hasFocus()), self.tiles[0] if self.tiles else None))

    def focus(self, tile: Tile) -> None:
        """Put the focus on a tile."""
        self._rove(tile)
        tile.setFocus(Qt.FocusReason.OtherFocusReason)

    def _make(self, name: str) -> Tile:
        tile = Tile(name)
        tile.clicked.connect(lambda: self.opened.emit(tile))
        tile.remove_requested.connect(lambda: self.remove_requested.emit(tile))
        tile.stepped.connect(lambda by: self._step(tile, by))
        return tile

    def _lay(self, before: Sequence[Tile]) -> None:
        while self._flow.takeAt(0) is not None:
            pass
        for tile in self.tiles:
            self._flow.addWidget(tile)
            tile.show()
        for tile in before:
            if tile not in self.tiles:
                tile.hide()
                tile.deleteLater()
        self._flow.invalidate()
        self.updateGeometry()

    def _step(self, tile: Tile, by: int) -> None:
        if tile in self.tiles:
            self.focus(self.tiles[(self.tiles.index(tile) + by) % len(self.tiles)])

    def _rove(self, target: Tile | None) -> None:
        for tile in self.tiles:
            tile.setFocusPolicy(Qt.FocusPolicy.StrongFocus if tile is target else Qt.FocusPolicy.ClickFocus)
