"""The cases (吹哨·网格事件) of the sample: handled by the grid or by a unit, in time or not, in every state."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import partial

from gridworker.ledger.facts import Value
from gridworker.ledgers.household import household_title
from gridworker.sample.community import Family
from gridworker.sample.office import SATISFACTION
from gridworker.sample.story import COMMUNITY, LEAD, UNITS, WORKER, Step, Story, days_before, earlier, later, until

_Args = Mapping[str, Value]
# One household in so many has a matter that becomes a case in a year.
_SHARE, _RECENT_SHARE = 6, 20
_DAYS = 3
_GOLDEN = 0.618034
_MATTERS = (
    ("道路破损", "城市管理", "小区东门外路面塌陷", "路面有坑，夜间骑车容易摔倒。", "已回填并铺设沥青。", 0),
    ("消防安全", "综治维稳", "楼道堆放杂物堵塞通道", "楼道堆了旧家具和纸箱，影响疏散。", "已清走杂物，张贴提醒。", 2),
    ("违章停车", "城市管理", "消防通道长期停车", "两辆车长期停在消防通道上。", "已通知车主挪车，划线并装警示牌。", 1),
    ("卫生死角", "城市管理", "绿化带堆积建筑垃圾", "装修垃圾堆在绿化带里一周没有清运。", "已清运并恢复绿地。", 0),
    ("安全隐患", "应急处置", "路灯杆倾斜", "路灯杆底座锈蚀，向人行道倾斜。", "已更换底座并校正灯杆。", 0),
    ("违法建筑", "城市管理", "顶楼私搭阳光房", "顶楼住户私搭阳光房，楼下担心漏水。", "已劝导拆除，恢复原状。", 1),
    ("食药安全", "综治维稳", "流动摊贩售卖过期食品", "校门口流动摊贩卖过期零食。", "已劝离，移交市场监管处理。", 1),
    ("城市管理", "城市管理", "井盖破损", "人行道井盖缺了一角，有人绊倒。", "已更换井盖并复测。", 0),
    ("交通安全", "综治维稳", "校门口上下学拥堵", "上下学时段车辆随意停靠，孩子穿行危险。", "已划临停区，安排值守。", 1),
    ("生态环境", "城市管理", "餐馆油烟扰民", "一楼餐馆油烟管朝向居民窗户。", "已加装净化器并改变排向。", 1),
    ("治安隐患", "综治维稳", "单元门禁失灵", "门禁坏了半个月，外来人员随意进出。", "已更换门禁主机。", 2),
    ("卫生健康", "便民服务", "楼后积水滋生蚊虫", "低洼处常年积水，蚊虫多。", "已疏通排水并填平。", 0),
    ("困难救助", "便民服务", "独居老人生活困难求助", "老人近期住院回家，无人照料三餐。", "已联系助餐送餐上门。", 2),
)  # fmt: skip


def cases(
    rng: random.Random, families: list[Family], on: date, opinions: list[Story], *, before: str, after: str
) -> Iterator[Story]:
    """The cases of a year up to `on`: settled ones, the open ones of the last weeks, and those of `opinions`."""
    lived_in = [family for family in families if family.people]
    if not lived_in:
        return
    maker = _Maker(rng, lived_in, before, after)
    for day in days_before(rng, on, max(12, len(lived_in) // _SHARE), least=16):
        yield until(maker.told(earlier(day, 1), maker.settled), on)
    for day in days_before(rng, on, max(4, len(lived_in) // _RECENT_SHARE), least=9, most=26):
        yield until(maker.told(earlier(day, 1), maker.prompt), on)
    for opinion in opinions:
        yield until(maker.of_opinion(opinion), on)
    for back, tell in _OPEN:
        yield until(maker.told(earlier(on, back), partial(tell, maker)), on)


class _Maker:
    """Makes one case after another; `parts` of its way are put together by the functions below."""

    def __init__(self, rng: random.Random, families: list[Family], before: str, after: str) -> None:
        self.rng, self._families = rng, families
        self._before, self._after = [before] if before else None, [after] if after else None
        self.unit, self._done = UNITS[0], ""
        self._told = self._settled = 0

    def told(self, day: date, way: Callable[[date], list[Step]]) -> Story:
        """A case reported on a day, with the way it went."""
        rng, family = self.rng, self.rng.choice(self._families)
        # In turn rather than by lot: the same matter twice in a row looks like a slip.
        self._told += 1
        kind, main, title, description, done, unit = _MATTERS[self._told * 5 % len(_MATTERS)]
        self.unit, self._done = UNITS[unit], done
        values: dict[str, Value] = {
            "title": title, "description": description, "main_type": main, "sub_type": kind,
            "address": household_title({**family.household, "unit_no": None, "room_no": None}),
            "urgency": "紧急" if rng.random() < 0.1 else "一般", "escalation_level": 0, "rework_count": 0,  # noqa: PLR2004 - a share
            "photos_before": self._before, "household_id": family.household_id,
            "source_channel": rng.choice(("网格巡查", "网格巡查", "走访", "电话", "12345")),
        }  # fmt: skip
        return Story("case", day, values, tuple(way(day)))

    def of_opinion(self, opinion: Story) -> Story:
        """The case that a resident's words became."""
        made = self.told(opinion.began_on, lambda day: [*self.reported(day), *self.dispatched(later(day, 1))])
        said = opinion.values
        values = {
            **made.values, "title": "居民反映的问题", "description": said["content"], "address": said["place"],
            "main_type": said["category_code"], "sub_type": "其他", "opinion_id": opinion.record_id,
            "household_id": said["household_id"],
        }  # fmt: skip
        return Story("case", made.began_on, values, made.moves, str(said["case_id"]), hour=10)

    # ---- parts of the way

    def reported(self, day: date, **more: Value) -> list[Step]:
        """Reported by the grid worker and accepted by the community within the day."""
        return [Step(day, "report", {}), Step(day, "accept", more, COMMUNITY, 11)]

    def dispatched(self, day: date) -> list[Step]:
        """Sent to the unit, which begins."""
        return [Step(day, "dispatch", {"lead_unit_id": self.unit}, COMMUNITY, 14), self.begun(day)]

    def begun(self, day: date) -> Step:
        """The unit's first move."""
        return Step(day, "start", {}, self.unit, 15)

    def finished(self, day: date, who: str = "") -> Step:
        """What was done, with its photo."""
        return Step(day, "finish", {"dispose_result": self._done, "photos_after": self._after}, who or self.unit, 16)

    def closed(self, day: date, who: str = WORKER, *, by: str = "") -> list[Step]:
        """Verified by somebody else than did it, called back a few days later and put away."""
        said = self.rng.choice(SATISFACTION)
        called: dict[str, Value] = {"satisfaction": said, "service_satisfaction": self.rng.choice(SATISFACTION)}
        back = later(day, 3)
        steps = [Step(day, "verify_pass", {}, who, 17)]
        if said in "12":
            again = later(back, 1)
            steps += [Step(back, "dissatisfied", {**called, "reason": "回访说又出现了。"}, COMMUNITY),
                      self.finished(again, by), Step(again, "verify_pass", {}, who, 17)]  # fmt: skip
            said, called, back = "4", {"satisfaction": "4", "service_satisfaction": "4"}, later(again, 3)
        return [*steps, Step(back, "follow_up", {**called, "resolved": said != "3"}, COMMUNITY, 10)]

    def settled(self, day: date) -> list[Step]:
        """One of the usual ways to the end."""
        # One after another through the shares, so that no month goes by without something late.
        self._settled += 1
        share, taken = self._settled * _GOLDEN % 1, self.reported(day)
        if share < 0.76:  # noqa: PLR2004 - as it should be
            return self.prompt(day)
        sent = [*taken, *self.dispatched(day)]
        if share < 0.84:  # noqa: PLR2004 - done too late
            late = later(day, self.rng.randrange(5, 9))
            return [*sent, self.finished(late), *self.closed(late)]
        if share < 0.90:  # noqa: PLR2004 - not done at the first try
            return [*sent, self.finished(day), *self.reworked(day, later(day, 2))]
        if share < 0.96:  # noqa: PLR2004 - given more time
            return [*sent, *self.extended(later(day, 2)), self.finished(later(day, 6)), *self.closed(later(day, 6))]
        return [*taken, *self.returned(day), *self.dispatched(later(day, 1)), self.finished(later(day, 2)),
                *self.closed(later(day, 2))]  # fmt: skip

    def prompt(self, day: date) -> list[Step]:
        """Done in time, half of it by the grid itself."""
        taken, quick = self.reported(day), later(day, self.rng.randrange(3))
        if self.rng.random() < 0.5:  # noqa: PLR2004 - half of them
            return [*taken, Step(day, "self_handle", {}, WORKER, 13), self.finished(quick, WORKER),
                    *self.closed(quick, LEAD, by=WORKER)]  # fmt: skip
        return [*taken, *self.dispatched(day), self.finished(quick), *self.closed(quick)]

    def reworked(self, day: date, again: date) -> list[Step]:
        """Sent back by who looked at it, and done once more."""
        return [Step(day, "verify_fail", {"reason": "现场还有一半没有清理。"}, WORKER, 17), self.finished(again),
                *self.closed(again)]  # fmt: skip

    def extended(self, day: date) -> list[Step]:
        """More time asked for and given."""
        asked: _Args = {"extension_days": 5, "reason": "材料要从市里调运。"}
        return [Step(day, "request_extension", asked, self.unit, 9),
                Step(day, "approve_extension", {}, COMMUNITY, 11)]  # fmt: skip

    def returned(self, day: date) -> list[Step]:
        """Sent to the wrong unit, which gives it back."""
        return [Step(day, "dispatch", {"lead_unit_id": self.unit}, COMMUNITY, 14),
                Step(day, "return", {"reason": "不属于本单位职责，建议派给管养单位。"}, self.unit, 16)]  # fmt: skip


# ---- the open ones, by how many working days ago they were reported


def _draft(_maker: _Maker, _day: date) -> list[Step]:
    return []


def _reported(_maker: _Maker, day: date) -> list[Step]:
    return [Step(day, "report", {})]


def _declined(_maker: _Maker, day: date) -> list[Step]:
    return [Step(day, "report", {}), Step(day, "decline", {"reason": "与上周已受理的是同一件事。"}, COMMUNITY, 11)]


def _accepted(maker: _Maker, day: date) -> list[Step]:
    return maker.reported(day)


def _sent(maker: _Maker, day: date) -> list[Step]:
    return [*maker.reported(day), maker.dispatched(day)[0]]


def _disposing(maker: _Maker, day: date) -> list[Step]:
    return [*maker.reported(day), *maker.dispatched(day)]


def _own(maker: _Maker, day: date) -> list[Step]:
    return [*maker.reported(day), Step(day, "self_handle", {}, WORKER, 13)]


def _disposed(maker: _Maker, day: date) -> list[Step]:
    return [*_disposing(maker, day), maker.finished(later(day, 1))]


def _asking(maker: _Maker, day: date) -> list[Step]:
    return [*_disposing(maker, day), maker.extended(later(day, 2))[0]]


def _supervised(maker: _Maker, day: date) -> list[Step]:
    told: _Args = {"supervise_level": "黄牌", "reason": "超过时限没有进展。"}
    return [*_disposing(maker, day), Step(later(day, 5), "supervise", told, COMMUNITY)]


def _suspended(maker: _Maker, day: date) -> list[Step]:
    why: _Args = {"reason": "等上级批复施工方案，开工日期未定。"}
    return [*_disposing(maker, day), Step(later(day, 2), "suspend", why, COMMUNITY)]


def _reworking(maker: _Maker, day: date) -> list[Step]:
    return [*_disposing(maker, day), maker.finished(day), maker.reworked(later(day, 1), later(day, 9))[0]]


def _redone(maker: _Maker, day: date) -> list[Step]:
    done = later(day, 2)
    told: _Args = {"satisfaction": "2", "service_satisfaction": "3", "reason": "回访说灯还是不亮。"}
    return [*_disposing(maker, day), maker.finished(done), Step(done, "verify_pass", {}, WORKER, 17),
            Step(later(done, 2), "dissatisfied", told, COMMUNITY)]  # fmt: skip


def _closed(maker: _Maker, day: date) -> list[Step]:
    return [*_disposed(maker, day), Step(later(day, 1), "verify_pass", {}, WORKER, 17)]


def _escalated(maker: _Maker, day: date) -> list[Step]:
    why: _Args = {"reason": "涉及两个单位，社区协调不下来。"}
    return [*_disposing(maker, day), Step(later(day, 1), "escalate", why, maker.unit, 16)]


# Three working days are the usual time: who was reported three ago is due today, four ago red, more is late.
_OPEN: tuple[tuple[int, Callable[[_Maker, date], list[Step]]], ...] = (
    (14, _supervised), (12, _suspended), (8, _redone), (6, _declined), (5, _disposing), (_DAYS + 1, _sent),
    (_DAYS, _reworking), (_DAYS, _closed), (_DAYS, _own), (2, _disposing), (2, _asking), (2, _disposed),
    (1, _escalated), (1, _accepted), (1, _accepted), (1, _sent), (1, _reported), (1, _reported), (1, _draft),
)  # fmt: skip
