"""Tables of privacy."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, text

from app.core.tables import Identified, Table, document, instant, one_of, stored_enum
from app.people.models import parent
from app.privacy.domain import ErasureStatus, Ground


class ErasureRow(Identified, table=True):
    """An erasure of a person: asked for by one admin, confirmed by another; it proves that and what was erased."""

    __tablename__ = "erasure"
    __table_args__ = (
        parent("erasure", "worker_id", "worker"),
        one_of("ground", Ground),
        one_of("status", ErasureStatus),
        Index("ix_erasure_worker", "organization_id", "worker_id", unique=True, postgresql_where=text("status = 'requested'")),
    )
    personal_data: ClassVar[str] = "that a person was erased and by whom, no name; kept as proof"

    worker_id: UUID
    ground: Ground = stored_enum()
    status: ErasureStatus = stored_enum()
    requested_by: UUID
    requested_at: datetime = instant()
    confirmed_by: UUID | None = None
    done_at: datetime | None = instant(default=None, nullable=True)
    touched: dict[str, Any] = document()


class RetentionPolicyRow(Table, table=True):
    """For how many months an organization keeps each kind of record; what is not in it has the usual period."""

    __tablename__ = "retention_policy"
    personal_data: ClassVar[str] = "who changed it last"

    months: dict[str, Any] = document()
    changed_by: UUID
    changed_at: datetime = instant()
    version: int
