"""The audit chain: what is done is linked, and whoever changes a link is seen."""

from __future__ import annotations

import pytest

from gridworker.errors import BugError
from gridworker.store import audit
from gridworker.store.store import Store


@pytest.fixture
def chain(store: Store) -> Store:
    """A home with forty links."""

    def work(tx):
        for number in range(40):
            tx.audit(
                "reveal", actor_id="w", record=f"r{number}", ledger="person", detail={"field": "id_no", "n": number}
            )

    store.write(work)
    return store


def _without_guard(tx) -> None:
    tx.execute("DROP TRIGGER audit_keeps_rows")
    tx.execute("DROP TRIGGER audit_keeps_words")


def test_an_untouched_chain_holds(chain):
    """Every link holds, and the head tells how many there are."""
    with chain.read() as tx:
        report = audit.verify(tx)
        assert (report.ok, report.head) == (True, audit.head(tx))
        assert report.head.links == 40


@pytest.mark.parametrize(
    "statement", ["UPDATE audit SET actor_id='x' WHERE seq=5", "DELETE FROM audit WHERE seq=5", "DELETE FROM audit"]
)
def test_links_are_only_ever_added(chain, statement):
    """The database itself refuses to change or remove a link."""
    with pytest.raises(BugError):
        chain.write(lambda tx: tx.execute(statement))
    with chain.read() as tx:
        assert audit.verify(tx).ok


@pytest.mark.parametrize(
    ("statements", "at"),
    [
        (["UPDATE audit SET detail='{}' WHERE seq=5"], 5),
        (["UPDATE audit SET actor_id='x' WHERE seq=40"], 40),
        (["DELETE FROM audit WHERE seq=7"], 7),
        (["DELETE FROM audit WHERE seq=1"], 1),
        (
            [
                "UPDATE audit SET seq=99 WHERE seq=5",
                "UPDATE audit SET seq=5 WHERE seq=6",
                "UPDATE audit SET seq=6 WHERE seq=99",
            ],
            5,
        ),
        (["UPDATE audit SET verb='re', ledger='veal' WHERE seq=9"], 9),
    ],
)
def test_tampering_is_found(chain, statements, at):
    """Edited, deleted, swapped: the first link that does not hold is named."""

    def tamper(tx):
        _without_guard(tx)
        for statement in statements:
            tx.execute(statement)

    chain.write(tamper)
    with chain.read() as tx:
        report = audit.verify(tx)
    assert (report.ok, report.broken_at) == (False, at)


def test_a_cut_tail_needs_the_anchor(chain):
    """The last links can be dropped unseen by the chain alone; with the head kept elsewhere they are missed."""
    with chain.read() as tx:
        anchor = audit.head(tx)
    chain.write(lambda tx: (_without_guard(tx), tx.execute("DELETE FROM audit WHERE seq > 30")))
    with chain.read() as tx:
        assert audit.verify(tx).ok
        assert audit.verify(tx, anchor).broken_at == 31


def test_a_chain_made_anew_is_not_the_anchored_one(chain):
    """As many links with other words do not pass for those the anchor was taken from."""
    with chain.read() as tx:
        anchor = audit.head(tx)

    def forge(tx):
        _without_guard(tx)
        tx.execute("DELETE FROM audit")
        for _ in range(45):
            tx.audit("login", actor_id="w")

    chain.write(forge)
    with chain.read() as tx:
        assert audit.verify(tx).ok
        assert not audit.verify(tx, anchor).ok


def test_a_link_forged_with_a_right_hash_breaks_the_next(chain):
    """Whoever rewrites a link and reckons its hash anew would have to rewrite all that follow."""

    def forge(tx):
        _without_guard(tx)
        before = tx.sql("SELECT hash FROM audit WHERE seq=4")[0][0]
        row = (5, "2026-03-05T09:00:00+08:00", "nobody", "reveal", "person", "r4", "{}")
        words = "at=?, actor_id=?, verb=?, ledger=?, record=?, detail=?, hash=?"
        tx.execute(f"UPDATE audit SET {words} WHERE seq=5", (*row[1:], audit.link_hash(before, row)))

    chain.write(forge)
    with chain.read() as tx:
        assert audit.verify(tx).broken_at == 6
