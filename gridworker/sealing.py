"""A box anybody can close with a public key and only the holder of the private one can open: X25519, HKDF, AES-GCM."""

from __future__ import annotations

import base64
import hashlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
LONGEST = 1024
"""Bytes of a box; what is put into one is a code."""
_VERSION = b"\x01"
_LABEL = b"gridworker sealed box 1"
_HEAD = len(_VERSION) + KEY_BYTES
# The key of a box is used once, so its nonce may be the same each time.
_NONCE = bytes(12)


class BoxBroken(Exception):
    """The box was closed for another key or for something else, or it was changed on the way."""


def seal(public_key: bytes, content: bytes, *, bound_to: str) -> bytes:
    """Closes a box; it opens only together with the same words it was bound to. Raises ValueError for a bad key."""
    once = X25519PrivateKey.generate()
    theirs = X25519PublicKey.from_public_bytes(public_key)
    mine = once.public_key().public_bytes_raw()
    key = _key_of(once.exchange(theirs), mine, public_key)
    return _VERSION + mine + AESGCM(key).encrypt(_NONCE, content, bound_to.encode())


def unseal(private_key: bytes, box: bytes, *, bound_to: str) -> bytes:
    """What lies in a box; raises BoxBroken."""
    if box[:1] != _VERSION or not _HEAD < len(box) <= LONGEST:
        raise BoxBroken
    holder = X25519PrivateKey.from_private_bytes(private_key)
    mine = box[1:_HEAD]
    try:
        key = _key_of(
            holder.exchange(X25519PublicKey.from_public_bytes(mine)), mine, holder.public_key().public_bytes_raw()
        )
        return AESGCM(key).decrypt(_NONCE, box[_HEAD:], bound_to.encode())
    except (InvalidTag, ValueError):
        raise BoxBroken from None


def escrow_words(device_id: str, database: str) -> str:
    """What an escrow box is bound to, so that the server cannot pass one device's box off as another's."""
    return f"gridworker escrow 1\n{device_id}\n{database}"


def fingerprint(public_key: bytes) -> str:
    """A public key as two people compare it by telephone: `ABCD-EFGH-IJKL-MNOP`."""
    text = base64.b32encode(hashlib.sha256(_LABEL + public_key).digest()[:10]).decode("ascii")
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def _key_of(shared: bytes, mine: bytes, theirs: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=mine + theirs, info=_LABEL).derive(shared)
