"""居民: one person of a household. ID number optional; under 14 needs a guardian."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date

from gridworker.area.divisions import area_name, shipped_names
from gridworker.ledger.base_fields import base_fields
from gridworker.ledger.code_fields import Code, Codes, Ref
from gridworker.ledger.code_tables import table
from gridworker.ledger.facts import Problem, Profile, Sensitivity, Severity, Value, Values
from gridworker.ledger.field import Address, PersonName, Text
from gridworker.ledger.id_number import birth_date_of, id_number_problem, sex_of
from gridworker.ledger.ledger import CheckContext, Ledger, Search
from gridworker.ledger.number_fields import Date
from gridworker.ledger.number_ids import IdNumber, Phone
from gridworker.ledger.text import is_han

S1, S2, S3 = Sensitivity.INTERNAL, Sensitivity.PERSONAL, Sensitivity.SENSITIVE
SUBMIT, IMPORT = Profile.SUBMIT, Profile.IMPORT
RESIDENT_ID = "111"
_REGION = 6
MINOR_AGE = 14
# Of whom no name, not even its first character, is put on a board.
_ADULT_AGE = 18
NAMELESS = "某某"
_OLDEST = 130
LEFT = frozenset({"迁出", "死亡"})
# On her way from another grid: known here, and living in no household yet.
AWAITED = "待接收"
# What another grid is told of who moves there. First what the worker needs to know her by; the rest, with all that is
# sensitive, follows once she is registered there, so that a mistyped grid code shows nobody's health to strangers.
GOES_AHEAD = ("name", "name_reading", "sex_code", "birth_date", "population_type", "contact")
FOLLOWS = (
    "id_type", "id_no", "register_division", "register_address", "workplace", "nationality_code", "marital_code",
    "education_code", "political_code", "left_behind_type", "care_categories", "care_level", "health_code",
    "disability_type", "disability_level", "emergency_contact", "emergency_phone",
)  # fmt: skip
_SYLLABLE = re.compile(r"[^\s'’\-\u00b7]+")


def age_on(birth_date: str, day: date) -> int:
    """Whole years lived on a day."""
    born = date.fromisoformat(birth_date)
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def has_left(values: Values) -> bool:
    """Whether a person lives here no more: moved away, or dead."""
    return values.get("living_state") in LEFT


def _has_no_home(values: Values) -> bool:
    return has_left(values) or values.get("living_state") == AWAITED


def is_nameless(values: Values, day: date) -> bool:
    """Whether a person is so young that a public board may not name her."""
    birth = values.get("birth_date")
    return bool(birth) and age_on(str(birth), day) < _ADULT_AGE


def _derive(values: Values, _today: date) -> Mapping[str, Value]:
    """Birth date and sex follow a valid ID number where they were left empty."""
    number = str(values.get("id_no") or "")
    if not number or id_number_problem(number) or values.get("id_type") not in (None, RESIDENT_ID):
        return {}
    derived: dict[str, Value] = {"id_type": RESIDENT_ID}
    born = birth_date_of(number)
    if born and not values.get("birth_date"):
        derived["birth_date"] = born.isoformat()
    if not values.get("sex_code"):
        derived["sex_code"] = sex_of(number)
    return derived


def _check(values: Values, context: CheckContext) -> Iterable[Problem]:
    yield from _check_birth(values, context)
    number = str(values.get("id_no") or "")
    if number and not id_number_problem(number):
        yield from _check_against_number(values, number)
        if context.profile is not Profile.WIRE:
            yield from _check_region(values, number)
    if context.profile is SUBMIT:
        yield from _check_reading(values)
        yield from _check_care(values, context)
        yield from _check_guardian(values, context)


def _check_reading(values: Values) -> Iterable[Problem]:
    # A warning: the name may be changed by somebody else, and a reading too many only finds too much.
    reading, name = str(values.get("name_reading") or ""), str(values.get("name") or "")
    characters = sum(map(is_han, name))
    if reading and characters and len(_SYLLABLE.findall(reading)) != characters:
        yield Problem(
            "name_reading", "姓名读音请一字一音，用空格隔开，与姓名字数相同，例如：shan tian fang。", Severity.WARNING
        )


def _check_birth(values: Values, context: CheckContext) -> Iterable[Problem]:
    birth = values.get("birth_date")
    if not birth:
        return
    age = age_on(str(birth), context.today)
    if age < 0:
        yield Problem("birth_date", f"出生日期 {birth} 晚于今天，请核对。")
    elif age > _OLDEST:
        yield Problem("birth_date", f"按出生日期 {birth} 已 {age} 岁，请核对年份。")


def _check_against_number(values: Values, number: str) -> Iterable[Problem]:
    born = birth_date_of(number)
    if born and values.get("birth_date") not in (None, born.isoformat()):
        yield Problem("birth_date", "出生日期与公民身份号码里的不一致，请核对。")
    if values.get("sex_code") in ("1", "2") and values.get("sex_code") != sex_of(number):
        yield Problem("sex_code", "性别与公民身份号码第 17 位不一致，请核对。")


def _check_region(values: Values, number: str) -> Iterable[Problem]:
    # A warning: who moved keeps her number, and counties were joined and renamed.
    division, born_in = str(values.get("register_division") or ""), number[:_REGION]
    if division and division != born_in:
        here, there = (_region_text(code) for code in (division, born_in))
        told = f"户籍地 {here} 与公民身份号码前六位 {there} 不同，请核对；迁过户口或区划调整过的，不用改。"
        yield Problem("register_division", told, Severity.WARNING)


def _region_text(code: str) -> str:
    name = area_name(code, shipped_names())
    return code if name == code else f"{code}（{name}）"


def _is_looked_after(values: Values) -> bool:
    # A guardian who lives elsewhere is no resident here: then somebody who can be reached stands for her.
    reachable = values.get("emergency_contact") and values.get("emergency_phone")
    return bool(values.get("guardian_person_id") or reachable or _has_no_home(values))


def _check_guardian(values: Values, context: CheckContext) -> Iterable[Problem]:
    guardian, seen = str(values.get("guardian_person_id") or ""), {context.record_id}
    while guardian and guardian not in seen:
        seen.add(guardian)
        guardian = str((context.lookup("person", guardian) or {}).get("guardian_person_id") or "")
    if guardian:
        yield Problem("guardian_person_id", "监护人之间绕成了一圈，请核对谁是监护人。")


def _check_care(values: Values, context: CheckContext) -> Iterable[Problem]:
    birth = values.get("birth_date")
    if birth and 0 <= age_on(str(birth), context.today) < MINOR_AGE and not _is_looked_after(values):
        yield Problem("guardian_person_id", "未满 14 周岁，请登记监护人；监护人不住本网格时，填紧急联系人和电话。")
    if values.get("care_level"):
        for key, label in (("emergency_contact", "紧急联系人"), ("emergency_phone", "紧急联系电话")):
            if not values.get(key):
                yield Problem(key, f"关爱对象请登记{label}。", Severity.WARNING)


LEDGER = Ledger(
    key="person",
    label="居民",
    number_prefix="JM",
    fields=(
        *base_fields(table("SOURCE")),
        Ref("household_id", "所属住户", required=SUBMIT, sensitivity=S1, to="household"),
        PersonName("name", "姓名", required=IMPORT),
        # As telling as the name itself, so masked like it.
        PersonName("name_reading", "姓名读音", max_length=100,
            help="多音字查不到时填写，如：shan tian fang。"),
        Code("sex_code", "性别", required=SUBMIT, sensitivity=S1, table=table("SEX")),
        Date("birth_date", "出生日期", sensitivity=S2),
        Code("id_type", "证件种类", sensitivity=S1, table=table("ID_TYPE")),
        IdNumber("id_no", "公民身份号码", help="填写时核对校验位。"),
        Code("population_type", "人口类型", required=SUBMIT, sensitivity=S1, table=table("POPULATION"), default="户籍"),
        Code("relation_code", "与户主关系", required=SUBMIT, sensitivity=S1, table=table("RELATION")),
        Text("register_division", "户籍地", sensitivity=S2, max_length=6, help="六位区划代码。"),
        Address("register_address", "户籍门（楼）详址", sensitivity=S2, max_length=80),
        Address("residence_address", "现住门（楼）详址", sensitivity=S2, max_length=80, help="与住户住址不同时填写。"),
        Phone("contact", "联系方式"),
        Text("workplace", "服务处所", sensitivity=S2, max_length=100),
        Code("nationality_code", "民族", sensitivity=S2, table=table("NATIONALITY")),
        Code("marital_code", "婚姻状况", sensitivity=S2, table=table("MARITAL")),
        Code("education_code", "学历", sensitivity=S1, table=table("EDUCATION")),
        Code("political_code", "政治面貌", sensitivity=S2, table=table("POLITICAL")),
        Code("left_behind_type", "留守人员类型", sensitivity=S3, table=table("LEFT_BEHIND")),
        Codes("care_categories", "关爱类别", sensitivity=S3, table=table("CARE")),
        Code("care_level", "关爱等级", sensitivity=S3, table=table("CARE_LEVEL"), help="决定多久走访一次。"),
        Code("health_code", "健康状况", sensitivity=S3, table=table("HEALTH")),
        Code("disability_type", "残疾类别", sensitivity=S3, table=table("DISABILITY_TYPE")),
        Code("disability_level", "残疾等级", sensitivity=S3, table=table("DISABILITY_LEVEL")),
        Ref("guardian_person_id", "监护人", sensitivity=S3, to="person"),
        Code("living_state", "居住状态", sensitivity=S1, table=table("LIVING_STATE"), default="在住",
            help="迁出、死亡请登记人口变动。"),
        Date("left_on", "离开日期", sensitivity=S1),
        Ref("merged_into_id", "已并入", sensitivity=S2, to="person"),
        Text("identity_id", "身份编号", sensitivity=S1, max_length=36,
            help="首次登记的编号，搬到别的网格也不变；空着就是本条的编号。"),
        PersonName("emergency_contact", "紧急联系人"),
        Phone("emergency_phone", "紧急联系电话"),
    ),
    list_columns=("name", "sex_code", "birth_date", "household_id", "relation_code", "contact",
        "population_type", "care_level", "living_state"),
    form_groups=(
        ("基本", ("name", "household_id", "relation_code", "sex_code", "birth_date", "id_type", "id_no", "contact")),
        ("户籍", ("population_type", "register_division", "register_address", "residence_address")),
        ("关爱", ("care_level", "care_categories", "health_code", "disability_type", "disability_level",
            "left_behind_type",
                  "guardian_person_id", "emergency_contact", "emergency_phone")),
        ("其他", ("living_state", "name_reading", "nationality_code", "marital_code", "education_code",
            "political_code", "workplace", "remark")),
    ),
    search=Search(names=("name",), texts=("workplace", "register_address"), numbers=("contact", "id_no",
        "birth_date", "emergency_phone"), tags=("care_categories", "left_behind_type", "disability_type",
            "living_state"),
        reading="name_reading"),
    pdf_columns=("name", "sex_code", "birth_date", "id_no", "household_id", "relation_code", "contact",
        "population_type", "remark"),
    excel_columns=(
        "household_id", "name", "relation_code", "sex_code", "birth_date", "id_no", "contact", "population_type",
        "nationality_code", "marital_code", "education_code", "political_code", "workplace", "register_address",
        "care_level", "care_categories", "emergency_contact", "emergency_phone", "remark",
    ),
    title=lambda values: str(values.get("name") or "未登记姓名"),
    check=_check,
    derive=_derive,
    sort_by=("household_id", "relation_code", "name"),
    order=20,
    excuses=lambda values: frozenset({"household_id", "relation_code"}) if _has_no_home(values) else frozenset(),
    import_help="一行一人；表里有住址就自动归户，没有的户会一起新建。",
    named_by="name",
    same_by=(("id_no",), ("household_id", "name")),
)  # fmt: skip
