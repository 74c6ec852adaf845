"""Commands about files: import, undo-import, export, print.

The libraries that read and write files are loaded by the command that needs them, so that the others answer at once.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from gridworker.commands.frame import Parsers, opened, put, show_progress
from gridworker.ledgers.registry import find_ledger

if TYPE_CHECKING:
    from gridworker.operations.import_plan import PlannedRow


def add_to(parsers: Parsers) -> None:
    """Adds the commands of this module."""
    brought = parsers.add("import", "导入一份表格（xlsx、xls、csv）；--dry-run 只看不写", _import)
    brought.add_argument("ledger", metavar="LEDGER")
    brought.add_argument("file", type=Path, metavar="FILE")
    brought.add_argument("--dry-run", action="store_true")
    brought.add_argument("--sheet", default=None, help="工作表名，默认第一张能识别的")
    brought.add_argument("--refused", type=Path, default=None, metavar="FILE", help="把被拒的行另存为表格")
    brought.add_argument(
        "--states", choices=("as-is", "first", "skip"), default="as-is",
        help="办过的记录：as-is 按表里的办理情况，skip 看不出的不导入，first 都从头办理",
    )  # fmt: skip
    brought.add_argument(
        "--state",
        action="append",
        default=[],
        metavar="WORD=STATE",
        help="表里的一个词是哪个状态，例如 已了结=已归档；没有写的：=已归档",
    )
    undone = parsers.add("undo-import", "整批撤销一次导入", _undo_import)
    undone.add_argument("batch", metavar="BATCH")
    out = parsers.add("export", "导出为表格；个人信息打码，--full 为完整内容并留痕", _export)
    out.add_argument("ledger", metavar="LEDGER")
    out.add_argument("file", type=Path, metavar="FILE")
    out.add_argument("--full", action="store_true")
    printed = parsers.add("print", "打印为 PDF", _print)
    printed.add_argument("ledger", metavar="LEDGER")
    printed.add_argument("file", type=Path, metavar="FILE")
    printed.add_argument("--month", default=None, metavar="YYYY-MM")
    printed.add_argument(
        "--purpose", choices=("archive", "notice"), default="archive", help="archive 存档，notice 公示（打码）"
    )
    printed.add_argument("--notice", default="", metavar="KIND", help="哪一种公示，例如微心愿的 call 征集、result 结果")


def _import(asked: argparse.Namespace) -> None:
    from gridworker.operations import import_, import_told, import_view
    from gridworker.operations.import_states import StateChoice

    find_ledger(asked.ledger)
    with opened(asked) as session:
        plan = import_.read(session, asked.ledger, asked.file, sheet=asked.sheet, progress=show_progress)
        if asked.state or asked.states != "as-is":
            decided = StateChoice(asked.states, import_told.words_of(plan, asked.state))
            plan = import_.with_choices(session, plan, states=decided)
        told = [*import_view.kept_only(plan), *import_told.sentences(plan)]
        if asked.refused:
            import_.save_refused(plan, asked.refused)
        # Before anything is said: a reader that goes away, as `| head` does, must not stop what was asked for.
        report = None if asked.dry_run else import_.apply(session, plan, progress=show_progress)
    for row in plan.rows:
        if asked.dry_run or row.problems:
            _put_row(asked, row, import_.VERDICT_LABELS[row.verdict])
    states = import_told.as_facts(plan)
    unused = [column.heading for column in plan.columns if column.field is None and column.heading]
    for sentence in told if not asked.json else ():
        print(sentence)
    if unused and not asked.json:
        print(f"这些列没有用到：{'、'.join(unused)}。")
    if report is None:
        facts = {"summary": True, "dry_run": True, **plan.counts, **states, "unused": unused}
        put(asked, facts, f"{plan.sentence}没有写入。")
        return
    written = report.counts[import_.NEW] + report.counts[import_.CHANGED]
    undo = f"整批撤销：gridworker undo-import {report.batch}" if written else ""
    facts = {"summary": True, "batch": report.batch, **report.counts, **states, "unused": unused}
    put(asked, facts, f"{report.sentence}{undo}")


def _put_row(asked: argparse.Namespace, row: PlannedRow, verdict: str) -> None:
    reasons = "".join(problem.sentence() for problem in row.problems)
    facts = {"row": row.number, "verdict": row.verdict, "problems": [
        {"cell": problem.cell_ref, "field": problem.field, "heading": problem.heading,
            "message": problem.message, "severity": problem.severity.value}
        for problem in row.problems
    ]}  # fmt: skip
    put(asked, facts, f"第 {row.number} 行　{verdict}　{reasons}".rstrip())


def _undo_import(asked: argparse.Namespace) -> None:
    from gridworker.operations import import_

    with opened(asked) as session:
        report = import_.undo_import(session, asked.batch)
    put(asked, {"undone": report.undone, "kept": report.kept}, report.sentence)


def _export(asked: argparse.Namespace) -> None:
    from gridworker.operations import export

    with opened(asked) as session:
        count = export.export(session, asked.ledger, asked.file, full=asked.full, progress=show_progress)
    put(asked, {"rows": count, "file": str(asked.file)}, f"已导出 {count} 条到 {asked.file}。")


def _print(asked: argparse.Namespace) -> None:
    from gridworker.operations import print_

    purpose = print_.PURPOSES[asked.purpose]
    with opened(asked) as session:
        report = print_.print_ledger(
            session,
            asked.ledger,
            asked.file,
            month=asked.month,
            purpose=purpose,
            notice=asked.notice,
            progress=show_progress,
        )
    missing = f"这些字没有字体可印：{report.missing_characters}。" if report.missing_characters else ""
    put(asked, {"pages": report.pages, "rows": report.rows, "file": str(asked.file),
        "missing_characters": report.missing_characters},
        f"已打印 {report.rows} 条，{report.pages} 页，存为 {asked.file}。{missing}")  # fmt: skip
