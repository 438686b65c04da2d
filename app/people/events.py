"""What people and place tell."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.core.events import Event, event_type


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerCreated(Event):
    """A worker was added; `subject_id` is the worker."""

    type: ClassVar[str] = "worker.created"

    site_id: UUID


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerUpdated(Event):
    """Facts about a worker changed; `changed` names the fields, not their values."""

    type: ClassVar[str] = "worker.updated"

    changed: tuple[str, ...]


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerDeactivated(Event):
    """A worker left; every sign-in of theirs stops working at once."""

    type: ClassVar[str] = "worker.deactivated"

    site_id: UUID


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class MinimumChanged(Event):
    """How many people, or people with a skill, must stay at a work center changed; `subject_id` is the work center."""

    type: ClassVar[str] = "work_center.minimum_changed"

    work_center_id: UUID
