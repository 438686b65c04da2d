"""Facts that planning publishes. `subject_id` is the plan or the block."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from app.core.events import Event, event_type


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPublished(Event):
    """A supervisor published a plan; every block it changed has an event of its own."""

    type: ClassVar[str] = "plan.published"

    site_id: UUID
    work_center_ids: tuple[UUID, ...]
    starts_at: datetime
    ends_at: datetime
    scheduled: int
    moved: int
    cancelled: int


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class PlanWithdrawn(Event):
    """A publication was taken back; every block it changed has an event of its own."""

    type: ClassVar[str] = "plan.withdrawn"

    site_id: UUID
    work_center_ids: tuple[UUID, ...]
    cancelled: int
    restored: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockFact(Event):
    """What every fact about a block tells."""

    worker_id: UUID
    work_center_id: UUID
    assignment_id: UUID
    kind: str
    key: str
    starts_at: datetime
    ends_at: datetime


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class BlockScheduled(BlockFact):
    """A worker has a new block."""

    type: ClassVar[str] = "learning_block.scheduled"


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class BlockMoved(BlockFact):
    """A worker's item has another time: `replaces` is the block that no longer counts."""

    type: ClassVar[str] = "learning_block.moved"

    replaces: UUID


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class BlockCancelled(BlockFact):
    """A worker's block no longer takes place."""

    type: ClassVar[str] = "learning_block.cancelled"
