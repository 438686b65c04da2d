"""Tables of disputes, append-only."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy import Uuid as UuidType
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from app.core.tables import Identified, Table, instant, one_of, stored_enum
from app.paytime.domain.disputes import Step
from app.people.models import parent


class PayDisputeRow(Identified, table=True):
    """A worker's objection to one line of the ledger, or to time that was not paid."""

    __tablename__ = "pay_dispute"
    __table_args__ = (
        parent("pay_dispute", "worker_id", "worker"),
        parent("pay_dispute", "entry_id", "pay_entry"),
        parent("pay_dispute", "exception_id", "pay_exception"),
        CheckConstraint("num_nonnulls(entry_id, exception_id) = 1", name="about"),
        Index("ix_pay_dispute_worker", "organization_id", "worker_id", "id"),
        Index("ix_pay_dispute_entry", "organization_id", "entry_id"),
    )
    personal_data: ClassVar[str] = "that a worker objected; kept 3 years as a payroll record"

    worker_id: UUID
    entry_id: UUID | None = None
    exception_id: UUID | None = None
    opened_at: datetime = instant()


class PayDisputeStepRow(Table, table=True):
    """One step of a dispute; its number in the key lets only one follow each."""

    __tablename__ = "pay_dispute_step"
    __table_args__ = (parent("pay_dispute_step", "dispute_id", "pay_dispute"), one_of("step", Step))
    personal_data: ClassVar[str] = "what a worker and payroll wrote about a line; kept 3 years as a payroll record"

    dispute_id: UUID = Field(primary_key=True)
    number: int = Field(primary_key=True)
    step: Step = stored_enum()
    note: str | None = Field(default=None, max_length=1000)
    entry_ids: list[UUID] = Field(sa_type=ARRAY(UuidType))
    actor_id: UUID
    recorded_at: datetime = instant()
