"""Tables of peer assists."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field

from app.core.tables import Identified, instant, one_of, stored_enum
from app.peers.domain import LONGEST_MINUTES, AssistRole, AssistStatus
from app.people.models import parent


class PeerAssistRow(Identified, table=True):
    """Help of one worker for another. Two assists of one pair, whoever helped whom, never share time while they count."""

    __tablename__ = "peer_assist"
    __table_args__ = (
        parent("peer_assist", "helper_id", "worker"),
        parent("peer_assist", "helped_id", "worker"),
        parent("peer_assist", "work_center_id", "work_center"),
        parent("peer_assist", "site_id", "site"),
        one_of("logged_by", AssistRole),
        one_of("status", AssistStatus),
        CheckConstraint("helper_id <> helped_id", name="two_people"),
        CheckConstraint(
            f"ends_at - started_at between interval '1 minute' and interval '{LONGEST_MINUTES} minutes'", name="length"
        ),
        CheckConstraint("(status = 'logged') = (resolved_at is null)", name="resolved"),
        ExcludeConstraint(
            ("organization_id", "="),
            (text("least(helper_id, helped_id)"), "="),
            (text("greatest(helper_id, helped_id)"), "="),
            (text("tstzrange(started_at, ends_at)"), "&&"),
            using="gist",
            where=text("status in ('logged', 'confirmed')"),
            name="ex_peer_assist_overlap",
        ),
        Index("ix_peer_assist_helper", "organization_id", "helper_id", "id"),
        Index("ix_peer_assist_helped", "organization_id", "helped_id", "id"),
        Index("ix_peer_assist_center", "organization_id", "work_center_id", "started_at"),
        Index("ix_peer_assist_open", "organization_id", "expires_at", postgresql_where=text("status = 'logged'")),
    )
    personal_data: ClassVar[str] = "who helped whom with what, and a note only the two see; kept 13 months"

    helper_id: UUID
    helped_id: UUID
    logged_by: AssistRole = stored_enum()
    skill: str = Field(max_length=64)
    work_center_id: UUID
    site_id: UUID
    started_at: datetime = instant()
    ends_at: datetime = instant()
    note: str | None = Field(default=None, max_length=500)
    status: AssistStatus = stored_enum()
    created_at: datetime = instant()
    expires_at: datetime = instant()
    resolved_at: datetime | None = instant(default=None, nullable=True)
    version: int = 1
