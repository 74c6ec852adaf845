"""How hard a passphrase is to guess, said in words, with why and how to better it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from gridworker.ledger.text import is_han
from gridworker.store.wrapping import normalised

# Tried first by anybody who guesses, as a whole or with a few digits behind.
_COMMON = frozenset(
    {
        "password", "passw0rd", "admin", "administrator", "root", "qwerty", "qwertyuiop", "asdfgh", "asdfghjkl",
        "zxcvbn", "zxcvbnm", "iloveyou", "welcome", "abc", "abcd", "woaini", "woaini1314", "woaizhongguo", "wangge",
        "wanggeyuan", "wgy", "shequ", "jiedao", "juweihui", "taizhang", "gridworker", "qingdao", "zhongguo", "网格",
        "网格员", "网格台账", "台账", "社区", "街道", "居委会", "我爱你", "中国", "青岛", "密码", "口令",
    }
)  # fmt: skip
_SEQUENCES = (
    "0123456789",
    "9876543210",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "1qaz2wsx3edc4rfv",
)
_RUN = 4
_SHORTEST = 8
# Bits a guesser pays: three thousand common characters, and what keyboards offer.
_BITS = {"han": 11.0, "digit": 3.3, "lower": 4.0, "upper": 4.5, "sign": 5.0}
_STEPS = (22.0, 36.0, 50.0, 66.0)
_WORDS = ("很弱", "较弱", "一般", "较强", "很强")


@dataclass(frozen=True)
class Strength:
    """0 (anybody guesses it) to 4, and a sentence."""

    score: int
    words: str


def strength(passphrase: str) -> Strength:
    """What a passphrase is worth against somebody who holds the laptop."""
    text = normalised(passphrase)
    if not text:
        return Strength(0, "还没有输入口令。")
    score = sum(_bits(text) >= step for step in _STEPS)
    why = _weakness(text)
    if why:
        score = min(score, 1)
    advice = "" if score >= 3 else "再加几个不相干的词，例如四个词连起来，比加符号更有用。"  # noqa: PLR2004 - of four
    return Strength(score, f"{_WORDS[score]}。{why}{advice}")


def _weakness(text: str) -> str:
    lowered = text.lower()
    core = lowered.strip("0123456789!@#.*_-")
    if lowered in _COMMON or core in _COMMON:
        return "这是人人会先猜的词。"
    if re.fullmatch(r"1[3-9]\d{9}|\d{17}[\dx]", lowered):
        return "手机号和身份证号，别人查得到。"
    if _longest_run(lowered) * 2 >= len(lowered):
        return "大半是连续或重复的字符。"
    if re.fullmatch(r"(19|20)?\d{2}[-./年]?\d{1,2}[-./月]?\d{1,2}日?", lowered):
        return "日期容易被猜到。"
    if text.isdigit():
        return "只有数字，机器很快能试完。"
    return "太短。" if len(text) < _SHORTEST and not all(map(is_han, text)) else ""


def _bits(text: str) -> float:
    total, lowered = 0.0, text.lower()
    for place, character in enumerate(text):
        guessable = place > 0 and (character == text[place - 1] or _follows(lowered[place - 1 : place + 1]))
        total += 0.5 if guessable else _BITS[_kind(character)]
    # A character that keeps coming back tells less each time.
    return total * min(1.0, math.log2(1 + len(set(lowered))) / math.log2(1 + len(lowered)) + 0.1)


def _kind(character: str) -> str:
    if is_han(character):
        return "han"
    if character.isdigit():
        return "digit"
    if character.isupper():
        return "upper"
    return "lower" if character.isalpha() else "sign"


def _follows(pair: str) -> bool:
    return any(pair in sequence for sequence in _SEQUENCES)


def _longest_run(text: str) -> int:
    longest = run = 1
    for place in range(1, len(text)):
        run = run + 1 if text[place] == text[place - 1] or _follows(text[place - 1 : place + 1]) else 1
        longest = max(longest, run)
    return longest if longest >= _RUN else 0
