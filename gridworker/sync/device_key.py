"""The key by which a device proves who it is: made here, kept in the encrypted database, never sent."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gridworker.store.store import Store
from gridworker.store.transactions import WriteTx

_META_KEY = "device_key"


def device_key(store: Store) -> Ed25519PrivateKey:
    """The key of this home, stored before it is first used: a lost answer to an enrolment can be asked for again."""
    with store.read() as tx:
        known = tx.meta(_META_KEY)
    if known:
        return Ed25519PrivateKey.from_private_bytes(from_base64url(known))
    key = Ed25519PrivateKey.generate()

    def keep(tx: WriteTx) -> None:
        tx.set_meta(_META_KEY, to_base64url(key.private_bytes_raw()))

    store.write(keep)
    return key


def public_text(key: Ed25519PrivateKey) -> str:
    """The public half as the wire carries it."""
    return to_base64url(key.public_key().public_bytes_raw())


def to_base64url(raw: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """The bytes of base64url without padding."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
