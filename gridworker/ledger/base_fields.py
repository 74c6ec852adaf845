"""The fields every record has; grid, status and revision are in the envelope."""

from __future__ import annotations

from gridworker.ledger.code_fields import Code, Ref
from gridworker.ledger.codes import CodeTable
from gridworker.ledger.facts import Profile, Sensitivity
from gridworker.ledger.field import Field, Files, Text
from gridworker.ledger.number_fields import DateTime


def base_fields(source_table: CodeTable) -> tuple[Field, ...]:
    """Number, author, time, channel, attachments and remark; filled by the program where it can."""
    return (
        Text("record_no", "记录编号", required=Profile.SUBMIT, sensitivity=Sensitivity.INTERNAL),
        Ref("recorded_by", "登记人", required=Profile.SUBMIT, sensitivity=Sensitivity.INTERNAL, to="actor"),
        DateTime("recorded_at", "登记时间", required=Profile.SUBMIT),
        Code("source_channel", "来源渠道", required=Profile.SUBMIT, table=source_table),
        Files("attachments", "附件"),
        Text("remark", "备注", sensitivity=Sensitivity.INTERNAL, lines=True),
    )
