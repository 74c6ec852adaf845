"""Backups, checks, restoring and recovering as a person meets them, in words and by commands."""

from __future__ import annotations

import io
import json
import os
from contextlib import redirect_stderr, redirect_stdout
from datetime import timedelta
from pathlib import Path

import pytest

from gridworker.cli import main
from gridworker.errors import KnownError
from gridworker.operations import backups, recovering, second_place
from gridworker.operations import session as sessions
from gridworker.operations.browse import listing
from gridworker.operations.session import Session
from gridworker.store import recovery, saving
from gridworker.store.driver import Error, connect_still
from gridworker.store.errors import AlreadyOpen, StoreClosed, WrongPassphrase
from gridworker.store.query import Query
from gridworker.store.safety_errors import HomeStands, NoBackup, VanishedSaves
from tests.operations.conftest import DAY, PASSPHRASE
from tests.store.samples import household


def _run(home: Path, *words: str, passphrase: str = PASSPHRASE) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as environment, redirect_stdout(out), redirect_stderr(err):
        environment.setenv("GRIDWORKER_PASSPHRASE", passphrase)
        environment.setenv("GRIDWORKER_HOME", str(home))
        status = main(words)
    return status, out.getvalue(), err.getvalue()


def _at(session: Session, ahead: timedelta) -> None:
    session._now = lambda: DAY + ahead


def _spoil(home: Path, key: bytes, first: int, count: int) -> None:
    """Destroys pages of rows; a page of the list of tables would leave nothing to read but the backup."""
    path, spoiled = home / "gridworker.db", 0
    for number in range(first, path.stat().st_size // 4096):
        whole = path.read_bytes()
        path.write_bytes(whole[: number * 4096] + os.urandom(4096) + whole[(number + 1) * 4096 :])
        try:
            connect_still(path, key).close()
            spoiled += 1
        except Error:
            path.write_bytes(whole)
        if spoiled == count:
            return


def test_backups_are_due_at_the_start_and_hourly_while_work_goes_on(session, living):
    """Nothing there: due at once. Then an hour later if something was done, and after a day in any case."""
    assert backups.due(session) == "start"
    made = backups.make(session, "start")
    assert (made.second, made.text) == (None, "已备份 · 04-21 09:40。")
    assert backups.due(session) is None
    _at(session, timedelta(hours=2))
    assert backups.due(session) is None
    living()
    assert backups.due(session) == "hourly"
    backups.make(session, "hourly")
    _at(session, timedelta(hours=27))
    assert backups.due(session) == "start"
    _at(session, timedelta(days=-3650))
    assert backups.due(session) == "start"
    backups.make(session, "start")
    assert [line.reason for line in backups.listing(session)] == ["每日", "每小时", "每日"][
        : len(backups.listing(session))
    ]


def test_a_backup_lays_the_ballast(session):
    """Room for finishing on a full disk is taken with the first backup."""
    backups.make(session, "start")
    assert (session.home / "ballast").stat().st_size >= 4_000_000


def test_the_empty_folder_of_a_pulled_stick_is_no_second_place(session, tmp_path, living, monkeypatch):
    """It lies on the disk of the home then: said to be away, nothing is written there, and back again all follows."""
    living()
    stick, apart = tmp_path / "U 盘", [True]
    stick.mkdir()
    monkeypatch.setattr(second_place, "_on_one_disk", lambda _session, _place: not apart[0])
    backups.set_second_place(session, stick)
    apart[0] = False
    told = backups.make(session)
    assert told.second is False
    assert "现在连不上" in told.text
    assert list(stick.iterdir()) == []
    apart[0] = True
    assert backups.due(session) is not None
    assert backups.make(session).second is True
    assert list(stick.iterdir()) != []


def test_the_second_place_may_come_and_go(session, tmp_path, living):
    """A stick that is not there is told calmly and stops nothing; when it is back the next backup is on it."""
    stick = tmp_path / "U 盘"
    stick.mkdir()
    backups.set_second_place(session, stick)
    assert backups.make(session, "start").second is True
    for path in sorted(stick.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    stick.rmdir()
    living()
    away = backups.make(session, "hourly")
    assert away.second is False
    assert "连不上" in away.text
    assert not stick.exists()
    stick.mkdir()
    back = backups.make(session, "hourly")
    assert back.second is True
    assert len(list(stick.glob("gridworker-backups-*/*/gridworker.db"))) == 1
    with pytest.raises(KnownError):
        backups.set_second_place(session, tmp_path / "nowhere")
    backups.set_second_place(session, None)
    assert backups.make(session, "hourly").second is None


def test_an_import_is_preceded_by_a_backup(session, tmp_path, living):
    """The backup made before an import holds what was there before it."""
    from gridworker.operations import import_

    living()
    path = tmp_path / "表.csv"
    path.write_text("小区,楼号,单元,房号\n海棠苑,8,1,101\n", encoding="utf-8")
    plan = import_.read(session, "household", path)
    import_.apply(session, plan)
    assert [line.reason for line in backups.listing(session)] == ["导入前"]
    assert len(listing(session, Query("household"))) == 2


def test_a_restore_brings_the_day_back_elsewhere(session, living, tmp_path):
    """A backup copied to a stick becomes the ledger of another machine, by the same passphrase, under a new name."""
    flat, _person = living()
    stick = tmp_path / "U 盘"
    line = backups.copy_out(session, stick)
    other = tmp_path / "新电脑"
    with pytest.raises(WrongPassphrase):
        recovering.restore(other, stick, "不是 这个 口令")
    for number, source in enumerate((line.path, line.path.parent, line.path / "gridworker.db", stick)):
        home = other / str(number)
        report = recovering.restore(home, source, PASSPHRASE)
        assert report.incarnation == 2
        assert report.aside == ""
        again = sessions.unlock(home, PASSPHRASE)
        with again.store.read() as tx:
            assert tx.find(flat) is not None
            assert [row[0] for row in tx.sql("SELECT DISTINCT incarnation FROM outbox")] == [2]
            assert [row[0] for row in tx.sql("SELECT verb FROM audit ORDER BY seq DESC LIMIT 2")] == [
                "login",
                "restore",
            ]
        again.close()
    with pytest.raises(NoBackup):
        recovering.restore(other / "x", tmp_path / "leer", PASSPHRASE)


def test_a_restore_over_a_ledger_needs_a_word(session, living):
    """A home that stands is refused; with the word it goes aside whole, and its name is not used again."""
    first, _ = living()
    backups.make(session, "manual")
    second, _ = living(room="502")
    home = session.home
    session.close()
    before = (home / "gridworker.db").read_bytes()
    with pytest.raises(HomeStands):
        recovering.restore(home, home, PASSPHRASE)
    assert (home / "gridworker.db").read_bytes() == before
    report = recovering.restore(home, home, PASSPHRASE, aside=True)
    assert report.aside in report.text
    assert (home / report.aside / "gridworker.db").read_bytes() == before
    assert (home / report.aside / "keys.json").exists()
    again = sessions.unlock(home, PASSPHRASE)
    with again.store.read() as tx:
        assert tx.find(first) is not None
        assert tx.find(second) is None
    again.close()
    assert recovering.restore(home, home, PASSPHRASE, aside=True).incarnation == 3


def test_the_damaged_home_is_told_checked_and_recovered_by_commands(session, living):
    """Verify finds the damage and ends with 1, recover says what came back, verify then ends with 0."""
    ids = [living(room=str(500 + number))[0] for number in range(12)]
    backups.make(session, "start")
    late = living(room="601")[0]
    home, key = session.home, bytes(session.store.lend_key())
    session.close()
    assert _run(home, "verify")[0] == 0
    _spoil(home, key, (home / "gridworker.db").stat().st_size // 4096 // 2, 3)
    status, out, err = _run(home, "verify")
    assert status == 1
    assert "有问题" in out
    assert "recover" in err
    status, out, _err = _run(home, "recover", "--json")
    facts = json.loads(out)
    assert (status, facts["kind"], facts["complete"]) == (0, recovery.FROM_BACKUP, True)
    assert facts["standing"]["住户"] == 13
    assert any("备份恢复" in sentence for sentence in facts["sentences"])
    assert _run(home, "verify")[0] == 0
    again = sessions.unlock(home, PASSPHRASE)
    with again.store.read() as tx:
        assert all(tx.find(one) is not None for one in (*ids, late))
    again.close()


def test_vanished_saves_are_told_at_the_start_and_found_again(session, living, tmp_path):
    """A log with a flipped bit: the start refuses in words and names the command, which brings everything back."""
    import shutil

    living()
    killed = tmp_path / "killed"
    killed.mkdir()
    for name in ("gridworker.db", "gridworker.db-wal", "anchor.dat", "keys.json"):
        shutil.copyfile(session.home / name, killed / name)
    log = killed / "gridworker.db-wal"
    data = bytearray(log.read_bytes())
    data[32 + 24 + 100] ^= 1
    log.write_bytes(data)
    with pytest.raises(VanishedSaves):
        sessions.unlock(killed, PASSPHRASE)
    status, _out, err = _run(killed, "status")
    assert status == 1
    assert "recover" in err
    status, out, _err = _run(killed, "recover")
    assert status == 0
    assert "没有丢失任何内容" in out
    status, out, _err = _run(killed, "status", "--json")
    assert json.loads(out)["records"]["household"] == 1


def test_verify_says_what_it_looked_at(session, living):
    """Pages, chain, anchor, outbox and backup are each named; a home without a backup is no fault."""
    living()
    checks = {check.name: check for check in recovering.verify(session)}
    assert list(checks) == ["文件", "操作记录", "印记", "待上传", "备份", "时钟"]
    assert all(check.ok for name, check in checks.items() if name not in ("备份", "时钟"))
    assert checks["备份"].ok is None
    backups.make(session, "manual")
    assert {check.name: check for check in recovering.verify(session)}["备份"].ok


def test_a_clock_set_back_ten_years_is_told_and_harms_nothing(session, living):
    """Saving, ids, backup and check go on; the check says how far the clock is off."""
    first, _ = living()
    _at(session, timedelta(days=-3650))
    later = household()
    session.store.write(lambda tx: saving.save(tx, None, later, actor_id=session.actor.id))
    assert later.id > first
    backups.make(session, "manual")
    clock = next(check for check in recovering.verify(session) if check.name == "时钟")
    assert clock.ok is None
    assert "早了" in clock.text
    with session.store.read() as tx:
        assert len(tx.sql("SELECT id FROM household")) == 2


def test_a_forged_chain_is_found_by_verify(session, living):
    """A link that was rewritten inside the database is named, and verify ends with a fault."""
    living()

    def forge(tx):
        tx.execute("DROP TRIGGER audit_keeps_words")
        tx.execute("UPDATE audit SET actor_id='x' WHERE seq=2")

    session.store.write(forge)
    chain = next(check for check in recovering.verify(session) if check.name == "操作记录")
    assert chain.ok is False
    assert "第 2 步" in chain.text


def test_a_record_and_a_ledger_are_restored_by_the_same_word(session, living):
    """Restore takes the id of a record in the 回收站, or a backup."""
    from gridworker.operations.remove import delete

    _, person = living()
    delete(session, person)
    home = session.home
    session.close()
    assert _run(home, "restore", person)[0] == 0
    status, _out, err = _run(home, "restore", str(home))
    assert status == 1
    assert "备份" in err


def test_backup_commands(session, living, tmp_path):
    """Backup makes one, --to puts one elsewhere, --list shows them."""
    living()
    home = session.home
    session.close()
    assert "已备份" in _run(home, "backup")[1]
    status, out, _err = _run(home, "backup", "--to", str(tmp_path / "U 盘"), "--json")
    assert status == 0
    assert Path(json.loads(out)["path"]).exists()
    assert len(_run(home, "backup", "--list")[1].splitlines()) == 2
    (tmp_path / "datei").write_bytes(b"")
    status, _out, err = _run(home, "backup", "--to", str(tmp_path / "datei"))
    assert status == 1
    assert "第二个位置" in err


def test_an_open_home_is_neither_restored_nor_recovered(session, living):
    """While a program holds the home, both refuse and touch nothing; a lock during a backup is no damage."""
    living()
    backups.make(session, "manual")
    for work in (
        lambda: recovering.restore(session.home, session.home, PASSPHRASE, aside=True),
        lambda: recovering.recover(session.home, PASSPHRASE),
    ):
        with pytest.raises(AlreadyOpen):
            work()
    store = session.store
    with pytest.raises(StoreClosed):
        store.back_up("hourly", progress=lambda done, _total, _text: store.close() if done == 0 else None)
    assert len(list((session.home / "backups").iterdir())) == 1
