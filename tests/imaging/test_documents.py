"""A PDF is kept byte for byte once it is shown to open."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from gridworker.imaging.documents import check_document
from gridworker.imaging.refusal import DOCUMENT_LIMIT, PhotoRefused


def a_pdf(**options: object) -> bytes:
    """Two pages, the first one red."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(200, 300), **options)
    canvas.setFillColorRGB(0.9, 0.1, 0.1)
    canvas.rect(0, 0, 200, 300, fill=1)
    canvas.showPage()
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def refusal_of(data: bytes) -> str:
    """Why a document is not taken."""
    with pytest.raises(PhotoRefused) as refused:
        check_document(data)
    return refused.value.code


def test_a_document_is_kept_as_it_is() -> None:
    """Its bytes do not change, and its first page becomes the thumbnail."""
    data = a_pdf()
    made = check_document(data)
    assert (made.kind, made.data) == ("document", data)
    small = Image.open(io.BytesIO(made.thumb))
    assert small.size == (160, 240)
    red, green, _ = small.getpixel((80, 120))
    assert red > 200
    assert green < 80


def test_a_document_may_have_five_megabytes() -> None:
    """One byte more is too much."""
    assert refusal_of(a_pdf().ljust(DOCUMENT_LIMIT + 1, b" ")) == "document_too_large"


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_document_cut_short_is_refused(share: float) -> None:
    """Without its end nobody can tell what is missing."""
    data = a_pdf()
    assert refusal_of(data[: int(len(data) * share)]) == "broken_document"


def test_a_locked_document_is_refused() -> None:
    """Others could not open it."""
    assert refusal_of(a_pdf(encrypt=StandardEncryption("geheim", ownerPassword="owner"))) == "password"


@pytest.mark.parametrize("data", [b"%PDF-1.7\n%%EOF\n", b"%PDF-1.7\n" + bytes(500) + b"%%EOF", b""])
def test_a_hollow_document_is_refused(data: bytes) -> None:
    """A header and an end alone are no document."""
    assert refusal_of(data) == "broken_document"
