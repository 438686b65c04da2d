"""Values of the ledger: what is claimed, what is credited, and why the rest is not.

Everything is in whole seconds. A claim is laid on the grid of whole UTC seconds, so that neighboring claims still
touch and no second is gained or lost by cutting.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from app.core.access import Caller, Policy, Role
from app.core.intervals import SECOND, Interval, between, to_utc
from app.roster.domain import Shift

PAYERS = frozenset({Role.PAYROLL, Role.ADMIN})

PAY_OWN = Policy("pay_time.own", own=True)
PAY_READ = Policy("pay_time.read", PAYERS, own=True, scope="paytime:read")
PAY_EXPORT = Policy("pay_time.export", PAYERS, scope="paytime:read")
PAY_EXCEPTIONS = Policy("pay_time.exceptions", PAYERS | {Role.SUPERVISOR}, scope="paytime:read")
PAY_REVERSE = Policy("pay_time.reverse", PAYERS)


class PayKind(StrEnum):
    """What the time was spent on; payroll maps each kind to a pay code of its own."""

    MODULE = "module"
    QUIZ = "quiz"
    CHECKLIST = "checklist"
    PEER_ASSIST = "peer_assist"
    PROTECTED_BLOCK = "protected_block"
    SHADOWING = "shadowing"


class EntryType(StrEnum):
    """A credit adds seconds; a reversal takes exactly one credit back."""

    CREDIT = "credit"
    REVERSAL = "reversal"


class Reason(StrEnum):
    """Why claimed seconds were not credited."""

    ALREADY_CREDITED = "already_credited"
    MEAL_BREAK = "meal_break"
    REST_BREAK = "rest_break"
    OFF_SHIFT = "off_shift"


def on_the_second(instant: datetime) -> datetime:
    """The instant in UTC, cut to its whole second."""
    return to_utc(instant).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class Claim:
    """Time a worker says was spent on one piece of learning; `source_id` names the attempt, run or assist.

    A source is credited once per worker. Raises ValueError for naive instants or an end before the start.
    """

    worker_id: UUID
    starts_at: datetime
    ends_at: datetime
    kind: PayKind
    source_id: UUID
    mandatory: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "starts_at", on_the_second(self.starts_at))
        object.__setattr__(self, "ends_at", on_the_second(self.ends_at))
        if self.ends_at < self.starts_at:
            raise ValueError("a claim cannot end before it starts")

    @property
    def key(self) -> tuple[UUID, UUID]:
        """What is credited at most once: this worker for this source."""
        return (self.worker_id, self.source_id)

    @property
    def interval(self) -> Interval | None:
        """The claimed time, or None when it is shorter than a second."""
        return between(self.starts_at, self.ends_at)

    @property
    def seconds(self) -> int:
        """The claimed length."""
        return (self.ends_at - self.starts_at) // SECOND


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a claim that is credited, and the shift that pays it."""

    interval: Interval
    shift: Shift


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A stretch of a claim that is not credited, why, and the shift around it if there is one."""

    interval: Interval
    reason: Reason
    shift: Shift | None


@dataclass(frozen=True, slots=True)
class Settlement:
    """A claim taken apart: every second of it is in exactly one segment or one shortfall."""

    segments: tuple[Segment, ...]
    shortfalls: tuple[Shortfall, ...]


@dataclass(frozen=True, slots=True)
class Credit:
    """The ledger's answer to a claim; `exceptions` sums the uncredited seconds by reason."""

    claim: Claim
    seconds: int
    entry_ids: tuple[UUID, ...]
    exceptions: tuple[tuple[Reason, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the ledger, `seconds` negative when it reverses another."""

    id: UUID
    worker_id: UUID
    source_id: UUID
    kind: PayKind
    mandatory: bool
    entry_type: EntryType
    reverses_id: UUID | None
    reversed_by: UUID | None
    starts_at: datetime
    ends_at: datetime
    seconds: int
    reason: str | None
    actor_id: UUID
    shift_id: UUID
    business_date: date
    site_id: UUID
    work_center_id: UUID
    area_id: UUID | None
    time_zone: str
    utc_offset_seconds: int
    recorded_at: datetime

    @property
    def nodes(self) -> tuple[UUID, ...]:
        """Where the time was paid, for policies."""
        return (self.site_id, self.work_center_id, *((self.area_id,) if self.area_id else ()))


@dataclass(frozen=True, slots=True)
class Uncredited:
    """A stretch of accepted activity that earned no credit, kept for whoever decides about it."""

    id: UUID
    worker_id: UUID
    source_id: UUID
    kind: PayKind
    reason: Reason
    starts_at: datetime
    ends_at: datetime
    seconds: int
    business_date: date
    site_id: UUID
    work_center_id: UUID | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class DayTotal:
    """Net seconds and ledger lines of one kind on one business date."""

    business_date: date
    kind: PayKind
    seconds: int
    entries: int


@dataclass(frozen=True, slots=True)
class UsedSeconds:
    """Net seconds of one worker on one business date."""

    worker_id: UUID
    business_date: date
    seconds: int


@dataclass(frozen=True, slots=True)
class Period:
    """Business dates from `first` to `last`, both included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Account:
    """A worker's own view of a period: net totals, a page of entries, and what was not credited."""

    worker_id: UUID
    period: Period
    totals: Sequence[DayTotal]
    entries: Sequence[Entry]
    exceptions: Sequence[Uncredited]
    exception_totals: Sequence[tuple[Reason, int]]


@dataclass(frozen=True, slots=True)
class Reach:
    """Nodes a list may show; `allowed` None means all of the organization."""

    allowed: tuple[UUID, ...] | None
    denied: tuple[UUID, ...] = ()


def reach_of(caller: Caller, roles: Iterable[Role]) -> Reach:
    """What part of the ledger the caller's lists and exports cover."""
    if caller.kind == "integration" or caller.is_system:
        return Reach(None)
    wanted = frozenset(roles)
    allowed, denied = caller.nodes(wanted), tuple(caller.denied_nodes(wanted))
    if caller.organization_id in denied:
        return Reach(())
    return Reach(None if allowed is None else tuple(allowed), denied)
