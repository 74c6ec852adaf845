"""A photo of 48 megapixels is made small within 300 MB, in whatever format it comes."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.imaging.pictures import encoded

ROOT = Path(__file__).parents[2]
_CHILD = """
import io, sys
from pathlib import Path
from gridworker.imaging.shrink import shrink

stream = io.BytesIO()
while part := sys.stdin.buffer.read(1 << 20):
    stream.write(part)
stream.seek(0)
made = shrink(stream, sys.argv[1])
# The high-water mark of /proc begins with the program; that of getrusage is inherited from whoever started it.
status = Path("/proc/self/status")
lines = status.read_text().splitlines() if status.exists() else []
peak = [int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM")]
print(max(made.width, made.height), *peak or [0])
"""


def scene(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """A large picture that is quickly made."""
    grey = Image.linear_gradient("L").resize((width, height))
    return Image.merge(mode, [grey] * len(mode))


@pytest.mark.parametrize(
    ("kind", "size", "mode", "options"),
    [
        ("jpeg", (8064, 6048), "RGB", {}),
        ("jpeg", (8064, 6048), "RGB", {"progressive": True}),
        ("png", (8064, 6048), "RGBA", {"compress_level": 1}),
        ("webp", (4160, 3120), "RGB", {"method": 0, "quality": 50}),
        ("tiff", (5800, 4400), "RGB", {"compression": "tiff_lzw", "strip_size": 1 << 30}),
    ],
)
def test_a_large_photo_needs_little_memory(
    kind: str, size: tuple[int, int], mode: str, options: dict[str, object]
) -> None:
    """The whole process that does the work, interpreter included, stays below 300 MB at its peak."""
    data = encoded(scene(*size, mode), kind, **options)
    ended = subprocess.run([sys.executable, "-c", _CHILD, kind], input=data, cwd=ROOT, capture_output=True, check=False)
    assert ended.returncode == 0, ended.stderr.decode(errors="replace")
    side, peak = map(int, ended.stdout.split())
    assert side == 1600
    assert peak < 300


def test_a_progressive_photo_of_full_colour_is_bounded_too() -> None:
    """The format that keeps all its samples in memory may have fewer pixels in full colour."""
    from gridworker.imaging.refusal import PhotoRefused
    from gridworker.imaging.shrink import shrink

    data = encoded(scene(6000, 5000), "jpeg", progressive=True, subsampling=0)
    with pytest.raises(PhotoRefused) as refused:
        shrink(io.BytesIO(data), "jpeg")
    assert refused.value.code == "pixels"
