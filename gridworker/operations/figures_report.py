"""月报 and 季报: what each ledger holds of a period, the figures, and what is overdue; on paper or as a workbook.

No resident is named in it: what is overdue stands there by its number and its place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from gridworker.errors import KnownError
from gridworker.exchange.plain_tables import Cell, PlainTable, write_tables
from gridworker.ledgers.household import household_title
from gridworker.ledgers.registry import all_ledgers, find_ledger
from gridworker.operations import figures_rows, plan
from gridworker.operations.figures import AreaFigures, Report, figures, name_of, reach_of, read_area, widest_area
from gridworker.operations.plan import DueKey
from gridworker.operations.rights import may_here
from gridworker.operations.session import Session
from gridworker.planning.figures import LAST_YEAR
from gridworker.planning.figures_frame import RATE, Figure, Period
from gridworker.planning.figures_tally import Tally
from gridworker.reports import preview, worker
from gridworker.reports.layouts.context import LayoutContext
from gridworker.reports.layouts.default import default_layout
from gridworker.reports.sheet import PrintReport, Sheet

Progress = Callable[[int, int, str], None]
Stop = Callable[[], bool]
_KINDS = ((31, "月报"), (92, "季报"), (366, "年报"))
_CALLED, _UNRATED = "有效回访", "未评价"
_FIELDS = (
    ("section", "部分"), ("item", "项目"), ("part", "分子"), ("whole", "分母"), ("shown", "结果"),
    ("called", _CALLED), ("beside", "说明"),
)  # fmt: skip
_SECTION = "section"


@dataclass(frozen=True)
class LedgerCount:
    """How many records of a ledger fall in the period; of ledgers without dates, how many there are now."""

    ledger: str
    label: str
    count: int
    dated: bool


@dataclass(frozen=True)
class Overdue:
    """Something that should have been done: what, its number, where, and how late."""

    what: str
    number: str
    place: str
    due_on: date
    days_late: int


@dataclass(frozen=True)
class PeriodReport:
    """All that a month's report says."""

    title: str
    figures: Report
    counts: tuple[LedgerCount, ...]
    overdue: tuple[Overdue, ...]
    """As of `on`, whatever the period."""
    on: date


@dataclass(frozen=True)
class Rendered:
    """A report laid out as PDF in memory."""

    report: PeriodReport
    data: bytes
    page_size: tuple[float, float]


def report(
    session: Session, period: Period, *, level: str = "", area: str = "", on: date | None = None
) -> PeriodReport:
    """The report of an area, by default the widest of hers that holds her own grid."""
    today, inside = on or session.today(), read_area(session, area) or widest_area(session)
    found = figures(session, period, level=level, area=inside, on=today)
    return PeriodReport(
        f"{name_of(session, inside)}工作{_kind(period)}", found, _counts(session, period, inside),
        _overdue(session, inside, today), today,
    )  # fmt: skip


def save_workbook(session: Session, made: PeriodReport, path: Path) -> None:
    """Writes it as `.xlsx` and leaves a trace."""
    if path.suffix.lower() != ".xlsx":
        raise KnownError("数据报表只能存为 .xlsx。", safe="没有写文件。", action="请把文件名的结尾改成 .xlsx。")
    write_tables(path, _tables(made))
    _leave_trace(session, "export", made)


def save_pdf(
    session: Session,
    made: PeriodReport,
    path: Path,
    *,
    progress: Progress = lambda *_: None,
    cancelled: Stop = lambda: False,
) -> PrintReport:
    """Writes it as a PDF and leaves a trace."""
    printed = worker.print_in_worker(sheet(session, made), path, progress=progress, cancelled=cancelled)
    _leave_trace(session, "print", made)
    return printed


def render(session: Session, made: PeriodReport, cancelled: Stop = lambda: False) -> Rendered:
    """Lays it out for printing; leaves nothing on the disk."""
    data, _report = worker.render_in_worker(sheet(session, made), cancelled=cancelled)
    return Rendered(made, data, preview.page_size(data, 0))


def note_printed(session: Session, made: PeriodReport) -> None:
    """Leaves the trace of a report that went to a printer."""
    _leave_trace(session, "print", made)


def sheet(session: Session, made: PeriodReport) -> Sheet:
    """It as one table in three parts."""
    today = session.today()
    context = LayoutContext(
        title=made.title,
        unit=" ".join(part for part in (session.place.community_name, session.place.name) if part),
        reporter=session.actor.name,
        date_text=f"{today.year}年{today.month}月{today.day}日",
        period=made.figures.period.label,
        note="　".join(("内部资料　注意保管", *made.figures.notes)),
        fields=_FIELDS,
        merge_keys=(_SECTION,),
    )
    return default_layout(_lines(made), context)


def beside(tally: Tally) -> dict[str, str]:
    """What stands beside a figure, in the order it is shown."""
    shown = {label: str(count) for label, count in tally.beside.items()}
    return {**shown, "同比": tally.compared} if tally.compared else shown


def formula(figure: Figure) -> str:
    """The formula in a sentence."""
    return f"{figure.cohort}。{figure.note}"


def _kind(period: Period) -> str:
    days = (period.end - period.start).days + 1
    return next((word for most, word in _KINDS if days <= most), "报表")


def _counts(session: Session, period: Period, area: str) -> tuple[LedgerCount, ...]:
    reach = reach_of(session, area)
    with session.store.read() as tx:
        return tuple(
            LedgerCount(
                key, ledger.label,
                figures_rows.count_rows(tx, ledger, period, lambda grid: grid.startswith(area) and reach.takes(grid)),
                bool(ledger.month_field),
            )
            for key, ledger in all_ledgers().items()
        )  # fmt: skip


def _overdue(session: Session, area: str, today: date) -> tuple[Overdue, ...]:
    late = [key for key in plan.day(session, today, first=0).keys if key.due_on < today]
    by_ledger: dict[str, list[str]] = {}
    for key in late:
        by_ledger.setdefault(_ledger_of(key), []).append(key.record_id)
        by_ledger.setdefault("household", []).append(key.household_id)
    with session.store.read() as tx:
        found = {name: one for ledger, ids in by_ledger.items() for name, one in tx.find_rows(ledger, ids).items()}
    listed = []
    for key in late:
        record, home = found.get(key.record_id), found.get(key.household_id)
        if record is None or not record.grid_code.startswith(area) or not may_here(session, "report", record.grid_code):
            continue
        what = "走访" if key.kind == plan.VISIT else find_ledger(key.kind).label
        number = str(record.values.get("case_code") or record.values.get("record_no") or "")
        place = household_title(home.values) if home else ""
        listed.append(Overdue(what, number, place, key.due_on, (today - key.due_on).days))
    return tuple(sorted(listed, key=lambda one: (one.due_on, one.what, one.number)))


def _ledger_of(key: DueKey) -> str:
    return "household" if key.kind == plan.VISIT else key.kind


def _lines(made: PeriodReport) -> list[Mapping[str, str]]:
    several = len(made.figures.areas) > 1
    lines: list[Mapping[str, str]] = []
    for count in made.counts:
        when = "本期登记" if count.dated else "现有"
        lines.append({_SECTION: "台账数量", "item": count.label, "shown": str(count.count), "beside": when})
    for area in made.figures.areas:
        section = f"指标：{area.name}" if several else "指标"
        lines += [{_SECTION: section, **_line(one, area.tallies[one.key])} for one in made.figures.figures]
    for late in made.overdue:
        said = f"{late.place or late.number}　应于 {late.due_on.isoformat()}"
        lines.append(
            {
                _SECTION: f"逾期事项（截至 {made.on.isoformat()}）",
                "item": late.what,
                "shown": f"逾期 {late.days_late} 天",
                "beside": said,
            }
        )
    return lines


def _line(figure: Figure, tally: Tally) -> dict[str, str]:
    besides = beside(tally)
    called = besides.pop(_CALLED, "")
    said = "，".join(f"{label} {count}" for label, count in besides.items())
    part = str(tally.numerator) if figure.unit == RATE else ""
    return {"item": figure.label, "part": part, "whole": str(tally.denominator), "shown": tally.shown,
            "called": called, "beside": said}  # fmt: skip


def _tables(made: PeriodReport) -> list[PlainTable]:
    period = made.figures.period.label
    rates: list[list[Cell]] = []
    for area in made.figures.areas:
        rates += [_rate(area, one) for one in made.figures.figures]
    headings = ("范围", "指标", "分子", "分母", "结果", _CALLED, _UNRATED, LAST_YEAR, "同比", "口径")
    counts = [(count.label, count.count, "本期登记" if count.dated else "现有") for count in made.counts]
    late = [(one.what, one.number, one.place, one.due_on.isoformat(), one.days_late) for one in made.overdue]
    return [
        PlainTable("指标", f"{made.title}　{period}　指标", headings, rates),
        PlainTable("台账数量", f"{made.title}　{period}　台账数量", ("台账", "数量", "说明"), counts),
        PlainTable(
            "逾期事项",
            f"{made.title}　逾期事项　截至 {made.on.isoformat()}",
            ("事项", "编号", "地点", "应办日期", "逾期天数"),
            late,
        ),
    ]


def _rate(area: AreaFigures, figure: Figure) -> list[Cell]:
    tally = area.tallies[figure.key]
    besides: list[Cell] = [tally.beside.get(label, "") for label in (_CALLED, _UNRATED, LAST_YEAR)]
    part: Cell = tally.numerator if figure.unit == RATE else ""
    return [area.name, figure.label, part, tally.denominator, tally.shown, *besides, tally.compared, formula(figure)]


def _leave_trace(session: Session, verb: str, made: PeriodReport) -> None:
    detail = {"report": "figures", "period": made.figures.period.label, "areas": len(made.figures.areas)}
    session.store.write(lambda tx: tx.audit(verb, actor_id=session.actor.id, detail=detail))
