"""Where things lie: the home of a person's data, and the resources that came with the program."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import appdirs

_HOME_VARIABLE = "GRIDWORKER_HOME"


def default_home() -> Path:
    """`GRIDWORKER_HOME`, or the data folder the system gives each user."""
    named = os.environ.get(_HOME_VARIABLE)
    return Path(named) if named else Path(appdirs.user_data_dir("gridworker", appauthor=False))


def resource(*parts: str) -> Path:
    """A file or folder under `resources/`, in a checkout as in a packaged program."""
    packaged = getattr(sys, "_MEIPASS", None)
    root = Path(packaged) if packaged else Path(__file__).resolve().parent.parent
    return root.joinpath("resources", *parts)
