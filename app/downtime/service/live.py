"""Windows on the floor: opened, extended and closed now. One thing at a time happens at a work center."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
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
from app.downtime.domain.live import EARLY, Cause, EndedBy, LiveWindow, expected_seconds
from app.downtime.domain.patterns import Window, WindowKind
from app.downtime.events import WindowClosed, WindowExtended, WindowOpened
from app.downtime.policies import DOWNTIME_WRITE
from app.downtime.service.reach import one_center
from app.downtime.service.single import WindowPlace, found_window
from app.downtime.store import changes as changes_store
from app.downtime.store import live as store
from app.downtime.store import patterns as patterns_store
from app.people.domain import WorkCenter

# The kinds of stop in a line's log that tell how long a window of each kind lasts.
STOPS = {WindowKind.CHANGEOVER: ["changeover"]}
OTHER_STOPS = ["material", "breakdown", "maintenance", "other"]
MOST_LENGTHS = 60
USUAL_LEARNERS = 2


@dataclass(frozen=True, slots=True)
class Opening:
    """A window somebody opens: a mapped one by where its pattern has it, else one of its own; seconds as expected."""

    work_center_id: UUID
    cause: Cause
    pattern_starts_at: datetime | None = None
    kind: WindowKind | None = None
    seconds: int | None = None
    max_learners: int | None = None


@dataclass(frozen=True, slots=True)
class OnFloor:
    """A window on the floor with its places and buffers as they stand now; `repeated` when nothing was changed."""

    live: LiveWindow
    window: Window
    repeated: bool = False


async def open_window(tx: WriteTransaction, window_id: UUID, asked: Opening) -> OnFloor:
    """Open a window now. A mapped one begins early, or is confirmed; opening it again changes nothing.

    Raises NotFound outside the caller's reach, Invalid, or Conflict when another window is open there.
    """
    center = await one_center(tx, DOWNTIME_WRITE, asked.work_center_id)
    await store.lock(tx, center.id)
    known = await store.one(tx, window_id)
    if known is not None:
        return await _opened_before(tx, known, center)
    await _refuse_second(tx, center)
    now = tx.now.replace(microsecond=0)
    if asked.pattern_starts_at is None:
        change, window = await _own(tx, center, window_id, asked, now)
    else:
        change, window = await _mapped(tx, center, window_id, asked, now)
    if not await changes_store.save(tx, change):
        raise Stale
    live = LiveWindow(
        window.id, center.id, change.pattern_id, window.kind, asked.cause, now, window.ends_at, None, None, tx.caller.id, 1
    )
    if not await store.add(tx, live):
        raise Conflict("Another window is open at this work center: extend or close it.", code="window_open")
    await events.publish(tx, WindowOpened(subject_id=window.id, **_facts(live, window.starts_at, window.ends_at)))
    return OnFloor(live, window)


async def _opened_before(tx: ReadTransaction, known: LiveWindow, center: WorkCenter) -> OnFloor:
    if known.work_center_id != center.id:
        raise NotFound
    if not known.open_at(tx.now):
        raise Conflict("The window is over: open another one.", code="window_over")
    return OnFloor(known, await _as_it_stands(tx, center, known), repeated=True)


async def _refuse_second(tx: WriteTransaction, center: WorkCenter) -> None:
    """One window is open at a work center; one whose time is over is closed by the way."""
    other = await store.open_one(tx, center.id)
    if other is None:
        return
    if other.open_at(tx.now):
        raise Conflict("Another window is open at this work center: extend or close it.", code="window_open")
    await _end(tx, other, other.expected_ends_at, EndedBy.TIME)


async def _own(
    tx: ReadTransaction, center: WorkCenter, window_id: UUID, asked: Opening, now: datetime
) -> tuple[WindowChange, Window]:
    """A window that no pattern has: as long as told or as the line's history says, with the line's usual places."""
    if asked.cause is Cause.BUTTON and names_a_mapped_window(window_id):
        told = "This is the id of a mapped window: say where its pattern has it. One of its own has a UUID of version 7."
        raise Invalid.field("#/pattern_starts_at", told, "mapped_window")
    if await changes_store.change(tx, window_id) is not None:
        raise Conflict("Another window has this id.", code="id_taken")
    kind = asked.kind or WindowKind.OTHER
    seconds = expected_seconds(asked.seconds, await history(tx, center.id, kind))
    places = asked.max_learners or await _usual_places(tx, center, kind, now)
    own = OwnWindow(kind, minimum_staying=center.minimum_staying)
    span = Interval(now, now + timedelta(seconds=seconds))
    change = WindowChange(window_id, center.id, None, span, max_learners=places, own=own, version=0)
    window = own_window(change)
    assert window is not None
    return change, window


async def _mapped(
    tx: ReadTransaction, center: WorkCenter, window_id: UUID, asked: Opening, now: datetime
) -> tuple[WindowChange, Window]:
    """A mapped window that begins now, or runs already and is confirmed."""
    assert asked.pattern_starts_at is not None
    natural, change = await found_window(tx, center, window_id, WindowPlace(center.id, asked.pattern_starts_at))
    span = change.span or change.natural
    if span.end <= now:
        raise Conflict("The window is over: open another one.", code="window_over")
    if span.start - now > EARLY:
        raise Conflict("The window begins in more than two hours: open one of its own.", code="window_far")
    start = min(span.start, now)
    length = timedelta(seconds=asked.seconds) if asked.seconds else None
    end = now + length if length else span.end if span.start <= now else now + span.length
    return _reshaped(
        natural, replace(change, cancelled=False, max_learners=asked.max_learners or change.max_learners), start, end
    )


def _reshaped(natural: Window, change: WindowChange, start: datetime, end: datetime) -> tuple[WindowChange, Window]:
    """The change with another time, and the window it makes. Raises Invalid when nothing usable is left."""
    span = between(start, end)
    if span is None or span.length > LONGEST_WINDOW:
        raise Invalid.field("#/minutes", "A window ends after now and lasts at most 8 hours.", "order")
    change = replace(change, span=None if span == change.natural else span)
    try:
        return change, changed(natural, change)
    except ChangeRefused as refused:
        raise Invalid.field("#/minutes", f"{refused}", "change") from refused


async def history(tx: ReadTransaction, work_center_id: UUID, kind: WindowKind) -> list[int]:
    """Seconds that stops of this kind lasted at a work center, newest first."""
    return await store.lengths(tx, work_center_id, kind, STOPS.get(kind, OTHER_STOPS), MOST_LENGTHS)


async def _usual_places(tx: ReadTransaction, center: WorkCenter, kind: WindowKind, now: datetime) -> int:
    """As many learners as the line's mapped windows of this kind allow, else of any kind."""
    known = [one.pattern for one in await patterns_store.patterns(tx, [center.id], now)]
    alike = [pattern.max_learners for pattern in known if pattern.kind is kind]
    return max(alike or [pattern.max_learners for pattern in known], default=USUAL_LEARNERS)


async def extend_window(tx: WriteTransaction, window_id: UUID, work_center_id: UUID, seconds: int) -> OnFloor:
    """Let an open window end so many seconds from now. Raises NotFound, Invalid, or Conflict when it is over."""
    center = await one_center(tx, DOWNTIME_WRITE, work_center_id)
    await store.lock(tx, center.id)
    live = await _one(tx, center, window_id)
    if live is None:
        raise NotFound
    if not live.open_at(tx.now):
        raise Conflict("The window is over: open another one.", code="window_over")
    end = tx.now.replace(microsecond=0) + timedelta(seconds=seconds)
    natural, change = await found_window(tx, center, window_id, WindowPlace(center.id, live.opened_at))
    span = change.span or change.natural
    change, window = _reshaped(natural, change, span.start, end)
    if not await changes_store.save(tx, change) or not await store.extend(tx, window_id, end):
        raise Stale
    live = replace(live, expected_ends_at=end, version=live.version + 1)
    await events.publish(tx, WindowExtended(subject_id=window_id, **_facts(live, window.starts_at, end)))
    return OnFloor(live, window)


async def close_window(
    tx: WriteTransaction, window_id: UUID, work_center_id: UUID, pattern_starts_at: datetime | None, ended_by: EndedBy
) -> OnFloor:
    """End a window now, opened or running as mapped; closing again changes nothing. Answers it as it was before.

    Raises NotFound, or Conflict when it does not run.
    """
    center = await one_center(tx, DOWNTIME_WRITE, work_center_id)
    await store.lock(tx, center.id)
    live = await _one(tx, center, window_id)
    if live is not None and live.closed_at is not None:
        return OnFloor(live, await _as_it_stands(tx, center, live), repeated=True)
    if live is None and pattern_starts_at is None:
        raise NotFound
    now = tx.now.replace(microsecond=0)
    opened_at = live.opened_at if live else pattern_starts_at
    assert opened_at is not None
    natural, change = await found_window(tx, center, window_id, WindowPlace(center.id, opened_at))
    span = change.span or change.natural
    if change.cancelled or not span.start <= now < span.end:
        raise Conflict("The window does not run now: cancel one that is to come.", code="window_not_running")
    before = changed(natural, change)
    if live is None:
        live = LiveWindow(
            window_id, center.id, change.pattern_id, before.kind, Cause.PLAN, span.start, span.end, None, None, tx.caller.id, 1
        )
        await _refuse_second(tx, center)
        await store.add(tx, live)
    if not await changes_store.save(tx, _cut(natural, change, span.start, now)):
        raise Stale
    return OnFloor(await _end(tx, live, now, ended_by), before)


def _cut(natural: Window, change: WindowChange, start: datetime, end: datetime) -> WindowChange:
    """The change after the window ended; one of which nothing usable is left did not take place."""
    try:
        return _reshaped(natural, change, start, end)[0]
    except Invalid:
        return replace(change, cancelled=True)


async def _end(tx: WriteTransaction, live: LiveWindow, at: datetime, ended_by: EndedBy) -> LiveWindow:
    await store.close(tx, live.id, at, ended_by)
    live = replace(live, closed_at=at, ended_by=ended_by, version=live.version + 1)
    await events.publish(tx, WindowClosed(subject_id=live.id, ended_by=ended_by.value, **_facts(live, live.opened_at, at)))
    return live


async def end_overdue(tx: WriteTransaction, window_id: UUID) -> LiveWindow | None:
    """Close a window whose time is over; None when there is nothing to close. Repeating changes nothing."""
    live = await store.one(tx, window_id)
    if live is None or live.closed_at is not None:
        return None
    await store.lock(tx, live.work_center_id)
    live = await store.one(tx, window_id)
    if live is None or live.closed_at is not None or live.open_at(tx.now):
        return None
    return await _end(tx, live, live.expected_ends_at, EndedBy.TIME)


async def live_window(tx: ReadTransaction, window_id: UUID) -> LiveWindow | None:
    """A window that was opened on the floor."""
    return await store.one(tx, window_id)


async def lock_floor(tx: WriteTransaction, work_center_id: UUID) -> None:
    """Let whoever changes the line's present take turns until the transaction ends."""
    await store.lock(tx, work_center_id)


async def _one(tx: ReadTransaction, center: WorkCenter, window_id: UUID) -> LiveWindow | None:
    live = await store.one(tx, window_id)
    if live is not None and live.work_center_id != center.id:
        raise NotFound
    return live


async def _as_it_stands(tx: ReadTransaction, center: WorkCenter, live: LiveWindow) -> Window:
    natural, change = await found_window(tx, center, live.id, WindowPlace(center.id, live.opened_at))
    try:
        return changed(natural, change)
    except ChangeRefused:
        return natural


def _facts(live: LiveWindow, starts_at: datetime, ends_at: datetime) -> dict[str, Any]:
    return {
        "work_center_id": live.work_center_id,
        "kind": live.kind.value,
        "cause": live.cause.value,
        "starts_at": starts_at,
        "ends_at": ends_at,
    }
