"""What one pass over a sheet's XML finds, whichever program wrote it."""

import io
import zipfile

import pytest

from gridworker.exchange.cells import UNCALCULATED, Merge
from gridworker.exchange.xlsx_marks import SheetMarks, UnsafeXml, read_marks

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def marks_of(xml: str) -> SheetMarks:
    """The marks of one sheet's XML."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("s.xml", xml)
    return read_marks(zipfile.ZipFile(stream), "s.xml")


def test_prefixed_names_and_cells_without_references() -> None:
    """Some programs prefix every element, and some leave out the references of rows and cells."""
    found = marks_of(
        f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row r="3"><x:c r="B3" t="e"><x:v>#REF!</x:v></x:c></x:row>'
        '<x:row><x:c><x:v>1</x:v></x:c><x:c t="e"><x:v>#N/A</x:v></x:c></x:row></x:sheetData>'
        '<x:mergeCells><x:mergeCell ref="$A$3:C4"/></x:mergeCells></x:worksheet>'
    )
    assert found.errors == {(3, 1): "#REF!", (4, 1): "#N/A"}
    assert found.merges == [Merge(3, 0, 4, 2)]
    assert (found.last_row, found.last_column) == (4, 1)


def test_formulas_without_a_result_are_not_blanks() -> None:
    """A formula nobody calculated is told; an empty text result is a blank, and a zero is a value."""
    found = marks_of(
        f'<worksheet xmlns="{MAIN}"><sheetData><row r="1">'
        '<c r="A1"><f>1/0</f><v/></c><c r="B1"><f>C1</f></c><c r="C1" t="str"><f>""</f><v></v></c>'
        '<c r="D1"><f>0</f><v>0</v></c>'
        "</row></sheetData></worksheet>"
    )
    assert found.errors == {(1, 0): UNCALCULATED, (1, 1): UNCALCULATED}


def test_hidden_rows_and_columns() -> None:
    """Hidden columns come as ranges, and a range to the end of the sheet is cut."""
    found = marks_of(
        f'<worksheet xmlns="{MAIN}"><cols><col min="2" max="3" hidden="1"/>'
        '<col min="5" max="16384" hidden="true"/></cols>'
        '<sheetData><row r="7" hidden="1"/></sheetData></worksheet>'
    )
    assert {1, 2, 4} <= found.hidden_columns
    assert max(found.hidden_columns) < 1000
    assert found.hidden_rows == {7}


def test_declared_entities_are_refused() -> None:
    """No spreadsheet program declares entities; one that does is up to something."""
    with pytest.raises(UnsafeXml):
        marks_of('<!DOCTYPE a [<!ENTITY b "c">]><worksheet/>')
