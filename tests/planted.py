"""A home in which every kind of personal value stands once and is known again wherever it comes out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from gridworker.area.belonging import Post
from gridworker.area.rights import Sight
from gridworker.ledger.id_number import check_digit
from gridworker.operations.save import save
from gridworker.operations.session import Session
from gridworker.operations.transition import move

GRID = "370202001001001"
UNIT, BUILDING = "城市管理", "海棠苑/3"
ID_NUMBER = "37020219400315513" + check_digit("37020219400315513")
PHONE, NAME = "15412345678", "欧阳蘑菇"
LOOKER = "01900000-0000-7000-8000-00000000face"
"""Who looks: somebody else than who wrote it all."""
POSTS: Mapping[str, Post] = {
    "grid_worker": Post("grid_worker", GRID),
    "grid_lead": Post("grid_lead", GRID),
    "specialist": Post("specialist", GRID, unit=UNIT),
    "part_time": Post("part_time", GRID),
    "building_lead": Post("building_lead", GRID, building=BUILDING),
    "community": Post("community", GRID[:12]),
    "street": Post("street", GRID[:9]),
    "district": Post("district", GRID[:6]),
    "department": Post("department", GRID[:9], unit=UNIT),
    "auditor": Post("auditor", GRID[:12]),
}
STAFF = frozenset({"grid_worker", "grid_lead", "community"})
# Who works on which record, beside the staff: she changes it or takes a step, and sees its personal values when open.
WORKS = {
    "case": {"specialist", "department", "street", "district"}, "report": {"part_time", "building_lead"},
}  # fmt: skip
SEES = {
    **{role: {"case"} for role in ("specialist", "department")},
    "part_time": {"report"}, "building_lead": {"report", "household"},
}  # fmt: skip
"""What those see who do not see everything; `case` was sent to the unit, `report` is what she wrote herself."""


@dataclass(frozen=True)
class Planted:
    """The records by what they are called here, and the marks in them: personal and sensitive ones."""

    ids: Mapping[str, str]
    personal: Mapping[str, tuple[str, ...]]
    sensitive: Mapping[str, tuple[str, ...]]

    def sight(self, role: str, record: str) -> Sight:
        """How much of a record a role sees, as the table says it in words."""
        if role in STAFF:
            return Sight.FULL
        if record not in SEES.get(role, self.ids):
            return Sight.NOTHING
        return Sight.WORK if role in WORKS.get(record, ()) else Sight.MASKED

    def forbidden(self, role: str, *, opened: str = "") -> dict[str, str]:
        """The marks that nothing may show her, with where each stands; `opened` is the record that is open alone."""
        found = {}
        for name in self.ids:
            seen = self.sight(role, name)
            if seen is not Sight.FULL:
                found.update(dict.fromkeys(self.sensitive.get(name, ()), name))
                if not (seen is Sight.WORK and opened == name):
                    found.update(dict.fromkeys(self.personal.get(name, ()), name))
        return found

    def marks(self) -> set[str]:
        """All of them."""
        return {mark for part in (self.personal, self.sensitive) for marks in part.values() for mark in marks}


def plant(session: Session) -> Planted:
    """Fills a home that looks after GRID; whoever wrote it is not who looks."""
    ids = _people(session) | _matters(session)
    with worked_as(session, Post("part_time", GRID)):
        ids["report"] = save(session, "hazard", {
            "place": "白玉兰路66号楼6单元666", "description": "楼道堆物", "hazard_type": "消防通道",
            "responsible_person": "司马木耳", "responsible_contact": "15466660001",
        }).record.id  # fmt: skip
    return Planted(ids, _PERSONAL, _SENSITIVE)


_PERSONAL: Mapping[str, tuple[str, ...]] = {
    "person": (
        NAME,
        PHONE,
        "15487654321",
        "15499990000",
        "紫藤路77号楼7单元777",
        "1940-03-15",
        "蜂蜜加工厂15433330001",
    ),
    "rental": ("15400010001", "丁香路55号楼5单元505", "尉迟银耳"),
    "visit": ("15477778888",),
    "case": ("15455556666", "凌霄路88号楼8单元808"),
    "opinion": ("15444443333", "公孙香菇"),
    "dispute": ("15422221111", "玉簪路99号楼9单元909"),
    "report": ("白玉兰路66号楼6单元666", "司马木耳", "15466660001"),
    "movement": ("合欢路44号楼4单元404",),
}
_SENSITIVE: Mapping[str, tuple[str, ...]] = {
    "person": (ID_NUMBER, "慢性病", "每周探访", "高龄（80+）", "高龄"),
    "household": ("低保", "亲人离世"),
    "rental": ("KJ7654321",),
    "wish": ("患罕见的蓝莓病",),
    "care_visit": ("夜里服用石榴丸",),
}


def _people(session: Session) -> dict[str, str]:
    home = save(session, "household", {
        "compound_name": "海棠苑", "building_no": "3", "unit_no": "2", "room_no": "501", "tenure_code": "自住",
        "notice_given_on": "2026-01-05", "household_tags": ["低保"], "grave_event": "亲人离世",
    }).record  # fmt: skip
    person = save(session, "person", {
        "household_id": home.id, "name": NAME, "relation_code": "02", "population_type": "户籍", "sex_code": "1",
        "id_no": ID_NUMBER, "contact": "15499990000", "register_address": "紫藤路77号楼7单元777",
        "workplace": "蜂蜜加工厂15433330001", "health_code": "有慢性病", "care_level": "high",
        "care_categories": "高龄（80+）", "emergency_contact": "夏侯花生", "emergency_phone": "15487654321",
    }).record  # fmt: skip
    save(session, "person", {"contact": PHONE}, record_id=person.id)
    save(session, "household", {"head_person_id": person.id}, record_id=home.id)
    rental = save(session, "rental_house", {
        "house_address": "丁香路55号楼5单元505", "owner_name": "尉迟银耳", "owner_contact": "15400010001",
        "owner_id_type": "其他", "owner_id_no": "KJ7654321",
    }).record  # fmt: skip
    other = save(session, "person", {
        "household_id": home.id, "name": "长孙芝麻", "relation_code": "10", "population_type": "户籍", "sex_code": "2",
    }).record  # fmt: skip
    gone = {"person_id": other.id, "movement_type": "迁出", "destination": "合欢路44号楼4单元404"}
    left = save(session, "movement", gone).record
    return {"household": home.id, "person": person.id, "rental": rental.id, "movement": left.id}


def _matters(session: Session) -> dict[str, str]:
    with session.store.read() as tx:
        (home,), (person,) = tx.sql("SELECT id FROM household"), tx.sql("SELECT id FROM person WHERE name = ?", (NAME,))
    home_id, person_id = str(home[0]), str(person[0])
    visit = save(session, "visit", {"household_id": home_id, "raised_issue": "回电 15477778888"}).record
    wish = save(session, "wish", {
        "wisher_person_id": person_id, "wisher_group": "困难", "content": "收音机", "hardship_note": "患罕见的蓝莓病",
    }).record  # fmt: skip
    care = save(session, "care_visit", {
        "person_id": person_id, "care_category": "高龄（80+）", "abnormal_action": "夜里服用石榴丸", "met": False,
        "unmet_reason": "家中无人",
    }).record  # fmt: skip
    case = save(session, "case", {
        "title": "井盖破损", "description": "井盖破损，联系 15455556666", "address": "凌霄路88号楼8单元808",
        "main_type": "城市管理", "sub_type": "其他",
    }).record  # fmt: skip
    for event, args in (("report", {}), ("accept", {}), ("dispatch", {"lead_unit_id": UNIT})):
        move(session, case.id, event, args)
    opinion = save(session, "opinion", {
        "content": "路灯不亮", "reporter_name": "公孙香菇", "reporter_contact": "15444443333", "place": "海棠苑南门",
    }).record  # fmt: skip
    dispute = save(session, "dispute", {
        "title": "噪音", "place": "玉簪路99号楼9单元909", "summary": "夜间噪音", "outside_parties": "某人 15422221111",
        "dispute_type": "邻里",
    }).record  # fmt: skip
    return {
        "visit": visit.id, "wish": wish.id, "care_visit": care.id, "case": case.id, "opinion": opinion.id,
        "dispute": dispute.id,
    }  # fmt: skip


@contextmanager
def worked_as(session: Session, post: Post) -> Iterator[None]:
    """Somebody else sits at the home for a while."""
    before = session.actor
    session.actor = replace(before, id=LOOKER, posts=(post,))
    try:
        yield
    finally:
        session.actor = before
