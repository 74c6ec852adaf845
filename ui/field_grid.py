"""The fields of a ledger in their groups: an editor, a label and a place for an error each; some groups are folded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from gridworker.errors import AppError, KnownError
from gridworker.ledger.facts import Profile, Sensitivity
from gridworker.ledger.field import Field, Files, Text
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.number_ids import CertificateNumber, IdNumber
from gridworker.ledgers import movement
from gridworker.operations.shown import sees_all_here
from ui.desk import Desk
from ui.editor import Editor
from ui.editors import DeskChoices, editor_for
from ui.sealed import SealedEditor
from ui.widgets.buttons import LINK, button
from ui.widgets.inputs import Line
from ui.widgets.labelled import Labelled
from ui.widgets.stacking import column_in
from ui.widgets.texts import label

Groups = Sequence[tuple[str, Sequence[str]]]
# So many letters of what a field asks for can be read in an input of half a line.
_HELP_IN_HALF_A_LINE = 11
_MOVES_IN = frozenset({movement.IN, movement.WITHIN, movement.SPLIT, movement.BIRTH})
# Fields that belong to one answer of another field; they are out of sight for as long as it is another one.
_ASKED_WHEN: Mapping[tuple[str, str], tuple[str, frozenset[str]]] = {
    ("visit", "unmet_reason"): ("met", frozenset({"否"})),
    ("movement", "to_household_id"): ("movement_type", _MOVES_IN),
    ("movement", "relation_code"): ("movement_type", _MOVES_IN),
    ("movement", "other_grid"): ("movement_type", frozenset({movement.OTHER_GRID})),
    ("movement", "destination"): ("movement_type", frozenset({movement.OUT, movement.OTHER_GRID})),
}


class FieldGrid(QWidget):
    """Editors by field, laid out in columns; says by signals which one was edited or left."""

    edited = Signal(str)
    left = Signal(str)

    def __init__(self, desk: Desk, ledger: Ledger, groups: Groups | None, folded: Sequence[str],
                 columns: tuple[int, ...], narrow: Sequence[str]) -> None:  # fmt: skip
        super().__init__()
        self._desk, self._ledger = desk, ledger
        self.editors: dict[str, Editor] = {}
        self.fields: dict[str, Labelled] = {}
        self._columns, self._narrow = columns, frozenset(narrow)
        # Of whoever does not see everything here, personal values are kept too.
        self._sealed_from = Sensitivity.SENSITIVE if sees_all_here(desk.session) else Sensitivity.PERSONAL
        self._column = column_in(self, 12)
        choices = DeskChoices(desk)
        for title, keys in groups or (*ledger.form_groups, *_photos_of(ledger)):
            self._add_group(title, keys, choices, folded=title in folded)
        self._column.addStretch(1)

    def raw(self) -> dict[str, str]:
        """Everything in the form, as text."""
        return {key: editor.raw() for key, editor in self.editors.items()}

    def show_problem(
        self, key: str, message: str, *, warning: bool = False, action: str = "",
        pressed: Callable[[], object] | None = None,
    ) -> None:  # fmt: skip
        """Say beneath a field what is wrong with it; the same sentence is its accessible description."""
        self.fields[key].show_problem(message, warning=warning, action=action, pressed=pressed)
        self.editors[key].mark(wrong=bool(message) and not warning, description=message or self._ledger[key].help)

    def _tell_refused(self, key: str, error: AppError) -> None:
        action = error.action if isinstance(error, KnownError) else ""
        self.show_problem(key, f"{error.title}{action}", warning=True)

    def suit(self) -> None:
        """Show what is asked with the present answers; what was typed is never out of sight."""
        for (ledger, key), (other, answers) in _ASKED_WHEN.items():
            if ledger == self._ledger.key and key in self.fields and other in self.editors:
                answer = self.editors[other].raw()
                wanted = answer in answers or (not answer and ledger != "visit")
                self.fields[key].setVisible(wanted or (ledger != "visit" and bool(self.editors[key].raw())))

    def go_to(self, key: str) -> None:
        """Put the cursor into a field, unfolding its group."""
        holder = self.fields[key].parentWidget()
        if holder is not None and holder.isHidden():
            holder.show()
        self.editors[key].focus_target().setFocus(Qt.FocusReason.OtherFocusReason)

    def _add_group(self, title: str, keys: Sequence[str], choices: DeskChoices, *, folded: bool) -> None:
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(12)
        for number, stretch in enumerate(self._columns):
            grid.setColumnStretch(number, stretch)
        if title and folded:
            self._add_fold(title, holder)
        elif title:
            self._column.addWidget(label(title, "group"))
        many = len(self._columns)
        row, at = 0, 0
        for key in keys:
            labelled, wide = self._make(self._ledger[key], choices)
            if (wide and at) or at >= many:
                row, at = row + 1, 0
            grid.addWidget(labelled, row, at, 1, many if wide else 1, Qt.AlignmentFlag.AlignTop)
            row, at = (row + 1, 0) if wide else (row, at + 1)
        self._column.addWidget(holder)

    def _add_fold(self, title: str, holder: QWidget) -> None:
        fold = button(title, kind=LINK, icon="chevron-right", tip=f"展开或收起“{title}”")
        fold.setObjectName("fold")
        fold.clicked.connect(lambda: holder.setVisible(holder.isHidden()))
        holder.hide()
        self._column.addWidget(fold, 0, Qt.AlignmentFlag.AlignLeft)

    def _make(self, field: Field, choices: DeskChoices) -> tuple[Labelled, bool]:
        editor = editor_for(field, choices)
        if field.sensitivity >= self._sealed_from:
            editor = sealed = SealedEditor(editor, self._desk)
            sealed.refused.connect(lambda error, key=field.key: self._tell_refused(key, error))
        self.editors[field.key] = editor
        editor.edited.connect(lambda key=field.key: self.edited.emit(key))
        editor.left.connect(lambda key=field.key: self.left.emit(key))
        named = "" if editor.names_itself else field.label
        labelled = Labelled(
            named,
            editor,
            note="" if editor.names_itself else note_of(field),
            note_right=isinstance(field, Text) and field.lines,
            buddy=editor.focus_target(),
        )
        labelled.setToolTip(field.help)
        self.fields[field.key] = labelled
        wide = editor.wide or (isinstance(editor.focus_target(), Line) and _is_long(field))
        return labelled, wide and field.key not in self._narrow


def _is_long(field: Field) -> bool:
    """Whether half a line is too little: for what is asked, or for a number that is hidden beside a button."""
    return len(field.help) > _HELP_IN_HALF_A_LINE or isinstance(field, IdNumber | CertificateNumber)


def _photos_of(ledger: Ledger) -> Groups:
    """Photos and documents that the declared groups leave out, as the last group."""
    told = {key for _title, keys in ledger.form_groups for key in keys}
    keys = [field.key for field in ledger.fields if isinstance(field, Files) and field.key not in told]
    # Documents of any kind come after the photos that have a meaning of their own.
    return [("照片和附件", sorted(keys, key=lambda key: key == "attachments"))] if keys else []


def note_of(field: Field) -> str:
    """必填 in words, 选填 for texts that may stay empty."""
    if field.is_required(Profile.SUBMIT):
        return "必填"
    if isinstance(field, Text):
        return f"选填，{field.max_length} 字以内" if field.lines and field.max_length else "选填"
    return ""
