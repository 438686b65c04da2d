"""Tables of the technical ground: events, idempotency keys, import runs, the audit trail, proofs of removal."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.types import UserDefinedType
from sqlmodel import Field

from app.core.audit.lines import Access
from app.core.tables import Identified, Table, document, instant, one_of, stored_enum


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


def _of_run(table: str) -> ForeignKeyConstraint:
    """The foreign key of a part of an import."""
    return ForeignKeyConstraint(
        ["organization_id", "run_id"], ["import_run.organization_id", "import_run.id"], name=f"fk_{table}_run_id"
    )


class ImportStatus(StrEnum):
    """How far an import is."""

    WAITING = "waiting"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"


class Verdict(StrEnum):
    """What became of one imported row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    FLAGGED = "flagged"
    REFUSED = "refused"


class ImportRunRow(Identified, table=True):
    """One import: what was sent, by whom with which rights, and how many rows met which verdict."""

    __tablename__ = "import_run"
    __table_args__ = (one_of("status", ImportStatus),)
    personal_data: ClassVar[str] = "who imported and with which roles; kept 13 months"

    kind: str = Field(max_length=32)
    source: str = Field(max_length=64)
    status: ImportStatus = stored_enum()
    dry_run: bool
    fingerprint: bytes
    mapping: dict[str, str] = document()
    options: dict[str, Any] = document()
    acting_as: dict[str, Any] = document()
    ignored_columns: list[str] = document()
    row_count: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    flagged: int = 0
    refused: int = 0
    failure: str | None = Field(default=None, max_length=500)
    created_by: UUID
    created_at: datetime = instant()
    finished_at: datetime | None = instant(default=None, nullable=True)


class ImportChunkRow(Table, table=True):
    """Rows of a large import that wait to be applied."""

    __tablename__ = "import_chunk"
    __table_args__ = (_of_run("import_chunk"),)
    personal_data: ClassVar[str] = "imported rows, which may describe workers; removed as soon as they are applied"

    run_id: UUID = Field(primary_key=True)
    number: int = Field(primary_key=True)
    rows: list[Any] = document()


class ImportReportRow(Table, table=True):
    """The verdict on one imported row."""

    __tablename__ = "import_row"
    __table_args__ = (
        _of_run("import_row"),
        one_of("verdict", Verdict),
        Index("ix_import_row_verdict", "organization_id", "run_id", "verdict", "row_number"),
    )
    personal_data: ClassVar[str] = "ids of imported workers and reasons without names; kept 13 months"

    run_id: UUID = Field(primary_key=True)
    row_number: int = Field(primary_key=True)
    verdict: Verdict = stored_enum()
    reason: str = Field(max_length=500)
    thing_id: UUID | None = None


class AuditEntryRow(Identified, table=True):
    """Who did what, when, from where and why, written in the transaction of the deed; append-only for everybody."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        one_of("access", Access),
        Index("ix_audit_entry_actor", "organization_id", "actor_id", "id"),
        Index("ix_audit_entry_subject", "organization_id", "subject_id", "id", postgresql_where=text("access = 'read'")),
    )
    personal_data: ClassVar[str] = "ids, addresses and reasons of whoever did something; kept 3 years, sign-ins 6 months"

    at: datetime = instant()
    access: Access = stored_enum()
    action: str = Field(max_length=100)
    actor_kind: str = Field(max_length=16)
    actor_id: UUID
    session_id: UUID | None = None
    subject_id: UUID | None = None
    site_id: UUID | None = None
    target: str = Field(max_length=300)
    reason: str | None = Field(default=None, max_length=500)
    digest: bytes | None = None
    address: str | None = Field(default=None, max_length=64)
    request_id: str | None = Field(default=None, max_length=64)


class RetentionProofRow(Identified, table=True):
    """That rows were removed when their time was over; each proof covers the one before, append-only for everybody."""

    __tablename__ = "retention_proof"
    __table_args__ = (UniqueConstraint("organization_id", "number"),)
    personal_data: ClassVar[str] = "none: counts, days and digests of what was removed; kept as proof"

    number: int = Field(sa_type=BigInteger)
    kind: str = Field(max_length=32)
    until: date
    removed_at: datetime = instant()
    tables: dict[str, Any] = document()
    digest: bytes
    hash: bytes
