"""After a window: what was planned in it and what was learned, told to the downtime map, which learns from it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.core.db import WriteTransaction
from app.core.events import publish
from app.core.intervals import Interval
from app.downtime import service as downtime
from app.downtime.domain.feedback import Outcome
from app.downtime.domain.live import LiveWindow
from app.downtime.domain.patterns import Window
from app.people import service as people
from app.planning.events import OfferLapsed
from app.planning.service.live.offering import facts
from app.planning.store import live as store

LOOK_BACK = timedelta(hours=24)
# Learning is uploaded when its phone is back online, so windows are judged a while after they ended.
LATE = timedelta(minutes=30)


def seconds_of(blocks: Sequence[Any]) -> tuple[int, int]:
    """Seconds that were published in a window and not moved elsewhere in time, and those of them that were learned."""
    planned = sum(block.seconds for block in blocks)
    return planned, sum(block.seconds for block in blocks if block.status == "done")


def usable_in(window: Window, start: datetime, end: datetime) -> int:
    """Seconds of [start, end) in which people could learn in a window with these buffers."""
    return max(0, (end - start) // timedelta(seconds=1) - window.setup_seconds - window.return_seconds)


async def settle_live(tx: WriteTransaction, live: LiveWindow, window: Window, blocks: Sequence[Any]) -> None:
    """Settle a window that was opened on the floor: its length is known to the second."""
    assert live.closed_at is not None
    planned, used = seconds_of(blocks)
    usable = usable_in(window, window.starts_at, live.closed_at)
    held = usable >= min(window.usable_seconds, max(planned, 1))
    await downtime.settle(
        tx,
        Outcome(
            live.id, live.work_center_id, live.pattern_id, live.kind.value, window.starts_at, live.closed_at,
            window.usable_seconds, usable, held, planned, used,
        ),
    )  # fmt: skip


async def end_window(tx: WriteTransaction, window_id: UUID) -> None:
    """Close a window whose time is over and settle it; nothing when it was closed or goes on. Repeating changes nothing."""
    await store.share(tx)
    live = await downtime.end_overdue(tx, window_id)
    if live is None:
        return
    lapsed = await store.lapse(tx, window_id)
    await publish(tx, *(OfferLapsed(subject_id=row.id, **facts(row)) for row in lapsed))
    found = await downtime.windows(tx, [live.work_center_id], live.opened_at - LOOK_BACK, live.expected_ends_at + LOOK_BACK)
    window = next((one for one in found if one.id == window_id), None)
    if window is not None:
        await settle_live(tx, live, window, await store.in_windows(tx, [window_id]))


async def settle_windows(tx: WriteTransaction) -> int:
    """Settle mapped windows of the last day that nobody opened or closed by hand; answers how many. Repeating adds none.

    Only windows with something planned, or that were cancelled, tell anything; without a signal one held when half of
    what was planned in it was learned, and its length stays unknown.
    """
    centers = await people.work_centers(tx)
    ids = [center.id for center in centers]
    span = Interval(tx.now - LOOK_BACK, tx.now - LATE)
    known = await downtime.settled(tx, ids, span.start - LOOK_BACK)
    seen = await downtime.seen(tx, centers, span)
    over = [one for one in seen if one.window.ends_at <= span.end and one.window.id not in known and not one.by_hand]
    blocks: dict[UUID, list[Any]] = {}
    for block in await store.in_windows(tx, [one.window.id for one in over]):
        blocks.setdefault(block.window_id, []).append(block)
    count = 0
    for one in over:
        if await downtime.live_window(tx, one.window.id) is None:
            count += await _settle_unseen(tx, one.window, blocks.get(one.window.id, []), cancelled=one.cancelled)
    return count


async def _settle_unseen(tx: WriteTransaction, window: Window, blocks: Sequence[Any], *, cancelled: bool) -> bool:
    kept = [block for block in blocks if block.status in ("scheduled", "started", "done")]
    planned, used = seconds_of(blocks if cancelled else kept)
    if not planned and not cancelled:
        return False
    outcome = Outcome(
        window.id, window.work_center_id, window.pattern_id, window.kind.value, window.starts_at, window.ends_at,
        window.usable_seconds, 0, not cancelled and 2 * used >= planned, planned, used,
    )  # fmt: skip
    return await downtime.settle(tx, outcome)
