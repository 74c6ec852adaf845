"""Two laptops, one server, real sockets: what they must agree on (sync.md §3)."""

from __future__ import annotations

VISIT = {"visited_at": "2026-03-05T09:40+08:00", "visit_mode": "上门", "met": True, "raised_issue": "路灯不亮"}


def test_second_laptop_of_the_grid_gets_everything(laptop):
    """What one laptop pushed, another of the same grid pulls from the beginning, equal in every field."""
    first, second = laptop(), laptop("乙")
    record = first.create(**VISIT)
    first.edit(record, remark="已报修")
    report = first.sync()
    assert (report.pushed, first.waiting()) == (2, 0)
    assert second.sync().pulled == 1
    assert second.flat() == first.flat()
    assert second.get(record).values["remark"] == "已报修"
