"""How cells travel from the reading child to its parent: msgpack, so that no odd file can make the parent run code."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import msgspec

from gridworker.exchange.cells import Cell, CellError

_DATE, _MOMENT, _ERROR = 1, 2, 3
_HALF_SECOND = 500_000


def pack_cell(value: object) -> object:
    """A cell as calamine or openpyxl gives it, as msgpack can carry it."""
    packer = _PACKERS.get(type(value))
    return packer(value) if packer else str(value)


def _pack_text(text: str) -> str | None:
    return text.replace("_x000D_", "").replace("\0", "") or None


def _pack_whole(number: int) -> float:
    # msgpack ends at 64 bits; no ledger has a number that long except an ID number that lost its digits.
    return number if abs(number) < 2**63 else float(number)


def _pack_moment(moment: datetime) -> object:
    # A serial number such as 46086.4027777… comes back a few microseconds short.
    nudge = timedelta(seconds=1) if moment.microsecond >= _HALF_SECOND else timedelta()
    return msgspec.msgpack.Ext(_MOMENT, (moment.replace(microsecond=0) + nudge).isoformat().encode())


def _pack_duration(duration: timedelta) -> str:
    minutes, seconds = divmod(round(duration.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02d}" + (f":{seconds:02d}" if seconds else "")


def _as_it_is(value: object) -> object:
    return value


_PACKERS: dict[type, Callable[[Any], object]] = {
    str: _pack_text,
    type(None): _as_it_is,
    bool: _as_it_is,
    float: _as_it_is,
    int: _pack_whole,
    datetime: _pack_moment,
    date: lambda day: msgspec.msgpack.Ext(_DATE, day.isoformat().encode()),
    time: lambda clock: clock.isoformat("seconds" if clock.second else "minutes"),
    timedelta: _pack_duration,
    CellError: lambda error: msgspec.msgpack.Ext(_ERROR, error.text.encode()),
}


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
