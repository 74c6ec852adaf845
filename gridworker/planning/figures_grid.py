"""The figures of the grid's own work: homes entered, people cared for, hazards, disputes, wishes, opinions."""

from __future__ import annotations

from datetime import date

from gridworker.planning.figures_case import answered, satisfied, unrated
from gridworker.planning.figures_frame import RATE, Figure, Row, Scene

_NOT_TAKEN = ("registered", "draft", "declined")
# What was claimed and came to nothing was claimed all the same, until it is offered anew.
_CLAIMED = ("claimed", "contacted", "unfulfilled", "fulfilled", "visited_back", "published")
_FULFILLED = ("fulfilled", "visited_back", "published")
_HAZARD_DUE = "整改时限在本期内且已到期"
_DISPUTE_DUE = "化解时限（取延期后的）在本期内且已到期；已受理的"
_OPINION_DUE = "答复时限在本期内且已到期；有有效回访的"
_WISH_CALLED = "本期回访；有有效回访的"


def _arrived(day: date | None, scene: Scene) -> bool:
    return day is not None and day in scene.period and day <= scene.today


def _met_in(visit: Row, scene: Scene) -> bool:
    return visit.flag("met") is True and visit.day("visited_at") in scene.period


def _lived_in(home: Row, scene: Scene) -> bool:
    return home.values.get("tenure_code") not in scene.rules.uncounted_tenures


def _entered(home: Row, scene: Scene) -> bool:
    return any(_met_in(visit, scene) for visit in scene.rows.referring("visit", "household_id", home.id))


def _in_care(person: Row, scene: Scene) -> bool:
    return bool(person.values.get("care_level")) and person.values.get("living_state") not in scene.rules.gone


def _contacted(person: Row, scene: Scene) -> bool:
    cared = scene.rows.referring("care_visit", "person_id", person.id)
    # A care visit at which nobody was met says so where its form asks; where it does not ask, it was a contact.
    if any(one.day("visited_at") in scene.period and one.flag("met") is not False for one in cared):
        return True
    return any(_met_in(visit, scene) for visit in scene.rows.referring("visit", "interviewee_id", person.id))


def _hazard_due(hazard: Row, scene: Scene) -> bool:
    return _arrived(hazard.day("due_on"), scene)


def _written_off_on(hazard: Row) -> date | None:
    return hazard.day("closed_on") if hazard.status == "closed" else None


def _written_off(hazard: Row, scene: Scene) -> bool:
    # An old record may come in written off without its day: it is, and nobody can say that it was in time.
    day = _written_off_on(hazard)
    return hazard.status == "closed" and (day is None or day <= scene.today)


def _written_off_in_time(hazard: Row, scene: Scene) -> bool:
    day, due = _written_off_on(hazard), hazard.day("due_on")
    return day is not None and due is not None and day <= min(due, scene.today)


def _dispute_due(dispute: Row, scene: Scene) -> bool:
    due = dispute.day("extended_due_on") or dispute.day("due_on")
    return dispute.status not in _NOT_TAKEN and _arrived(due, scene)


def _settled(dispute: Row, _scene: Scene) -> bool:
    return dispute.values.get("resolved") == "成功"


def _wish_approved(wish: Row, scene: Scene) -> bool:
    return wish.status in ("approved", *_CLAIMED) and wish.day("collected_on") in scene.period


def _wish_claimed(wish: Row, _scene: Scene) -> bool:
    return wish.status in _CLAIMED


def _wish_promised(wish: Row, scene: Scene) -> bool:
    return wish.status in _CLAIMED and _arrived(wish.day("promise_due_on"), scene)


def _wish_fulfilled(wish: Row, _scene: Scene) -> bool:
    return wish.status in _FULFILLED


def _wish_answered(wish: Row, scene: Scene) -> bool:
    return wish.day("follow_up_on") in scene.period and answered("satisfaction")(wish, scene)


def _wish_unrated(wish: Row, scene: Scene) -> bool:
    return wish.day("follow_up_on") in scene.period and unrated("satisfaction")(wish, scene)


def _opinion_answered(opinion: Row, scene: Scene) -> bool:
    return _arrived(opinion.day("due_at"), scene) and answered("satisfaction")(opinion, scene)


def _opinion_unrated(opinion: Row, scene: Scene) -> bool:
    return _arrived(opinion.day("due_at"), scene) and unrated("satisfaction")(opinion, scene)


GRID_FIGURES = (
    Figure("visit_coverage_rate", "入户率", ("household", "visit"), RATE, "网格内现有住户，空置的不计",
           denominator=_lived_in, numerator=_entered, note="本期内见到人的户，一户只计一次。"),
    Figure("care_visit_rate", "探访率", ("person", "care_visit", "visit"), RATE, "现有关爱对象，迁出和去世的不计",
           denominator=_in_care, numerator=_contacted, note="本期内有一次探访，或走访时见到本人。"),
    Figure("rectification_rate", "隐患整改率", ("hazard",), RATE, _HAZARD_DUE, denominator=_hazard_due,
           numerator=_written_off, note="没有整改时限的（当场整改）不计入。"),
    Figure("on_time_rectification_rate", "按期整改率", ("hazard",), RATE, _HAZARD_DUE, denominator=_hazard_due,
           numerator=_written_off_in_time, note="销号日期不晚于整改时限；没有销号日期的（导入的旧记录）不算按期。"),
    Figure("dispute_resolution_rate", "化解率", ("dispute",), RATE, _DISPUTE_DUE, denominator=_dispute_due,
           numerator=_settled, note="化解结果为成功的。"),
    Figure("wish_fulfilment_rate", "微心愿实现率", ("wish",), RATE, "承诺完成日期在本期内且已到期；已认领的",
           denominator=_wish_promised, numerator=_wish_fulfilled),
    Figure("wish_claim_rate", "微心愿认领率", ("wish",), RATE, "本期征集；审核通过的", denominator=_wish_approved,
           numerator=_wish_claimed),
    Figure("wish_satisfaction_rate", "微心愿满意率", ("wish",), RATE, _WISH_CALLED, denominator=_wish_answered,
           numerator=satisfied("satisfaction"), note="未评价不计入。",
           beside=(("有效回访", _wish_answered), ("未评价", _wish_unrated))),
    Figure("opinion_satisfaction_rate", "意见建议满意率", ("opinion",), RATE, _OPINION_DUE,
           denominator=_opinion_answered, numerator=satisfied("satisfaction"), note="未评价不计入。",
           beside=(("有效回访", _opinion_answered), ("未评价", _opinion_unrated))),
)  # fmt: skip
