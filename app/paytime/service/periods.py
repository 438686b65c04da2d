"""Use cases of pay periods: cut them, show what is in them, approve what was seen, close."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID

from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import Conflict, Forbidden, Invalid, NotFound, PreconditionRequired, Stale
from app.core.events import publish
from app.core.pages import Page
from app.paytime.domain import reach_of
from app.paytime.domain.periods import (
    PERIODS_READ,
    PERIODS_WRITE,
    Content,
    Frequency,
    PayPeriod,
    PeriodStatus,
    Rounding,
    Rules,
    content,
    periods_until,
    pieces,
)
from app.paytime.domain.workdays import workday
from app.paytime.events import PayPeriodApproved, PayPeriodClosed
from app.paytime.service import chain
from app.paytime.store import chain as links
from app.paytime.store import periods as store
from app.people import service as people

AHEAD = timedelta(days=35)
LONGEST_PAST = timedelta(days=800)
FIXED = (PeriodStatus.CLOSED, PeriodStatus.EXPORTED)


@dataclass(frozen=True, slots=True)
class Calendar:
    """How a site's periods are cut from `starts_on`, and how its files look."""

    frequency: Frequency
    starts_on: date
    rules: Rules
    company_code: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A period with what it holds as of a position of the chain."""

    period: PayPeriod
    content: Content
    position: int
    waiting: int


async def calendar(tx: ReadTransaction, site_id: UUID) -> Any:
    """A site's calendar. Raises NotFound without one, and outside the caller's reach."""
    PERIODS_READ.must_reach(tx.caller, (site_id,))
    found = await store.calendar(tx, site_id)
    if found is None:
        raise NotFound
    return found


async def put_calendar(tx: WriteTransaction, site_id: UUID, wanted: Calendar, version: int | None) -> Any:
    """Cut a site's periods anew from a day on. Raises NotFound, Stale, Invalid, and Conflict where settled periods bind.

    A first calendar begins where it likes; a later one begins with an open period, so that no day falls between two,
    and names the version it replaces: without one it raises PreconditionRequired.
    """
    PERIODS_WRITE.must_reach(tx.caller, (site_id,))
    await people.site(tx, site_id)
    known = await store.hold(tx, site_id)
    if known is not None and version is None:
        raise PreconditionRequired
    if known is not None and known.version != version:
        raise Stale
    if abs(wanted.starts_on - tx.now.date()) > LONGEST_PAST:
        raise Invalid.field("#/starts_on", "Choose a day within 800 days of today.", "out_of_range")
    floor = await _floor(tx, site_id, known, wanted) if known is not None else wanted.starts_on
    rules = wanted.rules
    values = {
        "frequency": wanted.frequency.value,
        "starts_on": wanted.starts_on,
        "floor": floor,
        "workday_starts": rules.workday_starts,
        "rounding": rules.rounding.value,
        "rounding_seconds": rules.unit,
        "company_code": wanted.company_code,
    }
    await store.put_calendar(tx, site_id, values)
    await _open(tx, site_id, wanted.frequency, wanted.starts_on)
    return await store.calendar(tx, site_id)


async def _floor(tx: ReadTransaction, site_id: UUID, known: Any, wanted: Calendar) -> date:
    """The first day the site's periods cover, when its calendar changes.

    Raises Conflict unless the new one begins with a period that is open, or before all of them: no day may fall between.
    """
    latest = await store.latest(tx, site_id)
    floor: date = known.floor
    if latest.settled is None:
        if wanted.starts_on > floor and not await store.begins_open(tx, site_id, wanted.starts_on):
            raise Conflict("Begin with the first day of an open period.", code="periods_are_fixed")
        return min(wanted.starts_on, floor)
    if wanted.rules.workday_starts != known.workday_starts:
        raise Conflict("Approved periods bind the beginning of the workday.", code="workday_is_fixed")
    if wanted.starts_on != latest.settled + timedelta(days=1):
        day = latest.settled + timedelta(days=1)
        raise Conflict(f"Begin on {day.isoformat()}, the day after the last approved period.", code="periods_are_fixed")
    return floor


async def _open(tx: WriteTransaction, site_id: UUID, frequency: Frequency, first: date) -> None:
    await store.add(tx, site_id, periods_until(frequency, first, max(first, tx.now.date()) + AHEAD))


async def open_ahead(tx: WriteTransaction) -> None:
    """Keep every site's periods open for the coming weeks."""
    for site_id in await store.calendars(tx):
        known, latest = await store.hold(tx, site_id), await store.latest(tx, site_id)
        first = known.starts_on if latest.last is None else latest.last + timedelta(days=1)
        await _open(tx, site_id, Frequency(known.frequency), first)


def rules_of(calendar: Any) -> Rules:
    """A stored calendar's rules."""
    starts: time = calendar.workday_starts
    return Rules(starts, Rounding(calendar.rounding), calendar.rounding_seconds)


async def periods(tx: ReadTransaction, page: Page, site_id: UUID | None, status: PeriodStatus | None) -> list[PayPeriod]:
    """Periods within the caller's reach, one more than the page shows."""
    return await store.periods(tx, page, reach_of(tx.caller, PERIODS_READ.roles), site_id, status)


async def period(tx: ReadTransaction, period_id: UUID, *, write: bool = False) -> PayPeriod:
    """One period. Raises NotFound outside the caller's reach."""
    found = await store.one(tx, period_id)
    if found is None:
        raise NotFound
    (PERIODS_WRITE if write else PERIODS_READ).must_reach(tx.caller, (found.site_id,))
    return found


async def seen(tx: ReadTransaction, period_id: UUID) -> Seen:
    """What a period holds: for ever the same once it is closed, before that as of the chain's end."""
    return await _seen(tx, await period(tx, period_id), fixed=FIXED)


async def _seen(tx: ReadTransaction, found: PayPeriod, fixed: Sequence[PeriodStatus]) -> Seen:
    after, position = found.after, found.position
    if found.status not in fixed or position is None:
        before = await store.earlier(tx, found)
        # What comes late for an earlier period can be told only once that one is closed.
        after = 0 if before is None else before[1] if before[0] in FIXED else None
        end = await links.head(tx)
        position = end.position if end else 0
    calendar = await store.calendar(tx, found.site_id)
    bound = replace(found, after=after, position=position)
    held = content(pieces(await store.linked(tx, found, after, position), bound, calendar.floor, rules_of(calendar)))
    return Seen(bound, held, position, await links.unsealed(tx) if found.status not in fixed else 0)


async def approve(tx: WriteTransaction, period_id: UUID, seen_hash: bytes) -> Seen:
    """Approve exactly what was seen. Raises NotFound, Forbidden for somebody's own minutes, and Conflict.

    Conflict: what the period holds changed since (`content_changed`), it is not over, an earlier one is open, or it is closed.
    """
    found = await period(tx, period_id, write=True)
    await store.hold(tx, found.site_id)
    found = await period(tx, period_id, write=True)
    if found.status in FIXED:
        raise Conflict("The period is closed.", code="period_closed")
    await _must_be_over(tx, found)
    before = await store.earlier(tx, found)
    if before is not None and before[0] not in FIXED:
        raise Conflict("Close the earlier period first.", code="earlier_period_open")
    await chain.seal_all(tx)
    held = await _seen(tx, found, fixed=FIXED)
    if held.content.hash != seen_hash:
        raise Conflict("What the period holds changed since you saw it: look again.", code="content_changed")
    if tx.caller.worker_id in held.content.workers:
        raise Forbidden("Somebody else must approve your own time.", code="own_minutes")
    await store.approve(tx, found, held.period.after or 0, held.position, held.content)
    told = PayPeriodApproved(
        subject_id=found.id,
        site_id=found.site_id,
        first_date=found.first,
        last_date=found.last,
        seconds=held.content.seconds,
        content_hash=held.content.hash.hex(),
    )
    await publish(tx, told)
    return replace(held, period=await period(tx, period_id))


async def _must_be_over(tx: ReadTransaction, found: PayPeriod) -> None:
    """Raise Conflict while the last workday goes on, by the site's own clock and where its workdays begin."""
    known, site = await store.calendar(tx, found.site_id), await people.site(tx, found.site_id)
    if found.last >= workday(tx.now, site.time_zone, known.workday_starts):
        raise Conflict("The period is not over yet.", code="period_not_over")


async def close(tx: WriteTransaction, period_id: UUID) -> Seen:
    """Close an approved period: from now on what comes late belongs to the next one. Raises NotFound and Conflict.

    Conflict when it is not approved, or when what it holds changed since it was: then it must be approved again.
    """
    found = await period(tx, period_id, write=True)
    await store.hold(tx, found.site_id)
    found = await period(tx, period_id, write=True)
    if found.status in FIXED:
        raise Conflict("The period is closed already.", code="period_closed")
    if found.status is PeriodStatus.OPEN:
        raise Conflict("Approve the period first.", code="not_approved")
    await chain.seal_all(tx)
    held = await _seen(tx, found, fixed=FIXED)
    if held.content.hash != found.content_hash:
        raise Conflict("What the period holds changed since it was approved: approve it again.", code="content_changed")
    # The position of the approval stays: nothing that was linked since belongs to this period, or its hash were another.
    await store.close(tx, period_id)
    told = PayPeriodClosed(
        subject_id=found.id,
        site_id=found.site_id,
        first_date=found.first,
        last_date=found.last,
        seconds=held.content.seconds,
    )
    await publish(tx, told)
    return replace(held, period=await period(tx, period_id))
