"""Every refusal the server answers with: a stable number and code, the HTTP status, and sentences for people."""

from __future__ import annotations

from dataclasses import dataclass

from gridworker.errors import KnownError
from gridworker.sync import wire

_SAFE = "本机的数据没有改动。"


@dataclass(frozen=True)
class _Kind:
    number: int
    status: int
    title: str
    action: str = ""


_KINDS = {
    "MALFORMED": _Kind(1001, 400, "服务器读不懂这次请求。", "请升级程序后再试；仍不行请把问题报告发给管理员。"),
    "HASH_MISMATCH": _Kind(1002, 400, "数据在路上损坏了。", "程序会自动重试。"),
    "BROKEN_SEQUENCE": _Kind(1003, 400, "这一批操作的序号不连续。", "请把问题报告发给管理员。"),
    "TOO_LARGE": _Kind(1004, 413, "这一批数据太大。", "程序会自动分小批再送。"),
    "WRONG_TYPE": _Kind(1005, 415, "请求的数据类型不对。", "请升级程序后再试。"),
    "NOT_FOUND": _Kind(1006, 404, "服务器上没有这个地址。", "请核对服务器网址，或升级程序。"),
    "PROTOCOL": _Kind(1007, 426, "程序与服务器的版本相差太远。", "请升级程序；没有同步的内容仍在本机。"),
    "METHOD": _Kind(1008, 405, "这个地址不接受这样的请求。", "请核对服务器网址，或升级程序。"),
    "TOKEN_INVALID": _Kind(2001, 401, "登录已过期。", "程序会自动重新登录。"),
    "PROOF_INVALID": _Kind(2002, 401, "服务器不认识这台设备。", "请向社区索取新的加入码。"),
    "DEVICE_REVOKED": _Kind(2003, 401, "这台设备已被停用。", "请联系社区；没有同步的内容仍在本机。"),
    "SCOPE_FORBIDDEN": _Kind(2004, 403, "您没有这个网格的权限。", "请联系社区核对您负责的网格。"),
    "CODE_INVALID": _Kind(2005, 403, "加入码不对，或者已经用过、过期。", "请核对后再输，或向社区索取新的加入码。"),
    "TOO_MANY_TRIES": _Kind(2006, 429, "试得太多了。", "请稍等几分钟再试。"),
    "GAP": _Kind(3001, 409, "中间缺了几步操作。", "程序会从缺的那一步起重送。"),
    "DEVICE_FORKED": _Kind(3002, 409, "这台设备的数据曾被复制或恢复过。", "程序会换一个编号继续，什么都不会丢。"),
    "EPOCH_CHANGED": _Kind(3003, 409, "服务器换过数据。", "程序会重新核对后继续。"),
    "INTERNAL": _Kind(9001, 500, "服务器出了故障。", "程序会自动重试；一直这样请联系管理员。"),
    "BUSY": _Kind(9002, 503, "服务器正忙。", "程序会自动重试。"),
}


class Refused(KnownError):
    """A request the server does not serve; nothing was changed by it."""

    def __init__(self, code: str, *, retry_after: int = 0, **details: wire.WireValue) -> None:
        kind = _KINDS[code]
        super().__init__(kind.title, safe=_SAFE, action=kind.action)
        self.code = code
        self.status = kind.status
        self.number = kind.number
        self.retry_after = retry_after
        self.details = details

    def body(self) -> wire.Refusal:
        """The refusal as it travels."""
        return wire.Refusal(
            number=self.number,
            code=self.code,
            title=self.title,
            safe=self.safe,
            action=self.action,
            details=self.details,
        )


def all_refusals() -> dict[str, tuple[int, int, str]]:
    """Every code with its number, status and title, for the protocol's page."""
    return {code: (kind.number, kind.status, kind.title) for code, kind in _KINDS.items()}
