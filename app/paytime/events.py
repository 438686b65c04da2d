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
    """A credit of the worker was reversed: `seconds` is negative."""

    type: ClassVar[str] = "pplt.session.adjusted"

    source_id: UUID
    kind: str
    entry_id: UUID
    reverses_id: UUID
    seconds: int
    business_date: date


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
