"""Writing a ledger's file anew: what was deleted is in no page of it, and all that stands is as it was."""

from __future__ import annotations

from gridworker.store import audit, saving
from gridworker.store.store import Store
from tests.store.plain_bytes import plain_bytes
from tests.store.samples import WORKER, household, person


def test_nothing_of_what_was_deleted_is_left(home, data_key):
    """Whatever the driver overwrites by itself: free pages, the index of searches and the log are rid of it."""
    store = Store.create(home, data_key)
    # The builds at hand overwrite what is deleted; no promise is built on that.
    store._writer.tidy(lambda connection: connection.execute("PRAGMA secure_delete=OFF").fetchall())
    flat, kept = household(remark="秘密的话" * 50), household(remark="留下的话")
    who = person("欧阳㛃", flat, contact="15400001234")
    for record in (flat, kept, who):
        store.write(lambda tx, record=record: saving.save(tx, None, record, actor_id=WORKER))
    words = [word.encode() for word in ("秘密的话", "欧阳㛃", "15400001234", "ouyang")]

    def forget(tx):
        tx.drop("person", [who.id])
        tx.drop("household", [flat.id])
        tx.execute("DELETE FROM history WHERE record <> ?", (kept.id,))
        tx.execute('UPDATE outbox SET "set" = NULL WHERE record <> ?', (kept.id,))

    store.write(forget)
    assert [word for word in words if word in plain_bytes(store.path, data_key)]
    assert store.compact()
    assert not [word for word in words if word in plain_bytes(store.path, data_key)]
    store.raise_if_damaged()
    store.close()
    again = Store.open(home, data_key)
    with again.read() as tx:
        assert audit.verify(tx).ok
        assert tx.get("household", kept.id).values["remark"] == "留下的话"
        assert [hit.id for hit in tx.search("锦绣家园")] == [kept.id]
    again.close()
