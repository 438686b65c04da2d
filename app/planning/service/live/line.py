"""A work center around now: who is there, who learns, which windows run, and what must stay, moment by moment."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.core.db import ReadTransaction
from app.core.intervals import Interval
from app.downtime import service as downtime
from app.downtime.domain.patterns import Window
from app.people.domain import WorkCenter
from app.planning.domain.problem import ItemKind
from app.planning.domain.staying import Floor
from app.planning.store import blocks as store
from app.roster import service as roster
from app.roster.domain import Shift, learnable_intervals
from app.skills import service as skills

# A block may run in a window that begins before and ends after the asked time.
EDGE = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class Line:
    """What is known of a work center in a stretch of time. `blocks` are published ones, of the line and of its people."""

    center: WorkCenter
    shifts: tuple[Shift, ...]
    there: tuple[tuple[UUID, Interval], ...]
    windows: tuple[Window, ...]
    blocks: tuple[Any, ...]
    skills: Mapping[UUID, frozenset[str]]
    skill_minimums: Mapping[str, int]

    def floor(self, at: datetime, without: frozenset[UUID] = frozenset()) -> Floor:
        """Heads and skills at an instant; blocks `without` which it is asked do not count."""
        running = {window.id: window for window in self.windows if window.interval.contains(at)}
        present = {worker: self.skills.get(worker, frozenset()) for worker, span in self.there if span.contains(at)}
        away = {
            block.worker_id
            for block in self.blocks
            if block.id not in without and (block.window_id in running or block.starts_at <= at < block.ends_at)
        }
        minimum = max([self.center.minimum_staying, *(window.minimum_staying for window in running.values())])
        return Floor(present, frozenset(away & present.keys()), minimum, self.skill_minimums)

    def moments(self, span: Interval) -> list[datetime]:
        """Every instant in a stretch at which anything changes: between two of them nothing does."""
        spans = [part for _, part in self.there] + [window.interval for window in self.windows]
        spans += [Interval(block.starts_at, block.ends_at) for block in self.blocks]
        marks = {mark for part in spans for mark in (part.start, part.end)}
        return sorted({span.start, *(mark for mark in marks if span.contains(mark))})

    def holders(self, window_id: UUID) -> set[UUID]:
        """Who holds a place in a window."""
        return {block.worker_id for block in self.blocks if block.window_id == window_id}

    def tablets_out(self, at: datetime) -> int:
        """How many people have one of the line's tablets at an instant."""
        running = {window.id for window in self.windows if window.interval.contains(at)}
        return len({b.worker_id for b in self.blocks if b.needs_tablet and b.window_id in running})


async def read_line(tx: ReadTransaction, center: WorkCenter, start: datetime, end: datetime) -> Line:
    """Everything about a work center in [start, end)."""
    shifts = await roster.shifts(tx, start=start, end=end, work_center_ids=[center.id])
    workers = sorted({shift.worker_id for shift in shifts})
    windows = await downtime.windows(tx, [center.id], start - EDGE, end + EDGE)
    blocks = await store.live(tx, start - EDGE, end + EDGE, workers=workers, centers=[center.id])
    minimums = (await skills.minimums(tx, [center.id]))[center.id]
    known = await skills.qualified(tx, workers, start.date()) if minimums else {}
    return Line(center, tuple(shifts), _there(shifts), tuple(windows), tuple(_standing(blocks, windows)), known, minimums)


def _standing(blocks: Sequence[Any], windows: Sequence[Window]) -> Iterable[Any]:
    """Blocks that hold a place: one whose window was moved away from it, or cut short before it, holds none there.

    Whoever shows a trainee something is at work.
    """
    spans = {window.id: window.interval for window in windows}
    for block in (one for one in blocks if one.kind != ItemKind.COACHING):
        span = spans.get(block.window_id)
        if span is None or span.covers(Interval(block.starts_at, block.ends_at)):
            yield block


def _there(shifts: Sequence[Shift]) -> tuple[tuple[UUID, Interval], ...]:
    return tuple((shift.worker_id, interval) for shift in shifts for interval in learnable_intervals(shift))
