"""What is asked and answered about shadowing: one trainee beside one trainer for an hour, as frozen values."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.planning.domain.plan import Change

Id = str


class PairReason(StrEnum):
    """The rule that binds when a pair has no place."""

    NO_TRAINER = "no_trainer"
    TRAINER_LIMIT = "trainer_limit"
    NOT_ON_SAME_SHIFT = "not_on_same_shift"
    NO_WINDOW_LONG_ENOUGH = "no_window_long_enough"
    BLACKOUT = "blackout"
    WORKER_BUSY = "worker_busy"
    NO_SEAT_LEFT = "no_seat_left"
    COVERAGE_MINIMUM = "coverage_minimum"


class SessionStatus(StrEnum):
    """How far a session is. A published one that passed unused is requested again."""

    REQUESTED = "requested"
    PLANNED = "planned"
    STARTED = "started"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class PairRequest:
    """Somebody is to learn a skill beside somebody who has it, at one work center.

    Without a `trainer_id` anybody with the `skill` may show it; a named trainer must have it too, where one is named.
    """

    id: Id
    trainee_id: Id
    work_center_id: Id
    skill: Id | None = None
    trainer_id: Id | None = None
    seconds: int = 3600
    value: int = 10
    release_at: datetime | None = None
    due_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.seconds <= 0 or (self.skill is None and self.trainer_id is None):
            raise ValueError("a pair takes time, and names a trainer or the skill one must have")
        if self.trainer_id == self.trainee_id:
            raise ValueError("nobody is their own trainer")


@dataclass(frozen=True, slots=True)
class Coached:
    """A session a trainer has given or is published to give on a business date: it counts against their week."""

    trainer_id: Id
    business_date: date


@dataclass(frozen=True, slots=True)
class Pair:
    """A session: both at once, the trainee on a place of the window, the trainer at work beside it."""

    request_id: Id
    trainer_id: Id
    trainee_id: Id
    window_id: Id
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class UnplacedPair:
    """A pair without a session, and why; `trainers` are those who were looked at, `change` would let it in."""

    request_id: Id
    reason: PairReason
    sentence: str
    trainers: tuple[Id, ...] = ()
    change: "Change | None" = None
