"""Layouts: rows of formatted text to sheets."""

from gridworker.reports.layouts.context import LayoutContext
from gridworker.reports.layouts.default import default_layout
from gridworker.reports.layouts.lookup import hand_made_layout, layout_for
from gridworker.reports.layouts.visit import visit_layout
from gridworker.reports.sheet import render_sheet, render_sheet_bytes

CONTEXT = LayoutContext(
    "测试社区走访台账",
    "测试社区",
    "甲",
    "2026年3月31日",
    period="2026年3月",
    fields=(("name", "姓名"), ("note", "情况说明"), ("kind", "类别")),
)
VISIT = {
    "visited_at": "2026-03-05 14:30",
    "household_id": "幸福里3号楼2单元402室",
    "interviewee_id": "王*",
    "visit_mode": "上门",
    "visit_purpose": "常规走访",
    "met": "否",
    "unmet_reason": "家中无人",
    "change_note": "新增一人",
    "raised_issue": "楼道灯损坏",
    "hazard_found": "是",
    "outcome": "转台账",
    "satisfaction": "满意",
    "visitor_ids": "甲、乙",
    "remark": "复访",
    "grid_code": "370203001001001",
}


def test_a_visit_fills_its_line() -> None:
    """Every field has its column, the reason stands with 否, and fields a sheet does not show stay away."""
    sheet = visit_layout([VISIT], CONTEXT)
    assert sheet.rows[0] == (
        "1",
        "2026-03-05 14:30",
        "幸福里3号楼2单元402室",
        "王*",
        "上门",
        "常规走访",
        "否（家中无人）",
        "新增一人",
        "楼道灯损坏",
        "是",
        "转台账",
        "满意",
        "甲、乙",
        "复访",
    )
    assert [column.label for column in sheet.columns if column.group] == ["家庭变化", "反映问题"]


def test_the_date_of_a_visit_stays_in_one_line(text_of) -> None:
    """On A4 a date is not torn, nor is a usual short word."""
    text = "".join(text_of(render_sheet_bytes(visit_layout([VISIT], CONTEXT)))).split()
    for whole in ("2026-03-05", "14:30", "转台账", "满意", "常规走访", "上门"):
        assert whole in text


def test_a_month_without_visits(text_of) -> None:
    """The sheet says that there were none."""
    assert "本月无走访记录" in "".join(text_of(render_sheet_bytes(visit_layout([], CONTEXT))))


def test_missing_keys_are_empty_cells() -> None:
    """A row from an older record that lacks a field prints an empty cell."""
    assert visit_layout([{}], CONTEXT).rows[0] == ("1", *[""] * 13)


def test_any_ledger_prints_by_its_fields() -> None:
    """Without a hand-made layout the fields become columns, wide where their text is long."""
    assert hand_made_layout("wish") is None
    assert layout_for("wish") is default_layout
    assert layout_for("visit") is visit_layout
    rows = [{"name": "甲", "note": "一段比较长的说明文字，需要更宽的列。", "kind": "其他"}] * 3
    sheet = layout_for("wish")(rows, CONTEXT)
    number, name, note, kind = sheet.columns
    assert note.width_weight > name.width_weight
    assert (number.align, name.align, note.align, kind.align) == ("center", "center", "left", "center")
    assert sheet.rows[2] == ("3", "甲", "一段比较长的说明文字，需要更宽的列。", "其他")


def test_many_fields_still_fit() -> None:
    """A ledger of forty fields prints on A4 with nothing missing."""
    fields = tuple((f"f{i}", f"字段{i}") for i in range(40))
    context = LayoutContext("台账", "社区", "甲", "今天", fields=fields)
    _, report = render_sheet(default_layout([{f"f{i}": f"值{i}" for i in range(40)}], context))
    assert report.rows == 1
