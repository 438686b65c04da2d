"""Random programs of everything the ledger does, against a ledger kept second by second in plain Python.

A program claims time (twice, in overlaps, late), starts, ends, voids and forgets sessions, takes lines back, takes that
back, moves lines, decides about what waits, changes the roster, and closes weeks. After every step each new line must be
what the model foretold, and at the end so must every second that counts, waits or was told to payroll.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from datetime import time as wall
from functools import partial
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import insert

from app.core.access import Caller
from app.core.db import WriteTransaction, system_caller
from app.core.errors import AppError
from app.core.ids import new_id
from app.core.intervals import Interval
from app.core.pages import START
from app.core.runtime import Runtime
from app.paytime import service as paytime
from app.paytime.domain import Claim, Credit, PayKind
from app.paytime.domain.periods import Frequency, Rounding, Rules
from app.paytime.domain.rules import Outside
from app.paytime.domain.sessions import SessionAsked
from app.paytime.models import PayPolicyRow
from app.paytime.models.rules import PayOutcome
from app.paytime.service import Correction, chain, periods
from app.people.models import OrganizationRow, SiteRow, WorkCenterRow, WorkerRow
from app.roster.domain import AbsenceKind
from app.roster.models import AbsenceRow, ShiftRow
from tests.paytime import ledger_model as model
from tests.paytime.builders import MORNING
from tests.paytime.ledger_model import WEEK, Model, Refused, spread

# Four short shifts on one day, and the same a week later: with a meal break, unpaid and paid rests, gaps between them.
SHIFTS = (
    (0, 120, ((30, 50, "meal", True), (70, 80, "rest", False))),
    (150, 300, ((200, 215, "rest", True),)),
    (1750, 2300, ((2000, 2060, "meal", False),)),
    (3600, 4200, ()),
)
SECONDS = "cast(extract(epoch from {0}) as bigint)"
LINES = text(
    f"select id, entry_type, source_id, reverses_id, classification, shift_id, seconds, {SECONDS.format('starts_at')} as start, "
    f"{SECONDS.format('ends_at')} as stop from pay_entry where organization_id = :organization_id and id > :after order by id"
)
COUNTED = text(
    f"select entry_id, {SECONDS.format('starts_at')} as start, {SECONDS.format('ends_at')} as stop from pay_interval "
    "where organization_id = :organization_id"
)
WAITING = text(
    f"select x.id, x.source_id, x.reason, x.paid, {SECONDS.format('x.starts_at')} as start, "
    f"{SECONDS.format('x.ends_at')} as stop from pay_exception x where x.organization_id = :organization_id "
    "and not exists (select from pay_outcome o where o.organization_id = x.organization_id and o.exception_id = x.id) "
    "order by x.id"
)
MOVE = text(
    "update shift set starts_at = :start, ends_at = :stop, breaks = cast(:breaks as jsonb), status = :status "
    "where organization_id = :organization_id and id = :id"
)
BASE = int(MORNING.timestamp())


def instant(second: int) -> Any:
    return MORNING + timedelta(seconds=second)


def stretch(row: Any) -> range:
    return range(row.start - BASE, row.stop - BASE)


# What a program is made of. Numbers that choose among what is there by then are taken modulo its count.


@dataclass(frozen=True)
class Ask:
    """Claim time for some of a few sources, so that repeats happen: this week, a week late, or around now."""

    asked: list[tuple[int, int, int, str]]


@dataclass(frozen=True)
class Start:
    seconds: int


@dataclass(frozen=True)
class End:
    which: int
    earlier: int | None
    void: bool


@dataclass(frozen=True)
class Expire:
    pass


@dataclass(frozen=True)
class Reverse:
    which: int
    cut: tuple[int, int] | None


@dataclass(frozen=True)
class Replace:
    which: int
    by: int
    length: int


@dataclass(frozen=True)
class Decide:
    which: int
    pay: bool


@dataclass(frozen=True)
class Roster:
    """Move the edges of a shift, cancel it or put it back; or an absence of so many seconds."""

    which: int
    start: int
    stop: int
    what: str


@dataclass(frozen=True)
class Close:
    pass


Step = Ask | Start | End | Expire | Reverse | Replace | Decide | Roster | Close
NUMBERS = st.integers(0, 99)
STARTS = st.integers(-20, 110) | st.integers(120, 320) | st.integers(1730, 2310) | st.integers(3590, 3700)
ASKED = st.tuples(st.integers(0, 9), STARTS, st.integers(0, 90), st.sampled_from(("week", "now", "late")))
STEPS = st.one_of(
    st.builds(Ask, st.lists(ASKED, min_size=1, max_size=3)),
    st.builds(Ask, st.lists(ASKED, min_size=2, max_size=3)),
    st.builds(Start, st.integers(1, 150)),
    st.builds(End, NUMBERS, st.none() | st.integers(0, 60), st.just(False)),
    st.builds(End, NUMBERS, st.none() | st.integers(0, 60), st.booleans()),
    st.builds(Expire),
    st.builds(Reverse, NUMBERS, st.none() | st.tuples(NUMBERS, NUMBERS)),
    st.builds(Reverse, NUMBERS, st.none() | st.tuples(NUMBERS, NUMBERS)),
    st.builds(Replace, NUMBERS, st.integers(-90, 90), st.integers(1, 90)),
    st.builds(Decide, NUMBERS, st.booleans()),
    st.builds(
        Roster, st.integers(0, 7), st.integers(-40, 40), st.integers(-60, 60), st.sampled_from(("move", "toggle", "absent"))
    ),
    st.builds(Close),
)
# Somebody learns something else while a session reserves the time, and then the session ends in some way.
MEANWHILE = st.tuples(
    st.builds(Start, st.integers(60, 150)),
    st.builds(
        Ask, st.lists(st.tuples(st.integers(0, 9), st.integers(100, 250), st.integers(20, 90), st.just("now")), min_size=1)
    ),
    st.builds(End, st.just(-1), st.integers(0, 60), st.booleans()) | st.builds(Expire),
)
WAITS = st.integers(0, 40)
PIECES = st.lists(STEPS.map(lambda step: (step,)) | MEANWHILE, min_size=4, max_size=9)
PROGRAMS = st.tuples(st.booleans(), PIECES.flatmap(lambda pieces: st.tuples(*(
    st.tuples(WAITS, st.just(step)) for piece in pieces for step in piece))))  # fmt: skip


@dataclass
class Run:
    """One program on an organization of its own, in one transaction whose clock the program moves."""

    tx: WriteTransaction
    model: Model
    site_id: UUID
    worker_id: UUID
    sources: list[UUID]
    now: int = 0
    last: UUID = START
    sessions: list[UUID] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def wait(self, seconds: int) -> None:
        self.now += seconds
        self.tx.now = instant(self.now)

    def as_worker(self) -> None:
        self.tx.caller = Caller(self.tx.organization_id, self.worker_id, "worker", self.worker_id)

    def as_system(self) -> None:
        self.tx.caller = system_caller(self.tx.organization_id)

    async def refused(self, why: Refused, act: Callable[[], Awaitable[Any]]) -> None:
        """The ledger refuses what the model refuses, with the same code, and nothing of it stays."""
        nested = await self.tx.connection.begin_nested()
        with pytest.raises(AppError) as told:
            await act()
        assert told.value.code == why.args[0]
        await nested.rollback()
        self.counts[f"refused {told.value.code}"] += 1

    async def wrote(self, foretold: model.Foretold) -> None:
        """The new lines are what was foretold, second by second, and nothing else."""
        lines = await self.tx.rows(LINES, after=self.last)
        marks = {row.id: model.Mark(row.source_id, row.classification, row.shift_id) for row in lines}
        by_kind: dict[str, list[Any]] = {"credit": [], "reversal": [], "restoration": []}
        for row in lines:
            by_kind[row.entry_type].append(row)
            assert row.seconds == len(stretch(row)) * (-1 if row.entry_type == "reversal" else 1)
        assert spread((stretch(row), marks[row.id]) for row in by_kind["credit"]) == foretold.credited
        assert spread((stretch(row), row.reverses_id) for row in by_kind["reversal"]) == foretold.reversed
        assert spread((stretch(row), row.reverses_id) for row in by_kind["restoration"]) == foretold.restored
        for row in sorted(lines, key=lambda row: (row.entry_type != "reversal", row.id)):
            seconds = stretch(row)
            known = {s: self.model.lines[row.reverses_id].marks[s] for s in seconds} if row.reverses_id else None
            self.model.adopt(row.id, row.entry_type, seconds, known or dict.fromkeys(seconds, marks[row.id]), row.reverses_id)
            self.last = max(self.last, row.id)

    async def freed(self, start: int, stop: int) -> None:
        """What a session left over goes to whatever else was learned then."""
        await self.wrote(self.model.review(start, stop))


async def ask(run: Run, step: Ask) -> None:
    week = run.now // WEEK * WEEK
    bases = {"week": week, "now": run.now - 160, "late": week - WEEK}
    asked = [(run.sources[source], bases[base] + start, length) for source, start, length, base in step.asked]
    claims = [
        Claim(run.worker_id, instant(start), instant(start + length), PayKind.MODULE, source) for source, start, length in asked
    ]
    answers = await paytime.credit(run.tx, claims)
    credited: dict[int, model.Mark] = {}
    for one, (source, start, length) in zip(answers, asked, strict=True):
        fresh = run.model.ask(run.now, source, start, start + length)
        # What an earlier claim of the same upload earned, a later one cannot.
        run.model.held.update(dict.fromkeys(fresh, source))
        credited.update(fresh)
        assert as_told(one) == run.model.answers[source]
    await run.wrote(model.Foretold(credited, {}, {}))


def as_told(credit: Credit) -> tuple[int, dict[str, int]]:
    return credit.seconds, {reason.value: seconds for reason, seconds in credit.exceptions}


async def start(run: Run, step: Start) -> None:
    session = new_id()
    act = partial(paytime.start_session, run.tx, SessionAsked(session, PayKind.MODULE, step.seconds))
    run.as_worker()
    try:
        run.model.start(run.now, session, step.seconds)
    except Refused as why:
        await run.refused(why, act)
        return
    made = await act()
    known = run.model.holds[session]
    assert (made.starts_at, made.ends_at) == (instant(known.start), instant(known.stop))
    run.sessions.append(session)


async def end(run: Run, step: End) -> None:
    if not run.sessions:
        return
    hold = run.model.holds[run.sessions[step.which % len(run.sessions)]]
    run.as_worker()
    if step.void:
        await void(run, hold)
        return
    ended = None if step.earlier is None else run.now - step.earlier
    act = partial(paytime.end_session, run.tx, hold.id, instant(ended) if ended is not None else None, None)
    stop = max(hold.start, min(run.now, hold.stop, run.now if ended is None else ended))
    try:
        new = run.model.resolve(hold, "posted")
    except Refused as why:
        await run.refused(why, act)
        return
    made = await act()
    if new:
        credited = run.model.ask(run.now, hold.id, hold.start, stop) if stop > hold.start else {}
        hold.seconds = len(credited)
        nothing = model.Foretold({}, {}, {})
        left = review_after(run.model, credited, hold.id, stop, hold.stop) if stop < hold.stop else nothing
        await run.wrote(model.Foretold({**credited, **left.credited}, left.reversed, left.restored))
        assert made.seconds == hold.seconds


def review_after(known: Model, credited: dict[int, model.Mark], source: UUID, start: int, stop: int) -> model.Foretold:
    """What is left of a session is settled once its own seconds count, though their line has no name yet."""
    known.lines[source] = model.Line("credit", range(0), credited)
    known.held.update(dict.fromkeys(credited, source))
    left = known.review(start, stop)
    del known.lines[source]
    return left


async def void(run: Run, hold: model.Hold) -> None:
    act = partial(paytime.void_session, run.tx, hold.id)
    try:
        new = run.model.resolve(hold, "voided")
    except Refused as why:
        await run.refused(why, act)
        return
    await act()
    if new:
        await run.freed(hold.start, hold.stop)


async def expire(run: Run, _: Expire) -> None:
    """The server's clock passes the end of the oldest session by its grace; whatever is overdue then ends."""
    still = [hold.stop for hold in run.model.holds.values() if hold.end is None]
    if still:
        run.wait(max(0, min(still) + model.GRACE - run.now))
    for hold in run.model.overdue(run.now):
        assert await paytime.expire_sessions(run.tx, 1) == 1
        run.model.expire(run.now, hold)
        await run.freed(hold.start, hold.stop)
    assert await paytime.expire_sessions(run.tx, 1) == 0


async def reverse(run: Run, step: Reverse) -> None:
    if not run.model.lines:
        return
    name = list(run.model.lines)[step.which % len(run.model.lines)]
    whole = run.model.lines[name].seconds
    piece = whole
    if step.cut is not None:
        first = whole.start + step.cut[0] % len(whole)
        piece = range(first, first + 1 + step.cut[1] % (whole.stop - first))
    asked = Correction("by the program", starts_at=instant(piece.start), ends_at=instant(piece.stop))
    act = partial(paytime.reverse, run.tx, name, asked)
    try:
        foretold = run.model.take_back(name, piece)
    except Refused as why:
        await run.refused(why, act)
        return
    await act()
    await run.wrote(foretold)


async def replace(run: Run, step: Replace) -> None:
    if not run.model.lines:
        return
    name = list(run.model.lines)[step.which % len(run.model.lines)]
    first = run.model.lines[name].seconds.start + step.by
    stop = first + step.length
    if stop > run.now:
        return
    act = partial(paytime.replace, run.tx, name, Correction("moved", starts_at=instant(first), ends_at=instant(stop)))
    try:
        foretold = run.model.replace(name, first, stop)
    except Refused as why:
        await run.refused(why, act)
        return
    await act()
    await run.wrote(foretold)


async def decide(run: Run, step: Decide) -> None:
    rows = await run.tx.rows(WAITING)
    if not rows:
        return
    row = rows[step.which % len(rows)]
    outcome = PayOutcome.PAY if step.pay else PayOutcome.NOT_PAID
    act = partial(paytime.decide, run.tx, row.id, outcome, "by the program")
    try:
        foretold = run.model.decide(row.source_id, stretch(row), row.reason, paid=row.paid, pay=step.pay)
    except Refused as why:
        await run.refused(why, act)
        return
    await act()
    await run.wrote(foretold)


async def roster(run: Run, step: Roster) -> None:
    """The roster changes, and the ledger looks at what was learned around it."""
    shift = run.model.shifts[step.which]
    around = (shift.start, shift.stop)
    if step.what == "absent":
        first = shift.start + abs(step.start)
        around = (first, first + 1 + abs(step.stop))
        run.model.absences.append(around)
        await run.tx.run(insert(AbsenceRow).values(
            organization_id=run.tx.organization_id, id=new_id(), worker_id=run.worker_id, kind=AbsenceKind.SICK,
            starts_at=instant(around[0]), ends_at=instant(around[1]), created_at=run.tx.now))  # fmt: skip
    else:
        new = (shift.start + step.start, shift.stop + step.stop) if step.what == "move" else around
        planned = not shift.planned if step.what == "toggle" else shift.planned
        others = [other for other in run.model.shifts if other is not shift and other.planned]
        if new[0] >= new[1] or (planned and any(new[0] < other.stop and new[1] > other.start for other in others)):
            return
        shift.start, shift.stop, shift.planned = *new, planned
        shift.breaks = [one for one in shift.breaks if new[0] <= one[0] and one[1] <= new[1]]
        status = "planned" if planned else "cancelled"
        await run.tx.run(MOVE, id=shift.id, start=instant(new[0]), stop=instant(new[1]), breaks=stored(shift), status=status)
        around = (min(around[0], new[0]), max(around[1], new[1]))
    await paytime.review(run.tx, run.worker_id, Interval(instant(around[0]), instant(around[1])))
    await run.freed(*around)


def stored(shift: model.Shift) -> str:
    pauses = [{"starts_at": instant(a), "ends_at": instant(b), "kind": kind, "paid": paid} for a, b, kind, paid in shift.breaks]
    return orjson.dumps(pauses).decode()


async def close(run: Run, _: Close) -> None:
    """A week is over: it is approved as it was seen, and closed."""
    if run.model.closed == 2:
        return
    if run.model.closed == 0:
        rules = Rules(wall(0), Rounding.NONE, 60)
        await periods.put_calendar(run.tx, run.site_id, periods.Calendar(Frequency.WEEKLY, MORNING.date(), rules, "ILD"), None)
    run.wait((run.model.closed + 1) * WEEK - run.now if run.now < (run.model.closed + 1) * WEEK else 0)
    found = await run.tx.scalar(
        text("select id from pay_period where organization_id = :organization_id and status = 'open' order by first_date limit 1")
    )
    await chain.seal_all(run.tx)
    held = await periods.seen(run.tx, found)
    await periods.approve(run.tx, found, held.content.hash)
    closed = await periods.close(run.tx, found)
    lines = {(days_in(line.workday), line.adjustment): line.seconds for line in closed.content.lines if line.seconds}
    assert lines == run.model.close()


def days_in(day: date) -> int:
    return (day - MORNING.date()).days


ACTS: dict[type, Callable[[Run, Any], Awaitable[None]]] = {
    Ask: ask, Start: start, End: end, Expire: expire, Reverse: reverse, Replace: replace, Decide: decide, Roster: roster,
    Close: close,
}  # fmt: skip


async def begun(tx: WriteTransaction, *, pays_outside: bool) -> Run:
    """An organization with one site, one line, one worker and two days of shifts."""
    site_id, line_id, worker_id = new_id(), new_id(), new_id()
    own = {"organization_id": tx.organization_id, "created_at": MORNING}
    await tx.run(
        insert(OrganizationRow).values(**own, slug=f"org-{tx.organization_id.hex}", name="Program", settings={}, version=1)
    )
    await tx.run(insert(SiteRow).values(**own, id=site_id, code="BER", name="BER", time_zone="Europe/Berlin"))
    outside = Outside.RECORD_AS_PAID if pays_outside else Outside.BLOCK
    await tx.run(insert(PayPolicyRow).values(
        organization_id=tx.organization_id, site_id=site_id, outside=outside, entitled=1800, longest_session=1800, weekend=False,
        pay_codes={}, cost_centers={}, changed_at=MORNING, changed_by=worker_id, version=1))  # fmt: skip
    await tx.run(insert(WorkCenterRow).values(**own, id=line_id, site_id=site_id, code="L1", name="L1", minimum_staying=0))
    await tx.run(insert(WorkerRow).values(**own, id=worker_id, site_id=site_id, number="1", display_name="W", languages=["en"]))
    shifts = [
        model.Shift(new_id(), week + start, week + stop, [(week + a, week + b, kind, paid) for a, b, kind, paid in pauses])
        for week in (0, WEEK)
        for start, stop, pauses in SHIFTS
    ]
    await tx.run_many(insert(ShiftRow), [
        {**own, "id": s.id, "worker_id": worker_id, "site_id": site_id, "work_center_id": line_id, "starts_at": instant(s.start),
         "ends_at": instant(s.stop), "business_date": instant(s.start).date(), "breaks": orjson.loads(stored(s)),
         "status": "planned", "version": 1} for s in shifts])  # fmt: skip
    run = Run(tx, Model(shifts, pays_outside), site_id, worker_id, [new_id() for _ in range(10)])
    run.wait(0)
    return run


async def ended(run: Run) -> None:
    """Every second that counts, is reserved or waits is the model's, and the chain over all lines holds."""
    counted = spread((stretch(row), row.entry_id) for row in await run.tx.rows(COUNTED))
    assert counted == run.model.held
    waiting: dict[UUID, Counter[tuple[int, str, bool]]] = {}
    for row in await run.tx.rows(WAITING):
        waiting.setdefault(row.source_id, Counter()).update((second, row.reason, row.paid) for second in stretch(row))
    assert waiting == {source: +shown for source, shown in run.model.waiting.items() if +shown}
    run.as_system()
    await chain.seal_all(run.tx)
    step = await chain.verify(run.tx)
    assert (step.rows, step.findings) == (len(run.model.lines), [])


async def play(runtime: Runtime, program: tuple[bool, tuple[tuple[int, Step], ...]]) -> Run:
    pays_outside, steps = program
    async with runtime.database.write(new_id()) as tx:
        run = await begun(tx, pays_outside=pays_outside)
        for pause, step in steps:
            run.wait(pause)
            run.as_system()
            await ACTS[type(step)](run, step)
        await ended(run)
    return run


@given(PROGRAMS)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
async def test_the_ledger_equals_a_second_by_second_model(runtime: Runtime, program: Any) -> None:
    await play(runtime, program)


@pytest.mark.long
@given(PROGRAMS)
@settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck), database=None)
async def test_ten_thousand_programs_leave_no_second_of_difference(runtime: Runtime, program: Any) -> None:
    await play(runtime, program)
