"""What the roster tells."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.core.events import Event, event_type


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class RosterChanged(Event):
    """Shifts or absences at work centers of a site changed; `subject_id` is the site."""

    type: ClassVar[str] = "roster.changed"

    work_center_ids: tuple[UUID, ...]
