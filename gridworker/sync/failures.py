"""What can go wrong between this laptop and a server, each told in plain words; being offline is normal."""

from __future__ import annotations

from gridworker.errors import KnownError
from gridworker.sync.wire import Refusal

KEPT = "登记的内容都在本机，没有丢失。"


class ServerUnreachable(KnownError):
    """No answer came: no network, nobody there, or the connection broke off. Worth another try later."""


class ServerFailed(ServerUnreachable):
    """The server answered that it is in trouble itself (5xx, 429)."""

    def __init__(self, status: int) -> None:
        super().__init__(f"服务器暂时有故障（{status}）。", safe=KEPT, action="稍后会再试，可以照常登记。")
        self.status = status


class WrongServer(KnownError):
    """Something answered that is not our server: a login page of the network, or another program."""

    def __init__(self) -> None:
        super().__init__(
            "这个地址上回答的不是网格台账的服务器。",
            safe=KEPT,
            action="可能要先登录当前的网络（如酒店、单位的上网页面），或者服务器地址写错了，请核对。",
        )


class Refused(KnownError):
    """The server understood and said no; `code` says it to programs."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.title, safe=refusal.safe or KEPT, action=refusal.action)
        self.code = refusal.code
        self.details = refusal.details


def no_network() -> ServerUnreachable:
    """The machine has no way to the server now."""
    return ServerUnreachable("没有网络，可以照常登记。", safe=KEPT, action="有网络时再同步。")


def no_answer() -> ServerUnreachable:
    """There is a network, but nobody answers at the address."""
    return ServerUnreachable("服务器没有应答。", safe=KEPT, action="稍后再试；一直这样时，请社区管理员看看服务器。")


def broken_off() -> ServerUnreachable:
    """The connection broke before the whole answer was here."""
    return ServerUnreachable("与服务器的连接中断了。", safe=KEPT, action="稍后会接着同步。")


def bad_certificate() -> KnownError:
    """The server could not prove who it is; nothing was sent."""
    return KnownError(
        "服务器的证书不可信，没有发送任何内容。",
        safe=KEPT,
        action="请核对本机的日期时间和服务器地址；还不行时，请社区管理员检查服务器证书。",
    )


def bad_address(url: str) -> KnownError:
    """What was given is not an address of a server."""
    return KnownError(f"“{url[:60]}”不是服务器地址。", action="地址应像 https://sync.example.cn:8443 这样。")


def another_server() -> KnownError:
    """The address now leads to a server this home never joined, or to one restored from a backup."""
    return KnownError(
        "这台服务器不是当初加入的那一台，或者它从备份恢复过，这次没有同步。",
        safe="本机的记录和待同步内容都没有改动，也没有删除。",
        action="请联系社区管理员核对服务器地址和恢复情况。",
    )


def too_many_copies() -> KnownError:
    """Each new name of this device is taken again at once."""
    return KnownError(
        "这台电脑的数据好像被复制到了别处，编号一再冲突，这次没有同步完。",
        safe=KEPT,
        action="请确认同一份数据没有在两台电脑上使用，再试一次。",
    )


def too_large() -> Refused:
    """A batch that the server would not take whole."""
    return Refused(
        Refusal(number=1004, code="TOO_LARGE", title="这一批数据太大。", safe=KEPT, action="程序会自动分小批再送。")
    )
