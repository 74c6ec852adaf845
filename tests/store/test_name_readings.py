"""How names are read: surnames by their own readings, and the ways they are typed."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from gridworker.ledger.masks import COMPOUND_SURNAMES
from gridworker.paths import resource
from gridworker.store.pinyin import name_keys, readings
from gridworker.store.search_words import number_tokens, typed_place, words

# Readings of surnames that dictionaries and readers commonly get wrong.
FIRST_SYLLABLES = {
    "单田芳": "shan",
    "解缙": "xie",
    "仇英": "qiu",
    "曾国藩": "zeng",
    "区伟明": "ou",
    "查良镛": "zha",
    "盖叫天": "ge",
    "乐毅": "yue",
    "朴树": "piao",
    "缪斯敏": "miao",
    "翟志刚": "zhai",
    "尉迟恭": "yu",
    "万俟丽": "mo",
    "任静": "ren",
    "覃辉": "qin",
    "员丽": "yun",
    "种师道": "chong",
    "洗星海": "xian",
    "折德艺": "she",
    "燕青": "yan",
    "黑大春": "he",
    "华伟": "hua",
    "石伟": "shi",
    "长孙丽": "zhang",
    "澹台丽": "tan",
    "令狐冲": "ling",
    "那英": "na",
    "薄丽": "bo",
    "冼星海": "xian",
    "隗丽": "wei",
    "宁静": "ning",
    "葛丽": "ge",
    "召丽": "shao",
    "哈丽": "ha",
    "尹丽": "yin",
    "单于丽": "chan",
    "牟丽": "mou",
    "逄丽": "pang",
    "谌龙": "chen",
    "都丽": "du",
    "秘丽": "bi",
    "佴丽": "nai",
    "繁丽": "po",
    "祭丽": "zhai",
    "宓丽": "mi",
    "句丽": "gou",
    "乐正丽": "yue",
    "长丽": "chang",
    "车丽": "che",
    "盛丽": "sheng",
    "沈丽": "shen",
    "贾丽": "jia",
    "薛丽": "xue",
    "俞丽": "yu",
    "柏丽": "bai",
    "卜丽": "bu",
}


def _cut(name: str) -> tuple[str, ...]:
    return tuple(words(name))


@pytest.mark.parametrize(("name", "syllable"), FIRST_SYLLABLES.items())
def test_surnames_have_their_own_readings(name, syllable):
    """The usual reading of the surname comes first."""
    assert readings(_cut(name))[0][0] == syllable


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("单丽", "danli"),
        ("曾丽", "cengli"),
        ("尉迟恭", "weichi"),
        ("万俟丽", "wanqi"),
        ("覃丽", "tanli"),
        ("长孙丽", "changsun"),
    ],
)
def test_the_everyday_reading_is_kept_beside(name, typed):
    """Who does not know the surname's reading finds its bearer too."""
    assert any(key.startswith(typed) for key in name_keys(_cut(name)))


def test_all_ways_to_type_a_name():
    """Full, initials, double initials and every mix, from any syllable on."""
    keys = name_keys(_cut("张伟明"))
    for typed in (
        "z",
        "zh",
        "zhang",
        "zhangw",
        "zhangwei",
        "zhangweiming",
        "zhangwm",
        "zhangweim",
        "zwm",
        "zw",
        "zhw",
        "zhwm",
        "zweim",
        "zweiming",
        "wm",
        "weim",
        "ming",
        "m",
    ):
        assert any(key.startswith(typed) for key in keys), typed
    for other in ("zn", "zhangm", "wz", "gw", "ang"):
        assert not any(key.startswith(other) for key in keys), other


def test_long_names_have_few_keys():
    """A name of many syllables keeps the ways people type it and does not fill the index."""
    keys = name_keys(_cut("阿卜杜热合曼·买买提依明"))
    assert len(keys) < 120
    for typed in ("abdrhmmmtym", "abuduremanmaimaitiyiming"[:6], "mmtym", "maimaitiym"):
        assert any(key.startswith(typed) for key in keys), typed


def test_a_character_without_a_reading_stands_for_itself():
    """A name with an unreadable character is still found by the others."""
    assert any(key.startswith("wang") for key in name_keys(_cut("王\U00032000")))
    assert name_keys(_cut("Maria Lopez")) == ()


def test_compound_surnames_are_the_ones_masks_know():
    """Every compound surname with a reading of its own is also masked as one, or belongs to a people's long names."""
    known = set(json.loads(resource("surnames.json").read_text(encoding="utf-8"))["compound"])
    assert len(known & COMPOUND_SURNAMES) > 60


def test_reading_names_does_not_load_the_phrases():
    """The dictionary of phrases, four fifths of the start-up and memory, stays on the disk."""
    code = (
        "import sys; from gridworker.store.pinyin import name_keys; name_keys(('张', '三'));"
        " print('pypinyin.phrases_dict' in sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "False"


def test_numbers_of_a_value():
    """Several phones, an extension, an ID with X and a date become their tokens and tails."""
    assert number_tokens("13812345678、0532-8888") == ["13812345678", "r87654321831", "05328888", "r88882350"]
    assert number_tokens("37020019500305123X") == ["37020019500305123x", "rx32150300591" + "002073"[0:6]]
    assert number_tokens("1950-03-05") == ["19500305"]


@pytest.mark.parametrize(
    ("text", "head", "tokens"),
    [
        ("3-2-501", "", {"b3u2r501"}),
        ("3-501", "", {"b3r501", "b3u501", "u3r501"}),
        ("501", "", {"r501"}),
        ("3号楼", "", {"b3r"}),
        ("3号楼2", "", {"b3r2", "b3u2"}),
        ("3号楼2单元", "", {"b3u2r"}),
        ("3号楼2单元501室", "", {"b3u2r501"}),
        ("2单元501", "", {"u2r501"}),
        ("锦绣家园3-2-501", "锦绣家园", {"b3u2r501"}),
        ("a座1201", "", {"bar1201", "bau1201"}),
        ("3#2-501", "", {"b3u2r501"}),
        ("3-2-", "", {"b3u2r"}),
    ],
)
def test_places_as_typed(text, head, tokens):
    """Each way to write a room means that room, as far as it is typed."""
    place = typed_place(text)
    assert place is not None
    assert (place.head, set(place.tokens)) == (head, tokens)


@pytest.mark.parametrize("text", ["张三", "zhang", "1-2-3-4", "单元", "号楼"])
def test_what_is_no_place(text):
    """Names, letters and other numbers are no rooms."""
    assert typed_place(text) is None
