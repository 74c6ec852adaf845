"""An unlocked home: its store, who works here, and where."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

from gridworker.area.belonging import Actor, Place
from gridworker.errors import BugError
from gridworker.identity import LOCAL_GRID_CODE, new_id
from gridworker.ledger.dates import CHINA
from gridworker.store import errors, keyring_slot, keys, reference_data, swapping
from gridworker.store import strength as strengths
from gridworker.store.blobs import BLOBS_BEGUN, BlobStore, blob_key
from gridworker.store.driver import KeyBytes
from gridworker.store.errors import DiskFull
from gridworker.store.patience import Tries
from gridworker.store.people import own_posts, put_people
from gridworker.store.store import Store, WriteTx

# Who starts alone has nobody to review or dispatch for her, so she holds both offices.
_ALONE_ROLES = ("grid_worker", "community")
# One slip of one's own is no news.
_WORTH_TELLING = 3


class Session:
    """An unlocked home. `now` may be replaced to work on another day."""

    def __init__(
        self,
        home: Path,
        store: Store,
        *,
        data_key: KeyBytes,
        opened_by: str = keys.PASSPHRASE,
        notices: tuple[str, ...] = (),
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self.home = home
        self.store = store
        self.opened_by = opened_by
        # What a person should hear once about the lock, in sentences.
        self.notices = notices
        # Only the key of the photos is kept here: it opens nothing but them.
        self._blob_key = blob_key(data_key)
        self._blobs: BlobStore | None = None
        self._opening = threading.Lock()
        self._now = now or (lambda: datetime.now(UTC))
        self.actor: Actor
        self.place: Place
        self.refresh()
        unread = reference_data.put_in_force(store)
        if unread:
            named = "、".join(item.label for item in unread)
            self.notices += (f"{named}是更新版本的程序用的，现在按程序自带的内容办理，原内容保留着。请升级程序。",)

    def refresh(self) -> None:
        """Reads actor and place anew, after joining a server."""
        with self.store.read() as tx:
            known = {key: tx.meta(key) or "" for key in _META}
            posts = own_posts(tx)
        self.actor = Actor(known["actor_id"], known["actor_name"], posts)
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
        reference_data.take_out_of_force(self.store)
        self.store.close()


_META = ("actor_id", "actor_name", "grid_code", "grid_name", "community_name", "server_url")


def exists(home: Path) -> bool:
    """Whether a ledger lies here, or what is left of one, or one that is just coming in out of a backup."""
    return keys.has_traces(home) or swapping.is_planned(home)


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
    swapping.finish(home, lock=True)
    made = keys.create_keys(home, passphrase)
    swapping.discard(home)
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
    """Opens a home with its passphrase, its recovery code, or a code the office released."""
    swapping.finish(home, lock=True)
    return _begin(home, keys.open_home(home, secret), now)


def unlock_by_keyring(home: Path, *, now: Callable[[], datetime] | None = None) -> Session:
    """Opens a home with what the system's keyring holds; raises NoKeyring where it holds nothing."""
    swapping.finish(home, lock=True)
    return _begin(home, keys.open_by_keyring(home), now)


def _begin(home: Path, opened: keys.Opened, now: Callable[[], datetime] | None) -> Session:
    try:
        store = Store.open(home, opened.data_key)
        try:
            session = Session(
                home, store, data_key=opened.data_key, opened_by=opened.by, notices=_words_of(opened.tries), now=now
            )
            _note_login(session, opened)
        except BaseException:
            # Held open it would be told, at the next try, as open in another window.
            reference_data.take_out_of_force(store)
            store.close()
            raise
    finally:
        opened.data_key[:] = bytes(len(opened.data_key))
    return session


def _note_login(session: Session, opened: keys.Opened) -> None:
    def note(tx: WriteTx) -> None:
        _note_tries(tx, session, opened.tries)
        tx.audit("login", actor_id=session.actor.id, detail={"by": opened.by})

    try:
        session.store.write(note)
    except DiskFull:
        # The first failure gave up the ballast. Without room even then she still sees and finds everything.
        with suppress(DiskFull):
            session.store.write(note)


def _note_tries(tx: WriteTx, session: Session, tries: Tries) -> None:
    """Failed logins cannot be written while the ledger is shut, so they are when it is opened next."""
    actor = session.actor.id
    if tries.count:
        tx.audit("login_failed", actor_id=actor, detail={"count": tries.count, "times": list(tries.times)})
    if tries.tampered:
        tx.audit("login_count_tampered", actor_id=actor)


def _words_of(tries: Tries) -> tuple[str, ...]:
    words = []
    if tries.count >= _WORTH_TELLING:
        words.append(f"上次打开以后，有人输错口令 {tries.count} 次。如果不是您，请修改口令并告诉社区管理员。")
    if tries.tampered:
        words.append("记录输错口令次数的文件被删除或改动过。如果不是您，请修改口令并告诉社区管理员。")
    return tuple(words)


# ---- the secrets of a home


def change_passphrase(session: Session, old: str, new: str) -> None:
    """A new passphrase; the data is not touched, only its key is wrapped anew."""
    opened = _proven(session, old)
    keys.set_passphrase(session.home, opened.data_key, new, by=opened.by)
    session.opened_by = keys.PASSPHRASE
    session.store.write(lambda tx: tx.audit("passphrase", actor_id=session.actor.id))


def needs_passphrase(session: Session) -> bool:
    """Whether it was opened by a code, so that a passphrase is to be set, without asking for the forgotten one."""
    return session.opened_by == keys.RECOVERY or session.opened_by.startswith(keys.ESCROW)


def set_passphrase(session: Session, new: str) -> None:
    """A passphrase for a home that was opened by a code; a code the office released has done its work with this."""
    if not needs_passphrase(session):
        raise BugError("The present passphrase was not asked for.")
    keys.set_passphrase(session.home, session.store.lend_key(), new, by=session.opened_by)
    detail = {"by": session.opened_by}
    session.opened_by = keys.PASSPHRASE
    session.store.write(lambda tx: tx.audit("passphrase", actor_id=session.actor.id, detail=detail))


def renew_recovery_code(session: Session, secret: str) -> str:
    """A fresh recovery code to print; the one before opens nothing from now on."""
    opened = _proven(session, secret)
    code = keys.renew_recovery_code(session.home, opened.data_key)
    session.store.write(lambda tx: tx.audit("recovery_code", actor_id=session.actor.id))
    return code


def _proven(session: Session, secret: str) -> keys.Opened:
    opened = keys.open_home(session.home, secret)
    session.store.write(lambda tx: _note_tries(tx, session, opened.tries))
    return opened


def offers_keyring() -> bool:
    """Whether this system can open the home by itself next time; where not, the choice is not shown."""
    return keyring_slot.is_offered()


def opens_by_itself(home: Path) -> bool:
    """Whether the system's keyring opens this home at the next start."""
    return keys.has_slot(home, keys.KEYRING)


def open_by_itself(session: Session, *, on: bool) -> None:
    """Lets the system's keyring open this home at the next start, or no longer."""
    if on:
        keys.remember(session.home, session.store.lend_key())
    else:
        keys.forget(session.home)
    session.store.write(lambda tx: tx.audit("keyring_on" if on else "keyring_off", actor_id=session.actor.id))


wait_seconds = keys.wait_seconds
waiting_words = errors.waiting_words
TooManyTries = errors.TooManyTries
RECOVERY = keys.RECOVERY
strength = strengths.strength
