"""A TrueType face as one Identity-H font of a PDF: two-byte codes, one subset, text that can be searched and copied.

reportlab's own TTFont hops between 256-code sub-fonts every few Chinese characters and writes wrong ToUnicode entries
beyond the BMP. This object speaks the CID font protocol of reportlab 5.1 instead (`_multiByte`, `addObjects`). Every
character has a code of its own, even one without a glyph and one that shares a glyph with another (户 and ⼾), so that
extracted text is always what was put in; a CIDToGIDMap leads the codes to the glyphs of the subset.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from reportlab import rl_config
from reportlab.pdfbase import pdfdoc
from reportlab.pdfbase.ttfonts import TTFError, TTFontFace

from gridworker.errors import KnownError

# ASCII85 over every stream is pure Python and makes files a sixth larger; nothing has needed 7-bit PDFs for decades.
rl_config.useA85 = 0

_BFCHAR_LIMIT = 100  # entries a bfchar section may hold, by the CMap specification
_TO_UNICODE_HEAD = (
    "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
    "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
    "/CMapName /Adobe-Identity-UCS def /CMapType 2 def\n"
    "1 begincodespacerange <0000> <FFFF> endcodespacerange"
)
_TO_UNICODE_TAIL = "endcmap CMapName currentdict /CMap defineresource pop end end"


@lru_cache(maxsize=8)
def load_face(path: Path) -> Any:
    """The parsed first face of a font file; a file that cannot be embedded is a known error."""
    try:
        return TTFontFace(str(path))
    except (TTFError, OSError) as error:
        raise KnownError(
            "有一个字体文件不能用于打印。",
            safe="台账内容没有变化。",
            action="请换用 TrueType 轮廓的字体（.ttf 或 .ttc），或从字体文件夹中移走它后再打印。",
        ) from error


class Table(dict[int, Any]):
    """Code point → value, computed once when first asked for; serves `str.translate`."""

    def __init__(self, compute: Callable[[int], Any]) -> None:
        super().__init__()
        self._compute = compute

    def __missing__(self, code_point: int) -> Any:
        value = self[code_point] = self._compute(code_point)
        return value


class _Late(pdfdoc.PDFObject):  # type: ignore[misc]  # reportlab publishes no types
    """A PDF object written at save time, when the characters in use are known."""

    __RefOnly__ = 1

    def __init__(self, write: Callable[[Any], Any]) -> None:
        self._write = write

    def format(self, document: Any) -> Any:
        """The object's bytes."""
        return self._write(document)


class CidFont:
    """One face in one document: codes in the order of first use."""

    # The names are reportlab's: it asks every font for them.
    _multiByte = 1  # noqa: N815 - see above
    _dynamicFont = 0  # noqa: N815 - see above
    shapable, encoding = False, None
    substitutionFonts = ()  # noqa: N815 - see above
    encName = "Identity-H"  # noqa: N815 - see above

    def __init__(self, name: str, path: Path) -> None:
        self.fontName = self.name = name
        self.face = load_face(path)
        self.code_points: list[int] = []
        self.hex = Table(self._new_code)
        widths, other = self.face.charWidths, self.face.defaultWidth
        self.widths = Table(lambda code_point: widths.get(code_point, other))

    def has(self, code_point: int) -> bool:
        """Whether the face draws this character."""
        return bool(self.face.charToGlyph.get(code_point))

    def stringWidth(self, text: str, size: float, encoding: str = "utf8") -> float:  # noqa: ARG002, N802 - reportlab's
        """The advance of a text in points."""
        return float(sum(self.widths[ord(c)] for c in text) * size / 1000)

    def formatForPdf(self, text: str) -> str:  # noqa: N802 - reportlab's name
        """The text as the inside of a PDF literal string, for reportlab's own drawing calls."""
        codes = bytes.fromhex(text.translate(self.hex))
        return "".join(f"\\{byte:03o}" for byte in codes)

    def addObjects(self, document: Any) -> None:  # noqa: N802 - reportlab's name
        """Enter the font into a document; its streams are written when the document is saved."""
        resource = f"F{len(document.fontMapping) + 1}"

        def reference(item: Any, part: str) -> Any:
            return document.Reference(item, f"{resource}.{part}")

        base = "/AAAAAA+" + self.face.name.decode("latin-1")
        descendant = self._descendant(base, reference)
        font = pdfdoc.PDFDictionary(
            {
                "Type": "/Font",
                "Subtype": "/Type0",
                "BaseFont": base,
                "Encoding": "/Identity-H",
                "DescendantFonts": pdfdoc.PDFArray([reference(descendant, "cid")]),
                "ToUnicode": reference(_late_stream(self._to_unicode), "unicode"),
            }
        )
        document.idToObject["BasicFonts"].dict[resource] = document.Reference(font, resource)
        document.fontMapping[self.fontName] = "/" + resource

    def _descendant(self, base: str, reference: Callable[[Any, str], Any]) -> Any:
        return pdfdoc.PDFDictionary(
            {
                "Type": "/Font",
                "Subtype": "/CIDFontType2",
                "BaseFont": base,
                "DW": 1000,
                "FontDescriptor": reference(self._descriptor(base, reference), "descriptor"),
                "CIDSystemInfo": pdfdoc.PDFDictionary(
                    {
                        "Registry": pdfdoc.PDFString("Adobe"),
                        "Ordering": pdfdoc.PDFString("Identity"),
                        "Supplement": 0,
                    }
                ),
                "CIDToGIDMap": reference(_late_stream(self._glyph_map), "glyphs"),
                "W": reference(_Late(lambda _: self._width_array()), "widths"),
            }
        )

    def _new_code(self, code_point: int) -> str:
        self.code_points.append(code_point)
        return f"{len(self.code_points):04X}"

    def _descriptor(self, base: str, reference: Callable[[Any, str], Any]) -> Any:
        face = self.face
        subset = _late_stream(lambda: face.makeSubset(self.code_points), states_length=True)
        return pdfdoc.PDFDictionary(
            {
                "Type": "/FontDescriptor",
                "FontName": base,
                "Flags": 4,
                "FontBBox": pdfdoc.PDFArray(face.bbox),
                "ItalicAngle": face.italicAngle,
                "Ascent": face.ascent,
                "Descent": face.descent,
                "CapHeight": face.capHeight,
                "StemV": face.stemV,
                "FontFile2": reference(subset, "file"),
            }
        )

    def _glyph_map(self) -> bytes:
        """Code → glyph of the subset, numbering glyphs by first use exactly as `TTFontFace.makeSubset` does."""
        numbers = {0: 0}
        glyphs = [0]
        for code_point in self.code_points:
            original = self.face.charToGlyph.get(code_point, 0)
            glyphs.append(numbers.setdefault(original, len(numbers)))
        return b"".join(glyph.to_bytes(2, "big") for glyph in glyphs)

    def _width_array(self) -> bytes:
        widths = " ".join(f"{self.widths[c]:g}" for c in self.code_points)
        return f"[0 [{self.face.defaultWidth:g}] 1 [{widths}]]".encode()

    def _to_unicode(self) -> bytes:
        lines = [_TO_UNICODE_HEAD]
        for start in range(0, len(self.code_points), _BFCHAR_LIMIT):
            part = self.code_points[start : start + _BFCHAR_LIMIT]
            lines.append(f"{len(part)} beginbfchar")
            for code, code_point in enumerate(part, start + 1):
                lines.append(f"<{code:04X}> <{chr(code_point).encode('utf-16-be').hex().upper()}>")
            lines.append("endbfchar")
        return "\n".join((*lines, _TO_UNICODE_TAIL)).encode()


def _late_stream(content: Callable[[], bytes], *, states_length: bool = False) -> _Late:
    """A compressed stream whose content is asked for at save time; a font program must state its length."""

    def write(document: Any) -> Any:
        data = content()
        stream = pdfdoc.PDFStream(content=data, filters=[pdfdoc.PDFZCompress])
        if states_length:
            stream.dictionary["Length1"] = len(data)
        return stream.format(document)

    return _Late(write)
