"""Find out which system packages are missing on Debian and its relatives, and install them or say exactly how."""

import ctypes
import ctypes.util
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from setup_steps.console import EXIT_NEEDS_SYSTEM_PACKAGES, SetupFailed, say

# Every library that Qt's own wheels leave to the system, for a display and for none: a machine set up without a display
# may get one tomorrow, and all of them together are a few megabytes. libcups2 gives the print dialog its printers.
_QT_LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libcups.so.2": "libcups2",
}
# 1.6 MB. The program brings its own fonts, so this one is for machines that could not fetch them: without any Chinese
# font every character is a box, and nothing fails.
FALLBACK_FONT_PACKAGE = "fonts-wqy-microhei"
_TEST_PROGRAMS = {"pdftotext": "poppler-utils"}
# libdbus aborts the whole program where the machine has no id, and Qt reaches for it to find the input method. A
# desktop has one; a bare server gets it with the package.
_MACHINE_IDS = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))
_ANY_CHINESE = 0x53F0


def missing_packages(*, for_tests: bool, with_uv: bool) -> list[str]:
    """Name the Debian packages this machine lacks; nothing on other systems, whose wheels bring everything."""
    if not sys.platform.startswith("linux"):
        return []
    missing = [package for library, package in _QT_LIBRARIES.items() if not _loads(library)]
    if not any(_has_content(path) for path in _MACHINE_IDS):
        missing.append("dbus")
    # Debian takes ensurepip out of python3; uv makes environments without it.
    if not with_uv and importlib.util.find_spec("ensurepip") is None:
        missing.insert(0, f"python{sys.version_info.major}.{sys.version_info.minor}-venv")
    if for_tests:
        missing += [package for program, package in _TEST_PROGRAMS.items() if shutil.which(program) is None]
    return missing


def install_packages(packages: Sequence[str]) -> None:
    """Install the packages as an administrator, asking where a person sits there; else say how and give up."""
    if shutil.which("apt-get") is None:
        raise SetupFailed(
            f"这台电脑缺少系统组件，请用它自己的软件管理器安装（下面是 Debian 的包名）：\n    {' '.join(packages)}",
            exit_code=EXIT_NEEDS_SYSTEM_PACKAGES,
        )
    prefix = _administrator_prefix(packages)
    say(f"正在安装系统组件：{' '.join(packages)}")
    # Package lists may be absent or old; fetching them first is wasted where they are not.
    if not _apt(prefix, "install", packages):
        return
    _apt(prefix, "update")
    complaint = _apt(prefix, "install", packages)
    if complaint:
        last_words = "\n    ".join(complaint.splitlines()[-3:])
        raise SetupFailed(
            f"系统组件没有装上，多半是网络不通。网络恢复后再试一次，或者自己运行：\n    {_line(packages)}\n"
            f"apt-get 的原话：\n    {last_words}"
        )


def system_chinese_font() -> str | None:
    """Name the font this system would show Chinese in; None where every character would be a box."""
    if os.name == "nt":
        return "微软雅黑"
    if not sys.platform.startswith("linux"):
        return "苹方"
    try:
        return _fontconfig_match()
    except OSError:
        return None


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _has_content(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


def _line(packages: Sequence[str]) -> str:
    install = f"apt-get install -y --no-install-recommends {' '.join(packages)}"
    if shutil.which("sudo") is None:
        return f"su -c {shlex.quote(f'apt-get update && {install}')}"
    return f"sudo apt-get update && sudo {install}"


def _administrator_prefix(packages: Sequence[str]) -> list[str]:
    if sys.platform != "win32" and os.geteuid() == 0:
        return []
    if shutil.which("sudo") is not None:
        if _succeeds(["sudo", "-n", "true"]):
            return ["sudo", "-n"]
        if sys.stdin.isatty():
            say(f"需要安装系统组件：{' '.join(packages)}。请输入这台电脑的管理员密码（sudo）：")
            if subprocess.run(["sudo", "-v"], check=False).returncode == 0:
                return ["sudo"]
    raise SetupFailed(
        "这台电脑缺少系统组件，而这里不能替你安装。请管理员在终端运行下面这一行，再重新启动：\n    " + _line(packages),
        exit_code=EXIT_NEEDS_SYSTEM_PACKAGES,
    )


def _succeeds(command: Sequence[str]) -> bool:
    quiet = subprocess.DEVNULL
    return subprocess.run(command, check=False, stdin=quiet, stdout=quiet, stderr=quiet).returncode == 0


def _apt(prefix: Sequence[str], action: str, packages: Sequence[str] = ()) -> str:
    """Return what apt complained of; nothing where it did its work."""
    options = ["-y", "--no-install-recommends"] if action == "install" else []
    # Another apt may be busy: the nightly updates of a freshly started machine.
    apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", "DPkg::Lock::Timeout=180"]
    command = [*prefix, *apt, action, *options, *packages]
    ended = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return "" if ended.returncode == 0 else ended.stderr.strip() or f"apt-get {action}: {ended.returncode}"


def _fontconfig_match() -> str | None:
    fontconfig = ctypes.CDLL("libfontconfig.so.1")
    for name in ("FcNameParse", "FcFontMatch"):
        getattr(fontconfig, name).restype = ctypes.c_void_p
    pattern = ctypes.c_void_p(fontconfig.FcNameParse(b":lang=zh-cn"))
    fontconfig.FcConfigSubstitute(None, pattern, 0)
    fontconfig.FcDefaultSubstitute(pattern)
    result, charset, family = ctypes.c_int(), ctypes.c_void_p(), ctypes.c_char_p()
    match = ctypes.c_void_p(fontconfig.FcFontMatch(None, pattern, ctypes.byref(result)))
    if not match:
        return None
    fontconfig.FcPatternGetCharSet(match, b"charset", 0, ctypes.byref(charset))
    if not charset or not fontconfig.FcCharSetHasChar(charset, _ANY_CHINESE):
        return None
    fontconfig.FcPatternGetString(match, b"family", 0, ctypes.byref(family))
    return (family.value or b"").decode("utf-8", "replace") or None
