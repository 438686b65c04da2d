"""Tables of outgoing webhooks: endpoints, what each is to be sent, and the log of attempts."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlmodel import Field

from app.core.tables import Identified, document, instant, one_of, stored_enum
from app.integrations.domain import DisabledReason, EndpointStatus, MessageStatus, Outcome


def _belongs(table: str, column: str, target: str) -> ForeignKeyConstraint:
    """A foreign key whose rows go with what they belong to."""
    return ForeignKeyConstraint(
        ["organization_id", column],
        [f"{target}.organization_id", f"{target}.id"],
        name=f"fk_{table}_{column}",
        ondelete="CASCADE",
    )


class WebhookEndpointRow(Identified, table=True):
    """Where a receiver listens, what for, its sealed secrets, its health, and which job is sending just now.

    `subscribed_from` is the database snapshot of its creation: what committed before is not announced to it.
    """

    __tablename__ = "webhook_endpoint"
    __table_args__ = (one_of("status", EndpointStatus), one_of("disabled_reason", DisabledReason))
    personal_data: ClassVar[str] = "which administrator or key made it; removed with the endpoint"

    url: str = Field(max_length=2048)
    events: list[str] = document()
    description: str = Field(max_length=200)
    secret: bytes
    former_secret: bytes | None = None
    former_secret_until: datetime | None = instant(default=None, nullable=True)
    status: EndpointStatus = stored_enum()
    disabled_reason: DisabledReason | None = stored_enum(default=None, nullable=True)
    watch_started_at: datetime | None = instant(default=None, nullable=True)
    failures: int = 0
    failing_since: datetime | None = instant(default=None, nullable=True)
    subscribed_from: str
    lease: UUID | None = None
    leased_until: datetime | None = instant(default=None, nullable=True)
    created_by: UUID
    created_at: datetime = instant()
    version: int = 1


class WebhookMessageRow(Identified, table=True):
    """One event for one endpoint; its id is the `webhook-id` of every attempt, its body the signed bytes."""

    __tablename__ = "webhook_message"
    __table_args__ = (
        _belongs("webhook_message", "endpoint_id", "webhook_endpoint"),
        one_of("status", MessageStatus),
        Index("ix_webhook_message_endpoint", "organization_id", "endpoint_id", "id"),
        Index(
            "ix_webhook_message_due",
            "organization_id",
            "endpoint_id",
            "next_attempt_at",
            postgresql_where=text("status = 'waiting'"),
        ),
    )
    personal_data: ClassVar[str] = "ids of workers in facts about them, no names; kept 100 days"

    endpoint_id: UUID
    event_id: UUID
    type: str = Field(max_length=64)
    body: bytes
    status: MessageStatus = stored_enum()
    attempts: int = 0
    next_attempt_at: datetime = instant()
    created_at: datetime = instant()


class WebhookDeliveryRow(Identified, table=True):
    """One attempt and what came back; the log an administrator reads."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        _belongs("webhook_delivery", "message_id", "webhook_message"),
        one_of("status", Outcome),
        Index("ix_webhook_delivery_message", "organization_id", "message_id"),
        Index("ix_webhook_delivery_endpoint", "organization_id", "endpoint_id", "id"),
    )
    personal_data: ClassVar[str] = "the first 1 KB a receiver answered; kept 30 days"

    message_id: UUID
    endpoint_id: UUID
    type: str = Field(max_length=64)
    attempt: int
    status: Outcome = stored_enum()
    http_status: int | None = None
    milliseconds: int
    error: str | None = Field(default=None, max_length=32)
    snippet: str = Field(max_length=1024)
    at: datetime = instant()
