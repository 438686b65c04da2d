"""What privacy tells."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from app.core.events import Event, event_type


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerErased(Event):
    """A person was erased; `subject_id` is the worker. Whoever got data about them erases it too (Art. 19 GDPR)."""

    type: ClassVar[str] = "worker.erased"


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsRemoved(Event):
    """Records went because their time was over; `subject_id` is the organization. The hash is worth keeping outside."""

    type: ClassVar[str] = "retention.records_removed"
    kind: str
    until: date
    rows: int
    number: int
    hash: str
