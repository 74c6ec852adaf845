"""Reading rules that a customer may give as JSON: every fault is named with its place, and nothing is taken in part."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from gridworker.errors import KnownError

_SHOWN_PROBLEMS = 5
_SHOWN_LENGTH = 24


class DataRefused(KnownError):
    """A file that was not taken; `problems` says each thing that is wrong, and where."""

    def __init__(self, what: str, problems: Sequence[str], *, action: str = "") -> None:
        shown = "".join(problems[:_SHOWN_PROBLEMS])
        more = f"另有 {len(problems) - _SHOWN_PROBLEMS} 处。" if len(problems) > _SHOWN_PROBLEMS else ""
        super().__init__(
            f"{what}没有读入：{shown}{more}",
            safe=f"原来的{what}没有变。",
            action=action or "请改好这份文件，再导入一次。",
        )
        self.problems = tuple(problems)


class Reading:
    """The faults found so far in one file, and the checks that find them."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.problems: list[str] = []

    def found(self, problem: str) -> None:
        """Notes one fault."""
        self.problems.append(problem)

    def raise_if_any(self) -> None:
        """Refuses the file where a fault was found."""
        if self.problems:
            raise DataRefused(self.what, self.problems)

    def object_of(self, text: str) -> dict[str, Any]:
        """The JSON object that is the file; refused at once where it is none."""
        try:
            raw = json.loads(text.lstrip("\ufeff"))
        except (ValueError, RecursionError) as error:
            place = f"（第 {error.lineno} 行第 {error.colno} 列）" if isinstance(error, json.JSONDecodeError) else ""
            raise DataRefused(self.what, ["文件是空的。" if not text.strip("\ufeff \n\r\t") else
                f"文件不是完整的 JSON{place}。"]) from None  # fmt: skip
        if not isinstance(raw, dict):
            raise DataRefused(self.what, ["文件最外层应是 {…}。"])
        return raw

    def objects_in(self, raw: Any, where: str) -> dict[str, Any]:
        """What should be {…}; empty where it is not."""
        if isinstance(raw, dict):
            return raw
        self.found(f"{where}应是 {{…}}，不能是 {shown(raw)}。")
        return {}

    def rows_in(self, raw: Any, where: str) -> list[Any]:
        """What should be […]; empty where it is not."""
        if isinstance(raw, list):
            return raw
        self.found(f"{where}应是 […]，不能是 {shown(raw)}。")
        return []

    def only_keys(self, raw: dict[str, Any], keys: Iterable[str], where: str = "") -> None:
        """Tells a key that nothing reads: a slip in its spelling would otherwise do nothing in silence."""
        allowed = tuple(keys)
        for key in raw:
            if key not in allowed:
                self.found(f"{where}不认识的项目“{key}”，只能有 {'、'.join(allowed)}。")

    def whole_number(self, raw: Any, where: str, allowed: range) -> int:
        """A whole number in the range; the lowest one stands in for what is none."""
        if type(raw) is int and raw in allowed:
            return raw
        self.found(f"{where}应是 {allowed.start} 到 {allowed.stop - 1} 的整数，不能是 {shown(raw)}。")
        return allowed.start

    def text_in(self, raw: Any, where: str) -> str:
        """A text; empty stands in for what is none."""
        if isinstance(raw, str):
            return raw.strip()
        self.found(f"{where}应是文字，不能是 {shown(raw)}。")
        return ""


def shown(value: object) -> str:
    """A wrong value as a message quotes it."""
    text = "空" if value is None or value == "" else f"“{value}”"
    return text if len(text) <= _SHOWN_LENGTH else text[: _SHOWN_LENGTH - 2] + "…”"
