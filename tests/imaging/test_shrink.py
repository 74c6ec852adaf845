"""A photo comes out small, upright, in true colours, and says nothing of where it was taken."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from gridworker.imaging.made import Made
from gridworker.imaging.refusal import PhotoRefused
from gridworker.imaging.shrink import LONG_SIDE, MOST_BYTES, THUMB_BYTES, THUMB_SIDE, shrink
from tests.imaging.pictures import (
    FORMATS,
    SECRET_COMMENT,
    SECRET_MAKER,
    bomb_jpeg,
    bomb_png,
    corners,
    encoded,
    exif,
    gradient,
    jpeg_markers,
    noise,
    quarters,
    swapped_profile,
    talkative_jpeg,
)  # fmt: skip

_BARE = {0xE0, 0xDB, 0xC0, 0xC4, 0xDA}
_INVERSE = {
    1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}  # fmt: skip


def made_of(data: bytes, kind: str = "jpeg") -> Made:
    """What becomes of a file."""
    return shrink(io.BytesIO(data), kind)


def opened(data: bytes) -> Image.Image:
    """The picture in a file."""
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def refusal_of(data: bytes, kind: str = "jpeg") -> str:
    """Why a file is not taken."""
    with pytest.raises(PhotoRefused) as refused:
        made_of(data, kind)
    return refused.value.code


def test_nothing_of_the_camera_comes_through() -> None:
    """Place, time, camera, comment, XMP, IPTC, profile and trailing bytes are gone from photo and thumbnail."""
    talkative = talkative_jpeg(2000, 1200)
    assert talkative.count(SECRET_MAKER.encode()) >= 4
    made = made_of(talkative)
    for data in (made.data, made.thumb):
        assert set(jpeg_markers(data)) == _BARE
        for word in (SECRET_MAKER.encode(), SECRET_COMMENT, b"Exif", b"http", b"GPS", b"ICC_PROFILE", b"8BIM", b"2026"):
            assert word not in data
        assert not opened(data).getexif()


@pytest.mark.parametrize("kind", ["png", "webp", "tiff"])
def test_nothing_comes_through_from_other_formats(kind: str) -> None:
    """The formats that carry EXIF in their own ways lose it as well."""
    data = encoded(gradient(), kind, exif=exif())
    assert SECRET_MAKER.encode() in data
    made = made_of(data, kind)
    assert set(jpeg_markers(made.data)) == _BARE
    assert SECRET_MAKER.encode() not in made.data + made.thumb


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "tiff"])
def test_every_photo_stands_upright(kind: str, orientation: int) -> None:
    """Whichever way the camera was held, photo and thumbnail show the scene as it was seen."""
    turn = _INVERSE[orientation]
    stored = quarters() if turn is None else quarters().transpose(turn)
    made = made_of(encoded(stored, kind, exif=exif(orientation)), kind)
    assert (made.width, made.height) == (120, 80)
    assert corners(opened(made.data)) == (0, 1, 2, 3)
    assert corners(opened(made.thumb)) == (0, 1, 2, 3)


@pytest.mark.parametrize("orientation", [0, 9, 77, 65535])
def test_a_senseless_orientation_is_passed_over(orientation: int) -> None:
    """A photo whose orientation means nothing is shown as it lies."""
    made = made_of(encoded(quarters(), "jpeg", exif=exif(orientation)))
    assert corners(opened(made.data)) == (0, 1, 2, 3)


@pytest.mark.parametrize("size", [(4000, 3000), (1500, 2400), (1601, 1600), (9000, 12)])
def test_a_photo_keeps_within_its_limits(size: tuple[int, int]) -> None:
    """Even noise comes out at no more than 1,600 pixels and 400 KB, its thumbnail at 240 and 12 KB."""
    made = made_of(encoded(noise(*size), "jpeg", quality=92))
    assert len(made.data) <= MOST_BYTES == 400_000
    assert max(made.width, made.height) <= LONG_SIDE == 1600
    assert opened(made.data).size == (made.width, made.height)
    assert len(made.thumb) <= THUMB_BYTES == 12_000
    assert max(opened(made.thumb).size) <= THUMB_SIDE == 240
    assert opened(made.data).format == opened(made.thumb).format == "JPEG"


def test_an_ordinary_photo_uses_what_it_may() -> None:
    """A photo that compresses well keeps its full 1,600 pixels and its shape."""
    made = made_of(encoded(gradient(4000, 3000)))
    assert (made.width, made.height) == (1600, 1200)


def test_a_small_photo_is_not_blown_up() -> None:
    """A picture smaller than the limits keeps its size."""
    made = made_of(encoded(gradient(100, 50), "png"), "png")
    assert (made.width, made.height) == (100, 50)
    assert opened(made.thumb).size == (100, 50)


def test_the_same_photo_gives_the_same_bytes() -> None:
    """Two devices that add one file keep one address."""
    data = talkative_jpeg(2000, 1200)
    assert made_of(data) == made_of(data)


@pytest.mark.parametrize("kind", sorted(FORMATS))
def test_every_common_format_is_taken(kind: str) -> None:
    """JPEG, PNG, WEBP, BMP, GIF and TIFF all become the same scene."""
    assert corners(opened(made_of(encoded(quarters(), kind), kind).data)) == (0, 1, 2, 3)


def test_two_lens_photos_are_taken() -> None:
    """An MPO of a telephone with two lenses gives its first picture."""
    out = io.BytesIO()
    quarters().save(out, "MPO", save_all=True, append_images=[gradient(120, 80)])
    assert Image.open(io.BytesIO(out.getvalue())).format == "MPO"
    assert corners(opened(made_of(out.getvalue()).data)) == (0, 1, 2, 3)


@pytest.mark.parametrize("kind", ["gif", "tiff", "png", "webp"])
def test_the_first_of_many_pictures_is_taken(kind: str) -> None:
    """Of an animation or a scan of many pages the first is kept."""
    data = encoded(quarters(), kind, save_all=True, append_images=[gradient(120, 80), gradient(120, 80)])
    assert corners(opened(made_of(data, kind).data)) == (0, 1, 2, 3)


@pytest.mark.parametrize(("mode", "kind"), [("RGBA", "png"), ("LA", "png"), ("RGBA", "webp"), ("RGBA", "tiff")])
def test_what_is_transparent_becomes_white(mode: str, kind: str) -> None:
    """A screenshot with see-through parts lies on white paper, not on black."""
    clear = Image.new("RGBA", (60, 60), (0, 0, 0, 0)).convert(mode)
    assert opened(made_of(encoded(clear, kind), kind).data).getpixel((30, 30)) == (255, 255, 255)


def test_a_transparent_colour_of_a_palette_becomes_white() -> None:
    """The same for GIF and PNG, where one entry of the palette is clear."""
    picture = Image.new("P", (60, 60), 0)
    picture.putpalette([10, 10, 10, 200, 0, 0])
    data = encoded(picture, "png", transparency=0)
    assert opened(made_of(data, "png").data).getpixel((30, 30)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "I;16", "I", "F", "LAB", "YCbCr"])
def test_every_kind_of_pixel_is_understood(mode: str) -> None:
    """Bits, greys, palettes, print colours and deep greys become a picture that is light where the scene was light."""
    scene = Image.new("RGB", (64, 64), "black")
    scene.paste("white", (32, 0, 64, 64))
    if mode in ("I;16", "I"):
        deep = scene.convert("L").point([value * 257 for value in range(256)], "I") if mode == "I" else None
        picture = deep or Image.frombytes(
            "I;16", (64, 64), b"".join((b"\0\0" if x < 32 else b"\xff\xff") for _ in range(64) for x in range(64))
        )
    elif mode == "LAB":
        from PIL import ImageCms

        to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
        picture = ImageCms.applyTransform(scene, to_lab) or scene
    else:
        picture = scene.convert(mode)
    result = opened(made_of(encoded(picture, "tiff"), "tiff").data).convert("L")
    assert result.getpixel((8, 32)) < 40
    assert result.getpixel((56, 32)) > 215


def test_colours_are_told_in_srgb() -> None:
    """A colour profile is obeyed, then dropped: red by a profile that swaps red and green is green."""
    red = Image.new("RGB", (64, 64), (250, 0, 0))
    red_there, green_there, _ = opened(
        made_of(encoded(red, "png", icc_profile=swapped_profile()), "png").data
    ).getpixel((30, 30))
    assert green_there > 200
    assert red_there < 60


@pytest.mark.parametrize("profile", [b"not a profile", bytes(200)])
def test_a_broken_profile_is_passed_over(profile: bytes) -> None:
    """A photo with a senseless colour profile is taken as if it had none."""
    red = Image.new("RGB", (64, 64), (250, 0, 0))
    assert opened(made_of(encoded(red, "jpeg", icc_profile=profile)).data).getpixel((30, 30))[0] > 200


@pytest.mark.parametrize("progressive", [False, True])
def test_cmyk_of_printers_has_its_colours_right(progressive: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """A JPEG in print colours is not shown as its negative."""
    data = encoded(quarters().convert("CMYK"), "jpeg", progressive=progressive)
    assert corners(opened(made_of(data).data)) == (0, 1, 2, 3)


@pytest.mark.parametrize(
    ("data", "kind"), [(bomb_png(), "png"), (bomb_jpeg(), "jpeg"), (bomb_png(9_000, 9_000), "png")]
)
def test_a_bomb_is_refused_by_its_header(data: bytes, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file that claims an enormous picture is refused before a single pixel is decoded."""

    def explode(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", explode)
    assert refusal_of(data, kind) == "pixels"


def test_a_huge_webp_is_refused() -> None:
    """WEBP holds itself in memory several times, so it may be smaller only."""
    assert refusal_of(encoded(Image.new("RGB", (3700, 3600)), "webp", method=0), "webp") == "pixels"


@pytest.mark.parametrize("kind", sorted(FORMATS))
@pytest.mark.parametrize("share", [0.0, 0.3, 0.6])
def test_a_photo_cut_short_is_refused(kind: str, share: float) -> None:
    """Of a transfer that broke off in the middle nothing is kept."""
    data = encoded(noise(200, 150), kind)
    assert refusal_of(data[: max(12, int(len(data) * share))], kind) == "broken"


def test_a_photo_of_another_kind_than_said_is_refused() -> None:
    """The decoder that the first bytes called for gets the file, and no other."""
    assert refusal_of(encoded(gradient(), "png"), "jpeg") == "broken"


def test_the_stream_is_closed_behind_it() -> None:
    """The file's bytes do not stay in memory beside the decoded picture."""
    stream = io.BytesIO(encoded(gradient()))
    shrink(stream, "jpeg")
    assert stream.closed
