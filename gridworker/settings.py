"""What a person chose about the look of the program; holds nothing about residents."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

FILE_NAME = "settings.json"
THEMES = ("system", "light", "dark")
LOCK_MINUTES = (5, 15, 30, 60)


@dataclass(frozen=True)
class Settings:
    """Theme, size of letters, the place the program was left at, and when it locks itself."""

    theme: str = "system"
    large_text: bool = False
    last_page: str = "today"
    last_building: str = ""
    lock_minutes: int = 15


def load(home: Path) -> Settings:
    """The settings of a home; whatever cannot be read is as if never chosen."""
    try:
        raw = json.loads((home / FILE_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Settings()
    if not isinstance(raw, dict):
        return Settings()
    defaults = Settings()
    known = {
        field.name: raw[field.name]
        for field in fields(Settings)
        if type(raw.get(field.name)) is type(getattr(defaults, field.name))
    }
    chosen = replace(defaults, **known)
    if chosen.lock_minutes not in LOCK_MINUTES:
        chosen = replace(chosen, lock_minutes=defaults.lock_minutes)
    return chosen if chosen.theme in THEMES else replace(chosen, theme=defaults.theme)


def store(home: Path, settings: Settings) -> None:
    """Write the settings so that a crash leaves the old file or the new one, never a torn one."""
    home.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=home, prefix=".settings-", suffix=".tmp")
    fresh = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(settings), file, ensure_ascii=False, indent=1)
        fresh.replace(home / FILE_NAME)
    finally:
        fresh.unlink(missing_ok=True)
