"""What a wish may cost, as data: an office that has another cap changes the file, not the program."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import cache

from gridworker.paths import resource


@cache
def cap() -> Decimal | None:
    """The highest estimated amount (元) a wish may be approved with; None where there is no cap."""
    given = json.loads(resource("planning", "wish-rules.json").read_text(encoding="utf-8"))["est_amount_cap"]
    return None if given is None else Decimal(str(given))
