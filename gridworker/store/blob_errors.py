"""What can go wrong with the photo file of a home, each told with what is safe and what to do."""

from __future__ import annotations

from gridworker.store.errors import StoreError


class DamagedBlobs(StoreError):
    """The photo file does not answer to its key, or a photo in it is not what was put there."""

    TITLE = "照片文件 blobs.db 损坏，照片读不出来。"
    SAFE = "台账本身没有受影响；文件都原样保留，没有删除或改动任何东西。"
    ACTION = "请用“恢复台账”（命令 gridworker recover）从备份找回照片，损坏的文件会原样保留；或联系社区管理员。"


class MissingBlobs(StoreError):
    """Photos were kept here before, and their file is gone."""

    TITLE = "照片文件 blobs.db 不在了，照片暂时看不到。"
    SAFE = "台账本身没有受影响；没有改动任何东西。"
    ACTION = (
        "请从回收站找回 blobs.db，放回台账所在的文件夹；没有时用“恢复台账”（命令 gridworker recover）从备份找回照片。"
    )


class NewerBlobs(StoreError):
    """A newer program has written the photo file."""

    TITLE = "照片文件由更新的程序写过，这个版本不能打开。"
    ACTION = "请安装新版程序后再打开。"


class BlobAbsent(StoreError):
    """A photo that a record names is not on this machine."""

    TITLE = "这张照片不在本机。"
    SAFE = "记录没有改动。"
    ACTION = "它可能在别的电脑上，还没有同步过来；也可能没有处理成功。"
