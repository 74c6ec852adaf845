"""What holds of every ledger there is and will be: found through the registry, tried with generated records."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridworker.area.belonging import Actor, Post
from gridworker.exchange.reader import read_workbook
from gridworker.exchange.rows import parse_rows, recognise
from gridworker.exchange.writer import write_workbook
from gridworker.ledger.case_code import CaseCode
from gridworker.ledger.code_fields import Code, Codes, Ref, Refs
from gridworker.ledger.facts import FieldError, Profile, Value
from gridworker.ledger.field import Address, Bool, Field, Files, PersonName, Text
from gridworker.ledger.ledger import CheckContext, Ledger, errors_of
from gridworker.ledger.merge import FieldMark, split_changes
from gridworker.ledger.moves import REASON, ROLE_LABELS, judge_move
from gridworker.ledger.number_fields import Date, DateTime, Integer, Number
from gridworker.ledger.number_ids import CertificateNumber, IdNumber, Phone
from gridworker.ledger.tally_fields import Checklist, Counts
from gridworker.ledger.workflow import Move, MoveContext, MoveRefused, Workflow
from gridworker.ledgers.registry import all_ledgers
from gridworker.paths import resource
from gridworker.server.judge import Judge
from gridworker.server.state import BORN, State
from gridworker.sync import wire
from tests.exchange.office_workbooks import never, nothing

LEDGERS = tuple(all_ledgers().values())
WITH_STEPS = tuple(ledger for ledger in LEDGERS if ledger.workflow)
TODAY = date(2026, 4, 21)
EVERYBODY = tuple(ROLE_LABELS)
GRID = "370202001001001"
# What the program gives once and nobody changes, and what only merging writes: `tests/server` has tests of their own.
_FIXED = ("record_no", "case_code", "merged_into_id")
every_ledger = pytest.mark.parametrize("ledger", LEDGERS, ids=lambda ledger: ledger.key)
every_workflow = pytest.mark.parametrize("ledger", WITH_STEPS, ids=lambda ledger: ledger.key)
# By key: hypothesis prints what it is given, and a whole declaration is a book.
every_key = pytest.mark.parametrize("key", [ledger.key for ledger in LEDGERS])
every_key_with_steps = pytest.mark.parametrize("key", [ledger.key for ledger in WITH_STEPS])
quick = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
# A record has sixty fields and more: drawn one by one they cost minutes, drawn from a seed a moment.
_SEEDS = st.integers(0, 2**32)

_HAN = "张王李赵海棠社区楼道灯不亮漏水噪音䶮㛃𬭚𠅤·"


def value_of(field: Field, chance: Random) -> Value:
    """A value that a field of this type may hold; None where chance makes none."""
    some = chance.randint(1, 3)
    if isinstance(field, Code):
        return chance.choice(field.table.entries)[0]
    if isinstance(field, Codes):
        return list(dict.fromkeys(chance.choice(field.table.entries)[0] for _ in range(some)))
    if isinstance(field, Checklist):
        return _read(field, {code: chance.choice(field.marks.entries)[0] for code, _ in field.items})
    if isinstance(field, Counts):
        return _read(field, {chance.choice(field.categories.entries)[0]: chance.randint(1, 40) for _ in range(some)})
    if isinstance(field, Refs | Files):
        return [_id(chance) for _ in range(some)]
    value = _read(field, _plain_value(field, chance))
    return value if value is not None and field.problem(value) is None else None


def _plain_value(field: Field, chance: Random) -> object:
    day = (TODAY + timedelta(days=chance.randint(-400, 60))).isoformat()
    text = "".join(chance.choice(_HAN) for _ in range(chance.randint(2, 8)))
    by_type: dict[type[Field], object] = {
        Ref: _id(chance), Bool: chance.random() < 0.5, Date: day,
        DateTime: f"{day}T{chance.randint(0, 23):02d}:{chance.randint(0, 59):02d}+08:00",
        PersonName: text.replace("·", ""), Number: f"{chance.randint(0, 99)}.{chance.randint(0, 99):02d}",
        Integer: chance.choice((0, 1, 2, chance.randint(0, 99))), IdNumber: "11010519491231002X",
        CertificateNumber: "E12345678",
        Phone: f"154{chance.randint(0, 99_999_999):08d}", CaseCode: "QS370211005001-260930-A7042M",
    }  # fmt: skip
    longer = f"{text}\n{text}" if isinstance(field, Text) and field.lines else text[: _longest(field)]
    return by_type.get(type(field), longer)


def _id(chance: Random) -> str:
    text = f"{chance.getrandbits(128):032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def _longest(field: Field) -> int:
    return field.max_length or 100 if isinstance(field, Text) else 100


def _record(ledger: Ledger, chance: Random) -> dict[str, Value]:
    """Values of a record, most fields filled, as valid as its ledger asks for."""
    chosen = [field for field in ledger.stored_fields if chance.random() < (1 if field.required is not None else 0.7)]
    filled = {field.key: value_of(field, chance) for field in chosen}
    return _mended(ledger, {key: value for key, value in filled.items() if value is not None}, {})


def _mended(ledger: Ledger, values: dict[str, Value], before: Mapping[str, Value]) -> dict[str, Value]:
    """The record without what its ledger finds wrong with it, so that chance need not hit on dates in order."""
    while wrong := {one.field for one in errors_of(ledger.problems(values, CheckContext(Profile.WIRE, TODAY)))}:
        left = {key: value for key, value in values.items() if key not in wrong}
        left |= {key: before[key] for key in wrong if before.get(key) is not None}
        if left == values:
            # What is wrong is about a field that is not there: only the whole record is known to be right.
            return dict(before)
        values = left
    return values


def _read(field: Field, value: object) -> Value:
    try:
        return field.parse(value)
    except FieldError:
        return None


def _wrong(ledger: Ledger, values: Mapping[str, Value], profile: Profile = Profile.WIRE) -> list[str]:
    return [problem.message for problem in errors_of(ledger.problems(values, CheckContext(profile, TODAY)))]


# ---- the declaration


@every_ledger
def test_every_surface_names_declared_fields_and_all_has_a_name(ledger: Ledger) -> None:
    """Lists, forms, sheets, workbooks, searches, dues, openings and loans name fields that are there; labels differ."""
    search = ledger.search
    named = [
        *ledger.list_columns, *(key for _, keys in ledger.form_groups for key in keys), *ledger.pdf_columns,
        *ledger.excel_columns, *search.names, *search.texts, *search.numbers, *search.tags,
        *(key.lstrip("-") for key in ledger.sort_by), *filter(None, (ledger.month_field, search.reading)),
        *(key for keys in ledger.same_by for key in keys), *ledger.recurs_by, ledger.named_by,
        *(key for due in ledger.dues for key in (due.field, due.says, due.kind, due.unless, due.extended,
            due.newest_of) if key),
        *(key for borrow in ledger.borrows for key in (borrow.field, borrow.via, *borrow.after)),
        *(key for rollup in ledger.rollups for key in (rollup.via, rollup.of, rollup.where)),
    ]  # fmt: skip
    assert [key for key in named if key not in ledger] == []
    labels = [field.label for field in ledger.fields]
    assert len(set(labels)) == len(labels), "two columns of a workbook would have one heading"
    assert all(label for label, _ in ledger.form_groups)
    for surface in (ledger.list_columns, ledger.pdf_columns, ledger.excel_columns):
        assert len(set(surface)) == len(surface)
    grouped = [key for _, keys in ledger.form_groups for key in keys]
    assert len(set(grouped)) == len(grouped), "a field stands in the form once"


@every_ledger
def test_every_code_table_has_its_file_version_and_source(ledger: Ledger) -> None:
    """Nothing is offered whose origin nobody can say, and no code or label is there twice."""
    for table in {table.key: table for field in ledger.fields for table in field.tables}.values():
        raw = json.loads(resource("codes", f"{table.key}.json").read_text(encoding="utf-8"))
        assert raw["version"] >= 1, table.key
        assert raw["source"], table.key
        codes, labels = [code for code, _ in raw["entries"]], [label for _, label in raw["entries"]]
        assert codes
        assert len(set(codes)) == len(codes), table.key
        assert len(set(labels)) == len(labels), table.key
        assert {code for _, code in raw["aliases"]} <= set(codes), table.key


@every_ledger
def test_every_default_is_a_value_of_its_field(ledger: Ledger) -> None:
    """What a fresh form begins with could also have been chosen."""
    for field in ledger.fields:
        if field.default is not None and not hasattr(field.default, "value"):
            assert field.parse(field.default) == field.default
            assert field.problem(field.default) is None


@every_workflow
def test_every_state_and_step_is_named_in_chinese_and_told_apart(ledger: Ledger) -> None:
    """A person reads states and steps; two of one name in one state would be one button twice."""
    flow = _flow(ledger)
    assert all(_is_chinese(one.label) for one in (*flow.states, *flow.moves))
    assert len({state.label for state in flow.states}) == len(flow.states)
    for state in flow.states:
        labels = [move.label for move in flow.moves_from(state.key)]
        assert len(set(labels)) == len(labels), state.label
    known = {state.key for state in flow.states}
    events = {move.event for move in flow.moves}
    assert all(state in known and event in events for state, event in flow.refusals)
    for state, event in flow.refusals:
        assert event not in {move.event for move in flow.moves_from(state)}, "a refusal nobody can meet"
    assert all(set(move.who) <= set(ROLE_LABELS) and move.who for move in flow.moves)


@every_workflow
def test_every_state_can_be_left_or_is_final_and_every_state_can_be_reached(ledger: Ledger) -> None:
    """Nothing ends where nobody meant it to end, and no state is dead wood."""
    flow = _flow(ledger)
    for state in flow.states:
        leaving = [move for move in flow.moves_from(state.key) if move.target != state.key]
        assert bool(leaving) != state.final, state.label
    reached = {flow.initial}
    while grown := {move.target for move in flow.moves if set(move.sources) & reached} - reached:
        reached |= grown
    assert reached == {state.key for state in flow.states}


@every_ledger
def test_what_is_owed_is_owed_in_states_there_are(ledger: Ledger) -> None:
    """A due date of a final state would never go away; one without a clock is a date."""
    final = {state.key for state in ledger.workflow.states if state.final} if ledger.workflow else set()
    known = {state.key for state in ledger.workflow.states} if ledger.workflow else {""}
    for due in ledger.dues:
        assert set(due.states) <= known - final
        assert isinstance(ledger[due.field], Date | DateTime)


@every_ledger
def test_what_a_record_opens_fits_the_ledger_it_opens(ledger: Ledger) -> None:
    """The fields an opening fills are there, hold what they are given, and point back."""
    for opening in ledger.opens:
        target = all_ledgers()[opening.to]
        assert not opening.back or isinstance(target[opening.back], Ref | Refs)
        filled = opening.fill(_sample(ledger), lambda _key: "海棠苑 3号楼 2单元 501")
        for key, value in filled.items():
            assert key in target, f"{ledger.key} → {opening.to}.{key}"
            assert value is None or target[key].problem(target[key].parse(value)) is None
        if opening.on:
            assert opening.on in {move.event for move in _flow(ledger).moves}


def _sample(ledger: Ledger) -> dict[str, Value]:
    long = "内容" * 60
    return {
        field.key: long if isinstance(field, Text) and field.lines else _read(field, _first(field))
        for field in ledger.fields
    }


def _first(field: Field) -> Value:
    if isinstance(field, Code):
        return field.table.entries[0][0]
    if isinstance(field, DateTime):
        return "2026-03-05T09:40+08:00"
    return "2026-03-05" if isinstance(field, Date) else "文字" if isinstance(field, Text | Address) else None


def _is_chinese(text: str) -> bool:
    return bool(text) and any("\u4e00" <= character <= "\u9fff" for character in text)


def _flow(ledger: Ledger) -> Workflow:
    assert ledger.workflow is not None
    return ledger.workflow


# ---- moves


@every_key_with_steps
@quick
@given(seed=_SEEDS)
def test_no_sequence_of_moves_leaves_the_table(key: str, seed: int) -> None:
    """Whatever is tried, with whatever words, on whatever record: the state is one of the table's, or nothing moved."""
    ledger = all_ledgers()[key]
    flow = _flow(ledger)
    chance = Random(seed)
    values, state = _record(ledger, chance), flow.initial
    events = sorted({move.event for move in flow.moves})
    for _ in range(8):
        # Mostly a step that could be made: chance alone seldom leaves the first state.
        here = [move.event for move in flow.moves_from(state)]
        event = chance.choice(here if here and chance.random() < 0.8 else events)
        asked = next((move for move in flow.moves_from(state) if move.event == event), None)
        args = _words(chance, ledger, asked.asks if asked else ())
        try:
            made = judge_move(ledger, values, state, event, args, _context())
        except MoveRefused:
            continue
        assert state in made.move.sources
        assert (made.move.event, made.state) == (event, made.move.target)
        assert all(key in ledger for key in made.changes)
        state, values = made.state, {**values, **made.changes}
        assert state in {known.key for known in flow.states}


@pytest.mark.parametrize("key", [ledger.key for ledger in WITH_STEPS])
@quick
@given(seed=_SEEDS)
def test_a_step_judged_again_with_its_own_words_is_the_same_step(key: str, seed: int) -> None:
    """The server judges days later what the laptop judged; it must come to the same dates and values."""
    ledger = all_ledgers()[key]
    flow = _flow(ledger)
    chance = Random(seed)
    for move in flow.moves:
        values = _record(ledger, chance)
        values = {key: value for key, value in values.items() if key not in move.asks or chance.random() < 0.3}
        _judged_twice(ledger, values, chance.choice(move.sources), move, _words(chance, ledger, move.asks))


def _judged_twice(ledger: Ledger, values: dict[str, Value], state: str, move: Move, words: Mapping[str, Value]) -> None:
    try:
        made = judge_move(ledger, values, state, move.event, words, _context())
    except MoveRefused:
        return
    # The server counts from the moment the step was made, and hears of it on a later day.
    later = MoveContext("other-device", EVERYBODY, TODAY + timedelta(days=9), _units(), _context().moment)
    try:
        again = judge_move(ledger, values, state, move.event, made.args, later)
    except MoveRefused:
        # A rule about whose step it is may say no to somebody else; that is an answer, and no other record.
        return
    mine, theirs = ({**values, **one.changes} for one in (made, again))
    differing = {
        key: (mine.get(key), theirs.get(key))
        for key in {*made.changes, *again.changes}
        if mine.get(key) != theirs.get(key) and not _is_the_judges(ledger, key)
    }
    # A moment at which a step was heard of is the judge's own; what is counted from it must not be.
    heard = [(_context().today.isoformat(), later.today.isoformat()), (_context().moment, later.moment)]
    assert {key: pair for key, pair in differing.items() if pair not in heard} == {}


def _is_the_judges(ledger: Ledger, key: str) -> bool:
    """Who makes a step is known to whoever judges it."""
    field = ledger[key]
    return isinstance(field, Ref | Refs) and field.to == "actor"


def _units() -> tuple[str, ...]:
    return tuple(code for code, _ in all_ledgers()["case"]["lead_unit_id"].tables[0])


def _context() -> MoveContext:
    return MoveContext("actor-1", EVERYBODY, TODAY, _units(), "2026-04-21T10:00+08:00")


def _words(chance: Random, ledger: Ledger, asks: tuple[str, ...]) -> dict[str, Value]:
    words: dict[str, Value] = {REASON: "原因"}
    for key in asks:
        value = value_of(ledger[key], chance)
        if value is not None and chance.random() < 0.9:
            words[key] = value
    return words


# ---- merge


@every_key
@quick
@given(seed=_SEEDS)
def test_two_devices_never_merge_into_a_record_nobody_could_have_written(key: str, seed: int) -> None:
    """Two valid edits of one valid record: applied, merged or put aside; what stands is valid, and nothing is lost."""
    ledger = all_ledgers()[key]
    chance = Random(seed)
    base = _record(ledger, chance)
    judge = _server(ledger, base)
    for number in (1, 2):
        edit = _edited(ledger, base, chance)
        scalars, elements = split_changes(ledger, base, edit, edit)
        judge.author = f"device-{number}.1"
        op = wire.Op(
            op_id=f"op-{number}", n=number, actor="a1", scope=GRID, type=ledger.key, record="r1",
            schema=ledger.schema, base_rev=1, occurred_at="2026-04-21T10:00:00+08:00", set=scalars,
            elements={key: wire.Elements(add=list(one.add), remove=list(one.remove)) for key, one in elements.items()},
        )  # fmt: skip
        told = judge.judge(op)
        standing = judge.states["r1"].values
        assert told.outcome in {"applied", "merged", "conflict"}, told
        assert _wrong(ledger, standing) == []
        aside = {row.conflict.field for row in judge.conflicts if row.op_id == op.op_id}
        kept = {key for key, value in scalars.items() if standing.get(key) == value}
        assert set(scalars) <= kept | aside


def _edited(ledger: Ledger, base: dict[str, Value], chance: Random) -> dict[str, Value]:
    """The record with some fields changed, still valid, as one device would save it."""
    fixed = (*_FIXED, *ledger.by_steps)
    # Days and numbers are what rules compare; two devices seldom meet there by chance alone.
    compared = [field for field in ledger.stored_fields if isinstance(field, Date | DateTime | Integer)]
    some = chance.sample(compared, min(2, len(compared))) + chance.sample(ledger.stored_fields, chance.randint(1, 3))
    fields = [field for field in some if field.key not in fixed]
    wanted = {field.key: value for field in fields if (value := value_of(field, chance)) is not None}
    return _mended(ledger, {**base, **wanted}, base)


def _server(ledger: Ledger, base: Mapping[str, Value]) -> Judge:
    """A judge that holds one record, written by a third device."""
    state = State("r1", ledger.key, 1, 1, dict(base), {BORN: FieldMark(1, "device-0.1")})
    state.status = ledger.workflow.initial if ledger.workflow else ""
    return Judge(
        scope=GRID, author="", actor=Actor("a1", "测试员甲", (Post("community", GRID),)), now_ms=1, today=TODAY, seq=1,
        ledgers=all_ledgers(), states={"r1": state}, numbers={}, blocked={}, actor_of=lambda _author: "a1",
    )  # fmt: skip


# ---- workbooks


@every_key
@settings(quick, max_examples=10)
@given(seed=_SEEDS)
def test_a_record_in_a_workbook_comes_back_as_it_was(key: str, seed: int, tmp_path: Path) -> None:
    """Everything a workbook shows of a record is read back from it: no value is changed by the way through a sheet."""
    ledger = all_ledgers()[key]
    record = _record(ledger, Random(seed))
    columns = ledger.excel_columns
    texts = [_shown(ledger[key], record.get(key)) for key in columns]
    if not any(texts):
        return
    path = tmp_path / "one.xlsx"
    write_workbook(path, ledger, columns, [texts], title=f"{ledger.label}台账")
    (sheet,) = read_workbook(path, progress=nothing, cancelled=never)
    recognised = recognise(sheet, ledger)
    assert [match.heading for match in recognised.columns if match.field is None] == []
    (row,) = parse_rows(recognised, ledger)
    wanted = {key: record[key] for key in columns if key in record and not isinstance(ledger[key], Ref | Refs)}
    assert [problem.message for problem in row.problems if problem.field in wanted] == []
    assert {key: row.values.get(key) for key in wanted} == wanted


def _shown(field: Field, value: Value) -> str:
    if isinstance(field, Ref) and field.to == "household":
        return "海棠苑 3号楼 2单元 501"
    return "" if value is None or isinstance(field, Ref | Refs) else field.format(value)
