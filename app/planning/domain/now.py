"""What fits best now: the time at hand from shift, breaks and windows, and open learning in the order to offer it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from app.core.intervals import Interval
from app.planning.domain.problem import KEPT_FREE

# A mandatory item this close to its date goes before anything else; this close, it says so.
URGENT, SOON = timedelta(hours=24), timedelta(days=7)
FAR = datetime(9999, 1, 1, tzinfo=UTC)


class Hold(StrEnum):
    """Why learning must wait."""

    OFF_SHIFT = "off_shift"
    ON_BREAK = "on_break"
    NO_WINDOW = "no_window"
    NO_PLACE = "no_place"
    COVERAGE_MINIMUM = "coverage_minimum"


class Source(StrEnum):
    """Where the seconds at hand come from."""

    ASKED = "asked"
    WINDOW = "window"
    NEXT_WINDOW = "next_window"
    NONE = "none"


class Why(StrEnum):
    """What speaks for an item, or against it."""

    OVERDUE = "overdue"
    DUE_TODAY = "due_today"
    DUE_SOON = "due_soon"
    MANDATORY = "mandatory"
    SCHEDULED_NOW = "scheduled_now"
    STARTED = "started"
    FITS = "fits"
    TOO_LONG = "too_long"


class Blocked(StrEnum):
    """Why an item is not offered at all for now."""

    PREREQUISITE = "prerequisite"
    LANGUAGE = "language"
    TABLET = "tablet"


# Ids are only compared and shown here, so they stay the text they came as.
Id = str


@dataclass(frozen=True, slots=True)
class SeenShift:
    """The shift that runs or comes next; `pauses` are its breaks in order of time."""

    id: Id
    work_center_id: Id
    business_date: str
    starts_at: datetime
    ends_at: datetime
    pauses: tuple[Interval, ...]


class OpenWindow(NamedTuple):
    """A window that runs or comes; learning runs from `opens_at` to `closes_at`, `taken` places are given away.

    Whoever `held` one keeps it until the window ends, also when done early: what fits then is the stand-by list.
    """

    id: Id
    kind: str
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime
    closes_at: datetime
    max_learners: int
    minimum_staying: int
    taken: int
    held: bool = False


class OwnBlock(NamedTuple):
    """A published block of the worker that is not over."""

    id: Id
    work_center_id: Id
    window_id: Id
    starts_at: datetime
    ends_at: datetime
    assignment_id: Id
    kind: str
    key: str
    hash: str
    seconds: int
    status: str


class Wanted(NamedTuple):
    """One piece of open learning; `language` is the best the worker reads, None when there is none.

    A named tuple like `Offer`, since a dozen of each are made for every answer: a frozen dataclass takes four times as long.
    """

    assignment_id: Id
    kind: str
    key: str
    hash: str
    seconds: int
    mandatory: bool
    due_at: datetime | None
    priority: int
    started: bool
    waits: bool
    needs_tablet: bool
    language: str | None
    title: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a worker stands: learnable time of the running or next shift, windows there, own blocks, heads at the line."""

    now: datetime
    shift: SeenShift | None
    learnable: tuple[Interval, ...]
    windows: tuple[OpenWindow, ...]
    blocks: tuple[OwnBlock, ...]
    present: int
    learning: int

    @property
    def on_shift(self) -> bool:
        """Whether the shift is running."""
        return self.shift is not None and self.shift.starts_at <= self.now < self.shift.ends_at

    @property
    def current(self) -> OpenWindow | None:
        """The window that runs and still has usable time: of several the one in which the worker holds a place."""
        if not self.on_shift:
            return None
        running = [w for w in self._open_to_me() if w.starts_at <= self.now < w.closes_at]
        return next((w for w in running if w.held), running[0] if running else None)

    @property
    def coming(self) -> OpenWindow | None:
        """The next window of the shift."""
        return next((w for w in self._open_to_me() if w.starts_at > self.now), None)

    def _open_to_me(self) -> list[OpenWindow]:
        """Windows kept free for protected time and shadowing are for those with a block in them."""
        return [window for window in self.windows if window.held or window.kind not in KEPT_FREE]

    @property
    def running_block(self) -> OwnBlock | None:
        """The block that should be learned at this moment."""
        return next((b for b in self.blocks if b.starts_at <= self.now < b.ends_at), None)


@dataclass(frozen=True, slots=True)
class AtHand:
    """How long there is to learn, where that comes from, and what holds learning back (None: go ahead)."""

    seconds: int
    source: Source
    until: datetime | None
    hold: Hold | None


class Offer(NamedTuple):
    """An item in its place, with what speaks for it."""

    item: Wanted
    why: tuple[Why, ...]
    fits: bool


def at_hand(standing: Standing, asked_seconds: int | None) -> AtHand:
    """The seconds at hand: what the worker says, else what is left of the window, never beyond paid time before a break.

    Outside a window the next one is answered, with the reason to wait.
    """
    free = next((part for part in standing.learnable if part.contains(standing.now)), None)
    if free is None:
        ahead = _ahead(standing)
        hold = Hold.ON_BREAK if standing.on_shift else Hold.OFF_SHIFT
        return AtHand(ahead, Source.NEXT_WINDOW if ahead else Source.NONE, None, hold)
    if asked_seconds is not None:
        until = min(free.end, standing.now + timedelta(seconds=asked_seconds))
        return AtHand(_seconds(standing.now, until), Source.ASKED, until, _crowded(standing))
    if (window := standing.current) is None:
        ahead = _ahead(standing)
        return AtHand(ahead, Source.NEXT_WINDOW if ahead else Source.NONE, None, Hold.NO_WINDOW)
    until = min(free.end, window.closes_at)
    return AtHand(_seconds(max(standing.now, window.opens_at), until), Source.WINDOW, until, _crowded(standing))


def _ahead(standing: Standing) -> int:
    """Usable seconds of the next window inside learnable time."""
    window = standing.coming
    if window is None:
        return 0
    usable = Interval(window.opens_at, window.closes_at)
    return max((shared.seconds for part in standing.learnable if (shared := part.intersection(usable))), default=0)


def _crowded(standing: Standing) -> Hold | None:
    """Whether the running window has no place left; whoever has a block in it holds one already."""
    window = standing.current
    if window is None or window.held:
        return None
    if window.taken >= window.max_learners:
        return Hold.NO_PLACE
    staying = standing.present - standing.learning - 1
    return Hold.COVERAGE_MINIMUM if staying < window.minimum_staying else None


def _seconds(start: datetime, end: datetime) -> int:
    return max(0, (end - start) // timedelta(seconds=1))


def rank(items: Iterable[Wanted], standing: Standing, hand: AtHand, *, tablet: bool) -> tuple[list[Offer], Counter[Blocked]]:
    """What may be learned, best first, and how many items are closed for now and why.

    Before everything what fits; then mandatory items whose date is near, what is scheduled now, what was started,
    other mandatory items, and by due date, priority and length. Only the keys decide between equals.
    """
    offers, blocked, planned = [], Counter[Blocked](), _planned(standing)
    urgent, soon = standing.now + URGENT, standing.now + SOON
    for item in items:
        if reason := _blocked(item, tablet=tablet):
            blocked[reason] += 1
            continue
        fits = item.seconds <= hand.seconds
        why = (
            *(_due(item.due_at, standing.now, urgent, soon) if item.mandatory else ()),
            *((Why.SCHEDULED_NOW,) if planned and (item.kind, item.key) in planned else ()),
            *((Why.STARTED,) if item.started else ()),
            Why.FITS if fits else Why.TOO_LONG,
        )
        offers.append(Offer(item, why, fits))
    return sorted(offers, key=_place), blocked


def _blocked(item: Wanted, *, tablet: bool) -> Blocked | None:
    if item.waits:
        return Blocked.PREREQUISITE
    if item.language is None:
        return Blocked.LANGUAGE
    return Blocked.TABLET if item.needs_tablet and not tablet else None


def _due(due_at: datetime | None, now: datetime, urgent: datetime, soon: datetime) -> Sequence[Why]:
    """What the date of a mandatory item says."""
    if due_at is None or due_at >= soon:
        return (Why.MANDATORY,)
    if due_at < now:
        return (Why.MANDATORY, Why.OVERDUE)
    return Why.MANDATORY, Why.DUE_TODAY if due_at < urgent else Why.DUE_SOON


def _planned(standing: Standing) -> frozenset[tuple[str, str]]:
    """Kind and key of what the worker's blocks say for this moment, or for the window that runs."""
    window, running = standing.current, standing.running_block
    return frozenset(
        (block.kind, block.key)
        for block in standing.blocks
        if block is running or (window is not None and block.window_id == window.id)
    )


def _place(offer: Offer) -> tuple[bool, int, datetime, int, int, str, str]:
    why, item = offer.why, offer.item
    if Why.OVERDUE in why or Why.DUE_TODAY in why:
        tier = 0
    elif Why.SCHEDULED_NOW in why:
        tier = 1
    elif item.started:
        tier = 2
    else:
        tier = 3 if item.mandatory else 4
    return not offer.fits, tier, item.due_at or FAR, -item.priority, item.seconds, item.kind, item.key
