"""What is put away goes: no page or card lives on because a signal of something that stays still holds it."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QWidget

from gridworker.ledgers.registry import find_ledger
from ui.desk import Desk
from ui.drafts_notice import DraftsNotice
from ui.importing.import_card import ImportCard
from ui.link_editors import LinkLine
from ui.pages.page import make_page
from ui.pages.registry import PLACES, find_place
from ui.printing.print_card import PrintCard
from ui.records.detail import DetailCard
from ui.residents.beside import Beside
from ui.search_popup import SearchPopup
from ui.syncbar import SyncBar
from ui.visit_card import VisitCard
from ui.widgets.inputs import Line

Settle = Callable[[Desk], None]


def _made(desk: Desk) -> Iterator[QWidget]:
    """One of everything a window is put together from; of the pages of ledgers, which are all alike, one."""
    yield from (make_page(place, desk) for place in PLACES if not place.ledgers)
    yield make_page(find_place("people"), desk)
    for kind in (SyncBar, ImportCard, PrintCard, VisitCard, Beside, DraftsNotice):
        yield kind(desk)
    yield DetailCard(desk, find_ledger("case"))
    line = Line()
    yield line
    yield SearchPopup(desk, line)


def _flush() -> None:
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()


def test_nothing_that_was_put_away_is_held_by_the_desk(desk: Desk, settle: Settle) -> None:
    """The desk, the workers and the theme live on; what they tell by signals no longer keeps a page alive."""
    made = list(_made(desk))
    settle(desk)
    gone = [(type(one).__name__, weakref.ref(one)) for one in made]
    for one in made:
        one.deleteLater()
    del made, one
    _flush()
    settle(desk)
    _flush()
    assert [name for name, ref in gone if ref() is not None] == []


def test_a_line_of_links_goes_with_its_last_holder(dressed: object) -> None:
    """Its list of choices is a window of its own, which must not keep the line."""
    line = LinkLine("household", None)
    gone = weakref.ref(line)
    del line
    _flush()
    assert gone() is None
