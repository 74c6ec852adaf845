"""Finding people where most answers live in one household: its members are offered before anything is typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject

from gridworker.operations.browse import MemberLine
from ui.desk import Desk
from ui.editors import DeskChoices


class MemberChoices(DeskChoices):
    """Offers the members of a household first, and everybody to who types."""

    def __init__(self, desk: Desk, members: Sequence[MemberLine]) -> None:
        super().__init__(desk)
        self._members = members

    def find(self, owner: QObject, to: str, text: str, heard: Callable[[list[tuple[str, str]]], object]) -> None:
        if to == "person" and not text.strip() and self._members:
            heard([(one.id, f"{one.name}　{one.relation}".strip()) for one in self._members])
        else:
            super().find(owner, to, text, heard)
