"""Generated pictures, whole and mischievous, and the parts of the files they are in."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator

from PIL import ExifTags, Image, ImageCms

SECRET_MAKER = "GEHEIM-CAMERA-7731"
SECRET_COMMENT = b"kommentar-9942"
CORNERS = ((220, 20, 20), (20, 200, 20), (20, 20, 220), (230, 220, 30))
"""Top left, top right, bottom left, bottom right."""
FORMATS = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "bmp": "BMP", "gif": "GIF", "tiff": "TIFF"}


def gradient(width: int = 320, height: int = 200) -> Image.Image:
    """A picture in which neighbours differ little, as in a photo of a wall."""
    grey = Image.linear_gradient("L").resize((width, height))
    return Image.merge(
        "RGB", (grey, grey.transpose(Image.Transpose.FLIP_LEFT_RIGHT), grey.transpose(Image.Transpose.ROTATE_180))
    )


def noise(width: int, height: int) -> Image.Image:
    """The picture that compresses worst."""
    return Image.merge("RGB", [Image.effect_noise((width, height), 120) for _ in range(3)])


def quarters(width: int = 120, height: int = 80) -> Image.Image:
    """Four corners of four colours: whoever turns it, shows it."""
    picture = Image.new("RGB", (width, height))
    for place, colour in enumerate(CORNERS):
        left, top = place % 2 * width // 2, place // 2 * height // 2
        picture.paste(colour, (left, top, left + width // 2, top + height // 2))
    return picture


def corners(picture: Image.Image) -> tuple[int, ...]:
    """Which of the four colours lies in each corner."""
    plain = picture.convert("RGB")
    wide, high = plain.size
    spots = (
        (wide // 8, high // 8),
        (wide - wide // 8, high // 8),
        (wide // 8, high - high // 8),
        (wide - wide // 8, high - high // 8),
    )
    return tuple(_nearest(plain.getpixel(spot)) for spot in spots)


def _nearest(colour: object) -> int:
    red, green, blue = colour  # type: ignore[misc]
    return min(range(4), key=lambda one: sum(abs(a - b) for a, b in zip(CORNERS[one], (red, green, blue), strict=True)))


def exif(orientation: int = 1) -> Image.Exif:
    """What a telephone writes: who, when, where, and which way is up."""
    facts = Image.Exif()
    facts[ExifTags.Base.Orientation] = orientation
    facts[ExifTags.Base.Make] = SECRET_MAKER
    facts[ExifTags.Base.DateTime] = "2026:03:05 09:40:00"
    gps = facts.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitudeRef] = "N"
    gps[ExifTags.GPS.GPSLatitude] = (36.0, 18.0, 25.5)
    gps[ExifTags.GPS.GPSAreaInformation] = b"GPS-" + SECRET_MAKER.encode()
    return facts


def encoded(picture: Image.Image, kind: str = "jpeg", **options: object) -> bytes:
    """The picture as a file of this kind."""
    out = io.BytesIO()
    picture.save(out, FORMATS[kind], **options)
    return out.getvalue()


def talkative_jpeg(width: int = 320, height: int = 200, orientation: int = 1) -> bytes:
    """A JPEG with everything in it that must not come through."""
    words = SECRET_MAKER.encode()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = encoded(
        gradient(width, height), "jpeg", exif=exif(orientation), comment=SECRET_COMMENT, icc_profile=profile,
        xmp=b"<x:xmpmeta>" + words + b"</x:xmpmeta>",
    )  # fmt: skip
    photoshop = b"Photoshop 3.0\x008BIM" + SECRET_MAKER.encode()
    return (
        data[:2]
        + b"\xff\xed"
        + struct.pack(">H", len(photoshop) + 2)
        + photoshop
        + data[2:]
        + b"trailer "
        + SECRET_MAKER.encode()
    )


def jpeg_markers(data: bytes) -> Iterator[int]:
    """The markers of a JPEG up to its picture data."""
    place = 2
    assert data[:2] == b"\xff\xd8"
    while True:
        assert data[place] == 0xFF
        marker = data[place + 1]
        yield marker
        if marker == 0xDA:
            return
        place += 2 + struct.unpack(">H", data[place + 2 : place + 4])[0]


def bomb_png(width: int = 60_000, height: int = 60_000) -> bytes:
    """A few hundred bytes that claim to be an enormous picture."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )


def bomb_jpeg(side: int = 65_500) -> bytes:
    """A small JPEG whose header was blown up."""
    data = bytearray(encoded(gradient(16, 16)))
    place = data.index(b"\xff\xc0")
    data[place + 5 : place + 9] = struct.pack(">HH", side, side)
    return bytes(data)


def swapped_profile() -> bytes:
    """A colour profile in which what is called red is green, and the other way about."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack(">I", profile[128:132])[0]
    places = {bytes(profile[at : at + 4]): at for at in range(132, 132 + 12 * count, 12)}
    red, green = places[b"rXYZ"], places[b"gXYZ"]
    profile[red + 4 : red + 12], profile[green + 4 : green + 12] = (
        profile[green + 4 : green + 12],
        profile[red + 4 : red + 12],
    )
    return bytes(profile)
