"""Joining a server with a one-time code."""

from __future__ import annotations

from gridworker.area.belonging import Place
from gridworker.operations import escrow
from gridworker.operations.session import Session
from gridworker.sync import enrolling


def enroll(session: Session, url: str, code: str) -> Place:
    """Registers this device and takes over the grid the code grants; what was written alone goes along."""
    enrolling.enroll(session.store, url, code)
    session.refresh()
    escrow.leave_code_if_due(session)
    return session.place
