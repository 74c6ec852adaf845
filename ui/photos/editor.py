"""The editor of photos and documents: tiles, 添加照片, drop and paste; a record is saved without waiting for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gridworker.imaging.refusal import DOCUMENT_LIMIT, FILE_LIMIT, MEGABYTE
from gridworker.ledger.facts import Value
from gridworker.ledger.field import Field
from gridworker.operations.photos import FAILED, FIELD_LIMIT, Finished, PendingPhoto
from ui import dialogs
from ui.editor import Choices, Editor
from ui.photos.intake import Intake, Source, sources_in
from ui.photos.service import PhotoService, Shown
from ui.photos.tile import Tile
from ui.photos.tray import Tray
from ui.photos.viewer import Sight, Viewer
from ui.widgets.buttons import button, enable
from ui.widgets.states import Banner
from ui.widgets.texts import label, restyle
from ui.widgets.undo_strip import UndoStrip

_KINDS = "照片和 PDF (*.jpg *.jpeg *.png *.webp *.bmp *.gif *.tif *.tiff *.heic *.pdf);;所有文件 (*)"
_LIMITS = (
    f"照片每张 {FILE_LIMIT // MEGABYTE} MB 以内，PDF {DOCUMENT_LIMIT // MEGABYTE} MB 以内。"
    "照片会自动缩小，拍摄地点等信息会去掉。"
)


class FilesEditor(Editor):
    """Photos by the names a record has for them: an address, or a passing id while they are made small."""

    wide = True

    def __init__(self, field: Field, choices: Choices | None = None, service: PhotoService | None = None) -> None:
        super().__init__(field, choices)
        self._service = service
        self._intake = Intake(service, self) if service is not None else None
        self._names: list[str] = []
        self._removed: list[tuple[int, str]] = []
        self._viewer: Viewer | None = None
        self.setObjectName("photos")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAcceptDrops(service is not None)
        self.tray, self.banner, self.strip = Tray(field.label), Banner(), UndoStrip()
        self._failure = ""
        self._build()
        if service is not None and self._intake is not None:
            service.told.connect(self._hear)
            self._intake.arrived.connect(self._arrived)
            self._intake.refused.connect(self._refused)

    # -- what a form asks

    def raw(self) -> str:
        return "、".join(self._names)

    def set_raw(self, raw: str) -> None:
        self.set_value([part for part in raw.split("、") if part])

    def set_value(self, value: Value, shown: str = "") -> None:
        names = list(value) if isinstance(value, list) else []
        if self._viewer is not None and not self._shows(names):
            self._viewer.leave()
        self._names = names
        self._removed.clear()
        self.strip.hide()
        self._lay()
        self._look([tile.name for tile in self.tray.tiles if tile.photo is None or tile.name != tile.photo.name])

    def renew(self) -> None:
        if self._intake is not None:
            self._intake.forget()
        self.banner.hide()

    def when_ready(self, then: Callable[[], object]) -> bool:
        if self._intake is not None and self._intake.marks:
            self._intake.then(then)
        return self.is_busy()

    def is_busy(self) -> bool:
        return bool(self._marks)

    def focus_target(self) -> QWidget:
        return self.add_button

    # -- what a person does

    def add(self, sources: Sequence[Source]) -> None:
        """Take files or pictures in, as many as there is room for."""
        room = max(0, FIELD_LIMIT - len(self._names) - len(self._marks))
        if not sources or self._intake is None:
            return
        self.banner.hide()
        if len(sources) > room:
            left = len(sources) - room
            self.banner.say(f"{self.field.label}最多放 {FIELD_LIMIT} 个，多出的 {left} 个没有添加。", tone="warn")
        self._intake.take(sources[:room])
        self._lay()

    def paste(self) -> None:
        """Take in what the clipboard holds."""
        self.add(sources_in(QGuiApplication.clipboard().mimeData()) or self._nothing_to_paste())

    def remove(self, tile: Tile) -> None:
        """Take a photo out of the form; 撤销 puts it back."""
        if tile.name not in self._names:
            return
        place = self._names.index(tile.name)
        self._removed.append((place, self._names.pop(place)))
        self._change()
        if not self.tray.tiles:
            self.add_button.setFocus(Qt.FocusReason.OtherFocusReason)
        self.strip.offer(f"已去掉第 {place + 1} 个，保存后生效", self.put_back)

    def put_back(self) -> None:
        """Take the last removal back."""
        if not self._removed:
            return
        place, name = self._removed.pop()
        self._names.insert(place, name)
        self.strip.hide()
        self._change()
        self._look([name])
        self.tray.focus(self.tray.tiles[place])

    def open(self, tile: Tile) -> None:
        """Show the full picture over the page."""
        if self._service is None or tile.photo is None:
            return
        sights = [Sight(one.photo, one.image) for one in self.tray.tiles if one.photo]
        viewer = Viewer(self._service, self.field.label, _page_of(self))
        viewer.closed.connect(partial(self._viewed, viewer, tile.name))
        self._viewer = viewer
        viewer.show_sights(sights, next(at for at, one in enumerate(sights) if one.photo is tile.photo))

    def _viewed(self, viewer: Viewer, name: str) -> None:
        if self._viewer is viewer:
            self._viewer = None
        tile = next((one for one in self.tray.tiles if one.is_named(name)), None)
        if tile is not None:
            self.tray.focus(tile)

    def _choose(self) -> None:
        names = dialogs.open_files(self, self.add_button.accessibleName(), _KINDS)
        self.add([Path(name) for name in names])

    def _nothing_to_paste(self) -> list[Source]:
        self.banner.say("剪贴板里没有照片。请先复制照片，或用截图工具截一张，再粘贴。")
        return []

    # -- what comes back

    @property
    def _marks(self) -> list[str]:
        return self._intake.marks if self._intake is not None else []

    def _arrived(self, mark: str, photo: PendingPhoto) -> None:
        tile = next((one for one in self.tray.tiles if one.name == mark), None)
        if tile is not None:
            tile.name = photo.id
        self._names.append(photo.id)
        self._change()
        self._look([photo.id])

    def _refused(self, source: Source, why: str) -> None:
        self.banner.say(why, tone="warn", action="再试一次", pressed=lambda: self.add([source]))
        self._lay()

    def _hear(self, finished: Finished) -> None:
        tile = next((one for one in self.tray.tiles if finished.id and one.name == finished.id), None)
        if tile is not None:
            tile.blob = finished.blob
            self._look([tile.name])

    def _look(self, names: list[str]) -> None:
        asked = [name for name in names if name in self._names]
        if asked and self._service is not None:
            self._service.look(asked, self._looked, owner=self)

    def _looked(self, found: dict[str, Shown]) -> None:
        for tile in self.tray.tiles:
            if tile.name in found:
                tile.show_as(found[tile.name])
        self.tray.name_tiles()
        self._tell_failed()

    def _tell_failed(self) -> None:
        tile = next((one for one in self.tray.tiles if one.state == FAILED), None)
        if tile is None or tile.photo is None:
            # An answer from before 重试 may have come after it and said once more what is mended by now.
            if self._failure and self.banner.accessibleName() == self._failure:
                self.banner.hide()
            self._failure = ""
            return
        text = self._failure = f"第 {self.tray.tiles.index(tile) + 1} 个没有处理成功。{tile.photo.text}"
        if tile.photo.again:
            self.banner.say(text, tone="warn", action="重试", pressed=partial(self._retry, tile))
        else:
            self.banner.say(text, tone="warn", action="去掉它", pressed=partial(self._drop, tile))

    def _retry(self, tile: Tile) -> None:
        self.banner.hide()
        tile.photo = None
        tile.update()
        if self._service is not None:
            self._service.retry(tile.name)

    def _drop(self, tile: Tile) -> None:
        self.banner.hide()
        self.remove(tile)

    # -- events

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._wants(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._wants(event):
            super().keyPressEvent(event)
        elif event.matches(QKeySequence.StandardKey.Paste):
            self.paste()
        else:
            self.put_back()

    def _wants(self, event: QKeyEvent) -> bool:
        undoes = event.matches(QKeySequence.StandardKey.Undo) and bool(self._removed)
        return undoes or (event.matches(QKeySequence.StandardKey.Paste) and self._service is not None)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if sources_in(event.mimeData()):
            event.acceptProposedAction()
            restyle(self, drop="true")

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        restyle(self, drop="false")

    def dropEvent(self, event: QDropEvent) -> None:
        restyle(self, drop="false")
        event.acceptProposedAction()
        self.add(sources_in(event.mimeData()))

    # -- inside

    def _build(self) -> None:
        text = "添加照片" if "照片" in self.field.label else "添加附件"
        self.add_button = button(text, self._choose, icon="image-plus", tip=_LIMITS)
        self._adopt(self.add_button, show=False)
        self.add_button.setAccessibleName(f"{self.field.label}：{text}")
        self.setFocusProxy(self.add_button)
        self._hint = label("", "hint", wrap=True)
        foot = QHBoxLayout()
        foot.setSpacing(10)
        foot.addWidget(self.add_button)
        foot.addWidget(self._hint, 1)
        for part in (self.tray, self.banner, self.strip):
            self._column.addWidget(part)
        self._column.addLayout(foot)
        self.tray.opened.connect(self.open)
        self.tray.remove_requested.connect(self.remove)
        self._lay()

    def _change(self) -> None:
        self._lay()
        self.edited.emit()
        # There is no leaving a field that nobody types into; its draft is kept at once.
        self.left.emit()

    def _lay(self) -> None:
        for tile in self.tray.show_names([*self._names, *self._marks]):
            tile.installEventFilter(self)
        self.tray.setVisible(bool(self.tray.tiles))
        count = len(self.tray.tiles)
        self._hint.setText(
            f"{count} 个，最多 {FIELD_LIMIT} 个" if count else f"最多 {FIELD_LIMIT} 个，可以拖进来或粘贴"
        )
        full = count >= FIELD_LIMIT
        enable(
            self.add_button, on=self._service is not None and not full,
            why_not=f"最多放 {FIELD_LIMIT} 个，已经满了。" if full else "这里只能看，不能添加。",
        )  # fmt: skip

    def _shows(self, names: Sequence[str]) -> bool:
        tiles = self.tray.tiles
        return len(names) == len(tiles) and all(map(Tile.is_named, tiles, names))


def _page_of(widget: QWidget) -> QWidget:
    """The page a widget is in, or its window."""
    above = widget.parentWidget()
    while above is not None and above.objectName() != "page":
        above = above.parentWidget()
    return above or widget.window()
