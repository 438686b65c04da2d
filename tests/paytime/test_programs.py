"""Random programs of credits, overlaps, repeats and reversals against a ledger kept second by second in plain Python."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.core.db import WriteTransaction
from app.core.errors import Conflict
from app.core.ids import new_id
from app.paytime import service as paytime
from app.paytime.domain import Claim, Credit, PayKind
from app.roster.domain import Break, BreakKind
from tests.builders import Plant
from tests.paytime.builders import MORNING, add_shift, add_worker

# Two shifts with a gap, a meal break, an unpaid and a paid rest break, all within five minutes; seconds are small numbers.
SHIFTS = ((0, 120), (150, 300))
MEAL, REST, PAID_REST = range(30, 50), range(70, 80), range(200, 215)
ENTRIES = text(
    "select id, cast(extract(epoch from starts_at) as bigint) as start, cast(extract(epoch from ends_at) as bigint) as stop, "
    "seconds, entry_type from pay_entry where organization_id = :organization_id and worker_id = :worker_id"
)
INTERVALS = text(
    "select cast(extract(epoch from starts_at) as bigint) as start, cast(extract(epoch from ends_at) as bigint) as stop "
    "from pay_interval where organization_id = :organization_id and worker_id = :worker_id"
)


@dataclass(frozen=True)
class Ask:
    """Claim seconds for one of a few sources, so that repeats happen."""

    source: int
    start: int
    length: int


@dataclass(frozen=True)
class Reverse:
    """Reverse one of the entries made so far, reversed before or not."""

    which: int


@dataclass
class Model:
    """What every single second counts as."""

    net: dict[int, int] = field(default_factory=dict)
    entries: list[frozenset[int]] = field(default_factory=list)
    reversed: set[int] = field(default_factory=set)
    answers: dict[int, tuple[int, dict[str, int]]] = field(default_factory=dict)

    def bucket(self, second: int) -> str:
        """Where a claimed second goes."""
        if second in self.net:
            return "already_credited"
        if second in MEAL:
            return "meal_break"
        if second in REST:
            return "rest_break"
        return "paid" if any(start <= second < stop for start, stop in SHIFTS) else "off_shift"

    def ask(self, ask: Ask) -> tuple[int, dict[str, int]]:
        """Credited seconds, and the others by reason; the same source is answered as before."""
        if ask.source not in self.answers:
            buckets = {second: self.bucket(second) for second in range(ask.start, ask.start + ask.length)}
            paid = [second for second, bucket in buckets.items() if bucket == "paid"]
            others = [bucket for bucket in buckets.values() if bucket != "paid"]
            for _, run in groupby(enumerate(paid), key=lambda pair: pair[1] - pair[0]):
                self.entries.append(frozenset(second for _, second in run))
                self.net.update(dict.fromkeys(self.entries[-1], len(self.entries) - 1))
            self.answers[ask.source] = (len(paid), {reason: others.count(reason) for reason in set(others)})
        return self.answers[ask.source]

    def reverse(self, which: int) -> bool:
        """Free an entry's seconds; False when they were freed before."""
        if which in self.reversed:
            return False
        self.reversed.add(which)
        self.net = {second: entry for second, entry in self.net.items() if entry != which}
        return True


ASKS = st.builds(Ask, st.integers(0, 11), st.integers(-20, 320), st.integers(0, 90))
STEPS = st.lists(st.lists(ASKS, min_size=1, max_size=4) | st.builds(Reverse, st.integers(0, 99)), min_size=1, max_size=7)


def instant(second: int) -> datetime:
    return MORNING + timedelta(seconds=second)


def seconds_of(start: int, stop: int) -> range:
    base = int(MORNING.timestamp())
    return range(start - base, stop - base)


def as_told(credit: Credit) -> tuple[int, dict[str, int]]:
    return credit.seconds, {reason.value: seconds for reason, seconds in credit.exceptions}


async def a_worker(tx: WriteTransaction, plant: Plant) -> UUID:
    pauses = (
        [(MEAL, BreakKind.MEAL, True), (REST, BreakKind.REST, False)],
        [(PAID_REST, BreakKind.REST, True)],
    )
    name = str(new_id())
    await add_worker(tx, plant, name)
    for (start, stop), breaks in zip(SHIFTS, pauses, strict=True):
        stored = [Break(instant(r.start), instant(r.stop), kind, paid) for r, kind, paid in breaks]
        await add_shift(tx, plant, name, start / 60, stop / 60, *stored)
    return plant.people.pop(name)


@given(STEPS)
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
async def test_the_ledger_equals_a_second_by_second_model(plant: Plant, steps: list[list[Ask] | Reverse]) -> None:
    model, entry_ids, sources = Model(), list[UUID](), [new_id() for _ in range(12)]
    # One transaction a program keeps the many programs quick; races between transactions have tests of their own.
    async with plant.write() as tx:
        worker_id = await a_worker(tx, plant)
        for step in steps:
            if isinstance(step, Reverse):
                await reverse_both(tx, model, step.which, entry_ids)
            else:
                await ask_both(tx, model, worker_id, [(ask, sources[ask.source]) for ask in step], entry_ids)
        await compare(tx, model, worker_id, entry_ids)


async def ask_both(
    tx: WriteTransaction, model: Model, worker_id: UUID, asks: list[tuple[Ask, UUID]], entry_ids: list[UUID]
) -> None:
    claims = [
        Claim(worker_id, instant(ask.start), instant(ask.start + ask.length), PayKind.MODULE, source) for ask, source in asks
    ]
    given_credits = await paytime.credit(tx, claims)
    assert [as_told(credit) for credit in given_credits] == [model.ask(ask) for ask, _ in asks]
    for credit in given_credits:
        entry_ids += [entry_id for entry_id in credit.entry_ids if entry_id not in entry_ids]
    assert len(entry_ids) == len(model.entries)


async def reverse_both(tx: WriteTransaction, model: Model, number: int, entry_ids: list[UUID]) -> None:
    if not entry_ids:
        return
    which = number % len(entry_ids)
    if model.reverse(which):
        assert (await paytime.reverse(tx, entry_ids[which], "by the program")).seconds == -len(model.entries[which])
    else:
        with pytest.raises(Conflict):
            await paytime.reverse(tx, entry_ids[which], "again")


async def compare(tx: WriteTransaction, model: Model, worker_id: UUID, entry_ids: list[UUID]) -> None:
    entries = await tx.rows(ENTRIES, worker_id=worker_id)
    intervals = await tx.rows(INTERVALS, worker_id=worker_id)
    standing = [second for row in intervals for second in seconds_of(row.start, row.stop)]
    assert sorted(standing) == sorted(model.net)
    assert sum(row.seconds for row in entries) == len(model.net)
    credited = {row.id: frozenset(seconds_of(row.start, row.stop)) for row in entries if row.entry_type == "credit"}
    assert [credited[entry_id] for entry_id in entry_ids] == model.entries
    assert sum(row.entry_type == "reversal" for row in entries) == len(model.reversed)


def test_the_model_itself_knows_the_breaks() -> None:
    model = Model()
    assert model.ask(Ask(0, -10, 100)) == (60, {"off_shift": 10, "meal_break": 20, "rest_break": 10})
    assert model.ask(Ask(1, 195, 30)) == (30, {})
    assert MORNING.tzinfo is UTC
