"""Printing in the window: the preview is the file; what leaves is what was shown, and its trace stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from gridworker.ledger.facts import Purpose
from gridworker.reports import preview, printing
from ui import dialogs
from ui.desk import Desk
from ui.printing.print_card import PrintCard
from ui.window import Window


@pytest.fixture
def card(window: Window, desk: Desk, settle) -> PrintCard:
    """The print tab with its first preview made."""
    window.show_place("exchange", tab="print")
    settle(desk)
    return window.page.printing


def _prints(desk: Desk) -> int:
    with desk.session.store.read() as tx:
        return int(tx.sql("SELECT count(*) FROM audit WHERE verb = 'print'")[0][0])


def test_preview_shows_the_chosen_month_at_once(card: PrintCard, settle) -> None:
    """Opening the tab lays out the visits of this month and renders the first page."""
    assert card._document is not None, card.banner._text.text()
    assert card._document.wish.ledger == "visit"
    assert card._document.wish.month == card._desk.session.today().strftime("%Y-%m")
    assert 0 in card.view._images
    assert card._where.text().startswith("第 1 页，共 ")


def test_another_purpose_masks_the_paper(card: PrintCard, settle) -> None:
    """公示 lays the same ledger out anew for other eyes; only the newest wish is shown."""
    card.choices.purpose.step(card.choices.purpose.focus_target(), 1)
    settle(card._desk)
    assert card._document.wish.purpose is Purpose.NOTICE
    assert "公示" in card.choices._words.text()


def test_a_ledger_without_months_asks_for_none(card: PrintCard, settle) -> None:
    """Residents are printed as a whole; the month is not asked."""
    card.choices.choose("person")
    settle(card._desk)
    assert not card.choices._month_field.isVisible()
    assert card._document.wish.month == ""
    assert card._document.report.rows > 0


def test_the_file_is_the_preview(card: PrintCard, desk: Desk, tmp_path: Path, settle, monkeypatch) -> None:
    """What is saved is byte for byte what was shown, and the trace of it is kept."""
    out, before = tmp_path / "走访.pdf", _prints(desk)
    monkeypatch.setattr(dialogs, "save_file", lambda *_given: str(out))
    card.outlet.save.click()
    settle(desk)
    assert out.read_bytes() == card._document.data
    assert preview.page_count(out) == card._document.report.pages
    assert _prints(desk) == before + 1
    assert "已存为 走访.pdf" in card.banner._text.text()


def test_the_queue_gets_the_same_bytes(card: PrintCard, desk: Desk, settle, monkeypatch) -> None:
    """With a print queue the PDF goes to it as it is, in as many copies as were asked for."""
    sent: list[tuple[bytes, str | None, int]] = []

    def spool(data: bytes, *, printer: str | None = None, copies: int = 1) -> str:
        sent.append((data, printer, copies))
        return "office-1"

    monkeypatch.setattr(printing, "spool", spool)
    card.outlet.printer.addItem("办公室", "office")
    card.outlet.copies.setValue(2)
    card.outlet.print.click()
    settle(desk)
    assert sent == [(card._document.data, "office", 2)]
    assert "已送到打印机 office" in card.banner._text.text()


def test_stopping_leaves_an_empty_preview_that_can_be_asked_for_again(card: PrintCard, settle) -> None:
    """停止 ends the layout; nothing is shown, and a button makes it anew."""
    card.make(again=True)
    card._stop()
    settle(card._desk)
    assert card._document is None
    assert not card.outlet.save.isEnabled()
    card._nothing.action.click()
    settle(card._desk)
    assert card._document is not None
