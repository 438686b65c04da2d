"""Use cases of the ledger: credit, reverse, account, list, export."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.events import publish
from app.core.pages import Page
from app.paytime.domain import (
    PAY_EXCEPTIONS,
    PAY_EXPORT,
    PAY_READ,
    PAY_REVERSE,
    Account,
    Claim,
    Credit,
    Entry,
    EntryType,
    PayKind,
    Period,
    Reach,
    Reason,
    Uncredited,
    UsedSeconds,
    reach_of,
)
from app.paytime.domain.payroll_file import PayLine, PayrollTotals, payroll_csv
from app.paytime.domain.payroll_file import totals as sums
from app.paytime.events import PayTimeAdjusted, PayTimeRecorded
from app.paytime.lines import Line, lines_of
from app.paytime.settled import settled
from app.paytime.store import reading, writing
from app.paytime.store.reading import Wanted
from app.people import service as people
from app.roster import service as roster
from app.roster.domain import Shift

Ledger = writing.State
# The call that appends a `Booking`, for statements of other features.
APPEND = writing.APPEND
LONGEST_PERIOD = timedelta(days=92)
USUAL_PERIOD = timedelta(days=31)
MOST_LINES = 100_000
MOST_EXCEPTIONS = 200


@dataclass(frozen=True, slots=True)
class Booking:
    """Settled claims before they are written: the answers in the order of the claims, and what `pay_append` takes."""

    credits: Sequence[Credit]
    events: Sequence[PayTimeRecorded]
    values: Mapping[str, Any]
    fresh: bool


async def credit(tx: WriteTransaction, claims: Sequence[Claim]) -> list[Credit]:
    """Append what the claims earned and keep the rest as exceptions; answers stand in the order of the claims.

    A source known for its worker gets its first answer again. Call it once per transaction and as late as possible:
    it holds the workers' locks until the transaction ends. Raises NotFound for an unknown worker.
    """
    if not claims:
        return []
    booked = book(tx, claims, await writing.state(tx, claims))
    if booked.fresh:
        await writing.write(tx, booked.values)
        await publish(tx, *booked.events)
    return list(booked.credits)


async def ledger_around(tx: WriteTransaction, claims: Sequence[Claim]) -> Ledger:
    """Wait for the locks of the claims' workers; then what the ledger knows around the claims."""
    return await writing.state(tx, claims)


def understood(found: Mapping[str, Any]) -> Ledger:
    """The ledger as the SQL function `pay_state` answered it inside a statement of another feature."""
    return writing.understood(found)


def book(tx: WriteTransaction, claims: Sequence[Claim], state: Ledger | None) -> Booking:
    """Settle claims against the ledger, whose locks must be held, and write nothing: whoever calls it does.

    `state` must reach around all claims and name their sources; only without claims it may be absent. Raises NotFound for
    an unknown worker.
    """
    if state is None:
        return Booking((), (), writing.append_values(tx, (), (), ()), fresh=False)
    # Of a source that stands twice in one upload, the first claim counts, in its place.
    once: dict[tuple[UUID, UUID], Claim] = {}
    for claim in claims:
        once.setdefault(claim.key, claim)
    fresh = [claim for key, claim in once.items() if key not in state.known]
    if any(claim.worker_id not in state.homes for claim in fresh):
        raise NotFound
    answers = {key: _answer_again(known) for key, known in state.known.items()}
    lines = [
        lines_of(claim, settlement, state.homes[claim.worker_id], state.zones)
        for claim, settlement in zip(fresh, settled(fresh, _attended(state), state.taken), strict=True)
    ]
    events = []
    for claim, made in zip(fresh, lines, strict=True):
        seconds, ids = sum(line.seconds for line in made.entries), tuple(line.id for line in made.entries)
        answers[claim.key] = (seconds, ids, _by_reason(made.exceptions))
        if claim.seconds:
            events.append(_recorded(claim, seconds, ids))
    entries = [line for made in lines for line in made.entries]
    values = writing.append_values(tx, fresh, entries, [line for made in lines for line in made.exceptions])
    return Booking([Credit(claim, *answers[claim.key]) for claim in claims], events, values, fresh=bool(fresh))


Answer = tuple[int, tuple[UUID, ...], tuple[tuple[Reason, int], ...]]


def _answer_again(known: writing.Known) -> Answer:
    return sum(seconds for _, seconds in known.entries), tuple(i for i, _ in known.entries), known.exceptions


def _by_reason(lines: Iterable[Line]) -> tuple[tuple[Reason, int], ...]:
    sums = dict.fromkeys(Reason, 0)
    for line in lines:
        if line.reason is not None:
            sums[line.reason] += line.seconds
    return tuple((reason, seconds) for reason, seconds in sums.items() if seconds)


def _attended(state: Ledger) -> list[Shift]:
    """The parts of the shifts that their workers were there for."""
    if not state.absences:
        return list(state.shifts)
    return [piece for shift in state.shifts for piece in roster.attended_pieces(shift, state.absences)]


def _recorded(claim: Claim, seconds: int, entry_ids: tuple[UUID, ...]) -> PayTimeRecorded:
    return PayTimeRecorded(
        subject_id=claim.worker_id,
        source_id=claim.source_id,
        kind=claim.kind.value,
        mandatory=claim.mandatory,
        seconds=seconds,
        uncredited_seconds=claim.seconds - seconds,
        entry_ids=entry_ids,
    )


async def reverse(tx: WriteTransaction, entry_id: UUID, reason: str) -> Entry:
    """Take one credit back, exactly once; its time may be credited again. Answers the reversal.

    Raises NotFound outside the caller's reach, Forbidden for the caller's own entry, Conflict when it is a reversal
    or was reversed before.
    """
    entry = await reading.entry(tx, entry_id)
    if entry is None:
        raise NotFound
    PAY_REVERSE.must_reach(tx.caller, entry.nodes)
    if entry.worker_id == tx.caller.worker_id:
        raise Forbidden("Somebody else must reverse your own time.", code="own_entry")
    if entry.entry_type is not EntryType.CREDIT:
        raise Conflict("Only a credit can be reversed.", code="not_a_credit")
    await writing.lock(tx, [entry.worker_id])
    made = await writing.reverse(tx, entry_id, reason)
    reversal = await reading.entry(tx, made) if made else None
    if reversal is None:
        raise Conflict("This entry was reversed before.", code="already_reversed")
    await publish(
        tx,
        PayTimeAdjusted(
            subject_id=reversal.worker_id,
            source_id=reversal.source_id,
            kind=reversal.kind.value,
            entry_id=reversal.id,
            reverses_id=entry_id,
            seconds=reversal.seconds,
            business_date=reversal.business_date,
        ),
    )
    return reversal


def period(tx: ReadTransaction, first: date | None, last: date | None) -> Period:
    """The business dates asked for, both included; without them the month up to tomorrow. Raises Invalid."""
    last = last or tx.now.date() + timedelta(days=1)
    first = first or last - USUAL_PERIOD
    if first > last:
        raise Invalid.field("#/from", "Choose a first date that is not after the last.", "period_reversed")
    if last - first >= LONGEST_PERIOD:
        raise Invalid.field("#/from", f"Ask for at most {LONGEST_PERIOD.days} days at once.", "period_too_long")
    return Period(first, last)


async def account(tx: ReadTransaction, worker_id: UUID | None, when: Period, page: Page) -> Account:
    """A worker's totals, entries and exceptions in a period. Raises NotFound outside the caller's reach."""
    worker = await people.worker(tx, worker_id) if worker_id else None
    if worker is None:
        raise NotFound
    PAY_READ.must_reach(tx.caller, worker.nodes, worker.id)
    return Account(
        worker.id,
        when,
        await reading.totals(tx, worker.id, when),
        await reading.entries(tx, Wanted(when, Reach(None), worker_id=worker.id), page),
        await reading.exceptions(tx, worker.id, when, MOST_EXCEPTIONS),
        await reading.exception_totals(tx, worker.id, when),
    )


async def seconds_used(
    tx: ReadTransaction, worker_ids: Sequence[UUID], first: date, last: date, kinds: Sequence[PayKind]
) -> list[UsedSeconds]:
    """Net credited seconds of workers per business date, of some kinds together; days without any are left out."""
    return await reading.seconds_used(tx, worker_ids, Period(first, last), kinds) if worker_ids else []


async def entries(
    tx: ReadTransaction, when: Period, page: Page, *, worker_id: UUID | None = None, site_id: UUID | None = None
) -> list[Entry]:
    """The ledger's lines within the caller's reach, one more than the page shows."""
    reach = reach_of(tx.caller, PAY_EXPORT.roles)
    return await reading.entries(tx, Wanted(when, reach, worker_id, site_id), page)


async def exceptions(
    tx: ReadTransaction, when: Period, page: Page, *, worker_id: UUID | None = None, site_id: UUID | None = None
) -> list[Uncredited]:
    """What was accepted and not credited within the caller's reach, one more than the page shows; nothing is ever dropped."""
    reach = reach_of(tx.caller, PAY_EXCEPTIONS.roles)
    return await reading.queue(tx, Wanted(when, reach, worker_id, site_id), page)


async def pay_lines(tx: ReadTransaction, when: Period, site_id: UUID | None) -> list[PayLine]:
    """What payroll pays in a period, within the caller's reach. Raises Invalid when that is too much for one file."""
    reach = reach_of(tx.caller, PAY_EXPORT.roles)
    lines = await reading.pay_lines(tx, Wanted(when, reach, site_id=site_id), MOST_LINES + 1)
    if len(lines) > MOST_LINES:
        raise Invalid.field("#/from", f"That is over {MOST_LINES} lines: ask for fewer days or one site.", "too_many_lines")
    return lines


async def payroll_file(tx: ReadTransaction, when: Period, site_id: UUID | None) -> str:
    """The payroll file of a period as CSV text."""
    return payroll_csv(await pay_lines(tx, when, site_id))


async def payroll_totals(tx: ReadTransaction, when: Period, site_id: UUID | None) -> PayrollTotals:
    """What the payroll file of the same period adds up to."""
    return sums(await pay_lines(tx, when, site_id))
