"""When a ledger is damaged or moves to another machine: checking it, recovering it, restoring a backup, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gridworker.errors import KnownError
from gridworker.ledger.dates import CHINA
from gridworker.ledgers.registry import all_ledgers
from gridworker.operations import backup_photos, backups, second_place
from gridworker.operations.photo_words import in_place, in_vault, named_records, photo_sentences
from gridworker.operations.session import Session
from gridworker.store import anchor, audit, blob_return, outbox, recovery, restoring
from gridworker.store.backup import Progress, Stop
from gridworker.store.blob_return import Brought
from gridworker.store.errors import DiskFull
from gridworker.store.recovery import Recovered

_CLOCK_SLACK_MS = 3_600_000
_DAY_MS = 86_400_000
_AFTERWARDS = (
    "没有上传的内容会在下次同步时重新上传。做这份备份以后登记的：已经上传的，同步时会回来；没有上传的，备份里没有。"
)


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. `ok` is None where it is no fault and yet worth knowing."""

    name: str
    text: str
    ok: bool | None = True


@dataclass(frozen=True)
class RecoveryReport:
    """What came back and what did not, as facts and as sentences."""

    kind: str
    aside: str
    complete: bool
    sentences: tuple[str, ...]
    standing: Mapping[str, int]
    lost: Mapping[str, int]
    links_missing: int
    photos_back: int = 0
    photos_lost: int = 0
    photo_records: tuple[str, ...] = ()


@dataclass(frozen=True)
class RestoreReport:
    """Which backup stands now, where the former ledger was put, and what became of the photos it names."""

    made_at: datetime
    aside: str
    incarnation: int
    text: str
    photos_back: int = 0
    photos_lost: int = 0
    photo_records: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()


def verify(session: Session, *, every_photo: bool = False) -> list[Check]:
    """Reads every page, the whole chain, the anchor, the newest backup and the photos, here and in their backups.

    Raises nothing that it can tell. Of more than a gigabyte of backed-up photos it reads a part by chance, unless
    `every_photo` is asked for.
    """
    ledger = [_pages(session), *_chain(session), _outbox(session), _backup(session)]
    return [*ledger, *_photos(session, every_photo=every_photo), *_clock(session)]


def recover(
    home: Path,
    secret: str,
    *,
    extra: Path | None = None,
    progress: Progress = lambda _done, _total, _text: None,
    cancelled: Stop = lambda: False,
) -> RecoveryReport:
    """Brings a damaged ledger back; only on the person's word. The home must be closed."""
    done = recovery.recover(home, secret, extra=extra, progress=progress, cancelled=cancelled)
    photos = _recovered_photos(home, secret, extra, progress, cancelled)
    lost, missing = done.rejoined.lost, done.links_missing
    return RecoveryReport(
        done.kind,
        done.aside,
        not lost
        and not _missing_sentences(done)
        and not done.rejoined.steps_lost
        and not photos.lost
        and not photos.problem,
        tuple(_sentences(done, photos)),
        _labelled(done.standing),
        _labelled(lost),
        missing,
        photos.back,
        photos.lost,
        tuple(named_records(photos)),
    )


def restore(
    home: Path,
    source: Path,
    secret: str,
    *,
    ledger: str = "",
    aside: bool = False,
    progress: Progress = lambda _done, _total, _text: None,
    cancelled: Stop = lambda: False,
) -> RestoreReport:
    """Makes a backup the ledger of a home; the device goes on under a new name, so that the server tells them apart."""
    done = restoring.restore(home, source, secret, ledger=ledger, aside=aside, progress=progress, cancelled=cancelled)
    said = [f"已恢复 {_when(done.made_at)} 的备份，里面有：{_list(done.standing) or '还没有记录'}。"]
    if done.skipped:
        said.append(f"有 {done.skipped} 份更新的备份已损坏，没有用。")
    if done.aside:
        said.append(f"原来的台账原样放在 {done.aside}。")
    said += [*photo_sentences(done.photos), _AFTERWARDS]
    return RestoreReport(
        done.made_at, done.aside, done.incarnation, "".join(said), done.photos.back, done.photos.lost,
        tuple(named_records(done.photos)), tuple(said),
    )  # fmt: skip


def _recovered_photos(
    home: Path, secret: str, extra: Path | None, progress: Progress, cancelled: Stop
) -> Brought:  # fmt: skip
    """The ledger stands by now: what hinders its photos is told, and a second recovery goes on with them."""
    try:
        return blob_return.recover(home, secret, extra=extra, progress=progress, cancelled=cancelled)
    except KnownError as failed:
        return Brought(problem=failed.title)


def _pages(session: Session) -> Check:
    return _checked("文件", session.store.raise_if_damaged, "每一页都完好。")


def _chain(session: Session) -> list[Check]:
    with session.store.read() as tx:
        report = audit.verify(tx)
        head = audit.head(tx)
    links = report.head.links
    broken = f"第 {report.broken_at} 步对不上，有记录被改过或删过。"
    checks = [Check("操作记录", f"{links} 步首尾相连，没有改动。" if report.ok else broken, ok=report.ok)]
    marks = anchor.read_marks(session.home, session.store.lend_key())
    if marks.newest is None:
        return [*checks, Check("印记", "本机的印记文件不在或读不出来，从这一次打开起重新记。", ok=False)]
    held = marks.newest.links <= head.links
    text = f"与印记相符（第 {marks.newest.links} 步）。" if held else "比印记少，有保存过的内容不见了。"
    return [*checks, Check("印记", text + (f"另有 {marks.bad} 条印记损坏。" if marks.bad else ""), ok=held)]


def _outbox(session: Session) -> Check:
    with session.store.read() as tx:
        counts = outbox.counts(tx)
        gaps = _gaps(tx.sql("SELECT scope, device, incarnation, n FROM outbox WHERE status <> 'acked' AND n > 0"))
    waiting = sum(count for status, count in counts.items() if status != outbox.ACKED)
    text = f"{waiting} 条等着上传，{counts.get(outbox.ACKED, 0)} 条服务器已收到。"
    return Check("待上传", text if not gaps else f"{text}编号有 {gaps} 处不连续。", ok=not gaps)


def _gaps(rows: list[tuple[str, str, int, int]]) -> int:
    groups: dict[tuple[str, str, int], list[int]] = {}
    for scope, device, incarnation, n in rows:
        groups.setdefault((scope, device, incarnation), []).append(n)
    return sum(1 for ns in groups.values() if max(ns) - min(ns) + 1 != len(ns))


def _backup(session: Session) -> Check:
    try:
        at = backups.check_newest(session)()
    except KnownError as failed:
        return Check("备份", failed.title, ok=False if backups.listing(session) else None)
    return Check("备份", f"最新一份做于 {_when(at)}，能打开，每一页都完好。")


def _photos(session: Session, *, every_photo: bool) -> list[Check]:
    """The photo file, and the vaults that can be reached; only where a photo was ever kept."""
    if not backup_photos.has_photos(session):
        return []
    try:
        checks = [Check("照片", *in_place(session))]
        names = {"照片备份": backup_photos.local_folder(session)}
        place = backups.second_place(session)
        if place is not None and second_place.is_there(session, place):
            names["第二个位置的照片"] = backups.folder_in(session, place)
        for name, folder in names.items():
            checks.append(Check(name, *in_vault(session, folder, everything=every_photo)))
    except DiskFull as failed:
        return [Check("照片", f"{failed.title}这次没有检查照片。", ok=None)]
    except KnownError as failed:
        return [Check("照片", failed.title, ok=False)]
    return checks


def _clock(session: Session) -> list[Check]:
    """Only where the clock stands before the last save; no decision depends on it."""
    newest = anchor.read_marks(session.home, session.store.lend_key()).newest
    present = int(session.now().timestamp() * 1000)
    if newest is None or present > newest.at_ms - _CLOCK_SLACK_MS:
        return []
    days = (newest.at_ms - present) // _DAY_MS
    return [Check("时钟", f"电脑时钟比上次保存时早了 {days} 天，请校准；已存的内容不受影响。", ok=None)]


def _checked(name: str, work: Callable[[], None], text: str) -> Check:
    try:
        work()
    except KnownError as failed:
        return Check(name, failed.title, ok=False)
    return Check(name, text)


def _sentences(done: Recovered, photos: Brought) -> list[str]:
    if done.kind in (recovery.UNHARMED, recovery.KEYS):
        about_keys = [_keys_sentence(done)] if done.keys_at else []
        if not (photos.rebuilt or photos.back or photos.lost or photos.problem or about_keys):
            return ["逐页检查过，没有发现损坏，什么都没有动。"]
        said = ["台账逐页检查过，没有损坏，没有动它。", *about_keys, *photo_sentences(photos)]
        return [*said, f"原来的照片文件原样保留在 {photos.aside}。"] if photos.aside else said
    more = done.rejoined
    said = [_first_sentence(done)]
    if more.rescued:
        said.append(f"操作记录读不出、但内容还在的，已直接找回并重新等待上传：{_list(more.rescued)}。")
    if more.steps_lost:
        said.append(f"办理状态没能找回、停在备份时的状态，请逐条核对：{_list(more.steps_lost)}。")
    if more.lost:
        said.append(f"没能找回：{_list(more.lost)}。")
    said += _missing_sentences(done)
    said += photo_sentences(photos)
    if not (more.lost or more.steps_lost or _missing_sentences(done) or photos.lost or photos.problem):
        said.append("没有丢失任何内容。")
    said.append(f"现在台账里有：{_list(done.standing) or '还没有记录'}。")
    if done.keys_at:
        said.append(_keys_sentence(done))
    if done.aside:
        said.append(f"损坏的文件原样保留在 {done.aside}。")
    return said


def _missing_sentences(done: Recovered) -> list[str]:
    said = []
    if done.links_missing and done.audit_lost:
        said.append(f"有 {done.links_missing} 步的审计记录读不出来，登记的内容已按待上传的操作找回。")
    elif done.links_missing:
        said.append(f"最后一次保存之前，有 {done.links_missing} 步操作没能找回。")
    if done.drafts_missing:
        said.append(f"最后 {done.drafts_missing} 次没写完的草稿或接收的内容没能找回；接收的会在下次同步时再来。")
    return said


def _keys_sentence(done: Recovered) -> str:
    at = _when(done.keys_at) if done.keys_at else ""
    return f"钥匙文件 keys.json 取自 {at} 的备份，口令和恢复码是那时的；后来改过口令的，请在设置里再改一次。"


def _first_sentence(done: Recovered) -> str:
    match done.kind:
        case recovery.MENDED:
            return f"改正了 {done.bits} 处坏点。" if done.bits else "把断开的日志重新接上了。"
        case recovery.FROM_BACKUP:
            at = done.backup_at or datetime.now(UTC)
            return f"已用 {_when(at)} 的备份恢复，并补回其后的 {done.rejoined.ops} 步操作。"
        case recovery.AS_IS:
            return "现有的台账文件完好，但不是最后的一份，也没有更新的备份；已从它继续。"
    return f"没有可用的备份，已从损坏的文件里读出能读的内容，有 {done.pages_lost} 页读不出来。"


def _list(counts: Mapping[str, int]) -> str:
    return "、".join(f"{label} {count} 条" for label, count in _labelled(counts).items())


def _labelled(counts: Mapping[str, int]) -> dict[str, int]:
    labels: Counter[str] = Counter()
    for key, count in counts.items():
        labels[all_ledgers()[key].label if key in all_ledgers() else key] += count
    return dict(labels)


def _when(at: datetime) -> str:
    return f"{at.astimezone(CHINA):%Y-%m-%d %H:%M}"
