"""A document is written whole or not at all, and the world's refusals are told in plain words."""

import errno
import os
from pathlib import Path

import pytest

from gridworker.errors import KnownError
from gridworker.reports import target
from gridworker.reports.target import write_target


def names(folder: Path) -> list[str]:
    """What lies in a folder."""
    return sorted(path.name for path in folder.iterdir())


def test_it_replaces_what_was_there(tmp_path: Path) -> None:
    """The new document stands in the old one's place, alone."""
    path = tmp_path / "台账.pdf"
    path.write_bytes(b"old")
    write_target(path, b"new")
    assert (path.read_bytes(), names(tmp_path)) == (b"new", ["台账.pdf"])


def test_others_may_read_it_as_any_file(tmp_path: Path) -> None:
    """The file has the rights of any file the person makes."""
    write_target(tmp_path / "a.pdf", b"x")
    (tmp_path / "b").write_bytes(b"x")
    assert (tmp_path / "a.pdf").stat().st_mode == (tmp_path / "b").stat().st_mode


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "磁盘空间不足"),
        (errno.EACCES, "正被别的程序打开"),
        (errno.EIO, "磁盘或网络位置"),
    ],
)
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_failures_leave_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    code: int,
    words: str,
) -> None:
    """Disk full, target locked, disk broken: the old file stays, nothing lies beside it, a sentence says why."""
    path = tmp_path / "a.pdf"
    path.write_bytes(b"old")

    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(*((target.os, "fsync") if step == "fsync" else (Path, "replace")), fail)
    with pytest.raises(KnownError, match=words):
        write_target(path, b"new")
    assert (path.read_bytes(), names(tmp_path)) == (b"old", ["a.pdf"])


def test_a_missing_folder_and_a_folder_as_target(tmp_path: Path) -> None:
    """A place that cannot take a file is named as such."""
    with pytest.raises(KnownError, match="文件夹不存在"):
        write_target(tmp_path / "none" / "a.pdf", b"")
    with pytest.raises(KnownError, match="是一个文件夹"):
        write_target(tmp_path, b"")


def test_no_name_of_the_document_in_the_temporary_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it is being written the file has a neutral name in the folder of its target."""
    seen: list[str] = []
    monkeypatch.setattr(target.os, "fsync", lambda _: seen.extend(names(tmp_path)))
    write_target(tmp_path / "某某人.pdf", b"x")
    assert len(seen) == 1
    assert "某某人" not in seen[0]
