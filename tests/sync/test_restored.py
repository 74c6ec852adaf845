"""A laptop restored from a backup, or recovered from damage, and the server: nothing doubles, nothing is lost."""

from __future__ import annotations

import random
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from gridworker.store import backup, keys, recovery, restoring
from tests.sync.world import DATA_KEY, Laptop

VISIT = {"visited_at": "2026-03-05T09:40+08:00", "visit_purpose": "日常走访"}
NOW = datetime(2026, 3, 5, 4, tzinfo=UTC)


def _backed_up(laptop: Laptop) -> backup.Backup:
    # The laptops of these tests share a key and have no passphrase.
    (laptop.home / "keys.json").write_text("{}")
    return laptop.store.back_up("start")


def _restored(chosen: backup.Backup, folder: Path, url: str) -> Laptop:
    folder.mkdir()
    for name in ("gridworker.db", "keys.json"):
        shutil.copyfile(chosen.path / name, folder / name)
    restoring.stage(folder, chosen, DATA_KEY, above=0, now=NOW)
    return Laptop(folder, url, fresh=False)


def test_a_restored_laptop_and_the_server_agree_again(laptop, server, tmp_path):
    """Work waiting in the backup was pushed meanwhile and more was: after the restore all of it is there, once."""
    first, second = laptop(), laptop("乙")
    judged = first.create(**VISIT)
    first.sync()
    waiting = first.create(**VISIT, remark="备份时还没上传")
    first.edit(judged, remark="也没上传")
    chosen = _backed_up(first)
    later = first.create(**VISIT, remark="备份以后的")
    first.edit(waiting, remark="备份以后改过")
    first.sync()
    second.sync()
    first.close()
    back = _restored(chosen, tmp_path / "back", server.url)
    assert back.meta("incarnation") == "2"
    assert [op.n for op in back.ops(waiting)] == [1]
    fresh = back.create(**VISIT, remark="恢复以后的")
    assert back.waiting() == 3
    for one in (back, second, back):
        one.sync()
    assert back.waiting() == 0
    assert {judged, waiting, later, fresh} == set(back.flat())
    assert back.flat() == second.flat()
    assert back.flat()[waiting]["remark"] == "备份以后改过"
    assert {op.outcome for record in back.flat() for op in back.ops(record)} == {"applied"}
    back.close()


def test_two_restores_of_one_backup_both_land(laptop, server, tmp_path):
    """The same backup restored on two machines: the later one is renamed once more, and both go on."""
    first = laptop()
    first.create(**VISIT)
    chosen = _backed_up(first)
    first.close()
    one = _restored(chosen, tmp_path / "one", server.url)
    two = _restored(chosen, tmp_path / "two", server.url)
    in_one, in_two = one.create(**VISIT, remark="一"), two.create(**VISIT, remark="二")
    for each in (one, two, one):
        each.sync()
    assert {in_one, in_two} <= set(one.flat())
    assert one.flat() == two.flat()
    assert {one.meta("incarnation"), two.meta("incarnation")} == {"2", "3"}
    one.close()
    two.close()


def test_a_restored_laptop_gives_no_number_twice(laptop, server, tmp_path):
    """Numbers given after the backup may be on the server; the restored ledger leaves them out."""
    first = laptop()
    chosen = _backed_up(first)
    day = date(2026, 3, 5)
    given = {first.store.write(lambda tx: tx.next_number("visit", day)) for _ in range(20)}
    homes = {first.store.write(lambda tx: tx.next_household_no(first.grid)) for _ in range(3)}
    first.close()
    back = _restored(chosen, tmp_path / "back", server.url)
    again = {back.store.write(lambda tx: tx.next_number("visit", day)) for _ in range(20)}
    assert given.isdisjoint(again)
    assert homes.isdisjoint(back.store.write(lambda tx: tx.next_household_no(back.grid)) for _ in range(3))
    back.close()


def test_a_recovered_laptop_and_the_server_agree_again(laptop, server, tmp_path, monkeypatch):
    """Damage after a sync: what the backup lacks comes from the damaged file and from the server, once."""
    first, second = laptop(), laptop("乙")
    first.create_many([{**VISIT, "remark": "长" * 400} for _ in range(20)])
    first.sync()
    _backed_up(first)
    later = first.create_many([{**VISIT, "remark": "后" * 400} for _ in range(20)])
    first.sync()
    unsent = first.create_many([{**VISIT, "remark": "未" * 400} for _ in range(20)])
    first.edit(later[0], remark="改过")
    first.close()
    path = first.home / "gridworker.db"
    pages = path.stat().st_size // 4096
    with path.open("r+b") as file:
        for number in range(pages // 2, pages // 2 + 6):
            file.seek(number * 4096)
            file.write(random.Random(number).randbytes(4096))
    monkeypatch.setattr(keys, "unlock", lambda *_: DATA_KEY)
    done = recovery.recover(first.home, "")
    assert done.kind == recovery.FROM_BACKUP
    back = Laptop(first.home, server.url, fresh=False)
    for one in (back, second, back):
        one.sync()
    assert back.waiting() == 0
    assert back.flat() == second.flat()
    lost = sum(done.rejoined.lost.values())
    assert len({*later, *unsent} & set(back.flat())) >= 40 - lost
    assert set(later) <= set(back.flat())
    back.close()


def test_a_large_pull_is_preceded_by_a_backup(laptop):
    """A pull that changes more than a fifth of what is here is preceded by a backup, a small one is not."""
    first, second = laptop(), laptop("乙")
    (second.home / "keys.json").write_text("{}")
    second.create_many([VISIT] * 40)
    second.sync()
    first.create(**VISIT)
    first.sync()
    second.sync()
    assert backup.listing(second.home / "backups") == []
    first.create_many([VISIT] * 60)
    first.sync()
    second.sync()
    made = backup.listing(second.home / "backups")
    assert [one.reason for one in made] == ["pull"]
    connection = backup.connect_still(made[0].database, DATA_KEY)
    assert connection.execute("SELECT count(*) FROM visit").fetchone() == (41,)
    connection.close()


def test_the_first_pull_of_a_new_device_needs_no_backup(laptop):
    """Nothing was here that it could change, though it takes several pages; what comes later counts."""
    first = laptop()
    first.create_many([VISIT] * 2_600)
    first.sync()
    second = laptop("乙")
    (second.home / "keys.json").write_text("{}")
    second.sync()
    assert len(second.flat()) == 2_600
    assert backup.listing(second.home / "backups") == []
    first.create_many([VISIT] * 600)
    first.sync()
    second.sync()
    assert [one.reason for one in backup.listing(second.home / "backups")] == ["pull"]


@pytest.fixture(autouse=True)
def _no_leftovers(tmp_path):
    yield
    shutil.rmtree(tmp_path / "back", ignore_errors=True)
