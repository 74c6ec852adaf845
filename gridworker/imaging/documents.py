"""A PDF kept as it is, once it is shown to open; its first page becomes the thumbnail."""

from __future__ import annotations

import pypdfium2

from gridworker.imaging.made import DOCUMENT, Made
from gridworker.imaging.refusal import DOCUMENT_LIMIT, PhotoRefused
from gridworker.imaging.shrink import THUMB_SIDE, thumbnail

_TAIL = 2048


def check_document(data: bytes) -> Made:
    """The document and a picture of its first page; raises PhotoRefused for one that is cut, locked or broken."""
    if len(data) > DOCUMENT_LIMIT:
        raise PhotoRefused("document_too_large")
    # Without its end a reader would have to guess at what is missing.
    if b"%%EOF" not in data[-_TAIL:]:
        raise PhotoRefused("broken_document")
    try:
        with pypdfium2.PdfDocument(data) as document:
            page = document[0]
            long_side = max(page.get_size())
            picture = page.render(scale=2 * THUMB_SIDE / max(1.0, long_side)).to_pil()
            return Made(DOCUMENT, data, thumbnail(picture))
    except pypdfium2.PdfiumError as failed:
        raise PhotoRefused("password" if "password" in str(failed).lower() else "broken_document") from None
    except (IndexError, ValueError):
        raise PhotoRefused("broken_document") from None
