"""Single windows: added by hand, cancelled, moved, shortened, given other places."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from app.core import events
from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.core.intervals import Interval, between
from app.downtime.domain.changes import (
    LONGEST_WINDOW,
    ChangeRefused,
    OwnWindow,
    WindowChange,
    changed,
    names_a_mapped_window,
    own_window,
)
from app.downtime.domain.patterns import Window
from app.downtime.events import WindowChanged, WindowMapped
from app.downtime.policies import DOWNTIME_WRITE
from app.downtime.service.reach import one_center
from app.downtime.service.windows import StaffedWindow, natural_windows, staffed_windows
from app.downtime.store import changes as store
from app.people.domain import WorkCenter

SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class WindowPlace:
    """Where a window was seen: windows are expanded, not stored, so their id alone does not find them."""

    work_center_id: UUID
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class WindowEdit:
    """What changes about a window; None keeps it."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    max_learners: int | None = None
    cancelled: bool | None = None


async def add_window(
    tx: WriteTransaction,
    window_id: UUID,
    place: WindowPlace,
    ends_at: datetime,
    own: OwnWindow,
    *,
    max_learners: int,
    center_minimum: bool,
) -> StaffedWindow:
    """Add a window of its own; the same id and content again changes nothing. Raises Invalid or Conflict.

    With `center_minimum` as many people must stay as the work center needs.
    """
    center = await one_center(tx, DOWNTIME_WRITE, place.work_center_id)
    span = between(place.starts_at, ends_at)
    if span is None or span.length > LONGEST_WINDOW:
        raise Invalid.field("#/ends_at", "A window ends after it starts and lasts at most 8 hours.", "order")
    if names_a_mapped_window(window_id):
        raise Conflict("Patterns make ids like this one: choose a UUID of version 7.", code="id_taken")
    if span.seconds <= own.setup_seconds + own.return_seconds:
        raise Invalid.field("#/setup_seconds", "The buffers leave no usable time.", "buffers")
    if center_minimum:
        own = replace(own, minimum_staying=center.minimum_staying)
    change = WindowChange(window_id, center.id, None, span, max_learners=max_learners, own=own, version=0)
    if await store.save(tx, change):
        await events.publish(tx, WindowMapped(subject_id=window_id, work_center_id=center.id))
    found = await store.change(tx, window_id)
    if found is None or (found.work_center_id, found.natural, found.own) != (center.id, span, own):
        raise Conflict("Another window has this id.", code="id_taken")
    return await _as_it_stands(tx, center, found)


async def cancel_window(tx: WriteTransaction, window_id: UUID, place: WindowPlace) -> StaffedWindow:
    """Cancel a window; a window that is cancelled already stays so. Raises NotFound."""
    center = await one_center(tx, DOWNTIME_WRITE, place.work_center_id)
    _, change = await found_window(tx, center, window_id, place)
    if change.cancelled:
        return await _as_it_stands(tx, center, change)
    return await _keep(tx, center, replace(change, cancelled=True))


async def change_window(
    tx: WriteTransaction, window_id: UUID, place: WindowPlace, edit: WindowEdit, version: int
) -> StaffedWindow:
    """Move, shorten, restore a window or change its places. Raises NotFound, Stale or Invalid."""
    center = await one_center(tx, DOWNTIME_WRITE, place.work_center_id)
    natural, change = await found_window(tx, center, window_id, place)
    if change.version != version:
        raise Stale
    current = change.span or change.natural
    span = between(edit.starts_at or current.start, edit.ends_at or current.end)
    if span is None:
        raise Invalid.field("#/ends_at", "A window ends after it starts.", "order")
    wanted = replace(
        change,
        span=None if span == change.natural else span,
        max_learners=edit.max_learners or change.max_learners,
        cancelled=change.cancelled if edit.cancelled is None else edit.cancelled,
    )
    try:
        changed(natural, wanted)
    except ChangeRefused as refused:
        raise Invalid.field("#/ends_at", f"{refused}", "change") from refused
    return await _keep(tx, center, wanted)


async def found_window(
    tx: ReadTransaction, center: WorkCenter, window_id: UUID, place: WindowPlace
) -> tuple[Window, WindowChange]:
    """The window as its pattern has it, and its change, new with version 0. Raises NotFound."""
    change = await store.change(tx, window_id)
    if change is not None and change.work_center_id != center.id:
        raise NotFound
    if change is not None and (own := own_window(change)):
        return own, change
    start = change.natural.start if change else place.starts_at
    for window in await natural_windows(tx, [center], Interval(start, start + SECOND)):
        if window.id == window_id:
            new = WindowChange(window_id, center.id, window.pattern_id, window.interval, version=0)
            return window, change or new
    raise NotFound


async def _keep(tx: WriteTransaction, center: WorkCenter, change: WindowChange) -> StaffedWindow:
    if not await store.save(tx, change):
        raise Stale
    told = WindowChanged(subject_id=change.window_id, work_center_id=center.id, cancelled=change.cancelled)
    await events.publish(tx, told)
    return await _as_it_stands(tx, center, change)


async def _as_it_stands(tx: ReadTransaction, center: WorkCenter, change: WindowChange) -> StaffedWindow:
    span = change.span or change.natural
    for one in await staffed_windows(tx, [center], span):
        if one.seen.window.id == change.window_id:
            return one
    raise NotFound
