"""What differs about single windows: cancelled, moved, shortened, given other places, or added by hand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from app.core.intervals import DAY, Interval
from app.downtime.domain.patterns import Window, WindowKind

LONGEST_WINDOW = timedelta(hours=8)
FARTHEST_MOVE = DAY


# Patterns name their windows by digest (version 5), so that no two of them meet; clients' own ids are of other versions.
DIGEST_VERSION = 5


class ChangeRefused(ValueError):
    """The change leaves no usable window, or takes it too far away."""


def names_a_mapped_window(window_id: UUID) -> bool:
    """Whether an id is of the form that patterns give their windows: no window of its own may have it."""
    return window_id.version == DIGEST_VERSION


@dataclass(frozen=True, slots=True)
class OwnWindow:
    """What a window that was added by hand has instead of a pattern."""

    kind: WindowKind
    setup_seconds: int = 0
    return_seconds: int = 0
    minimum_staying: int = 0


@dataclass(frozen=True, slots=True)
class WindowChange:
    """The exception stored for one window; `natural` is where it would be without it, None keeps the pattern's value."""

    window_id: UUID
    work_center_id: UUID
    pattern_id: UUID | None
    natural: Interval
    cancelled: bool = False
    span: Interval | None = None
    max_learners: int | None = None
    own: OwnWindow | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class SeenWindow:
    """A window as it stands now, and where its pattern would begin it; version 0 has never been touched."""

    window: Window
    natural_start: datetime
    cancelled: bool = False
    version: int = 0
    by_hand: bool = False


def reshaped(window: Window, span: Interval) -> Window | None:
    """The window at another time with the same buffers; None when they leave nothing usable.

    Seconds that nobody counts on, because such windows are often shorter, go first when it is cut.
    """
    buffers = window.setup_seconds + window.return_seconds
    uncounted = max(0, window.interval.seconds - buffers - window.usable_seconds)
    usable = span.seconds - buffers - max(0, uncounted - max(0, window.interval.seconds - span.seconds))
    if usable <= 0:
        return None
    return replace(window, starts_at=span.start, ends_at=span.end, usable_seconds=usable)


def own_window(change: WindowChange) -> Window | None:
    """The window that a change adds; None for a change of a pattern's window. It is its own pattern."""
    if change.own is None:
        return None
    return Window(
        id=change.window_id,
        pattern_id=change.window_id,
        work_center_id=change.work_center_id,
        kind=change.own.kind,
        starts_at=change.natural.start,
        ends_at=change.natural.end,
        usable_seconds=change.natural.seconds - change.own.setup_seconds - change.own.return_seconds,
        max_learners=change.max_learners or 1,
        minimum_staying=change.own.minimum_staying,
        reliability=1.0,
        setup_seconds=change.own.setup_seconds,
        return_seconds=change.own.return_seconds,
    )


def changed(window: Window, change: WindowChange) -> Window:
    """The window with its exception. ChangeRefused when nothing usable is left of it or it went too far."""
    moved = window
    if change.span is not None:
        if change.span.length > LONGEST_WINDOW:
            raise ChangeRefused("a window lasts at most 8 hours")
        if abs(change.span.start - change.natural.start) > FARTHEST_MOVE:
            raise ChangeRefused("a window moves at most a day")
        reshaped_window = reshaped(window, change.span)
        if reshaped_window is None:
            raise ChangeRefused("the buffers leave no usable time")
        moved = reshaped_window
    return replace(moved, max_learners=change.max_learners or moved.max_learners)


def as_changed(natural: Iterable[Window], changes: Mapping[UUID, WindowChange], horizon: Interval) -> list[SeenWindow]:
    """Every window of the horizon with its exception, cut at the horizon's ends, in order of start.

    `natural` holds whole windows, also those outside the horizon that a change moves into it. A changed window whose
    pattern or shifts are gone is gone too. A window that a later edit of its pattern leaves no time for is left out.
    """
    added = [window for change in changes.values() if (window := own_window(change))]
    seen = []
    for window in (*natural, *added):
        change = changes.get(window.id)
        try:
            whole = changed(window, change) if change else window
        except ChangeRefused:
            continue
        inside = whole.interval.intersection(horizon)
        part = inside and reshaped(whole, inside)
        if part:
            seen.append(_seen(part, window.starts_at, change))
    return sorted(seen, key=lambda one: (one.window.starts_at, one.window.id))


def _seen(window: Window, natural_start: datetime, change: WindowChange | None) -> SeenWindow:
    if change is None:
        return SeenWindow(window, natural_start)
    return SeenWindow(window, natural_start, change.cancelled, change.version, change.own is not None)
