"""What a search must find, said without an index: every record looked at, every word by its plain meaning.

Beside it a community of invented people and the classes of queries they are looked for by; the tests and the bench
share both.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gridworker.identity import new_id
from gridworker.ledger.facts import Value
from gridworker.ledger.record import Record
from gridworker.store import history
from gridworker.store.history import HistoryEntry
from gridworker.store.pinyin import name_keys, readings
from gridworker.store.store import WriteTx

GRID = "370200000000001"
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜"
)
RARE_SURNAMES = [
    "单",
    "解",
    "仇",
    "曾",
    "区",
    "查",
    "盖",
    "乐",
    "朴",
    "缪",
    "翟",
    "尉迟",
    "欧阳",
    "上官",
    "司马",
    "诸葛",
    "令狐",
    "长孙",
    "万俟",
    "澹台",
    "䶮",
    "㛃",
]
GIVEN = (
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂玉萍红华建国文辉力志永健世广义兴良海山仁波宁贵福生龙"
    "元全胜学祥才发武新利清飞彬富顺信子佳美琳雪梅春菊凤莲真环荣爱妹香月莺媛瑞凡嘉琼勤珍贞莉𠅤𬭚"
)
COMPOUNDS = ["锦绣家园", "海韵花园", "阳光新城", "春和景明", "滨海国际", "书香门第", "山水名园", "幸福里"]
HOUSEHOLD_TAGS = ["低保", "军属", "退役军人"]
CARE = ["独居老人", "空巢老人", "残疾人"]
PLACES = ["某街道某社区春风路", "某街道某社区海燕路", "某街道某社区漓江路", "某街道某社区人民路"]
_HAN = re.compile(r"[\u3007\u3400-\u9fff\U00020000-\U0003ffff]")
_ROOM_NUMBERS_FROM = 3


def community(persons: int, seed: int = 7) -> list[Record]:
    """Households with their residents, three to a flat, all invented."""
    dice = random.Random(seed)
    records: list[Record] = []
    home = None
    for place in range(persons):
        if place % 3 == 0 or home is None:
            home = _household(dice, place // 3)
            records.append(home)
        records.append(_person(dice, home))
    return records


def _household(dice: random.Random, place: int) -> Record:
    values: dict[str, Value] = {
        "household_no": f"{GRID}{place:05d}",
        "compound_name": dice.choice(COMPOUNDS),
        "building_no": str(dice.randrange(1, 40)),
        "room_no": str(dice.randrange(1, 33) * 100 + dice.randrange(1, 5)),
    }
    if dice.random() < 0.9:
        values["unit_no"] = str(dice.randrange(1, 6))
    if dice.random() < 0.05:
        values["household_tags"] = [dice.choice(HOUSEHOLD_TAGS)]
    return Record(new_id(), "household", GRID, values)


def _person(dice: random.Random, home: Record) -> Record:
    surname = dice.choice(SURNAMES) if dice.random() > 0.03 else dice.choice(RARE_SURNAMES)
    name = surname + dice.choice(GIVEN) + (dice.choice(GIVEN) if dice.random() > 0.25 else "")
    born = f"{dice.randrange(1930, 2020)}-{dice.randrange(1, 13):02d}-{dice.randrange(1, 29):02d}"
    care: dict[str, Value] = {"care_categories": [dice.choice(CARE)]} if dice.random() < 0.05 else {}
    return Record(
        new_id(),
        "person",
        GRID,
        {
            "household_id": home.id,
            "name": name,
            "birth_date": born,
            "contact": f"1{dice.choice('3578')}{dice.randrange(10**9):09d}",
            "id_no": f"370200{born.replace('-', '')}{dice.randrange(1000):03d}{dice.choice('0123456789X')}",
            "register_address": f"{dice.choice(PLACES)}{dice.randrange(1, 200)}号",
            **care,
        },
    )


def renamed(records: list[Record], seed: int = 3) -> dict[str, str]:
    """A name that one in fifty had before, by id."""
    dice = random.Random(seed)
    people = [record for record in records if record.ledger == "person"]
    return {
        record.id: dice.choice(SURNAMES) + str(record.values["name"])[1:] for record in people if dice.random() < 0.02
    }


def tell(tx: WriteTx, former: Mapping[str, str], records: list[Record]) -> None:
    """Writes the history of those names; an index made after it knows them."""
    names = {record.id: str(record.values["name"]) for record in records if record.id in former}
    history.add_many(
        tx, ((key, HistoryEntry("", "", "save", changes={"name": [old, names[key]]})) for key, old in former.items())
    )


@dataclass(frozen=True)
class Findable:
    """All of a record that search may look at."""

    names: tuple[str, ...]
    keys: tuple[str, ...]
    texts: tuple[str, ...]
    numbers: tuple[str, ...]
    dates: tuple[str, ...]
    compound: str
    forms: tuple[str, ...]
    room: str


def findable(record: Record, homes: Mapping[str, Record], former: str = "") -> Findable:
    """A record and its household's address, as plain texts."""
    values = {key: str(value) for key, value in record.values.items() if not isinstance(value, list)}
    tags = [str(one) for value in record.values.values() if isinstance(value, list) for one in value]
    home = record if record.ledger == "household" else homes.get(values.get("household_id", ""))
    address = {key: str(value) for key, value in home.values.items()} if home else {}
    texts = [values[key] for key in ("workplace", "register_address") if key in values]
    texts += [address[key] for key in ("compound_name", "building_no", "unit_no", "room_no") if key in address]
    names = tuple(name for name in (values.get("name", ""), former) if name)
    return Findable(
        names=names,
        keys=tuple(key for name in names for key in name_keys(tuple(name))),
        texts=tuple(text.lower() for text in [*texts, *tags]),
        numbers=tuple(values[key].lower() for key in ("contact", "id_no", "household_no") if key in values),
        dates=tuple(values[key].replace("-", "") for key in ("birth_date",) if key in values),
        compound=address.get("compound_name", ""),
        forms=_forms(address),
        room=address.get("room_no", ""),
    )


def _forms(address: Mapping[str, str]) -> tuple[str, ...]:
    if not address:
        return ()
    building, unit, room = address["building_no"], address.get("unit_no", ""), address["room_no"]
    forms = [f"{building}-{room}", f"{building}号楼{room}"]
    if unit:
        forms += [f"{building}-{unit}-{room}", f"{building}号楼{unit}单元{room}", f"{unit}-{room}", f"{unit}单元{room}"]
    return tuple(forms)


def fitting(things: Mapping[str, Findable], text: str) -> set[str]:
    """The ids of all records that are what a text means: every word of it."""
    means = [_meaning(word) for word in unicodedata.normalize("NFKC", text).lower().split()]
    return {key for key, thing in things.items() if all(meant(thing) for meant in means)}


def _meaning(word: str) -> Callable[[Findable], bool]:
    """Whether a record is what one word means."""
    if word.isascii() and word.isalpha():
        return lambda thing: any(key.startswith(word) for key in thing.keys)
    if re.fullmatch(r"\d+x?", word.replace("-", "")):
        return _number_meaning(word)
    # A number in a phrase begins where a number begins.
    found = re.compile(r"(?<!\d)" * word[0].isdigit() + re.escape(word)).search
    is_phrase, is_place = _HAN.search(word) is not None, any(map(str.isdigit, word))
    head = re.fullmatch(r"(\D+)(\d+)", word)

    def meant(thing: Findable) -> bool:
        told = (*thing.names, *thing.texts)
        if is_phrase and any(map(found, told)):
            return True
        if is_place and any(form.startswith(word) or (thing.compound + form).startswith(word) for form in thing.forms):
            return True
        return bool(head) and thing.room.startswith(head[2]) and any(head[1] in text for text in told)

    return meant


def _number_meaning(word: str) -> Callable[[Findable], bool]:
    digits = word.replace("-", "")
    in_parts, is_number = "-" in word, len(digits) >= _ROOM_NUMBERS_FROM
    in_text = re.compile(r"(?<!\d)" + digits).search

    def meant(thing: Findable) -> bool:
        if in_parts:
            if any(form.startswith(word) for form in thing.forms):
                return True
        elif thing.room.startswith(digits):
            return True
        if is_number and any(number.startswith(digits) or number.endswith(digits) for number in thing.numbers):
            return True
        if is_number and any(date.startswith(digits) for date in thing.dates):
            return True
        return not in_parts and any(map(in_text, thing.texts))

    return meant


def classes(records: list[Record], seed: int = 42) -> dict[str, Callable[[], str]]:
    """Ways in which people look for people, each giving another query when called."""
    dice = random.Random(seed)
    people = [record for record in records if record.ledger == "person"]
    homes = [record for record in records if record.ledger == "household"]

    def value(key: str) -> str:
        return str(dice.choice(people).values[key])

    old_names = list(renamed(records).values()) or ["张三"]

    def former_name() -> str:
        return dice.choice(old_names)

    def syllables() -> tuple[str, ...]:
        return readings(tuple(value("name")))[0]

    def full() -> str:
        return "".join(syllables())

    def dwelling(pattern: str) -> str:
        home = {"unit_no": "", **dice.choice(homes).values}
        return pattern.format(
            c=home["compound_name"], b=home["building_no"], u=home["unit_no"] or "1", r=home["room_no"]
        )

    def mixed() -> str:
        first, *rest = syllables()
        return first + "".join(part[0] for part in rest)

    def mixed_short() -> str:
        first, second, *_ = (*syllables(), "")
        return first[0] + second[:2]

    return {
        "1 han, surname": lambda: value("name")[0],
        "1 han, given": lambda: value("name")[-1],
        "2 han, name start": lambda: value("name")[:2],
        "2 han, given name": lambda: value("name")[-2:],
        "full name": lambda: value("name"),
        "2 han, address": lambda: value("register_address")[6:8],
        "address and number": lambda: value("register_address")[6:].rstrip("号"),
        "initials": lambda: "".join(part[0] for part in syllables()),
        "full pinyin": full,
        "mixed (zhangw)": mixed,
        "mixed (zwe)": mixed_short,
        "1-2 letters": lambda: full()[: dice.randrange(1, 3)],
        "phone prefix": lambda: value("contact")[: dice.randrange(4, 8)],
        "phone tail": lambda: value("contact")[-4:],
        "ID tail": lambda: value("id_no")[-4:],
        "birth digits": lambda: value("birth_date").replace("-", "")[: dice.randrange(6, 9)],
        "two terms": lambda: value("name")[0] + " " + value("register_address")[6:9],
        "name and phone tail": lambda: "".join(part[0] for part in syllables()) + " " + value("contact")[-4:],
        "tag": lambda: dice.choice([*HOUSEHOLD_TAGS, *CARE]),
        "name and tag": lambda: value("name")[0] + " " + dice.choice(CARE),
        "initial and tag": lambda: full()[:1] + " " + dice.choice(CARE)[:2],
        "tag and room": lambda: dice.choice(CARE)[2:] + " " + dwelling("{b}号楼"),
        "former name": former_name,
        "former initials": lambda: "".join(part[0] for part in readings(tuple(former_name()))[0]),
        "former name and room": lambda: former_name()[0] + " " + dwelling("{b}-"),
        "no hit": lambda: dice.choice(["齾龘", "qqqq", "99999999", "张 zzzzz"]),
        "room 3-2-501": lambda: dwelling("{b}-{u}-{r}"),
        "room 3号楼2单元501": lambda: dwelling("{b}号楼{u}单元{r}"),
        "room 501": lambda: dwelling("{r}"),
        "room 3-50": lambda: dwelling("{b}-{r}")[:-1],
        "building": lambda: dwelling("{b}号楼"),
        "compound and building": lambda: dwelling("{c}{b}号楼"),
        "surname and room": lambda: value("name")[0] + " " + dwelling("{b}-{r}"),
    }
