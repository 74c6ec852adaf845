"""A resident's card: who she may be registered as twice, her movements, and the changes that can be registered."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout

from gridworker.ledger.record import Record
from gridworker.ledgers import movement as kinds
from gridworker.ledgers.person import has_left
from gridworker.operations import merging, moved, twins
from gridworker.operations.moved import MovementLine
from gridworker.operations.save import Saved
from gridworker.operations.shown import own_title
from gridworker.operations.twins import Twin
from gridworker.planning.relations import HEAD
from ui.desk import Desk
from ui.residents.around import Around
from ui.residents.movement_lines import MovementLines
from ui.widgets.buttons import LINK, button
from ui.widgets.flow import Flow, flowing
from ui.widgets.states import Banner
from ui.widgets.texts import label

_WORDS = {kinds.DEATH: "登记死亡", kinds.NEW_HEAD: "更换户主"}
_TIPS = {kinds.NEW_HEAD: "让这位居民做户主", kinds.IN: "搬回来，登记住进哪一户"}


class PersonAround(Around):
    """Around the form of a resident."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._twin: Twin | None = None
        self.banner = Banner()
        self.column.addWidget(self.banner)
        self.twin = QFrame()
        self.twin.setObjectName("banner")
        self.twin.setProperty("tone", "warn")
        line = QHBoxLayout(self.twin)
        line.setContentsMargins(12, 6, 6, 6)
        self._twin_text = label("", wrap=True)
        line.addWidget(self._twin_text, 1)
        self.compare = button("对照合并", self._compare, kind=LINK, tip="把两条登记并排看，是同一个人就合并")
        line.addWidget(self.compare, 0, Qt.AlignmentFlag.AlignTop)
        self.twin.hide()
        self.column.addWidget(self.twin)
        self.column.addWidget(label("人口变动", "group"))
        self.moves = MovementLines()
        self.moves.opened.connect(lambda one: desk.open_record("movement", one))
        self.moves.unmerge_wanted.connect(self._unmerge)
        self.column.addWidget(self.moves)
        self.acts = flowing()
        self.column.addWidget(self.acts)

    def read(self, record: Record) -> None:
        self.banner.hide()
        self._offer(record)
        self.desk.call(moved.of_person, record.id, owner=self, done=lambda lines: self._show_moves(record, lines))
        self.desk.call(twins.twins_of_record, record.id, owner=self, done=lambda found: self._show_twin(record, found))

    def _show_moves(self, record: Record, lines: list[MovementLine]) -> None:
        if self.is_of(record.id):
            self.moves.show_lines(lines)
            self.settle()

    def _show_twin(self, record: Record, found: list[Twin]) -> None:
        if not self.is_of(record.id):
            return
        self._twin = found[0] if found else None
        if self._twin:
            self._twin_text.setText(f"可能与“{self._twin.title}”重复：{self._twin.why}。")
        self.twin.setVisible(self._twin is not None)

    def _compare(self) -> None:
        if self.record and self._twin:
            self.compare_wanted.emit(self.record.id, self._twin.id)

    def _offer(self, record: Record) -> None:
        flow = self.acts.layout()
        assert isinstance(flow, Flow)  # noqa: S101 - made by flowing()
        while (item := flow.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for kind in _kinds_for(record):
            flow.addWidget(button(_WORDS.get(kind, kind), partial(self._register, kind), tip=_TIPS.get(kind, "")))
        self.acts.updateGeometry()
        self.settle()

    def _register(self, kind: str) -> None:
        if self.record:
            name = own_title(self.desk.session, self.record)
            given = {"person_id": self.record.id, "movement_type": kind}
            self.desk.open_page("movement", new=True, given=given, shown={"person_id": name})

    def _unmerge(self, movement_id: str) -> None:
        def unmerged(saved: Saved) -> None:
            self.acted.emit(saved, "已取消合并")

        self.desk.call(merging.unmerge, movement_id, done=unmerged, owner=self, failed=self.banner.tell)


def _kinds_for(record: Record) -> tuple[str, ...]:
    """The movements that make sense of somebody as she stands."""
    if record.values.get("living_state") == "死亡":
        return ()
    if has_left(record.values) or not record.values.get("household_id"):
        return (kinds.IN,)
    head = () if record.values.get("relation_code") == HEAD else (kinds.NEW_HEAD,)
    return (kinds.OUT, kinds.WITHIN, kinds.OTHER_GRID, *head, kinds.DEATH)
