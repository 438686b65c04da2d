"""Tables of sign-in."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from app.core.tables import Identified, Table, instant, one_of, stored_enum
from app.identity.domain import SecretKind
from app.people.models import parent


class CredentialRow(Table, table=True):
    """The peppered Argon2id hash of a worker's password or PIN."""

    __tablename__ = "credential"
    __table_args__ = (parent("credential", "worker_id", "worker"), one_of("kind", SecretKind))
    personal_data: ClassVar[str] = "a hash of a worker's secret; erased when the worker leaves"

    worker_id: UUID = Field(primary_key=True)
    kind: SecretKind = stored_enum(primary_key=True)
    hash: str = Field(max_length=300)
    must_change: bool = False
    changed_at: datetime = instant()


class ThrottleRow(Table, table=True):
    """Consecutive failed sign-ins of one name from one network or from everywhere, durable over restarts.

    `key` is a keyed hash of name and network, `subject` one of the name alone, so that a reset finds them all.
    """

    __tablename__ = "sign_in_throttle"
    __table_args__ = (Index("ix_sign_in_throttle_subject", "organization_id", "subject"),)
    personal_data: ClassVar[str] = "keyed hashes of who failed to sign in and from where; removed after 24 hours"

    key: str = Field(primary_key=True, max_length=64)
    subject: str = Field(max_length=64)
    failures: int = 0
    locked_until: datetime | None = instant(default=None, nullable=True)
    last_failure_at: datetime = instant()


class KnownNetworkRow(Table, table=True):
    """A network from which somebody of the organization signed in lately; `key` is a keyed hash of it."""

    __tablename__ = "known_network"
    personal_data: ClassVar[str] = "a keyed hash of a network address, of nobody in particular; removed after 30 days"

    key: str = Field(primary_key=True, max_length=64)
    seen_at: datetime = instant()


class SessionRow(Identified, table=True):
    """One sign-in of a worker; revoking it ends every token of its family at once."""

    __tablename__ = "session"
    __table_args__ = (parent("session", "worker_id", "worker"), Index("ix_session_worker", "organization_id", "worker_id"))
    personal_data: ClassVar[str] = "when and from what kind of client a worker signed in; removed 90 days after its end"

    worker_id: UUID
    client: str = Field(max_length=100)
    temporary: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    created_at: datetime = instant()
    expires_at: datetime = instant()
    revoked_at: datetime | None = instant(default=None, nullable=True)
    revoked_reason: str | None = Field(default=None, max_length=64)


class RefreshTokenRow(Table, table=True):
    """One link of a session's refresh chain; only hashes are kept."""

    __tablename__ = "refresh_token"
    __table_args__ = (
        parent("refresh_token", "session_id", "session"),
        Index("ix_refresh_token_session", "organization_id", "session_id"),
    )
    personal_data: ClassVar[str] = "hashes of refresh tokens and of the kind of client; removed with the session"

    token_hash: bytes = Field(primary_key=True)
    session_id: UUID
    successor: bytes | None = None
    created_at: datetime = instant()
    used_at: datetime | None = instant(default=None, nullable=True)
    used_by: bytes | None = None


class ApiKeyRow(Identified, table=True):
    """A key of an integration: hashed, scoped, expiring."""

    __tablename__ = "api_key"
    __table_args__ = (UniqueConstraint("organization_id", "secret_hash"),)
    personal_data: ClassVar[str] = "none"

    name: str = Field(max_length=200)
    secret_hash: bytes
    scopes: list[str] = Field(sa_type=ARRAY(Text))
    created_by: UUID
    created_at: datetime = instant()
    expires_at: datetime = instant()
    revoked_at: datetime | None = instant(default=None, nullable=True)
    last_used_at: datetime | None = instant(default=None, nullable=True)
