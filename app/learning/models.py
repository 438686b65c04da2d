"""Tables of learning."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlalchemy import Uuid as UuidType
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from app.catalog.domain import ContentKind
from app.core.tables import Identified, Table, document, instant, one_of, stored_enum
from app.learning.domain.values import AttemptStatus, ItemStatus, TargetKind
from app.people.models import parent


class AssignmentRow(Identified, table=True):
    """Something that some people should learn; who they are follows from its targets whenever it is read."""

    __tablename__ = "assignment"
    __table_args__ = (
        one_of("kind", ContentKind),
        CheckConstraint("priority between 0 and 100", name="priority"),
        CheckConstraint("due_at is not null or not mandatory", name="mandatory_is_due"),
        Index("ix_assignment_content", "organization_id", "kind", "key"),
    )
    personal_data: ClassVar[str] = "who assigned; kept 5 years after the assignment ends"

    kind: str = stored_enum()
    key: str = Field(max_length=64)
    mandatory: bool
    due_at: datetime | None = instant(default=None)
    priority: int = 50
    fingerprint: str = Field(max_length=64)
    created_by: UUID
    created_at: datetime = instant()
    cancelled_at: datetime | None = instant(default=None)
    version: int = 1


class AssignmentTargetRow(Table, table=True):
    """One worker, crew or job role of an assignment. `nodes` are the places above it when it was named."""

    __tablename__ = "assignment_target"
    __table_args__ = (
        one_of("kind", TargetKind),
        parent("assignment_target", "assignment_id", "assignment"),
        Index("ix_assignment_target_assignment", "organization_id", "assignment_id"),
    )
    personal_data: ClassVar[str] = "who should learn what; erased with the assignment"

    kind: TargetKind = Field(sa_type=Text, primary_key=True)
    ref: str = Field(max_length=64, primary_key=True)
    assignment_id: UUID = Field(primary_key=True)
    nodes: list[UUID] = Field(sa_type=ARRAY(UuidType))


class AssignmentWorkerRow(Table, table=True):
    """A worker's progress on an assignment from the moment they start; it outlives leaving the crew and cancelling."""

    __tablename__ = "assignment_worker"
    __table_args__ = (
        one_of("status", ItemStatus),
        parent("assignment_worker", "assignment_id", "assignment"),
        parent("assignment_worker", "worker_id", "worker"),
        Index("ix_assignment_worker_worker", "organization_id", "worker_id", "status"),
    )
    personal_data: ClassVar[str] = "who started and completed what and when; kept 5 years, erased 2 years after leaving"

    assignment_id: UUID = Field(primary_key=True)
    worker_id: UUID = Field(primary_key=True)
    status: ItemStatus = stored_enum()
    hash: str = Field(max_length=64)
    started_at: datetime = instant()
    completed_at: datetime | None = instant(default=None)


class AttemptRow(Identified, table=True):
    """One attempt at a module or quiz, or one run of a checklist. The id is the client's, once and for ever.

    There is no foreign key to the worker: rows are written by signed-in workers about themselves only, and a key
    check for each row of a batch would be the most expensive part of storing it.
    """

    __tablename__ = "attempt"
    __table_args__ = (
        one_of("kind", ContentKind),
        one_of("status", AttemptStatus),
        CheckConstraint("seconds >= 0 and paid_seconds between 0 and seconds", name="seconds"),
        CheckConstraint("(status = 'open') = (finished_at is null)", name="finished"),
        Index("ix_attempt_worker", "organization_id", "worker_id", "id"),
        Index("ix_attempt_open", "organization_id", "lease_until", postgresql_where=text("status = 'open'")),
    )
    personal_data: ClassVar[str] = "a worker's answers, score and times, seen by that worker only; kept 24 months"

    worker_id: UUID
    kind: str = stored_enum()
    key: str = Field(max_length=64)
    hash: str = Field(max_length=64)
    language: str = Field(max_length=16)
    status: AttemptStatus = stored_enum()
    reason: str | None = Field(default=None, max_length=32)
    offline: bool
    started_at: datetime = instant()
    finished_at: datetime | None = instant(default=None)
    received_at: datetime = instant()
    last_seen_at: datetime = instant()
    lease_until: datetime | None = instant(default=None)
    seconds: int = 0
    paid_seconds: int = 0
    score: int | None = None
    passed: bool | None = None
    skew_seconds: int | None = None
    fingerprint: str | None = Field(default=None, max_length=64)
    work: dict[str, Any] = document()


class AttemptConflictRow(Table, table=True):
    """A different result under an id that was already taken, kept as evidence; the first one stands."""

    __tablename__ = "attempt_conflict"
    personal_data: ClassVar[str] = "a worker's answers that were not taken; kept 24 months"

    attempt_id: UUID = Field(primary_key=True)
    fingerprint: str = Field(max_length=64, primary_key=True)
    worker_id: UUID
    received_at: datetime = instant()
    payload: dict[str, Any] = document()


class ProgressRow(Table, table=True):
    """Where a worker stands with one piece of content: written with every attempt so that reading needs no attempts."""

    __tablename__ = "progress"
    __table_args__ = (one_of("kind", ContentKind), one_of("status", ItemStatus))
    personal_data: ClassVar[str] = "what a worker has learned and their best score; erased 2 years after leaving"

    worker_id: UUID = Field(primary_key=True)
    kind: str = Field(sa_type=Text, primary_key=True)
    key: str = Field(max_length=64, primary_key=True)
    status: ItemStatus = stored_enum()
    hash: str = Field(max_length=64)
    best_score: int | None = None
    last_finished_at: datetime | None = instant(default=None)
    completed_at: datetime | None = instant(default=None)
