"""Absences: a worker is not there although the roster says so."""

from datetime import datetime
from uuid import UUID

from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import Invalid, NotFound
from app.core.pages import Page
from app.people import service as people
from app.roster import store
from app.roster.domain import Absence
from app.roster.policies import ROSTER_READ, ROSTER_WRITE
from app.roster.service.telling import tell_changed

# Who is absent is read in pieces of this many, since reach follows the crews a worker is in.
CHUNK = 500


async def absences(tx: ReadTransaction, start: datetime, end: datetime, page: Page) -> list[tuple[UUID, Absence]]:
    """Absences within the caller's reach that share time with [start, end) by id, one more than the page shows."""
    kept: list[tuple[UUID, Absence]] = []
    after = page.after
    while len(kept) <= page.limit:
        found = await store.absences_after(tx, start, end, after, CHUNK)
        workers = await people.workers(tx, sorted({a.worker_id for _, a in found}))
        within = {i for i, worker in workers.items() if ROSTER_READ.reaches(tx.caller, worker.nodes)}
        kept += [(i, a) for i, a in found if a.worker_id in within]
        if len(found) < CHUNK:
            break
        after = found[-1][0]
    return kept[: page.limit + 1]


async def add_absence(tx: WriteTransaction, absence_id: UUID, absence: Absence) -> None:
    """Record an absence; the same id again changes nothing. Raises NotFound outside the caller's reach."""
    if absence.ends_at <= absence.starts_at:
        raise Invalid.field("#/ends_at", "An absence ends after it starts.", "order")
    worker = await people.worker(tx, absence.worker_id)
    ROSTER_WRITE.must_reach(tx.caller, worker.nodes)
    if await store.add_absence(tx, absence_id, absence):
        await _tell(tx, absence.worker_id, absence.starts_at, absence.ends_at)


async def drop_absence(tx: WriteTransaction, absence_id: UUID) -> None:
    """The worker is there after all. Raises NotFound."""
    row = await store.absence(tx, absence_id)
    if row is None:
        raise NotFound
    ROSTER_WRITE.must_reach(tx.caller, (await people.worker(tx, row.worker_id)).nodes)
    await store.drop_absence(tx, absence_id)
    await _tell(tx, row.worker_id, row.starts_at, row.ends_at)


async def _tell(tx: WriteTransaction, worker_id: UUID, start: datetime, end: datetime) -> None:
    met = await store.shifts(tx, start, end, workers=[worker_id])
    await tell_changed(tx, {(shift.site_id, shift.work_center_id) for shift in met}, [(worker_id, start, end)])
