"""A wish is hung on the board in two kinds of notice, printed from its card; every ledger says how it is imported."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QPushButton

from gridworker.ledger.facts import Purpose
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import all_ledgers, find_ledger
from gridworker.operations import print_
from gridworker.operations.browse import Condition
from gridworker.store.query import Query
from ui.desk import Desk
from ui.importing.choose_step import ChooseStep
from ui.pages.exchange import ExchangePage
from ui.printing.print_card import PrintCard
from ui.records.moves import MovesPanel
from ui.records.page import RecordsPage
from ui.window import Window

Settle = Callable[[Desk], None]


def _wish(desk: Desk) -> Record:
    with desk.session.store.read() as tx:
        return tx.records("wish", tx.select(Query("wish", (Condition("status", "is", "published"),))))[0]


def _printing(window: Window) -> PrintCard:
    assert isinstance(window.page, ExchangePage)
    return window.page.printing


def test_a_wish_card_prints_both_kinds_of_notice(window: Window, desk: Desk, settle: Settle) -> None:
    """Each button leads to the paper of its kind, with every month's wishes, masked for the board."""
    for kind in find_ledger("wish").notices:
        desk.open_record("wish", _wish(desk).id)
        settle(desk)
        page = window.page
        assert isinstance(page, RecordsPage)
        buttons = {one.accessibleName(): one for one in page.detail.moves.findChildren(QPushButton) if one.isVisible()}
        buttons[f"打印{kind.label}"].click()
        settle(desk)
        card = _printing(window)
        assert card.choices.wish() == card._document.wish  # type: ignore[union-attr]
        assert (card.choices.wish().purpose, card.choices.wish().month, card.choices.wish().notice) == (
            Purpose.NOTICE,
            "",
            kind.key,
        )
        sheet = print_.sheet(desk.session, "wish", purpose=Purpose.NOTICE, notice=kind.key)
        assert card._document
        assert card._document.report.rows == len(_shown(desk, kind.states))
        assert kind.label in str(sheet)


def _shown(desk: Desk, states: tuple[str, ...]) -> list[int]:
    with desk.session.store.read() as tx:
        return list(tx.select(Query("wish", (Condition("status", "in", list(states)),))))


def test_the_kind_is_asked_only_where_there_are_kinds(window: Window, desk: Desk, settle: Settle) -> None:
    """A visit list on the board has one form; a sheet for the archive has none of them."""
    desk.open_page("exchange", tab="print", ledger="wish", month="", notice="result")
    settle(desk)
    card = _printing(window)
    assert card.choices._notice_field.isVisible()
    card.choices.purpose.set_value(Purpose.ARCHIVE.value)
    card.choices._chosen()
    assert not card.choices._notice_field.isVisible()
    assert card.choices.wish().notice == ""
    desk.open_page("exchange", tab="print", ledger="visit", month="")
    card.choices.purpose.set_value(Purpose.NOTICE.value)
    card.choices._chosen()
    settle(desk)
    assert not card.choices._notice_field.isVisible()
    assert card.choices.wish().notice == ""


def test_a_panel_of_a_ledger_without_notices_offers_none(window: Window, desk: Desk, settle: Settle) -> None:
    """Cases hang on no board."""
    with desk.session.store.read() as tx:
        case = tx.records("case", tx.select(Query("case", limit=1)))[0]
    desk.open_record("case", case.id)
    settle(desk)
    panel = next(one for one in window.findChildren(MovesPanel) if one.isVisible())
    assert not [one for one in panel.findChildren(QPushButton) if one.text().strip().startswith("打印")]


def test_every_ledger_is_offered_with_one_sentence(dressed: object) -> None:
    """What a row is, and by what a row that is here already is known: no ledger is named in the window."""
    step = ChooseStep()
    said = {}
    for row in range(step.ledger.count()):
        step.ledger.setCurrentIndex(row)
        said[str(step.ledger.currentData())] = step._explained.text()
    assert set(said) == set(all_ledgers())
    assert all(text.startswith("一行一") and text.endswith("。") for text in said.values())
    assert len(set(said.values())) == len(said)
    assert "案件代码" in said["case"]
    assert "按门牌找到住户" in said["rental_house"]
