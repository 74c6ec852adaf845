"""How cells travel from the reading child to its parent: msgpack, so that no odd file can make the parent run code."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import msgspec

from gridworker.exchange.cells import Cell, CellError

_DATE, _MOMENT, _ERROR = 1, 2, 3
_HALF_SECOND = 500_000


def pack_cell(value: object) -> object:
    """A cell as calamine or openpyxl gives it, as msgpack can carry it."""
    if isinstance(value, str):
        return value.replace("_x000D_", "").replace("\0", "") or None
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        # msgpack ends at 64 bits; no ledger has a number that long except an ID number that lost its digits.
        return value if abs(value) < 2**63 else float(value)
    if isinstance(value, datetime):
        return msgspec.msgpack.Ext(_MOMENT, _whole_seconds(value).isoformat().encode())
    if isinstance(value, date):
        return msgspec.msgpack.Ext(_DATE, value.isoformat().encode())
    if isinstance(value, CellError):
        return msgspec.msgpack.Ext(_ERROR, value.text.encode())
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02d}" + (f":{seconds:02d}" if seconds else "")
    if isinstance(value, time):
        return value.isoformat("minutes" if not value.second else "seconds")
    return str(value)


def _unpack(code: int, data: memoryview) -> Cell:
    text = bytes(data).decode()
    if code == _DATE:
        return date.fromisoformat(text)
    if code == _MOMENT:
        return datetime.fromisoformat(text)
    return CellError(text)


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Any], ext_hook=_unpack)


def encode(message: list[object]) -> bytes:
    """One message as bytes."""
    return _encoder.encode(message)


def decode(data: bytes) -> list[Any]:
    """One message from bytes, its cells as cells."""
    return _decoder.decode(data)


def _whole_seconds(moment: datetime) -> datetime:
    # A serial number such as 46086.4027777… comes back a few microseconds short.
    nudge = timedelta(seconds=1) if moment.microsecond >= _HALF_SECOND else timedelta()
    return moment.replace(microsecond=0) + nudge
