"""Reading the ledger: a worker's account, lists of entries and exceptions, and sums for other features."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from app.core.db import ReadTransaction
from app.core.errors import Invalid, NotFound
from app.core.pages import Page
from app.paytime.domain import (
    PAY_EXCEPTIONS,
    PAY_EXPORT,
    PAY_READ,
    Account,
    Entry,
    PayKind,
    Period,
    Reach,
    Uncredited,
    UsedSeconds,
    reach_of,
)
from app.paytime.store import reading
from app.paytime.store.reading import Wanted
from app.people import service as people

LONGEST_PERIOD = timedelta(days=92)
USUAL_PERIOD = timedelta(days=31)
MOST_EXCEPTIONS = 200


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
    tx: ReadTransaction,
    when: Period,
    page: Page,
    *,
    worker_id: UUID | None = None,
    site_id: UUID | None = None,
    only_open: bool = False,
) -> list[Uncredited]:
    """What was accepted and not credited within the caller's reach, one more than the page shows; nothing is ever dropped."""
    reach = reach_of(tx.caller, PAY_EXCEPTIONS.roles)
    return await reading.queue(tx, Wanted(when, reach, worker_id, site_id, only_open), page)
