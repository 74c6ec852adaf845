"""How hard a passphrase is to guess, said in words; an honest rough estimate, not a promise."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

_COMMON = frozenset(
    "123456 12345678 123456789 1234567890 111111 000000 888888 666666 password qwerty qwertyuiop abc123 a123456 "
    "woaini woaini1314 5201314 iloveyou admin admin123 password1 wangge wanggeyuan shequ".split()  # noqa: SIM905
)
_KEYBOARD = re.compile(r"(?:0123|1234|2345|3456|4567|5678|6789|qwer|asdf|zxcv|abcd)", re.IGNORECASE)
_DATE_OR_PHONE = re.compile(r"(?:19|20)\d{6}|1[3-9]\d{9}")
# Bits at which the words change; 60 bits under this key derivation outlast a stolen laptop's finder.
_STEPS = (28.0, 40.0, 52.0, 66.0)
_WORDS = ("太弱", "较弱", "一般", "好", "很好")


@dataclass(frozen=True)
class Strength:
    """0 to 4, and the sentence that says why and how to better it."""

    score: int
    words: str


def strength(passphrase: str) -> Strength:
    """Judges a passphrase of any script."""
    if not passphrase:
        return Strength(0, "请输入口令。")
    score = sum(_bits(passphrase) >= step for step in _STEPS)
    return Strength(score, f"{_WORDS[score]}。{_advice(passphrase, score)}")


def _bits(passphrase: str) -> float:
    if passphrase.lower() in _COMMON:
        return 8.0
    pools = ((r"\d", 10), (r"[a-z]", 26), (r"[A-Z]", 26), (r"[^\w\s]", 30), (r"[^\x00-\x7f]", 500))
    pool = sum(size for pattern, size in pools if re.search(pattern, passphrase)) or 10
    # A repeated character or a run adds little, so only changes between neighbours count in full.
    fresh = 1 + sum(
        1.0 if abs(ord(here) - ord(before)) > 1 else 0.3 for before, here in zip(passphrase, passphrase[1:], strict=False)
    )
    guessed = 14.0 * len(_KEYBOARD.findall(passphrase)) + 16.0 * len(_DATE_OR_PHONE.findall(passphrase))
    return max(0.0, fresh * math.log2(pool) - guessed)


def _advice(passphrase: str, score: int) -> str:
    if score >= 3:  # noqa: PLR2004 - 好
        return "请记牢，或把恢复码收好。"
    if passphrase.lower() in _COMMON:
        return "这是最常见的口令之一，请换一个。"
    if _DATE_OR_PHONE.search(passphrase):
        return "含生日或电话，容易被猜到；可用四个不相干的词连起来。"
    if passphrase.isdigit():
        return "只有数字；可加上几个汉字或字母，或用四个不相干的词连起来。"
    return "可再长一些，例如用四个不相干的词连起来。"
