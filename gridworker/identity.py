"""Identities minted on the device, without asking anybody: record ids, record numbers, device tags."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from datetime import date

# Capital letters and digits without I, O, 0, 1, which are misread on paper.
DEVICE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CHECK_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class IdMint:
    """Mints UUIDv7 text (RFC 9562) that never goes backwards, even when the clock does.

    `last` may be stored and given back at the next start, so that a clock set back
    cannot make an id twice.
    """

    def __init__(self, clock_ms: Callable[[], int] | None = None, last: int = 0) -> None:
        self._clock_ms = clock_ms or (lambda: time.time_ns() // 1_000_000)
        self._lock = threading.Lock()
        self.last = last

    def __call__(self) -> str:
        """One new id, greater than every id minted before it."""
        with self._lock:
            noise = secrets.randbits(74)
            fresh = (self._clock_ms() << 12) | noise >> 62
            self.last = max(fresh, self.last + 1)
            stamp, sub = self.last >> 12, self.last & 0xFFF
        value = (stamp & (1 << 48) - 1) << 80 | 0x7 << 76 | sub << 64 | 0b10 << 62 | noise & (1 << 62) - 1
        text = f"{value:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


new_id = IdMint()


def derived_id(*parts: str) -> str:
    """The id that follows from these words, the same whoever works it out (UUIDv8)."""
    digest = int.from_bytes(hashlib.sha256("\n".join(parts).encode()).digest()[:16], "big")
    number = digest & ~(0xF << 76) & ~(0b11 << 62) | 0x8 << 76 | 0b10 << 62
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def check_character(text: str) -> str:
    """The check character of ISO 7064 MOD 37,36 over the letters and digits of `text`."""
    rest = 36
    for character in text:
        if character not in CHECK_ALPHABET:
            continue
        rest = (rest + CHECK_ALPHABET.index(character)) % 36 or 36
        rest = rest * 2 % 37
    return CHECK_ALPHABET[(37 - rest) % 36]


def record_number(prefix: str, community: str, on: date, device_tag: str, sequence: int) -> str:
    """A number unique per device and day, e.g. `QS370211005001-260930-A7042M`.

    A device that passes 999 records of one kind in a day gets a fourth digit rather than a repeat.
    """
    body = f"{prefix}{community}-{on:%y%m%d}-{device_tag}{sequence:03d}"
    return body + check_character(body)


def is_record_number(text: str) -> bool:
    """Whether the check character of a record number holds."""
    return len(text) > 1 and text[-1] == check_character(text[:-1])


def random_device_tag() -> str:
    """Two characters for a device that no server has named yet."""
    return "".join(secrets.choice(DEVICE_ALPHABET) for _ in range(2))


# The grid of a home that started alone, until it joins a server and learns its real code.
LOCAL_GRID_CODE = "000000000000001"
