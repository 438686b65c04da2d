"""Signals of machines: each is taken once, and opens, extends or closes the line's window."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import Conflict, Invalid
from app.core.intervals import Interval
from app.downtime.domain.changes import LONGEST_WINDOW, SeenWindow
from app.downtime.domain.live import EARLY, OPENS, Cause, Effect, EndedBy, LiveWindow, Signal, reaction
from app.downtime.domain.patterns import WindowKind
from app.downtime.policies import DOWNTIME_WRITE
from app.downtime.service.live import OnFloor, Opening, close_window, extend_window, open_window
from app.downtime.service.reach import one_center
from app.downtime.service.windows import seen_windows
from app.downtime.store import live as store
from app.people.domain import WorkCenter

# A machine's clock may be a little ahead of ours.
AHEAD = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SignalTaken:
    """What a signal did; `floor` is the window it opened, extended or (as it was before) closed just now."""

    effect: Effect
    window_id: UUID | None
    floor: OnFloor | None
    repeated: bool


async def take_signal(tx: WriteTransaction, given: Signal) -> SignalTaken:
    """Take a signal; the same one again answers what it did and changes nothing.

    Raises NotFound outside the caller's reach, Invalid for a time to come, Conflict for a name that meant another signal.
    """
    center = await one_center(tx, DOWNTIME_WRITE, given.work_center_id)
    if given.at > tx.now + AHEAD:
        raise Invalid.field("#/at", "A signal tells of what has happened.", "future")
    await store.lock(tx, center.id)
    known = await store.signal(tx, given.source, given.external_id)
    if known is not None:
        return _same(known, given)
    newest = await store.newest_signal(tx, center.id)
    running = await _running(tx, center)
    found = reaction(given.kind, given.at, tx.now, newest, is_open=running is not None)
    taken = await _act(tx, center, given, found, running)
    if not await store.add_signal(tx, given, taken.effect, taken.window_id):
        raise Conflict("Another signal has this name.", code="signal_taken")
    return taken


def _same(known: Any, given: Signal) -> SignalTaken:
    names = ("work_center_id", "kind", "at", "expected_seconds")
    if any(getattr(known, name) != getattr(given, name) for name in names):
        raise Conflict("The source used this name for another signal.", code="signal_taken")
    return SignalTaken(Effect(known.effect), known.window_id, None, repeated=True)


async def _running(tx: ReadTransaction, center: WorkCenter) -> LiveWindow | None:
    """The open window; one that merely runs as mapped is left alone, for a handover is one although the machine runs."""
    live = await store.open_one(tx, center.id)
    return live if live is not None and live.open_at(tx.now) else None


async def _mapped(tx: ReadTransaction, center: WorkCenter, kind: WindowKind) -> SeenWindow | None:
    """The mapped window that a stop belongs to: one that runs, else the next changeover if this is one come early."""
    found = await seen_windows(tx, [center], Interval(tx.now - LONGEST_WINDOW, tx.now + EARLY + LONGEST_WINDOW))
    ahead = [one for one in found if not one.cancelled and one.window.ends_at > tx.now]
    for one in ahead:
        if one.window.starts_at <= tx.now:
            return one
    early = (one for one in ahead if one.window.kind is kind is WindowKind.CHANGEOVER and one.window.starts_at - tx.now <= EARLY)
    return next(early, None)


async def _act(
    tx: WriteTransaction, center: WorkCenter, given: Signal, effect: Effect, running: LiveWindow | None
) -> SignalTaken:
    if effect is Effect.OPENED:
        floor = await _open(tx, center, given)
        return SignalTaken(effect, floor.live.id, floor, repeated=False)
    if effect is Effect.EXTENDED and running is not None and given.expected_seconds:
        left = (given.at - tx.now) // timedelta(seconds=1) + given.expected_seconds
        if left > 0:
            floor = await extend_window(tx, running.id, center.id, left)
            return SignalTaken(effect, running.id, floor, repeated=False)
    if effect is Effect.CLOSED and running is not None:
        floor = await close_window(tx, running.id, center.id, None, EndedBy.PRODUCTION)
        return SignalTaken(effect, running.id, floor, repeated=False)
    return SignalTaken(
        Effect.LATE if effect is Effect.LATE else Effect.NONE, running.id if running else None, None, repeated=False
    )


async def _open(tx: WriteTransaction, center: WorkCenter, given: Signal) -> OnFloor:
    kind = OPENS[given.kind]
    asked = Opening(center.id, Cause.SIGNAL, kind=kind, seconds=given.expected_seconds)
    mapped = await _mapped(tx, center, kind)
    if mapped is not None and not mapped.by_hand:
        return await open_window(tx, mapped.window.id, replace(asked, pattern_starts_at=mapped.natural_start))
    return await open_window(tx, uuid5(center.id, f"{given.source}/{given.external_id}"), asked)
