"""An unlocked home: its store, who works here, and where."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from gridworker.identity import LOCAL_GRID_CODE, new_id
from gridworker.ledger.dates import CHINA
from gridworker.store import keys
from gridworker.store import strength as strengths
from gridworker.store.blobs import BlobStore, blob_key
from gridworker.store.people import put_people
from gridworker.store.store import Store, WriteTx

# Who starts alone has nobody to review or dispatch for her, so she holds both offices.
_ALONE_ROLES = ("grid_worker", "community")


@dataclass(frozen=True)
class Actor:
    """Who works here."""

    id: str
    name: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """The grid this home looks after; `joined` once a server has granted it."""

    grid_code: str
    name: str
    community_name: str
    joined: bool


class Session:
    """An unlocked home. `now` may be replaced to work on another day."""

    def __init__(self, home: Path, store: Store, *, data_key: bytes, now: Callable[[], datetime] | None = None) -> None:
        self.home = home
        self.store = store
        # Only the key of the photos is kept here: it opens nothing but them.
        self._blob_key = blob_key(data_key)
        self._blobs: BlobStore | None = None
        self._opening = threading.Lock()
        self._now = now or (lambda: datetime.now(UTC))
        self.actor: Actor
        self.place: Place
        self.refresh()

    def refresh(self) -> None:
        """Reads actor and place anew, after joining a server."""
        with self.store.read() as tx:
            known = {key: tx.meta(key) or "" for key in _META}
        self.actor = Actor(known["actor_id"], known["actor_name"], tuple(json.loads(known["roles"] or "[]")))
        self.place = Place(
            known["grid_code"], known["grid_name"], known["community_name"], joined=bool(known["server_url"])
        )

    @property
    def blobs(self) -> BlobStore:
        """The photos of this home, opened when they are first asked for."""
        with self._opening:
            if self._blobs is None:
                with self.store.read() as tx:
                    begun = tx.meta(BLOBS_BEGUN) is not None
                self._blobs = BlobStore.open(self.home, self._blob_key, create=not begun, now=self._seconds)
            return self._blobs

    def _seconds(self) -> int:
        return int(self.now().timestamp())

    def now(self) -> datetime:
        """The present moment."""
        return self._now()

    def today(self) -> date:
        """The day in China."""
        return self.now().astimezone(CHINA).date()

    def close(self) -> None:
        """Lets go of the files and forgets the keys."""
        with self._opening:
            if self._blobs is not None:
                self._blobs.close()
            self._blobs = None
            self._blob_key = b""
        self.store.close()


_META = ("actor_id", "actor_name", "roles", "grid_code", "grid_name", "community_name", "server_url")
# Written with the first photo: from then on a missing photo file is a loss to be told, and no reason to make a new one.
BLOBS_BEGUN = "blobs_begun"

exists = keys.has_home


def start(
    home: Path,
    passphrase: str,
    *,
    name: str = "",
    grid_code: str = "",
    place_name: str = "",
    community_name: str = "",
    now: Callable[[], datetime] | None = None,
) -> tuple[Session, str]:
    """A new home, and the recovery code to print; refuses a home that exists."""
    made = keys.create_keys(home, passphrase)
    store = Store.create(home, made.data_key)
    actor_id = new_id()
    grid = grid_code or LOCAL_GRID_CODE
    facts = {
        "actor_id": actor_id, "actor_name": name or "网格员", "roles": json.dumps(_ALONE_ROLES),
        "grid_code": grid, "grid_name": place_name or "本机网格", "community_name": community_name,
    }  # fmt: skip

    def set_up(tx: WriteTx) -> None:
        for key, value in facts.items():
            tx.set_meta(key, value)
        put_people(tx, [(actor_id, facts["actor_name"], "grid_worker", grid)])
        tx.audit("init", actor_id=actor_id)

    store.write(set_up)
    return Session(home, store, data_key=made.data_key, now=now), made.recovery_code


def unlock(home: Path, secret: str, *, now: Callable[[], datetime] | None = None) -> Session:
    """Opens a home with its passphrase or recovery code."""
    data_key = keys.unlock(home, secret)
    store = Store.open(home, data_key)
    session = Session(home, store, data_key=data_key, now=now)
    store.write(lambda tx: tx.audit("login", actor_id=session.actor.id))
    return session


def change_passphrase(session: Session, old: str, new: str) -> None:
    """A new passphrase; the data is not touched, only its key is wrapped anew."""
    keys.change_passphrase(session.home, old, new)
    session.store.write(lambda tx: tx.audit("passphrase", actor_id=session.actor.id))


strength = strengths.strength
