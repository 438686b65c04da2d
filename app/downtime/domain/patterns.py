"""Window patterns and the windows they expand to over a horizon.

A pattern is anchored to the roster (handover) or to a recurrence in local wall time. Lengths are real: a five-minute
window is five minutes on a night with a clock change too.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from app.core.intervals import Interval
from app.downtime.domain.recurrence import Every, PatternRefused, Rule, occurrences
from app.roster.domain import Shift


class WindowKind(StrEnum):
    """What makes the time free."""

    CHANGEOVER = "changeover"
    HANDOVER = "handover"
    CYCLE_CHANGE = "cycle_change"
    LULL = "lull"
    # Kept free for protected blocks, and for the hours of shadowing pairs.
    PROTECTED = "protected"
    SHADOWING = "shadowing"
    OTHER = "other"


class Side(StrEnum):
    """Whose minutes a handover window takes."""

    OUTGOING = "outgoing"
    INCOMING = "incoming"


@dataclass(frozen=True, slots=True)
class Handover:
    """The last minutes of the outgoing and the first of the incoming shift where two shifts of a work center adjoin.

    Shifts adjoin when the next one starts at most `gap_minutes` after, or `overlap_minutes` before, the other ends.
    """

    outgoing_minutes: int
    incoming_minutes: int
    gap_minutes: int = 0
    overlap_minutes: int = 30

    def __post_init__(self) -> None:
        if min(self.outgoing_minutes, self.incoming_minutes, self.gap_minutes, self.overlap_minutes) < 0:
            raise PatternRefused("handover minutes cannot be negative")
        if not self.outgoing_minutes and not self.incoming_minutes:
            raise PatternRefused("a handover needs minutes of the outgoing or the incoming shift")


@dataclass(frozen=True, slots=True)
class WindowPattern:
    """Where micro-downtime comes back; `minutes` is the length of a recurring window, a handover has its own.

    Buffers are seconds taken from each window: set-up before learning can start, return before work goes on.
    `learned_seconds` are the usable seconds that its own windows taught to count on, if they did.
    """

    id: UUID
    work_center_id: UUID
    kind: WindowKind
    anchor: Handover | Every | Rule
    minutes: int = 0
    setup_seconds: int = 0
    return_seconds: int = 0
    max_learners: int = 1
    minimum_staying: int = 0
    valid_from: date | None = None
    valid_until: date | None = None
    reliability: float = 1.0
    learned_seconds: int | None = None

    def __post_init__(self) -> None:
        if self.setup_seconds < 0 or self.return_seconds < 0 or self.minimum_staying < 0 or self.max_learners < 1:
            raise PatternRefused("buffers and the minimum staying cannot be negative, and one learner must be allowed")
        if not 0 <= self.reliability <= 1:
            raise PatternRefused("reliability is a share from 0 to 1")
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise PatternRefused("the pattern ends before it begins")
        if max(length for _, length in self.parts) <= self.setup_seconds + self.return_seconds:
            raise PatternRefused("the buffers leave no usable time")

    @property
    def parts(self) -> tuple[tuple[Side | None, int], ...]:
        """The windows of one occurrence: side and length in seconds."""
        if isinstance(self.anchor, Handover):
            return (
                (Side.OUTGOING, self.anchor.outgoing_minutes * 60),
                (Side.INCOMING, self.anchor.incoming_minutes * 60),
            )
        return ((None, self.minutes * 60),)

    def valid_on(self, day: date) -> bool:
        """Whether the pattern holds on a local date; both ends belong to it."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_until is None or day <= self.valid_until)


@dataclass(frozen=True, slots=True)
class Window:
    """One stretch of micro-downtime. Its id depends on the pattern and the unclipped start only."""

    id: UUID
    pattern_id: UUID
    work_center_id: UUID
    kind: WindowKind
    starts_at: datetime
    ends_at: datetime
    usable_seconds: int
    max_learners: int
    minimum_staying: int
    reliability: float
    side: Side | None = None
    # Learning runs in the usable seconds between these two, so a planner must know on which side they lie.
    setup_seconds: int = 0
    return_seconds: int = 0

    @property
    def interval(self) -> Interval:
        return Interval(self.starts_at, self.ends_at)

    def places(self, present: int) -> int:
        """How many of the people present may learn at once without taking coverage below its minimum."""
        return max(0, min(self.max_learners, present - self.minimum_staying))


@dataclass(frozen=True, slots=True)
class Expansion:
    """Windows in order of start, and the pairs at one work center that share time (allowed, but worth a look)."""

    windows: tuple[Window, ...]
    overlaps: tuple[tuple[Window, Window], ...]


def expand(
    patterns: Iterable[WindowPattern],
    horizon: Interval,
    zone: ZoneInfo,
    shifts: Sequence[Shift] = (),
    *,
    clip: bool = True,
) -> Expansion:
    """The windows of a site's patterns in a horizon; repeating gives the same ids.

    With `clip` windows are cut at the horizon's ends and what is left without usable time is dropped. Without it
    windows that start in the horizon are returned whole, so that neighboring horizons never share a window. Shifts
    must reach as far beyond the horizon as a shift is long. PatternRefused when a recurrence is denser than allowed.
    """
    found: dict[UUID, Window] = {}
    for pattern in patterns:
        for side, span in _spans(pattern, horizon, zone, shifts):
            if not pattern.valid_on(span.start.astimezone(zone).date()):
                continue
            within = span.intersection(horizon) if clip else span if horizon.contains(span.start) else None
            window = within and _window(pattern, side, span.start, within)
            if window:
                # Two wall times on either side of a clock change can be the same instant: one window, not two.
                found[window.id] = window
    windows = tuple(sorted(found.values(), key=lambda window: (window.starts_at, window.ends_at, window.id)))
    return Expansion(windows, overlaps(windows))


def _window(pattern: WindowPattern, side: Side | None, natural_start: datetime, within: Interval) -> Window | None:
    usable = within.seconds - pattern.setup_seconds - pattern.return_seconds
    if pattern.learned_seconds is not None:
        usable = min(usable, pattern.learned_seconds)
    if usable <= 0:
        return None
    name = natural_start.isoformat() if side is None else f"{natural_start.isoformat()}/{side}"
    return Window(
        id=uuid5(pattern.id, name),
        pattern_id=pattern.id,
        work_center_id=pattern.work_center_id,
        kind=pattern.kind,
        starts_at=within.start,
        ends_at=within.end,
        usable_seconds=usable,
        max_learners=pattern.max_learners,
        minimum_staying=pattern.minimum_staying,
        reliability=pattern.reliability,
        side=side,
        setup_seconds=pattern.setup_seconds,
        return_seconds=pattern.return_seconds,
    )


def _spans(
    pattern: WindowPattern, horizon: Interval, zone: ZoneInfo, shifts: Sequence[Shift]
) -> Iterable[tuple[Side | None, Interval]]:
    if isinstance(pattern.anchor, Handover):
        spans = {shift.interval for shift in shifts if shift.work_center_id == pattern.work_center_id}
        return handovers(pattern.anchor, spans)
    length = timedelta(minutes=pattern.minutes)
    reach = Interval(horizon.start - length, horizon.end)
    return [(None, Interval(start, start + length)) for start in occurrences(pattern.anchor, reach, zone)]


def handovers(anchor: Handover, spans: Iterable[Interval]) -> list[tuple[Side | None, Interval]]:
    """Both sides of every handover between different shifts of one work center, never longer than the shift itself."""
    ordered = sorted(set(spans))
    gap, overlap = timedelta(minutes=anchor.gap_minutes), timedelta(minutes=anchor.overlap_minutes)
    outgoing, incoming = timedelta(minutes=anchor.outgoing_minutes), timedelta(minutes=anchor.incoming_minutes)
    sides: set[tuple[Side, Interval]] = set()
    for i, earlier in enumerate(ordered):
        for later in ordered[i + 1 :]:
            if later.start > earlier.end + gap:
                break
            # A shift that starts before another and ends within it is doubled staffing, not a handover.
            if later.start < earlier.end - overlap or later.end <= earlier.end or later.start == earlier.start:
                continue
            if outgoing:
                sides.add((Side.OUTGOING, Interval(max(earlier.start, earlier.end - outgoing), earlier.end)))
            if incoming:
                sides.add((Side.INCOMING, Interval(later.start, min(later.end, later.start + incoming))))
    return sorted(sides, key=lambda part: (part[1], part[0]))


def overlaps(windows: Iterable[Window]) -> tuple[tuple[Window, Window], ...]:
    """Pairs of windows of one work center that share time, in order of start.

    The two sides of one handover belong to different shifts and are no overlap.
    """
    running: dict[UUID, list[Window]] = defaultdict(list)
    pairs: list[tuple[Window, Window]] = []
    for window in sorted(windows, key=lambda window: (window.starts_at, window.ends_at, window.id)):
        current = [other for other in running[window.work_center_id] if other.ends_at > window.starts_at]
        pairs.extend((other, window) for other in current if not _two_sides(other, window))
        running[window.work_center_id] = [*current, window]
    return tuple(pairs)


def _two_sides(one: Window, other: Window) -> bool:
    return one.pattern_id == other.pattern_id and None is not one.side != other.side
