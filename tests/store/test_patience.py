"""Wrong passphrases: the wait grows, outlives a restart, follows no clock that was turned, and never stops a code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gridworker.store import keys, patience
from gridworker.store.errors import MistypedRecoveryCode, TooManyTries, WrongPassphrase, waiting_words
from gridworker.store.sidecar import Kdf

CHEAP = Kdf(time=1, memory_kib=8, lanes=1)
RIGHT = "海边 石榴 2026"

pytestmark = pytest.mark.usefixtures("cheap_keys")


class Clocks:
    """The calendar, the machine's own clock and the name of its start, to be turned at will."""

    def __init__(self) -> None:
        self.wall, self.steady, self.boot = 1_790_000_000.0, 500.0, "start-1"

    def pass_by(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds

    def restart(self) -> None:
        self.steady, self.boot = 20.0, self.boot and self.boot + "x"


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    """Clocks under the test's hand."""
    made = Clocks()
    monkeypatch.setattr(patience, "_wall", lambda: made.wall)
    monkeypatch.setattr(patience, "_steady", lambda: made.steady)
    monkeypatch.setattr(patience, "_boot", lambda: made.boot)
    return made


@pytest.fixture
def made(home: Path, clocks: Clocks) -> keys.NewKeys:
    """A home's keys."""
    return keys.create_keys(home, RIGHT)


def _fail(home: Path, times: int) -> None:
    for _ in range(times):
        with pytest.raises(WrongPassphrase):
            keys.unlock(home, "猜的口令")


def _fail_patiently(home: Path, clocks: Clocks, times: int) -> None:
    for _ in range(times):
        clocks.pass_by(keys.wait_seconds(home))
        _fail(home, 1)


def _waits(home: Path) -> int:
    with pytest.raises(TooManyTries) as refused:
        keys.unlock(home, RIGHT)
    assert waiting_words(refused.value.seconds) in refused.value.sentence()
    return refused.value.seconds


def test_the_wait_begins_after_five_and_grows(home, made, clocks):
    """Four wrong tries cost nothing, then 5, 15, 45 … seconds, never more than a quarter of an hour; right ends it."""
    _fail(home, 4)
    assert keys.wait_seconds(home) == 0
    grown = []
    _fail(home, 1)
    for _ in range(8):
        grown.append(_waits(home))
        clocks.pass_by(grown[-1])
        _fail(home, 1)
    assert grown == [5, 15, 45, 135, 405, 900, 900, 900]
    clocks.pass_by(900)
    opened = keys.open_home(home, RIGHT)
    assert opened.data_key == made.data_key
    assert (opened.tries.count, opened.tries.tampered, len(opened.tries.times)) == (13, False, 13)
    assert keys.open_home(home, RIGHT).tries.count == 0


def test_the_right_passphrase_waits_too_and_no_try_in_the_wait_counts(home, made, clocks):
    """While the wait lasts nothing is tried: the answer would tell a guesser, and impatience is no guess."""
    _fail(home, 5)
    for _ in range(5):
        _waits(home)
    clocks.pass_by(4.5)
    assert _waits(home) == 1
    clocks.pass_by(0.5)
    assert keys.open_home(home, RIGHT).tries.count == 5


def test_a_recovery_code_is_never_made_to_wait(home, made, clocks):
    """In the longest wait the printed code opens; a wrong one of the same form does not, and adds nothing."""
    _fail(home, 5)
    for _ in range(6):
        clocks.pass_by(patience.LONGEST)
        _fail(home, 1)
    assert _waits(home) == 900
    other = keys.recovery_code.new_code()
    with pytest.raises(WrongPassphrase):
        keys.unlock(home, other)
    assert _waits(home) == 900
    assert keys.unlock(home, made.recovery_code.lower()) == made.data_key
    assert keys.unlock(home, RIGHT) == made.data_key


def test_a_passphrase_of_the_form_of_a_code_is_not_guessed_freely(home, clocks):
    """A code that was set as passphrase is heard like any passphrase, not past the wait."""
    like_a_code = keys.recovery_code.new_code()
    keys.create_keys(home, like_a_code)
    _fail(home, 5)
    with pytest.raises(WrongPassphrase):
        keys.unlock(home, like_a_code)
    clocks.pass_by(5)
    keys.unlock(home, like_a_code)


@pytest.mark.parametrize("boots_have_names", [True, False])
def test_the_wait_outlives_a_restart(home, made, clocks, boots_have_names):
    """Starting program or machine anew shortens nothing, with or without a name for the start of the machine."""
    clocks.boot = "start-1" if boots_have_names else ""
    _fail_patiently(home, clocks, 8)
    assert _waits(home) == 135
    clocks.restart()
    clocks.wall += 30
    assert _waits(home) == 105
    clocks.wall += 105
    keys.unlock(home, RIGHT)


@pytest.mark.parametrize("boots_have_names", [True, False])
@pytest.mark.parametrize("years", [-10, 10])
def test_turning_the_calendar_changes_nothing_while_the_machine_runs(home, made, clocks, years, boots_have_names):
    """Ten years back or forth neither shorten the wait nor let it explode."""
    clocks.boot = "start-1" if boots_have_names else ""
    _fail_patiently(home, clocks, 8)
    clocks.wall += years * 365 * 86_400
    assert _waits(home) == 135
    clocks.pass_by(135)
    keys.unlock(home, RIGHT)


def test_a_calendar_set_back_over_a_restart_costs_one_more_wait(home, made, clocks):
    """Where no clock can tell how long ago it was, the wait begins once more, and only once."""
    _fail_patiently(home, clocks, 7)
    clocks.restart()
    clocks.wall -= 10 * 365 * 86_400
    assert _waits(home) == 45
    clocks.pass_by(40)
    assert _waits(home) == 5
    clocks.pass_by(5)
    keys.unlock(home, RIGHT)


def test_a_try_counts_before_it_is_made(home, made, clocks, monkeypatch):
    """Ending the program while a try is being judged does not take it back."""

    def die(*_given: object, **_more: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(keys, "_find", die)
        for _ in range(5):
            with pytest.raises(KeyboardInterrupt):
                keys.unlock(home, "猜的口令")
    assert _waits(home) == 5


def _turned_back(path: Path) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | {"failures": 0, "times": []}))


def _forged(path: Path) -> None:
    raw = json.loads(path.read_text())
    path.write_text(json.dumps(raw | {"failures": 0, "times": [], "serial": "00", "token": "00"}))


@pytest.mark.parametrize("undo", [Path.unlink, _turned_back, _forged, lambda path: path.write_text("{")])
def test_undoing_the_count_is_seen_at_the_next_opening(home, made, clocks, undo):
    """The file taken away, turned back, forged or spoilt: the home opens, and the opening tells of it."""
    _fail(home, 3)
    undo(home / patience.PATIENCE)
    opened = keys.open_home(home, RIGHT)
    assert opened.data_key == made.data_key
    assert opened.tries.tampered
    assert not keys.open_home(home, RIGHT).tries.tampered


def test_a_spoilt_file_is_no_fresh_start(home, made, clocks):
    """Numbers that make no sense neither open a hundred new tries nor lock for ever."""
    whole = {"serial": "", "failures": 0, "token": "", "times": [], "wall": 0, "steady": 0, "boot": ""}
    for nonsense in ({"failures": -5}, {"failures": 10**9}, {"wall": 1e400}, {"times": 3}):
        path = home / patience.PATIENCE
        path.write_text(json.dumps(whole | nonsense))
        _fail(home, 1)
        assert _waits(home) == 5
        clocks.pass_by(5)
        keys.unlock(home, RIGHT)


def test_a_home_that_cannot_be_written_still_counts_and_opens(home, made, clocks, monkeypatch):
    """On a full disk the count lives in the program; the right passphrase opens."""

    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(patience, "_unwritten", {})
    monkeypatch.setattr(patience, "replace_file", full)
    _fail(home, 5)
    assert _waits(home) == 5
    clocks.pass_by(5)
    assert keys.unlock(home, RIGHT) == made.data_key


def test_the_last_free_tries_say_what_comes(home, made, clocks):
    """Nobody meets the first wait without having been told."""
    _fail(home, 2)
    told = []
    for text in ("x", "y", "ABCDE-FGHJK-LMNPQ-RSTUV-WXYZ2"):
        with pytest.raises(WrongPassphrase) as refused:
            keys.unlock(home, text)
        told.append(refused.value.sentence())
    assert "再错 2 次" in told[0]
    assert "再错 1 次" in told[1]
    assert isinstance(refused.value, MistypedRecoveryCode)
    assert "5 秒后" in told[2]


@pytest.mark.parametrize(("seconds", "words"), [(5, "5 秒"), (60, "1 分钟"), (135, "2 分 15 秒"), (900, "15 分钟")])
def test_waits_in_words(seconds, words):
    """As people say them."""
    assert waiting_words(seconds) == words
