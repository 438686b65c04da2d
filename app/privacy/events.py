"""What privacy tells."""

from dataclasses import dataclass
from typing import ClassVar

from app.core.events import Event, event_type


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerErased(Event):
    """A person was erased; `subject_id` is the worker. Whoever got data about them erases it too (Art. 19 GDPR)."""

    type: ClassVar[str] = "worker.erased"
