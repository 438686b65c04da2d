"""Tables of planning."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlalchemy import Uuid as UuidType
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from app.core.tables import Identified, Table, document, instant, one_of, stored_enum
from app.people.models import parent
from app.planning.domain.offers import Flag, OfferStatus
from app.planning.domain.policy import Approval
from app.planning.domain.problem import ItemKind
from app.planning.domain.progress import Effort, Phase


class PlanStatus(StrEnum):
    """How far a plan is. Published ones become superseded once a later plan holds all their coming time.

    `cancelled` was stopped while it was solved; `withdrawn` was published and taken back.
    """

    SOLVING = "solving"
    PROPOSED = "proposed"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    DISCARDED = "discarded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"


class BlockStatus(StrEnum):
    """What became of a block. A moved one was replaced by another block of the same item."""

    PROPOSED = "proposed"
    SCHEDULED = "scheduled"
    STARTED = "started"
    DONE = "done"
    CANCELLED = "cancelled"
    MOVED = "moved"


class PlanRow(Identified, table=True):
    """A plan for work centers of one site: what was asked, what it rests on, and what came out.

    `publication` numbers publications in their order; `based_on` is the newest number when the inputs were read. While it is
    solved, `lease_by` names the process that works on it until `lease_until`. `changes` are what publishing changed, by id.
    """

    __tablename__ = "plan"
    __table_args__ = (
        parent("plan", "site_id", "site"),
        one_of("status", PlanStatus),
        one_of("effort", Effort),
        one_of("phase", Phase),
        CheckConstraint("ends_at > starts_at", name="length"),
        Index("ix_plan_publication", "organization_id", "publication"),
    )
    personal_data: ClassVar[str] = "names of workers in the reasons of unplaced items, who asked; kept 13 months"

    site_id: UUID
    work_center_ids: list[UUID] = Field(sa_type=ARRAY(UuidType))
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    seed: int = 0
    daily_cap_seconds: int
    pins: list[dict[str, Any]] = document()
    status: PlanStatus = stored_enum()
    inputs: dict[str, Any] = document()
    based_on: int = Field(default=0, sa_type=BigInteger)
    publication: int | None = Field(default=None, sa_type=BigInteger)
    placed: int = 0
    unplaced: int = 0
    placed_seconds: int = 0
    result: dict[str, Any] = document()
    failure: str | None = Field(default=None, max_length=500)
    requested_by: UUID
    created_at: datetime = instant()
    solved_at: datetime | None = instant(default=None)
    published_at: datetime | None = instant(default=None)
    version: int = 1
    effort: Effort = stored_enum()
    phase: Phase = stored_enum()
    progress: dict[str, Any] = document()
    policy: dict[str, Any] = document()
    changes: dict[str, Any] = document()
    attempts: int = 0
    lease_by: UUID | None = None
    lease_until: datetime | None = instant(default=None)
    undo_until: datetime | None = instant(default=None)
    undone_at: datetime | None = instant(default=None)


class PlanningPolicyRow(Table, table=True):
    """How one site wants to be planned: limits, notice, weights, and who has the last word."""

    __tablename__ = "planning_policy"
    __table_args__ = (parent("planning_policy", "site_id", "site"), one_of("approval", Approval))
    personal_data: ClassVar[str] = "who changed it last; kept while the site exists"

    site_id: UUID = Field(primary_key=True)
    daily_cap_minutes: int
    weekly_cap_minutes: int | None = None
    weekly_target_minutes: int
    notice_minutes: int
    undo_minutes: int
    weekly_protected_blocks: int
    protected_block_minutes: int
    trainer_weekly_sessions: int
    approval: Approval = stored_enum()
    weights: dict[str, Any] = document()
    updated_by: UUID
    updated_at: datetime = instant()
    version: int = 1


class ProtectedRequestRow(Identified, table=True):
    """Protected time somebody wants for workers, one block each; it is open for a worker until one has begun."""

    __tablename__ = "protected_request"
    __table_args__ = (
        parent("protected_request", "site_id", "site"),
        CheckConstraint("seconds > 0 and due_at > release_at", name="length"),
        Index("ix_protected_request_site", "organization_id", "site_id", "due_at"),
    )
    personal_data: ClassVar[str] = "for whom protected time was asked and by whom; kept 13 months"

    site_id: UUID
    worker_ids: list[UUID] = Field(sa_type=ARRAY(UuidType))
    seconds: int
    release_at: datetime = instant()
    due_at: datetime = instant()
    priority: int
    requested_by: UUID
    created_at: datetime = instant()
    cancelled_at: datetime | None = instant(default=None)
    version: int = 1


class ShadowSessionRow(Identified, table=True):
    """A session beside a trainer that somebody wants for a trainee; its blocks say when. `reason` is the last plan's."""

    __tablename__ = "shadow_session"
    __table_args__ = (
        parent("shadow_session", "work_center_id", "work_center"),
        parent("shadow_session", "trainee_id", "worker"),
        parent("shadow_session", "trainer_id", "worker"),
        CheckConstraint("skill is not null or trainer_id is not null", name="trainer"),
        CheckConstraint("trainer_id is distinct from trainee_id", name="two"),
        CheckConstraint("seconds > 0 and (due_at is null or due_at > release_at)", name="length"),
        Index("ix_shadow_session_work_center", "organization_id", "work_center_id", "id"),
    )
    personal_data: ClassVar[str] = "who learns beside whom, and who asked; kept 13 months"

    work_center_id: UUID
    trainee_id: UUID
    trainer_id: UUID | None = None
    skill: str | None = Field(default=None, max_length=64)
    seconds: int
    release_at: datetime = instant()
    due_at: datetime | None = instant(default=None)
    priority: int
    requested_by: UUID
    created_at: datetime = instant()
    cancelled_at: datetime | None = instant(default=None)
    reason: str | None = Field(default=None, max_length=32)
    sentence: str | None = Field(default=None, max_length=500)
    version: int = 1


class BlockRow(Identified, table=True):
    """One item of one worker at one time. The database refuses two live blocks of a worker that share time."""

    __tablename__ = "block"
    __table_args__ = (
        parent("block", "plan_id", "plan"),
        parent("block", "worker_id", "worker"),
        one_of("kind", ItemKind),
        one_of("status", BlockStatus),
        CheckConstraint("ends_at > starts_at", name="length"),
        Index("ix_block_worker", "organization_id", "worker_id", "starts_at"),
        Index("ix_block_work_center", "organization_id", "work_center_id", "starts_at"),
        Index("ix_block_plan", "organization_id", "plan_id", "id"),
        Index("ix_block_window", "organization_id", "window_id"),
    )
    personal_data: ClassVar[str] = "what a worker is to learn and when; kept 13 months"

    # None for one that was accepted on the floor.
    plan_id: UUID | None = None
    worker_id: UUID
    work_center_id: UUID
    window_id: UUID
    business_date: date
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    assignment_id: UUID
    kind: ItemKind = stored_enum()
    key: str = Field(max_length=64)
    hash: str = Field(max_length=64)
    seconds: int
    needs_tablet: bool
    status: BlockStatus = stored_enum()
    pinned: bool = False
    created_at: datetime = instant()
    version: int = 1


class BlackoutRow(Identified, table=True):
    """A stretch without any learning at one work center, or at a whole site."""

    __tablename__ = "blackout"
    __table_args__ = (
        parent("blackout", "site_id", "site"),
        parent("blackout", "work_center_id", "work_center"),
        CheckConstraint("ends_at > starts_at", name="length"),
        Index("ix_blackout_site", "organization_id", "site_id", "starts_at"),
    )
    personal_data: ClassVar[str] = "who asked; kept 13 months"

    site_id: UUID
    work_center_id: UUID | None = None
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    reason: str = Field(max_length=200)
    created_by: UUID
    created_at: datetime = instant()


class PlannedWindowRow(Identified, table=True):
    """A window of the coming two days, written out so that reading "what now" expands nothing.

    `opens_at` and `closes_at` bound the usable time inside the buffers. Everything here can be made again.
    """

    __tablename__ = "planned_window"
    __table_args__ = (
        parent("planned_window", "work_center_id", "work_center"),
        Index("ix_planned_window_work_center", "organization_id", "work_center_id", "ends_at"),
    )
    personal_data: ClassVar[str] = "none"

    work_center_id: UUID
    kind: str = Field(max_length=32)
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    opens_at: datetime = instant()
    closes_at: datetime = instant()
    max_learners: int
    minimum_staying: int


class LearningOfferRow(Identified, table=True):
    """What a worker was offered in a window opened on the floor; each is asked once a window, whatever came of it.

    An accepted offer made a block, and that holds the place.
    """

    __tablename__ = "learning_offer"
    __table_args__ = (
        parent("learning_offer", "worker_id", "worker"),
        parent("learning_offer", "work_center_id", "work_center"),
        one_of("kind", ItemKind),
        one_of("status", OfferStatus),
        CheckConstraint("(status = 'accepted') = (block_id is not null)", name="accepted"),
        Index("ix_learning_offer_window", "organization_id", "window_id", "worker_id", unique=True),
        Index(
            "ix_learning_offer_worker",
            "organization_id",
            "worker_id",
            "expires_at",
            postgresql_where=text("status = 'offered'"),
        ),
    )
    personal_data: ClassVar[str] = "what a worker was offered to learn and their answer; kept 13 months"

    window_id: UUID
    work_center_id: UUID
    worker_id: UUID
    assignment_id: UUID
    kind: ItemKind = stored_enum()
    key: str = Field(max_length=64)
    hash: str = Field(max_length=64)
    seconds: int
    needs_tablet: bool
    business_date: date
    status: OfferStatus = stored_enum()
    offered_at: datetime = instant()
    expires_at: datetime = instant()
    until: datetime = instant()
    answered_at: datetime | None = instant(default=None, nullable=True)
    block_id: UUID | None = None


class BlockFlagRow(Table, table=True):
    """A published block that can no longer take place and is too near to move without the supervisor."""

    __tablename__ = "block_flag"
    __table_args__ = (
        parent("block_flag", "block_id", "block"),
        parent("block_flag", "work_center_id", "work_center"),
        one_of("reason", Flag),
        Index("ix_block_flag_work_center", "organization_id", "work_center_id", "block_id"),
    )
    personal_data: ClassVar[str] = "none"

    block_id: UUID = Field(primary_key=True)
    work_center_id: UUID
    reason: Flag = stored_enum()
    flagged_at: datetime = instant()
