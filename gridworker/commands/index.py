"""Which command lies in which module, and what the list of all commands says of it: so that one alone is imported."""

from __future__ import annotations

from collections.abc import Mapping

ROOMS: Mapping[str, Mapping[str, str]] = {
    "homes": {
        "init": "建立数据目录，设定口令，取得恢复码",
        "demo": "填入演示数据（虚构的社区、住户、居民和一年的记录）",
        "status": "本机有什么、等着上传什么、服务器上有什么",
        "recovery-code": "换一个恢复码（旧的马上失效），抄下或打印",
        "passphrase": "更换口令（数据不动，只换钥匙）",
    },
    "records": {
        "recurrences": "可能是回流的记录：同一地点同类事项，办结后 30 天内又出现",
        "recurrence": "确认一条记录是另一条的回流，写上原案件",
        "list": "列出一本台账；表格里个人信息打码，--json 对可以查看的岗位为完整内容并留痕",
        "show": "显示一条记录；可以查看敏感内容的岗位看到全部并留痕，其他岗位打码",
        "save": "新建或修改一条记录；JSON 里有 id 时为修改，JSON 写 - 时从标准输入读",
        "move": "办理一步，例如登记、认领、复查合格",
        "search": "按姓名、拼音、首字母、房号、电话尾号、类别、曾用名查找",
        "rebuild-search": "重建搜索索引：升级之后，或查不到明明登记过的人时",
        "delete": "放进回收站",
        "history": "谁在何时改了什么",
        "undo": "撤销一次保存（编号见 save 的输出）",
    },
    "day": {
        "due": "到期和将到期的走访、隐患、微心愿、案件等",
        "put-off": "把一件待办推迟到某天（编号见 due --json 的 key），要写原因",
        "bring-back": "把推迟了的待办放回今天",
    },
    "figures": {
        "figures": "本月数据：各项指标的分子、分母和结果，可按网格、社区、街道、区市统计",
    },
    "residents": {
        "resident": "出生、分户、合并重复登记；迁入迁出等用 gridworker save movement",
    },
    "exchange": {
        "import": "导入一份表格（xlsx、xls、csv）；--dry-run 只看不写",
        "undo-import": "整批撤销一次导入",
        "export": "导出为表格；个人信息打码，--full 为完整内容并留痕",
        "print": "打印为 PDF",
    },
    "photos": {
        "photo": "记录的照片和附件：添加、列出、另存",
    },
    "safety": {
        "backup": "现在备份一次；加密，做完会打开检查",
        "restore": "从备份恢复整个台账，或从回收站恢复一条记录",
        "verify": "检查台账：每一页、操作记录、印记、待上传、备份、照片；有问题时退出码为 1",
        "recover": "台账损坏或打不开时，尽可能找回；损坏的文件原样保留",
        "purge": "不再负责的网格留下的、服务器没有的照片和旧文件：列出，或确认后清除",
    },
    "syncing": {
        "enroll": "用一次性加入码加入服务器",
        "sync": "把等着的上传，把别人写的取回来",
    },
    "ledgers": {
        "ledger": "一本台账由声明得到的一切：字段、代码、表、步骤、打码",
    },
    "reference": {
        "reference": "参考数据：代码表、放假安排、时限、走访规则、指标口径",
    },
    "server": {
        "serve": "运行同步服务器",
        "admin": "管理服务器：区划、网格、加入码、岗位、设备、托管",
    },
    "team": {
        "team": "网格的队伍：网格长、专职、专业和兼职、楼长，空缺也列出",
    },
}
"""In the order of the list; `tests/commands/test_index.py` holds that the modules say the same."""


def room_of(command: str) -> str:
    """The module a command lies in."""
    return next(room for room, commands in ROOMS.items() if command in commands)
