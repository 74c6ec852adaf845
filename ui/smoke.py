"""`python -m ui --smoke`: the real window on a demo grid, painted once; exit 0 when there is something to see."""

from __future__ import annotations

from ui.app import SMOKE_HOUSEHOLDS
from ui.demo_window import demo_window


def smoke() -> int:
    """Open, paint, judge, leave."""
    with demo_window(households=SMOKE_HOUSEHOLDS) as shown:
        settled = shown.settle()
        image = shown.window.grab().toImage()
        colours = {image.pixel(x, y) for x in range(0, image.width(), 7) for y in range(0, image.height(), 7)}
        page = shown.window.page
        rooms = page.rooms.rooms.rowCount() if hasattr(page, "rooms") else 0
        good = settled and len(colours) > 8 and rooms > 0  # noqa: PLR2004 - an unpainted window has one colour
        print(
            f"smoke: window {image.width()}x{image.height()}, {len(colours)} colours, {rooms} floors: {'ok' if good else 'FAILED'}"
        )  # noqa: T201
        return 0 if good else 1
