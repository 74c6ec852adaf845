"""The answers the judge can give, built in one place so that each code has one sentence."""

from __future__ import annotations

from collections.abc import Iterable

from gridworker.ledger.facts import Problem
from gridworker.sync import wire

# code → what a person reads. The codes are part of the protocol (docs/protocol.md §8).
SENTENCES = {
    "MALFORMED": "这条操作的格式不对，服务器没有采用。",
    "WRONG_SCOPE": "这条操作写的是别的网格，服务器没有采用。",
    "WRONG_ACTOR": "这条操作不是这台设备的使用人写的，服务器没有采用。",
    "WRONG_LEDGER": "这条记录属于别的台账，服务器没有采用。",
    "SCOPE_REVOKED": "您已不再负责这个网格，内容留在服务器上交主管处理。",
    "NOT_ALLOWED": "您的岗位不能这样改动这个台账。",
    "UNKNOWN_RECORD": "服务器上没有这条记录。",
    "AFTER_REJECTED": "登记这条记录的那一步没有被采用，这一步也就不能采用。",
    "RECORD_DELETED": "这条记录已删除；恢复以后才能再办。",
    "NUMBER_TAKEN": "这个记录编号已经用在另一条记录上。",
    "CODE_FIXED": "编定的代码不能改。",
    "KEPT": "这条记录已经不能删除。",
    "BY_STEPS": "这一项由办理步骤填写，不能直接改。",
    "INVALID": "有的内容不合要求。",
    "ACT_REFUSED": "同一次办理里有一步没有被采用，这一步也就没有采用。",
    "CHANGED_SINCE": "办理以前，别人改过有关的内容，所以没有采用。",
    "MERGED_AWAY": "这条登记已被并入另一条，请同步后在保留的那一条上办理。",
    "UNKNOWN_LEDGER": "服务器还不认识这个台账，升级后会自动处理。",
    "NEWER_SCHEMA": "服务器的程序比本机旧，升级后会自动处理。",
    "AFTER_HELD": "这条记录前面的一步还在等服务器处理。",
    "ACT_HELD": "同一次办理里有一步还在等服务器处理，这一步也等着。",
    "SERVER_FAULT": "服务器处理这一步时出了故障，内容已保存在服务器上，修复后会自动处理。",
    "FIELD": "有人同时改了同一项，请选定用哪一个。",
    "EDIT_OF_DELETED": "这条记录已被别人删除，您的改动另外保存着。",
    "EDIT_OF_FINISHED": "这条记录已被别人办结，您的改动另外保存着。",
    "DELETE_OF_EDITED": "您删除之前，别人改过这条记录，所以还没有删除。",
    "MERGE_INVALID": "您的改动与别人的改动合在一起不合要求，另外保存着。",
}


def applied(op: wire.Op, rev: int, *, merged: bool = False) -> wire.Outcome:
    """The op took effect; merged where others had written the record meanwhile."""
    return wire.Outcome(op_id=op.op_id, outcome="merged" if merged else "applied", rev=rev)


def rejected(
    op_id: str,
    code: str,
    *,
    reason: str = "",
    rev: int = 0,
    problems: Iterable[Problem] = (),
    details: dict[str, wire.WireValue] | None = None,
) -> wire.Outcome:
    """The op took no effect, for good."""
    return wire.Outcome(
        op_id=op_id,
        outcome="rejected",
        rev=rev,
        code=code,
        reason=reason or SENTENCES[code],
        problems=[wire.FieldProblem(field=problem.field, message=problem.message) for problem in problems],
        details=details or {},
    )


def held(op_id: str, code: str, rev: int = 0) -> wire.Outcome:
    """The op waits on the server; its final outcome comes with a pull."""
    return wire.Outcome(op_id=op_id, outcome="held", rev=rev, code=code, reason=SENTENCES[code])


def conflicting(op: wire.Op, code: str, rev: int, conflicts: list[wire.Conflict]) -> wire.Outcome:
    """Some of the op waits for a person's decision."""
    return wire.Outcome(
        op_id=op.op_id, outcome="conflict", rev=rev, code=code, reason=SENTENCES[code], conflicts=conflicts
    )
