"""What happens on the floor now: windows open, go on and close, by a supervisor's button or a machine's signal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.core.db import WriteTransaction
from app.core.errors import Conflict
from app.core.events import publish
from app.core.intervals import Interval
from app.core.jobs import Job, defer
from app.downtime import service as downtime
from app.downtime.domain.live import Effect, EndedBy, LiveWindow, Signal
from app.downtime.domain.patterns import Window
from app.downtime.service import OnFloor, Opening, SignalTaken
from app.people import service as people
from app.planning.domain.staying import Floor
from app.planning.events import BlockPaused, OfferLapsed, OfferWithdrawn
from app.planning.service.floor import refresh_windows
from app.planning.service.live.answering import ask_next
from app.planning.service.live.line import read_line
from app.planning.service.live.offering import facts, offer
from app.planning.service.live.replanning import Replanned, replan
from app.planning.service.live.settling import settle_live
from app.planning.service.publishing import facts as block_facts
from app.planning.store import live as store
from app.planning.store import plans as plan_store

END_WINDOW = "planning.end_window"
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Happened:
    """A window on the floor, everybody who was asked to learn in it, and what moved because of it."""

    live: LiveWindow
    window: Window
    offers: Sequence[Any]
    changed: Replanned | None = None


async def open_floor(tx: WriteTransaction, window_id: UUID, asked: Opening) -> Happened:
    """Open a window now and offer what fits to those who may leave. Opening it again changes nothing.

    Raises NotFound outside the caller's reach, Invalid, or Conflict when another window is open there.
    """
    await plan_store.lock(tx)
    return await _opened(tx, await downtime.open_window(tx, window_id, asked))


async def _opened(tx: WriteTransaction, floor: OnFloor) -> Happened:
    changed = None
    if not floor.repeated:
        # A window that comes early leaves its blocks behind: whoever had one is asked first, the others keep theirs.
        await refresh_windows(tx, [floor.window.work_center_id])
        await offer(tx, floor.window)
        await _end_later(tx, floor.live)
        changed = await replan(tx, [floor.window.work_center_id]) if floor.live.pattern_id else None
    return Happened(floor.live, floor.window, await store.of_window(tx, floor.live.id), changed)


async def _end_later(tx: WriteTransaction, live: LiveWindow) -> None:
    args = {"organization_id": str(tx.organization_id), "window_id": str(live.id)}
    await defer(tx, Job(END_WINDOW, args, scheduled_at=live.expected_ends_at + SECOND))


async def extend_floor(tx: WriteTransaction, window_id: UUID, work_center_id: UUID, seconds: int) -> Happened:
    """Let an open window end so many seconds from now, and ask more people where there are places.

    Raises NotFound, Invalid, or Conflict when it is over or the line cannot spare its learners for so long.
    """
    await store.share(tx)
    floor = await downtime.extend_window(tx, window_id, work_center_id, seconds)
    if await _first_short(tx, floor) is not None:
        raise Conflict("The line cannot spare its learners for so long: choose fewer minutes.", code="coverage_minimum")
    return await _extended(tx, floor)


async def _extended(tx: WriteTransaction, floor: OnFloor) -> Happened:
    await refresh_windows(tx, [floor.window.work_center_id])
    await offer(tx, floor.window)
    await _end_later(tx, floor.live)
    return Happened(floor.live, floor.window, await store.of_window(tx, floor.live.id))


async def _first_short(tx: WriteTransaction, floor: OnFloor) -> datetime | None:
    """The first moment until the window's end at which those who hold its places leave the line short; None for never."""
    center = await people.work_center(tx, floor.window.work_center_id)
    line = await read_line(tx, center, tx.now, floor.window.ends_at)
    holders = line.holders(floor.window.id)
    for at in line.moments(Interval(tx.now, floor.window.ends_at)):
        found: Floor = line.floor(at)
        if found.short() and holders & found.away:
            return at
    return None


async def close_floor(
    tx: WriteTransaction, window_id: UUID, work_center_id: UUID, pattern_starts_at: datetime | None, ended_by: EndedBy
) -> Happened:
    """End a window now: offers are taken back, learning pauses, and what was cut is placed again at once.

    Closing again changes nothing. Raises NotFound, or Conflict when the window does not run.
    """
    await plan_store.lock(tx)
    floor = await downtime.close_window(tx, window_id, work_center_id, pattern_starts_at, ended_by)
    return await _closed(tx, floor)


async def _closed(tx: WriteTransaction, floor: OnFloor) -> Happened:
    if floor.repeated:
        return Happened(floor.live, floor.window, await store.of_window(tx, floor.live.id), Replanned())
    withdrawn = await store.withdraw(tx, floor.live.id)
    await publish(tx, *(OfferWithdrawn(subject_id=row.id, **facts(row)) for row in withdrawn))
    blocks = await store.in_windows(tx, [floor.live.id])
    cut = [block for block in blocks if block.status in ("scheduled", "started") and block.ends_at > tx.now]
    begun = [block for block in cut if block.starts_at <= tx.now]
    await publish(tx, *(BlockPaused(subject_id=block.id, **block_facts(block)) for block in begun))
    await settle_live(tx, floor.live, floor.window, blocks)
    await refresh_windows(tx, [floor.live.work_center_id])
    changed = await replan(tx, [floor.live.work_center_id], cut=cut)
    return Happened(floor.live, floor.window, await store.of_window(tx, floor.live.id), changed)


async def take_signal(tx: WriteTransaction, given: Signal) -> tuple[SignalTaken, Happened | None]:
    """Take a machine's signal, once, and do what follows from it. Raises NotFound, Invalid, Conflict."""
    await plan_store.lock(tx)
    taken = await downtime.take_signal(tx, given)
    if taken.floor is None:
        return taken, None
    if taken.effect is Effect.OPENED:
        return taken, await _opened(tx, taken.floor)
    if taken.effect is Effect.CLOSED:
        return taken, await _closed(tx, taken.floor)
    return taken, await _extended(tx, await _as_far_as_covered(tx, taken.floor))


async def _as_far_as_covered(tx: WriteTransaction, floor: OnFloor) -> OnFloor:
    """A machine does not know who must stay: its window ends for learners before the line would be short."""
    short = await _first_short(tx, floor)
    if short is None:
        return floor
    left = max(1, (short - tx.now) // SECOND)
    return await downtime.extend_window(tx, floor.live.id, floor.live.work_center_id, left)


async def lapse_offers(tx: WriteTransaction, window_id: UUID) -> None:
    """Let offers go that nobody answered in time, and ask the next people. Repeating changes nothing."""
    live = await downtime.live_window(tx, window_id)
    if live is None:
        return
    await store.share(tx)
    await downtime.lock_floor(tx, live.work_center_id)
    lapsed = await store.lapse(tx, window_id)
    await publish(tx, *(OfferLapsed(subject_id=row.id, **facts(row)) for row in lapsed))
    await ask_next(tx, window_id)
