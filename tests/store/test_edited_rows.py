"""An edit writes only what differs, and the row is the same as if it had been written whole."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from gridworker.ledger.record import Record
from gridworker.store.statements import Writes
from tests.store.samples import household, person

_WISHES = (
    {"contact": "19900000001"}, {"contact": None}, {"care_level": "high"}, {"sex_code": "1"}, {"sex_code": 7},
    {"care_categories": ["独居老人"]}, {"care_categories": []}, {"care_categories": "独居老人"}, {"name": "王芳"},
    {"from_a_newer_program": {"x": 1}}, {"from_a_newer_program": None}, {"remark": 10**30}, {"remark": "短"},
    {"household_id": None},
)  # fmt: skip


def _row(store, record: Record) -> tuple:
    with store.read() as tx:
        return tx.one("SELECT * FROM person WHERE id=?", (record.id,))


def test_an_edit_names_only_the_columns_that_differ(store, monkeypatch):
    """Each column named in an UPDATE costs every index it stands in: a changed phone number names one."""
    home = household()
    resident = person("王伟", home, contact="19900000001", sex_code="1", from_a_newer_program="留着")
    store.write(lambda tx: tx.put_many([home, resident]))
    said: list[str] = []
    real = Writes.executemany
    monkeypatch.setattr(
        Writes, "executemany", lambda tx, statement, rows: said.append(statement) or real(tx, statement, rows)
    )
    store.write(lambda tx: tx.put(resident.with_values({"contact": "19900000002"})))
    assert [one for one in said if one.startswith("UPDATE")] == ['UPDATE "person" SET "contact"=? WHERE row_id=?']
    said.clear()
    store.write(lambda tx: tx.put(resident.with_values({"contact": "19900000002"})))
    assert said == []
    with store.read() as tx:
        assert tx.get("person", resident.id).values["from_a_newer_program"] == "留着"


@pytest.mark.parametrize("seed", range(20))
def test_edits_leave_the_row_a_whole_write_would_leave(store, seed):
    """Any chain of edits, moves to another household and fields of newer programs ends in the row written at once."""
    dice = random.Random(seed)
    homes = [household(room_no="501"), household(room_no="1201")]
    resident = person("王伟", homes[0])
    twin = replace(resident, id=resident.id[::-1])
    store.write(lambda tx: tx.put_many([*homes, resident]))
    for _ in range(6):
        wish = dice.choice(_WISHES) if dice.random() < 0.8 else {"household_id": dice.choice(homes).id}
        values = {key: value for key, value in {**resident.values, **wish}.items() if value is not None}
        resident = replace(
            resident, values=values, revision=dice.randrange(3), deleted=dice.random() < 0.2, status=dice.choice("ab")
        )
        store.write(lambda tx, now=resident: tx.put(now))
        if dice.random() < 0.3:
            moved = homes[0].with_values({"room_no": str(dice.randrange(1, 2000))})
            store.write(lambda tx, now=moved: tx.put(now))
    store.write(lambda tx: tx.put(replace(resident, id=twin.id)))
    edited, whole = _row(store, resident), _row(store, twin)
    assert edited[2:] == whole[2:]
    with store.read() as tx:
        assert tx.sql("PRAGMA integrity_check") == [("ok",)]
