"""What a planner answers: blocks, and a true reason for everything that has none."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.planning.domain.pair_values import Pair, UnplacedPair
from app.planning.domain.problem import Id


class Reason(StrEnum):
    """The rule that binds: why an item is not placed, or why a pin cannot be kept."""

    LANGUAGE_MISSING = "language_missing"
    PAST_DUE = "past_due"
    NOT_ON_SHIFT_BEFORE_DUE = "not_on_shift_before_due"
    NO_WINDOW_LONG_ENOUGH = "no_window_long_enough"
    BLACKOUT = "blackout"
    PREREQUISITE_UNPLACED = "prerequisite_unplaced"
    PREREQUISITE_TOO_LATE = "prerequisite_too_late"
    WORKER_BUSY = "worker_busy"
    DAILY_CAP = "daily_cap"
    WEEKLY_CAP = "weekly_cap"
    NO_SEAT_LEFT = "no_seat_left"
    COVERAGE_MINIMUM = "coverage_minimum"
    DEVICE = "device"
    PIN_INFEASIBLE = "pin_infeasible"
    UNKNOWN_PIN = "unknown_pin"


class ChangeKind(StrEnum):
    """The smallest thing somebody could change so that an item finds a place."""

    ONE_MORE_LEARNER = "one_more_learner"
    ONE_FEWER_STAYING = "one_fewer_staying"
    ONE_MORE_TABLET = "one_more_tablet"
    HIGHER_DAILY_CAP = "higher_daily_cap"
    HIGHER_WEEKLY_CAP = "higher_weekly_cap"
    TRANSLATION = "translation"
    NEW_WINDOW = "new_window"
    OPEN_BLACKOUT = "open_blackout"
    LATER_DUE_DATE = "later_due_date"
    NO_PIN = "no_pin"
    ONE_MORE_SESSION = "one_more_session"
    QUALIFIED_TRAINER = "qualified_trainer"


@dataclass(frozen=True, slots=True)
class Block:
    """One item at one exact time in one window."""

    item_id: Id
    worker_id: Id
    window_id: Id
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to change. `subject_id` is a window, a worker (caps), a content, an item (due date, pin) or a work center.

    `amount` is learners, people, tablets or seconds; `window_id` is where an item then fits. A new window has no id yet: it is
    at the work center from `starts_at`, `amount` seconds long.
    """

    kind: ChangeKind
    subject_id: Id
    amount: int
    window_id: Id | None = None
    starts_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """The cheapest change that places the item while every block stays where it is; more than one step where one is not enough.

    The first step stands here as in `Step`, what is needed beside it in `also`; `places` is how many unplaced items it places.
    """

    kind: ChangeKind
    subject_id: Id
    window_id: Id | None
    amount: int
    places: int
    sentence: str
    starts_at: datetime | None = None
    also: tuple[Step, ...] = ()

    @property
    def steps(self) -> tuple[Step, ...]:
        """Everything to do, the first step first."""
        return (Step(self.kind, self.subject_id, self.amount, self.window_id, self.starts_at), *self.also)


@dataclass(frozen=True, slots=True)
class Unplaced:
    """An item without a block. `holders` are the workers in the way; `blocked` counts the windows each rule closed."""

    item_id: Id
    reason: Reason
    sentence: str
    change: Change | None = None
    holders: tuple[Id, ...] = ()
    blocked: tuple[tuple[Reason, int], ...] = ()


@dataclass(frozen=True, slots=True)
class BrokenPin:
    """A pin that cannot be kept, and the rule it would break; its item is not placed elsewhere."""

    item_id: Id
    window_id: Id
    reason: Reason
    sentence: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Blocks by start, unplaced items and broken pins by id; every item is in exactly one of the first two.

    Every requested pair is likewise in `pairs` or in `unplaced_pairs`.
    """

    blocks: tuple[Block, ...]
    unplaced: tuple[Unplaced, ...] = ()
    broken_pins: tuple[BrokenPin, ...] = ()
    pairs: tuple[Pair, ...] = ()
    unplaced_pairs: tuple[UnplacedPair, ...] = ()
