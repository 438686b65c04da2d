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


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class BlockPaused(BlockFact):
    """Production called back while somebody learned: they stop, and the rest is placed again."""

    type: ClassVar[str] = "learning_block.paused"


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class BlockFlagged(BlockFact):
    """A block cannot take place as published and begins too soon to move it without the supervisor."""

    type: ClassVar[str] = "learning_block.flagged"

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferFact(Event):
    """What every fact about an offer tells; `subject_id` is the offer."""

    worker_id: UUID
    work_center_id: UUID
    window_id: UUID
    assignment_id: UUID
    kind: str
    key: str
    seconds: int
    expires_at: datetime


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class OfferMade(OfferFact):
    """A worker may learn now, if they say so in time."""

    type: ClassVar[str] = "learning_offer.made"


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class OfferAccepted(OfferFact):
    """A worker learns now; the block holds their place."""

    type: ClassVar[str] = "learning_offer.accepted"

    block_id: UUID


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class OfferDeclined(OfferFact):
    """A worker does not want to learn now, and nothing follows from it."""

    type: ClassVar[str] = "learning_offer.declined"


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class OfferLapsed(OfferFact):
    """Nobody answered in time."""

    type: ClassVar[str] = "learning_offer.lapsed"


@event_type
@dataclass(frozen=True, slots=True, kw_only=True)
class OfferWithdrawn(OfferFact):
    """The window is over before the worker answered."""

    type: ClassVar[str] = "learning_offer.withdrawn"
