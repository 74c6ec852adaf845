"""What roles allow."""

from __future__ import annotations

from gridworker.area.rights import known_roles, may
from gridworker.ledger.moves import ROLE_LABELS
from gridworker.ledgers.registry import all_ledgers


def test_every_role_has_a_label_and_the_other_way_round():
    """A role that can be given can be named."""
    assert set(known_roles()) == set(ROLE_LABELS)


def test_the_three_who_look_after_a_grid_may_do_everything():
    """Grid worker, grid lead and community coordinator."""
    for role in ("grid_worker", "grid_lead", "community"):
        for ledger in all_ledgers():
            assert all(may([role], verb, ledger) for verb in ("see", "save", "delete", "restore"))


def test_others_change_no_more_than_their_work_asks():
    """A building lead records visits and deletes nothing; an auditor looks."""
    assert may(["building_lead"], "save", "visit")
    assert not may(["building_lead"], "save", "person")
    assert not may(["specialist"], "delete", "visit")
    assert may(["auditor"], "see", "person")
    assert not may(["auditor"], "save", "visit")


def test_roles_add_up_and_an_unknown_one_adds_nothing():
    """A newer program's role gives no right here."""
    assert may(["auditor", "grid_worker"], "delete", "person")
    assert not may(["emperor"], "see", "visit")
    assert not may([], "see", "visit")
