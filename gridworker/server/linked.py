"""Links of ops to other records: what their maker saw there, and the registration a merged one's links belong to.

Who records a visit without a line to a registration that was merged away elsewhere has done the visit. So the link is
written as one to the kept registration when it arrives: whoever reads history, plan or figures follows no trace, and no
program can forget to. The trace of the merge notes it, so that it goes back if the merge is taken back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from gridworker.ledger.code_fields import Ref, Refs
from gridworker.ledger.ledger import Ledger
from gridworker.server import verdicts
from gridworker.server.bench import Bench, Led
from gridworker.server.state import State
from gridworker.sync import wire

PERSON, MOVEMENT = "person", "movement"
MERGED_INTO = "merged_into_id"
_DELETED, _HOME = "deleted", "household_id"


def expected_ids(op: wire.Op) -> Iterator[str]:
    """The records an op says something about beside its own: they must be at hand when it is judged."""
    for key in op.command.expect if op.command is not None else ():
        link, dot, _ = key.partition(".")
        value = op.set.get(link)
        if dot and isinstance(value, str):
            yield value
    for key in (MERGED_INTO, *([_HOME] if op.act else [])) if op.type == PERSON else ():
        value = op.set.get(key)
        if isinstance(value, str):
            yield value


def links_to_people(ledger: Ledger) -> list[Ref | Refs]:
    """The fields that follow a person into the registration she was merged into; a movement tells of one only."""
    if ledger.key == MOVEMENT:
        return []
    return [link for link in ledger.links if link.to == PERSON and link.key != MERGED_INTO]


def surprise(bench: Bench, op: wire.Op) -> wire.Outcome | None:
    """Refuses a new record where the records it links to are not as its maker saw them."""
    for key, seen in op.command.expect.items() if op.command is not None else ():
        link, dot, what = key.partition(".")
        record = op.set.get(link)
        if not dot or not isinstance(record, str):
            continue
        refused = _differs(bench, op, link, bench.states.get(record), what, seen)
        if refused is not None:
            return refused
    return None


def into_what(bench: Bench, op: wire.Op) -> wire.Outcome | None:
    """Refuses to merge a registration into one that does not stand, and to move somebody into a home that is gone."""
    into, home = op.set.get(MERGED_INTO), bench.states.get(str(op.set.get(_HOME) or ""))
    if op.type == PERSON and op.act and home is not None and home.deleted:
        return _gone(op, home, bench)
    if op.type != PERSON or not into:
        return None
    kept = bench.states.get(str(into))
    if kept is None or kept.ledger != PERSON or kept.id == op.record:
        return verdicts.rejected(op.op_id, "UNKNOWN_RECORD", rev=bench.rev_of(op))
    return _gone(op, kept, bench) if kept.deleted else None


def led(bench: Bench, op: wire.Op) -> tuple[wire.Op, list[Led]]:
    """The op with its links to merged registrations led to the kept ones, and which links those are."""
    ledger = bench.ledgers.get(op.type)
    if not bench.kept or ledger is None or op.kind != "set":
        return op, []
    found: list[Led] = []
    scalars: dict[str, wire.WireValue] = {}
    lists: dict[str, wire.Elements] = {}
    for link in links_to_people(ledger):
        value, elements = op.set.get(link.key), op.elements.get(link.key)
        named = [value] if isinstance(value, str) else [*elements.add] if elements is not None else []
        gone = [one for one in named if one in bench.kept]
        found += [Led(hop, op.record, link.key) for one in gone for hop in _hops(bench.kept, one)]
        if gone and elements is not None:
            lists[link.key] = replace(elements, add=[kept_for(bench.kept, one) for one in elements.add])
        elif gone:
            scalars[link.key] = kept_for(bench.kept, str(value))
    if not found:
        return op, []
    return replace(op, set={**op.set, **scalars}, elements={**op.elements, **lists}), found


def follow(bench: Bench, op: wire.Op, led: list[Led], outcome: wire.Outcome) -> wire.Outcome:
    """Notes what an op that took effect means for links: who was merged or is back, and which links were led."""
    if outcome.outcome in ("rejected", "held"):
        return outcome
    if op.type == PERSON and (op.kind == "restore" or MERGED_INTO in op.set):
        into = bench.states[op.record].values.get(MERGED_INTO)
        bench.kept.pop(op.record, None)
        if into and op.kind != "restore":
            bench.kept[op.record] = str(into)
    state = bench.states[op.record]
    bench.led += [one for one in led if _names(state, one.field, kept_for(bench.kept, one.dropped))]
    return replace(outcome, outcome="merged") if led and outcome.outcome == "applied" else outcome


def _names(state: State, key: str, person: str) -> bool:
    value = state.values.get(key)
    return person in value if isinstance(value, list) else value == person


def kept_for(kept: Mapping[str, str], record: str) -> str:
    """The registration that is kept of one that was merged away, over any number of merges."""
    return kept[[*_hops(kept, record)][-1]] if record in kept else record


def _hops(kept: Mapping[str, str], record: str) -> Iterator[str]:
    """The registrations merged away on the way to the one that is kept."""
    seen: set[str] = set()
    while record in kept and record not in seen:
        seen.add(record)
        yield record
        record = kept[record]


def _differs(
    bench: Bench, op: wire.Op, link: str, state: State | None, what: str, seen: wire.WireValue
) -> wire.Outcome | None:
    if state is None:
        if bench.blocked.get(str(op.set[link])) == "held":
            return verdicts.held(op.op_id, "AFTER_HELD")
        return verdicts.rejected(op.op_id, "UNKNOWN_RECORD")
    now = state.deleted if what == _DELETED else state.values.get(what)
    if now == seen:
        return None
    if state.deleted:
        return _gone(op, state, bench)
    ledger = bench.ledgers[state.ledger]
    label = "已删除" if what == _DELETED else f"“{ledger[what].label if what in ledger else what}”已被别人改过"
    told = f"{ledger.label}的{label}，与您办理时看到的不同。请看过以后再办理。"
    return verdicts.rejected(op.op_id, "CHANGED_SINCE", reason=told)


def _gone(op: wire.Op, state: State, bench: Bench) -> wire.Outcome:
    kept = state.values.get(MERGED_INTO)
    if kept:
        details: dict[str, wire.WireValue] = {"kept": kept_for(bench.kept, str(kept))}
        return verdicts.rejected(op.op_id, "MERGED_AWAY", details=details)
    told = f"办理所涉及的{bench.ledgers[state.ledger].label}已被别人删除。请看过以后再办理。"
    return verdicts.rejected(op.op_id, "RECORD_DELETED", reason=told)
