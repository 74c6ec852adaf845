"""The key file of a home: a random database key, wrapped once for each secret that may open it.

Changing a passphrase wraps the same key anew; the database is not touched. A secret that opens a slot has proven the
key, so a database that then does not open is damaged.
"""

from __future__ import annotations

import os
import secrets
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gridworker.store import recovery_code
from gridworker.store.driver import KEY_BYTES
from gridworker.store.errors import (
    EmptyPassphrase,
    HomeInUse,
    MissingSidecar,
    MistypedRecoveryCode,
    NoHome,
    WrongPassphrase,
)
from gridworker.store.home import DATABASE, SIDECAR, make_home, raise_if_remote
from gridworker.store.sidecar import Kdf, Sidecar, Slot, read_sidecar, write_sidecar

PASSPHRASE, RECOVERY = "passphrase", "recovery"
DEFAULT_KDF = Kdf(time=3, memory_kib=65_536, lanes=4)


@dataclass(frozen=True)
class NewKeys:
    """A fresh database key, and the code that is shown once and printed."""

    data_key: bytes
    recovery_code: str


def has_home(home: Path) -> bool:
    """Whether a ledger lies here, or lay here and a part of it is missing; a fresh start would be wrong then."""
    if (home / DATABASE).exists():
        return True
    return (home / SIDECAR).exists() and read_sidecar(home / SIDECAR).started


def create_keys(home: Path, passphrase: str, *, kdf: Kdf = DEFAULT_KDF) -> NewKeys:
    """Writes the key file of a new home; refuses where a ledger lies or lay."""
    secret = normalised(passphrase)
    if not secret:
        raise EmptyPassphrase
    raise_if_remote(home)
    make_home(home)
    if has_home(home):
        raise HomeInUse
    data_key, code = secrets.token_bytes(KEY_BYTES), recovery_code.new_code()
    sidecar = Sidecar(database=secrets.token_hex(16), slots=())
    sidecar = sidecar.with_slot(_wrap(sidecar, PASSPHRASE, secret, data_key, kdf))
    sidecar = sidecar.with_slot(_wrap(sidecar, RECOVERY, recovery_code.bare(code), data_key, kdf))
    write_sidecar(home / SIDECAR, sidecar)
    return NewKeys(data_key, code)


def unlock(home: Path, secret: str) -> bytes:
    """The database key, by a passphrase or a recovery code. Every attempt in the program goes through here."""
    return _open(_sidecar_of(home), secret)[1]


def change_passphrase(home: Path, old: str, new: str, *, kdf: Kdf = DEFAULT_KDF) -> None:
    """A new passphrase in place of the old one, which may be given as the recovery code."""
    wanted = normalised(new)
    if not wanted:
        raise EmptyPassphrase
    sidecar = _sidecar_of(home)
    data_key = _open(sidecar, old)[1]
    write_sidecar(home / SIDECAR, sidecar.with_slot(_wrap(sidecar, PASSPHRASE, wanted, data_key, kdf)))


def normalised(passphrase: str) -> str:
    """The passphrase as it is hashed: NFKC, without blanks at its edges.

    Another keyboard or system may send full-width digits, decomposed letters or an ideographic space for what the
    person sees as the same characters; NFKC makes them one. Blanks at the edges come from pasting.
    """
    return unicodedata.normalize("NFKC", passphrase).strip()


def _sidecar_of(home: Path) -> Sidecar:
    if (home / SIDECAR).exists():
        return read_sidecar(home / SIDECAR)
    raise MissingSidecar if (home / DATABASE).exists() else NoHome


def _open(sidecar: Sidecar, secret: str) -> tuple[Slot, bytes]:
    text = normalised(secret)
    if not text:
        raise EmptyPassphrase
    code = recovery_code.bare(text)
    for slot in sidecar.slots:
        if slot.kind == PASSPHRASE:
            tried = text
        elif slot.kind == RECOVERY and recovery_code.is_code(code):
            tried = code
        else:
            continue
        data_key = _unwrap(sidecar, slot, tried)
        if data_key is not None:
            return slot, data_key
    raise MistypedRecoveryCode if recovery_code.is_misread(code) else WrongPassphrase


def _wrap(sidecar: Sidecar, kind: str, secret: str, data_key: bytes, kdf: Kdf) -> Slot:
    slot = Slot(kind=kind, kdf=kdf, salt=os.urandom(16), nonce=os.urandom(12), wrapped=b"")
    key = _derived(slot, secret)
    return slot.with_wrapped(AESGCM(key).encrypt(slot.nonce, data_key, sidecar.bound_to(slot)))


def _unwrap(sidecar: Sidecar, slot: Slot, secret: str) -> bytes | None:
    try:
        return AESGCM(_derived(slot, secret)).decrypt(slot.nonce, slot.wrapped, sidecar.bound_to(slot))
    except InvalidTag:
        return None


def _derived(slot: Slot, secret: str) -> bytes:
    material = secret.encode("utf-8", "surrogatepass")
    kdf = slot.kdf
    return hash_secret_raw(material, slot.salt, kdf.time, kdf.memory_kib, kdf.lanes, KEY_BYTES, Type.ID)
