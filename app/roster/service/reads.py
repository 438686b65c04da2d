"""Use cases of the roster that other features call: who works when."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from app.core.db import ReadTransaction
from app.core.intervals import Interval
from app.roster import store
from app.roster.domain import Absence, Break, Shift, attended_intervals

_A_SECOND = timedelta(seconds=1)


async def shifts(
    tx: ReadTransaction,
    *,
    start: datetime,
    end: datetime,
    worker_ids: Sequence[UUID] | None = None,
    work_center_ids: Sequence[UUID] | None = None,
    site_id: UUID | None = None,
) -> list[Shift]:
    """Attended shifts that share time with [start, end): cancelled ones and absent time are already left out.

    A shift cut by an absence comes back in pieces that keep its id and business date.
    """
    planned = await store.shifts(tx, start, end, workers=worker_ids, centers=work_center_ids, site_id=site_id)
    if not planned:
        return []
    reach = (min(s.starts_at for s in planned), max(s.ends_at for s in planned))
    gone = [a for _, a in await store.absences(tx, *reach, workers=sorted({s.worker_id for s in planned}))]
    if not gone:
        return planned
    return [
        piece for shift in planned for piece in attended_pieces(shift, gone) if piece.starts_at < end and piece.ends_at > start
    ]


async def shift_at(tx: ReadTransaction, worker_id: UUID, at: datetime) -> Shift | None:
    """The shift a worker is in at an instant, if any."""
    for found in await shifts(tx, start=at, end=at.replace(microsecond=0) + _A_SECOND, worker_ids=[worker_id]):
        if found.interval.contains(at):
            return found
    return None


def attended_pieces(shift: Shift, absences: Iterable[Absence]) -> list[Shift]:
    """The parts of a shift its worker is there for, each with the breaks that fall into it."""
    return [_cut(shift, interval) for interval in attended_intervals(shift, absences)]


def _cut(shift: Shift, within: Interval) -> Shift:
    pauses = (
        Break(part.start, part.end, pause.kind, pause.paid)
        for pause in shift.breaks
        if (part := pause.interval.intersection(within)) is not None
    )
    return replace(shift, starts_at=within.start, ends_at=within.end, breaks=tuple(pauses))
