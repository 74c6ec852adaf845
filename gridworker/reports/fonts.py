"""Which font files print: for every role the best of the program's fonts, the person's own, then the system's."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

from gridworker.errors import KnownError
from gridworker.paths import resource

Role = Literal["title", "hei", "song", "fang", "kai", "rare"]
Source = Literal["随程序", "用户字体", "系统字体"]

ROLE_LABELS: Mapping[Role, str] = {
    "title": "标题",
    "hei": "黑体",
    "song": "宋体",
    "fang": "正文",
    "kai": "楷体",
    "rare": "生僻字",
}

_SERIF, _SERIF_BOLD = "NotoSerifSC-Regular.ttf", "NotoSerifSC-Bold.ttf"
_SANS, _SANS_BOLD = "NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf"
_WENKAI = "LXGWWenKai-Regular.ttf"
_ANY_HEI = ("simhei.ttf", "msyh.ttc", "wqy-microhei.ttc", "wqy-zenhei.ttc", "DroidSansFallbackFull.ttf")
_ANY_SONG = ("simsun.ttc", "uming.ttc")

# The faces the rules for official documents name. They are licensed: used where installed and asked for, never shipped.
_OFFICIAL: Mapping[Role, tuple[str, ...]] = {
    "title": ("FZXBSJW.TTF", "FZXBSK.TTF", "方正小标宋简体.ttf"),
    "fang": ("FangSong_GB2312.ttf", "仿宋_GB2312.ttf", "simfang.ttf", "ZhuqueFangsong-Regular.ttf"),
    "kai": ("KaiTi_GB2312.ttf", "楷体_GB2312.ttf", "simkai.ttf"),
    "hei": ("simhei.ttf",),
    "song": ("simsun.ttc",),
}
_CANDIDATES: Mapping[Role, tuple[str, ...]] = {
    "title": (_SERIF_BOLD, *_OFFICIAL["title"], _SANS_BOLD, _SERIF, *_ANY_HEI, *_ANY_SONG, _WENKAI),
    "hei": (_SANS_BOLD, _SANS, *_ANY_HEI, _SERIF_BOLD, _SERIF, *_ANY_SONG, _WENKAI),
    "song": (_SERIF, *_ANY_SONG, "simfang.ttf", _WENKAI, _SANS, *_ANY_HEI),
    "fang": (_SERIF, *_OFFICIAL["fang"], *_ANY_SONG, _WENKAI, _SANS, *_ANY_HEI),
    "kai": (_WENKAI, *_OFFICIAL["kai"], "ukai.ttc", _SERIF, *_ANY_SONG, _SANS, *_ANY_HEI),
    "rare": (_WENKAI, "simsunb.ttf", "HanaMinB.ttf", "BabelStoneHan.ttf", "HanaMinA.ttf"),
}
_NAMES = {
    _SERIF: "思源宋体",
    _SERIF_BOLD: "思源宋体 粗",
    _SANS: "思源黑体",
    _SANS_BOLD: "思源黑体 粗",
    _WENKAI: "霞鹜文楷",
    "simsun.ttc": "宋体",
    "simsunb.ttf": "宋体扩展",
    "simhei.ttf": "黑体",
    "simfang.ttf": "仿宋",
    "simkai.ttf": "楷体",
    "msyh.ttc": "微软雅黑",
    "uming.ttc": "文鼎明体",
    "ukai.ttc": "文鼎楷体",
    "wqy-microhei.ttc": "文泉驿微米黑",
    "wqy-zenhei.ttc": "文泉驿正黑",
}
_SUFFIXES = (".ttf", ".ttc", ".otf", ".otc")


@dataclass(frozen=True, slots=True)
class FontFile:
    """One face that can be embedded, and where it came from."""

    path: Path
    name: str
    source: Source


@dataclass(frozen=True, slots=True)
class FontBook:
    """The faces chosen for each role, the faces tried for characters they lack, and the files that were refused."""

    roles: Mapping[Role, FontFile]
    fallbacks: tuple[FontFile, ...]
    refused: tuple[str, ...] = ()

    def chain(self, role: Role) -> tuple[FontFile, ...]:
        """The face of a role, then every other face in the order they are tried for a character it lacks."""
        return tuple(dict.fromkeys((self.roles[role], *self.fallbacks)))

    def describe(self) -> tuple[str, ...]:
        """One plain line for each role: what prints it and where that came from."""
        return tuple(f"{ROLE_LABELS[role]}：{chosen.name}（{chosen.source}）" for role, chosen in self.roles.items())


def outline_problem(path: Path) -> str | None:
    """Why the first face of a font file cannot be embedded, in plain words; None when it can."""
    try:
        tables = _tables(path)
    except (OSError, struct.error, ValueError):
        return "文件打不开或已损坏"
    if "glyf" not in tables:
        return "轮廓是 PostScript（CFF）格式，打印只认 TrueType 轮廓"
    # A variable font prints as its thinnest master, which no office would accept.
    return "是可变字体，印出来笔画过细" if "fvar" in tables else None


def find_fonts(user_folder: Path | None = None, *, official: bool = False) -> FontBook:
    """Choose a face for every role; `official` prefers the licensed faces of official documents where installed."""
    shelves = _shelves(user_folder)
    roles: dict[Role, FontFile] = {}
    for role in get_args(Role):
        chosen = next(_choices(role, shelves, official=official), None)
        if chosen is not None:
            roles[role] = chosen
    if "song" not in roles:
        raise KnownError(
            "这台电脑上没有可用于打印的中文字体。",
            safe="台账内容没有变化。",
            action="请联网后重新运行安装命令取得字体，或把 TrueType 格式的中文字体放进字体文件夹再打印。",
        )
    refused, strangers = _user_extras(shelves)
    fallbacks = (roles[r] for r in ("song", "kai", "rare", "hei") if r in roles)
    rare = _choices("rare", shelves, official=False)
    return FontBook(roles, tuple(dict.fromkeys((*fallbacks, *strangers, *rare))), refused)


def _shelves(user_folder: Path | None) -> dict[Source, dict[str, Path]]:
    return {
        "随程序": _listing([resource("fonts")]),
        "用户字体": _listing([user_folder] if user_folder else []),
        "系统字体": _system_fonts(),
    }


def _choices(role: Role, shelves: Mapping[Source, Mapping[str, Path]], *, official: bool) -> Iterator[FontFile]:
    """Every usable face for a role, best first."""
    if official:
        yield from _matches(_OFFICIAL.get(role, ()), shelves)
    yield from _matches(_CANDIDATES[role], shelves)


def _matches(names: Iterable[str], shelves: Mapping[Source, Mapping[str, Path]]) -> Iterator[FontFile]:
    for source, shelf in shelves.items():
        for name in names:
            path = shelf.get(name.casefold())
            if path is not None and outline_problem(path) is None:
                yield FontFile(path, _NAMES.get(name, path.stem), source)


def _user_extras(shelves: Mapping[Source, Mapping[str, Path]]) -> tuple[tuple[str, ...], tuple[FontFile, ...]]:
    """What the person's folder holds beyond the known names: refusals in words, and faces to fall back on."""
    refused, extras = [], []
    for path in shelves["用户字体"].values():
        problem = outline_problem(path)
        if problem:
            refused.append(f"字体文件“{path.name}”不能用于打印：{problem}。")
        else:
            extras.append(FontFile(path, path.stem, "用户字体"))
    return tuple(refused), tuple(extras)


def _listing(folders: Iterable[Path]) -> dict[str, Path]:
    """Font files below the folders by lower-case name; the first of a name wins, missing folders are empty."""
    found: dict[str, Path] = {}
    for folder in folders:
        for parent, _, names in os.walk(folder):
            for name in sorted(names):
                if name.casefold().endswith(_SUFFIXES):
                    found.setdefault(name.casefold(), Path(parent, name))
    return found


@lru_cache(maxsize=1)
def _system_fonts() -> dict[str, Path]:
    return _listing(_system_folders())


def _system_folders() -> list[Path]:
    if os.name == "nt":
        windows = Path(os.environ.get("WINDIR", r"C:\Windows"), "Fonts")
        own = os.environ.get("LOCALAPPDATA")
        return [windows, *([Path(own, "Microsoft", "Windows", "Fonts")] if own else [])]
    home = Path.home()
    return [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), home / ".local/share/fonts", home / ".fonts"]


def _tables(path: Path) -> frozenset[str]:
    """The names in the table directory of the first face of a font file."""
    with path.open("rb") as file:
        start = 0
        if file.read(4) == b"ttcf":
            file.seek(12)
            (start,) = struct.unpack(">I", file.read(4))
        file.seek(start + 4)
        (count,) = struct.unpack(">H", file.read(2))
        file.seek(start + 12)
        directory = file.read(16 * count)
    if len(directory) < 16 * count:
        raise ValueError(path.suffix)
    return frozenset(directory[i : i + 4].decode("latin-1") for i in range(0, len(directory), 16))
