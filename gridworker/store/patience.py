"""How long to wait after wrong secrets: a small file beside the database that counts, and tells when it was undone.

Whoever can write here can also copy the key file and guess elsewhere, where only the cost of argon2id slows them; so
this is against guessing at the keyboard, and it is evidence. Each try moves a token one hash on. The first token comes
from the data key, so only an opened home can make one or tell whether the count was turned back, and the token of a
smaller count cannot be had from the present one.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import secrets
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from gridworker.store.driver import KeyBytes
from gridworker.store.sidecar import replace_file

PATIENCE = "tries.json"
FREE_TRIES = 5
LONGEST = 900
_FIRST_WAIT, _GROWTH = 5, 3
_MOST = 100_000
_TIMES_KEPT = 20
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class Tries:
    """What happened at the lock since it was last opened."""

    count: int
    times: tuple[str, ...] = ()
    tampered: bool = False
    """The file was taken away, rewritten or turned back."""


@dataclass(frozen=True)
class _State:
    serial: str = ""
    failures: int = 0
    token: str = ""
    times: tuple[str, ...] = ()
    wall: float = 0.0
    steady: float = 0.0
    boot: str = ""


# Where a disk is full or may not be written, this process at least remembers.
_unwritten: dict[Path, _State] = {}


def begin(home: Path, data_key: KeyBytes) -> None:
    """Starts counting from nothing."""
    serial = secrets.token_hex(16)
    _write(home, _State(serial=serial, token=_first_token(data_key, serial)))


def remaining(home: Path) -> int:
    """Whole seconds until the next try is heard; 0 when it is heard now."""
    state = _read(home) or _State()
    wait = wait_after(state.failures)
    if not wait:
        return 0
    elapsed = _elapsed(state)
    if elapsed < 0:
        # The clock was set back over a restart: nobody knows how long ago it was, so the wait begins once more.
        _write(home, _stamped(state))
        return wait
    return max(0, math.ceil(wait - elapsed))


def charge(home: Path) -> int:
    """Counts a try before it is made, so that ending the program during one undoes nothing; how many now."""
    state = _read(home) or _State()
    times = (*state.times, datetime.now(UTC).isoformat(timespec="seconds"))[-_TIMES_KEPT:]
    token = _next_token(state.token)
    state = _stamped(replace(state, failures=min(state.failures + 1, _MOST), token=token, times=times))
    _write(home, state)
    return state.failures


def take_back(home: Path, kept: bytes | None) -> None:
    """Undoes a charge for a secret that was right, but not for the lock of this home; `kept` comes from `now_at`."""
    _unwritten.pop(home, None)
    with suppress(OSError):
        if kept is None:
            (home / PATIENCE).unlink(missing_ok=True)
        else:
            replace_file(home / PATIENCE, kept.decode("utf-8", "surrogateescape"))


def now_at(home: Path) -> bytes | None:
    """The count as it lies there."""
    try:
        return (home / PATIENCE).read_bytes()
    except OSError:
        return None


def settle(home: Path, data_key: KeyBytes, *, expected: bool, charged: bool) -> Tries:
    """What happened before the secret that was right, and a fresh start; `expected` says that a file must lie here."""
    state = _read(home)
    begin(home, data_key)
    if state is None:
        return Tries(0, tampered=expected)
    tampered = (bool(state.serial) or expected) and not _holds(state, data_key)
    count = state.failures - 1 if charged else state.failures
    times = state.times[:-1] if charged else state.times
    return Tries(max(0, count), times, tampered=tampered)


def wait_after(failures: int) -> int:
    """Nothing for the first tries, then 5, 15, 45 … seconds, 15 minutes at most."""
    if failures < FREE_TRIES:
        return 0
    grown: int = _FIRST_WAIT * _GROWTH ** min(failures - FREE_TRIES, 10)
    return min(LONGEST, grown)


def _elapsed(state: _State) -> float:
    """Seconds since the last try; negative where no clock can tell."""
    wall, steady = _wall() - state.wall, _steady() - state.steady
    if state.boot and state.boot == _boot():
        # The same start of the machine: its own clock tells, whatever was done to the calendar.
        return max(0.0, steady)
    if not state.boot and steady >= 0:
        # No name for the start of the machine, as on Windows: the shorter of both cannot be stretched by either clock.
        return min(wall, steady)
    return wall


def _stamped(state: _State) -> _State:
    return replace(state, wall=_wall(), steady=_steady(), boot=_boot())


def _wall() -> float:
    return time.time()


def _steady() -> float:
    # On Linux the monotonic clock stands still in sleep; this one goes on.
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


def _boot() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _first_token(data_key: KeyBytes, serial: str) -> str:
    return hmac.new(data_key, f"gridworker tries {serial}".encode(), hashlib.sha256).hexdigest()


def _next_token(token: str) -> str:
    return hashlib.sha256(f"gridworker try {token}".encode()).hexdigest()


def _holds(state: _State, data_key: KeyBytes) -> bool:
    token = _first_token(data_key, state.serial)
    for _ in range(state.failures):
        token = _next_token(token)
    return hmac.compare_digest(token, state.token)


def _read(home: Path) -> _State | None:
    if home in _unwritten:
        return _unwritten[home]
    try:
        raw = json.loads((home / PATIENCE).read_text(encoding="utf-8"))
        state = _State(
            serial=str(raw["serial"]), failures=int(raw["failures"]), token=str(raw["token"]),
            times=tuple(str(one) for one in raw["times"])[:_TIMES_KEPT],
            wall=float(raw["wall"]), steady=float(raw["steady"]), boot=str(raw["boot"]),
        )  # fmt: skip
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        # Unreadable is not "never failed": the next wrong try waits.
        return _State(failures=FREE_TRIES - 1)
    sane = 0 <= state.failures <= _MOST and math.isfinite(state.wall) and math.isfinite(state.steady)
    return state if sane else _State(failures=FREE_TRIES - 1)


def _write(home: Path, state: _State) -> None:
    try:
        replace_file(home / PATIENCE, json.dumps({"version": 1, **asdict(state)}))
        _unwritten.pop(home, None)
    except OSError:
        # A home that cannot be written must still open.
        _unwritten[home] = state
