"""What is to be printed: which ledger, which month, for whose eyes, and on the board as which kind of notice."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gridworker.ledger.facts import Purpose
from gridworker.ledgers.registry import all_ledgers
from gridworker.operations.document import Wish
from ui.widgets.card import Card
from ui.widgets.inputs import Choice
from ui.widgets.labelled import Labelled
from ui.widgets.segmented import Segmented
from ui.widgets.texts import label

_ALL_MONTHS = ""
_MONTHS = 24
_WORDS = {
    Purpose.ARCHIVE: "留在办公室存档：证件号码等敏感内容隐去一部分。",
    Purpose.NOTICE: "张贴公示：姓名、电话和房号都隐去，只到楼栋。",
}


class PrintChoices(Card):
    """The choices, and below them where it goes; offers only what the chosen ledger can be asked for."""

    changed = Signal()

    def __init__(self, today: date, outlet: QWidget) -> None:
        super().__init__("打印台账")
        self.setFixedWidth(288)
        self.ledger, self.month, self.notice = _ledgers(), _months(today), Choice()
        self.purpose = Segmented([(Purpose.ARCHIVE.value, "存档"), (Purpose.NOTICE.value, "公示")], name="用途")
        self.purpose.set_value(Purpose.ARCHIVE.value)
        self._month_field = Labelled("月份", self.month)
        self._notice_field = Labelled("哪一种公示", self.notice)
        self._notice_field.hide()
        self._words = label(_WORDS[Purpose.ARCHIVE], "second", wrap=True)
        self.facts = label("", "second", wrap=True)
        """What the sheet that was laid out holds."""
        inner = QVBoxLayout()
        inner.setContentsMargins(16, 16, 16, 16)
        inner.setSpacing(12)
        inner.addWidget(Labelled("台账", self.ledger))
        inner.addWidget(self._month_field)
        inner.addWidget(Labelled("用途", self.purpose, buddy=self.purpose.focus_target()))
        for part in (self._notice_field, self._words, self.facts):
            inner.addWidget(part)
        inner.addStretch(1)
        inner.addWidget(outlet)
        self.body.addLayout(inner, 1)
        self.ledger.currentIndexChanged.connect(self._chosen)
        self.month.currentIndexChanged.connect(self._chosen)
        self.purpose.changed.connect(self._chosen)
        self.notice.currentIndexChanged.connect(self._chosen)

    def choose(self, ledger: str = "", month: str | None = None, notice: str = "") -> None:
        """Choose from elsewhere in the program; a kind of notice is printed for the public."""
        place = self.ledger.findData(ledger)
        if place >= 0:
            self.ledger.setCurrentIndex(place)
        if month is not None:
            self.month.setCurrentIndex(max(0, self.month.findData(month)))
        if notice:
            self.purpose.set_value(Purpose.NOTICE.value)
            self.suit()
            self.notice.setCurrentIndex(max(0, self.notice.findData(notice)))

    def wish(self) -> Wish:
        """What is chosen."""
        ledger = str(self.ledger.currentData())
        month = str(self.month.currentData()) if all_ledgers()[ledger].month_field else _ALL_MONTHS
        purpose = Purpose(self.purpose.value())
        kinds = all_ledgers()[ledger].notices if purpose is Purpose.NOTICE else ()
        notice = str(self.notice.currentData() or "") if kinds else ""
        return Wish(ledger, month, purpose, notice)

    def suit(self) -> None:
        """Offer what the chosen ledger can be asked for."""
        ledger, purpose = all_ledgers()[str(self.ledger.currentData())], Purpose(self.purpose.value())
        self._month_field.setVisible(bool(ledger.month_field))
        self._words.setText(_WORDS[purpose])
        if [self.notice.itemData(row) for row in range(self.notice.count())] != [one.key for one in ledger.notices]:
            self.notice.blockSignals(True)
            self.notice.clear()
            for one in ledger.notices:
                self.notice.addItem(one.label, one.key)
            self.notice.blockSignals(False)
        self._notice_field.setVisible(purpose is Purpose.NOTICE and bool(ledger.notices))

    def _chosen(self, _choice: object = None) -> None:
        self.suit()
        self.changed.emit()


def _ledgers() -> Choice:
    made = Choice()
    for key, one in all_ledgers().items():
        made.addItem(f"{one.label}台账", key)
    made.setCurrentIndex(max(0, made.findData("visit")))
    return made


def _months(today: date) -> Choice:
    """The whole ledger, then the months back from this one, which is chosen."""
    made = Choice()
    made.addItem("全部", _ALL_MONTHS)
    year, month = today.year, today.month
    for _ in range(_MONTHS):
        made.addItem(f"{year}年{month}月", f"{year}-{month:02d}")
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    made.setCurrentIndex(1)
    return made
