"""The paper views are written on."""

from PySide6.QtWidgets import QApplication

from ui.widgets.card import Card


def test_a_card_without_a_title_leaves_nothing_behind(dressed: QApplication) -> None:
    """Every page has some: what they leave would stay until the program ends, with each lock a little more."""
    before = len(QApplication.topLevelWidgets())
    card = Card()
    assert len(QApplication.topLevelWidgets()) == before + 1
    del card
    assert len(QApplication.topLevelWidgets()) == before
