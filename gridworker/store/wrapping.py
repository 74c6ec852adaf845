"""A database key wrapped under a secret: stretched by argon2id, sealed by AES-GCM, bound to its place in the file."""

from __future__ import annotations

import os
import unicodedata
from dataclasses import replace

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gridworker.store.driver import KEY_BYTES, KeyBytes
from gridworker.store.sidecar import Kdf, Sidecar, Slot


def normalised(passphrase: str) -> str:
    """The passphrase as it is hashed: NFKC, without blanks at its edges.

    Another keyboard or system may send full-width digits, decomposed letters or an ideographic space for what the
    person sees as the same characters; NFKC makes them one. Blanks at the edges come from pasting.
    """
    return unicodedata.normalize("NFKC", passphrase).strip()


def wrap(sidecar: Sidecar, kind: str, secret: str, data_key: KeyBytes, kdf: Kdf) -> Slot:
    """A slot of a key file that this secret opens."""
    slot = Slot(kind=kind, kdf=kdf, salt=os.urandom(16), nonce=os.urandom(12), wrapped=b"")
    key = _derived(slot, secret)
    return replace(slot, wrapped=AESGCM(key).encrypt(slot.nonce, data_key, sidecar.bound_to(slot)))


def unwrap(sidecar: Sidecar, slot: Slot, secret: str) -> bytearray | None:
    """The database key, or None where the secret is not the slot's."""
    try:
        return bytearray(AESGCM(_derived(slot, secret)).decrypt(slot.nonce, slot.wrapped, sidecar.bound_to(slot)))
    except InvalidTag:
        return None


def _derived(slot: Slot, secret: str) -> bytes:
    material = secret.encode("utf-8", "surrogatepass")
    kdf = slot.kdf
    return hash_secret_raw(material, slot.salt, kdf.time, kdf.memory_kib, kdf.lanes, KEY_BYTES, Type.ID)
