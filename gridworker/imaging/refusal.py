"""Why a photo or document is not taken, in the words the person reads; the code travels between processes."""

from __future__ import annotations

from gridworker.errors import KnownError

MEGABYTE = 1_000_000
FILE_LIMIT = 40 * MEGABYTE
DOCUMENT_LIMIT = 5 * MEGABYTE

_AGAIN = "请重新拍一张，或请发给您的人再发一次原图。"
_AS_JPEG = "请在电脑或手机上另存为 JPEG（.jpg），再添加。"
_WORDS: dict[str, tuple[str, str]] = {
    "missing": ("找不到这个文件，它可能被移动、改名或删除了。", "请重新选择文件。"),
    "locked": ("没有权限读这个文件，或者它正被别的程序占用。", "请关闭打开它的程序，或复制到自己的文件夹，再添加。"),
    "unreadable": ("读这个文件时出错，可能是 U 盘松动或网络盘断开。", "请把文件复制到本机，再添加。"),
    "changed": ("读的时候这个文件还在变化。", "请等它复制完，再添加。"),
    "empty": ("这个文件是空的，大小为 0。", _AGAIN),
    "too_large": (f"这个文件超过 {FILE_LIMIT // MEGABYTE} MB，太大了。", "请用手机的普通模式重拍，或先压缩，再添加。"),
    "document_too_large": (
        f"这份 PDF 超过 {DOCUMENT_LIMIT // MEGABYTE} MB，太大了。", "请用较低的清晰度重新扫描，或拆成几份，再添加。",
    ),
    "pixels": ("这张照片的尺寸太大，打不开。", "请用手机的普通模式重新拍，或先缩小尺寸，再添加。"),
    "memory": ("处理这张照片时内存或时间超出了限度，已经停下。", "请先缩小尺寸，或" + _AS_JPEG.removeprefix("请")),
    "broken": ("这张照片打不开，文件已经损坏，或者没有传完整。", _AGAIN),
    "broken_document": ("这份 PDF 打不开，文件已经损坏，或者没有传完整。", "请发给您的人再发一次，或重新扫描。"),
    "password": ("这份 PDF 设了打开密码，别人打不开。", "请去掉密码后另存，再添加。"),
    "heic": ("这是 HEIC 格式的照片（苹果等手机的高效格式），这里读不了。",
             "请在手机的相机设置里把格式改成“兼容性最佳”；已经拍好的，" + _AS_JPEG.removeprefix("请")),
    "avif": ("这是 AVIF 格式的照片，这里读不了。", _AS_JPEG),
    "raw": ("这是相机的原始格式（RAW），这里读不了。", _AS_JPEG),
    "video": ("这是一段视频，这里只能放照片和 PDF。", "请截一张图，再添加。"),
    "sound": ("这是一段录音，这里只能放照片和 PDF。", "请换一个文件。"),
    "office": ("这是 Word、Excel 或 PPT 文件，这里只能放照片和 PDF。", "请另存为 PDF，再添加。"),
    "archive": ("这是压缩包，这里只能放照片和 PDF。", "请先解压，再选里面的照片。"),
    "vector": ("这是网页或矢量图，不是照片。", "请截一张图，存为 JPEG 或 PNG，再添加。"),
    "other": ("这个文件不是照片，也不是 PDF。", "请选照片（JPEG、PNG、WEBP、BMP、GIF、TIFF）或 PDF。"),
    "not_a_photo": ("这个文件的名字像照片，内容却是 PDF。", "请确认选对了文件；确实要放，把名字改成 .pdf 再添加。"),
    "not_a_document": ("这个文件的名字是 PDF，内容却是照片。", "请确认选对了文件；确实要放，把名字改成 .jpg 再添加。"),
}  # fmt: skip
CODES = frozenset(_WORDS)


class PhotoRefused(KnownError):
    """A file that cannot become a photo or document of a record; nothing of it was kept."""

    def __init__(self, code: str) -> None:
        self.code = code if code in _WORDS else "broken"
        title, action = _WORDS[self.code]
        super().__init__(title, safe="没有添加它，记录没有改动，原来的文件也没有动。", action=action)
