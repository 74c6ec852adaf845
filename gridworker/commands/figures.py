"""`gridworker figures`: the figures of a month, quarter or year by area, the records behind them, and the report."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from gridworker.commands.frame import Parsers, Verbs, opened, put, show_progress
from gridworker.ledger.dates import CHINA
from gridworker.operations import figures, figures_report
from gridworker.operations.figures import AreaFigures, Figure, Period, Report, Tally
from gridworker.operations.session import Session

_KINDS = ((figures.MONTH, "2026-10", "月份"), (figures.QUARTER, "2026Q3", "季度"), (figures.YEAR, "2026", "年份"))


def add_to(parsers: Parsers) -> None:
    """Adds the command of this module."""
    command = parsers.add("figures", "本月数据：各项指标的分子、分母和结果，可按网格、社区、街道、区市统计", _figures)
    add_options(command, default=None)
    command.add_argument("--xlsx", type=Path, default=None, metavar="FILE", help="存为月报表格")
    command.add_argument("--pdf", type=Path, default=None, metavar="FILE", help="存为月报 PDF")
    verbs = command.add_subparsers(dest="verb", metavar="动作")
    rows = verbs.add_parser("rows", help="列出一个指标背后的记录", description="列出一个指标背后的记录，个人信息打码")
    rows.add_argument("key", metavar="KEY", help="指标的键或名称，例如 visit_coverage_rate")
    parts = "、".join(f"{part}（{label}）" for part, label in figures.PARTS.items())
    rows.add_argument("--part", default="denominator", choices=tuple(figures.PARTS), help=parts)
    rows.add_argument("--home", type=Path, default=argparse.SUPPRESS, metavar="DIR", help="数据目录")
    rows.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="每行输出一个 JSON 对象")
    add_options(rows, default=argparse.SUPPRESS)
    rows.set_defaults(run=_rows)


def add_admin_to(verbs: Verbs, database: Callable[[argparse.Namespace], str]) -> None:
    """Adds the verb of the server's machine."""
    verb = verbs.add("figures", "各网格、社区、街道、区市的指标", lambda asked: _admin(asked, database(asked)))
    add_options(verb, default=None)
    verb.add_argument("--actor", default="", metavar="ID", help="只统计这个人的岗位范围，人员编号见 list-posts")


def add_options(command: argparse.ArgumentParser, *, default: object) -> None:
    """Which period, which level, which area; the same here and on the server."""
    period = command.add_mutually_exclusive_group()
    for kind, looks, label in _KINDS:
        period.add_argument(f"--{kind}", default=default, metavar=looks, help=f"{label}，不写时为本月")
    levels = "、".join(f"{key}（{label}）" for key, label in figures.LEVEL_LABELS.items())
    command.add_argument("--level", default=default, metavar="LEVEL", help=f"按哪一级分开统计：{levels}")
    command.add_argument("--area", default=default, metavar="CODE", help="只看这个范围：网格编码或区划代码")


def period_of(asked: argparse.Namespace, today: date) -> Period:
    """The period asked for; the present month where none is."""
    for kind, _looks, _label in _KINDS:
        text = getattr(asked, kind)
        if text is not None:
            return figures.read_period(kind, text, today)
    return figures.month_of(today)


def tell(asked: argparse.Namespace, report: Report) -> None:
    """All figures of all areas, then what must be said beside them."""
    for area in report.areas:
        if not asked.json:
            print(f"{area.name}（{area.code}）　{report.period.label}")
        for one in report.figures:
            tally = area.tallies[one.key]
            put(asked, _facts(report, area, one, tally), f"  {_line(one, tally)}")
    for note in report.notes:
        print(note, file=sys.stderr if asked.json else sys.stdout)


def _figures(asked: argparse.Namespace) -> None:
    with opened(asked) as session:
        period = period_of(asked, session.today())
        if asked.xlsx or asked.pdf:
            _save(asked, session, period)
            return
        report = figures.figures(
            session, period, level=asked.level or "", area=asked.area or "", progress=show_progress
        )
    tell(asked, report)


def _admin(asked: argparse.Namespace, url: str) -> None:
    from gridworker.server import figures as server_figures

    period = period_of(asked, datetime.now(CHINA).date())
    tell(asked, server_figures.figures(
        url, period, level=asked.level or "", area=asked.area or "", actor_id=asked.actor
    ))  # fmt: skip


def _save(asked: argparse.Namespace, session: Session, period: Period) -> None:
    made = figures_report.report(session, period, level=asked.level or "", area=asked.area or "")
    writers: tuple[tuple[Path | None, Callable[[Path], object]], ...] = (
        (asked.xlsx, lambda path: figures_report.save_workbook(session, made, path)),
        (asked.pdf, lambda path: figures_report.save_pdf(session, made, path, progress=show_progress)),
    )
    for path, write in writers:
        if path is not None:
            write(path)
            put(asked, {"file": str(path), "title": made.title}, f"已写好 {path}。")


def _rows(asked: argparse.Namespace) -> None:
    with opened(asked) as session:
        period = period_of(asked, session.today())
        rows = figures.rows_behind(session, asked.key, period, asked.part, area=asked.area or "")
    for row in rows:
        status = (row.status,) if row.status else ()
        text = "　".join((*(text or "—" for text in row.cells.values()), *status, row.id))
        put(asked, {"id": row.id, "status": row.status, **row.cells}, text)
    if not asked.json:
        print(f"共 {len(rows)} 条。")


def _line(one: Figure, tally: Tally) -> str:
    count = f"（{tally.numerator}/{tally.denominator}）" if one.unit == figures.RATE else ""
    beside = "，".join(f"{label} {shown}" for label, shown in figures_report.beside(tally).items())
    return f"{one.label}　{tally.shown}{count}{'　' if beside else ''}{beside}"


def _facts(report: Report, area: AreaFigures, one: Figure, tally: Tally) -> dict[str, object]:
    return {
        "area": area.code, "area_name": area.name, "partial": area.partial, "period": report.period.label,
        "key": one.key, "label": one.label, "unit": one.unit, "numerator": tally.numerator,
        "denominator": tally.denominator, "value": None if tally.value is None else str(tally.value),
        "shown": tally.shown, "beside": dict(tally.beside), "compared": tally.compared,
        "formula": figures_report.formula(one),
    }  # fmt: skip
