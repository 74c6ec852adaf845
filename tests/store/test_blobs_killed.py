"""A program that is killed in the middle loses no photo it acknowledged, and leaves nothing readable behind."""

from __future__ import annotations

import secrets
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gridworker.store.blobs import BlobStore, address_of

ROOT = Path(__file__).parents[2]
_ROUNDS = 6
_PATTERN = b"KNOWN-PIXELS-0123456789-"
_WRITER = """
import sys
from pathlib import Path
from gridworker.imaging.made import PHOTO, Made
from gridworker.store.blobs import BlobStore

home, key, start = Path(sys.argv[1]), bytes.fromhex(sys.argv[2]), int(sys.argv[3])
pattern = sys.argv[4].encode()
blobs = BlobStore.open(home, key)
print("open", flush=True)
for number in range(start, start + 100_000):
    original = [pattern * 3000 + b"%d/%d" % (number, part) for part in range(3)]
    waiting = blobs.originals.keep("jpeg", original, since=number)
    print("kept", number, waiting, flush=True)
    if number % 2:
        address = blobs.originals.finish(waiting, Made(PHOTO, b"small %d " % number + pattern * 500, pattern, 1, 1))
        print("made", number, address, flush=True)
"""


def killed_run(home: Path, key: bytes, start: int, seconds: float) -> list[list[str]]:
    """What a program said before it was killed; the last line may be cut."""
    command = [sys.executable, "-c", _WRITER, str(home), key.hex(), str(start), _PATTERN.decode()]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"open\n"
    time.sleep(seconds)
    process.kill()
    said = process.stdout.read()
    process.stdout.close()
    process.wait()
    return [line.split() for line in said.decode().rpartition("\n")[0].splitlines()]


@pytest.mark.parametrize("seed", range(2))
def test_no_acknowledged_photo_is_lost(tmp_path: Path, seed: int) -> None:
    """Killed at odd moments, every original that was acknowledged is whole, and every photo is."""
    key = secrets.token_bytes(32)
    kept: dict[int, str] = {}
    small: dict[int, str] = {}
    for turn in range(_ROUNDS // 2):
        start = (turn + 1) * 200_000
        for verb, number, name in killed_run(tmp_path, key, start, 0.03 + 0.11 * (2 * turn + seed) / _ROUNDS):
            (kept if verb == "kept" else small)[int(number)] = name
        assert not any(_PATTERN in file.read_bytes() for file in tmp_path.iterdir())
        blobs = BlobStore.open(tmp_path, key, create=False)
        for number, address in small.items():
            data = blobs.read(address)
            assert data == b"small %d " % number + _PATTERN * 500
            assert address_of(data) == address
        for number, waiting in kept.items():
            photo = blobs.originals.get(waiting)
            if photo.state == "waiting":
                parts = list(blobs.originals.parts(waiting))
                assert parts == [_PATTERN * 3000 + b"%d/%d" % (number, part) for part in range(3)]
            else:
                assert number % 2
                assert blobs.read(photo.address).startswith(b"small %d " % number)
        blobs.close()
    assert kept
    assert small
