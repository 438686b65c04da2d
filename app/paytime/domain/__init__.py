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
PAY_DECIDE = Policy("pay_time.decide", PAYERS | {Role.SUPERVISOR})
PAY_POLICY_READ = Policy("pay_policy.read", PAYERS | {Role.SUPERVISOR, Role.LEARNING_MANAGER}, scope="paytime:read")
PAY_POLICY_WRITE = Policy("pay_policy.write", PAYERS)
PAY_DISPUTE = Policy("pay_dispute.read", PAYERS, own=True)
PAY_ANSWER = Policy("pay_dispute.answer", PAYERS)


class PayKind(StrEnum):
    """What the time was spent on; payroll maps each kind to a pay code of its own."""

    MODULE = "module"
    QUIZ = "quiz"
    CHECKLIST = "checklist"
    PEER_ASSIST = "peer_assist"
    PROTECTED_BLOCK = "protected_block"
    SHADOWING = "shadowing"
    OFFICE_HOURS = "office_hours"
    COACHING = "coaching"


class EntryType(StrEnum):
    """A credit adds seconds, a reversal takes some of a line back, a restoration takes some of a reversal back."""

    CREDIT = "credit"
    REVERSAL = "reversal"
    RESTORATION = "restoration"


class Classification(StrEnum):
    """Where credited time lay in the worker's day, decided when it is written."""

    ON_SHIFT = "on_shift"
    OFF_SHIFT = "off_shift"
    MEAL_BREAK = "meal_break"
    REST_BREAK = "rest_break"
    TRAVEL = "travel"


class ReasonCode(StrEnum):
    """Why a line was corrected, for counting; the reason in words stands beside it."""

    WRONG_PERSON = "wrong_person"
    WRONG_TIME = "wrong_time"
    NOT_LEARNING = "not_learning"
    ROSTER_CHANGED = "roster_changed"
    DECISION = "decision"
    DISPUTE = "dispute"
    OTHER = "other"


class Reason(StrEnum):
    """Why claimed seconds are not credited, or need a supervisor's eye although they are."""

    ALREADY_CREDITED = "already_credited"
    MEAL_BREAK = "meal_break"
    REST_BREAK = "rest_break"
    OFF_SHIFT = "off_shift"
    OVER_CAP = "over_cap"
    EXPIRED = "expired"


def on_the_second(instant: datetime) -> datetime:
    """The instant in UTC, cut to its whole second."""
    return to_utc(instant).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class Claim:
    """Time a worker says was spent on one piece of learning; `source_id` names the attempt, run or assist.

    A source is credited once per worker. `device_at` is when the device itself says it began. Raises ValueError for
    naive instants or an end before the start.
    """

    worker_id: UUID
    starts_at: datetime
    ends_at: datetime
    kind: PayKind
    source_id: UUID
    mandatory: bool = False
    job_related: bool = True
    productive: bool = False
    travel: bool = False
    device_at: datetime | None = None

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
    """A stretch of a claim that is credited, the shift around it if there is one, and where it lay in the day."""

    interval: Interval
    shift: Shift | None
    classification: Classification = Classification.ON_SHIFT


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A stretch of a claim that is not credited, why, and the shift around it if there is one.

    `paid`: the site's policy credits it all the same, and a supervisor is only asked to look.
    """

    interval: Interval
    reason: Reason
    shift: Shift | None
    paid: bool = False


@dataclass(frozen=True, slots=True)
class Settlement:
    """A claim taken apart: every second of it is in exactly one segment or one unpaid shortfall."""

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
    """A line of the ledger, `seconds` negative on a reversal; `reversed_seconds` says how much of it was taken back."""

    id: UUID
    worker_id: UUID
    source_id: UUID
    kind: PayKind
    mandatory: bool
    entry_type: EntryType
    reverses_id: UUID | None
    reversed_by: UUID | None
    reversed_seconds: int
    replaces_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    seconds: int
    classification: Classification
    reason_code: ReasonCode | None
    reason: str | None
    actor_id: UUID
    shift_id: UUID | None
    business_date: date
    site_id: UUID
    work_center_id: UUID | None
    area_id: UUID | None
    pay_code: str | None
    cost_center: str | None
    night_seconds: int
    weekend_seconds: int
    rate_minor: int | None
    rate_currency: str | None
    time_zone: str
    utc_offset_seconds: int
    tzdata_version: str
    device_at: datetime | None
    recorded_at: datetime

    @property
    def nodes(self) -> tuple[UUID, ...]:
        """Where the time was paid, for policies."""
        return tuple(node for node in (self.site_id, self.work_center_id, self.area_id) if node)


@dataclass(frozen=True, slots=True)
class Uncredited:
    """A stretch of accepted activity that earned no credit or needs an eye, kept for whoever decides about it.

    `paid`: it is credited already, by the site's policy. The four criteria are those of 29 CFR 785.27.
    """

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
    paid: bool
    outside_hours: bool
    voluntary: bool
    not_job_related: bool
    no_productive_work: bool
    outcome: str | None = None
    outcome_reason: str | None = None
    decided_by: UUID | None = None


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
