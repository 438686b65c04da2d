"""Tables of the technical ground: events, idempotency keys, import runs."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.types import UserDefinedType
from sqlmodel import Field

from app.core.tables import Identified, Table, document, instant


class TransactionId(UserDefinedType[int]):
    """PostgreSQL's xid8, the 64-bit id of the writing transaction."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """The column's SQL type."""
        return "xid8"


ischema_names["xid8"] = TransactionId


class EventRow(Identified, table=True):
    """A domain event. Readers order by (`writer`, `id`) below the oldest running transaction, so none is lost."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_feed", "organization_id", "writer", "id"),)
    personal_data: ClassVar[str] = "ids of workers in facts about them, no names; kept 13 months"

    type: str = Field(max_length=64)
    subject_id: UUID
    occurred_at: datetime = instant()
    writer: int = Field(
        default=None, sa_type=TransactionId, sa_column_kwargs={"server_default": text("pg_current_xact_id()")}, nullable=False
    )
    data: dict[str, Any] = document()


class IdempotencyKeyRow(Table, table=True):
    """The stored answer to an Idempotency-Key."""

    __tablename__ = "idempotency_key"
    __table_args__ = (Index("ix_idempotency_key_age", "created_at"),)
    personal_data: ClassVar[str] = "the answer a caller got, which may name workers; removed after 30 days"

    principal_id: UUID = Field(primary_key=True)
    route: str = Field(primary_key=True, max_length=200)
    key: str = Field(primary_key=True, max_length=200)
    fingerprint: bytes
    status: int
    media_type: str = Field(max_length=100)
    headers: dict[str, str] = document()
    body: bytes
    created_at: datetime = instant()
