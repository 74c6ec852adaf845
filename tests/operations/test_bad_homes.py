"""Homes as they go wrong in the world, each opened the way a person opens one: told in her words, and left as it is."""

from __future__ import annotations

import ctypes
import hashlib
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gridworker.errors import KnownError
from gridworker.identity import new_id
from gridworker.operations import backups, browse, recovering, timeline
from gridworker.operations import session as sessions
from gridworker.operations.save import save
from gridworker.operations.session import Session
from gridworker.store import audit, errors, home, outbox, reference_data
from gridworker.store import backup as files
from gridworker.store.safety_errors import OldCopy, OnlyBackups, VanishedSaves
from tests.operations.conftest import PASSPHRASE

NOBODY = 65_534
_PATIENCE = 60
STRANGE = "我的 台账 #1 100% 😀🏠"
FLAT = {"compound_name": "海棠苑", "building_no": "3", "unit_no": "2", "tenure_code": "自住"}

pytestmark = pytest.mark.usefixtures("cheap_keys")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A closed home with some work in it, in a folder as people name theirs."""
    return _home(tmp_path / STRANGE)


def _home(place: Path, passphrase: str = PASSPHRASE) -> Path:
    session, _code = sessions.start(place, passphrase)
    for room in ("101", "102"):
        _flat(session, room)
    session.close()
    return place


def _flat(session: Session, room: str, told_on: str = "2026-01-05") -> str:
    return save(session, "household", {**FLAT, "room_no": room, "notice_given_on": told_on}).record.id


def _seen(place: Path) -> dict[str, str]:
    """What lies in a home, but for what every opening writes: its lock, and the count of tries."""
    kept = (path for path in place.rglob("*") if path.is_file() and path.name not in ("lock", "tries.json", "tries"))
    return {str(path.relative_to(place)): hashlib.sha256(path.read_bytes()).hexdigest() for path in kept}


def _empty(path: Path, _other: Path) -> None:
    path.write_bytes(b"")


def _cut(path: Path, _other: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _gone(path: Path, _other: Path) -> None:
    path.unlink()


def _swapped(path: Path, other: Path) -> None:
    shutil.copyfile(other / path.name, path)


@pytest.mark.parametrize(
    "words", ["另外 四个 别的 词语", PASSPHRASE], ids=["another passphrase", "the same passphrase"]
)
@pytest.mark.parametrize(
    ("name", "damage", "kind"),
    [
        ("gridworker.db", _empty, errors.DamagedDatabase),
        ("gridworker.db", _cut, errors.DamagedDatabase),
        ("gridworker.db", _gone, errors.MissingDatabase),
        ("gridworker.db", _swapped, errors.SwappedSidecar),
        ("keys.json", _empty, errors.DamagedSidecar),
        ("keys.json", _cut, errors.DamagedSidecar),
        ("keys.json", _gone, errors.MissingSidecar),
        ("keys.json", _swapped, errors.SwappedSidecar),
    ],
)
def test_damage_is_told_as_what_it_is_and_left_alone(
    place: Path,
    tmp_path: Path,
    name: str,
    damage: Callable[[Path, Path], None],
    kind: type[KnownError],
    words: str,
) -> None:
    """Empty, cut, gone or of another home: its own error with what is safe and what to do; no byte changes, twice."""
    other = _home(tmp_path / "别人的", words)
    damage(place / name, other)
    before = _seen(place)
    for _ in range(2):
        with pytest.raises(errors.StoreError) as raised:
            sessions.unlock(place, PASSPHRASE)
        assert type(raised.value) is kind
        assert raised.value.safe
        assert raised.value.action
    assert sessions.exists(place)
    assert _seen(place) == before


def test_a_home_of_which_only_backups_are_left_is_not_begun_anew(place: Path) -> None:
    """Ledger and key file gone: neither the lock nor a first start makes anything; recovery brings the backup back."""
    session = sessions.unlock(place, PASSPHRASE)
    backups.make(session)
    session.close()
    for path in [*place.glob("gridworker.db*"), place / "keys.json", place / "anchor.dat"]:
        path.unlink()
    assert sessions.exists(place)
    with pytest.raises(OnlyBackups):
        sessions.unlock(place, PASSPHRASE)
    with pytest.raises(OnlyBackups):
        sessions.start(place, "一个 新的 台账 口令")
    assert recovering.recover(place, PASSPHRASE).complete
    session = sessions.unlock(place, PASSPHRASE)
    assert len(browse.listing(session, browse.Query("household"))) == 2
    session.close()


OPEN = """
import sys
from pathlib import Path
from tests.operations.test_bad_homes import opening
print(opening(Path(sys.argv[1])))
"""


def opening(place: Path) -> str:
    """How opening a home ends, in one word."""
    try:
        sessions.unlock(place, PASSPHRASE).close()
    except KnownError as told:
        return type(told).__name__
    return "opened"


def _opening_as_somebody(place: Path) -> str:
    """The same by a user whom modes hinder: whoever may do anything becomes somebody else for it."""
    if os.geteuid() != 0:
        return opening(place)
    for path in (place, *place.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    for folder in place.parents:
        if folder.is_relative_to(tempfile.gettempdir()) and folder != Path(tempfile.gettempdir()):
            folder.chmod(folder.stat().st_mode | 0o011)
    # Python's own files may be out of reach for somebody else: all that opening a home takes is read before.
    warm = place.with_name("warm")
    shutil.copytree(place, warm)
    for path in (warm, *warm.rglob("*")):
        path.chmod(0o755)
    opening(warm)
    hear, tell = multiprocessing.get_context("fork").Pipe(duplex=False)

    def attempt() -> None:
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        # The second try must meet the same, and not a home that the first one still holds.
        tell.send(" ".join(dict.fromkeys((opening(place), opening(place)))))

    child = multiprocessing.get_context("fork").Process(target=attempt)
    child.start()
    # With this end shut, a child that ends without a word is heard at once.
    tell.close()
    try:
        said = hear.recv() if hear.poll(_PATIENCE) else "no answer"
    except EOFError:
        said = "ended without an answer"
    child.join(_PATIENCE)
    child.kill()
    return str(said)


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps the right to write in lists, not in modes.")
@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("gridworker.db",), "ReadOnlyHome"),
        (("keys.json",), "opened"),
        ((".",), "ReadOnlyHome"),
        (("gridworker.db", "keys.json", "lock", "anchor.dat", "."), "ReadOnlyHome"),
    ],
    ids=["ledger", "key file", "folder", "everything"],
)
def test_what_may_not_be_written_is_said(place: Path, names: tuple[str, ...], said: str) -> None:
    """A write-protected ledger or folder is refused calmly, a write-protected key file opens; nothing is changed."""
    for name in names:
        (place / name).chmod(0o555 if name == "." else 0o444)
    before = _seen(place)
    assert _opening_as_somebody(place) == said
    place.chmod(0o755)
    if said != "opened":
        after = _seen(place)
        # The marks may be said once more, where their own file may be written.
        assert {name: after.get(name) for name in before if name != "anchor.dat"} == {
            name: text for name, text in before.items() if name != "anchor.dat"
        }


def test_a_home_that_is_refused_after_it_opened_leaves_nothing_in_force(place: Path, monkeypatch) -> None:
    """Its code tables and calendars go with it: the next home to be closed would have put them in force again."""

    def refused(*_given: object) -> None:
        raise errors.ReadOnlyHome

    monkeypatch.setattr(sessions, "_note_login", refused)
    before = list(reference_data._opened)
    assert opening(place) == "ReadOnlyHome"
    assert reference_data._opened == before


def test_two_programs_on_one_home(place: Path) -> None:
    """The second is told that the first has it, for as long as it has it."""
    first = sessions.unlock(place, PASSPHRASE)
    ended = subprocess.run(
        [sys.executable, "-c", OPEN, str(place)], capture_output=True, text=True, check=False,
        timeout=120,
    )  # fmt: skip
    assert ended.stdout.strip() == "AlreadyOpen", ended.stderr
    with pytest.raises(errors.AlreadyOpen):
        sessions.unlock(place, PASSPHRASE)
    _flat(first, "103")
    first.close()
    sessions.unlock(place, PASSPHRASE).close()


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs", "9p"])
def test_a_home_on_a_network_drive_is_refused_with_the_reason(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """By the table of mounts of the system: neither opened nor begun, and no file made."""
    if os.name == "nt":
        pytest.skip("Windows asks the drive.")
    blank = str(tmp_path).replace(" ", r"\040")
    table = tmp_path.parent / f"{tmp_path.name}-mounts"
    table.write_text(f"/dev/sda1 / ext4 rw 0 0\nserver:/x {blank} {kind} rw 0 0\n")
    real = Path.read_text

    def read(path: Path, *given: object, **more: object) -> str:
        return real(table if str(path) == "/proc/self/mounts" else path, *given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "read_text", read)
    before = _seen(place)
    for attempt in (lambda: sessions.unlock(place, PASSPHRASE), lambda: sessions.start(tmp_path / "新", PASSPHRASE)):
        with pytest.raises(errors.NotLocalDisk) as raised:
            attempt()
        assert "网络盘" in raised.value.title
    assert _seen(place) == before
    assert not (tmp_path / "新").exists()


@pytest.mark.parametrize("drive", [2, 3, 4])
def test_windows_is_asked_for_the_kind_of_drive(monkeypatch: pytest.MonkeyPatch, drive: int) -> None:
    """A letter that stands for a share is told by the system (4), disks and sticks are not; UNC needs no asking."""
    asked: list[str] = []

    class Kernel:
        @staticmethod
        def GetDriveTypeW(root: str) -> int:
            asked.append(root)
            return drive

    class Libraries:
        kernel32 = Kernel

    monkeypatch.setattr(ctypes, "windll", Libraries, raising=False)
    monkeypatch.setattr(home.sys, "platform", "win32")
    assert home._is_remote_windows(Path("/data")) is (drive == 4)
    assert asked == [Path("/data").absolute().anchor]

    class Share(type(Path())):  # type: ignore[misc]
        def absolute(self) -> str:
            return "\\\\server\\share\\台账"

    assert home._is_remote_windows(Share("x"))


def test_a_clock_set_back_ten_years_breaks_nothing(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Saves, their order, the audit and the backups go on; ids do not run backwards, and a check tells of the clock."""
    session = sessions.unlock(place, PASSPHRASE)
    backups.make(session)
    first = _flat(session, "201")
    session.close()
    past = datetime.now(UTC) - timedelta(days=3650)
    back = timedelta(days=3650).total_seconds()
    real, real_ns = time.time, time.time_ns
    monkeypatch.setattr(time, "time", lambda: real() - back)
    monkeypatch.setattr(time, "time_ns", lambda: real_ns() - int(back) * 10**9)
    # As in a program that has just been started.
    monkeypatch.setattr(new_id, "last", 0)
    session = sessions.unlock(place, PASSPHRASE, now=lambda: past)
    second = _flat(session, "202", "2010-01-05")
    # A day that was right when it was saved is no reason to refuse; one that is typed now is.
    saved = save(session, "household", {"remark": "后来"}, record_id=first)
    assert "时钟" in saved.warnings[0].message
    with pytest.raises(KnownError):
        save(session, "household", {"notice_given_on": "2026-01-06"}, record_id=first)
    assert second > first
    assert [step.details != () for step in timeline.timeline(session, first)][:1] == [True]
    with session.store.read() as tx:
        assert audit.verify(tx).ok
        ops = outbox.read_ops(tx, "ORDER BY seq")
        assert [op.op_id for op in ops] == sorted(op.op_id for op in ops)
        assert [op.n for op in ops] == sorted(op.n for op in ops)
    assert backups.due(session) == "start"
    for _ in range(3):
        backups.make(session)
    kept = files.listing(place / "backups")
    assert [one.number for one in kept] == sorted((one.number for one in kept), reverse=True)
    assert kept[0].number == 4
    assert kept[0].at.year == past.year
    assert backups.due(session) is None
    said = [one for one in recovering.verify(session) if one.name == "时钟"]
    assert said == [] or "早了" in said[0].text
    assert all(one.ok is not False for one in recovering.verify(session))
    session.close()
    with pytest.raises(errors.WrongPassphrase):
        sessions.unlock(place, "猜的")
    sessions.unlock(place, PASSPHRASE, now=lambda: past).close()


def test_an_old_copy_of_the_whole_ledger_is_told(place: Path, tmp_path: Path) -> None:
    """The file of yesterday laid back by hand: told as an old copy or as lost saves, and not opened."""
    yesterday = (place / "gridworker.db").read_bytes()
    session = sessions.unlock(place, PASSPHRASE)
    _flat(session, "301")
    session.close()
    (place / "gridworker.db").write_bytes(yesterday)
    before = _seen(place)
    with pytest.raises((OldCopy, VanishedSaves)) as raised:
        sessions.unlock(place, PASSPHRASE)
    assert "步" in raised.value.title
    assert _seen(place) == before


@pytest.mark.parametrize(
    ("set_as", "typed"),
    [
        (unicodedata.normalize("NFC", "é" * 200), unicodedata.normalize("NFD", "é" * 200)),
        (unicodedata.normalize("NFD", "ế한글" * 66), unicodedata.normalize("NFC", "ế한글" * 66)),
        ("网格１２３ＡＢＣ" * 22, "网格123ABC" * 22),
        ("ｶﾞｷﾞ" * 50, "ガギ" * 50),
        ("𠮷😀ئۇ ก็" * 25, "𠮷😀ئۇ ก็" * 25),
    ],
    ids=["composed", "decomposed", "full width", "half width", "many scripts"],
)
def test_two_hundred_characters_typed_on_another_keyboard(tmp_path: Path, set_as: str, typed: str) -> None:
    """However a keyboard composes what looks the same, it opens; another word of the same length does not."""
    session, _code = sessions.start(tmp_path / "家", set_as)
    session.close()
    sessions.unlock(tmp_path / "家", typed).close()
    with pytest.raises(errors.WrongPassphrase):
        sessions.unlock(tmp_path / "家", typed[:-1] + "x")
