"""What a personal value looks like to eyes it is not meant for."""

from __future__ import annotations

import re

from gridworker.ledger.text import MIDDLE_DOT

# The usual two-character surnames; a name that begins with one keeps both.
COMPOUND_SURNAMES = frozenset(
    name
    for line in (
        "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台",
        "皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘",
        "子车 亓官 司寇 巫马 公西 颛孙 壤驷 公良 漆雕 乐正 宰父 谷梁 拓跋 夹谷 轩辕 令狐",
        "段干 百里 呼延 东郭 南门 羊舌 微生 公户 公玉 公仪 梁丘 公仲 公上 公门 公山 公坚",
        "左丘 公伯 西门 公祖 第五 公乘 贯丘 公皙 南荣 东里 东宫 仲长 子书 子桑 即墨 达奚",
        "褚师 单于",
    )
    for name in line.split()
)
_MOBILE = re.compile(r"(?<!\d)(1\d{2})\d{4}(\d{4})(?!\d)")
_LONG_DIGITS = re.compile(r"\d{5,}")
_ID_NUMBER = re.compile(r"(?<!\d)(\d{3})\d{11}(\d{3}[\dXx])(?!\d)")


def mask_name(name: str) -> str:
    """张*, 欧阳**, and for a name of parts only its first part's first character."""
    if not name:
        return name
    if MIDDLE_DOT in name:
        return name[0] + "*" * (len(name.split(MIDDLE_DOT, maxsplit=1)[0]) - 1) + MIDDLE_DOT + "**"
    kept = 2 if name[:2] in COMPOUND_SURNAMES and len(name) > 2 else 1  # noqa: PLR2004 - two-character surname
    return name[:kept] + "*" * max(1, len(name) - kept)


def mask_phone(text: str) -> str:
    """138****0000; other numbers keep their last two digits."""
    masked = _MOBILE.sub(r"\1****\2", text)
    if masked != text:
        return masked
    return _LONG_DIGITS.sub(lambda run: "*" * (len(run[0]) - 2) + run[0][-2:], text)


def mask_id_number(text: str) -> str:
    """370***********1234: region's first three and the last four."""
    masked = _ID_NUMBER.sub(r"\1***********\2", text)
    return masked if masked != text else text[:1] + "*" * max(3, len(text) - 2) + text[-1:]


def mask_address(text: str) -> str:
    """The address up to the building, without unit and room."""
    found = re.match(r"(.*?(?:号楼|栋|幢|座|号院|楼(?!道)))", text)
    return found[1] + "**" if found else text[:6] + "**"


def mask_numbers_in_text(text: str) -> str:
    """Free text with the phone and ID numbers in it masked."""
    return _MOBILE.sub(r"\1****\2", _ID_NUMBER.sub(r"\1***********\2", text))


def hide(text: str) -> str:
    """Nothing but the fact that something is there."""
    return "***" if text else ""
