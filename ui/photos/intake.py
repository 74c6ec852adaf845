"""Photos on their way into a field: each goes by a mark until it has a name, and what was pressed meanwhile waits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtGui import QImage

from gridworker.errors import AppError
from gridworker.operations.photos import PendingPhoto
from ui.photos.service import PhotoService

Source = Path | QImage
_TAKING = "taking:"
_LOST = "刚才选的照片还没收进来就换了记录，没有添加。请回到那条记录重新添加。"


class Intake(QObject):
    """Takes files and pictures in for one editor; forgets them when it turns to another record."""

    arrived = Signal(str, object)
    """(mark, PendingPhoto): the photo goes by its own name from now on."""
    refused = Signal(object, str)
    """(what was not taken in, why in one sentence)."""

    def __init__(self, service: PhotoService, parent: QObject) -> None:
        super().__init__(parent)
        self._service = service
        self.marks: list[str] = []
        self._taken = 0
        self._turn = 0
        self._then: list[Callable[[], object]] = []

    def take(self, sources: Sequence[Source]) -> None:
        """Begin to take them in."""
        for source in sources:
            self._taken += 1
            mark = f"{_TAKING}{self._taken}"
            self.marks.append(mark)
            self._service.take(
                source, partial(self._begun, mark, self._turn), partial(self._refused, mark, source), owner=self
            )

    def forget(self) -> None:
        """Another record is shown: what is still on its way was for the one before."""
        self._turn += 1
        self.marks.clear()
        self._then.clear()

    def then(self, act: Callable[[], object]) -> None:
        """Do something when all of them have come, and not at all when one is refused."""
        self._then.append(act)

    def _begun(self, mark: str, turn: int, photo: PendingPhoto) -> None:
        if turn != self._turn:
            self._service.tell(_LOST)
            return
        self.marks.remove(mark)
        self.arrived.emit(mark, photo)
        if not self.marks:
            acts, self._then = self._then, []
            for act in acts:
                act()

    def _refused(self, mark: str, source: Source, error: AppError) -> None:
        if mark not in self.marks:
            return
        self.marks.remove(mark)
        # What was pressed meanwhile waits until the person has read this.
        unsaved, self._then = bool(self._then), []
        which = f"“{source.name}”：" if isinstance(source, Path) else ""
        again = "这条记录还没有保存，请再按一次。" if unsaved else ""
        self.refused.emit(source, f"{which}{error.sentence()}{again}")


def sources_in(data: QMimeData | None) -> list[Source]:
    """The files or the picture that were dropped or copied."""
    if data is None:
        return []
    files: list[Source] = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    if files or not data.hasImage():
        return files
    image = data.imageData()
    return [image] if isinstance(image, QImage) and not image.isNull() else []
