"""A full disk: the save says so and what to do, the ballast lets her finish, nothing acknowledged is lost."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest

from gridworker.errors import KnownError
from gridworker.imaging.made import PHOTO, Made
from gridworker.operations import recovering
from gridworker.operations import session as sessions
from gridworker.operations.session import Session
from gridworker.store import anchor, audit, ballast, saving
from gridworker.store.driver import connect
from gridworker.store.errors import DiskFull, DiskTrouble
from gridworker.store.query import Query
from gridworker.store.safety_errors import NoRoomForBackup
from gridworker.store.store import Store
from tests.store.samples import WORKER, household

PASSPHRASE = "四个 不相干 的词 连起来"


class Disk:
    """A small disk that can be filled to the last byte; a real one where this user may mount, else a pretended one."""

    def __init__(self, folder: Path, *, real: bool) -> None:
        self.folder = folder
        self.real = real
        self._filler = folder / "filler"

    def fill(self, session: Session | None = None) -> None:
        """Leaves no room."""
        if not self.real:
            assert session is not None
            pages = session.store.write(lambda tx: tx.sql("PRAGMA page_count")[0][0])
            session.store.write(lambda tx: tx.sql(f"PRAGMA max_page_count={pages}"))
            return
        with self._filler.open("ab", buffering=0) as file:
            for size in (1 << 20, 1 << 12, 1):
                with suppress(OSError):
                    while file.write(bytes(size)) == size:
                        pass

    def empty(self, session: Session | None = None) -> None:
        """There is room again."""
        self._filler.unlink(missing_ok=True)
        if not self.real and session is not None:
            session.store.write(lambda tx: tx.sql("PRAGMA max_page_count=1073741823"))


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """Twenty megabytes."""
    folder = tmp_path / "小盘"
    folder.mkdir()
    mounted = False
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command = ["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", str(folder)]
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    yield Disk(folder, real=mounted)
    if mounted:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def session(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """A home on the small disk, with a ballast that suits it."""
    monkeypatch.setattr(ballast, "_ROOM", 5 << 20)
    monkeypatch.setattr(ballast, "SIZE", 2 << 20)
    opened, _code = sessions.start(disk.folder / "家", PASSPHRASE)
    assert ballast.Ballast(opened.home).lay()
    yield opened
    opened.close()


def _save(store: Store, *, long: int = 10) -> str:
    record = household(remark="长" * long)
    store.write(lambda tx: saving.save(tx, None, record, actor_id=WORKER))
    return record.id


def _save_until_full(store: Store) -> tuple[set[str], DiskFull]:
    kept: set[str] = set()
    while True:
        try:
            kept.add(_save(store, long=20_000))
        except DiskFull as told:
            return kept, told


def _ids(store: Store) -> set[str]:
    with store.read() as tx:
        assert audit.verify(tx).ok
        return {row[0] for row in tx.sql("SELECT id FROM household WHERE deleted=0")}


def test_the_ballast_lets_her_finish(disk, session):
    """The first save that does not fit fails in words and frees the ballast; the very next one goes through."""
    before = _save(session.store)
    disk.fill(session)
    kept, told = _save_until_full(session.store)
    assert told.title
    assert "之前保存的都在" in told.safe
    assert "现在再做一次" in told.action
    assert not ballast.Ballast(session.home).laid
    if not disk.real:
        disk.empty(session)
    finished = _save(session.store)
    assert _ids(session.store) == {before, finished, *kept}


def test_without_a_ballast_nothing_acknowledged_is_lost(disk, session):
    """A full disk refuses save after save, keeps every acknowledged one, and takes the next when there is room."""
    ballast.Ballast(session.home).release()
    before = _save(session.store)
    disk.fill(session)
    kept, told = _save_until_full(session.store)
    assert "再做一次" in told.action
    for _ in range(3):
        with suppress(DiskFull):
            kept.add(_save(session.store))
    assert _ids(session.store) == {before, *kept}
    disk.empty(session)
    again = _save(session.store)
    assert _ids(session.store) == {before, again, *kept}
    with session.store.read() as tx:
        head = audit.head(tx)
    newest = anchor.read_marks(session.home, session.store.lend_key()).newest
    assert newest is not None
    assert newest.links == head.links


def test_the_program_starts_on_a_full_disk(disk, session):
    """With not a byte left the home opens, shows everything and finds everything; saving says why it cannot."""
    before = _save(session.store)
    ballast.Ballast(session.home).release()
    disk.fill(session)
    kept, _told = _save_until_full(session.store)
    session.close()
    if disk.real:
        disk.fill()
    again = sessions.unlock(session.home, PASSPHRASE)
    try:
        assert _ids(again.store) == {before, *kept}
        with again.store.read() as tx:
            assert tx.count(Query("household")) == len(kept) + 1
        if disk.real:
            with pytest.raises(DiskFull):
                _save(again.store, long=200_000)
        disk.empty(again)
        _save(again.store)
    finally:
        again.close()


def test_a_disk_too_full_to_open_is_told_as_full(session, monkeypatch):
    """Where the files beside the database find no room, she hears of a full disk and not of a loose USB stick."""
    home = session.home
    session.close()
    kept = ballast.Ballast(home)
    while kept.release_for_start():
        pass

    def fails(*_given):
        raise DiskTrouble

    monkeypatch.setattr("gridworker.store.store.open_file", fails)
    with pytest.raises(DiskTrouble):
        sessions.unlock(home, PASSPHRASE)
    monkeypatch.setattr("shutil.disk_usage", lambda _folder: SimpleNamespace(free=0))
    with pytest.raises(DiskFull, match="磁盘满了，台账现在打不开"):
        sessions.unlock(home, PASSPHRASE)


def test_photos_on_a_disk_too_full_to_open_them_are_not_called_damaged(session, monkeypatch):
    """The photo file finds no room for what opening makes: told as a full disk, and a check sends nobody to recover."""
    session.blobs.add(Made(PHOTO, b"jpeg", b"small", 4, 3))
    home = session.home
    session.close()

    def fails(*_given):
        connect(home / "gone" / "blobs.db", bytes(32), readonly=True)

    monkeypatch.setattr("gridworker.store.blob_file._opened", fails)
    again = sessions.unlock(home, PASSPHRASE)
    try:
        with pytest.raises(DiskTrouble):
            again.blobs  # noqa: B018 - opened when it is first asked for
        monkeypatch.setattr("shutil.disk_usage", lambda _folder: SimpleNamespace(free=0))
        with pytest.raises(DiskFull, match="磁盘满了，照片现在打不开"):
            again.blobs  # noqa: B018
        monkeypatch.setattr("gridworker.operations.backup_photos.has_photos", lambda _session: True)
        (told,) = recovering._photos(again, every_photo=False)
        assert told.ok is None
        assert "没有检查照片" in told.text
    finally:
        again.close()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_without_room_for_one_more_file_is_full(tmp_path, monkeypatch, number):
    """Bytes are left, but no files, or none for this user; what cannot be written for another reason is not full."""

    def refuse(**_given):
        raise OSError(number, "")

    assert not ballast.lacks_room(tmp_path)
    monkeypatch.setattr(ballast.tempfile, "TemporaryFile", refuse)
    assert ballast.lacks_room(tmp_path)
    number = errno.EACCES
    assert not ballast.lacks_room(tmp_path)


def test_the_ballast_helps_the_start(disk, session):
    """A start on a full disk may use up the ballast; the login is noted then."""
    _save(session.store)
    home = session.home
    session.close()
    if disk.real:
        disk.fill()
    again = sessions.unlock(home, PASSPHRASE)
    try:
        with again.store.read() as tx:
            assert tx.sql("SELECT count(*) FROM audit WHERE verb='login'")[0][0] == 1
    finally:
        again.close()


def test_a_backup_without_room_is_refused_and_keeps_the_others(disk, session, monkeypatch):
    """No room for another backup: said calmly, the ones there stay, the ledger too."""
    monkeypatch.setattr("gridworker.store.backup._MARGIN", 1 << 20)
    first = session.store.back_up("start")
    _without_room(disk, session, monkeypatch)
    with pytest.raises((NoRoomForBackup, DiskFull)) as raised:
        session.store.back_up("hourly")
    assert isinstance(raised.value, KnownError)
    assert first.database.exists()
    assert [path.name for path in (session.home / "backups").iterdir()] == [first.path.name]


def _without_room(disk: Disk, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    if disk.real:
        disk.fill()
        return
    usage: Callable[[object], object] = lambda _path: type("Usage", (), {"free": 10})()  # noqa: E731
    monkeypatch.setattr("gridworker.store.backup.shutil.disk_usage", usage)


def test_a_ballast_is_not_laid_on_a_nearly_full_disk(tmp_path, monkeypatch):
    """Where room is short already none is taken, and nothing is left behind."""
    monkeypatch.setattr(ballast.shutil, "disk_usage", lambda _path: type("Usage", (), {"free": 1000})())
    assert not ballast.Ballast(tmp_path).lay()
    assert list(tmp_path.iterdir()) == []
