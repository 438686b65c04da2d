"""What the downtime map tells."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.core.events import Event, event_type


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class WindowMapped(Event):
    """A pattern or a single window was mapped, remapped or retired; `subject_id` is the pattern or the window."""

    type: ClassVar[str] = "window.mapped"

    work_center_id: UUID
    retired: bool = False


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class WindowChanged(Event):
    """One window was cancelled, restored, moved, shortened or given other places; `subject_id` is the window."""

    type: ClassVar[str] = "window.changed"

    work_center_id: UUID
    cancelled: bool
