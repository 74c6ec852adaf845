"""What can go wrong with the files of a home, each told with what is safe and what to do; nothing is ever deleted."""

from __future__ import annotations

from gridworker.errors import KnownError

_KEPT = "文件都原样保留，没有删除或改动任何东西。"
_UNCHANGED = "刚才的这一步没有写入，之前保存的都在。"


class StoreError(KnownError):
    """The world's fault with the files of a home."""

    TITLE = ""
    SAFE = _KEPT
    ACTION = ""

    def __init__(self, title: str = "", *, safe: str = "", action: str = "") -> None:
        super().__init__(title or self.TITLE, safe=safe or self.SAFE, action=action or self.ACTION)


class NoHome(StoreError):
    """There is no ledger in this folder yet."""

    TITLE = "这里还没有台账。"
    SAFE = "没有改动任何东西。"
    ACTION = "请先新建，或检查数据文件夹是否选对。"


class NotAFolder(StoreError):
    """A file lies where the folder should be."""

    TITLE = "选的数据目录是一个文件，不是文件夹。"
    SAFE = "没有改动任何东西。"
    ACTION = "请换一个文件夹，或换一个名字。"


class HomeInUse(StoreError):
    """A ledger already lies in this folder; it is never overwritten."""

    TITLE = "这个文件夹里已经有台账，不能再新建。"
    ACTION = "请打开已有的台账，或换一个空文件夹。"


class WrongPassphrase(StoreError):
    """No slot opens with what was typed."""

    TITLE = "口令不对。"
    SAFE = "数据没有变化。"
    ACTION = "请检查大小写和输入法后再试；忘了口令，可以输入打印的恢复码。"


class MistypedRecoveryCode(WrongPassphrase):
    """The text has the shape of a recovery code, and its check character says that it was misread."""

    TITLE = "恢复码抄错了字。"
    ACTION = "请对照打印的恢复码，一组一组核对后再输入；恢复码里没有数字 0、1 和字母 I、O。"


class TooManyTries(StoreError):
    """Wrong secrets came too often; `seconds` tells how long to wait. A recovery code is never made to wait."""

    SAFE = "数据没有变化。"
    ACTION = "记不起口令，可以现在就输入打印的恢复码，不用等。"

    def __init__(self, seconds: int = 0) -> None:
        super().__init__(f"口令连续输错多次，请等 {waiting_words(seconds)}再试。")
        self.seconds = seconds


class EmptyPassphrase(StoreError):
    """A passphrase of nothing protects nothing."""

    TITLE = "口令不能为空。"
    SAFE = "没有改动任何东西。"
    ACTION = "请输入一个自己记得住、别人猜不到的口令。"


class DamagedSidecar(StoreError):
    """`keys.json` cannot be what the program wrote."""

    TITLE = "钥匙文件 keys.json 损坏，口令暂时打不开台账。"
    ACTION = "请不要删除这个文件夹里的任何文件；从备份里找回 keys.json 放回原处，或联系社区管理员。"


class SwappedSidecar(StoreError):
    """`keys.json` belongs to another database than the one beside it."""

    TITLE = "钥匙文件 keys.json 和这里的台账对不上，多半是另一份台账的。"
    ACTION = "请把属于这份台账的 keys.json 从备份里找回，放回原处；没有人换过它，就是台账文件的开头损坏，请用备份恢复。"


class ReadOnlySidecar(StoreError):
    """`keys.json` may be read and not written."""

    TITLE = "钥匙文件 keys.json 设成了只读，没有改成。"
    SAFE = "原来的口令和恢复码照常能用。"
    ACTION = "请在文件属性里取消“只读”，再试一次。"


class NoKeyring(StoreError):
    """The system keeps no secrets for programs, or did not do so now."""

    TITLE = "这台电脑的系统密钥环现在不能用。"
    SAFE = "口令和恢复码照常能用。"
    ACTION = "请用口令打开。"


class MissingSidecar(StoreError):
    """The database is there and its key file is not."""

    TITLE = "台账文件在，钥匙文件 keys.json 不在，无法打开。"
    ACTION = "请从备份里找回 keys.json，放回台账所在的文件夹；请不要新建台账。"


class NewerSidecar(StoreError):
    """`keys.json` was written by a newer program."""

    TITLE = "钥匙文件由更新的程序写成，这个版本读不懂。"
    ACTION = "请安装新版程序后再打开。"


class MissingDatabase(StoreError):
    """The key file is there and the database is not."""

    TITLE = "钥匙文件在，台账文件 gridworker.db 不在。"
    ACTION = "请把台账文件从备份或回收站找回，放回原处；请不要新建台账。"


class DamagedDatabase(StoreError):
    """The key is proven, and the file does not answer to it."""

    TITLE = "台账文件损坏，读不出来。"
    ACTION = (
        "口令没有错。请用“恢复台账”（命令 gridworker recover）尽可能找回，损坏的文件会原样保留；也可以联系社区管理员。"
    )


class NewerDatabase(StoreError):
    """A newer program has written this database."""

    TITLE = "这份台账由更新的程序写过，这个版本不能打开。"
    ACTION = "请安装新版程序后再打开。"


class DiskFull(StoreError):
    """There is no room for another page."""

    TITLE = "磁盘满了，没有存下来。"
    SAFE = _UNCHANGED
    ACTION = "请删除一些不用的文件腾出空间，再做一次。正在窗口里填写的内容还在。"


class ReadOnlyHome(StoreError):
    """The folder or a file of it may not be written."""

    TITLE = "数据文件夹不能写入。"
    SAFE = _UNCHANGED
    ACTION = "请检查磁盘写保护和文件夹权限；U 盘请关掉写保护开关。"


class AlreadyOpen(StoreError):
    """Another program holds this home."""

    TITLE = "这份台账已经在另一个窗口或程序里打开。"
    ACTION = "请回到已经打开的窗口，或先把它关掉。"


class Busy(StoreError):
    """Somebody else holds the file for longer than we wait."""

    TITLE = "台账文件正被别的程序占用。"
    SAFE = _UNCHANGED
    ACTION = "请稍等再试；如果正在杀毒或备份，等它结束。"


class SnapshotTooOld(StoreError):
    """A read was held open while so much was saved that its old state was given up."""

    TITLE = "读取的时间太长，期间保存了很多新内容。"
    SAFE = "数据没有变化，保存的都在。"
    ACTION = "请再做一次。"


class NotLocalDisk(StoreError):
    """A network drive cannot keep the promises a database needs."""

    TITLE = "数据文件夹在网络盘上，不能放台账。"
    SAFE = "没有改动任何东西。"
    ACTION = "网络盘断线会损坏台账。请把数据文件夹放到本机硬盘。"


class DiskTrouble(StoreError):
    """Reading or writing failed below the database."""

    TITLE = "读写磁盘时出错。"
    SAFE = _UNCHANGED
    ACTION = "请检查磁盘或 U 盘是否插稳，再试一次；反复出现时请先备份整个数据文件夹。"


class StoreClosed(StoreError):
    """The ledger was closed while somebody still wanted something of it."""

    TITLE = "台账已经关闭。"
    SAFE = _UNCHANGED
    ACTION = "请重新打开台账。"


class RecordGone(StoreError):
    """A record that was to be changed is not here any more."""

    TITLE = "这条记录已经不在了，没有保存。"
    SAFE = "填写的内容还在屏幕上。"
    ACTION = "可能刚被同步收回。请刷新后再看。"


def waiting_words(seconds: int) -> str:
    """A wait as people say it: `45 秒`, `2 分 15 秒`, `15 分钟`."""
    minutes, rest = divmod(max(0, seconds), 60)
    if not minutes:
        return f"{rest} 秒"
    return f"{minutes} 分 {rest} 秒" if rest else f"{minutes} 分钟"
