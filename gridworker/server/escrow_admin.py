"""The office's side of escrow: makes the key that opens boxes, and releases a code, leaving a trace on the server.

The private key is a file the office keeps; the server's database never holds it, and it is read for a release alone.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import secrets
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.ext.asyncio import AsyncConnection

from gridworker.errors import KnownError
from gridworker.sealing import BoxBroken, escrow_words, fingerprint, unseal
from gridworker.server import tables
from gridworker.server.access import standing_of
from gridworker.server.admin import run
from gridworker.server.clock import day_of, now_ms, stamp
from gridworker.server.log import note
from gridworker.server.posts import posts_of

_KIND = "gridworker escrow key"
# As the key file of a laptop: this file opens every laptop of the office that has been given up with its key file.
_TIME, _MEMORY_KIB, _LANES = 3, 65_536, 4
_RELEASERS = ("community", "street", "district")
_KEPT = "没有放行，没有改动。"
_actor, _device, _box = tables.actor.c, tables.device.c, tables.escrow_box.c
_release = tables.escrow_release.c


@dataclass(frozen=True)
class Release:
    """One line of the register of releases."""

    at: str
    device_id: str
    by: str
    reason: str


def make_key(url: str, path: Path, passphrase: str) -> str:
    """Makes the office's key: the private half into a new file, the public one to the server; its fingerprint."""
    if not passphrase.strip():
        raise KnownError("托管私钥的口令不能为空。", safe="没有改动。", action="请设一个口令，和私钥文件分开保管。")
    private = X25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    named = fingerprint(public)
    _write_key(path, named, private.private_bytes_raw(), passphrase)

    async def work(connection: AsyncConnection) -> None:
        row = {"fingerprint": named, "public_key": public, "made_at": now_ms()}
        await connection.execute(sa.insert(tables.escrow_key).values(**row))

    run(url, work)
    note("escrow_key_made", key=named)
    return named


def release(url: str, device_id: str, key_file: Path, passphrase: str, *, by: str, reason: str) -> str:
    """The escrow code of a device, for its worker to type in; a coordinator of its community answers for it by name."""
    if not reason.strip():
        raise KnownError("请写明放行的原因。", safe=_KEPT)
    named, private = _read_key(key_file, passphrase)

    async def work(connection: AsyncConnection) -> str:
        box = await _box_of(connection, device_id)
        actor_id = await _coordinator(connection, device_id, by.strip())
        if box.fingerprint != named:
            raise KnownError(
                f"这台设备的恢复码是用另一把公钥封存的（{box.fingerprint}）。",
                safe=_KEPT,
                action="请换用那一把私钥文件。",
            )
        try:
            code = unseal(private, bytes(box.box), bound_to=escrow_words(device_id, box.database)).decode("ascii")
        except (BoxBroken, UnicodeDecodeError):
            raise KnownError("封存的恢复码损坏，打不开。", safe=_KEPT, action="请用打印的恢复码。") from None
        # The trace and the code come together: what cannot be noted is not released.
        row = {"device_id": device_id, "n": await _next_number(connection, device_id), "released_at": now_ms(),
               "by_actor": actor_id, "reason": reason.strip()[:200], "fingerprint": named}  # fmt: skip
        await connection.execute(sa.insert(tables.escrow_release).values(**row))
        return code

    code = run(url, work)
    note("escrow_released", device=device_id, key=named)
    return code


def releases(url: str) -> list[Release]:
    """Every release there was, the newest first."""

    async def work(connection: AsyncConnection) -> list[Release]:
        query = (
            sa.select(_release.released_at, _release.device_id, _actor.name, _release.reason)
            .join(tables.actor, _actor.id == _release.by_actor)
            .order_by(_release.released_at.desc(), _release.n.desc())
        )
        rows = (await connection.execute(query)).all()
        return [Release(stamp(row.released_at), row.device_id, row.name, row.reason) for row in rows]

    return run(url, work)


async def _box_of(connection: AsyncConnection, device_id: str) -> sa.Row[Any]:
    query = sa.select(_device.revoked_at).where(_device.id == device_id)
    device = (await connection.execute(query)).one_or_none()
    if device is None:
        raise KnownError(
            "没有这台设备。", safe=_KEPT, action="设备编号在电脑的“设置 · 口令与数据”里，也可以查加入记录。"
        )
    if device.revoked_at is not None:
        raise KnownError("这台设备已被停用，不能放行。", safe=_KEPT, action="电脑找回并核实以后，请重新加入。")
    box = (await connection.execute(sa.select(tables.escrow_box).where(_box.device_id == device_id))).one_or_none()
    if box is None:
        raise KnownError("这台设备没有在社区封存恢复码。", safe=_KEPT, action="请用打印的恢复码。")
    return box


async def _coordinator(connection: AsyncConnection, device_id: str, name: str) -> str:
    """The person of that name who may answer for it: an office in a grid of the same community."""
    owner = (await connection.execute(sa.select(_device.actor_id).where(_device.id == device_id))).scalar_one()
    grids = (await standing_of(connection, owner)).all_scopes
    today = day_of(now_ms())
    query = sa.select(_actor.id, _actor.name).where(_actor.name == name).order_by(_actor.id)
    for row in (await connection.execute(query)).all():
        posts = [one.post for one in await posts_of(connection, row.id) if not one.is_revoked]
        releasing = [post for post in posts if post.role in _RELEASERS and post.holds_on(today)]
        if any(post.covers(grid) or post.area_code[:12] == grid[:12] for post in releasing for grid in grids):
            return str(row.id)
    raise KnownError(
        f"“{name[:20]}”不是这台设备所在社区的负责人，不能放行。", safe=_KEPT, action="请由社区岗位的工作人员放行。"
    )


async def _next_number(connection: AsyncConnection, device_id: str) -> int:
    query = sa.select(sa.func.max(_release.n)).where(_release.device_id == device_id)
    return int((await connection.execute(query)).scalar_one() or 0) + 1


def _write_key(path: Path, named: str, private: bytes, passphrase: str) -> None:
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    wrapped = AESGCM(_stretched(passphrase, salt)).encrypt(nonce, private, _bound(named))
    parts = {"salt": salt, "nonce": nonce, "wrapped": wrapped}
    document = {"kind": _KIND, "version": 1, "fingerprint": named,
                **{key: base64.b64encode(raw).decode("ascii") for key, raw in parts.items()}}  # fmt: skip
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(document, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise KnownError(
            f"{path.name} 已经存在，不能覆盖。", safe="原来的文件没有改动。", action="请换一个文件名。"
        ) from None
    except OSError as failed:
        raise KnownError(f"写不了 {path.name}。", safe="服务器没有改动。", action="请检查文件夹和权限。") from failed


def _read_key(path: Path, passphrase: str) -> tuple[str, bytes]:
    try:
        document = {"kind": "", "version": 0, **json.loads(path.read_text(encoding="utf-8"))}
        _raise_if_other(document)
        named = str(document["fingerprint"])
        salt, nonce, wrapped = (base64.b64decode(document[key], validate=True) for key in ("salt", "nonce", "wrapped"))
        return named, AESGCM(_stretched(passphrase, salt)).decrypt(nonce, wrapped, _bound(named))
    except InvalidTag:
        raise KnownError("托管私钥的口令不对，或者文件损坏。", safe=_KEPT, action="请核对口令和文件。") from None
    except (OSError, ValueError, KeyError, TypeError, binascii.Error):
        raise KnownError(f"{path.name} 不是托管私钥文件。", safe=_KEPT, action="请选 escrow-key 生成的文件。") from None


def _raise_if_other(document: dict[str, Any]) -> None:
    if document["kind"] != _KIND or document["version"] != 1:
        raise ValueError(_KIND)


def _stretched(passphrase: str, salt: bytes) -> bytes:
    material = unicodedata.normalize("NFKC", passphrase).strip().encode("utf-8", "surrogatepass")
    return hash_secret_raw(material, salt, _TIME, _MEMORY_KIB, _LANES, 32, Type.ID)


def _bound(named: str) -> bytes:
    return f"{_KIND} 1 {named}".encode()
