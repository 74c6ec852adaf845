"""The fields a move asks for, in a small panel: each with its label, what must be filled, and its error beneath."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gridworker.ledger.code_fields import Ref, Refs
from gridworker.ledger.facts import FieldError, Problem, Value, Values
from gridworker.ledger.field import Field, Text
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.moves import REASON
from gridworker.ledger.workflow import Move
from ui.editor import Choices, Editor
from ui.editors import editor_for
from ui.widgets.labelled import Labelled
from ui.widgets.stacking import column_in

_REASON = Text(REASON, "原因", lines=True, max_length=500)


class AskedFields(QWidget):
    """What a move asks; filled with what the record holds already."""

    edited = Signal()

    def __init__(self, ledger: Ledger, move: Move, values: Values, choices: Choices | None = None) -> None:
        super().__init__()
        self._must = {*move.requires, *((REASON,) if move.reason else ())}
        self._editors: dict[str, Editor] = {}
        self._labelled: dict[str, Labelled] = {}
        column = column_in(self, 12)
        self._choices = choices
        asked: list[Field] = [ledger[key] for key in move.asks]
        for field in _in_order(asked, move):
            self._add(column, field, values)
        self._initial = {key: editor.raw() for key, editor in self._editors.items()}

    def changed(self) -> dict[str, str]:
        """What a person changed, as it was typed."""
        return {key: editor.raw() for key, editor in self._editors.items() if editor.raw() != self._initial[key]}

    def fill(self, raw: Mapping[str, str]) -> None:
        """Show typed text again."""
        for key, text in raw.items():
            if key in self._editors:
                self._editors[key].set_raw(text)

    def links(self) -> dict[str, Value]:
        """The records that are linked to now."""
        linked = {key: editor for key, editor in self._editors.items() if isinstance(editor.field, Ref | Refs)}
        return {key: editor.field.parse(editor.raw()) for key, editor in linked.items() if editor.raw()}

    def name_links(self, links: Mapping[str, Value], shown: Mapping[str, str]) -> None:
        """Say restored links by name; a draft keeps their ids."""
        for key, value in links.items():
            if shown.get(key):
                self._editors[key].set_value(value, shown[key])

    def raw(self) -> dict[str, str]:
        """What was typed, by field."""
        return {key: editor.raw().strip() for key, editor in self._editors.items()}

    def problems(self) -> list[Problem]:
        """What is missing or cannot be read."""
        found = []
        for key, editor in self._editors.items():
            text = editor.raw().strip()
            if not text and key in self._must:
                found.append(Problem(key, editor.field.demand()))
            elif text and (wrong := _wrong(editor.field, text)):
                found.append(Problem(key, wrong))
        return found

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Say each problem beneath its field and go to the first."""
        said = {problem.field: problem.message for problem in reversed(problems)}
        for key, labelled in self._labelled.items():
            message = said.get(key, "")
            labelled.show_problem(message)
            self._editors[key].mark(wrong=bool(message), description=message)
        first = next((key for key in self._editors if key in said), None)
        if first:
            self._editors[first].focus_target().setFocus()

    def when_ready(self, then: Callable[[], object]) -> bool:
        """Whether a photo is still being taken in; `then` is called once it has been."""
        return any(editor.when_ready(then) for editor in self._editors.values())

    def focus_first(self) -> None:
        """Begin to type."""
        first = next(iter(self._editors.values()), None)
        if first:
            first.focus_target().setFocus()

    def _add(self, column: QVBoxLayout, field: Field, values: Values) -> None:
        editor = editor_for(field, self._choices)
        if values.get(field.key) is not None:
            editor.set_value(values[field.key])
        note = "必填" if field.key in self._must else "选填" if isinstance(field, Text) else ""
        labelled = Labelled(field.label, editor, note=note, buddy=editor.focus_target())
        labelled.setToolTip(field.help)
        editor.left.connect(lambda key=field.key: self._check(key))
        editor.edited.connect(self.edited)
        self._editors[field.key], self._labelled[field.key] = editor, labelled
        column.addWidget(labelled)

    def _check(self, key: str) -> None:
        editor = self._editors[key]
        text = editor.raw().strip()
        message = _wrong(editor.field, text) if text else ""
        self._labelled[key].show_problem(message)
        editor.mark(wrong=bool(message), description=message)


def _in_order(asked: list[Field], move: Move) -> list[Field]:
    """As declared, and then why; where that alone must be told, it comes first."""
    if not move.reason:
        return asked
    return [*asked, _REASON] if move.requires else [_REASON, *asked]


def _wrong(field: Field, text: str) -> str:
    try:
        value = field.parse(text)
    except FieldError as wrong:
        return str(wrong)
    return (field.problem(value) or "") if value is not None else ""
