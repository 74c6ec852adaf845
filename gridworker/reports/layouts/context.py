"""What every layout is given beside its rows, and what a layout is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gridworker.reports.heading import Column
from gridworker.reports.sheet import Paper, Sheet


@dataclass(frozen=True, slots=True)
class LayoutContext:
    """The frame of a sheet in words, and the labelled fields (key, label) a default layout shows."""

    title: str
    unit: str
    reporter: str
    date_text: str
    period: str = ""
    note: str = "内部资料　注意保管"
    fields: tuple[tuple[str, str], ...] = ()
    merge_keys: tuple[str, ...] = ()
    empty_text: str = "无记录"
    signature: bool = True
    paper: Paper = "A4"

    def sheet(self, columns: Sequence[Column], rows: Sequence[tuple[str, ...]]) -> Sheet:
        """These columns and rows in the frame."""
        return Sheet(
            title=self.title,
            subtitle=self.period,
            unit=self.unit,
            reporter=self.reporter,
            date_text=self.date_text,
            columns=tuple(columns),
            rows=tuple(rows),
            merge_keys=self.merge_keys,
            signature=self.signature,
            note=self.note,
            empty_text=self.empty_text,
            paper=self.paper,
        )


# From rows of formatted and masked text by field key to a sheet.
Layout = Callable[[Sequence[Mapping[str, str]], LayoutContext], Sheet]
