"""帮助: the keys, where data lies, and what to do when something is wrong."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QScrollArea, QVBoxLayout, QWidget

from ui.desk import Desk
from ui.pages.page import Page
from ui.widgets.buttons import key_text
from ui.widgets.card import Card, scrolled
from ui.widgets.stacking import line_in
from ui.widgets.texts import label

KEYS = (
    ("Ctrl+F", "搜索姓名、拼音、首字母、房号、电话尾号"),
    ("Ctrl+N", "新建（走访、住户、隐患……看在哪一页）"),
    ("Ctrl+1", "到 Ctrl+9、Ctrl+0：依次打开左边的各页"),
    ("Ctrl+S", "保存"),
    ("Ctrl+Return", "保存并下一户"),
    ("Ctrl+Z", "撤销刚才的保存"),
    ("Ctrl+P", "打印预览"),
    ("Ctrl+D", "今日工作里，把选中的待办推迟"),
    ("Ctrl+M", "在列表里显示完整信息，或重新隐去"),
    ("F5", "立即同步"),
    ("Ctrl+L", "锁定；没有人用的时候也会自动锁定，时间在设置里选"),
    ("F1", "打开帮助"),
    ("Esc", "回到列表或房间图"),
    ("Delete", "在列表里移到回收站，在照片上去掉这一张"),
    ("Ctrl+V", "在照片一栏里粘贴截图或复制的照片"),
    ("Alt+Down", "在日期里打开日历，在选项里展开"),
    ("Tab", "到下一处；方向键在列表、房间图和并排的选项里移动"),
)
ANSWERS = (
    (
        "填到一半要离开怎么办？",
        "直接离开。停下来不到一秒，草稿就存好了；下次打开同一户，会接着上次的内容。断电也一样。",
    ),
    ("保存错了怎么办？", "按 Ctrl+Z，或点“撤销”。填写的内容会回到表单里，改好再保存。"),
    (
        "删错了，或者早先改错了怎么办？",
        "在那一页的状态里选“回收站”，打开记录，点“恢复”。早先的改动在记录下面的“改动记录”里，可以一步一步撤销。",
    ),
    (
        "照片怎么放？",
        "点“添加照片”，也可以拖进来或粘贴。照片会自动缩小并加密，拍摄地点等信息会去掉；不用等它处理完，可以先保存记录。",
    ),
    ("没有网络怎么办？", "照常登记。内容先加密存在本机，有了网络会自动上传；下面的状态栏写着还有几条等待上传。"),
    (
        "电脑坏了或丢了怎么办？",
        "在新电脑上装好程序，第一次打开时选“从备份恢复”，插上存备份的 U 盘或连上共享，输入原来的口令或恢复码。",
    ),
    ("忘了口令怎么办？", "在解锁页输入恢复码。恢复码在第一次使用时打印或抄下，由社区办公室存放。"),
    ("资料放在哪里？", "只在这台电脑的下面这个文件夹里，全部加密；没有口令，别人拿走电脑也读不了。"),
)


class HelpPage(Page):
    """One page of keys and answers."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        line = line_in(self, 12)
        keys = Card("快捷键")
        keys.body.addWidget(_by_keys(_keys(), "快捷键"))
        answers = Card("常见问题")
        answers.body.addWidget(_by_keys(_answers(str(desk.session.home)), "常见问题"))
        line.addWidget(keys, 2)
        line.addWidget(answers, 3)


def _by_keys(inner: QWidget, name: str) -> QScrollArea:
    """Nothing in it takes the focus, so that it takes it itself, and the arrows scroll it."""
    area = scrolled(inner)
    area.setObjectName("reading")
    area.setAccessibleName(name)
    area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return area


def _keys() -> QWidget:
    inner = QWidget()
    grid = QGridLayout(inner)
    grid.setContentsMargins(16, 14, 16, 14)
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(12)
    grid.setColumnStretch(1, 1)
    for row, (key, sentence) in enumerate(KEYS):
        grid.addWidget(label(key_text(key), "tag"), row, 0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        grid.addWidget(label(sentence, wrap=True), row, 1)
    grid.setRowStretch(len(KEYS), 1)
    return inner


def _answers(home: str) -> QWidget:
    inner = QWidget()
    column = QVBoxLayout(inner)
    column.setContentsMargins(16, 14, 16, 14)
    column.setSpacing(5)
    for question, answer in ANSWERS:
        column.addWidget(label(question, "question"))
        column.addWidget(label(answer, "answer", wrap=True))
        column.addSpacing(12)
    column.addWidget(label(home, "hint", wrap=True, selectable=True))
    column.addStretch(1)
    return inner
