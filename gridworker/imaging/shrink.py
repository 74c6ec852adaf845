"""A photo made small, upright and silent: nothing of where, when and with what it was taken comes through."""

from __future__ import annotations

import io
import math
import struct
import warnings
from collections.abc import Sequence
from typing import BinaryIO

from PIL import Image, ImageCms

from gridworker.imaging.kinds import DECODERS
from gridworker.imaging.made import PHOTO, Made
from gridworker.imaging.refusal import PhotoRefused

LONG_SIDE, MOST_BYTES = 1600, 400_000
THUMB_SIDE, THUMB_BYTES = 240, 12_000
_QUALITIES = (85, 78, 70, 62, 55)
_THUMB_QUALITIES = (75, 65, 55, 45)
_NEXT_SIDE = 0.85
# Beyond this much of the wanted size a box filter halves and thirds first: it is fast and needs no second copy.
_REDUCE_BEYOND = 1.5
_STRIP_PIXELS = 1_000_000

# What keeps every decoder below 300 MB, see tests/imaging/test_memory.py. A baseline JPEG is decoded at a fraction of
# its size; a progressive one holds all its samples; WEBP and TIFF hold themselves several times.
_MOST_PIXELS = 52_000_000
_MOST_PIXELS_OF = {"webp": 13_000_000, "tiff": 26_000_000, "jpeg": 170_000_000}
_MOST_SAMPLES_PROGRESSIVE = 78_000_000

_ORIENTATION = 0x0112
_DNG_VERSION = 50706
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SPACES = {"RGB": "RGB ", "CMYK": "CMYK", "L": "GRAY"}


def shrink(stream: BinaryIO, kind: str) -> Made:
    """The photo as a JPEG within our limits, and its thumbnail; raises PhotoRefused. The stream is closed."""
    with warnings.catch_warnings():
        # Pillow warns of odd files; an odd file that decodes is fine, and one that does not is refused.
        warnings.simplefilter("ignore")
        small = _decoded(stream, kind)
    data, shown = _encoded(small, LONG_SIDE, MOST_BYTES, _QUALITIES)
    thumb, _ = _encoded(small, THUMB_SIDE, THUMB_BYTES, _THUMB_QUALITIES)
    return Made(PHOTO, data, thumb, *shown.size)


def thumbnail(image: Image.Image) -> bytes:
    """A small picture of a rendered page."""
    return _encoded(image.convert("RGB"), THUMB_SIDE, THUMB_BYTES, _THUMB_QUALITIES)[0]


def _decoded(stream: BinaryIO, kind: str) -> Image.Image:
    try:
        with stream, Image.open(stream, formats=DECODERS[kind]) as image:
            _raise_if_unfit(image, kind)
            image.draft(None, _box(image.size, LONG_SIDE * _REDUCE_BEYOND))
            image.load()
            return _upright(_in_srgb(_reduced(image), image.info.get("icc_profile")), image)
    except (PhotoRefused, MemoryError):
        raise
    except Image.DecompressionBombError:
        raise PhotoRefused("pixels") from None
    except Exception as failed:
        # A damaged file may raise anything.
        raise PhotoRefused("broken") from failed


def _raise_if_unfit(image: Image.Image, kind: str) -> None:
    """Looks at the header alone: nothing has been decoded yet."""
    pixels = image.width * image.height
    if pixels > _MOST_PIXELS_OF.get(kind, _MOST_PIXELS):
        raise PhotoRefused("pixels")
    if image.info.get("progressive") and pixels * _samples_per_pixel(image) > _MOST_SAMPLES_PROGRESSIVE:
        raise PhotoRefused("pixels")
    if kind == "tiff" and _DNG_VERSION in getattr(image, "tag_v2", ()):
        raise PhotoRefused("raw")


def _samples_per_pixel(image: Image.Image) -> float:
    """How much a JPEG keeps for each pixel: 3 in full colour, 1.5 as telephones write it."""
    sampling: list[tuple[int, int]] = [(across, down) for _, across, down, _ in getattr(image, "layer", ())]
    if not sampling:
        return 3.0
    densest = max(across for across, _ in sampling) * max(down for _, down in sampling)
    return sum(across * down for across, down in sampling) / densest


def _reduced(image: Image.Image) -> Image.Image:
    """The picture a whole number of times smaller, strip by strip, in a mode whose colours can be managed.

    It is a new picture: comment, EXIF and all else that hung on the old one stay behind.
    """
    factor = max(1, int(max(image.size) / (LONG_SIDE * _REDUCE_BEYOND)))
    rows = factor * max(1, _STRIP_PIXELS // (image.width * factor))
    out: Image.Image | None = None
    for top in range(0, image.height, rows):
        strip = _plain(image.crop((0, top, image.width, min(top + rows, image.height)))).reduce(factor)
        out = out or Image.new(strip.mode, (strip.width, math.ceil(image.height / factor)))
        out.paste(strip, (0, top // factor))
    if out is None:
        raise PhotoRefused("broken")
    return out


def _plain(strip: Image.Image) -> Image.Image:
    """Greys, RGB or CMYK of eight bits; what is transparent becomes white paper."""
    if strip.mode in ("L", "RGB", "CMYK") and "transparency" not in strip.info:
        return strip
    if strip.mode.startswith("I;16"):
        strip = strip.convert("I")
    if strip.mode == "I":
        return strip.point(lambda value: value / 256).convert("L")
    if strip.mode == "F":
        low, high = strip.getextrema()
        span = (float(high) - float(low)) or 1.0  # type: ignore[arg-type]  # one band: two numbers
        return strip.point(lambda value: (value - low) * (255 / span)).convert("L")
    if strip.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in strip.info:
        seen = strip.convert("RGBA")
        paper = Image.new("RGB", seen.size, "white")
        paper.paste(seen, mask=seen.getchannel("A"))
        return paper
    return strip.convert("RGB")


def _in_srgb(image: Image.Image, profile: object) -> Image.Image:
    """The same colours in sRGB; a profile that is broken or of another kind of colour is passed over."""
    if isinstance(profile, bytes) and profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if source.profile.xcolor_space == _SPACES[image.mode]:
                target = ImageCms.createProfile("sRGB")
                changed = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
                image = changed or image
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass
    return image.convert("RGB")


def _upright(small: Image.Image, original: Image.Image) -> Image.Image:
    # Asked after loading: a TIFF has turned itself by then, and says so.
    try:
        turn = _UPRIGHT.get(original.getexif().get(_ORIENTATION, 1))
    except (OSError, ValueError, KeyError, TypeError, IndexError, SyntaxError, struct.error):
        return small
    return small if turn is None else small.transpose(turn)


def _encoded(image: Image.Image, side: float, most: int, qualities: Sequence[int]) -> tuple[bytes, Image.Image]:
    """The picture within a box and a number of bytes: quality gives way first, then size."""
    while True:
        size = _box(image.size, side)
        shown = image if size == image.size else image.resize(size, Image.Resampling.LANCZOS)
        for quality in qualities:
            out = io.BytesIO()
            shown.save(out, "JPEG", quality=quality, subsampling="4:2:0", optimize=True)
            if out.tell() <= most:
                return out.getvalue(), shown
        side = max(size) * _NEXT_SIDE


def _box(size: tuple[int, int], side: float) -> tuple[int, int]:
    """A size of the same shape whose long side is at most `side`; never larger than it was."""
    scale = min(1.0, side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
