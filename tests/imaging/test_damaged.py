"""Whatever a file holds, the answer is a photo within the limits or a refusal in words."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gridworker.imaging.documents import check_document
from gridworker.imaging.kinds import kind_of
from gridworker.imaging.refusal import PhotoRefused
from gridworker.imaging.shrink import MOST_BYTES, THUMB_BYTES, shrink
from tests.imaging.pictures import FORMATS, SECRET_MAKER, encoded, exif, gradient, jpeg_markers
from tests.imaging.test_documents import a_pdf

_WHOLE = {
    kind: encoded(gradient(48, 32), kind, **({"exif": exif(6)} if kind in ("jpeg", "png", "webp", "tiff") else {}))
    for kind in FORMATS
}


@pytest.mark.parametrize("kind", sorted(FORMATS))
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_no_damage_gets_further_than_a_refusal(kind: str, data: st.DataObject) -> None:
    """Bytes changed, cut out, doubled or cut off: no crash, no limit passed, nothing of the camera kept."""
    broken = bytearray(_WHOLE[kind])
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(broken) - 1))
        match data.draw(st.sampled_from(["byte", "cut", "double", "end"])):
            case "byte":
                broken[place] = data.draw(st.integers(0, 255))
            case "cut":
                del broken[place : place + data.draw(st.integers(1, 40))]
            case "double":
                broken[place:place] = broken[place : place + 40]
            case "end":
                del broken[max(place, 1) :]
        if not broken:
            return
    try:
        made = shrink(io.BytesIO(bytes(broken)), kind)
    except PhotoRefused:
        return
    assert len(made.data) <= MOST_BYTES
    assert len(made.thumb) <= THUMB_BYTES
    assert set(jpeg_markers(made.data)) == {0xE0, 0xDB, 0xC0, 0xC4, 0xDA}
    assert SECRET_MAKER.encode() not in made.data
    assert Image.open(io.BytesIO(made.data)).size == (made.width, made.height)


@given(noise=st.binary(max_size=300), name=st.text(max_size=12), kind=st.sampled_from(sorted(FORMATS)))
@settings(max_examples=60, deadline=None)
def test_rubbish_is_refused_in_words(noise: bytes, name: str, kind: str) -> None:
    """Random bytes, alone or behind the beginning of a photo, never become one and never crash."""
    for data in (noise, _WHOLE[kind][:14] + noise):
        with pytest.raises(PhotoRefused):
            shrink(io.BytesIO(data), kind_of(data, name.replace("\0", "")))


@given(place=st.integers(0, 5000), length=st.integers(0, 200))
@settings(max_examples=40, deadline=None)
def test_a_damaged_document_is_kept_or_refused(place: int, length: int) -> None:
    """The same for documents."""
    whole = a_pdf()
    data = whole[: place % len(whole)] + whole[place % len(whole) + length :]
    try:
        made = check_document(data)
    except PhotoRefused:
        return
    assert made.data == data
    assert len(made.thumb) <= THUMB_BYTES
