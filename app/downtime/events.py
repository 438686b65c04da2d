"""What the downtime map tells."""

from dataclasses import dataclass
from datetime import datetime
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


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorFact(Event):
    """What every fact about a window on the floor tells; `subject_id` is the window."""

    work_center_id: UUID
    kind: str
    cause: str
    starts_at: datetime
    ends_at: datetime


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class WindowOpened(FloorFact):
    """A window was opened on the floor; `ends_at` is when it is expected to end."""

    type: ClassVar[str] = "window.opened"


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class WindowExtended(FloorFact):
    """A window that is open is expected to end at another time."""

    type: ClassVar[str] = "window.extended"


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class WindowClosed(FloorFact):
    """A window is over: `ended_by` tells whether production called back, all were done, or its time was."""

    type: ClassVar[str] = "window.closed"

    ended_by: str
