"""Windows of work centers: patterns expanded over the roster, with what is stored about single windows."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from app.core.db import ReadTransaction
from app.core.errors import Invalid
from app.core.intervals import DAY, Interval
from app.downtime.domain.changes import LONGEST_WINDOW, SeenWindow, WindowChange, as_changed
from app.downtime.domain.patterns import Handover, Window, expand
from app.downtime.domain.presence import crew_shifts, present
from app.downtime.domain.recurrence import PatternRefused
from app.downtime.store import changes as changes_store
from app.downtime.store import patterns as patterns_store
from app.downtime.store.patterns import StoredPattern
from app.people import service as people
from app.people.domain import WorkCenter
from app.roster import service as roster
from app.roster.domain import Shift

LONGEST_SHIFT = DAY


@dataclass(frozen=True, slots=True)
class StaffedWindow:
    """A window with the people on shift during it and how many of them may learn at once."""

    seen: SeenWindow
    present: int
    places: int


async def windows(tx: ReadTransaction, work_center_ids: Sequence[UUID], start: datetime, end: datetime) -> list[Window]:
    """The windows of work centers in [start, end), cut at its ends, in order of start; repeating gives the same ids.

    Cancelled windows are left out. Raises Invalid when a pattern recurs too densely for so long a time.
    """
    centers = await people.work_centers(tx, ids=sorted(set(work_center_ids)))
    found = await seen_windows(tx, centers, Interval(start, end))
    return [one.window for one in found if not one.cancelled]


async def seen_windows(tx: ReadTransaction, centers: Sequence[WorkCenter], horizon: Interval) -> list[SeenWindow]:
    """The windows of a horizon with their exceptions, cancelled ones included."""
    ids = [center.id for center in centers]
    changes = await changes_store.changes(tx, ids, horizon)
    reach = _reach(horizon, changes.values())
    return as_changed(await natural_windows(tx, centers, reach), changes, horizon)


def _reach(horizon: Interval, changes: Iterable[WindowChange]) -> Interval:
    spans = [horizon, *(change.natural for change in changes)]
    return Interval(min(span.start for span in spans), max(span.end for span in spans))


async def natural_windows(tx: ReadTransaction, centers: Sequence[WorkCenter], reach: Interval) -> list[Window]:
    """Whole windows as the patterns and the roster have them, at least those that share time with `reach`."""
    stored = await patterns_store.patterns(tx, [center.id for center in centers], reach.start - LONGEST_WINDOW)
    if not stored:
        return []
    longest = timedelta(seconds=max(seconds for one in stored for _, seconds in one.pattern.parts))
    wide = Interval(reach.start - longest, reach.end + longest)
    shifts = crew_shifts(await _shifts(tx, stored, wide))
    zones: dict[str, set[UUID]] = defaultdict(set)
    for center in centers:
        zones[center.time_zone].add(center.id)
    found: list[Window] = []
    try:
        for zone, ids in zones.items():
            patterns = [one.pattern for one in stored if one.pattern.work_center_id in ids]
            found += expand(patterns, wide, ZoneInfo(zone), shifts).windows
    except PatternRefused as refused:
        raise Invalid.field("query:to", f"Ask for a shorter time: {refused}.", "too_dense") from refused
    retired = {one.id: one.retired_at for one in stored if one.retired_at}
    kept = (window for window in found if window.interval.overlaps(reach))
    return [window for window in kept if window.pattern_id not in retired or window.starts_at < retired[window.pattern_id]]


async def _shifts(tx: ReadTransaction, stored: Sequence[StoredPattern], wide: Interval) -> list[Shift]:
    ids = sorted({one.pattern.work_center_id for one in stored if isinstance(one.pattern.anchor, Handover)})
    if not ids:
        return []
    return await roster.shifts(tx, start=wide.start - LONGEST_SHIFT, end=wide.end + LONGEST_SHIFT, work_center_ids=ids)


async def staffed_windows(tx: ReadTransaction, centers: Sequence[WorkCenter], horizon: Interval) -> list[StaffedWindow]:
    """The windows of a horizon with who is there, cancelled ones included."""
    return await staffed(tx, centers, await seen_windows(tx, centers, horizon))


async def staffed(tx: ReadTransaction, centers: Sequence[WorkCenter], found: Sequence[SeenWindow]) -> list[StaffedWindow]:
    """The given windows with who is there."""
    if not found:
        return []
    start, end = min(one.window.starts_at for one in found), max(one.window.ends_at for one in found)
    shifts = await roster.shifts(tx, start=start, end=end, work_center_ids=[center.id for center in centers])
    result = []
    for one in found:
        heads = present(one.window, shifts)
        result.append(StaffedWindow(one, heads, 0 if one.cancelled else one.window.places(heads)))
    return result
