"""Photos for the whole window: files are taken in off the UI thread, made small behind it, and told of when done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, Qt, Signal, Slot
from PySide6.QtGui import QImage, QImageWriter
from shiboken6 import isValid

from gridworker.errors import AppError
from gridworker.operations import photos
from gridworker.operations.changes import NOTHING
from gridworker.operations.photo_work import PhotoWork
from gridworker.operations.photos import Finished, PendingPhoto, Photo
from gridworker.operations.session import Session
from ui.jobs import LONG, Jobs

# A lane of its own: forty megabytes are taken in while a record is saved.
_LANE = "photos"


@dataclass(frozen=True)
class Shown:
    """A photo as a form shows it; `image` is its small picture, null while there is none."""

    photo: Photo
    image: QImage


class PhotoService(QObject):
    """Begins with the unlocked window and ends before its home is closed."""

    told = Signal(object)
    """Finished: a photo ended either way."""
    _arrived = Signal(object)

    def __init__(self, session: Session, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._jobs = session, jobs
        self._work: PhotoWork | None = None
        # Queued to a bound method of this object, so that everything is told in the UI thread.
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def start(self) -> None:
        """Finish what earlier runs left, and take away what no record names any more."""
        if self._work is None:
            self._work = PhotoWork(self._session, self._hear)
            self._jobs.call(photos.sweep, self._session, failed=self._say_failure, owner=self, lane=LONG)

    def close(self) -> None:
        """Stop; what is not finished waits for the next start."""
        work, self._work = self._work, None
        if work is not None:
            work.close()

    def take(
        self, source: Path | QImage, done: Callable[[PendingPhoto], object],
        failed: Callable[[AppError], object], *, owner: QObject,
    ) -> None:  # fmt: skip
        """Take a file or a picture from the clipboard in; a record may name it as soon as `done` heard its id."""
        session = self._session

        def begin(_progress: object, _cancelled: object) -> PendingPhoto:
            if isinstance(source, QImage):
                return photos.begin_data(session, _as_png(source))
            return photos.begin(session, source)

        def begun(photo: PendingPhoto) -> None:
            if self._work is not None:
                self._work.wake()
            if isValid(owner):
                done(photo)

        self._jobs.run(begin, begun, owner=self, failed=lambda error: isValid(owner) and failed(error), lane=_LANE)

    def look(self, names: list[str], heard: Callable[[dict[str, Shown]], object], *, owner: QObject) -> None:
        """Tell how photos stand, with their small pictures."""
        session = self._session

        def read(_progress: object, _cancelled: object) -> dict[str, Shown]:
            found = photos.look(session, names)
            return {name: Shown(photo, _small_picture(session, photo)) for name, photo in found.items()}

        self._jobs.run(read, heard, owner=owner, failed=self._say_failure, lane=_LANE)

    def read(
        self, blob: str, heard: Callable[[QImage], object], failed: Callable[[AppError], object], *, owner: QObject
    ) -> None:
        """Tell the whole picture of a photo."""
        session = self._session
        self._jobs.run(
            lambda _progress, _cancelled: QImage.fromData(photos.read(session, blob)),
            heard, owner=owner, failed=failed, lane=_LANE,
        )  # fmt: skip

    def read_small(
        self, blob: str, heard: Callable[[QImage], object], failed: Callable[[AppError], object], *, owner: QObject
    ) -> None:
        """Tell the small picture, which is all that can be shown of a document."""
        session = self._session
        self._jobs.run(
            lambda _progress, _cancelled: QImage.fromData(photos.thumb(session, blob)),
            heard, owner=owner, failed=failed, lane=_LANE,
        )  # fmt: skip

    def save_file(
        self, blob: str, path: Path, done: Callable[[], object], failed: Callable[[AppError], object], *, owner: QObject
    ) -> None:
        """Write a photo where the person said."""
        self._jobs.call(
            photos.save_file, self._session, blob, path, done=lambda _nothing: done(), owner=owner, failed=failed
        )

    def retry(self, name: str) -> None:
        """Another attempt at a photo that was given up for want of memory."""
        self._jobs.call(
            photos.retry, self._session, name, done=self._deliver, owner=self, failed=self._say_failure, lane=LONG
        )

    def tell(self, problem: str) -> None:
        """Say above the page what went wrong with a photo that is in no form any more."""
        self.told.emit(Finished("", "", problem, NOTHING))

    def _hear(self, finished: Finished) -> None:
        # Called on the thread that makes photos small.
        if isValid(self):
            self._arrived.emit(finished)

    @Slot(object)
    def _deliver(self, finished: Finished) -> None:
        self.told.emit(finished)

    def _say_failure(self, error: AppError) -> None:
        self.tell(error.sentence())


def _as_png(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(buffer.data().data())


def _small_picture(session: Session, photo: Photo) -> QImage:
    if not photo.blob:
        return QImage()
    try:
        return QImage.fromData(photos.thumb(session, photo.blob))
    except AppError:
        # The tile says that there is no picture; the record is none the worse.
        return QImage()
