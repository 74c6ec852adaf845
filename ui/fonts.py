"""Fonts of the window: the bundled Noto Sans SC, else the best of the system's, and the truth about which."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QFontDatabase

from gridworker.paths import resource

_BUNDLED = ("NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf")
_KNOWN = (
    "Microsoft YaHei UI", "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "PingFang SC",
    "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "SimSun",
)  # fmt: skip


@dataclass(frozen=True)
class FontChoice:
    """The family the window is drawn in; without a Chinese one `family` is empty."""

    family: str
    bundled: bool

    @property
    def sentence(self) -> str:
        """Which font is used, in one sentence."""
        if not self.family:
            return NO_CHINESE_FONT
        return f"界面字体：{self.family}（{'随程序' if self.bundled else '系统'}）。"


# In both languages: without a Chinese font the Chinese half is boxes.
NO_CHINESE_FONT = (
    "No Chinese font was found, so text shows as boxes. Install one, e.g. sudo apt install fonts-noto-cjk, "
    "then start again. Your data is safe. 没有找到中文字体，文字会显示成方框；请安装中文字体后重新启动，数据不受影响。"
)


def choose_font() -> FontChoice:
    """Load the bundled font, else find a Chinese font of the system."""
    families: list[str] = []
    for name in _BUNDLED:
        number = QFontDatabase.addApplicationFont(str(resource("fonts", name)))
        if number >= 0:
            families += QFontDatabase.applicationFontFamilies(number)
    if families:
        return FontChoice(families[0], bundled=True)
    chinese = QFontDatabase.families(QFontDatabase.WritingSystem.SimplifiedChinese)
    for name in (*_KNOWN, *chinese):
        if name in chinese:
            return FontChoice(name, bundled=False)
    return FontChoice("", bundled=False)
