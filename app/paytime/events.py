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
