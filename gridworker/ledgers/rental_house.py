"""出租房: one rented dwelling, who owns it and who lives in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from gridworker.ledger.base_fields import base_fields
from gridworker.ledger.borrow import Borrow
from gridworker.ledger.code_fields import Code, Ref
from gridworker.ledger.code_tables import table
from gridworker.ledger.facts import Problem, Profile, Sensitivity, Value, Values
from gridworker.ledger.field import Address, PersonName, Text
from gridworker.ledger.id_number import id_number_problem
from gridworker.ledger.ledger import CheckContext, Ledger, Search
from gridworker.ledger.number_fields import Number
from gridworker.ledger.number_ids import CertificateNumber, Phone

S1, S2, S3 = Sensitivity.INTERNAL, Sensitivity.PERSONAL, Sensitivity.SENSITIVE
SUBMIT, IMPORT = Profile.SUBMIT, Profile.IMPORT
RESIDENT_ID = "111"


def _derive(values: Values, _today: date) -> Mapping[str, Value]:
    """A house nobody numbered yet goes by the number of its record; a resident's ID number says its own kind."""
    derived: dict[str, Value] = {}
    if not values.get("house_code") and values.get("record_no"):
        derived["house_code"] = values["record_no"]
    number = str(values.get("owner_id_no") or "")
    if number and not values.get("owner_id_type") and not id_number_problem(number):
        derived["owner_id_type"] = RESIDENT_ID
    return derived


def _check(values: Values, _context: CheckContext) -> Iterable[Problem]:
    number = str(values.get("owner_id_no") or "")
    if number and values.get("owner_id_type") == RESIDENT_ID:
        wrong = id_number_problem(number)
        if wrong:
            yield Problem("owner_id_no", f"房主证件是身份证，但号码不对：{wrong}")


LEDGER = Ledger(
    key="rental_house",
    label="出租房",
    number_prefix="CZ",
    fields=(
        *base_fields(table("SOURCE")),
        Ref("household_id", "所在住户", sensitivity=S1, to="household", help="选定后自动填写编号和地址。"),
        Text("house_code", "房屋编号", required=SUBMIT, sensitivity=S1, max_length=50, help="空着时自动编号。"),
        Address("house_address", "房屋地址", required=IMPORT, sensitivity=S2, max_length=200),
        Code("building_use", "建筑用途", sensitivity=S1, table=table("BUILDING_USE"), default="住宅"),
        Number("floor_area", "建筑面积", sensitivity=S1, unit="㎡"),
        PersonName("owner_name", "房主姓名", required=IMPORT),
        Code("owner_id_type", "房主证件类型", sensitivity=S3, table=table("ID_TYPE")),
        CertificateNumber("owner_id_no", "房主证件号码", help="选填。"),
        Phone("owner_contact", "房主联系方式"),
        Address("owner_address", "房主现居详址", sensitivity=S2, max_length=200),
        Code("hazard_type", "隐患类型", sensitivity=S1, table=table("HAZARD"), help="没有隐患时空着。"),
        PersonName("tenant_name", "承租人姓名"),
        Phone("tenant_contact", "承租人联系方式"),
    ),
    list_columns=("house_address", "owner_name", "owner_contact", "tenant_name", "tenant_contact", "hazard_type"),
    form_groups=(
        ("房屋", ("household_id", "house_address", "building_use", "floor_area", "hazard_type")),
        ("承租人", ("tenant_name", "tenant_contact")),
        ("房主", ("owner_name", "owner_contact", "owner_address", "owner_id_type", "owner_id_no")),
        ("其他", ("house_code", "source_channel", "remark")),
    ),
    search=Search(names=("tenant_name", "owner_name"), texts=("house_address", "owner_address"), numbers=("house_code",
        "tenant_contact", "owner_contact", "owner_id_no")),
    pdf_columns=("house_code", "house_address", "building_use", "floor_area", "owner_name", "owner_contact",
        "tenant_name", "tenant_contact", "hazard_type", "remark"),
    excel_columns=(
        "house_code", "household_id", "house_address", "building_use", "floor_area", "owner_name", "owner_id_type",
        "owner_id_no", "owner_contact", "owner_address", "tenant_name", "tenant_contact", "hazard_type", "remark",
    ),
    title=lambda values: str(values.get("house_address") or values.get("house_code") or "出租房"),
    check=_check,
    derive=_derive,
    sort_by=("household_id", "house_address"),
    order=25,
    named_by="house_address",
    same_by=(("house_code",), ("house_address",)),
    borrows=(
        Borrow("house_address", "household_id", lambda _values, home: home.title),
        Borrow("house_code", "household_id", lambda _values, home: home.values.get("household_no")),
    ),
)  # fmt: skip
