"""The work on a photo happens in another process, and whatever happens to that one is told in words."""

from __future__ import annotations

import io
import multiprocessing
import os
import subprocess
import sys
import threading

import pytest

from gridworker.errors import BugError, Cancelled
from gridworker.imaging import worker
from gridworker.imaging.refusal import PhotoRefused
from gridworker.imaging.shrink import shrink
from gridworker.imaging.worker import WorkerDied, make_in_worker
from tests.imaging.pictures import bomb_png, encoded, gradient, noise
from tests.imaging.test_documents import a_pdf


def in_parts(data: bytes, size: int = 100_000) -> list[bytes]:
    """A file as the store hands it on."""
    return [data[start : start + size] for start in range(0, len(data), size)]


def test_the_child_makes_what_the_function_makes() -> None:
    """A photo of several parts comes back as it would without a process between."""
    data = encoded(noise(900, 700), quality=95)
    assert len(in_parts(data)) > 3
    assert make_in_worker("jpeg", in_parts(data)) == shrink(io.BytesIO(data), "jpeg")
    assert multiprocessing.active_children() == []


def test_a_document_goes_through_the_child_too() -> None:
    """PDFium meets foreign bytes only there."""
    data = a_pdf()
    assert make_in_worker("pdf", in_parts(data)).data == data


@pytest.mark.parametrize(("data", "code"), [(bomb_png(), "pixels"), (encoded(gradient(), "png")[:200], "broken")])
def test_a_refusal_comes_back_with_its_reason(data: bytes, code: str) -> None:
    """What the child refuses, the parent tells."""
    with pytest.raises(PhotoRefused) as refused:
        make_in_worker("png", [data])
    assert refused.value.code == code


def test_an_error_of_ours_is_told_without_content() -> None:
    """A kind nobody knows is a bug, and only its class is told."""
    with pytest.raises((BugError, PhotoRefused)) as told:
        make_in_worker("unknown", [b"x"])
    assert "x" not in told.value.sentence().replace("KeyError", "")


def test_a_stop_is_heard_and_leaves_no_process() -> None:
    """Closing the window does not wait for a photo."""
    asked = iter([False, False, True, True, True])
    with pytest.raises(Cancelled):
        make_in_worker("jpeg", in_parts(encoded(noise(900, 700), quality=95)), cancelled=lambda: next(asked, True))
    assert multiprocessing.active_children() == []


def test_a_killed_child_is_told() -> None:
    """A child that the system ends, as it does when memory runs out, is told and may be tried again."""

    def kill_soon() -> None:
        while not (children := multiprocessing.active_children()):
            pass
        children[0].kill()

    threading.Thread(target=kill_soon, daemon=True).start()
    with pytest.raises(WorkerDied):
        make_in_worker("jpeg", in_parts(encoded(noise(1500, 1500), quality=95)))


def test_a_child_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that does nothing is ended by the clock."""
    monkeypatch.setattr(worker, "SECONDS", 0.05)
    monkeypatch.setattr(worker, "_work", _sleep)
    with pytest.raises(WorkerDied):
        make_in_worker("jpeg", [bytes(1 << 20)])


def test_too_little_memory_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system bounds the child, a photo that does not fit ends in words."""
    monkeypatch.setattr(worker, "MEMORY", 180 << 20)
    data = encoded(gradient(7000, 7000), "png", compress_level=1)
    try:
        make_in_worker("png", in_parts(data))
    except (PhotoRefused, WorkerDied) as told:
        assert getattr(told, "code", "memory") == "memory"  # noqa: PT017 - elsewhere the system sets no bound
    else:
        assert not sys.platform.startswith("linux")


def _sleep(*_: object) -> None:
    threading.Event().wait()
    os._exit(0)


def test_the_window_holds_no_decoders() -> None:
    """What may hand photos over starts fast and small: decoders are loaded in the process that uses them."""
    code = "import sys, gridworker.operations.photo_work; print({'PIL', 'pypdfium2'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
