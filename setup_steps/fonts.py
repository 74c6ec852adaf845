"""Fetch the fonts of the official look from npm packages, hash-checked, into resources/fonts/."""

import base64
import hashlib
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from setup_steps.cache import cache_folder, sha256_of, write_whole
from setup_steps.console import say
from setup_steps.woff import unpack_woff

NpmCommand = Sequence[str]
"""The words that start npm on this machine."""

FETCH_SECONDS = 1200
RETRY_SECONDS = 3600


class FontFile(NamedTuple):
    """One file of a package, the name it gets here, and the hash of what must lie there."""

    member: str
    name: str
    sha256: str


class FontPackage(NamedTuple):
    """One npm package at one version, with the sha512 of its archive in the base64 that npm publishes."""

    spec: str
    sha512: str
    files: tuple[FontFile, ...]


FONT_PACKAGES = (
    FontPackage(
        "@expo-google-fonts/noto-serif-sc@0.4.3",
        "fSmUpiSFtSeyHV45/2xUOy5SdfExklQwwMKN3cQjAZAujITHDmSbpMHCVdCMhRqMjQtu0ZRgc29u8A+CU3akfw==",
        (
            FontFile(
                "package/400Regular/NotoSerifSC_400Regular.ttf",
                "NotoSerifSC-Regular.ttf",
                "c358a69de3df5f423a8946a7b03e3126fb6ba116f1130a463455b4e39e1f0742",
            ),
            FontFile(
                "package/700Bold/NotoSerifSC_700Bold.ttf",
                "NotoSerifSC-Bold.ttf",
                "9c6a2ba736e4b499c84f65ce366bd3625c0401885fd3e585ace50fb738b96ff6",
            ),
            FontFile(
                "package/LICENSE_FONT",
                "LICENSE-NotoSerifSC.txt",
                "5e0da210fb04058a8c0087985d2d456b931c2579811a49655721d3cf0c36b6d6",
            ),
        ),
    ),
    FontPackage(
        "@expo-google-fonts/noto-sans-sc@0.4.3",
        "9rAwdFTFHbO/u6Cs0gj2jZbW74TGIiaFNQnXYH2s5wA1bzVkwbaviL4t8YUV642eGYjg86eH6DkAEQmfNHDncQ==",
        (
            FontFile(
                "package/400Regular/NotoSansSC_400Regular.ttf",
                "NotoSansSC-Regular.ttf",
                "d45f67f0a7c0ca3f256950777ce6a61cc7ce5f9696d02900cbbaac25f8aa7d16",
            ),
            FontFile(
                "package/700Bold/NotoSansSC_700Bold.ttf",
                "NotoSansSC-Bold.ttf",
                "9a38ae0ab28cd5a256f9ea8e00dedc688aac17f7915fcb000572990afa956b96",
            ),
            FontFile(
                "package/LICENSE_FONT",
                "LICENSE-NotoSansSC.txt",
                "1c05c68c34f9708415aada51f17e1b0092d2cea709bf4a94cd38114f9e73d7d9",
            ),
        ),
    ),
    FontPackage(
        "@fontsource/lxgw-wenkai@5.3.0",
        "+U5AAOXeaB7o+3G0Qm7I7Djz2Jd1hqNY+kClOZH8bTunyyGa2WxY12LZftt2AqUsxlfxwdQpd75Js1HQIt4H4g==",
        (
            # The package numbers its weights 300, 500, 700; its 500 is the family's Regular. The Latin in the name is
            # the packager's: the file holds the whole font.
            FontFile(
                "package/files/lxgw-wenkai-latin-500-normal.woff",
                "LXGWWenKai-Regular.ttf",
                "3b55e3de1c8ff64ad63b8b7848b38554cf75aeacff8ca17eecc760a435ddc232",
            ),
            FontFile(
                "package/LICENSE",
                "LICENSE-LXGWWenKai.txt",
                "a4654e013454eb0ea7b4b35689d235de2452a13737805e2a172761ae110b6905",
            ),
        ),
    ),
)


class FontsUnavailable(Exception):
    """A font package did not arrive, or is not the one that was pinned."""


def fonts_ready(folder: Path) -> bool:
    """Tell cheaply whether the folder holds all fonts, hashed when they were placed there."""
    try:
        placed = (folder / ".placed").read_text(encoding="ascii")
    except OSError:
        return False
    return placed == _manifest() and all((folder / file.name).is_file() for file in _all_files())


def place_fonts(folder: Path, find_npm: Callable[[ExitStack], NpmCommand]) -> None:
    """Fill the folder from the user's cache, and the cache by npm where a file is missing from it."""
    with ExitStack() as stack:
        npm: NpmCommand | None = None
        for package in FONT_PACKAGES:
            if all(_place_cached(file, folder) for file in package.files):
                continue
            npm = npm or find_npm(stack)
            _fetch_into_cache(package, npm)
            for file in package.files:
                _place_cached(file, folder)
    write_whole(folder / ".placed", _manifest().encode("ascii"))


def tried_lately(folder: Path) -> bool:
    """Tell whether fetching failed within the last hour, so that each start without a network need not wait for it."""
    try:
        return 0 <= time.time() - (folder / ".tried").stat().st_mtime < RETRY_SECONDS
    except OSError:
        return False


def note_failure(folder: Path) -> None:
    """Remember that fetching failed now."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".tried").touch()


def missing_fonts(folder: Path) -> list[str]:
    """Name the fonts that are not in the folder."""
    return [file.name for file in _all_files() if not (folder / file.name).is_file()]


def _all_files() -> Iterator[FontFile]:
    return (file for package in FONT_PACKAGES for file in package.files)


def _manifest() -> str:
    return "".join(f"{file.sha256}  {file.name}\n" for file in _all_files())


def _place_cached(file: FontFile, folder: Path) -> bool:
    target, cached = folder / file.name, cache_folder() / "fonts" / file.sha256
    if target.is_file() and sha256_of(target) == file.sha256:
        return True
    if not cached.is_file():
        return False
    data = cached.read_bytes()
    if hashlib.sha256(data).hexdigest() != file.sha256:
        cached.unlink()
        return False
    write_whole(target, data)
    return True


def _fetch_into_cache(package: FontPackage, npm: NpmCommand) -> None:
    say(f"正在下载字体 {package.spec.rpartition('@')[0]} …（约 60 MB，只有第一次需要）")
    with _packed(package, npm) as archive, tarfile.open(archive) as members:
        for file in package.files:
            member = members.extractfile(file.member)
            if member is None:
                raise FontsUnavailable(f"字体包里没有 {file.member}")
            data = member.read()
            if file.member.endswith(".woff"):
                data = unpack_woff(data)
            if hashlib.sha256(data).hexdigest() != file.sha256:
                raise FontsUnavailable(f"{file.name} 的校验值不对，没有使用")
            write_whole(cache_folder() / "fonts" / file.sha256, data)


@contextmanager
def _packed(package: FontPackage, npm: NpmCommand) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="gridworker-fonts-") as folder:
        # No retries: without a network the program shall start now, with the fonts of the system.
        options = ("--silent", "--fetch-retries=0", "--fetch-timeout=60000", f"--pack-destination={folder}")
        try:
            subprocess.run(
                [*npm, "pack", package.spec, *options],
                cwd=folder, check=True, timeout=FETCH_SECONDS, stdin=subprocess.DEVNULL, capture_output=True,
            )  # fmt: skip
        except (OSError, subprocess.SubprocessError) as error:
            raise FontsUnavailable(f"{package.spec} 没有下载成功（网络不通，或被拦下）") from error
        archive = next(Path(folder).glob("*.tgz"), None)
        if archive is None:
            raise FontsUnavailable(f"{package.spec} 没有下载成功")
        with archive.open("rb") as file:
            digest = hashlib.file_digest(file, "sha512").digest()
            if base64.b64encode(digest).decode("ascii") != package.sha512:
                raise FontsUnavailable(f"{package.spec} 的校验值不对，没有使用")
        yield archive
