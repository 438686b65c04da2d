"""Tables of skills."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from app.core.tables import Table, instant
from app.people.models import parent


class WorkerSkillRow(Table, table=True):
    """Somebody is qualified for a skill, up to and including a day."""

    __tablename__ = "worker_skill"
    __table_args__ = (parent("worker_skill", "worker_id", "worker"),)
    personal_data: ClassVar[str] = "what a worker is qualified for; erased with the worker"

    worker_id: UUID = Field(primary_key=True)
    skill: str = Field(primary_key=True, max_length=64)
    valid_until: date | None = None
    created_at: datetime = instant()


class SkillMinimumRow(Table, table=True):
    """So many people with a skill must stay at a work center at every moment."""

    __tablename__ = "skill_minimum"
    __table_args__ = (
        parent("skill_minimum", "work_center_id", "work_center"),
        CheckConstraint("minimum > 0", name="minimum"),
    )
    personal_data: ClassVar[str] = "none"

    work_center_id: UUID = Field(primary_key=True)
    skill: str = Field(primary_key=True, max_length=64)
    minimum: int
    created_at: datetime = instant()
