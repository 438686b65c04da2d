"""Tables of the roster."""

from datetime import date, datetime, time
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Computed, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import TSTZMULTIRANGE
from sqlmodel import Field

from app.core.tables import Identified, document, instant, one_of, stored_enum
from app.people.models import parent
from app.roster.domain import AbsenceKind


class ShiftStatus(StrEnum):
    """Whether a shift is to be worked."""

    PLANNED = "planned"
    CANCELLED = "cancelled"


class ShiftTypeRow(Identified, table=True):
    """A shift as the plant names it, in local wall time; `breaks` are offsets in minutes from its start."""

    __tablename__ = "shift_type"
    __table_args__ = (UniqueConstraint("organization_id", "site_id", "code"), parent("shift_type", "site_id", "site"))
    personal_data: ClassVar[str] = "none"

    site_id: UUID
    code: str = Field(max_length=64)
    name: str = Field(max_length=200)
    starts: time
    ends: time
    breaks: list[dict[str, Any]] = document()
    created_at: datetime = instant()
    version: int = 1


class ShiftRow(Identified, table=True):
    """One worker's shift. The database refuses two planned shifts of one worker that share time."""

    __tablename__ = "shift"
    __table_args__ = (
        parent("shift", "worker_id", "worker"),
        parent("shift", "work_center_id", "work_center"),
        one_of("status", ShiftStatus),
        CheckConstraint("ends_at > starts_at", name="length"),
        CheckConstraint("(rate_minor is null) = (rate_currency is null) and rate_minor >= 0", name="rate"),
        Index("ix_shift_worker", "organization_id", "worker_id", "starts_at"),
        Index("ix_shift_work_center", "organization_id", "work_center_id", "starts_at"),
        Index("ix_shift_site", "organization_id", "site_id", "starts_at"),
    )
    personal_data: ClassVar[str] = "when and where a worker works, and at which rate; kept 3 years as a payroll record"

    worker_id: UUID
    site_id: UUID
    work_center_id: UUID
    crew_id: UUID | None = None
    shift_type_id: UUID | None = None
    business_date: date
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    breaks: list[dict[str, Any]] = document()
    # The same breaks as ranges, kept by the database: heads at a line are counted often.
    rests: Any = Field(default=None, exclude=True, sa_column=Column(TSTZMULTIRANGE, Computed("rests_of(breaks)", persisted=True)))
    status: ShiftStatus = stored_enum(default=ShiftStatus.PLANNED)
    created_at: datetime = instant()
    version: int = 1
    rate_minor: int | None = None
    rate_currency: str | None = Field(default=None, max_length=3)


class AbsenceRow(Identified, table=True):
    """A stretch in which a worker is not there although the roster says so."""

    __tablename__ = "absence"
    __table_args__ = (
        parent("absence", "worker_id", "worker"),
        one_of("kind", AbsenceKind),
        CheckConstraint("ends_at > starts_at", name="length"),
        Index("ix_absence_worker", "organization_id", "worker_id", "starts_at"),
    )
    personal_data: ClassVar[str] = "that a worker is absent and the kind of absence; kept 3 years as a payroll record"

    worker_id: UUID
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    kind: AbsenceKind = stored_enum()
    created_at: datetime = instant()
