"""What a planner is asked: workers, windows, items and the rules around them, as frozen values.

Every instant is an aware UTC datetime on a whole second; every duration is integer seconds; intervals are half open.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from app.planning.domain.pair_values import Coached, PairRequest
from app.planning.domain.policy import Emphasis

# Ids are opaque text (a UUID is passed as str): they are only compared and sorted.
Id = str


class ItemKind(StrEnum):
    """What a worker does in a block."""

    MODULE = "module"
    QUIZ = "quiz"
    CHECKLIST = "checklist"
    # Time promised to a worker, whole, in which they learn what they choose.
    PROTECTED_BLOCK = "protected_block"
    # The two sides of one hour: the trainee watches and tries, the trainer works and shows.
    SHADOWING = "shadowing"
    COACHING = "coaching"


class Purpose(StrEnum):
    """Why an item that is not mandatory is wanted."""

    REVIEW = "review"
    SKILL_GAP = "skill_gap"
    OPTIONAL = "optional"
    PROTECTED = "protected"


# Kinds of windows that are kept free for one kind of item each: releases for protected blocks, hours for pairs.
RELEASE, PAIR_HOUR = "protected", "shadowing"
KEPT_FREE = (RELEASE, PAIR_HOUR)


def _check_instants(*instants: datetime | None) -> None:
    for instant in instants:
        if instant is not None and (instant.utcoffset() != timedelta(0) or instant.microsecond):
            raise ValueError("planning instants are UTC and on a whole second")


def _check_span(starts_at: datetime, ends_at: datetime) -> None:
    _check_instants(starts_at, ends_at)
    if ends_at <= starts_at:
        raise ValueError("an interval ends after it starts")


def _check_seconds(*durations: int | None) -> None:
    if any(seconds is not None and seconds < 0 for seconds in durations):
        raise ValueError("a duration, a cap or a head count is not negative")


@dataclass(frozen=True, slots=True)
class PaidInterval:
    """Paid shift time without breaks in which a worker may learn; `work_center_id` None means at any work center."""

    starts_at: datetime
    ends_at: datetime
    business_date: date
    work_center_id: Id | None = None

    def __post_init__(self) -> None:
        _check_span(self.starts_at, self.ends_at)


@dataclass(frozen=True, slots=True)
class UsedTime:
    """Learning already done on a business date that counts against the caps and is not among the published blocks.

    What was done in a protected block (`released`) counts in the week only.
    """

    business_date: date
    seconds: int
    released: bool = False


@dataclass(frozen=True, slots=True)
class PlanWorker:
    """One learner. Caps are learning seconds per business date and per ISO week of business dates; None is no cap.

    Learning in a release counts in the week and not on the day.

    `weekly_target_seconds` are the protected seconds a week they are entitled to; 0 is no target.
    """

    id: Id
    languages: tuple[str, ...] = ()
    skills: frozenset[Id] = frozenset()
    shifts: tuple[PaidInterval, ...] = ()
    daily_cap_seconds: int | None = None
    weekly_cap_seconds: int | None = None
    used: tuple[UsedTime, ...] = ()
    name: str = ""
    weekly_target_seconds: int = 0

    def __post_init__(self) -> None:
        _check_seconds(self.daily_cap_seconds, self.weekly_cap_seconds, self.weekly_target_seconds)
        # Overlapping paid time would leave open on which business date a block counts.
        paid = sorted(self.shifts, key=lambda interval: interval.starts_at)
        if any(later.starts_at < earlier.ends_at for earlier, later in pairwise(paid)):
            raise ValueError("the paid intervals of a worker do not overlap")


@dataclass(frozen=True, slots=True)
class PlanWindow:
    """A stretch of micro-downtime.

    Learning runs in its first `usable_seconds` after the set-up buffer and before the return buffer; a place is one
    worker for the whole window, buffers included. `tablets` None means they are not counted.
    """

    id: Id
    work_center_id: Id
    starts_at: datetime
    ends_at: datetime
    usable_seconds: int
    setup_seconds: int = 0
    return_seconds: int = 0
    max_learners: int = 1
    minimum_staying: int = 0
    reliability_percent: int = 100
    kind: str = "changeover"
    tablets: int | None = None
    label: str = ""

    def __post_init__(self) -> None:
        _check_span(self.starts_at, self.ends_at)
        _check_seconds(self.usable_seconds, self.setup_seconds, self.return_seconds)
        _check_seconds(self.max_learners, self.minimum_staying, self.tablets)

    @property
    def is_release(self) -> bool:
        """Whether it is kept free for protected blocks."""
        return self.kind == RELEASE

    def takes(self, kind: ItemKind) -> bool:
        """Whether items of a kind belong in windows of this kind; pairs are not items."""
        return self.kind != PAIR_HOUR and (kind is ItemKind.PROTECTED_BLOCK) == self.is_release


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One piece of learning for one worker; `id` is the assignment or work item.

    `prerequisites` name items, or contents of the same worker, that are still open: satisfied ones are left out. Empty
    `languages` means no words to read. `work_centers` None means it may be done anywhere. `value` ranks optional items.
    """

    id: Id
    worker_id: Id
    kind: ItemKind
    content_id: Id
    content_hash: str
    seconds: int
    mandatory: bool = False
    value: int = 10
    due_at: datetime | None = None
    release_at: datetime | None = None
    prerequisites: tuple[Id, ...] = ()
    languages: frozenset[str] = frozenset()
    needs_tablet: bool = False
    work_centers: frozenset[Id] | None = None
    title: str = ""
    purpose: Purpose = Purpose.OPTIONAL

    def __post_init__(self) -> None:
        _check_instants(self.due_at, self.release_at)
        if self.seconds <= 0 or self.value < 0:
            raise ValueError("an item takes at least one second and its value is not negative")


@dataclass(frozen=True, slots=True)
class Presence:
    """A person on shift at a work center and not on a break; whoever learns is taken out of this head count."""

    worker_id: Id
    work_center_id: Id
    starts_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        _check_span(self.starts_at, self.ends_at)


@dataclass(frozen=True, slots=True)
class Pin:
    """A supervisor's wish: this item in this window and nowhere else."""

    item_id: Id
    window_id: Id


@dataclass(frozen=True, slots=True)
class Kept:
    """Where an item to be planned again was published, and when: leaving it there is worth something."""

    item_id: Id
    window_id: Id
    starts_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BusyBlock:
    """Time a worker has already given away.

    With a `window_id` it holds a place there (a published block); with a `business_date` its seconds count against the
    caps, those of a protected block (`released`) by the week only; with an `item_id` later items may wait for its end.
    Whoever is `coaching` works beside a trainee: present, but free for nothing else.
    """

    worker_id: Id
    starts_at: datetime
    ends_at: datetime
    window_id: Id | None = None
    item_id: Id | None = None
    business_date: date | None = None
    needs_tablet: bool = False
    released: bool = False
    coaching: bool = False

    def __post_init__(self) -> None:
        _check_span(self.starts_at, self.ends_at)


@dataclass(frozen=True, slots=True)
class Blackout:
    """No learning in this interval, at one work center or (None) at all of them."""

    starts_at: datetime
    ends_at: datetime
    work_center_id: Id | None = None

    def __post_init__(self) -> None:
        _check_span(self.starts_at, self.ends_at)


@dataclass(frozen=True, slots=True)
class QualifiedMinimum:
    """So many people with a skill must stay at a work center at every moment, as far as that many are there."""

    work_center_id: Id
    skill: Id
    minimum: int


@dataclass(frozen=True, slots=True)
class PlanCenter:
    """What a work center is called, and the zone its people's clocks show. For sentences only."""

    id: Id
    name: str
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Problem:
    """Everything a planner may know; blocks start at or after `starts_at` and end by `ends_at`.

    Raises ValueError for repeated ids, an item of an unknown worker, or an item that is also published.
    """

    starts_at: datetime
    ends_at: datetime
    workers: tuple[PlanWorker, ...]
    windows: tuple[PlanWindow, ...]
    items: tuple[PlanItem, ...]
    presence: tuple[Presence, ...] = ()
    pins: tuple[Pin, ...] = ()
    busy: tuple[BusyBlock, ...] = ()
    blackouts: tuple[Blackout, ...] = ()
    kept: tuple[Kept, ...] = ()
    centers: tuple[PlanCenter, ...] = ()
    emphasis: Emphasis = field(default_factory=Emphasis)
    skill_minimums: tuple[QualifiedMinimum, ...] = ()
    pairs: tuple[PairRequest, ...] = ()
    coached: tuple[Coached, ...] = ()
    trainer_weekly_sessions: int | None = None

    def __post_init__(self) -> None:
        _check_span(self.starts_at, self.ends_at)
        workers = _unique(worker.id for worker in self.workers)
        _unique(window.id for window in self.windows)
        items = _unique(item.id for item in self.items)
        _unique(pair.id for pair in self.pairs)
        if any(item.worker_id not in workers for item in self.items):
            raise ValueError("every item belongs to a worker of the problem")
        if any(block.item_id in items for block in self.busy):
            raise ValueError("an item is either published or to be planned, not both")


def _unique(ids: Iterable[Id]) -> set[Id]:
    listed = list(ids)
    known = set(listed)
    if len(known) != len(listed):
        raise ValueError("ids are unique within workers, windows and items")
    return known
