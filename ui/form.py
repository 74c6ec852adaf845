"""A form for any ledger: groups from its declaration, checks on leaving, drafts while typing, errors beside fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from gridworker.errors import AppError
from gridworker.ledger.facts import Problem, Profile, Sensitivity, Severity, Value
from gridworker.ledger.field import Field, Files, Text
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.record import Record
from gridworker.operations import browse, drafts, fresh, save
from gridworker.operations.drafts import Draft
from gridworker.operations.refusals import SaveRefused
from gridworker.operations.save import Saved
from ui.desk import Desk
from ui.editors import DeskChoices, editor_for
from ui.plain_editors import Editor
from ui.sealed import SealedEditor
from ui.widgets.buttons import LINK, button
from ui.widgets.inputs import Line, Lines
from ui.widgets.labelled import Labelled
from ui.widgets.texts import label

DRAFT_AFTER_MS = 800
Groups = Sequence[tuple[str, Sequence[str]]]


class LedgerForm(QWidget):
    """Shows one record of a ledger, new or known, and saves what a person changed in it."""

    saved = Signal(object)
    """Saved."""
    refused = Signal(object)
    """AppError that belongs to no field."""
    draft_kept = Signal(str)
    """The time of the draft, or nothing when there is none."""
    loaded = Signal()
    edited = Signal()

    def __init__(self, desk: Desk, ledger: Ledger, *, groups: Groups | None = None, folded: Sequence[str] = (),
                 columns: tuple[int, ...] = (1, 1), narrow: Sequence[str] = ()) -> None:  # fmt: skip
        super().__init__()
        self.desk, self.ledger = desk, ledger
        self.record: Record | None = None
        self._given: dict[str, Value] = {}
        self._initial: dict[str, str] = {}
        self._editors: dict[str, Editor] = {}
        self._fields: dict[str, Labelled] = {}
        self._narrow = frozenset(narrow)
        self._draft_key = ""
        self._saving = False
        self._turn = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DRAFT_AFTER_MS)
        self._timer.timeout.connect(self.keep_draft)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(12)
        choices = DeskChoices(desk)
        for title, keys in groups or (*ledger.form_groups, *_photos_of(ledger)):
            self._add_group(title, keys, choices, columns, folded=title in folded)
        self._column.addStretch(1)

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
        self._show(record.values, {})
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
        self._suit()
        self.loaded.emit()

    def _seal(self, record: Record, shown: Mapping[str, str], turn: int) -> None:
        if turn != self._turn:
            return
        for key, editor in self._editors.items():
            if editor.raw() != self._initial[key]:
                continue
            value = record.values.get(key)
            if isinstance(editor, SealedEditor) and value not in (None, "", []):
                editor.close_over(
                    shown.get(key, ""), lambda: browse.reveal(self.desk.session, self.ledger.key, record_id=record.id)
                )
            elif shown.get(key) and key in {link.key for link in self.ledger.links}:
                editor.set_value(value, shown[key])
            self._initial[key] = editor.raw()

    # -- what was typed

    def raw(self) -> dict[str, str]:
        """Everything in the form, as text."""
        return {key: editor.raw() for key, editor in self._editors.items()}

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
        self._suit()

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
            self._unfold(first)
            self._editors[first].focus_target().setFocus(Qt.FocusReason.OtherFocusReason)
        if not wrong or len(shown) < len(problems):
            self.refused.emit(error)

    # -- checks

    def show_problem(self, key: str, message: str, *, warning: bool = False) -> None:
        """Say beneath a field what is wrong with it; the same sentence is its accessible description."""
        self._fields[key].show_problem(message, warning=warning)
        self._editors[key].mark(wrong=bool(message) and not warning, description=message or self.ledger[key].help)

    def _check(self, key: str) -> None:
        raw = self.raw()
        if not raw[key] or (raw[key] == self._initial.get(key) and not self._fields[key].problem.text()):
            self.show_problem(key, "")
            return

        def heard(problems: list[Problem]) -> None:
            if key in self._editors and self._editors[key].raw() == raw[key]:
                found = problems[0] if problems else None
                self.show_problem(key, found.message if found else "", warning=found is not None and _is_mild(found))

        typed = {**self._given, **_filled(raw)}
        self.desk.call(save.check, self.ledger.key, typed, record_id=self.record.id if self.record else None, field=key,
                       done=heard, owner=self)  # fmt: skip

    def _edited(self, key: str) -> None:
        self._timer.start()
        if self._fields[key].problem.text():
            self._check(key)
        self._suit()
        self.edited.emit()

    def _left(self, key: str) -> None:
        self._check(key)
        if self._timer.isActive():
            self.keep_draft()

    def _suit(self) -> None:
        """Show a reason for not having met only where nobody was met."""
        if "met" in self._editors and "unmet_reason" in self._fields:
            self._fields["unmet_reason"].setVisible(self._editors["met"].raw() == "否")

    # -- building

    def _add_group(
        self, title: str, keys: Sequence[str], choices: DeskChoices, columns: tuple[int, ...], *, folded: bool
    ) -> None:
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(12)
        for number, stretch in enumerate(columns):
            grid.setColumnStretch(number, stretch)
        if title and folded:
            self._add_fold(title, holder)
        elif title:
            self._column.addWidget(label(title, "group"))
        row, at = 0, 0
        for key in keys:
            labelled, wide = self._make(self.ledger[key], choices)
            if (wide and at) or at >= len(columns):
                row, at = row + 1, 0
            grid.addWidget(labelled, row, at, 1, len(columns) if wide else 1, Qt.AlignmentFlag.AlignTop)
            row, at = (row + 1, 0) if wide else (row, at + 1)
        self._column.addWidget(holder)

    def _add_fold(self, title: str, holder: QWidget) -> None:
        fold = button(title, kind=LINK, icon="chevron-right", tip=f"展开或收起“{title}”")
        fold.setObjectName("fold")
        fold.clicked.connect(lambda: holder.setVisible(holder.isHidden()))
        holder.hide()
        self._column.addWidget(fold, 0, Qt.AlignmentFlag.AlignLeft)

    def _unfold(self, key: str) -> None:
        holder = self._fields[key].parentWidget()
        if holder is not None and holder.isHidden():
            holder.show()

    def _make(self, field: Field, choices: DeskChoices) -> tuple[Labelled, bool]:
        editor = editor_for(field, choices)
        if field.sensitivity >= Sensitivity.SENSITIVE:
            editor = SealedEditor(editor, self.desk)
        self._editors[field.key] = editor
        editor.edited.connect(lambda key=field.key: self._edited(key))
        editor.left.connect(lambda key=field.key: self._left(key))
        named = "" if editor.names_itself else field.label
        labelled = Labelled(
            named,
            editor,
            note="" if editor.names_itself else note_of(field),
            note_right=isinstance(field, Text) and field.lines,
            buddy=editor.focus_target(),
        )
        self._fields[field.key] = labelled
        return labelled, editor.wide and field.key not in self._narrow


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


def _filled(raw: Mapping[str, str]) -> dict[str, str]:
    return {key: text for key, text in raw.items() if text}


def _is_mild(problem: Problem) -> bool:
    return problem.severity is Severity.WARNING
