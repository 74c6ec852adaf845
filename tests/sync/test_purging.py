"""A grid that was taken away is nowhere on the machine: every file of a home and its second place is read in plain."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from gridworker.identity import new_id
from gridworker.imaging.made import PHOTO, Made
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import all_ledgers
from gridworker.operations import backups, enrol, giving_up, photo_sweep, purging, recovering, sync_, waiting
from gridworker.operations import session as sessions
from gridworker.server import admin
from gridworker.store import audit, backup, blob_pack, compacting, purged, saving
from gridworker.store.batches import start_batch
from gridworker.store.blob_pack import DamagedPack, Photo, disclose, sealer
from gridworker.store.blob_vault import Vault
from gridworker.store.blobs import BLOBS_BEGUN, address_of, blob_key
from gridworker.store.drafts import list_drafts, put_draft
from gridworker.store.errors import DiskFull, StoreError
from gridworker.store.query import Query
from gridworker.store.snoozes import Snooze, put_snooze
from tests.store.plain_bytes import plain_bytes
from tests.sync.world import Server

PASSPHRASE = "四个 不相干 的词 连起来"
SECRETS = ("欧阳㛃", "15400001234", "海棠苑密", "走访密话", "退回密话", "草稿密话", "缓办密话", "密表", "旧值密话")
# As the search index has them; so few bytes may stand by chance in a file of random ones.
TOKENS = ("㛃", "ouyang")
PHOTO_MARK, ORIGINAL_MARK = b"PHOTO-OF-THE-GRID", b"ORIGINAL-OF-THE-GRID"


LONE = Photo(address_of(b"LONE"), PHOTO, 4, 3, 0, b"small", b"LONE")
"""A photo of another grid that only a broken pack still has."""

pytestmark = pytest.mark.usefixtures("cheap_keys")


class Worker:
    """Somebody with a laptop, a stick, and a grid that is going to be taken away; perhaps one more that stays."""

    def __init__(self, server: Server, folder: Path, role: str = "grid_worker") -> None:
        self.server, self.folder = server, folder
        self.grid, self.other = server.new_grid(), server.new_grid()
        self.stick = folder / "U 盘"
        self.stick.mkdir(parents=True)
        session, _code = sessions.start(folder / "家", PASSPHRASE)
        enrol.enroll(session, server.url, server.invite(self.grid, role, "甲某"))
        self.session = session
        self.actor = session.actor.id
        admin.give_post(server.database, self.actor, admin.new_post(role, self.other))
        self.key = bytes(session.store.lend_key())
        self.blob_key = blob_key(self.key)
        # What it was, after the program forgot it.
        self.home = session.home

    def write(self, ledger: str, grid: str = "", **values: object) -> str:
        workflow = all_ledgers()[ledger].workflow
        record = Record(new_id(), ledger, grid or self.grid, values, workflow.initial if workflow else "")
        self.session.store.write(lambda tx: saving.save(tx, None, record, actor_id=self.actor))
        return record.id

    def edit(self, record_id: str, **values: object) -> None:
        def work(tx):
            before = tx.find(record_id)
            saving.save(tx, before, before.with_values(values), actor_id=self.actor)

        self.session.store.write(work)

    def photo(self, mark: bytes) -> str:
        address = self.session.blobs.add(Made(PHOTO, mark + os.urandom(300), mark, 4, 3))
        self.session.store.write(lambda tx: tx.set_meta(BLOBS_BEGUN, "2026-03-05"))
        return address

    def original(self, mark: bytes) -> str:
        return self.session.blobs.originals.keep("photo", [mark + os.urandom(300)], since=0)

    def sync(self) -> str:
        return sync_.sync(self.session).text

    def take_away(self) -> None:
        for role in ("grid_worker", "community"):
            admin.give_post(self.server.database, self.actor, admin.new_post(role, self.grid, until="2020-12-31"))

    def sql(self, statement: str) -> list[tuple]:
        with self.session.store.read() as tx:
            return tx.sql(statement)

    def count(self) -> int:
        with self.session.store.read() as tx:
            return sum(tx.count(Query(key)) for key in all_ledgers())

    def told(self, *places: Path, photos: bool = False) -> set[str]:
        """The files in which something of the grid can be read, by whoever has the key; its photos too where asked."""
        found = set()
        for place in places or (self.home, self.stick):
            for path in (one for one in place.rglob("*") if one.is_file()):
                plain = self._plain(path)
                words = {word.encode() for word in SECRETS} | ({PHOTO_MARK, ORIGINAL_MARK} if photos else set())
                if path.name == "gridworker.db":
                    words |= {word.encode() for word in TOKENS}
                if any(word in plain for word in words):
                    found.add(str(path.relative_to(place.parent)))
        return found

    def _plain(self, path: Path) -> bytes:
        if path.suffix == ".db":
            return plain_bytes(path, self.blob_key if path.name == "blobs.db" else self.key)
        if path.suffix in {".pack", ".damaged"}:
            return b"".join(photo.data + photo.thumb for photo in blob_pack.scan(path, sealer(self.blob_key)))
        data = path.read_bytes()
        return data + self._opened(data) if path.parent.name == "waiting" else data

    def _opened(self, data: bytes) -> bytes:
        plain, place = b"", 0
        while place < len(data):
            length = int.from_bytes(data[place : place + 4], "big")
            try:
                plain += disclose(sealer(self.blob_key), b"original", data[place + 4 : place + 4 + length])
            except DamagedPack:
                break
            place += 4 + length
        return plain


@pytest.fixture
def worker(server: Server, tmp_path: Path) -> Iterator[Worker]:
    """Anew for each test."""
    made = Worker(server, tmp_path)
    yield made
    made.session.close()


# What a judged conflict and a first state of a record leave; how they come about is other tests' business.
_CONFLICT = (
    "INSERT INTO conflict (op_id, field, record, ledger, scope, mine, theirs, their_author, code, at)"
    " VALUES (?, 'remark', ?, 'visit', ?, '\"旧值密话\"', '\"走访密话\"', '', '', '')"
)
_BASE = (
    "INSERT INTO base (record, ledger, grid_code, body, status, revision, deleted)"
    " VALUES (?, 'visit', ?, '旧值密话', '', 1, 0)"
)


def _fill(worker: Worker) -> dict[str, str]:
    """Rows of the grid in every place a home has for them, on the laptop and the stick; and rows of the other grid."""
    session = worker.session
    household = worker.write("household", compound_name="海棠苑密", building_no="3", room_no="501", tenure_code="自住")
    person = worker.write("person", household_id=household, name="欧阳㛃", contact="15400001234")
    visit = worker.write(
        "visit", household_id=household, visited_at="2026-03-05T09:40+08:00", visit_mode="上门", met=True,
        remark="走访密话",
    )  # fmt: skip
    mine, both, waiting = worker.photo(PHOTO_MARK), worker.photo(b"BOTH"), worker.original(ORIGINAL_MARK)
    hazard = {
        "place": "海棠苑密",
        "place_type": "楼栋",
        "found_at": "2026-03-05T09:40+08:00",
        "description": "走访密话",
    }
    worker.write("hazard", **hazard, photos_before=[mine, both, waiting])
    binned = worker.write("household", compound_name="海棠苑密", building_no="4", room_no="1")
    kept = worker.write("household", worker.other, compound_name="月季园", building_no="1", room_no="101")
    worker.write(
        "hazard", worker.other, place="月季园", place_type="楼栋", photos_before=[both, worker.photo(b"OTHER")]
    )
    worker.edit(visit, remark="走访密话改过")
    session.store.write(lambda tx: saving.delete(tx, tx.find(binned), actor_id=worker.actor))
    worker.sync()
    session.store.write(lambda tx: tx.execute(_CONFLICT, (new_id(), visit, worker.grid)))
    session.store.write(lambda tx: tx.execute(_BASE, (new_id(), worker.grid)))
    session.store.write(lambda tx: put_draft(tx, f"visit:{visit}", "visit", {"remark": "草稿密话"}))
    session.store.write(
        lambda tx: put_draft(tx, "new", "visit", {"households": f'["{household}"]', "note": "草稿密话"})
    )
    session.store.write(lambda tx: put_draft(tx, "person:new", "person", {"name": "草稿密话"}))
    session.store.write(lambda tx: put_draft(tx, f"household:{kept}", "household", {"remark": "留下的草稿"}))
    session.store.write(
        lambda tx: put_snooze(tx, Snooze(f"visit:{household}", "2026-04-01", "缓办密话"), at="2026-03-05")
    )
    backups.set_second_place(session, worker.stick)
    backups.make(session, "start")
    return {"household": household, "person": person, "visit": visit, "kept": kept, "mine": mine, "both": both}


def _set_aside(worker: Worker) -> None:
    """What a recovery, a restore over a ledger and a cut-off one leave in a home."""
    made = backup.listing(worker.home / "backups")[0]
    for name in ("damaged-20260305-094000", "aside-20260305-094000", "restoring"):
        shutil.copytree(made.path, worker.home / name)
    wreck = worker.home / "damaged-20260305-094000" / "gridworker.db"
    data = bytearray(wreck.read_bytes())
    data[16:4096] = os.urandom(4080)
    wreck.write_bytes(data)
    shutil.copyfile(worker.home / "blobs.db", worker.home / "damaged-20260305-094000" / "blobs.db")
    vault = worker.home / "backups" / "photos"
    seal = sealer(worker.blob_key)
    ruin = blob_pack.Writer(vault / "000007.damaged", seal)
    for photo in (*blob_pack.scan(vault / "000001.pack", seal), LONE):
        ruin.add(photo, 0)
    ruin.finish()


def test_after_revoke_and_sync_nothing_of_the_grid_can_be_read_anywhere(worker: Worker) -> None:
    """Database, free pages, log, search, copies here and on the stick, files aside (15); photos stay and are told."""
    ids = _fill(worker)
    _set_aside(worker)
    session = worker.session
    session.store.write(lambda tx: start_batch(tx, "household", "密表.xlsx", worker.actor, {}))
    session.store.write(lambda tx: tx.execute("UPDATE outbox SET batch = (SELECT id FROM import_batch) WHERE n = 1"))
    before = worker.told(photos=True)
    for place in (
        "gridworker.db",
        "blobs.db",
        "photos/000001.pack",
        "waiting/",
        "damaged-",
        "aside-",
        "restoring",
        "U 盘",
    ):
        assert any(place in path for path in before), place
    worker.take_away()
    worker.write("person", household_id=ids["household"], name="退回密话")
    text = worker.sync()
    assert all(path.startswith("家/damaged-") for path in worker.told())
    assert "条记录已清除" in text
    assert "没有被采用的 1 步内容服务器留着" in text
    assert "没有保存的 3 份草稿也清除了" in text
    assert "只属于它的 2 张照片服务器还没有" in text
    assert "damaged-20260305-094000 里可能有没上传过的内容" in text
    assert "aside-20260305-094000 里也有它，一并清除了" in text
    assert giving_up.kept(session) == giving_up.Kept(2, ("damaged-20260305-094000",))
    # What is of the other grid is all there, and the chain of the audit holds.
    assert worker.count() == 2
    assert len(session.blobs.known([ids["both"], ids["mine"]])) == 2
    with session.store.read() as tx:
        assert audit.verify(tx).ok
        assert [draft.key for draft in list_drafts(tx)] == [f"household:{ids['kept']}"]
        assert tx.search("月季园")
    session.store.raise_if_damaged()
    vault = Vault(worker.home / "backups", worker.blob_key)
    assert [photo.data for photo in vault.photos([LONE.address])] == [b"LONE"]
    # One good copy here and one on the stick, and no owed work.
    for folder in (worker.home / "backups", next(worker.stick.glob("gridworker-backups-*"))):
        (copy,) = backup.listing(folder)
        assert copy.reason == "purge"
        backup.verify(copy, worker.key)
    assert not purging.is_owed(session)
    assert backups.due(session) is None
    assert "清除" not in worker.sync()


def test_what_no_server_has_goes_when_a_person_gives_it_up(worker: Worker) -> None:
    """Photos, originals, packs and what was put aside: kept over any sweep until then, and afterwards nowhere."""
    ids = _fill(worker)
    _set_aside(worker)
    worker.take_away()
    worker.sync()
    session = worker.session
    session.blobs._fresh.clear()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(photo_sweep, "SWEEP_DAYS", -36_500)
        photo_sweep.sweep(session)
    told = worker.told(photos=True)
    for place in ("blobs.db", "photos/000001.pack", "waiting/", "damaged-", "U 盘"):
        assert any(place in path for path in told), place
    assert "2 张照片" in giving_up.give_up(session, progress=lambda *_: None)
    assert worker.told(photos=True) == set()
    assert session.blobs.known([ids["both"]])
    assert not session.blobs.known([ids["mine"]])
    vault = Vault(worker.home / "backups", worker.blob_key)
    assert [photo.data for photo in vault.photos([LONE.address])] == [b"LONE"]
    assert giving_up.kept(session) == giving_up.Kept()
    with session.store.read() as tx:
        assert audit.verify(tx).ok


def test_what_was_put_aside_and_never_sent_stays(worker: Worker) -> None:
    """A ledger that was restored over held steps no server judged: they are not thrown away with the grid."""
    _fill(worker)
    worker.write("household", compound_name="海棠苑密", building_no="9", room_no="9")
    session = worker.session
    with session.store.read() as tx:
        (unsent,) = tx.sql("SELECT op_id FROM outbox WHERE status <> 'acked'")
    backups.make(session, "manual")
    made = backup.listing(worker.home / "backups")[0]
    shutil.copytree(made.path, worker.home / "aside-20260305-094000")
    session.store.write(lambda tx: tx.execute("UPDATE outbox SET op_id = ? WHERE op_id = ?", (new_id(), *unsent)))
    worker.take_away()
    assert "aside-20260305-094000 里可能有没上传过的内容" in worker.sync()
    assert (worker.home / "aside-20260305-094000" / "gridworker.db").exists()


def test_a_stick_that_comes_back_later_is_brought_in_line(worker: Worker) -> None:
    """Away at the purge, and over a restart; its old copies and packs go behind a new copy, and only then."""
    _fill(worker)
    away = worker.folder / "weg"
    worker.stick.rename(away)
    worker.take_away()
    worker.sync()
    assert worker.told(worker.home) == set()
    assert worker.told(away)
    worker.session.close()
    worker.session = sessions.unlock(worker.home, PASSPHRASE)
    assert backups.due(worker.session) is None
    away.rename(worker.stick)
    assert backups.due(worker.session) == backups.SECOND
    backups.make(worker.session, backups.SECOND)
    assert worker.told() == set()
    assert len(backup.listing(next(worker.stick.glob("gridworker-backups-*")))) == 1
    assert backups.due(worker.session) is None


def test_another_stick_is_brought_in_line_when_it_is_written_to(worker: Worker) -> None:
    """One that was the second place before, or got a copy on purpose, is cleared when it is seen again."""
    _fill(worker)
    other = worker.folder / "另一个"
    other.mkdir()
    backups.copy_out(worker.session, other)
    worker.take_away()
    worker.sync()
    assert worker.told(other)
    backups.copy_out(worker.session, other)
    assert worker.told(other) == set()


@pytest.mark.parametrize("cut", ["before", "photos", "file", "backup", "copies"])
def test_a_purge_that_is_cut_off_is_finished_by_the_next_backup(
    worker: Worker, cut: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever the program ends behind the deleting, the rest is owed over the restart; a good copy always stands."""
    _fill(worker)
    worker.take_away()

    class Killed(BaseException):
        pass

    def end(*_given: object, **_more: object) -> object:
        raise Killed

    places = {
        "before": (backups, "make"), "photos": (purged, "clear_photos"), "file": (purged, "clear_file"),
        "backup": (backups, "_made"), "copies": (backup, "remove"),
    }  # fmt: skip
    with monkeypatch.context() as patched:
        patched.setattr(*places[cut], end)
        with pytest.raises(Killed):
            worker.sync()
    assert [one for one in backup.listing(worker.home / "backups") if _holds_up(one, worker.key)]
    worker.session.close()
    worker.session = sessions.unlock(worker.home, PASSPHRASE)
    assert worker.count() == 2
    assert backups.due(worker.session) == backups.PURGE
    backups.make(worker.session, backups.PURGE)
    assert worker.told() == set()
    assert backups.due(worker.session) is None


def _holds_up(copy: backup.Backup, key: bytes) -> bool:
    try:
        backup.verify(copy, key)
    except StoreError:
        return False
    return True


def test_where_the_new_copy_does_not_hold_the_old_ones_stay(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a proven copy none is removed; the rest is said to be owed and is done with the next."""
    _fill(worker)
    worker.take_away()
    true_verify = backup.verify

    def broken(copy: backup.Backup, key: bytes) -> None:
        true_verify(copy, key)
        if not copy.path.name.startswith(".") and copy.reason == "purge":
            raise backup.DamagedBackup

    with monkeypatch.context() as patched:
        patched.setattr(backup, "verify", broken)
        worker.sync()
    assert len(backup.listing(worker.home / "backups")) > 1
    assert backups.due(worker.session) == backups.PURGE
    backups.make(worker.session, backups.PURGE)
    assert worker.told() == set()


def test_a_full_disk_leaves_the_rows_out_and_the_rest_owed(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Writing the file anew needs room; backups go on without it, and the old copies wait for it."""
    _fill(worker)
    worker.take_away()

    def full(_store: object) -> bool:
        raise DiskFull

    with monkeypatch.context() as patched:
        patched.setattr(purged, "clear_file", full)
        worker.sync()
        assert worker.count() == 2
        assert backups.due(worker.session) == backups.PURGE
    backups.make(worker.session, "hourly")
    assert worker.told() == set()


def test_unsent_work_has_its_outcome_first(worker: Worker) -> None:
    """While an operation has none, no row, photo or copy of the grid goes."""
    ids = _fill(worker)
    worker.take_away()
    worker.write("person", household_id=ids["household"], name="退回密话")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("gridworker.sync.engine._push", lambda _present: None)
        worker.sync()
    assert worker.session.blobs.known([ids["mine"]])
    assert any("backups" in path for path in worker.told())
    assert not purging.is_owed(worker.session)
    worker.sync()
    assert worker.told() == set()


def test_a_copy_that_never_held_the_grid_stays(worker: Worker) -> None:
    """Older than the grid's first row: nothing in it is to go."""
    worker.write("household", worker.other, compound_name="月季园", building_no="1", room_no="101")
    early = worker.session.store.back_up("start", now=worker.session.now() - timedelta(days=30))
    _fill(worker)
    # What was swept since stays in the packs for that copy; what is purged does not wait behind it.
    swept = worker.photo(b"SWEPT")
    backups.make(worker.session, "hourly")
    worker.session.blobs._fresh.clear()
    worker.session.blobs.remove([swept], links=10_000)
    worker.take_away()
    worker.sync()
    assert early.path.name in {one.path.name for one in backup.listing(worker.home / "backups")}
    assert list(Vault(worker.home / "backups", worker.blob_key).photos([swept]))
    assert worker.told() == set()


def test_of_another_grid_than_ones_own_only_its_drafts_go(worker: Worker) -> None:
    """What is typed for one's own grid stays; what names a record that left does not, wherever it names it."""
    there = worker.write("household", worker.other, compound_name="海棠苑密", building_no="1", room_no="101")
    worker.sync()
    session = worker.session
    for key, raw in {"person:new": {"name": "留下的"}, "activity:new": {"households": f'["{there}"]'}}.items():
        session.store.write(lambda tx, key=key, raw=raw: put_draft(tx, key, key.split(":")[0], raw))
    admin.give_post(
        worker.server.database, worker.actor, admin.new_post("grid_worker", worker.other, until="2020-12-31")
    )
    assert "没有保存的 1 份草稿" in worker.sync()
    with session.store.read() as tx:
        assert [draft.key for draft in list_drafts(tx)] == ["person:new"]
    assert worker.told() == set()


def test_what_is_written_for_a_grid_after_it_left_goes_as_well(worker: Worker) -> None:
    """The server refuses it, and then nothing of it stays here either; it is said each time."""
    _fill(worker)
    worker.take_away()
    worker.sync()
    worker.write("household", compound_name="海棠苑密", building_no="9", room_no="9")
    assert worker.told()
    text = worker.sync()
    assert "没有被采用的 1 步内容" in text
    assert worker.told() == set()
    assert "清除" not in worker.sync()


def test_an_old_copy_that_is_restored_is_purged_at_its_first_sync(worker: Worker) -> None:
    """From a stick that was never there again: rows and photos come back, and go before anything is shown as synced."""
    ids = _fill(worker)
    old = worker.folder / "旧 U 盘"
    shutil.copytree(worker.stick, old)
    worker.take_away()
    worker.sync()
    worker.session.close()
    new = worker.folder / "新电脑"
    report = recovering.restore(new, old, PASSPHRASE)
    assert report.photos_back >= 2
    worker.home, worker.session = new, sessions.unlock(new, PASSPHRASE)
    assert worker.session.blobs.known([ids["mine"]])
    assert worker.told(new)
    text = worker.sync()
    assert "条记录已清除" in text
    assert worker.told(new) == set()
    assert worker.count() == 2
    backups.copy_out(worker.session, old)
    assert worker.told(old) == set()


def test_a_handed_over_grid_is_gone_and_the_colleague_has_it(worker: Worker, server: Server, tmp_path: Path) -> None:
    """Who gave a grid to another has nothing of it left; the other has every row."""
    ids = _fill(worker)
    heir = Worker(server, tmp_path / "乙")
    admin.give_post(server.database, heir.actor, admin.new_post("grid_worker", worker.grid))
    admin.revoke_grant(server.database, worker.grid, worker.actor)
    worker.sync()
    heir.sync()
    assert worker.told() == set()
    with heir.session.store.read() as tx:
        assert tx.find(ids["person"]).values["name"] == "欧阳㛃"
    heir.session.close()


def test_a_photo_that_is_named_again_meanwhile_stays(worker: Worker) -> None:
    """Owed and not yet removed, it is wanted by a record of another grid: it is not taken from there."""
    ids = _fill(worker)
    session = worker.session
    session.store.write(lambda tx: purged.owe(tx, keeping=[ids["mine"]]))
    session.store.write(purged.let_go)
    worker.take_away()
    mine = ids["mine"]
    worker.write("hazard", worker.other, place="月季园", place_type="楼栋", photos_before=[mine])
    assert purged.clear_photos(session.store, session.blobs) == 0
    assert session.blobs.known([mine])


def test_another_ledger_that_was_put_aside_is_left_alone(worker: Worker) -> None:
    """A folder of a restore over another ledger has a key of its own: it is none of this purge's business."""
    _fill(worker)
    other = worker.home / "aside-20260301-080000"
    session, _code = sessions.start(other, "别人 的 口令 三个词")
    session.close()
    before = {path.name for path in other.iterdir()}
    worker.take_away()
    worker.sync()
    assert {path.name for path in other.iterdir()} == before


def test_the_log_and_the_index_are_rid_of_it_too(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that holds an older state hinders the folding of the log; then it is owed, and done afterwards."""
    _fill(worker)
    worker.take_away()
    monkeypatch.setattr(compacting, "_PATIENCE_MS", 50)
    session = worker.session
    with session.store.read() as tx:
        assert tx.sql("SELECT count(*) FROM person")[0][0] == 1
        worker.sync()
        assert backups.due(session) == backups.PURGE
    backups.make(session, "hourly")
    assert worker.told() == set()


def test_outcomes_are_kept_and_words_are_not(worker: Worker) -> None:
    """What became of each step can still be said; the server has what it said."""
    ids = _fill(worker)
    worker.take_away()
    worker.write("person", household_id=ids["household"], name="退回密话")
    worker.sync()
    rows = worker.sql(f"SELECT status, outcome, \"set\", elements FROM outbox WHERE scope = '{worker.grid}'")
    assert {row[0] for row in rows} == {"acked"}
    assert {row[1] for row in rows} >= {"applied", "rejected"}
    assert {row[2:] for row in rows} == {(None, None)}
    (line,) = waiting.trouble_lines(worker.session)
    assert "不再负责这个网格" in line.why
