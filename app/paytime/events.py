"""What the ledger tells: recorded and adjusted paid learning time, as ids and seconds."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from app.core.events import Event, event_type


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class PayTimeRecorded(Event):
    """A piece of learning was settled: `seconds` credited to the worker, `uncredited_seconds` kept as exceptions."""

    type: ClassVar[str] = "pplt.session.recorded"

    source_id: UUID
    kind: str
    mandatory: bool
    seconds: int
    uncredited_seconds: int
    entry_ids: tuple[UUID, ...]


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class PayTimeAdjusted(Event):
    """A line of the worker was corrected: `seconds` is negative where it was taken back, positive where it was given back.

    Whoever lost seconds may dispute the line `entry_id`.
    """

    type: ClassVar[str] = "pplt.session.adjusted"

    source_id: UUID
    kind: str
    entry_id: UUID
    reverses_id: UUID
    seconds: int
    business_date: date


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class PayExceptionRaised(Event):
    """Activity of a worker outside paid shift time, or beyond a cap, waits in the supervisors' list."""

    type: ClassVar[str] = "pplt.exception.raised"

    source_id: UUID
    site_id: UUID
    exception_ids: tuple[UUID, ...]
    seconds: int
    unpaid_seconds: int


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class PayExceptionDecided(Event):
    """Somebody decided about activity of the worker that waited; `seconds` is what it added to or took from the ledger."""

    type: ClassVar[str] = "pplt.exception.decided"

    exception_id: UUID
    outcome: str
    seconds: int


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class PayDisputeMoved(Event):
    """A dispute of the worker took a step."""

    type: ClassVar[str] = "pplt.dispute.moved"

    dispute_id: UUID
    step: str
    state: str


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectedBlockChanged(Event):
    """Something happened to time that was promised to the worker."""

    type: ClassVar[str] = "protected_block.changed"

    block_id: UUID
    fact: str
    reason: str | None
    seconds: int


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerHeadPublished(Event):
    """Where the hash chain of the organization ends today; keep it: nobody can rewrite what lies before it unseen."""

    type: ClassVar[str] = "ledger.head.published"

    day: date
    position: int
    hash: str


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class PayPeriodApproved(Event):
    """Somebody approved exactly what a pay period held, named by its hash."""

    type: ClassVar[str] = "pay_period.approved"

    site_id: UUID
    first_date: date
    last_date: date
    seconds: int
    content_hash: str


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class PayPeriodClosed(Event):
    """A pay period is closed: what comes late belongs to the next one."""

    type: ClassVar[str] = "pay_period.closed"

    site_id: UUID
    first_date: date
    last_date: date
    seconds: int


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class PayPeriodExported(Event):
    """A payroll file of a closed period is ready to be fetched; it stays as it is for ever."""

    type: ClassVar[str] = "pay_period.exported"

    site_id: UUID
    first_date: date
    last_date: date
    format: str
    sha256: str
    seconds: int
