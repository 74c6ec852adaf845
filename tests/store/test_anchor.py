"""The anchor outside the database: saves that vanish from the file are missed, and nothing is touched before."""

from __future__ import annotations

import hashlib
import secrets
import shutil
from pathlib import Path

import pytest

from gridworker.store import anchor, audit, drafts, saving
from gridworker.store.backup import copy_into
from gridworker.store.driver import connect
from gridworker.store.query import Query
from gridworker.store.safety_errors import ForeignHistory, OldCopy, VanishedSaves
from gridworker.store.store import Store
from tests.store.samples import WORKER, household

FRAME, HEADER = 4096 + 24, 32


def _save(store: Store, count: int = 1) -> None:
    for _ in range(count):
        store.write(lambda tx: saving.save(tx, None, household(), actor_id=WORKER))


def _left_by_a_kill(home: Path, copy: Path) -> Path:
    """The files as a killed program leaves them: the log is not folded into the database."""
    copy.mkdir()
    for name in ("gridworker.db", "gridworker.db-wal", "anchor.dat"):
        shutil.copyfile(home / name, copy / name)
    return copy


def _flip(path: Path, place: int, bit: int = 1) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= bit
    path.write_bytes(data)


def _fingerprint(folder: Path) -> dict[str, str]:
    names = ("gridworker.db", "gridworker.db-wal", "anchor.dat")
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}


@pytest.fixture
def killed(home: Path, data_key: bytes, tmp_path: Path) -> Path:
    """A home whose program was killed after fifty saves, none of them folded into the database yet."""
    Store.create(home, data_key).close()
    store = Store.open(home, data_key)
    store.write(lambda tx: tx.sql("PRAGMA wal_autocheckpoint=0"))
    _save(store, 50)
    left = _left_by_a_kill(home, tmp_path / "killed")
    store.close()
    return left


def test_a_killed_home_opens_with_everything(killed, data_key):
    """What a kill leaves behind is no alarm."""
    store = Store.open(killed, data_key)
    with store.read() as tx:
        assert tx.count(Query("household")) == 50
    store.close()


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.9])
def test_a_flip_in_the_log_that_drops_saves_is_missed(killed, data_key, share):
    """SQLite opens such a file without a word; here the opening is refused, and no byte of it is touched."""
    log = killed / "gridworker.db-wal"
    frames = (log.stat().st_size - HEADER) // FRAME
    _flip(log, HEADER + int(frames * share) * FRAME + 500)
    before = _fingerprint(killed)
    for _ in range(2):
        with pytest.raises(VanishedSaves) as raised:
            Store.open(killed, data_key)
    assert "步" in raised.value.title
    assert _fingerprint(killed) == before


def test_a_flip_in_the_head_of_the_log_is_missed(killed, data_key):
    """A log whose first bytes are wrong is ignored as a whole; all it held is missed."""
    _flip(killed / "gridworker.db-wal", 18)
    with pytest.raises(VanishedSaves) as raised:
        Store.open(killed, data_key)
    assert "50" in raised.value.title


def test_a_lost_log_is_missed(killed, data_key):
    """A log that somebody cleaned away is missed too."""
    (killed / "gridworker.db-wal").unlink()
    with pytest.raises(VanishedSaves):
        Store.open(killed, data_key)


def test_a_vanished_draft_is_missed(home, data_key, tmp_path):
    """A draft adds no link to the audit; dropped by a flip behind the last save it is told all the same."""
    store = Store.create(home, data_key)
    store.write(lambda tx: tx.sql("PRAGMA wal_autocheckpoint=0"))
    _save(store, 3)
    for text in ("第一稿", "第二稿"):
        store.write(lambda tx, text=text: drafts.put_draft(tx, "visit:new", "visit", {"content": text}))
    killed = _left_by_a_kill(home, tmp_path / "killed")
    store.close()
    log = killed / "gridworker.db-wal"
    frames = (log.stat().st_size - HEADER) // FRAME
    _flip(log, HEADER + (frames - 1) * FRAME + 500)
    before = _fingerprint(killed)
    with pytest.raises(VanishedSaves) as raised:
        Store.open(killed, data_key)
    assert "最后 1 次草稿" in raised.value.title
    assert _fingerprint(killed) == before


def test_a_copy_that_lacks_only_a_draft_is_told(home, data_key, store, tmp_path):
    """An old copy with every link of the audit is still an old copy."""
    _save(store)
    reader = connect(home / "gridworker.db", data_key, readonly=True)
    copy_into(reader, tmp_path / "old.db", data_key)
    reader.close()
    store.write(lambda tx: drafts.put_draft(tx, "visit:new", "visit", {"content": "稿"}))
    store.close()
    shutil.copyfile(tmp_path / "old.db", home / "gridworker.db")
    with pytest.raises(OldCopy):
        Store.open(home, data_key)


def test_a_save_pays_nothing_for_the_drafts(home, data_key, store):
    """Only a commit without a link is counted by a row; a write that changed nothing is not counted at all."""
    _save(store, 2)
    store.write(lambda tx: tx.sql("SELECT 1"))
    assert anchor.read_marks(home, data_key).newest.unlinked == 0
    store.write(lambda tx: drafts.put_draft(tx, "visit:new", "visit", {"content": "稿"}))
    _save(store)
    with store.read() as tx:
        assert tx.one("SELECT value FROM counter WHERE name='commits_without_link'") == (1,)
    newest = anchor.read_marks(home, data_key).newest
    assert (newest.links, newest.unlinked) == (3, 1)


def test_an_anchor_of_the_former_form_still_guards(home, data_key, store, tmp_path):
    """Marks written before drafts were counted are believed, and the file goes on in the present form."""
    _save(store, 2)
    store.close()
    key, mark = anchor.anchor_key(data_key), anchor.read_marks(home, data_key).newest
    body = anchor._FORMER.pack(mark.links + 5, mark.incarnation, mark.hash, mark.salt, mark.at_ms)
    (home / "anchor.dat").write_bytes(body + anchor._sealed(body, key))
    with pytest.raises(VanishedSaves):
        Store.open(home, data_key)
    body = anchor._FORMER.pack(mark.links, mark.incarnation, mark.hash, mark.salt, mark.at_ms)
    (home / "anchor.dat").write_bytes(3 * (body + anchor._sealed(body, key)))
    store = Store.open(home, data_key)
    _save(store)
    store.close()
    marks = anchor.read_marks(home, data_key)
    assert (marks.newest.links, marks.bad, marks.former) == (3, 0, False)


def test_an_old_copy_of_the_file_is_told_from_a_loss(home, data_key, store, tmp_path):
    """A database copied away and laid back is an older chain; a backup of it bears another salt, and is told so."""
    _save(store, 3)
    reader = connect(home / "gridworker.db", data_key, readonly=True)
    copy_into(reader, tmp_path / "old.db", data_key)
    reader.close()
    _save(store, 4)
    store.close()
    shutil.copyfile(tmp_path / "old.db", home / "gridworker.db")
    with pytest.raises(OldCopy) as raised:
        Store.open(home, data_key)
    assert "4 步" in raised.value.title


def test_a_chain_made_anew_is_foreign(home, data_key, store):
    """As many links with other words are not those that were anchored."""
    _save(store, 5)
    store.close()
    kept = (home / "anchor.dat").read_bytes()
    store = Store.open(home, data_key)

    def forge(tx):
        tx.execute("DROP TRIGGER audit_keeps_rows")
        tx.execute("DELETE FROM audit")
        for _ in range(6):
            tx.audit("login", actor_id="w")

    store.write(forge)
    store.close()
    (home / "anchor.dat").write_bytes(kept)
    with pytest.raises(ForeignHistory):
        Store.open(home, data_key)


def test_every_commit_is_marked_before_it_is_acknowledged(home, data_key, store):
    """After each save the anchor on the disk names the newest link, also for another reader of the file."""
    for _ in range(5):
        _save(store)
        with store.read() as tx:
            head = audit.head(tx)
        newest = anchor.read_marks(home, data_key).newest
        assert newest is not None
        assert (newest.links, newest.hash) == (head.links, head.hash)


def test_a_torn_or_changed_mark_is_not_believed(home, data_key, store):
    """A cut last mark is left out, a changed one is counted, and the next save is marked in its place."""
    _save(store, 3)
    store.close()
    path = home / "anchor.dat"
    path.write_bytes(path.read_bytes()[:-5])
    newest = anchor.read_marks(home, data_key).newest
    assert newest is not None
    assert newest.links == 2
    _flip(path, 10)
    assert anchor.read_marks(home, data_key).bad == 1
    store = Store.open(home, data_key)
    _save(store)
    marks = anchor.read_marks(home, data_key)
    assert marks.newest is not None
    assert marks.newest.links == 4
    store.close()


def test_a_mark_needs_the_key(home, data_key, store):
    """Without the data key no mark passes for one of ours."""
    _save(store)
    assert anchor.read_marks(home, secrets.token_bytes(32)).newest is None


def test_a_lost_anchor_is_begun_anew(home, data_key, store):
    """A home without its anchor opens and is anchored again."""
    _save(store, 2)
    store.close()
    (home / "anchor.dat").unlink()
    Store.open(home, data_key).close()
    newest = anchor.read_marks(home, data_key).newest
    assert newest is not None
    assert newest.links == 2


def test_an_anchor_stays_small(home, data_key, store):
    """After thousands of saves the next opening keeps the newest marks only."""
    store.close()
    path = home / "anchor.dat"
    _grown(path)
    Store.open(home, data_key).close()
    assert path.stat().st_size < 200_000


def _grown(path: Path) -> None:
    path.write_bytes(bytes(anchor._SIZE) * 20_000 + path.read_bytes())


def test_an_anchor_that_cannot_be_written_stops_no_save(home, data_key, store, monkeypatch):
    """A save that reached the database is acknowledged, whatever becomes of its mark; the next mark catches up."""
    _save(store)
    with monkeypatch.context() as patched:
        patched.setattr(anchor.os, "write", _full)
        _save(store)
    newest = anchor.read_marks(home, data_key).newest
    assert newest is not None
    assert newest.links == 1
    _save(store)
    newest = anchor.read_marks(home, data_key).newest
    assert newest is not None
    assert newest.links == 3


def _full(_handle: int, _data: bytes) -> int:
    raise OSError(28, "full")
