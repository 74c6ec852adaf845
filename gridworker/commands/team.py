"""The team of a grid, from the home's own knowledge or from the server's database; and giving posts there."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from gridworker.area.belonging import Post
from gridworker.area.team import Team
from gridworker.commands.frame import Parsers, Verbs, day, opened, put
from gridworker.ledger.moves import ROLE_LABELS

Database = Callable[[argparse.Namespace], str]


def add_to(parsers: Parsers) -> None:
    """Adds the command of the home."""
    team = parsers.add("team", "网格的队伍：网格长、专职、专业和兼职、楼长，空缺也列出", _team)
    team.add_argument("grid_code", nargs="?", default="", metavar="GRID", help="网格编码，默认本网格")


def add_admin_to(verbs: Verbs, database: Database) -> None:
    """Adds the verbs of the server's machine."""
    for name, words in (("give-post", "给已有的人再加一个岗位"), ("give-grid", "同 give-post：再给一个网格或区划")):
        given = verbs.add(name, words, lambda asked: _give(asked, database(asked)))
        given.add_argument("--actor", required=True, metavar="ID", help="人员编号，见 list-posts")
        add_terms_to(given)
    back = verbs.add("revoke-grant", "收回一个人在网格或区划的岗位", lambda asked: _revoke(asked, database(asked)))
    back.add_argument("--grid", required=True, metavar="CODE", help="网格编码或区划代码")
    back.add_argument("--actor", required=True, metavar="ID", help="人员编号，见 list-posts")
    back.add_argument("--role", default="", help="只收回这一种岗位，默认全部")
    posts = verbs.add("list-posts", "谁在哪里任什么岗位，已收回的也列出", lambda asked: _list(asked, database(asked)))
    posts.add_argument("area", nargs="?", default="", metavar="CODE", help="网格编码或区划代码，默认全部")
    team = verbs.add("team", "一个网格的队伍，空缺也列出", lambda asked: _admin_team(asked, database(asked)))
    team.add_argument("grid_code", metavar="GRID", help="网格编码")
    verbs.add("new-epoch", "服务器数据从备份恢复以后执行一次", lambda asked: _new_epoch(asked, database(asked)))


def add_terms_to(parser: argparse.ArgumentParser) -> None:
    """Adds the options that say which post, where, from when until when."""
    parser.add_argument("--grid", required=True, metavar="CODE", help="网格编码，或社区、街道、区市的区划代码")
    parser.add_argument("--role", required=True, help="、".join(f"{key} {label}" for key, label in ROLE_LABELS.items()))
    for option, words in (("--since", "从哪天起，含当天"), ("--until", "到哪天止，含当天")):
        parser.add_argument(option, type=day, default=None, metavar="DAY", help=words)
    parser.add_argument("--duty", action="append", default=[], metavar="DUTY", help="职责，代码或名称，可写多次")
    parser.add_argument("--unit", default="", help="所属部门或承办单位（部门、专业网格员要写）")
    parser.add_argument("--building", default="", metavar="小区/楼栋", help="楼长负责的楼栋（楼长要写）")


def invite(asked: argparse.Namespace, url: str) -> None:
    """A one-time code for a post."""
    from gridworker.server import admin

    post = _post(asked)
    code = admin.invite_to(url, post, asked.name)
    put(asked, {"code": code}, code)


def _post(asked: argparse.Namespace) -> Post:
    from gridworker.server import admin

    return admin.new_post(
        asked.role, asked.grid, since=_text(asked.since), until=_text(asked.until), duties=asked.duty,
        unit=asked.unit, building=asked.building,
    )  # fmt: skip


def _text(given: object) -> str:
    return str(given) if given else ""


def _give(asked: argparse.Namespace, url: str) -> None:
    from gridworker.server import admin

    post = _post(asked)
    admin.give_post(url, asked.actor, post)
    label = ROLE_LABELS.get(post.role, post.role)
    put(asked, {"actor": asked.actor, "role": post.role, "area": post.area_code},
        f"已给岗位：{label}（{post.area_code}）。对方的电脑下次同步时生效。")  # fmt: skip


def _revoke(asked: argparse.Namespace, url: str) -> None:
    from gridworker.server import admin

    admin.revoke_grant(url, asked.grid, asked.actor, asked.role)
    put(
        asked,
        {"actor": asked.actor, "area": asked.grid},
        "岗位已收回。对方的电脑下次同步时生效，已送到的内容不受影响。",
    )


def _list(asked: argparse.Namespace, url: str) -> None:
    from gridworker.operations.team import duty_labels
    from gridworker.server import admin

    for one in admin.list_posts(url, asked.area):
        post = one.post
        facts = {
            "post": one.id, "actor": one.actor_id, "name": one.actor_name, "role": post.role, "area": post.area_code,
            "since": post.since, "until": post.until, "duties": list(post.duties), "unit": post.unit,
            "building": post.building, "revoked": one.is_revoked,
        }  # fmt: skip
        days = f"{post.since or '…'} 至 {post.until or '…'}" if post.since or post.until else "长期"
        more = [post.unit, post.building, "、".join(duty_labels(post.duties)), "已收回" if one.is_revoked else ""]
        words = [post.area_code, ROLE_LABELS.get(post.role, post.role), one.actor_name, one.actor_id, days]
        put(asked, facts, "　".join(filter(None, [*words, *more])))


def _new_epoch(asked: argparse.Namespace, url: str) -> None:
    from gridworker.server import admin

    epoch = admin.new_epoch(url)
    put(asked, {"epoch": epoch}, f"已换新的数据批次 {epoch}。各台电脑下次同步时会先核对，没有同步的内容都还在。")


def _admin_team(asked: argparse.Namespace, url: str) -> None:
    from gridworker.server import admin

    _show(asked, admin.team(url, asked.grid_code))


def _team(asked: argparse.Namespace) -> None:
    from gridworker.operations import team as teams

    with opened(asked) as session:
        found = teams.team(session, asked.grid_code)
    _show(asked, found)


def _show(asked: argparse.Namespace, team: Team) -> None:
    from gridworker.operations import team as teams

    put(asked, teams.facts_of(team), "\n".join(teams.described(team)))
