"""The key file: who gets in, who does not, and what it survives."""

from __future__ import annotations

import json
import os
import unicodedata
from pathlib import Path

import pytest

from gridworker.store import keys, recovery_code
from gridworker.store.errors import (
    DamagedSidecar,
    EmptyPassphrase,
    HomeInUse,
    MissingSidecar,
    MistypedRecoveryCode,
    NewerSidecar,
    NoHome,
    WrongPassphrase,
)
from gridworker.store.sidecar import Kdf
from gridworker.store.store import Store
from gridworker.store.strength import strength

CHEAP = Kdf(time=1, memory_kib=8, lanes=1)
DECIDED = keys.DEFAULT_KDF
PASSPHRASE = "海边 石榴 2026"

pytestmark = pytest.mark.usefixtures("cheap_keys")


def _make(home: Path, passphrase: str = PASSPHRASE) -> keys.NewKeys:
    return keys.create_keys(home, passphrase, kdf=CHEAP)


def test_passphrase_and_recovery_code_open_the_same_key(home):
    """Both secrets give the database key, the code however its groups are written."""
    made = _make(home)
    assert keys.unlock(home, PASSPHRASE) == made.data_key
    assert keys.unlock(home, made.recovery_code) == made.data_key
    assert keys.unlock(home, made.recovery_code.lower().replace("-", " ")) == made.data_key


def test_the_default_cost_is_what_was_decided(home, monkeypatch):
    """A new slot costs 64 MiB, three rounds, four lanes of argon2id, and says so in the file."""
    monkeypatch.setattr(keys, "DEFAULT_KDF", DECIDED)
    keys.create_keys(home, PASSPHRASE)
    slots = json.loads((home / "keys.json").read_text())["slots"]
    assert {slot["kind"] for slot in slots} == {"passphrase", "recovery"}
    assert all(slot["kdf"] == {"name": "argon2id", "time": 3, "memory_kib": 65536, "lanes": 4} for slot in slots)
    assert keys.unlock(home, PASSPHRASE)


def test_another_keyboard_opens(home):
    """Full-width digits, decomposed letters, an ideographic space and blanks at the edges are the same passphrase."""
    made = _make(home, "Café 网格１２３")
    for typed in ("Café 网格123", unicodedata.normalize("NFD", "Café") + "\u3000网格123", "  Café 网格123\n"):
        assert keys.unlock(home, typed) == made.data_key


@pytest.mark.parametrize("passphrase", ["𠅤" * 200, "ئۇيغۇر " * 28, "😀🏠" * 100, "x" * 200, "ก็" * 100])
def test_two_hundred_characters_of_any_script(home, passphrase):
    """A long passphrase of any script opens, and one character less does not."""
    made = _make(home, passphrase)
    assert keys.unlock(home, passphrase) == made.data_key
    with pytest.raises(WrongPassphrase):
        keys.unlock(home, passphrase.strip()[:-1])


def test_a_wrong_passphrase_is_told_apart_and_changes_nothing(home):
    """A wrong secret is refused in words, and the file is untouched."""
    _make(home)
    before = (home / "keys.json").read_bytes()
    with pytest.raises(WrongPassphrase) as raised:
        keys.unlock(home, "猜的口令")
    assert not isinstance(raised.value, MistypedRecoveryCode)
    assert raised.value.title
    assert raised.value.action
    assert (home / "keys.json").read_bytes() == before


def test_a_misread_recovery_code_says_so(home):
    """Every single wrong character and every swap of neighbours is named a slip, not a wrong passphrase."""
    code = _make(home).recovery_code.replace("-", "")
    slips = [code[:3] + ("A" if code[3] != "A" else "B") + code[4:], code[:-1]]
    slips += [
        code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        for place in range(len(code) - 1)
        if code[place] != code[place + 1]
    ][:3]
    for slip in slips:
        with pytest.raises(MistypedRecoveryCode):
            keys.unlock(home, slip)


def test_the_check_character_finds_every_single_slip():
    """No code with one character changed or two neighbours swapped passes for a code."""
    code = recovery_code.bare(recovery_code.new_code())
    for place, there in enumerate(code):
        for other in recovery_code.ALPHABET:
            changed = code[:place] + other + code[place + 1 :]
            assert recovery_code.is_code(changed) == (other == there)
    for place in range(len(code) - 1):
        swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        assert recovery_code.is_code(swapped) == (swapped == code)


def test_changing_the_passphrase_keeps_key_and_code(home):
    """After a change the new passphrase and the old code open; the old passphrase does not."""
    made = _make(home)
    keys.change_passphrase(home, PASSPHRASE, "新的口令", kdf=CHEAP)
    assert keys.unlock(home, "新的口令") == made.data_key == keys.unlock(home, made.recovery_code)
    with pytest.raises(WrongPassphrase):
        keys.unlock(home, PASSPHRASE)
    keys.change_passphrase(home, made.recovery_code, PASSPHRASE, kdf=CHEAP)
    assert keys.unlock(home, PASSPHRASE) == made.data_key


def test_empty_passphrases_are_refused(home):
    """Nothing, and nothing but blanks, is no passphrase."""
    for nothing in ("", " \u3000\n"):
        with pytest.raises(EmptyPassphrase):
            _make(home, nothing)
    assert not (home / "keys.json").exists()


def _damage_nothing(data: bytes) -> bytes:
    return b""


def _damage_cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _damage_flip(data: bytes) -> bytes:
    place = data.index(b'"wrapped": "') + 20
    return data[:place] + (b"A" if data[place : place + 1] != b"A" else b"B") + data[place + 1 :]


def _damage_cost(data: bytes) -> bytes:
    return data.replace(b'"memory_kib": 8', b'"memory_kib": 999999999')


def _damage_text(data: bytes) -> bytes:
    return b"\xff\xfe not json"


@pytest.mark.parametrize("damage", [_damage_nothing, _damage_cut, _damage_flip, _damage_cost, _damage_text])
def test_a_damaged_key_file_is_no_wrong_passphrase(home, damage):
    """Emptied, cut, flipped, tampered: said as damage, kept as it is."""
    _make(home)
    path = home / "keys.json"
    path.write_bytes(damage(path.read_bytes()))
    left = path.read_bytes()
    with pytest.raises(DamagedSidecar):
        keys.unlock(home, PASSPHRASE)
    assert path.read_bytes() == left


def test_a_newer_key_file_is_left_to_a_newer_program(home):
    """A higher version is refused politely before anything else is looked at."""
    _make(home)
    path = home / "keys.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"version": 2}))
    with pytest.raises(NewerSidecar):
        keys.unlock(home, PASSPHRASE)


def test_what_a_later_program_added_survives_a_change(home):
    """Members and slots this program does not know are written back."""
    _make(home)
    path = home / "keys.json"
    sidecar = keys.read_sidecar(path)
    slot = sidecar.slots[0]
    other = type(slot)("escrow", slot.kdf, slot.salt, slot.nonce, slot.wrapped)
    keys.write_sidecar(path, type(sidecar)(sidecar.database, (*sidecar.slots, other), others={"tries": 3}))
    keys.change_passphrase(home, PASSPHRASE, "新的口令", kdf=CHEAP)
    kept = keys.read_sidecar(path)
    assert kept.others == {"tries": 3}
    assert "escrow" in {known.kind for known in kept.slots}


def test_a_slot_cannot_be_moved_to_another_home(tmp_path):
    """The wrapping is bound to its database: a slot copied into another key file opens nothing."""
    _make(tmp_path / "a")
    _make(tmp_path / "b", "另一个口令")
    first, second = keys.read_sidecar(tmp_path / "a" / "keys.json"), keys.read_sidecar(tmp_path / "b" / "keys.json")
    keys.write_sidecar(tmp_path / "b" / "keys.json", type(second)(second.database, first.slots))
    with pytest.raises(WrongPassphrase):
        keys.unlock(tmp_path / "b", PASSPHRASE)


def test_no_home_and_a_lost_key_file_differ(home):
    """An empty folder is no home; a database without its key file says which file is missing."""
    with pytest.raises(NoHome):
        keys.unlock(home, PASSPHRASE)
    made = _make(home)
    Store.create(home, made.data_key).close()
    (home / "keys.json").rename(home / "elsewhere.json")
    with pytest.raises(MissingSidecar):
        keys.unlock(home, PASSPHRASE)
    with pytest.raises(HomeInUse):
        _make(home)


def test_a_first_start_that_was_cut_off_can_be_repeated(home):
    """Until a database was complete, new keys may be made; afterwards never again, even if the database is lost."""
    _make(home)
    assert not keys.has_home(home)
    made = _make(home, "第二次")
    Store.create(home, made.data_key).close()
    assert keys.has_home(home)
    (home / "gridworker.db").rename(home / "lost.db")
    assert keys.has_home(home)
    with pytest.raises(HomeInUse):
        _make(home)
    assert keys.unlock(home, "第二次") == made.data_key


def test_the_folder_is_the_owners_alone(home):
    """Nobody else of the machine looks into the home; Windows keeps a user's folders apart by itself."""
    _make(home)
    assert os.name != "posix" or home.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("weak", "strong"),
    [("123456", "海边石榴算盘雨伞"), ("woaini1314", "correct horse battery staple"), ("aaaaaaaaaaaa", "K7#vq!mX2pLw9")],
)
def test_strength_knows_weak_from_strong(weak, strong):
    """What everybody guesses scores low and says why; several unrelated words score high."""
    assert strength(weak).score <= 1
    assert strength(strong).score >= 3
    assert len(strength(weak).words) > len("很弱。")


def test_strength_of_common_shapes():
    """Dates, phone and ID numbers and digits alone are never called good, however long."""
    for guessable in ("19900305", "1990年3月5日", "13800000000", "370200199003051234", "20260305123456"):
        assert strength(guessable).score <= 1
    assert strength("").score == 0
