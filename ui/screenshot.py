"""`python -m ui.screenshot OUT.png`: a picture of the real window on a demo home, as the README shows it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str]) -> int:
    """Write the picture and return the exit status."""
    asked = _parse(arguments)
    # A picture needs no screen, and is the same on every machine without one.
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from gridworker.settings import Settings
    from ui.demo_window import demo_window

    settings = Settings(theme="dark" if asked.dark else "light", large_text=asked.large, last_page=asked.page)
    wide, _, high = asked.size.partition("x")
    with demo_window(households=asked.households, settings=settings, size=(int(wide), int(high))) as shown:
        if not shown.settle():
            return 1
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        return 0 if shown.window.grab().save(str(asked.out)) else 1


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ui.screenshot")
    parser.add_argument("out", type=Path)
    parser.add_argument("--page", default="today")
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--large", action="store_true", help="大字")
    parser.add_argument("--size", default="1280x760")
    parser.add_argument("--households", type=int, default=320)
    return parser.parse_args(list(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
