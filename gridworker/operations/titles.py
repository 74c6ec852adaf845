"""What a record is called, and which of its fields are masked, for a purpose: the declaration's word alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache

from gridworker.ledger.dates import CHINA
from gridworker.ledger.facts import Purpose, Value, Values
from gridworker.ledger.field import Field
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.record import Record
from gridworker.ledgers.household import household_title
from gridworker.ledgers.person import NAMELESS, is_nameless
from gridworker.ledgers.registry import find_ledger

_HOME = "household"


def title_of(record: Record, purpose: Purpose) -> str:
    """The line that names a record, made of its values as the purpose masks them."""
    ledger = find_ledger(record.ledger)
    if ledger.key == _HOME and purpose is Purpose.NOTICE:
        return household_title({**record.values, "unit_no": None, "room_no": None})
    return ledger.title(_Masked(record.values, masked_by_key(ledger, purpose), purpose))


class _Masked(Mapping[str, Value]):
    """A record's values as a purpose leaves them; only those that are asked for are masked."""

    def __init__(self, values: Values, masked: Mapping[str, Field], purpose: Purpose) -> None:
        self._values, self._masked, self._purpose = values, masked, purpose

    def __getitem__(self, key: str) -> Value:
        value, field = self._values[key], self._masked.get(key)
        return value if field is None or value is None else field.show(value, self._purpose)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


@lru_cache(128)
def _masked(ledger_key: str, purpose: str) -> Mapping[str, Field]:
    return {field.key: field for field in find_ledger(ledger_key).fields if field.is_masked(Purpose(purpose))}


def masked_by_key(ledger: Ledger, purpose: Purpose) -> Mapping[str, Field]:
    """The fields that a purpose masks."""
    return _masked(ledger.key, purpose.value)


def masked_fields(ledger: Ledger, purpose: Purpose) -> Iterable[Field]:
    """The same without their keys."""
    return masked_by_key(ledger, purpose).values()


def name(person: Record, purpose: Purpose) -> str:
    """A resident's name; on a public board the young have none."""
    if purpose is Purpose.NOTICE and is_nameless(person.values, datetime.now(CHINA).date()):
        return NAMELESS
    return find_ledger("person")["name"].show(person.values.get("name"), purpose)
