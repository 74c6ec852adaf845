"""Settings: kept over a crash, and never a reason not to start."""

from __future__ import annotations

from pathlib import Path

import pytest

from gridworker import settings
from gridworker.settings import Settings


def test_what_was_chosen_is_there_again(tmp_path: Path) -> None:
    """Theme, size and page survive; no half-written file stays behind."""
    chosen = Settings(theme="dark", large_text=True, last_page="visits", last_building="3号楼")
    settings.store(tmp_path / "home", chosen)
    assert settings.load(tmp_path / "home") == chosen
    assert [path.name for path in (tmp_path / "home").iterdir()] == [settings.FILE_NAME]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"theme": 3}', '{"theme": "purple"}', '{"unknown": 1}'])
def test_a_damaged_file_is_as_if_never_written(text: str, tmp_path: Path) -> None:
    """Whatever stands in the file, the program starts with what it knows."""
    (tmp_path / settings.FILE_NAME).write_text(text, encoding="utf-8")
    assert settings.load(tmp_path) == Settings()
