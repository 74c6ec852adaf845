"""What can be wrong with a whole ledger: saves that vanished, an old copy in its place, backups that do not hold."""

from __future__ import annotations

from gridworker.store.errors import StoreError, WrongPassphrase

_RECOVER = "请不要继续登记，也不要删除文件；请用“恢复台账”（命令 gridworker recover）把它们找回来。"


class VanishedSaves(StoreError):
    """The anchor names links that the database does not hold any more."""

    TITLE = "有已经保存过的内容在台账文件里不见了。"
    ACTION = _RECOVER

    @classmethod
    def of(cls, links: int) -> VanishedSaves:
        """Says how many steps are missing."""
        return cls(f"台账文件里少了 {links} 步已经保存过的内容。")

    @classmethod
    def of_drafts(cls, commits: int) -> VanishedSaves:
        """Says how many drafts, or pages of a pull, are missing while every save is there."""
        return cls(f"保存过的记录都在，但最后 {commits} 次草稿或接收的内容不见了。")


class OldCopy(StoreError):
    """Another file lies in the place of the ledger, and it is older than what was saved here."""

    TITLE = "台账文件被换成了一份旧的副本。"
    ACTION = (
        "如果是有意换回旧备份，请用“恢复台账”（命令 gridworker recover）正式恢复，这样才不会和服务器冲突；"
        "如果不是，请把原来的文件放回来。"
    )

    @classmethod
    def of(cls, links: int) -> OldCopy:
        """Says by how many steps it is older."""
        return cls(f"台账文件被换成了一份旧的副本，比本机最后一次保存少 {links} 步。")

    @classmethod
    def of_drafts(cls, commits: int) -> OldCopy:
        """Says how many drafts, or pages of a pull, it lacks while it has every save."""
        return cls(f"台账文件被换成了一份旧的副本，记录都在，但比本机少最后 {commits} 次草稿或接收的内容。")


class ForeignHistory(StoreError):
    """The chain of the database is not the one that was anchored."""

    TITLE = "台账里的操作记录和本机留下的印记对不上，可能被改过或换过。"
    ACTION = _RECOVER


class DamagedBackup(StoreError):
    """A backup cannot be what was written."""

    TITLE = "这份备份损坏或不完整，不能用来恢复。"
    ACTION = "请换一份备份；程序会自动从最新的一份往前找。"


class NoBackup(StoreError):
    """There is nothing to restore from."""

    TITLE = "这里没有可以用的备份。"
    SAFE = "没有改动任何东西。"
    ACTION = "请检查选的文件夹，或插上存备份的 U 盘再试。"


class NoRoomForBackup(StoreError):
    """The disk is too full for another backup."""

    TITLE = "磁盘空间不够，这次没有备份。"
    SAFE = "台账和已有的备份都在。"
    ACTION = "请删除一些不用的文件腾出空间；下一次会自动再备份。"


_NOTHING_LEFT = "备份没有动，这台电脑上也没有留下半份台账。"


class SourceGone(StoreError):
    """The medium with the backups went away in the middle."""

    TITLE = "恢复到一半，放备份的 U 盘或共享断开了。"
    SAFE = _NOTHING_LEFT
    ACTION = "请重新插好或连上，再开始恢复，会从头做起。"


class SourceClosed(StoreError):
    """The backups may not be read by this person."""

    TITLE = "没有权限读取这里的备份。"
    SAFE = "没有改动任何东西。"
    ACTION = "请检查共享的权限，或把备份复制到 U 盘再试。"


class NoRoomToRestore(StoreError):
    """The disk of the home is too small for what the backup holds."""

    TITLE = "这台电脑的磁盘空间不够，没有恢复。"
    SAFE = _NOTHING_LEFT
    ACTION = "请删除一些不用的文件腾出空间，再开始恢复。"

    @classmethod
    def of(cls, need: int) -> NoRoomToRestore:
        """Says how much must be free."""
        return cls(f"这台电脑的磁盘空间不够，至少要有 {-(-need // 1_000_000)} MB 空闲才能恢复。")


class SeveralLedgers(StoreError):
    """A folder holds copies of more than one ledger, and nobody said which is meant."""

    SAFE = "没有改动任何东西。"
    ACTION = "请指明要恢复哪一份（命令行用 --look 查看、用 --ledger 指明）。"

    def __init__(self, count: int = 2) -> None:
        super().__init__(f"这里放着 {count} 份不同台账的备份。")


class HomeStands(StoreError):
    """A ledger lies where a backup was to be restored."""

    TITLE = "这个文件夹里已经有台账，不能直接覆盖。"
    ACTION = "请换一个空文件夹；或加上 --aside，先把现有的台账原样挪到旁边再恢复。"


class FormerPassphrase(WrongPassphrase):
    """The key files of the copies open with another secret than the one that was typed."""

    TITLE = "备份里的钥匙文件不认这个口令。"
    SAFE = "没有改动任何东西。"
    ACTION = "请输入做备份那时用的口令，或打印的恢复码。"


class ForeignCopies(StoreError):
    """Copies open, and are of another ledger than the one that lies here."""

    TITLE = "找到的备份是另一份台账的，没有用它。"
    SAFE = "没有改动任何东西。"
    ACTION = "请换一个放着这份台账备份的文件夹或 U 盘再试。"


class OnlyBackups(StoreError):
    """Neither ledger nor key file is there, and backups of one are."""

    TITLE = "这个文件夹里的台账和钥匙文件都不在，只有备份。"
    ACTION = "请不要新建台账；请用“恢复台账”（命令 gridworker recover）从备份恢复，或把文件从回收站找回。"


class NothingReadable(StoreError):
    """Neither a backup nor a readable page is there."""

    TITLE = "台账文件读不出来，也没有找到可以用的备份。"
    ACTION = "请插上存备份的 U 盘，再用“从备份恢复”；或联系社区管理员。请不要删除这个文件夹里的任何文件。"
