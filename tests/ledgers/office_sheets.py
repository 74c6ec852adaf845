"""Sheets of five ledgers as offices fill them: title rows, merged heads, dates in dots, numbers as text, rare names."""

from collections.abc import Sequence
from pathlib import Path

from tests.exchange.office_workbooks import save

PHONES = ("15400000011", "15400000012", "15400000013")
_FOOT = ["填表人：", None, "审核：", None]

_RENTAL: list[Sequence[object]] = [
    ["海棠社区出租房屋登记台账"],
    ["填报单位：海棠社区居委会", None, None, None, "填报日期：2026.3.5"],
    ["序号", "房屋情况", None, None, "房东信息", None, None, "承租人", None, "隐患", "备注"],
    [None, "房屋地址", "用途", "面积（㎡）", "姓名", "身份证号码", "联系电话", "姓名", "电话", None, None],
    [1, "海棠苑3号楼2单元501", "住宅", 86.5, "张㛃", None, 15400000011.0, "䶮小明", "154 0000 0012", "用电", None],
    [2, "海棠苑三号楼2单元502室", "商住", "60", "李 𬭚", "E12345678", "'15400000013", "周𠅤", None, "无", "群租"],
    _FOOT,
]
_CARE: list[Sequence[object]] = [
    ["2026年3月特殊困难老年人探访关爱登记表"],
    ["序号", "楼号", "单元", "房号", "老人姓名", "人员类别", "探访时间", "探访方式", "见面", "身体状况", "精神状况",
     "安全检查", "提供的服务", "异常情况", "网格员", "备注"],
    [1, "3", "2", "501", "张㛃", "独居", "2026.3.5", "入户", "是", "正常", "良好", "均正常", "敲门、测血压", None, "甲",
     None],
    [2, "3", "2", "502", "李𬭚", "高龄老人", "2026年3月6日 上午9点", "打电话", "是", "行动异常，其余正常", "好",
     "燃气有问题、其他正常", None, "已联系家属", "甲", None],
    _FOOT,
]  # fmt: skip
_OPINION: list[Sequence[object]] = [
    ["社情民意收集登记表（3月）"],
    ["社区：海棠社区", None, None, None, "2026年3月"],
    ["序号", "日期", "反映人", None, "渠道", "类型", "事项类别", "反映问题", "地点", "处理情况", "是否满意"],
    [None, None, "姓名", "电话", None, None, None, None, None, None, None],
    [1, "2026.3.5", "王𠅤", 15400000011.0, "入户走访", "诉求", "便民服务", "3号楼2单元声控灯不亮", "3号楼2单元", "已换",
     "满意"],
    [2, "2026/3/6", "匿名", None, "电话", "意见建议", "综治", "夜间施工扰民", "东门工地", None, None],
    ["合计", None, "2条"],
]  # fmt: skip
_DISPUTE: list[Sequence[object]] = [
    ["矛盾纠纷排查化解台账"],
    ["填表单位（盖章）：海棠社区", None, None, "2026年3月5日"],
    ["序号", "纠纷名称", "发生时间", "地点", "纠纷类型", "规模", "涉及人数", "当事人", "简要情况", "受理时间",
     "调解组织", "调解员", "联系电话", "化解结果", "协议类型", "协议号"],
    [1, "漏水纠纷", "2026.3.1", "3号楼2单元", "邻里纠纷", "个体", "2人", "张㛃、李𬭚", "501 漏水到 401", "2026.3.3",
     "社区调委会", "赵䶮", 15400000013.0, "已化解", "书面", "海调〔2026〕3号"],
    [2, "装修噪音", 46085, "5号楼", "物业", "01", 3, None, "装修时间过长", None, None, None, None,
     "正在化解", "无", None],
    _FOOT,
]  # fmt: skip
_DELIBERATION: list[Sequence[object]] = [
    ["海棠社区议事协商记录汇总表"],
    ["序号", "会议形式", "议题", "议题来源", "会议时间", "会议地点", "主持", "参会人员", "协商过程", "表决", None, None,
     "议定事项", "责任人", "完成时限"],
    [None, None, None, None, None, None, None, None, None, "赞成", "反对", "弃权", None, None, None],
    [1, "议事协商", "加装充电桩", "居民提出", "2026.3.5 14:00", "社区会议室", "甲",
     "居民代表12人、党员3人，物业公司2人", "大家同意", "15", 1.0, 1, "装 10 个", "甲", "2026.4.30"],
    [2, "网格例会", "楼道堆物", "走访", "2026年3月6日", "红色驿站", "甲", "居民：8；网格员：1", "分头清理",
     None, None, None, "每月清一次", "甲", "2026.3.31"],
    ["备注：", "表决票数不含列席人员"],
]  # fmt: skip

_SHEETS: dict[str, tuple[list[Sequence[object]], tuple[str, ...]]] = {
    "rental_house": (_RENTAL, ("A1:K1", "A3:A4", "B3:D3", "E3:G3", "H3:I3", "J3:J4", "K3:K4")),
    "care_visit": (_CARE, ("A1:P1",)),
    "opinion": (_OPINION, ("A1:K1", "C3:D3", *(f"{column}3:{column}4" for column in "ABEFGHIJK"))),
    "dispute": (_DISPUTE, ("A1:P1",)),
    "deliberation": (_DELIBERATION, ("A1:O1", "J2:L2", *(f"{column}2:{column}3" for column in "ABCDEFGHIMNO"))),
}
OFFICE_LEDGERS = tuple(_SHEETS)


def office_sheet(ledger: str, folder: Path) -> Path:
    """A workbook of one ledger with two records."""
    rows, merges = _SHEETS[ledger]
    return save(folder / f"{ledger}.xlsx", rows, merges)
