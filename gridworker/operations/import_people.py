"""The people an imported sheet names: found by number or name, made where a household's head is new."""

from __future__ import annotations

from collections.abc import Iterator

from gridworker.exchange.parsed import CellProblem, ParsedRow
from gridworker.ledger.code_fields import Ref, Refs
from gridworker.ledger.facts import Profile, Severity, Value, Values
from gridworker.ledger.ledger import Ledger
from gridworker.ledger.record import Record
from gridworker.ledgers.registry import find_ledger
from gridworker.operations import references
from gridworker.operations.import_matching import Known, new_record, noted
from gridworker.operations.session import Session
from gridworker.store.people import all_people
from gridworker.store.store import ReadTx

# GB/T 4761: 户主.
HEAD = "02"
_ACTOR = "actor"


class People:
    """Residents and staff by the names a sheet writes."""

    def __init__(self, session: Session, tx: ReadTx) -> None:
        self._session, self._tx = session, tx
        self._ledger = find_ledger("person")
        self._known = Known(tx, self._ledger)
        self._by_name: dict[str, list[str]] = {}
        for record_id, name in tx.sql("SELECT id, name FROM person WHERE deleted = 0"):
            self._by_name.setdefault(str(name), []).append(str(record_id))
        self._staff = {person.name: person.id for person in all_people(tx)}
        self._made: list[Record] = []

    def made(self) -> Iterator[tuple[None, Record]]:
        """The heads that households brought along."""
        yield from ((None, person) for person in self._made)

    def head_of(self, row: ParsedRow, home: Record) -> Record:
        """The household with its head linked; a head who is not here yet becomes a resident."""
        facts: dict[str, Value] = {key: value for key, value in row.person.items() if value is not None}
        name = facts.get("name") or row.names.get("head_person_id")
        if not name:
            return home
        facts |= {"name": name, "household_id": home.id, "relation_code": HEAD}
        facts |= dict(self._ledger.derive(facts, self._session.today()))
        known = self._known.match(facts)
        if known is None:
            known = new_record(self._session, "person", facts)
            self._made.append(known)
        return home.with_values({"head_person_id": known.id})

    def links(
        self, row: ParsedRow, ledger: Ledger, values: Values, problems: list[CellProblem], before: Record | None = None
    ) -> dict[str, Value]:
        """Names as links; a name nobody here bears is kept in the remark and told, a link that must be refuses."""
        linked: dict[str, Value] = {}
        remark = str(values.get("remark") or "")
        for key, written in row.names.items():
            if key not in ledger or key == "head_person_id" or self._is_so_already(ledger, key, written, before):
                continue
            found = self._find(ledger, key, written, values)
            if found is not None:
                linked[key] = found
                continue
            label = ledger[key].label
            if ledger[key].is_required(Profile.IMPORT):
                told = f"本机没有叫“{written}”的，或有几位同名；请先登记，或在表里写明住址。"
                problems.append(row.problem_at(key, told))
                continue
            remark = "；".join(part for part in (remark, noted(label, written)) if part)
            linked["remark"] = remark
            problems.append(row.problem_at(key, f"本机没有“{written}”，已记在备注里。", Severity.WARNING))
        return linked

    def _is_so_already(self, ledger: Ledger, key: str, written: str, before: Record | None) -> bool:
        """Whether the record's link bears the name that was written: of two people of one name it is the one it was."""
        field, link = ledger[key], before.values.get(key) if before else None
        return bool(link) and isinstance(field, Ref | Refs) and references.label_of(self._tx, field, link) == written

    def _find(self, ledger: Ledger, key: str, written: str, values: Values) -> Value:
        field = ledger[key]
        names = written.split("、")
        if getattr(field, "to", "") == _ACTOR:
            ids = [self._staff[name] for name in names if name in self._staff]
        elif getattr(field, "to", "") == self._ledger.key:
            ids = [one for name in names if (one := self._resident(name, values)) is not None]
        else:
            return None
        if len(ids) != len(names):
            return None
        return ids if isinstance(field, Refs) else ids[0]

    def _resident(self, name: str, values: Values) -> str | None:
        at_home = self._known.match({"household_id": values.get("household_id"), "name": name})
        if at_home is not None:
            return at_home.id
        everywhere = self._by_name.get(name, [])
        return everywhere[0] if len(everywhere) == 1 else None
