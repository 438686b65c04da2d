"""Corrections: a line is only ever taken back by a line of its own, in whole or in part, and that one can be too."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.core.db import WriteTransaction
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.events import publish
from app.core.intervals import Interval, between, subtract
from app.paytime.caps import Caps
from app.paytime.domain import PAY_REVERSE, Claim, Entry, EntryType, ReasonCode, on_the_second
from app.paytime.domain.rules import DEFAULT
from app.paytime.events import PayTimeAdjusted
from app.paytime.lines import Line, credit_line, exception_line, opposite_line
from app.paytime.service.crediting import attended
from app.paytime.settled import settled
from app.paytime.store import corrections as store
from app.paytime.store import policies, reading, writing

# Nobody learns longer in one go than a day: more is a date mistyped.
LONGEST_LINE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Correction:
    """Why a line is corrected, and which stretch of it; without one all of it."""

    reason: str
    code: ReasonCode = ReasonCode.OTHER
    starts_at: datetime | None = None
    ends_at: datetime | None = None


async def reverse(tx: WriteTransaction, entry_id: UUID, asked: Correction | str) -> Entry:
    """Take a line back, or a stretch of it, each second once; a credit's time is free again. Answers the new line.

    Taking a reversal back restores its time. Raises NotFound outside the caller's reach, Forbidden for the caller's own
    line, Invalid for a stretch outside it, Conflict when it was taken back before or its time has gone to something else.
    """
    asked = Correction(asked) if isinstance(asked, str) else asked
    entry = await correctable(tx, entry_id)
    piece = _piece(entry, asked)
    return await take_back(tx, entry, piece, asked)


async def correctable(tx: WriteTransaction, entry_id: UUID) -> Entry:
    """A line that the caller may correct, its worker's lock held."""
    entry = await reading.entry(tx, entry_id)
    if entry is None:
        raise NotFound
    PAY_REVERSE.must_reach(tx.caller, entry.nodes)
    if entry.worker_id == tx.caller.worker_id:
        raise Forbidden("Somebody else must correct your own time.", code="own_entry")
    await writing.lock(tx, [entry.worker_id])
    return entry


def _piece(entry: Entry, asked: Correction) -> Interval:
    start = on_the_second(asked.starts_at) if asked.starts_at else entry.starts_at
    end = on_the_second(asked.ends_at) if asked.ends_at else entry.ends_at
    if not entry.starts_at <= start < end <= entry.ends_at:
        raise Invalid.field("#/starts_at", "Name a stretch inside the line.", "outside_entry")
    return Interval(start, end)


async def take_back(tx: WriteTransaction, entry: Entry, piece: Interval, asked: Correction) -> Entry:
    """Append the line that takes a stretch of another back; the worker's lock is held. Raises as `reverse` does."""
    if any(gone.overlaps(piece) for gone in await store.taken_back(tx, entry.id)):
        raise Conflict("This entry was reversed before.", code="already_reversed")
    if entry.entry_type is EntryType.REVERSAL and any(
        held.interval.overlaps(piece) for held in await store.held(tx, entry.worker_id, piece)
    ):
        raise Conflict("Its time counts for something else by now.", code="time_taken")
    policy = (await policies.policies(tx)).get(entry.site_id, DEFAULT)
    line = opposite_line(entry, piece, policy, code=asked.code, reason=asked.reason)
    await append(tx, [line])
    made = await reading.entry(tx, line.id)
    assert made is not None
    return made


async def append(tx: WriteTransaction, lines: list[Line], exceptions: list[Line] | None = None) -> None:
    """Write lines that correct others and tell their worker of each."""
    if not lines and not exceptions:
        return
    await writing.write(tx, writing.append_values(tx, (), lines, exceptions or ()))
    await publish(tx, *(adjusted(line) for line in lines))


def adjusted(line: Line) -> PayTimeAdjusted:
    """What a worker is told about a line that changed what stood."""
    return PayTimeAdjusted(
        subject_id=line.worker_id,
        source_id=line.source_id,
        kind=line.kind.value,
        entry_id=line.id,
        reverses_id=line.reverses_id or line.replaces_id or line.id,
        seconds=line.seconds,
        business_date=line.business_date,
    )


async def replace(tx: WriteTransaction, entry_id: UUID, asked: Correction) -> list[Entry]:
    """Put a line at its true time, in one step: all of it is taken back, and the new time is credited in its place.

    Answers the reversal and what replaces it. Raises as `reverse` does, Invalid for time to come or more than a day of it,
    and Conflict where the new time is not payable.
    """
    entry = await correctable(tx, entry_id)
    if entry.entry_type is EntryType.REVERSAL or await store.taken_back(tx, entry.id):
        raise Conflict("Only a line that stands in whole can be replaced.", code="already_reversed")
    start = on_the_second(asked.starts_at or entry.starts_at)
    end = on_the_second(asked.ends_at or entry.ends_at)
    if between(start, end) is None:
        raise Invalid.field("#/ends_at", "It ends after it starts.", "order")
    if end > tx.now:
        raise Invalid.field("#/ends_at", "Only time that has passed is credited.", "future")
    if end - start > LONGEST_LINE:
        raise Invalid.field("#/starts_at", "A line is at most 24 hours long.", "too_long")
    claim = Claim(entry.worker_id, start, end, entry.kind, entry.source_id, entry.mandatory, device_at=entry.device_at)
    state = await writing.state(tx, [claim])
    taken = {entry.worker_id: list(subtract(state.taken.get(entry.worker_id, []), [Interval(entry.starts_at, entry.ends_at)]))}
    (settlement,) = settled([claim], attended(state), taken, state.places, Caps(state.places, ()))
    unpaid = [shortfall for shortfall in settlement.shortfalls if not shortfall.paid]
    if unpaid:
        raise Conflict(f"The new time cannot be credited: {unpaid[0].reason.value}.", code="not_payable")
    policy = state.policies.get(entry.site_id, DEFAULT)
    back = opposite_line(entry, Interval(entry.starts_at, entry.ends_at), policy, code=asked.code, reason=asked.reason)
    new = [
        credit_line(claim, segment, state.places, code=asked.code, reason=asked.reason, replaces_id=entry.id)
        for segment in settlement.segments
    ]
    flagged = [exception_line(claim, one, state.places, reviewed=True) for one in settlement.shortfalls]
    await append(tx, [back, *new], flagged)
    made = await reading.several(tx, [back.id, *(line.id for line in new)])
    return [made[line.id] for line in (back, *new)]
