"""Tables of sessions and protected time, append-only."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from app.core.tables import Identified, Table, instant, one_of, stored_enum
from app.paytime.domain import PayKind
from app.paytime.domain.protection import BlockFact
from app.paytime.domain.sessions import BreakReason, Resolution
from app.people.models import parent


class PayHoldRow(Identified, table=True):
    """Time reserved when a session started. A trigger keeps it in `pay_interval` until there is a resolution."""

    __tablename__ = "pay_hold"
    __table_args__ = (
        parent("pay_hold", "worker_id", "worker"),
        parent("pay_hold", "site_id", "site"),
        one_of("kind", PayKind),
        CheckConstraint("ends_at > starts_at and expires_at >= ends_at", name="length"),
        Index("ix_pay_hold_worker", "organization_id", "worker_id", "id"),
        Index("ix_pay_hold_expires", "organization_id", "expires_at"),
    )
    personal_data: ClassVar[str] = "when a worker began to learn; kept 3 years as a payroll record"

    worker_id: UUID
    kind: PayKind = stored_enum()
    mandatory: bool
    job_related: bool
    travel: bool
    block_id: UUID | None = None
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    expires_at: datetime = instant()
    device_at: datetime | None = instant(default=None)
    site_id: UUID
    time_zone: str = Field(max_length=64)
    utc_offset_seconds: int
    tzdata_version: str = Field(max_length=32)
    actor_id: UUID
    recorded_at: datetime = instant()


class PayResolutionRow(Table, table=True):
    """How a reservation ended: its primary key lets there be one only, whoever comes at the same time."""

    __tablename__ = "pay_resolution"
    __table_args__ = (
        parent("pay_resolution", "hold_id", "pay_hold"),
        one_of("resolution", Resolution),
        one_of("break_reason", BreakReason),
        CheckConstraint("resolution <> 'voided' or ended_at is null", name="ended"),
    )
    personal_data: ClassVar[str] = "when a worker stopped learning; kept 3 years as a payroll record"

    hold_id: UUID = Field(primary_key=True)
    resolution: Resolution = stored_enum()
    ended_at: datetime | None = instant(default=None)
    break_reason: BreakReason | None = stored_enum(default=None, nullable=True)
    actor_id: UUID
    recorded_at: datetime = instant()


class ProtectedBlockRow(Identified, table=True):
    """Time promised to a worker. What became of it is in `protected_fact`."""

    __tablename__ = "protected_block"
    __table_args__ = (
        parent("protected_block", "worker_id", "worker"),
        parent("protected_block", "site_id", "site"),
        parent("protected_block", "makes_up_id", "protected_block"),
        CheckConstraint("ends_at > starts_at", name="length"),
        Index("ix_protected_block_worker", "organization_id", "worker_id", "business_date"),
    )
    personal_data: ClassVar[str] = "when a worker was promised time to learn; kept 3 years as a payroll record"

    worker_id: UUID
    site_id: UUID
    work_center_id: UUID
    business_date: date
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    makes_up_id: UUID | None = None
    planned_by: UUID
    recorded_at: datetime = instant()


class ProtectedFactRow(Identified, table=True):
    """One thing that happened to a protected block."""

    __tablename__ = "protected_fact"
    __table_args__ = (
        parent("protected_fact", "block_id", "protected_block"),
        one_of("fact", BlockFact),
        one_of("reason", BreakReason),
        Index("ix_protected_fact_block", "organization_id", "block_id", "id"),
    )
    personal_data: ClassVar[str] = "who interrupted a worker's learning and why; kept 3 years as a payroll record"

    block_id: UUID
    fact: BlockFact = stored_enum()
    reason: BreakReason | None = stored_enum(default=None, nullable=True)
    note: str | None = Field(default=None, max_length=500)
    seconds: int = 0
    actor_id: UUID
    recorded_at: datetime = instant()
