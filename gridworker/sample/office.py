"""What the sample community has in hand: what residents say, disputes, deliberations, admissions, activities."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from gridworker.identity import derived_id
from gridworker.ledger.facts import Value
from gridworker.ledgers.household import household_title
from gridworker.sample import names
from gridworker.sample.community import Family, sample_id
from gridworker.sample.matters import ACTIVITIES, ADMISSIONS, DISPUTES, FITTING, OPINIONS, TOPICS
from gridworker.sample.story import (
    COMMUNITY,
    LEAD,
    STREET,
    WORKER,
    Step,
    Story,
    at,
    days_before,
    earlier,
    later,
    until,
    work_on,
)

_Args = Mapping[str, Value]
# One of so many households brings up a matter of its kind in a year.
_OPINION_SHARE, _DISPUTE_SHARE = 9, 13
# How satisfied residents said to be, when they were called back: most are, not all.
SATISFACTION = "555555554444444443210"


@dataclass
class Office:
    """Makes the matters of a year; an opinion may become a topic, and `whistled` are the opinions that become cases."""

    rng: random.Random
    families: list[Family]
    on: date
    whistled: list[Story] = field(default_factory=list)
    """What residents said that was too much for the grid, as they begin."""
    tabled: list[Story] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lived_in = [family for family in self.families if family.people]

    def stories(self) -> list[Story]:
        """All of them, as far as they came by the day."""
        made = [*self.opinions(), *self.disputes(), *self.deliberations(), *self.admissions(), *self.activities()]
        return [until(story, self.on) for story in made]

    # ---- what residents say

    def opinions(self) -> Iterator[Story]:
        """Answered on the spot, handled, passed on or declined; the last few are still under way."""
        count = max(len(_OPEN_OPINIONS) + 1, len(self._lived_in) // _OPINION_SHARE) if self._lived_in else 0
        days = list(days_before(self.rng, self.on, count - len(_OPEN_OPINIONS), least=12)) if count else []
        for day in days:
            yield self._opinion(day, self._answered(work_on(day)))
        for back, tell in _OPEN_OPINIONS if count else ():
            day = earlier(self.on, back)
            yield self._opinion(day, tell(self, day))

    def _opinion(self, day: date, moves: list[Step]) -> Story:
        family = self.rng.choice(self._lived_in)
        person = self.rng.choice(family.people)[1]
        kind, category, content, reply = self.rng.choice(FITTING.get(moves[-1].event if moves else "", OPINIONS))
        place = household_title({**family.household, "unit_no": None, "room_no": None})
        told: list[Step] = [
            step._replace(args={**step.args, "reply": reply}) if step.event in ("answer", "reply") else step
            for step in moves
        ]
        values: dict[str, Value] = {
            "reported_at": at(day, 9, 30), "reporter_name": person["name"], "reporter_contact": person.get("contact"),
            "opinion_type": kind, "category_code": category, "content": content.format(place=place),
            "place": place, "early_sign": False, "handler_id": WORKER,
            "source_channel": self.rng.choice(("走访", "电话", "微信群", "心愿箱")),
            "due_at": at(later(day, 3), 23, 59), "household_id": family.household_id,
        }  # fmt: skip
        record_id = sample_id(self.rng)
        story = Story("opinion", day, values, tuple(told), record_id)
        for event, kept, link, other in (
            ("whistle", self.whistled, "case_id", "case"), ("to_topic", self.tabled, "deliberation_id", "deliberation")
        ):  # fmt: skip
            if any(step.event == event for step in told):
                values[link] = derived_id(record_id, other)
                kept.append(story)
        return story

    def _answered(self, day: date) -> list[Step]:
        said = self.rng.choice(SATISFACTION)
        # One in six answers is late: a month in which all is in time is not believed.
        done = later(day, 5 if self.rng.random() < 0.16 else self.rng.randrange(3))  # noqa: PLR2004 - a share
        if self.rng.random() < 0.45:  # noqa: PLR2004 - what can be answered on the spot
            steps = [Step(day, "answer", {})]
        else:
            steps = [Step(day, "handle", {"handler_id": WORKER, "due_at": at(later(day, 3), 23, 59)}),
                     Step(done, "reply", {}, hour=16)]  # fmt: skip
        if said in "12":
            again = later(done, 2)
            steps += [Step(again, "reopen", {"satisfaction": said, "reason": "居民说只解决了一半。"}),
                      Step(later(again, 2), "reply", {})]  # fmt: skip
            said, done = "3", later(again, 2)
        return [*steps, Step(later(done, 2), "close", {"satisfaction": said}, hour=17)]

    # ---- disputes

    def disputes(self) -> Iterator[Story]:
        """Mediated and archived, most of them; some failed, some are under way."""
        if not self._lived_in:
            return
        for day in days_before(self.rng, self.on, len(self._lived_in) // _DISPUTE_SHARE + 1, least=75, most=340):
            yield self._dispute(day, "archive")
        for back, last in _OPEN_DISPUTES:
            yield self._dispute(earlier(self.on, back), last)

    def _dispute(self, day: date, last: str) -> Story:
        one, other = self.rng.choice(self._lived_in), self.rng.choice(self._lived_in)
        title, kind, summary, settled = self.rng.choice(DISPUTES)
        parties = list(dict.fromkeys((one.people[0][0], other.people[0][0])))
        values: dict[str, Value] = {
            "title": title, "occurred_on": day.isoformat(), "place": household_title(one.household),
            "scale_code": "01", "dispute_type": kind, "people_count": len(parties), "summary": summary,
            "party_ids": list(parties), "intake": "主动", "source_channel": "走访",
        }  # fmt: skip
        return Story("dispute", day, values, tuple(self._mediated(work_on(day), settled, last)) if last else ())

    def _mediated(self, day: date, settled: str, last: str) -> Iterator[Step]:
        rng, begun = self.rng, later(day, self.rng.randrange(1, 4))
        # Now and then it takes longer than the month it is given.
        done = begun + timedelta(days=rng.randrange(3, 33))
        mediator: _Args = {
            "intake": "主动", "resolve_org": "社区人民调解委员会",
            "mediator_name": names.full_name(rng, names.surname(rng), "2"), "mediator_contact": names.phone(rng),
        }  # fmt: skip
        ending: _Args = {"resolve_method": "人民调解", "resolve_note": settled, "resolved_on": done.isoformat()}
        failed = rng.random() < 0.14  # noqa: PLR2004 - share that no agreement ends
        written: _Args = {**ending, "agreement_no": f"调字〔{done.year}〕{rng.randrange(10, 99)} 号"}
        told: _Args = {**ending, "resolve_note": "双方差距大，没有谈拢。", "referral_note": "已告知可以向法院起诉。"}
        steps = [
            Step(day, "accept", mediator, COMMUNITY),
            Step(begun, "mediate", {"resolve_method": "人民调解"}, COMMUNITY),
            Step(done, "fail", told, COMMUNITY) if failed and last == "archive" else
            Step(done, "agree_in_writing", written, COMMUNITY) if rng.random() < 0.5 else  # noqa: PLR2004 - half of them
            Step(done, "agree_orally", ending, COMMUNITY),
            Step(done + timedelta(days=5), "perform", {"performed": "已履行"}, WORKER),
            Step(done + timedelta(days=12), "follow_up", {"follow_up_note": "双方没有新的矛盾。"}, WORKER),
            Step(done + timedelta(days=20), "archive", {"appraisal_note": "材料齐全。"}, LEAD),
        ]  # fmt: skip
        for step in steps:
            if step.event != "perform" or not (failed and last == "archive"):
                yield step
            if step.event == last or (last == "agree" and step.event.startswith("agree")):
                return

    # ---- deliberations

    def deliberations(self) -> Iterator[Story]:
        """Topics of the year, one of each still at an earlier step, and those that residents' words became."""
        for number, day in enumerate(days_before(self.rng, self.on, len(TOPICS), least=9, most=300)):
            topic, decision = TOPICS[number]
            last = _TOPIC_STATES[number]
            yield Story("deliberation", day, {
                "meeting_type": "协商", "topic": topic, "topic_source": self.rng.choice(("居民", "走访")),
                "source_channel": "议事会",
            }, tuple(self._discussed(work_on(day), decision, last)), sample_id(self.rng))  # fmt: skip
        for opinion in self.tabled:
            yield Story("deliberation", opinion.began_on, {
                "meeting_type": "协商", "topic": str(opinion.values["content"])[:30], "topic_source": "居民",
                "discussion": opinion.values["content"], "source_channel": "议事会", "opinion_id": opinion.record_id,
            }, (), str(opinion.values["deliberation_id"]))  # fmt: skip

    def _discussed(self, day: date, decision: str, last: str) -> Iterator[Step]:
        rng, held = self.rng, later(day, 4)
        present = rng.randrange(12, 26)
        against, abstained = rng.randrange(3), rng.randrange(3)
        minutes: _Args = {
            "attendee_counts": f"社区居委会:2、物业企业:1、居民代表:{present}、网格员:1、党员:3",
            "discussion": "各方说了各自的难处，逐条记录，现场看了位置。", "decision": decision,
        }  # fmt: skip
        votes: _Args = {"votes_for": present - against - abstained, "votes_against": against,
                        "votes_abstain": abstained}  # fmt: skip
        # What is still being built is not late yet.
        due = (self.on if last == "form_project" else held) + timedelta(days=30)
        project: _Args = {**minutes, **votes, "owner_id": COMMUNITY, "due_on": due.isoformat()}
        meeting: _Args = {"meeting_type": "协商", "held_at": at(held, 19), "place": "社区议事厅", "chair_id": COMMUNITY}
        steps = [
            Step(later(day, 1), "screen", {}, LEAD) if last != "reject" else
            Step(later(day, 1), "reject", {"reason": "属于住户之间的事，请当事人先协商。"}, LEAD),
            Step(held, "discuss", meeting, COMMUNITY, 18),
            Step(held, "drop", {**minutes, "published_on": held.isoformat()}, COMMUNITY, 20) if last == "drop" else
            Step(held, "form_project", project, COMMUNITY, 20),
            Step(due, "evaluate", {"progress": "已完工，楼长每周看一次。", "published_on": due.isoformat(),
                "effect_score": rng.choice("544")}, COMMUNITY),
        ]  # fmt: skip
        for step in steps:
            yield step
            if step.event == last:
                return

    # ---- what departments bring in, and what the community held

    def admissions(self) -> Iterator[Story]:
        """What departments asked to have done in the community; the last is not decided yet."""
        for number, (item, unit, basis, last) in enumerate(ADMISSIONS):
            day = earlier(self.on, 7 if not last else 40 * (len(ADMISSIONS) - number))
            start, end = later(day, 32), later(day, 32) + timedelta(days=365)
            span: _Args = {"valid_from": start.isoformat(), "valid_to": end.isoformat()}
            decided = later(day, 11)
            moves = [Step(decided, "refuse", {"refusal_reason": "表格内容上级已有数据，不再要求居民填写。"}, STREET)]
            if last in ("approve", "start"):
                moves = [Step(decided, "approve", span, STREET), Step(start, "start", {}, COMMUNITY)]
            values: dict[str, Value] = {
                "item": item, "applicant_dept": unit, "applied_on": day.isoformat(), "legal_basis": basis,
                "funding": f"{self.rng.randrange(2, 9) * 1000}.00", "source_channel": "上级交办",
                "decide_by": later(day, 15).isoformat(), **span,
            }  # fmt: skip
            yield Story("admission", day, values, tuple(moves) if last else ())

    def activities(self) -> Iterator[Story]:
        """About two a month."""
        for number, day in enumerate(days_before(self.rng, self.on, 2 * 11)):
            title, kind, topic, partner = ACTIVITIES[number % len(ACTIVITIES)]
            yield Story("activity", day, {
                "title": title, "activity_type": kind, "held_on": day.isoformat(),
                "place": self.rng.choice(("小区中心广场", "社区党群服务中心", "三号楼前空地")),
                "people_count": self.rng.randrange(18, 95), "organiser": "社区居民委员会", "partner": partner,
                "topics": [topic], "source_channel": "上级交办",
            }, hour=17)  # fmt: skip


def _waiting(_office: Office, _day: date) -> list[Step]:
    return []


def _being_handled(_office: Office, day: date) -> list[Step]:
    return [Step(day, "handle", {"handler_id": WORKER, "due_at": at(later(day, 3), 23, 59)})]


def _replied(office: Office, day: date) -> list[Step]:
    return [*_being_handled(office, day), Step(later(day, 1), "reply", {})]


def _whistled(_office: Office, day: date) -> list[Step]:
    return [Step(day, "whistle", {})]


def _tabled(_office: Office, day: date) -> list[Step]:
    return [Step(day, "to_topic", {})]


def _declined(_office: Office, day: date) -> list[Step]:
    return [Step(day, "decline", {"reason": "属于住户自家装修选择，已向反映人说明。"})]


# How many working days ago the last ones came, and how far each has come.
_OPEN_OPINIONS = (
    (8, _declined), (7, _being_handled), (6, _whistled), (5, _tabled), (4, _replied), (3, _being_handled),
    (2, _waiting), (1, _waiting),
)  # fmt: skip
# How many working days ago the last ones arose, and how far each came at most.
_OPEN_DISPUTES = (
    (48, "follow_up"), (44, "perform"), (40, "agree"), (23, "mediate"), (12, "mediate"), (5, "accept"), (2, "")
)  # fmt: skip
_TOPIC_STATES = ("evaluate", "drop", "evaluate", "form_project", "discuss", "screen", "reject")
