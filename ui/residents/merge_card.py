"""合并: two registrations of one person side by side, which one is kept, what it gains, and what is led over to it."""

from __future__ import annotations

from PySide6.QtCore import Signal

from gridworker.errors import AppError
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import find_ledger
from gridworker.operations import merging
from gridworker.operations.merging import Preview
from gridworker.operations.save import Saved
from gridworker.operations.session import Session
from gridworker.operations.shown import own_title
from ui.desk import Desk
from ui.plain_editors import LineEditor
from ui.residents.facts import Facts
from ui.widgets.buttons import ICON, PRIMARY, button, enable
from ui.widgets.card import Card, rule, scrolled
from ui.widgets.inputs import Choice
from ui.widgets.labelled import Labelled
from ui.widgets.states import Banner
from ui.widgets.texts import label

_REASON = find_ledger("movement")["reason"]


class MergeCard(Card):
    """Looks before it merges; what it did can be undone, and taken back at any later time."""

    closed = Signal()
    merged = Signal(object, str)
    """(Saved, the id of the registration that stays)."""

    def __init__(self, desk: Desk) -> None:
        self.close_button = button("关闭", kind=ICON, icon="x", key="Esc")
        super().__init__("两条登记是同一个人吗？", self.close_button)
        self._desk = desk
        self._pair: tuple[str, str] = ("", "")
        self._preview: Preview | None = None
        self.close_button.clicked.connect(lambda _checked=False: self.closed.emit())
        top = Card()
        top.setObjectName("plain")
        top.body.setContentsMargins(16, 10, 16, 10)
        top.body.setSpacing(8)
        self.keep = Choice()
        self.keep.activated.connect(lambda _row: self._look())
        top.body.addWidget(Labelled("保留哪一条", self.keep, note="先登记的一条在前"))
        self.told = label("", "second", wrap=True)
        top.body.addWidget(self.told)
        self.banner = Banner()
        top.body.addWidget(self.banner)
        self.body.addWidget(top)
        self.body.addWidget(rule())
        self.facts = Facts()
        self.body.addWidget(scrolled(self.facts), 1)
        foot = self.add_foot()
        self.reason = LineEditor(_REASON)
        self.reason.line.setPlaceholderText("合并的原因，选填")
        foot.addWidget(self.reason, 1)
        foot.addWidget(button("不是同一个人", self.closed.emit, tip="不合并，两条都留着（Esc）"))
        self.confirm = button("合并", self.send, kind=PRIMARY)
        foot.addWidget(self.confirm)

    def show_pair(self, one_id: str, other_id: str) -> None:
        """Read two registrations; the older is kept unless another is chosen."""
        self._pair = (one_id, other_id)
        self._preview = None
        enable(self.confirm, on=False, why_not="正在读取两条登记。")
        self.banner.hide()
        self.reason.set_raw("")
        self.keep.clear()
        self.told.setText("")

        def heard(keep_id: str) -> None:
            if self._pair == (one_id, other_id):
                self._read(keep_id, other_id if keep_id == one_id else one_id)

        self._desk.call(merging.older, one_id, other_id, done=heard, owner=self, failed=self._refuse)

    def begin(self) -> None:
        """Put the keys where the choice is."""
        self.keep.setFocus()

    def send(self) -> None:
        """Merge."""
        look = self._preview
        if look is None:
            return
        self._preview = None
        enable(self.confirm, on=False, why_not="正在合并。")
        self._desk.call(
            merging.merge, look.keep.id, look.drop.id, self.reason.raw(), owner=self, failed=self._refuse,
            done=lambda saved: self._merged(saved, look.keep.id),
        )  # fmt: skip

    def _merged(self, saved: Saved, kept: str) -> None:
        self.merged.emit(saved, kept)

    def _look(self) -> None:
        keep_id = str(self.keep.currentData() or "")
        if keep_id in self._pair:
            self._read(keep_id, self._pair[1] if keep_id == self._pair[0] else self._pair[0])

    def _read(self, keep_id: str, drop_id: str) -> None:
        self._desk.call(merging.preview, keep_id, drop_id, done=self._show, owner=self, failed=self._refuse)

    def _show(self, look: Preview) -> None:
        if {look.keep.id, look.drop.id} != set(self._pair):
            return
        self._preview = look
        enable(self.confirm, on=True)
        if not self.keep.count():
            for one in (look.keep, look.drop):
                self.keep.addItem(_called(self._desk.session, one), one.id)
        self.keep.setCurrentIndex(self.keep.findData(look.keep.id))
        self.told.setText(_told(look))
        self.facts.show_two(find_ledger("person"), (_head("保留", look.keep), _head("并入", look.drop)), look.shown,
                            look.filled)  # fmt: skip

    def _refuse(self, error: AppError) -> None:
        enable(self.confirm, on=False, why_not=error.title)
        self.banner.tell(error)


def _called(session: Session, one: Record) -> str:
    day = str(one.values.get("recorded_at") or "")[:10]
    return f"{own_title(session, one)} · {_tail(one)} · {day} 登记"


def _head(word: str, one: Record) -> str:
    return f"{word}　{_tail(one)}"


def _tail(one: Record) -> str:
    """The end of a record's number tells two of one grid apart, and leaves room for what they say."""
    return str(one.values.get("record_no") or "").rsplit("-", 1)[-1]


def _told(look: Preview) -> str:
    """What the merge does, in words."""
    counted = "、".join(f"{find_ledger(key).label} {count} 条" for key, count in sorted(look.led.items()))
    led = f"{counted}改为指向保留的一条。" if counted else "没有别的记录指向并入的一条。"
    filled = f"补入 {len(look.filled)} 项。" if look.filled else "没有要补入的项。"
    return f"{filled}{led}并入的一条移到回收站，合并可以随时取消。"
