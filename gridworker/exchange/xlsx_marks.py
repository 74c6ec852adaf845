"""What calamine leaves out of an .xlsx: error cells, uncalculated formulas, hidden parts, how far the cells reach.

One pass of expat over each sheet's XML, element starts only, so that it costs little beside the reading itself.
"""

from __future__ import annotations

import posixpath
import zipfile
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET
from xml.parsers import expat

from gridworker.exchange.cells import UNCALCULATED, Merge, cell_ref, place_of

_CHUNK = 1 << 18
_OFFICE_RELATIONS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATIONS = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_HIGHEST_HIDDEN_COLUMN = 1000


@dataclass
class SheetMarks:
    """Marks of one sheet; rows from 1, columns from 0."""

    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    merges: list[Merge] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    last_row: int = 0
    last_column: int = 0


class UnsafeXml(Exception):
    """A sheet that declares its own entities, which no spreadsheet program writes."""


def sheet_parts(archive: zipfile.ZipFile) -> list[tuple[str, str]]:
    """Name and part of every worksheet, in the workbook's order."""
    relations = ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 - expat refuses bombs
    targets = {node.get("Id", ""): node.get("Target", "") for node in relations}
    parts: list[tuple[str, str]] = []
    for node in ET.fromstring(archive.read("xl/workbook.xml")).iter():  # noqa: S314 - as above
        if node.tag.rpartition("}")[2] == "sheet":
            target = targets.get(node.get(_OFFICE_RELATIONS) or node.get(_STRICT_RELATIONS) or "", "")
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
            parts.append((node.get("name", ""), path))
    return parts


def read_marks(archive: zipfile.ZipFile, part: str) -> SheetMarks:
    """The marks of one sheet's XML."""
    scan = _Scan()
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            scan.feed(chunk)
    return scan.finish()


class _Scan:
    def __init__(self) -> None:
        self.marks = SheetMarks()
        self._row = 0
        self._ref = ""
        self._letters: set[str] = set()
        self._digits = 0
        self._type = ""
        self._text = ""
        self._has_formula = False
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartElementHandler = self._start
        self._parser.StartDoctypeDeclHandler = self._refuse

    def feed(self, chunk: bytes) -> None:
        self._parser.Parse(chunk, False)  # noqa: FBT003 - expat takes no keywords

    def finish(self) -> SheetMarks:
        self._parser.Parse(b"", True)  # noqa: FBT003 - expat takes no keywords
        self._leave_cell()
        self.marks.last_column = max((place_of(f"{letters}1")[1] for letters in self._letters if letters), default=0)
        return self.marks

    def _refuse(self, *_args: object) -> None:
        raise UnsafeXml

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(" ")[2]
        if tag == "c":
            self._start_cell(attributes)
        elif tag == "v":
            if self._type == "e" or (self._has_formula and self._type != "str"):
                self._watch_text()
            self._has_formula = False
        elif tag == "f":
            self._has_formula = True
        elif tag == "row":
            self._start_row(attributes)
        elif tag == "mergeCell":
            self._merge(attributes.get("ref", ""))
        elif tag == "col" and attributes.get("hidden") in ("1", "true"):
            low, high = int(attributes["min"]) - 1, min(int(attributes["max"]), _HIGHEST_HIDDEN_COLUMN)
            self.marks.hidden_columns.update(range(low, high))

    def _start_row(self, attributes: dict[str, str]) -> None:
        self._leave_cell()
        self._row = int(attributes.get("r") or self._row + 1)
        self._digits = len(str(self._row))
        self._ref = ""
        self.marks.last_row = max(self.marks.last_row, self._row)
        if attributes.get("hidden") in ("1", "true"):
            self.marks.hidden_rows.add(self._row)

    def _start_cell(self, attributes: dict[str, str]) -> None:
        self._leave_cell()
        # A cell without a reference stands beside the one before it; few programs write such files.
        self._ref = attributes.get("r") or self._next_ref()
        self._type = attributes.get("t", "")
        self._letters.add(self._ref[: -self._digits])

    def _next_ref(self) -> str:
        column = place_of(self._ref)[1] + 1 if self._ref else 0
        return cell_ref(self._row, column)

    def _merge(self, ref: str) -> None:
        first, _, last = ref.replace("$", "").partition(":")
        if last:
            (top, left), (bottom, right) = place_of(first), place_of(last)
            self.marks.merges.append(Merge(top, left, bottom, right))

    def _watch_text(self) -> None:
        self._text = ""
        self._parser.CharacterDataHandler = self._keep_text
        self._parser.EndElementHandler = self._end_text

    def _keep_text(self, text: str) -> None:
        self._text += text

    def _end_text(self, _name: str) -> None:
        self._parser.CharacterDataHandler = None
        self._parser.EndElementHandler = None
        if self._type == "e":
            self.marks.errors[place_of(self._ref)] = self._text or "#错误"
        elif not self._text:
            self.marks.errors[place_of(self._ref)] = UNCALCULATED

    def _leave_cell(self) -> None:
        # Programs that cannot calculate leave a formula without any value; Excel always writes one.
        if self._has_formula:
            self.marks.errors[place_of(self._ref)] = UNCALCULATED
            self._has_formula = False
