"""Editors: one for every field type, and text that goes in comes out."""

from __future__ import annotations

import importlib
import pkgutil

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication

from gridworker import ledger as package
from gridworker.ledger import code_tables
from gridworker.ledger.case_code import CaseCode
from gridworker.ledger.code_fields import Code, Codes, Ref, Refs
from gridworker.ledger.code_tables import table
from gridworker.ledger.codes import CodeList
from gridworker.ledger.facts import Profile
from gridworker.ledger.field import Bool, Field, Text
from gridworker.ledger.number_fields import Date, DateTime, Integer, Number
from gridworker.ledger.tally_fields import Checklist, Counts
from gridworker.ledgers.registry import all_ledgers
from ui.editors import EDITORS, editor_for
from ui.plain_editors import ChipsEditor, ChoiceEditor, LinesEditor, SegmentEditor, TickEditor, YesNoEditor
from ui.widgets.chips import Chips

EVERY_FIELD = [
    pytest.param(field, id=f"{ledger.key}.{field.key}") for ledger in all_ledgers().values() for field in ledger.fields
]


def _types(base: type[Field]) -> set[type[Field]]:
    return {base, *(found for one in base.__subclasses__() for found in _types(one))}


def test_every_field_type_has_an_editor() -> None:
    """A type added to the ledgers without an editor is found here, not by a person before an empty form."""
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    declared = {one for one in _types(Field) if one.__module__.startswith("gridworker.")}
    assert declared - {Field} == set(EDITORS)


@pytest.mark.parametrize("field", EVERY_FIELD)
def test_an_editor_names_itself_and_gives_back_what_it_was_given(
    field: Field, dressed: QApplication, qtbot: object
) -> None:
    """Every field of every ledger: a value shown is the same value when it is read again."""
    editor = editor_for(field)
    assert field.label in editor.focus_target().accessibleName()
    sample = _sample(field)
    editor.set_value(sample, "")
    assert field.parse(editor.raw()) == sample
    editor.set_value(None)
    assert field.parse(editor.raw()) in (None, False)


def _tally(field: Checklist | Counts) -> object:
    if isinstance(field, Counts):
        return field.parse({category: 3 for category, _ in field.categories})
    return field.parse({item: field.marks.entries[0][0] for item, _ in field.items})


def _sample(field: Field) -> object:
    if isinstance(field, Code):
        return field.table.entries[-1][0]
    if isinstance(field, Codes):
        return [code for code, _ in field.table.entries[:2]]
    if isinstance(field, Refs):
        return ["0197a4b0-0000-7000-8000-000000000001", "0197a4b0-0000-7000-8000-000000000002"]
    if isinstance(field, Ref):
        return "0197a4b0-0000-7000-8000-000000000001"
    if isinstance(field, Checklist | Counts):
        return _tally(field)
    samples: dict[type[Field], object] = {
        Bool: True, Date: "2026-03-05", DateTime: "2026-03-05T09:40+08:00", Integer: 3, Number: field.parse("120.50")
        if isinstance(field, Number) else None, CaseCode: "QS370211005001-260930-A7042M",
    }  # fmt: skip
    return samples.get(type(field), ["一个附件"] if type(field).__name__ == "Files" else "13800000000")


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        (Text("note", "情况", lines=True), LinesEditor),
        (Bool("met", "见面", default=True), YesNoEditor),
        (Bool("found", "发现隐患", default=False), TickEditor),
        (Code("outcome", "处理结果", table=table("VISIT_OUTCOME")), SegmentEditor),
        (Code("purpose", "目的", table=table("PURPOSE")), ChoiceEditor),
    ],
)
def test_the_editor_suits_the_declaration(field: Field, kind: type, dressed: QApplication, qtbot: object) -> None:
    """A few short codes lie side by side, many are a list, a rare yes is a box to tick."""
    assert type(editor_for(field)) is kind


def test_a_code_no_table_knows_is_kept(dressed: QApplication, qtbot: object) -> None:
    """A code of a newer program is shown as it is and comes out unchanged."""
    for key in ("VISIT_OUTCOME", "PURPOSE", "NATIONALITY"):
        editor = editor_for(Code("one", "一项", table=table(key)))
        editor.set_value("将来的代码")
        assert editor.raw() == "将来的代码"


def test_a_date_as_people_write_it_is_tidied_when_left(dressed: QApplication, qtbot: object) -> None:
    """2026.3.5 becomes 2026-03-05; what is no date stays as it was typed."""
    editor = editor_for(Date("on", "日期"))
    for typed, left in (("2026.3.5", "2026-03-05"), ("三月五日", "三月五日")):
        editor.set_raw(typed)
        editor.tidy()
        assert editor.raw() == left


def test_arrows_choose_among_segments(dressed: QApplication, qtbot: object) -> None:
    """One Tab stop for the group; the right arrow chooses the next and tells."""
    editor = editor_for(Code("mode", "走访方式", required=None, table=table("VISIT_MODE")))
    qtbot.addWidget(editor)
    editor.show()
    editor.set_value("上门")
    told: list[str] = []
    editor.edited.connect(lambda: told.append(editor.raw()))
    qtbot.keyClick(editor.focus_target(), Qt.Key.Key_Right)
    assert told == ["电话"]
    assert sum(one.focusPolicy() == Qt.FocusPolicy.StrongFocus for one in editor.segments.buttons()) == 1


TRIMMED = CodeList((("楼栋", "楼栋"), ("院落", "院落")))


@pytest.mark.parametrize("editor", [SegmentEditor, ChoiceEditor], ids=lambda one: one.__name__)
def test_a_retired_or_unknown_code_is_seen_and_kept(editor: type, dressed: QApplication, qtbot: object) -> None:
    """It stands there and says that it is retired; the next record is not offered it."""
    field = all_ledgers()["hazard"]["place_type"]
    assert isinstance(field, Code)
    shown = editor(field)
    with code_tables.in_force({"PLACE_TYPE": TRIMMED}):
        for value, text in (("公共", "公共（已停用）"), ("轨道", "轨道"), ("院落", "院落")):
            shown.set_value(value)
            assert shown.raw() == value
            assert text in _choices(shown)
        assert _choices(shown) == ["楼栋", "院落"]
        shown.set_value(None)
        assert shown.raw() == ""
        assert _choices(shown) == ["楼栋", "院落"]


@pytest.mark.parametrize(("key", "place"), [("Left", -1), ("Up", -1), ("Right", 1), ("Down", 1)])
def test_arrows_go_back_and_on_among_chips(dressed: QApplication, qtbot: object, key: str, place: int) -> None:
    """Left and up go back, round the end; right and down go on; nothing is turned by it."""
    chips = Chips([("a", "甲"), ("b", "乙"), ("c", "丙")])
    qtbot.addWidget(chips)
    qtbot.keyClick(chips.focus_target(), getattr(Qt.Key, f"Key_{key}"))
    assert chips.focus_target().accessibleName() == ("乙" if place == 1 else "丙")
    assert chips.values() == []


def test_chips_keep_a_retired_and_an_unknown_code(dressed: QApplication, qtbot: object) -> None:
    """Beside what is turned on; the next record's chips are those of the table alone."""
    field = all_ledgers()["person"]["care_categories"]
    assert isinstance(field, Codes)
    editor = ChipsEditor(field)
    with code_tables.in_force({"CARE": CodeList((("孤儿", "孤儿"), ("其他", "其他")))}):
        editor.set_value(["独居老人", "孤儿", "新类"])
        assert _choices(editor) == ["孤儿", "其他", "独居老人（已停用）", "新类"]
        editor.chips._chips["其他"].click()
        assert field.parse_again(editor.raw(), ["独居老人", "孤儿", "新类"]) == ["孤儿", "其他", "独居老人", "新类"]
        editor.set_value(["其他"])
        assert _choices(editor) == ["孤儿", "其他"]
        editor.set_raw("孤儿、独居老人")
        assert editor.raw() == "孤儿、独居老人"


def _choices(editor: object) -> list[str]:
    if isinstance(editor, ChoiceEditor):
        return [editor.box.itemText(row) for row in range(1, editor.box.count())]
    if isinstance(editor, SegmentEditor):
        return [segment.text() for segment in editor.segments.buttons()]
    assert isinstance(editor, ChipsEditor)
    return [chip.text() for chip in editor.chips._chips.values()]


def test_what_is_typed_into_a_long_list_stands_alone(dressed: QApplication) -> None:
    """Typing behind 请选择 made 请选择三子, which no table knows."""
    editor = editor_for(Code("relation_code", "与户主关系", table=table("RELATION"), required=Profile.SUBMIT))
    assert isinstance(editor, ChoiceEditor)
    assert editor.raw() == ""
    line = editor.box.lineEdit()
    assert line is not None
    assert (line.text(), line.placeholderText(), editor.box.itemText(0)) == ("", "请选择", "请选择")
    line.setFocus()
    # As an input method writes it.
    typed = QInputMethodEvent()
    typed.setCommitString("三子")
    QApplication.sendEvent(line, typed)
    assert editor.raw() == "24"
    editor.set_raw("")
    assert (editor.raw(), line.text()) == ("", "")
    editor.box.setCurrentIndex(3)
    editor.box.activated.emit(3)
    assert editor.raw() == editor.box.itemData(3)
    editor.box.setCurrentIndex(0)
    editor.box.activated.emit(0)
    assert (editor.raw(), line.text()) == ("", "")
