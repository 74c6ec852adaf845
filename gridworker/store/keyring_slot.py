"""The system's own keyring: holds a random key of one home, never a passphrase; absent where the system has none."""

from __future__ import annotations

import base64
import binascii
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from gridworker.store.errors import NoKeyring

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

_SERVICE = "gridworker"
_KEY_BYTES = 32
# Keyrings of the desktop or the system. Others that `keyring` may find keep secrets in a plain file.
_TRUSTED = ("keyring.backends.SecretService", "keyring.backends.libsecret", "keyring.backends.kwallet",
            "keyring.backends.Windows", "keyring.backends.macOS")  # fmt: skip


def is_offered() -> bool:
    """Whether this system keeps secrets for programs; without that the choice is not shown at all."""
    return _backend() is not None


def new_secret(database: str) -> str:
    """A fresh random secret, kept by the system for one database; raises NoKeyring."""
    made = base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode("ascii")
    backend = _required()
    try:
        backend.set_password(_SERVICE, database, made)
        kept = backend.get_password(_SERVICE, database)
    except Exception as failed:
        raise NoKeyring from failed
    if kept != made:
        raise NoKeyring
    return made


def secret_of(database: str) -> str:
    """The secret kept for a database; raises NoKeyring where there is none or the system does not give it now."""
    try:
        kept = _required().get_password(_SERVICE, database)
        whole = kept is not None and len(base64.b64decode(kept, validate=True)) == _KEY_BYTES
    except (binascii.Error, ValueError):
        whole = False
    except Exception as failed:
        raise NoKeyring from failed
    if kept is None or not whole:
        raise NoKeyring
    return kept


def forget(database: str) -> None:
    """Takes the secret out of the keyring; what is not there needs no taking out."""
    backend = _backend()
    if backend is None:
        return
    # The slot is gone from the key file, so a secret that stays behind opens nothing.
    with suppress(Exception):
        backend.delete_password(_SERVICE, database)


def _required() -> KeyringBackend:
    backend = _backend()
    if backend is None:
        raise NoKeyring
    return backend


def _backend() -> KeyringBackend | None:
    # Backends come as plug-ins and fail in as many ways as there are desktops; each of them means: none here.
    try:
        import keyring  # noqa: PLC0415 - it looks for every backend there is when it is loaded

        found = keyring.get_keyring()
        backends: list[KeyringBackend] = getattr(found, "backends", [found])
        for one in backends:
            if type(one).__module__.startswith(_TRUSTED):
                return one
    except Exception:  # noqa: BLE001 - see above
        return None
    return None
