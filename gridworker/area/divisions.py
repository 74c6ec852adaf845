"""The names of divisions that came with the program; a server may know others."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache

from gridworker.area.codes import DIVISION_LENGTH, GRID_LENGTH
from gridworker.paths import resource


@cache
def shipped_names() -> Mapping[str, str]:
    """The name of each division by its twelve digits."""
    with resource("divisions", "qingdao.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["code"]: row["name"] for row in csv.DictReader(file)}


def area_name(code: str, names: Mapping[str, str]) -> str:
    """What an area is called: by the names given, of grids by their whole code and of divisions by their twelve digits.

    Where none is known the code stands for the name.
    """
    whole = code if len(code) == GRID_LENGTH else code.ljust(DIVISION_LENGTH, "0")
    return names.get(whole) or code
