"""Makes the fixture of a released version: a small encrypted home, and what must still be in it after every upgrade.

Run it once, with the code of the release checked out, and commit what it writes; it is never made again:

    python tests/store/make_fixture.py 0.2.0

The passphrase and all that is inside are invented and meant to be read.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from gridworker.ledger.record import Record
from gridworker.operations import drafts, remove, save, transition
from gridworker.operations import session as sessions
from gridworker.operations.session import Session
from gridworker.store import outbox
from gridworker.store.store import ReadTx, WriteTx

FIXTURES = Path(__file__).with_name("fixtures")
PASSPHRASE = "fixture-only-nothing-to-hide"
GRID = "370211005001001"
SEARCHES = ("王密密", "wmm", "3-2-501", "502", "8899", "锦绣", "单于某")


def fill(session: Session) -> None:
    """One of everything: made, changed, moved, deleted, drafted, synced, and written by a newer program."""
    homes = [
        save.save(session, "household", {"compound_name": "锦绣家园", "building_no": "3", "unit_no": "2",
                                         "room_no": room, "notice_given_on": "2026-01-05"}).record.id
        for room in ("501", "502", "1001", "902")
    ]  # fmt: skip
    care = {"care_level": "重点", "care_categories": "独居老人", "emergency_contact": "某邻居",
            "emergency_phone": "19900001234"}  # fmt: skip
    residents = (("王密密", "本人", care), ("单于某", "户主", {"birth_date": "1950-02-28"}), ("曾𠅤", "户主", {}))
    for place, (name, relation, more) in enumerate(residents):
        raw = {"name": name, "household_id": homes[place], "sex_code": "女", "relation_code": relation,
               "contact": f"1990000889{place}", **more}  # fmt: skip
        save.save(session, "person", raw)
    for day, home, met in (("2026-01-15", 0, "是"), ("2026-02-20", 0, "否"), ("2026-02-21", 1, "是")):
        raw = {"household_id": homes[home], "visited_at": f"{day}T09:40", "visit_mode": "上门", "met": met,
               "visit_purpose": "日常走访", "hazard_found": "否", "outcome": "无",
               "raised_issue": "楼道灯不亮"}  # fmt: skip
        save.save(session, "visit", raw if met == "是" else raw | {"unmet_reason": "家中无人"})
    save.save(session, "household", {"tenure_code": "空置"}, record_id=homes[3])
    _work_on(session, homes)
    drafts.keep(session, "person/new", "person", {"name": "赵草草"})


def _work_on(session: Session, homes: list[str]) -> None:
    raw = {"found_at": "2026-02-01T10:00", "place": "3号楼", "place_type": "楼栋", "hazard_type": "用电",
           "description": "私拉电线", "hazard_level": "一般", "fixed_on_site": "否",
           "household_id": homes[1]}  # fmt: skip
    hazard = save.save(session, "hazard", raw).record.id
    transition.move(session, hazard, "register", {})
    gone = save.save(session, "person", {"name": "搬走人", "household_id": homes[1], "sex_code": "男",
                                         "relation_code": "本人"}).record.id  # fmt: skip
    remove.delete(session, gone, "搬走")

    def sync(tx: WriteTx) -> None:
        # As if a server had judged the first operations, and a newer colleague had filled a field unknown here.
        tx.execute("UPDATE outbox SET status='acked', outcome='applied' WHERE seq <= 4")
        home = tx.get("household", homes[0])
        assert home is not None
        tx.put(home.with_values({"lift_no": "电梯 2 号", "steps": 17}, revision=5))

    session.store.write(sync)
    save.save(session, "household", {"remark": "同步之后又改"}, record_id=homes[0])


def contents(tx: ReadTx) -> dict[str, object]:
    """What must be the same for ever, whatever the tables are like: records, operations, histories, finds, drafts."""
    records: dict[str, Mapping[str, object]] = {}
    for row in tx.sql("SELECT id, ledger FROM record_index ORDER BY id"):
        record: Record | None = tx.find(row[0])
        assert record is not None
        records[record.id] = _travelling(tx, record) | {"deleted": record.deleted}
    rows = tx.sql(f"SELECT {outbox.COLUMNS} FROM outbox ORDER BY seq")
    ops = [[None if value is None else str(value) for value in row] for row in rows]
    histories = {record: [[entry.at, entry.verb, entry.event, entry.changes] for entry in tx.history(record)]
                 for record in records}  # fmt: skip
    finds = {text: sorted(hit.id for hit in tx.search(text)) for text in SEARCHES}
    draft = [list(row) for row in tx.sql("SELECT key, ledger, raw FROM draft")]
    head = tx.sql("SELECT seq, hex(hash) FROM audit ORDER BY seq DESC LIMIT 1")[0]
    told = {"records": records, "ops": ops, "histories": histories, "finds": finds, "drafts": draft, "audit": head}
    read_back: dict[str, object] = json.loads(json.dumps(told, ensure_ascii=False))
    return read_back


def _travelling(tx: ReadTx, record: Record) -> dict[str, object]:
    derived = tx.tables[record.ledger].derived
    return {key: value for key, value in record.flat().items() if key not in derived}


def main() -> None:
    """Makes a home in a temporary folder, and copies what a backup of it would hold."""
    target = FIXTURES / sys.argv[1]
    target.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        session, recovery_code = sessions.start(home, PASSPHRASE, name="某网格员", grid_code=GRID, place_name="某网格")
        fill(session)
        with session.store.read() as tx:
            told = contents(tx)
        session.close()
        for path in home.iterdir():
            if path.name in {"gridworker.db", "keys.json", "anchor.dat"}:
                shutil.copyfile(path, target / path.name)
    told["recovery_code"] = recovery_code
    (target / "expected.json").write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
