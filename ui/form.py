"""A form for any ledger: groups from its declaration, checks on leaving, drafts while typing, errors beside fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gridworker.errors import AppError
from gridworker.ledger.facts import Problem, Sensitivity, Severity, Value
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.record import Record
from gridworker.operations import browse, drafts, fresh, revealing, save
from gridworker.operations.refusals import SaveRefused
from gridworker.operations.save import Saved
from gridworker.operations.shown import hides
from gridworker.store.drafts import Draft
from ui.desk import Desk
from ui.editor import Editor
from ui.field_grid import FieldGrid, Groups
from ui.residents.twin_warning import offer_twin
from ui.sealed import SealedEditor
from ui.widgets.inputs import Line, Lines

DRAFT_AFTER_MS = 800


class LedgerForm(QWidget):
    """Shows one record of a ledger, new or known, and saves what a person changed in it."""

    saved = Signal(object)
    """Saved."""
    refused = Signal(object)
    """AppError that belongs to no field."""
    draft_kept = Signal(str)
    """The time of the draft, or nothing when there is none."""
    twin_wanted = Signal(str)
    """The id of a record that is probably the same, which is to be looked at."""
    loaded = Signal()
    edited = Signal()

    def __init__(self, desk: Desk, ledger: Ledger, *, groups: Groups | None = None, folded: Sequence[str] = (),
                 columns: tuple[int, ...] = (1, 1), narrow: Sequence[str] = ()) -> None:  # fmt: skip
        super().__init__()
        self.desk, self.ledger = desk, ledger
        self.record: Record | None = None
        self._given: dict[str, Value] = {}
        self._initial: dict[str, str] = {}
        self._draft_key = ""
        self._saving = False
        self._turn = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DRAFT_AFTER_MS)
        self._timer.timeout.connect(self.keep_draft)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self._grid = FieldGrid(desk, ledger, groups, folded, columns, narrow)
        self._editors, self._fields = self._grid.editors, self._grid.fields
        self._grid.edited.connect(self._edited)
        self._grid.left.connect(self._left)
        column.addWidget(self._grid)

    # -- loading

    def load_new(self, *, draft: str = "", shown: Mapping[str, str] | None = None, **given: Value) -> None:
        """Begin a new record; `given` stands, `shown` says how given links read, a kept draft is restored."""
        self._begin(draft or f"{self.ledger.key}:new")
        self._given = dict(given)
        labels = {"recorded_by": self.desk.session.actor.name, **(shown or {})}
        values = fresh.defaults(self.desk.session, self.ledger.key, **given)
        for key, value in values.items():
            if (
                isinstance(value, list) and value == [self.desk.session.actor.id]
            ) or value == self.desk.session.actor.id:
                labels.setdefault(key, self.desk.session.actor.name)
        self._show(values, labels)
        self._restore()

    def load(self, record: Record) -> None:
        """Show a record that exists."""
        self._begin(f"{self.ledger.key}:{record.id}")
        self.record = record
        turn = self._turn
        hidden = hides(self.desk.session, record)
        self._show({key: value for key, value in record.values.items() if key not in hidden}, {})
        self._seal(record, {}, turn)
        self.desk.call(browse.shown, record, done=lambda shown: self._seal(record, shown, turn), owner=self)
        self._restore()

    def _begin(self, draft_key: str) -> None:
        self.keep_draft()
        self._turn += 1
        if draft_key != self._draft_key:
            for editor in self._editors.values():
                editor.renew()
        self._draft_key, self.record, self._given = draft_key, None, {}
        self._timer.stop()
        self.draft_kept.emit("")

    def _show(self, values: Mapping[str, Value], shown: Mapping[str, str]) -> None:
        for key, editor in self._editors.items():
            self.show_problem(key, "")
            if isinstance(editor, SealedEditor):
                editor.open()
            editor.set_value(values.get(key), shown.get(key, ""))
        self._initial = self.raw()
        self._grid.suit()
        self.loaded.emit()

    def _seal(self, record: Record, shown: Mapping[str, str], turn: int) -> None:
        if turn != self._turn:
            return
        hidden = hides(self.desk.session, record)
        for key, editor in self._editors.items():
            if editor.raw() != self._initial[key]:
                continue
            value = record.values.get(key)
            if key in hidden or self.ledger[key].sensitivity >= Sensitivity.SENSITIVE:
                if isinstance(editor, SealedEditor) and value not in (None, "", []):
                    reveal = partial(revealing.reveal_field, self.desk.session, record.id, key)
                    editor.close_over(shown.get(key, ""), reveal)
            elif shown.get(key) and key in {link.key for link in self.ledger.links}:
                editor.set_value(value, shown[key])
            self._initial[key] = editor.raw()

    # -- what was typed

    def raw(self) -> dict[str, str]:
        """Everything in the form, as text."""
        return self._grid.raw()

    def changed(self) -> dict[str, str]:
        """What a person changed since the record was shown."""
        return {key: text for key, text in self.raw().items() if text != self._initial.get(key, "")}

    def given(self) -> dict[str, Value]:
        """What stands in a new record without being typed."""
        return dict(self._given)

    def is_taking_in(self) -> bool:
        """Whether a photo is on its way into the form and has no name yet."""
        return any(editor.is_busy() for editor in self._editors.values())

    def editor(self, key: str) -> Editor:
        """The editor of a field."""
        return self._editors[key]

    def hint(self, key: str, text: str) -> None:
        """Say in an empty field what belongs there."""
        target = self._editors[key].focus_target()
        if isinstance(target, Line | Lines):
            target.setPlaceholderText(text)

    def keep_draft(self) -> None:
        """Keep what was typed, now."""
        self._timer.stop()
        if not self._draft_key or self._saving or not self.changed():
            return
        typed = self.changed() if self.record else {key: text for key, text in self.raw().items() if text}
        turn = self._turn
        self.desk.call(
            drafts.keep, self._draft_key, self.ledger.key, typed, owner=self,
            done=lambda at: self.draft_kept.emit(f"草稿已存 {at}") if turn == self._turn and not self._saving else None,
        )  # fmt: skip

    def discard(self) -> None:
        """Throw away what was typed; the record is shown as it is."""
        self._timer.stop()
        if self._draft_key:
            self.desk.call(drafts.drop, self._draft_key, owner=self)
        key, record, given = self._draft_key, self.record, self._given
        self._initial = self.raw()
        if record:
            self.load(record)
        else:
            self.load_new(draft=key, **given)  # type: ignore[arg-type]  # values of fields, none of them named so

    def fill(self, raw: Mapping[str, str]) -> None:
        """Show typed text again, as after an undo."""
        for key, text in raw.items():
            if key in self._editors and self._editors[key].raw() != text:
                self._editors[key].set_raw(text)
        self._grid.suit()

    def _restore(self) -> None:
        turn = self._turn
        self.desk.call(drafts.load, self._draft_key, done=lambda draft: self._take_draft(draft, turn), owner=self)

    def _take_draft(self, draft: Draft | None, turn: int) -> None:
        # Whoever typed faster than the draft was read is not overwritten.
        if draft is None or turn != self._turn or self.changed():
            return
        self.fill(draft.raw)
        self._name_links(draft.raw)
        self.draft_kept.emit("已恢复草稿")

    def _name_links(self, raw: Mapping[str, str]) -> None:
        """Show restored links by name again; a draft keeps what was typed, which for a link is its id."""
        links = {link.key: link.parse(raw[link.key]) for link in self.ledger.links if raw.get(link.key)}
        if not links:
            return
        turn = self._turn
        one = Record("", self.ledger.key, self.desk.session.place.grid_code, links)

        def heard(shown: Mapping[str, str]) -> None:
            for key, value in links.items():
                if turn == self._turn and shown.get(key) and key in self._editors:
                    self._editors[key].set_value(value, shown[key])

        self.desk.call(browse.shown, one, done=heard, owner=self)

    # -- saving

    def save(self, done: Callable[[Saved], object] | None = None) -> None:
        """Save; on refusal the errors stand beside their fields and the focus goes to the first."""
        if self._saving or any(editor.when_ready(lambda: self.save(done)) for editor in self._editors.values()):
            return
        self._saving = True
        self._timer.stop()
        typed: dict[str, object] = dict(self.changed() if self.record else {**self._given, **_filled(self.raw())})
        record_id = self.record.id if self.record else None
        draft_key = self._draft_key
        self.desk.call(
            save.save, self.ledger.key, typed, record_id=record_id, loaded=self.record, owner=self,
            done=lambda saved: self._saved(saved, draft_key, done), failed=self._refuse,
        )  # fmt: skip

    def is_saving(self) -> bool:
        """Whether a save is under way."""
        return self._saving

    def _saved(self, saved: Saved, draft_key: str, done: Callable[[Saved], object] | None) -> None:
        self._saving = False
        self.desk.call(drafts.drop, draft_key, owner=self)
        self._initial = self.raw()
        self.draft_kept.emit("")
        for key in self._editors:
            self.show_problem(key, "")
        self.saved.emit(saved)
        if done:
            done(saved)

    def _refuse(self, error: AppError) -> None:
        self._saving = False
        self.keep_draft()
        problems = error.problems if isinstance(error, SaveRefused) else []
        shown = [problem for problem in problems if problem.field in self._editors]
        for key in self._editors:
            self.show_problem(key, "")
        for problem in reversed(shown):
            self.show_problem(problem.field, problem.message, warning=problem.severity is Severity.WARNING)
        wrong = [problem.field for problem in shown if problem.severity is Severity.ERROR]
        if wrong:
            first = min(wrong, key=list(self._editors).index)
            self._grid.go_to(first)
        if not wrong or len(shown) < len(problems):
            self.refused.emit(error)

    # -- checks

    def show_problem(self, key: str, message: str, *, warning: bool = False) -> None:
        """Say beneath a field what is wrong with it; the same sentence is its accessible description."""
        self._grid.show_problem(key, message, warning=warning)

    def _check(self, key: str) -> None:
        raw = self.raw()
        if not raw[key] or (raw[key] == self._initial.get(key) and not self._fields[key].problem.text()):
            self.show_problem(key, "")
            return

        def heard(problems: list[Problem]) -> None:
            if key in self._editors and self._editors[key].raw() == raw[key]:
                found = problems[0] if problems else None
                self.show_problem(key, found.message if found else "", warning=found is not None and _is_mild(found))
                if found:
                    asked = (self.ledger.key, typed, self.record.id if self.record else "")
                    offer_twin(self.desk, self._grid, found, asked, self.twin_wanted.emit)

        typed = {**self._given, **_filled(raw)}
        self.desk.call(save.check, self.ledger.key, typed, record_id=self.record.id if self.record else None, field=key,
                       done=heard, owner=self)  # fmt: skip

    def _edited(self, key: str) -> None:
        self._timer.start()
        if self._fields[key].problem.text():
            self._check(key)
        self._grid.suit()
        self.edited.emit()

    def _left(self, key: str) -> None:
        self._check(key)
        if self._timer.isActive():
            self.keep_draft()


def _filled(raw: Mapping[str, str]) -> dict[str, str]:
    return {key: text for key, text in raw.items() if text}


def _is_mild(problem: Problem) -> bool:
    return problem.severity is Severity.WARNING
