"""The visit ledger of a month (走访台账) as offices keep it: one line for each visit, in the order of time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gridworker.reports.heading import Column
from gridworker.reports.layouts.context import LayoutContext
from gridworker.reports.sheet import Sheet

_SITUATION = "走访情况"
_COLUMNS = (
    Column("number", "序号", 29, "center"),
    Column("visited_at", "走访时间", 60, "center"),
    Column("household_id", "走访户（住址）", 98),
    Column("interviewee_id", "受访人", 45, "center"),
    Column("visit_mode", "走访方式", 34, "center"),
    Column("visit_purpose", "走访目的", 52, "center"),
    Column("met", "是否见面", 44, "center"),
    Column("change_note", "家庭变化", 84, "left", _SITUATION),
    Column("raised_issue", "反映问题", 102, "left", _SITUATION),
    Column("hazard_found", "发现隐患", 34, "center"),
    Column("outcome", "处理结果", 44, "center"),
    Column("satisfaction", "满意度", 43, "center"),
    Column("visitor_ids", "走访人", 45, "center"),
    Column("remark", "备注", 52),
)


def visit_layout(rows: Sequence[Mapping[str, str]], context: LayoutContext) -> Sheet:
    """The month's visits; a month without any says so on a proper sheet."""
    texts = tuple(_texts(number, row) for number, row in enumerate(rows, 1))
    return replace(context, empty_text="本月无走访记录").sheet(_COLUMNS, texts)


def _texts(number: int, row: Mapping[str, str]) -> tuple[str, ...]:
    reason = row.get("unmet_reason", "").strip()
    met = row.get("met", "").strip()
    shown = {**row, "number": str(number), "met": f"{met}（{reason}）" if reason else met}
    return tuple(shown.get(column.key, "").strip() for column in _COLUMNS)
