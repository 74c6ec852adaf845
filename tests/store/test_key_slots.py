"""The slots of the key file: each secret opens, is renewed or taken away by itself, and costs what it should."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path

import pytest

from gridworker.store import keyring_slot, keys
from gridworker.store.errors import (
    DamagedDatabase,
    NoKeyring,
    ReadOnlySidecar,
    StoreClosed,
    SwappedSidecar,
    WrongPassphrase,
)
from gridworker.store.sidecar import Kdf
from gridworker.store.store import Store

CHEAP = Kdf(time=1, memory_kib=8, lanes=1)
PASSPHRASE = "海边 石榴 2026"

pytestmark = pytest.mark.usefixtures("cheap_keys")


def _make(home: Path, passphrase: str = PASSPHRASE) -> keys.NewKeys:
    return keys.create_keys(home, passphrase, kdf=CHEAP)


def _bytes_of(home: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in home.glob("gridworker.db*")}


def test_changing_secrets_touches_no_byte_of_the_database(home):
    """A new passphrase, a new recovery code, an escrow slot: the data file stays as it is."""
    made = _make(home)
    Store.create(home, made.data_key).close()
    before = _bytes_of(home)
    keys.change_passphrase(home, PASSPHRASE, "新的口令")
    keys.renew_recovery_code(home, made.data_key)
    keys.offer_escrow(home, made.data_key)
    assert _bytes_of(home) == before


def test_a_renewed_recovery_code_ends_the_old_one(home):
    """The new code and the passphrase open; the old code opens nothing any more."""
    made = _make(home)
    fresh = keys.renew_recovery_code(home, made.data_key)
    assert keys.unlock(home, fresh) == made.data_key == keys.unlock(home, PASSPHRASE)
    with pytest.raises(WrongPassphrase):
        keys.unlock(home, made.recovery_code)
    again = keys.renew_recovery_code(home, keys.unlock(home, fresh))
    assert keys.unlock(home, again) == made.data_key


def test_an_escrow_code_opens_until_it_has_done_its_work(home):
    """While a new code is on its way both open; the kept one opens until a new passphrase is set with it."""
    made = _make(home)
    first, first_code = keys.offer_escrow(home, made.data_key)
    second, second_code = keys.offer_escrow(home, made.data_key)
    assert keys.unlock(home, first_code) == made.data_key == keys.unlock(home, second_code)
    keys.keep_escrow(home, second)
    assert not keys.has_slot(home, first)
    with pytest.raises(WrongPassphrase):
        keys.unlock(home, first_code)
    assert keys.open_home(home, second_code).by == second
    keys.change_passphrase(home, second_code, "新的口令")
    assert keys.unlock(home, "新的口令") == made.data_key
    with pytest.raises(WrongPassphrase):
        keys.unlock(home, second_code)


class FakeKeyring:
    """A keyring of the system, in memory."""

    def __init__(self):
        self.kept: dict[tuple[str, str], str] = {}

    def set_password(self, service: str, name: str, text: str):
        self.kept[service, name] = text

    def get_password(self, service: str, name: str):
        return self.kept.get((service, name))

    def delete_password(self, service: str, name: str):
        del self.kept[service, name]


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> FakeKeyring:
    """A system that keeps secrets."""
    made = FakeKeyring()
    monkeypatch.setattr(keyring_slot, "_backend", lambda: made)
    return made


def test_the_keyring_opens_with_a_secret_of_its_own(home, keyring):
    """What the system holds is neither the passphrase nor the database key; forgotten, it opens nothing."""
    made = _make(home)
    keys.remember(home, made.data_key)
    opened = keys.open_by_keyring(home)
    assert (opened.data_key, opened.by) == (made.data_key, keys.KEYRING)
    (held,) = keyring.kept.values()
    assert PASSPHRASE not in held
    assert made.data_key.hex() not in held
    assert made.data_key != base64.b64decode(held)
    with pytest.raises(WrongPassphrase):
        keys.unlock(home, held)
    slot_before = keys.read_sidecar(home / "keys.json")
    keys.forget(home)
    assert not keyring.kept
    with pytest.raises(NoKeyring):
        keys.open_by_keyring(home)
    keyring.kept["gridworker", slot_before.database] = held
    with pytest.raises(NoKeyring):
        keys.open_by_keyring(home)


def test_a_keyring_that_lost_or_spoilt_its_secret_is_told(home, keyring):
    """The entry gone, changed or not to be had: NoKeyring, and the passphrase opens."""
    made = _make(home)
    keys.remember(home, made.data_key)
    (place,) = keyring.kept
    for spoilt in ("", "x", "AAAA", base64.b64encode(bytes(32)).decode()):
        keyring.kept[place] = spoilt
        with pytest.raises(NoKeyring):
            keys.open_by_keyring(home)
    keyring.kept.clear()
    with pytest.raises(NoKeyring):
        keys.open_by_keyring(home)
    assert keys.unlock(home, PASSPHRASE) == made.data_key


def test_a_keyring_that_forgets_at_once_is_not_used(home, keyring, monkeypatch):
    """A backend that takes and does not keep, or raises, leaves the key file as it was."""
    made = _make(home)
    before = (home / "keys.json").read_bytes()
    monkeypatch.setattr(keyring, "get_password", lambda _service, _name: None)
    with pytest.raises(NoKeyring):
        keys.remember(home, made.data_key)
    monkeypatch.setattr(keyring, "set_password", lambda *_given: 1 / 0)
    with pytest.raises(NoKeyring):
        keys.remember(home, made.data_key)
    assert (home / "keys.json").read_bytes() == before


def test_without_a_backend_the_keyring_is_not_offered(home, monkeypatch):
    """No backend, a plain-text one, or one that fails to load: nothing is offered."""
    import keyring as package
    from keyring.backends.fail import Keyring as Nothing

    plain = type("PlaintextKeyring", (), {"__module__": "keyrings.alt.file"})
    for found in (Nothing, plain):
        monkeypatch.setattr(package, "get_keyring", found)
        assert not keyring_slot.is_offered()
    monkeypatch.setattr(package, "get_keyring", lambda: 1 / 0)
    assert not keyring_slot.is_offered()
    trusted = type("Keyring", (), {"__module__": "keyring.backends.SecretService"})
    monkeypatch.setattr(package, "get_keyring", type("Chainer", (), {"backends": [plain(), trusted()]}))
    assert keyring_slot.is_offered()
    _make(home)
    with pytest.raises(NoKeyring):
        keys.open_by_keyring(home)


# ---- cost


def test_the_cost_rises_with_the_default_at_the_next_unlock(home, monkeypatch):
    """Only the slot that was opened is wrapped anew, with the same key; the file says the new cost."""
    made = _make(home)
    monkeypatch.setattr(keys, "DEFAULT_KDF", Kdf(time=2, memory_kib=16, lanes=1))
    with pytest.raises(WrongPassphrase):
        keys.unlock(home, "猜的口令")
    assert _costs(home) == {"passphrase": CHEAP, "recovery": CHEAP}
    assert keys.unlock(home, PASSPHRASE) == made.data_key
    assert _costs(home) == {"passphrase": Kdf(2, 16, 1), "recovery": CHEAP}
    assert keys.unlock(home, made.recovery_code) == made.data_key
    assert _costs(home) == {"passphrase": Kdf(2, 16, 1), "recovery": Kdf(2, 16, 1)}
    before = (home / "keys.json").read_bytes()
    assert keys.unlock(home, PASSPHRASE) == made.data_key
    assert (home / "keys.json").read_bytes() == before


def test_the_cost_never_falls(home, monkeypatch):
    """Each part of the cost only rises: a default that is cheaper in one part lowers nothing."""
    made = keys.create_keys(home, PASSPHRASE, kdf=Kdf(time=3, memory_kib=16, lanes=2))
    monkeypatch.setattr(keys, "DEFAULT_KDF", Kdf(time=1, memory_kib=32, lanes=1))
    assert keys.unlock(home, PASSPHRASE) == made.data_key
    assert _costs(home)["passphrase"] == Kdf(time=3, memory_kib=32, lanes=2)


def _costs(home: Path) -> dict[str, Kdf]:
    return {slot.kind: slot.kdf for slot in keys.read_sidecar(home / "keys.json").slots}


# ---- files that are not what they should be


def test_a_read_only_key_file_opens_and_is_not_changed(home, monkeypatch):
    """Opening needs no writing, not even where the cost should rise; a change says what to do."""
    made = _make(home)
    path = home / "keys.json"
    path.chmod(0o400)
    monkeypatch.setattr(keys, "DEFAULT_KDF", Kdf(time=2, memory_kib=8, lanes=1))
    before = path.read_bytes()
    assert keys.unlock(home, PASSPHRASE) == made.data_key
    with pytest.raises(ReadOnlySidecar) as refused:
        keys.change_passphrase(home, PASSPHRASE, "新的口令")
    assert "只读" in refused.value.sentence()
    assert path.read_bytes() == before
    path.chmod(0o600)
    keys.change_passphrase(home, PASSPHRASE, "新的口令")
    assert keys.unlock(home, "新的口令") == made.data_key


def test_the_key_file_of_another_home_is_named_as_such(tmp_path):
    """Neither “wrong passphrase” nor “damaged”: with either home's passphrase the mix-up is told."""
    for name, passphrase in (("a", PASSPHRASE), ("b", "另一个口令")):
        Store.create(tmp_path / name, _make(tmp_path / name, passphrase).data_key).close()
    shutil.copy(tmp_path / "b" / "keys.json", tmp_path / "a" / "keys.json")
    with pytest.raises(SwappedSidecar):
        keys.unlock(tmp_path / "a", PASSPHRASE)
    with pytest.raises(SwappedSidecar):
        Store.open(tmp_path / "a", keys.unlock(tmp_path / "a", "另一个口令"))


def test_damage_at_the_head_of_the_database_is_no_mix_up(home):
    """A flipped bit among the bytes that tell whose file it is stays damage."""
    made = _make(home)
    Store.create(home, made.data_key).close()
    path = home / "gridworker.db"
    data = path.read_bytes()
    path.write_bytes(bytes([data[0] ^ 1]) + data[1:])
    with pytest.raises(DamagedDatabase):
        Store.open(home, keys.unlock(home, PASSPHRASE))
    with pytest.raises(WrongPassphrase):
        keys.unlock(home, "猜的口令")


def test_a_restored_database_is_taken_as_its_own(home, tmp_path):
    """A copy that was encrypted anew begins with other bytes; once opened it belongs to the key file."""
    made = _make(home)
    Store.create(home, made.data_key).close()
    twin = tmp_path / "twin"
    Store.create(twin, made.data_key).close()
    shutil.copy(twin / "gridworker.db", home / "gridworker.db")
    Store.open(home, keys.unlock(home, PASSPHRASE)).close()
    with pytest.raises(WrongPassphrase):
        keys.unlock(home, "猜的口令")


def test_closing_overwrites_the_key(home):
    """The store's copy of the key is zeros once it is closed, and nobody borrows it again."""
    made = _make(home)
    store = Store.create(home, made.data_key)
    held = store.lend_key()
    assert held == made.data_key
    store.close()
    assert held == bytes(32)
    with pytest.raises(StoreClosed):
        store.lend_key()
