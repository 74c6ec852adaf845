"""The server's log: opaque ids, codes and places in the code, never a name, a value or a message that may quote one."""

from __future__ import annotations

import logging
import traceback

_log = logging.getLogger("gridworker.server")


def report_fault(where: str, fault: BaseException, **ids: str) -> None:
    """Notes a fault of ours: its kind and where it arose; not its message, which may hold a resident's words."""
    frames = traceback.extract_tb(fault.__traceback__)[-6:]
    places = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
    known = " ".join(f"{key}={value}" for key, value in ids.items())
    _log.error("fault in %s: %s at %s %s", where, type(fault).__name__, places, known)


def note(event: str, **ids: str | int) -> None:
    """Notes an event that an administrator may look for: an enrolment, a refusal."""
    _log.info("%s %s", event, " ".join(f"{key}={value}" for key, value in ids.items()))
