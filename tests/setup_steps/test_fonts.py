"""Fetching fonts: only the very files that were pinned, downloaded once for all checkouts of a person."""

import base64
import hashlib
import io
import struct
import sys
import tarfile
import zlib
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from setup_steps import fonts
from setup_steps.fonts import FontFile, FontPackage, FontsUnavailable, NpmCommand
from setup_steps.woff import unpack_woff

FONT, LICENSE = b"the font's outlines", b"SIL Open Font License"


def _archive() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, data in (("package/a.ttf", FONT), ("package/LICENSE", LICENSE)):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return packed.getvalue()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def archive(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """One small package instead of the large ones, and an empty cache."""
    path = tmp_path / "registry.tgz"
    path.write_bytes(_archive())
    sha512 = base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()
    files = (FontFile("package/a.ttf", "A.ttf", _sha256(FONT)), FontFile("package/LICENSE", "L.txt", _sha256(LICENSE)))
    monkeypatch.setattr(fonts, "FONT_PACKAGES", (FontPackage("a@1", sha512, files),))
    monkeypatch.setattr(fonts, "cache_folder", lambda: tmp_path / "cache")
    return path


@pytest.fixture
def npm(archive: Path, tmp_path: Path) -> Callable[[ExitStack], NpmCommand]:
    """An npm whose `pack` copies the archive to where it is asked to."""
    program = tmp_path / "npm.py"
    program.write_text(
        "import shutil, sys\n"
        "to = next(word.partition('=')[2] for word in sys.argv if word.startswith('--pack-destination='))\n"
        f"shutil.copy({str(archive)!r}, to)\n",
        encoding="utf-8",
    )
    return lambda _stack: [sys.executable, str(program)]


def _no_npm(_stack: ExitStack) -> NpmCommand:
    raise FontsUnavailable("没有网络")


def test_fonts_are_placed_with_their_licence(npm: Callable[[ExitStack], NpmCommand], tmp_path: Path) -> None:
    """After fetching, the folder holds the font and its licence and says that it is ready."""
    folder = tmp_path / "fonts"
    fonts.place_fonts(folder, npm)
    assert (folder / "A.ttf").read_bytes() == FONT
    assert (folder / "L.txt").read_bytes() == LICENSE
    assert fonts.fonts_ready(folder)
    assert fonts.missing_fonts(folder) == []


def test_a_second_checkout_downloads_nothing(npm: Callable[[ExitStack], NpmCommand], tmp_path: Path) -> None:
    """What one checkout fetched serves the next one without a network."""
    fonts.place_fonts(tmp_path / "first", npm)
    fonts.place_fonts(tmp_path / "second", _no_npm)
    assert fonts.fonts_ready(tmp_path / "second")


def test_a_damaged_cache_is_not_believed(npm: Callable[[ExitStack], NpmCommand], tmp_path: Path) -> None:
    """A cached file whose hash is wrong is fetched again."""
    fonts.place_fonts(tmp_path / "first", npm)
    (tmp_path / "cache" / "fonts" / _sha256(FONT)).write_bytes(b"half of it")
    fonts.place_fonts(tmp_path / "second", npm)
    assert (tmp_path / "second" / "A.ttf").read_bytes() == FONT


def test_a_changed_package_is_refused(archive: Path, npm: Callable[[ExitStack], NpmCommand], tmp_path: Path) -> None:
    """An archive with another hash than the pinned one places nothing."""
    archive.write_bytes(_archive() + b"\0")
    with pytest.raises(FontsUnavailable, match="校验值"):
        fonts.place_fonts(tmp_path / "fonts", npm)
    assert not fonts.fonts_ready(tmp_path / "fonts")
    assert fonts.missing_fonts(tmp_path / "fonts") == ["A.ttf", "L.txt"]


def test_a_changed_file_is_refused(
    monkeypatch: pytest.MonkeyPatch, npm: Callable[[ExitStack], NpmCommand], tmp_path: Path
) -> None:
    """A file with another hash than the pinned one is not used, though its archive was the pinned one."""
    (package,) = fonts.FONT_PACKAGES
    wrong = package.files[0]._replace(sha256=_sha256(b"another font"))
    monkeypatch.setattr(fonts, "FONT_PACKAGES", (package._replace(files=(wrong,)),))
    with pytest.raises(FontsUnavailable, match=r"A\.ttf"):
        fonts.place_fonts(tmp_path / "fonts", npm)


@pytest.mark.usefixtures("archive")
def test_a_failing_npm_is_told_calmly(tmp_path: Path) -> None:
    """Without a network the caller hears that fonts are unavailable, and nothing else breaks."""
    with pytest.raises(FontsUnavailable, match="网络"):
        fonts.place_fonts(tmp_path / "fonts", lambda _stack: [sys.executable, "-c", "raise SystemExit(1)"])


def test_a_failure_is_remembered_for_a_while(tmp_path: Path) -> None:
    """A start soon after a failed one does not wait for the network again."""
    assert not fonts.tried_lately(tmp_path / "fonts")
    fonts.note_failure(tmp_path / "fonts")
    assert fonts.tried_lately(tmp_path / "fonts")


def _woff(tables: dict[bytes, bytes]) -> bytes:
    offset = 44 + 20 * len(tables)
    entries, body = b"", b""
    for tag, table in tables.items():
        packed = min(zlib.compress(table), table, key=len)
        entries += struct.pack(">4sIIII", tag, offset + len(body), len(packed), len(table), zlib.crc32(table))
        body += packed + bytes(-len(packed) % 4)
    header = struct.pack(">4sIIHHIHHIIIII", b"wOFF", 0x00010000, 0, len(tables), 0, 0, 1, 0, 0, 0, 0, 0, 0)
    return header + entries + body


def test_woff_gives_back_every_table() -> None:
    """Unpacking yields a TrueType directory in which every table lies aligned, with its bytes and its checksum."""
    tables = {b"glyf": b"\x01" * 1000, b"head": b"short", b"cmap": bytes(range(256)) * 3}
    font = unpack_woff(_woff(tables))
    assert struct.unpack_from(">IHHHH", font) == (0x00010000, 3, 32, 1, 16)
    tags = []
    for index in range(3):
        tag, checksum, offset, size = struct.unpack_from(">4sIII", font, 12 + 16 * index)
        assert font[offset : offset + size] == tables[tag]
        assert offset % 4 == 0
        assert checksum == zlib.crc32(tables[tag])
        tags.append(tag)
    assert tags == sorted(tables)


def test_what_is_no_woff_is_refused() -> None:
    """A file of another kind raises instead of yielding rubbish."""
    with pytest.raises(ValueError, match="WOFF"):
        unpack_woff(b"wOF2" + bytes(60))
