"""The cycle collector stays in the UI thread."""

from __future__ import annotations

import gc
import threading
import weakref

from ui.collecting import UiCollector


class _Knot:
    """Something only a cycle keeps alive."""

    def __init__(self) -> None:
        self.me = self


def test_a_worker_that_allocates_frees_nothing_of_the_window() -> None:
    """Whatever a worker does, a cycle lives until the UI thread collects it."""
    collector = UiCollector()
    gone_in: list[int] = []
    knot = _Knot()
    weakref.finalize(knot, lambda: gone_in.append(threading.get_ident()))
    del knot
    worker = threading.Thread(target=lambda: [[] for _ in range(200_000)])
    worker.start()
    worker.join()
    assert gone_in == []
    for _ in range(30):
        kept = [[] for _ in range(2_000)]
        collector.look()
    assert kept
    gc.collect()
    assert gone_in == [threading.get_ident()]
