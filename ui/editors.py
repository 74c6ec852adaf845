"""One editor per field type, chosen from the declaration; a test demands that no type of the ledgers is missing."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from gridworker.ledger.case_code import CaseCode
from gridworker.ledger.code_fields import Code, Codes, Ref, Refs
from gridworker.ledger.field import Address, Bool, Field, Files, PersonName, Text
from gridworker.ledger.number_fields import Date, DateTime, Integer, Number
from gridworker.ledger.number_ids import CertificateNumber, IdNumber, Phone
from gridworker.ledger.tally_fields import Checklist, Counts
from gridworker.operations import browse
from gridworker.operations.find import Stopper
from ui.date_editors import DateEditor, DateTimeEditor
from ui.desk import Desk
from ui.editor import Choices, Editor
from ui.jobs import SEARCH
from ui.link_editors import LinkEditor, LinksEditor
from ui.photos.editor import FilesEditor
from ui.plain_editors import (
    ChipsEditor,
    ChoiceEditor,
    LineEditor,
    LinesEditor,
    SegmentEditor,
    TickEditor,
    YesNoEditor,
)

_SEGMENTS_MOST = 5
_SEGMENT_LETTERS = 16


def _text(field: Field, choices: Choices | None) -> Editor:
    return (LinesEditor if isinstance(field, Text) and field.lines else LineEditor)(field, choices)


def _yes_no(field: Field, choices: Choices | None) -> Editor:
    return (TickEditor if field.default is False else YesNoEditor)(field, choices)


def _code(field: Field, choices: Choices | None) -> Editor:
    assert isinstance(field, Code)  # noqa: S101 - the table below says so
    entries = field.table.entries
    letters = sum(len(text) for _, text in entries)
    few = 1 < len(entries) <= _SEGMENTS_MOST and letters <= _SEGMENT_LETTERS
    return (SegmentEditor if few else ChoiceEditor)(field, choices)


def _codes(field: Field, choices: Choices | None) -> Editor:
    assert isinstance(field, Codes)  # noqa: S101 - the table below says so
    return ChipsEditor(field, choices)


def _files(field: Field, choices: Choices | None) -> Editor:
    return FilesEditor(field, choices, choices.photos if isinstance(choices, DeskChoices) else None)


EDITORS: dict[type[Field], Callable[[Field, Choices | None], Editor]] = {
    Text: _text, PersonName: _text, Address: _text, Phone: LineEditor, IdNumber: LineEditor,
    CertificateNumber: LineEditor, CaseCode: LineEditor, Checklist: LineEditor, Counts: LineEditor,
    Integer: LineEditor, Number: LineEditor, Bool: _yes_no, Date: DateEditor, DateTime: DateTimeEditor,
    Code: _code, Codes: _codes, Ref: LinkEditor, Refs: LinksEditor, Files: _files,
}  # fmt: skip


def editor_for(field: Field, choices: Choices | None = None) -> Editor:
    """A new editor for a field; a type without one of its own is typed as what it is a kind of."""
    kind = next(kind for kind in type(field).__mro__ if kind in EDITORS)
    return EDITORS[kind](field, choices)


class DeskChoices:
    """Finds what links may point at, through the desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.photos = desk.photos

    def find(self, owner: QObject, to: str, text: str, heard: Callable[[list[tuple[str, str]]], object]) -> None:
        """Tell `heard` the (id, label) pairs that fit a text; whoever asked before is not answered any more."""
        stopper = Stopper()
        job = self._desk.call(
            browse.ref_choices, to, text, stopper=stopper, done=heard, owner=owner, lane=SEARCH
        )  # fmt: skip
        job.stopping.connect(stopper.stop)
