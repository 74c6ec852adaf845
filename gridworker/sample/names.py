"""Invented names, numbers and phones: plausible to read, impossible to belong to anybody."""

from __future__ import annotations

import random
from datetime import date

from gridworker.ledger.id_number import check_digit

# By frequency, as far as a sample needs it; the last ones are misread by most programs.
_SURNAMES = (
    "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈" * 3
    + "单解仇区查盖乐朴翟覃华逄"
)
_COMPOUND = ("欧阳", "诸葛", "尉迟", "上官")
_MALE = "伟强磊军洋勇涛明超刚平辉鹏杰斌波浩凯健俊帆志文建国海龙宏毅晨阳博宇轩昊然泽睿"
_FEMALE = "芳娜敏静丽艳娟霞秀兰桂英华玉萍红梅雪婷慧巧美云琳倩颖欣怡佳萱梓涵诗语晓燕淑珍"
_RARE = "㛃𬭚䶮𠅤堃喆翀玥"
_DOTTED = ("阿依努尔·买买提", "古丽娜尔·艾合买提", "迪力夏提·吐尔逊", "玛依拉·阿不都")
# 370299 is no county and 154 no operator's range: neither a number nor a phone can be anybody's.
ID_REGION = "370299"
PHONE_RANGE = "154"
_RARE_SHARE, _DOTTED_SHARE, _COMPOUND_SHARE = 0.02, 0.005, 0.01


def surname(rng: random.Random) -> str:
    """A family name, now and then one of two characters."""
    return rng.choice(_COMPOUND) if rng.random() < _COMPOUND_SHARE else rng.choice(_SURNAMES)


def given_name(rng: random.Random, sex_code: str) -> str:
    """One or two characters; one in fifty holds a rare one."""
    pool = _MALE if sex_code == "1" else _FEMALE
    characters = [rng.choice(pool) for _ in range(rng.choice((1, 2, 2)))]
    if rng.random() < _RARE_SHARE:
        characters[-1] = rng.choice(_RARE)
    return "".join(characters)


def full_name(rng: random.Random, family: str, sex_code: str) -> str:
    """A name of the family, or a name of parts with U+00B7."""
    return rng.choice(_DOTTED) if rng.random() < _DOTTED_SHARE else family + given_name(rng, sex_code)


def id_number(rng: random.Random, born: date, sex_code: str) -> str:
    """A number whose check digit holds, in a county that does not exist."""
    order = rng.randrange(500) * 2 + (1 if sex_code == "1" else 0)
    body = f"{ID_REGION}{born:%Y%m%d}{order % 1000:03d}"
    return body + check_digit(body)


def phone(rng: random.Random) -> str:
    """Eleven digits in a range that was never given out."""
    return f"{PHONE_RANGE}{rng.randrange(10**8):08d}"
