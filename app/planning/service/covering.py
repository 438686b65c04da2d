"""Coverage of a work center as it is published: who is there, who learns, how many more may leave."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.core.db import ReadTransaction
from app.core.intervals import Interval
from app.downtime import service as downtime
from app.downtime.domain.patterns import Window
from app.people import service as people
from app.planning.policies import COVERAGE_READ
from app.planning.store import blocks as store
from app.roster import service as roster
from app.roster.domain import learnable_intervals

STEP = timedelta(minutes=5)
# A block may run in a window that begins before and ends after the asked time.
EDGE = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class Moment:
    """Heads at one instant."""

    at: datetime
    present: int
    minimum: int
    learning: int

    @property
    def headroom(self) -> int:
        """How many more may leave the line; below zero somebody is missing."""
        return self.present - self.learning - self.minimum


async def coverage(tx: ReadTransaction, work_center_id: UUID, start: datetime, end: datetime | None) -> list[Moment]:
    """Heads at `start`, or every five minutes until `end`. A learner is away for the whole window of their block.

    Raises NotFound outside the caller's reach.
    """
    center = await people.work_center(tx, work_center_id)
    COVERAGE_READ.must_reach(tx.caller, center.nodes)
    until = end or start + STEP
    shifts = await roster.shifts(tx, start=start, end=until, work_center_ids=[center.id])
    there = [(shift.worker_id, interval) for shift in shifts for interval in learnable_intervals(shift)]
    windows = await downtime.windows(tx, [center.id], start - EDGE, until + EDGE)
    live = await store.live(tx, start - EDGE, until + EDGE, workers=[], centers=[center.id])
    moments: list[Moment] = []
    at = start
    while at < until and (end is not None or not moments):
        moments.append(_moment(at, there, windows, live, center.minimum_staying))
        at += STEP
    return moments


def _moment(
    at: datetime, there: Sequence[tuple[UUID, Interval]], windows: Sequence[Window], live: Sequence[Any], minimum: int
) -> Moment:
    running = [window for window in windows if window.interval.contains(at)]
    ids = {window.id for window in running}
    present = {worker for worker, interval in there if interval.contains(at)}
    away = {block.worker_id for block in live if block.window_id in ids or block.starts_at <= at < block.ends_at}
    return Moment(at, len(present), max([minimum, *(w.minimum_staying for w in running)]), len(away & present))
