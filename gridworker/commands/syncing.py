"""Commands that meet the server: enroll, sync."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from gridworker.commands.frame import Parsers, opened, put, show_progress
from gridworker.operations import sync_


def add_to(parsers: Parsers) -> None:
    """Adds the commands of this module."""
    joined = parsers.add("enroll", "用一次性加入码加入服务器", _enroll)
    joined.add_argument("url", metavar="URL")
    joined.add_argument("code", metavar="CODE")
    parsers.add("sync", "把等着的上传，把别人写的取回来", _sync)


def _enroll(asked: argparse.Namespace) -> None:
    from gridworker.operations import enrol

    with opened(asked) as session:
        place = enrol.enroll(session, asked.url, asked.code)
    put(asked, {"grid_code": place.grid_code, "grid_name": place.name, "community_name": place.community_name},
        f"已加入 {place.community_name} {place.name}（{place.grid_code}）。")  # fmt: skip


def _sync(asked: argparse.Namespace) -> None:
    with opened(asked) as session:
        report = sync_.sync(session, progress=show_progress)
    put(asked, asdict(report), report.text)
