"""The key file of a home: a random database key, wrapped once for each secret that may open it.

Slots: the passphrase, the printed recovery code, a code the office holds in escrow, and the system's keyring. Changing
a secret wraps the same key anew; the database is not touched. A secret that opens a slot has proven the key, so a
database that then does not open is damaged, or the key file is of another one.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gridworker.store import keyring_slot, patience, recovery_code
from gridworker.store.belonging import raise_if_swapped
from gridworker.store.driver import KEY_BYTES, KeyBytes
from gridworker.store.errors import (
    DamagedSidecar,
    EmptyPassphrase,
    HomeInUse,
    MissingSidecar,
    MistypedRecoveryCode,
    NoHome,
    NoKeyring,
    StoreError,
    TooManyTries,
    WrongPassphrase,
    waiting_words,
)
from gridworker.store.home import DATABASE, SIDECAR, make_home, raise_if_remote
from gridworker.store.patience import Tries
from gridworker.store.safety_errors import OnlyBackups
from gridworker.store.sidecar import Kdf, Sidecar, Slot, read_sidecar, write_sidecar
from gridworker.store.wrapping import normalised, unwrap, wrap

PASSPHRASE, RECOVERY, KEYRING = "passphrase", "recovery", "keyring"
ESCROW = "escrow"
"""How the kinds of escrow slots begin; while a code is handed over, the old and the new one stand side by side."""
DEFAULT_KDF = Kdf(time=3, memory_kib=65_536, lanes=4)
# A random key of 256 bits needs no stretching.
_NO_STRETCHING = Kdf(time=1, memory_kib=8, lanes=1)
_COUNTED = "tries_counted"
_BACKUPS = "backups"
_WARN_FROM = 3


@dataclass(frozen=True)
class NewKeys:
    """A fresh database key, and the code that is shown once and printed."""

    data_key: bytes
    recovery_code: str


@dataclass(frozen=True)
class Opened:
    """The database key, by which slot it came, and what happened at the lock before."""

    data_key: bytearray
    by: str
    tries: Tries


def has_home(home: Path) -> bool:
    """Whether a ledger lies here, or lay here and a part of it is missing; a fresh start would be wrong then."""
    if (home / DATABASE).exists():
        return True
    try:
        return (home / SIDECAR).exists() and read_sidecar(home / SIDECAR).started
    except DamagedSidecar:
        # It is written in one step, so that no first start leaves such a file behind.
        return True


def has_traces(home: Path) -> bool:
    """Whether a ledger lies here, or nothing of one but its backups: it is to be brought back then, not begun anew."""
    return has_home(home) or any((home / _BACKUPS).glob(f"*/{SIDECAR}"))


def create_keys(home: Path, passphrase: str, *, kdf: Kdf | None = None) -> NewKeys:
    """Writes the key file of a new home; refuses where a ledger lies or lay."""
    secret = normalised(passphrase)
    if not secret:
        raise EmptyPassphrase
    raise_if_remote(home)
    make_home(home)
    if has_home(home):
        raise HomeInUse
    if has_traces(home):
        raise OnlyBackups
    data_key, code = secrets.token_bytes(KEY_BYTES), recovery_code.new_code()
    sidecar = Sidecar(database=secrets.token_hex(16), slots=(), others={_COUNTED: True})
    sidecar = sidecar.with_slot(_slot(sidecar, PASSPHRASE, secret, data_key, kdf))
    sidecar = sidecar.with_slot(_slot(sidecar, RECOVERY, recovery_code.bare(code), data_key, kdf))
    write_sidecar(home / SIDECAR, sidecar)
    patience.begin(home, data_key)
    return NewKeys(data_key, code)


# ---- opening


def unlock(home: Path, secret: str) -> bytearray:
    """The database key, by a passphrase or a recovery code."""
    return open_home(home, secret).data_key


def open_home(home: Path, secret: str) -> Opened:
    """Tries a passphrase or a code. Every attempt in the program goes through here and is counted before it is made.

    Guessing passphrases is slowed down; a well-formed code is heard at any time, for nobody guesses 120 bits.
    """
    sidecar = _sidecar_of(home)
    text = normalised(secret)
    if not text:
        raise EmptyPassphrase
    code = recovery_code.bare(text)
    wait = patience.remaining(home)
    if wait and not recovery_code.is_code(code):
        raise TooManyTries(wait)
    failures = 0 if wait else patience.charge(home)
    found = _find(sidecar, text, code, codes_only=bool(wait))
    if found is None:
        raise_if_swapped(home)
        raise _refusal(home, code, failures)
    slot, material, data_key = found
    tries = patience.settle(home, data_key, expected=_COUNTED in sidecar.others, charged=not wait)
    _raise_cost(home, sidecar, slot, material, data_key)
    return Opened(data_key, slot.kind, tries)


def unlock_copy(copy: Path, secret: str, *, counted_in: Path | None) -> bytearray:
    """The database key out of the key file of a backup, which stays as it is: wrong tries are counted in a home.

    A backup may lie on a stick that cannot be written, and what is written into it would make it another one. None is
    for a secret that was counted already, at another key file.
    """
    sidecar, text = _sidecar_of(copy), normalised(secret)
    if not text:
        raise EmptyPassphrase
    code, wait = recovery_code.bare(text), patience.remaining(counted_in) if counted_in else 0
    if wait and not recovery_code.is_code(code):
        raise TooManyTries(wait)
    before = patience.now_at(counted_in) if counted_in else None
    failures = patience.charge(counted_in) if counted_in and not wait else 0
    found = _find(sidecar, text, code, codes_only=bool(wait))
    if found is None:
        raise _refusal(counted_in, code, failures) if counted_in else WrongPassphrase
    if counted_in and not wait:
        patience.take_back(counted_in, before)
    return found[2]


def open_by_keyring(home: Path) -> Opened:
    """Opens with what the system's keyring holds, where this was wished for; raises NoKeyring."""
    sidecar = _sidecar_of(home)
    slot = next((slot for slot in sidecar.slots if slot.kind == KEYRING), None)
    if slot is None:
        raise NoKeyring
    data_key = unwrap(sidecar, slot, keyring_slot.secret_of(sidecar.database))
    if data_key is None:
        raise NoKeyring
    tries = patience.settle(home, data_key, expected=_COUNTED in sidecar.others, charged=False)
    return Opened(data_key, KEYRING, tries)


def wait_seconds(home: Path) -> int:
    """How long a passphrase is not heard yet."""
    return patience.remaining(home)


# ---- changing slots


def change_passphrase(home: Path, old: str, new: str, *, kdf: Kdf | None = None) -> None:
    """A new passphrase in place of the old one, which may be given as a code."""
    _raise_if_empty(new)
    opened = open_home(home, old)
    set_passphrase(home, opened.data_key, new, by=opened.by, kdf=kdf)


def set_passphrase(home: Path, data_key: KeyBytes, new: str, *, by: str = "", kdf: Kdf | None = None) -> None:
    """A new passphrase for a home that is open; an escrow code it was opened `by` has done its work and is gone."""
    _raise_if_empty(new)
    sidecar = _sidecar_of(home)
    if by.startswith(ESCROW):
        sidecar = sidecar.without(by)
    write_sidecar(home / SIDECAR, sidecar.with_slot(_slot(sidecar, PASSPHRASE, normalised(new), data_key, kdf)))


def renew_recovery_code(home: Path, data_key: KeyBytes, *, kdf: Kdf | None = None) -> str:
    """A fresh recovery code for a home that is open, to be printed; the old one opens nothing from now on."""
    code, sidecar = recovery_code.new_code(), _sidecar_of(home)
    write_sidecar(home / SIDECAR, sidecar.with_slot(_slot(sidecar, RECOVERY, recovery_code.bare(code), data_key, kdf)))
    return code


def offer_escrow(home: Path, data_key: KeyBytes, *, kdf: Kdf | None = None) -> tuple[str, str]:
    """A further slot with a code for the office, and that code; the slots before stay until `keep_escrow`."""
    code, sidecar = recovery_code.new_code(), _sidecar_of(home)
    kind = f"{ESCROW}-{secrets.token_hex(4)}"
    write_sidecar(home / SIDECAR, sidecar.with_slot(_slot(sidecar, kind, recovery_code.bare(code), data_key, kdf)))
    return kind, code


def keep_escrow(home: Path, kind: str) -> None:
    """Only this escrow slot stays: the office has its code."""
    sidecar = _sidecar_of(home)
    others = [known for known in sidecar.kinds() if known.startswith(ESCROW) and known != kind]
    if others:
        write_sidecar(home / SIDECAR, sidecar.without(*others))


def has_slot(home: Path, kind: str) -> bool:
    """Whether a slot of this kind stands in the key file."""
    return kind in _sidecar_of(home).kinds()


def database_of(home: Path) -> str:
    """The random name of the database, which tells its key file from others."""
    return _sidecar_of(home).database


def remember(home: Path, data_key: KeyBytes) -> None:
    """From now on the system's keyring opens this home; it holds a random key of its own. Raises NoKeyring."""
    sidecar = _sidecar_of(home)
    secret = keyring_slot.new_secret(sidecar.database)
    write_sidecar(home / SIDECAR, sidecar.with_slot(_slot(sidecar, KEYRING, secret, data_key, _NO_STRETCHING)))


def forget(home: Path) -> None:
    """The system's keyring opens this home no longer."""
    sidecar = _sidecar_of(home)
    if KEYRING in sidecar.kinds():
        write_sidecar(home / SIDECAR, sidecar.without(KEYRING))
    keyring_slot.forget(sidecar.database)


# ---- within


def _raise_if_empty(passphrase: str) -> None:
    if not normalised(passphrase):
        raise EmptyPassphrase


def _sidecar_of(home: Path) -> Sidecar:
    if (home / SIDECAR).exists():
        return read_sidecar(home / SIDECAR)
    if (home / DATABASE).exists():
        raise MissingSidecar
    raise OnlyBackups if has_traces(home) else NoHome


def _find(sidecar: Sidecar, text: str, code: str, *, codes_only: bool) -> tuple[Slot, str, bytearray] | None:
    for slot in sidecar.slots:
        if slot.kind == PASSPHRASE and not codes_only:
            material = text
        elif (slot.kind == RECOVERY or slot.kind.startswith(ESCROW)) and recovery_code.is_code(code):
            material = code
        else:
            continue
        data_key = unwrap(sidecar, slot, material)
        if data_key is not None:
            return slot, material, data_key
    return None


def _refusal(home: Path, code: str, failures: int) -> WrongPassphrase:
    kind = MistypedRecoveryCode if recovery_code.is_misread(code) else WrongPassphrase
    wait, left = patience.remaining(home), patience.FREE_TRIES - failures
    if wait:
        return kind(action=f"{kind.ACTION}{waiting_words(wait)}后可以再试口令，恢复码不用等。")
    if failures >= _WARN_FROM:
        return kind(action=f"{kind.ACTION}再错 {left} 次，就要等一会儿才能再试。")
    return kind()


def _raise_cost(home: Path, sidecar: Sidecar, slot: Slot, material: str, data_key: KeyBytes) -> None:
    """Wraps anew where the default cost has risen since, never cheaper; a file that cannot be written stays."""
    now, least = slot.kdf, DEFAULT_KDF
    raised = Kdf(max(now.time, least.time), max(now.memory_kib, least.memory_kib), max(now.lanes, least.lanes))
    if raised != now:
        with suppress(StoreError):
            write_sidecar(home / SIDECAR, sidecar.with_slot(_slot(sidecar, slot.kind, material, data_key, raised)))


def _slot(sidecar: Sidecar, kind: str, secret: str, data_key: KeyBytes, kdf: Kdf | None) -> Slot:
    return wrap(sidecar, kind, secret, data_key, kdf or DEFAULT_KDF)
