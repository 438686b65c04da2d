"""What the roster tells."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from app.core.events import Event, event_type


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class RosterChanged(Event):
    """Shifts or absences at work centers of a site changed; `subject_id` is the site.

    All of it lies in [`starts_at`, `ends_at`), before or after the change. `worker_ids` names whose, unless there are many.
    """

    type: ClassVar[str] = "roster.changed"

    work_center_ids: tuple[UUID, ...]
    worker_ids: tuple[UUID, ...] = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
