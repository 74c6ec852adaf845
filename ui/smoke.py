"""`python -m ui --smoke`: the real window on a demo grid, painted once; exit 0 when there is something to see."""

from __future__ import annotations

import sys

from gridworker.settings import Settings
from ui.demo_window import demo_window

_HOUSEHOLDS = 60
_FEW_COLOURS = 8
"""An unpainted window has one."""


def smoke() -> int:
    """Open, paint, judge, leave."""
    with demo_window(households=_HOUSEHOLDS, settings=Settings()) as shown:
        settled = shown.settle()
        image = shown.window.grab().toImage()
        colours = {image.pixel(x, y) for x in range(0, image.width(), 7) for y in range(0, image.height(), 7)}
        page = shown.window.page
        floors = page.rooms.rooms.rowCount() if hasattr(page, "rooms") else 0
        good = settled and len(colours) > _FEW_COLOURS and floors > 0
    size, verdict = f"{image.width()}x{image.height()}", "ok" if good else "FAILED"
    sys.stdout.write(f"smoke: window {size}, {len(colours)} colours, {floors} floors: {verdict}\n")
    return 0 if good else 1
