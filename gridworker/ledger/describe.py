"""All that is derived from one declaration, for people and for programs."""

from __future__ import annotations

from gridworker.ledger.code_fields import Code, Codes, Ref, Refs
from gridworker.ledger.facts import Auto, Purpose
from gridworker.ledger.field import Field, Text
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.moves import ROLE_LABELS
from gridworker.ledger.workflow import Workflow

_SENSITIVITY = ("S0 公开", "S1 内部", "S2 个人", "S3 敏感")


def describe(ledger: Ledger) -> dict[str, object]:
    """The declaration and what follows from it, as one object."""
    return {
        "key": ledger.key, "label": ledger.label, "number_prefix": ledger.number_prefix, "schema": ledger.schema,
        "fields": [_field(field) for field in ledger.fields],
        "list_columns": list(ledger.list_columns), "pdf_columns": list(ledger.pdf_columns),
        "excel_columns": list(ledger.excel_columns),
        "form_groups": [{"label": label, "fields": list(keys)} for label, keys in ledger.form_groups],
        "search": {"names": list(ledger.search.names), "texts": list(ledger.search.texts),
            "numbers": list(ledger.search.numbers), "tags": list(ledger.search.tags),
            "reading": ledger.search.reading},
        "rollups": [{"to": rollup.to, "field": rollup.field, "of": rollup.of} for rollup in ledger.rollups],
        "states": [{"key": state.key, "label": state.label,
            "final": state.final} for state in ledger.workflow.states] if ledger.workflow else [],
        "moves": [
            {"event": move.event, "label": move.label, "from": list(move.sources), "to": move.target,
                "who": list(move.who),
             "asks": list(move.asks), "requires": list(move.requires), "reason": move.reason}
            for move in ledger.workflow.moves
        ] if ledger.workflow else [],
        "state_words": ledger.historic.words.key if ledger.historic else "",
    }  # fmt: skip


def description_lines(ledger: Ledger) -> list[str]:
    """The same as text."""
    lines = [f"{ledger.label}（{ledger.key}）　表 {ledger.key}　编号前缀 {ledger.number_prefix}", "", "字段"]
    for field in ledger.fields:
        facts = [
            type(field).__name__,
            f"列 {field.column}",
            _SENSITIVITY[field.sensitivity],
            f"合并 {field.merge.value}",
            _required(field),
            _extra(field),
        ]
        lines.append(f"  {field.label}　{field.key}　" + "　".join(fact for fact in facts if fact))
        lines.extend(f"      {code}　{label}" for code, label in _codes(field))
    for name, keys in (("列表", ledger.list_columns), ("打印", ledger.pdf_columns), ("表格", ledger.excel_columns)):
        lines += ["", name, "  " + "、".join(ledger[key].label for key in keys)]
    lines += [
        "",
        "表单",
        *(f"  {label}：{'、'.join(ledger[key].label for key in keys)}" for label, keys in ledger.form_groups),
    ]
    if ledger.historic:
        told = "、".join(ledger[key].label for key in ledger.historic.told_by)
        lines += ["", "旧表里的办理状态", f"  词见代码表 {ledger.historic.words.key}；也看：{told}"]
    if ledger.workflow:
        lines += _workflow_lines(ledger, ledger.workflow)
    return lines


def _workflow_lines(ledger: Ledger, workflow: Workflow) -> list[str]:
    lines = ["", "状态", "  " + " → ".join(state.label for state in workflow.states), "", "步骤"]
    for move in workflow.moves:
        sources = "、".join(workflow.label_of(state) for state in move.sources)
        who = "、".join(ROLE_LABELS.get(role, role) for role in move.who)
        needs = "、".join(ledger[key].label for key in move.requires) + ("、原因" if move.reason else "")
        lines.append(
            f"  {move.label}　{move.event}　{sources} → {workflow.label_of(move.target)}　可办：{who}"
            + (f"　必填：{needs.strip('、')}" if needs else "")
        )
    return lines


def _field(field: Field) -> dict[str, object]:
    facts: dict[str, object] = {
        "key": field.key, "label": field.label, "type": type(field).__name__, "column": field.column,
        "required": field.required.name.lower() if field.required is not None else None,
        "sensitivity": f"S{int(field.sensitivity)}", "merge": field.merge.value,
        "default": field.default.value if isinstance(field.default, Auto) else field.default,
        "help": field.help,
        "masked": [purpose.value for purpose in Purpose if field.is_masked(purpose)],
    }  # fmt: skip
    if isinstance(field, Code | Codes):
        facts["table"] = field.table.key
        facts["codes"] = dict(field.table.entries)
    if isinstance(field, Ref | Refs):
        facts["to"] = field.to
    if isinstance(field, Text) and field.max_length:
        facts["max_length"] = field.max_length
    return facts


def _required(field: Field) -> str:
    return f"{field.required.name.lower()} 起必填" if field.required is not None else ""


def _extra(field: Field) -> str:
    if isinstance(field, Code | Codes):
        return f"代码表 {field.table.key}（{field.table.source}）"
    if isinstance(field, Ref | Refs):
        return f"指向 {field.to}" if field.to else "指向任意记录"
    return f"最多 {field.max_length} 字" if isinstance(field, Text) and field.max_length else ""


def _codes(field: Field) -> list[tuple[str, str]]:
    return list(field.table) if isinstance(field, Code | Codes) else []
