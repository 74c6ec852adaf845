"""Handing a PDF to the print queue: by pipe, without a file, and refusals in plain words."""

from pathlib import Path

import pytest

from gridworker.errors import KnownError
from gridworker.reports.printing import Printer, can_spool, list_printers, spool


@pytest.fixture
def queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a print queue of two scripts first and alone on the path."""
    folder = tmp_path / "bin"
    folder.mkdir()
    scripts = {
        "lp": f"#!/bin/sh\nprintf '%s|' \"$@\" > {tmp_path}/arguments\n/bin/cat > {tmp_path}/received\n"
        "echo 'request id is office-12 (1 file(s))'\n",
        "lpstat": "#!/bin/sh\ncase $1 in\n-e) printf 'hall\\noffice\\n';;\n"
        "-d) echo 'system default destination: office';;\nesac\n",
    }
    for name, text in scripts.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    return folder


def test_the_pdf_goes_by_pipe(queue: Path, tmp_path: Path) -> None:
    """The queue receives the very bytes, with printer, copies and a neutral name, and its number comes back."""
    assert spool(b"%PDF-x", printer="hall", copies=2) == "office-12"
    assert (tmp_path / "received").read_bytes() == b"%PDF-x"
    assert (tmp_path / "arguments").read_text() == "-t|台账|-n|2|-d|hall|"
    assert can_spool()


def test_printers_the_usual_one_first(queue: Path) -> None:
    """Every printer is listed, the usual one first."""
    assert list_printers() == (Printer("office", is_default=True), Printer("hall", is_default=False))


def test_a_refusal_is_told(queue: Path) -> None:
    """A queue that refuses or cannot run is a known error."""
    (queue / "lp").write_text("#!/bin/sh\n/bin/cat > /dev/null\nexit 1\n")
    with pytest.raises(KnownError, match="没有接受"):
        spool(b"%PDF")
    (queue / "lp").write_text("#!/nothing\n")
    with pytest.raises(KnownError, match="没有回应"):
        spool(b"%PDF")


def test_no_queue(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without a queue there are no printers, and spooling says to save a PDF."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (can_spool(), list_printers()) == (False, ())
    with pytest.raises(KnownError, match="没有可用的打印队列"):
        spool(b"%PDF")
