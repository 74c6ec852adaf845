"""The figures of cases (吹哨·网格事件), and of what residents answer when they are called back."""

from __future__ import annotations

from datetime import date

from gridworker.planning.clocks import due_after
from gridworker.planning.figures_frame import COUNT, RATE, Figure, Predicate, Row, Scene
from gridworker.planning.urgency import Suspension, running_due

_CLOSED = ("closed", "archived")
_NEVER_TAKEN = ("draft", "declined")
_BY_DUE = "时限在本期内且已到期；时限取延期后的，挂账的工作日顺延；仍在挂账的不计"
_BY_ACCEPTED = "本期受理"
_DAY_NOTE = "按天比较：时限当天办结算按期；没有办结日期的（导入的旧记录）不算按期。"


def due_of(row: Row, scene: Scene) -> date | None:
    """The day a case was to be closed by, with the time it was suspended put behind it."""
    due = row.day("extended_due_at") or row.day("due_at")
    since, until = row.day("suspended_from"), row.day("suspended_to")
    # Whoever resumed a case here moved its deadline then and wrote down by how many days; one from elsewhere did not.
    if due is None or since is None or until is None or row.number("suspended_days"):
        return due
    return running_due(due, [Suspension(since, until)], scene.today, calendar=scene.calendar).day


def closed_on(row: Row) -> date | None:
    """The day a case was closed; None where it was opened again since."""
    return row.day("closed_at") if row.status in _CLOSED else None


def _taken(row: Row) -> bool:
    return row.status not in _NEVER_TAKEN and row.day("accepted_at") is not None


def _suspended(row: Row) -> bool:
    return row.status == "suspended" or (row.day("suspended_from") is not None and not row.values.get("suspended_to"))


def _due(row: Row, scene: Scene) -> bool:
    if row.status in _NEVER_TAKEN or (_suspended(row) and closed_on(row) is None):
        return False
    due = due_of(row, scene)
    return due is not None and due in scene.period and due <= scene.today


def _accepted(row: Row, scene: Scene) -> bool:
    return _taken(row) and row.day("accepted_at") in scene.period


def _closed(row: Row, scene: Scene) -> bool:
    # An old record may come in closed without its day: it is closed, and nobody can say that it was in time.
    day = closed_on(row)
    return row.status in _CLOSED and (day is None or day <= scene.today)


def _closed_in_time(row: Row, scene: Scene) -> bool:
    day, due = closed_on(row), due_of(row, scene)
    return day is not None and due is not None and day <= min(due, scene.today)


def _due_and(more: Predicate) -> Predicate:
    return lambda row, scene: _due(row, scene) and more(row, scene)


def _counted(key: str) -> Predicate:
    return lambda row, _scene: row.number(key) > 0


def _disposed(row: Row, _scene: Scene) -> bool:
    # A case that came back for rework was disposed once, though its moment was cleared.
    return row.day("disposed_at") is not None or row.number("rework_count") > 0


def _dispatched(row: Row, _scene: Scene) -> bool:
    return bool(row.day("dispatched_at") or row.values.get("lead_unit_id")) or row.number("return_count") > 0


def _at_grid(row: Row, _scene: Scene) -> bool:
    return row.number("escalation_level") == 0


def _came_back(row: Row, scene: Scene) -> bool:
    closed = closed_on(row)
    if closed is None:
        return False
    last = due_after("recurrence", closed, calendar=scene.calendar).day
    later = scene.rows.referring("case", "parent_case_code", row.values.get("case_code") or row.id)
    days = (one.day("reported_at") for one in later if one.status not in _NEVER_TAKEN)
    return any(day is not None and closed <= day <= last for day in days)


def _open_at_end(row: Row, scene: Scene) -> bool:
    reported, closed = row.day("reported_at"), closed_on(row)
    if row.status in _NEVER_TAKEN or reported is None or reported > scene.as_of:
        return False
    if closed is None:
        return row.status not in _CLOSED
    return closed > scene.as_of


def answered(key: str) -> Predicate:
    """Whether a resident who was called back said how satisfied she is."""
    return lambda row, scene: str(row.values.get(key) or "") in scene.rules.valid


def satisfied(key: str) -> Predicate:
    """Whether what she said counts as satisfied, by the customer's rules."""
    return lambda row, scene: str(row.values.get(key) or "") in scene.rules.satisfied


def unrated(key: str) -> Predicate:
    """Whether she was called back and rated nothing: 0 未评价."""
    return lambda row, _scene: str(row.values.get(key) or "") == "0"


def _told_whether_solved(row: Row, _scene: Scene) -> bool:
    return row.flag("resolved") is not None


def _solved(row: Row, _scene: Scene) -> bool:
    return row.flag("resolved") is True


def _satisfaction(key: str, label: str, field: str) -> Figure:
    return Figure(
        key, label, ("case",), RATE, f"{_BY_DUE}；有有效回访的",
        denominator=_due_and(answered(field)), numerator=satisfied(field),
        note="未评价不计入；哪几档算满意由社区规定。",
        beside=(("有效回访", _due_and(answered(field))), ("未评价", _due_and(unrated(field)))),
    )  # fmt: skip


CASE_FIGURES = (
    Figure("closure_rate", "办结率", ("case",), RATE, _BY_ACCEPTED, denominator=_accepted, numerator=_closed,
           note="截至今天已办结的 ÷ 本期受理的。"),
    Figure("settlement_rate", "结案率", ("case",), RATE, _BY_DUE, denominator=_due, numerator=_closed,
           note="已办结的 ÷ 应办结的（扣除挂账）。"),
    Figure("on_time_closure_rate", "按期办结率", ("case",), RATE, _BY_DUE, denominator=_due,
           numerator=_closed_in_time, note=_DAY_NOTE),
    _satisfaction("satisfaction_rate", "满意率", "satisfaction"),
    _satisfaction("service_satisfaction_rate", "服务满意率", "service_satisfaction"),
    Figure("resolution_rate", "解决率", ("case",), RATE, f"{_BY_DUE}；回访问到是否解决的",
           denominator=_due_and(_told_whether_solved), numerator=_solved,
           beside=(("有效回访", _due_and(_told_whether_solved)),)),
    Figure("rework_rate", "返工率", ("case",), RATE, f"{_BY_DUE}；已处置过的", denominator=_due_and(_disposed),
           numerator=_counted("rework_count")),
    Figure("extension_rate", "延期率", ("case",), RATE, f"{_BY_DUE}；已受理的",
           denominator=_due_and(lambda row, _scene: _taken(row)), numerator=_counted("extension_no")),
    Figure("return_rate", "退回率", ("case",), RATE, f"{_BY_DUE}；已派遣过的", denominator=_due_and(_dispatched),
           numerator=_counted("return_count")),
    Figure("grid_closure_rate", "网格内解决率", ("case",), RATE, f"{_BY_DUE}；已办结的",
           denominator=_due_and(_closed), numerator=_at_grid, note="没有离开网格（0 级）办结的。"),
    Figure("recurrence_rate", "回流率", ("case",), RATE, f"{_BY_DUE}；已办结的", denominator=_due_and(_closed),
           numerator=_came_back, note="办结后在回流时限内又作为原案件被上报的。"),
    Figure("backlog", "积压", ("case",), COUNT, "期末（本期未结束时为今天）已上报、未办结的", denominator=_open_at_end,
           numerator=_open_at_end, yearly=True,
           note="按现有记录推算；办结后又重办的，按现在未办结计；已办结而没有办结日期的不计。"),
)  # fmt: skip
