"""Tables of people and place."""

from datetime import date, datetime, time
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from app.core.access import Role
from app.core.tables import Identified, Table, document, instant, one_of, stored_enum


class WorkerStatus(StrEnum):
    """Whether a worker is employed now."""

    ACTIVE = "active"
    INACTIVE = "inactive"


class NodeKind(StrEnum):
    """Levels of the tree that roles are granted on."""

    ORGANIZATION = "organization"
    SITE = "site"
    AREA = "area"
    WORK_CENTER = "work_center"
    CREW = "crew"


def parent(table: str, column: str, target: str) -> ForeignKeyConstraint:
    """A foreign key within the organization."""
    return ForeignKeyConstraint(
        ["organization_id", column], [f"{target}.organization_id", f"{target}.id"], name=f"fk_{table}_{column}"
    )


class OrganizationRow(Table, table=True):
    """A tenant."""

    __tablename__ = "organization"
    __table_args__ = (UniqueConstraint("slug"),)
    personal_data: ClassVar[str] = "none"

    slug: str = Field(max_length=64)
    name: str = Field(max_length=200)
    settings: dict[str, object] = document()
    created_at: datetime = instant()
    version: int = 1


class SiteRow(Identified, table=True):
    """A plant, warehouse, hospital or shop, with its time zone."""

    __tablename__ = "site"
    __table_args__ = (UniqueConstraint("organization_id", "code"),)
    personal_data: ClassVar[str] = "none"

    code: str = Field(max_length=64)
    name: str = Field(max_length=200)
    time_zone: str = Field(max_length=64)
    country: str | None = Field(default=None, max_length=2)
    workday_starts: time = time(0, 0)
    created_at: datetime = instant()
    version: int = 1


class AreaRow(Identified, table=True):
    """A part of a site."""

    __tablename__ = "area"
    __table_args__ = (UniqueConstraint("organization_id", "site_id", "code"), parent("area", "site_id", "site"))
    personal_data: ClassVar[str] = "none"

    site_id: UUID
    code: str = Field(max_length=64)
    name: str = Field(max_length=200)
    created_at: datetime = instant()
    version: int = 1


class WorkCenterRow(Identified, table=True):
    """A line, cell, ward or department; `minimum_staying` is the smallest headcount it runs with."""

    __tablename__ = "work_center"
    __table_args__ = (
        UniqueConstraint("organization_id", "site_id", "code"),
        parent("work_center", "site_id", "site"),
        parent("work_center", "area_id", "area"),
        CheckConstraint("minimum_staying >= 0", name="minimum_staying"),
    )
    personal_data: ClassVar[str] = "none"

    site_id: UUID
    area_id: UUID | None = None
    code: str = Field(max_length=64)
    name: str = Field(max_length=200)
    kind: str = Field(default="line", max_length=32)
    minimum_staying: int = 0
    tablets: int = 0
    created_at: datetime = instant()
    version: int = 1


class StationRow(Identified, table=True):
    """A place at a work center where somebody works or a tablet hangs."""

    __tablename__ = "station"
    __table_args__ = (
        UniqueConstraint("organization_id", "work_center_id", "code"),
        parent("station", "work_center_id", "work_center"),
    )
    personal_data: ClassVar[str] = "none"

    work_center_id: UUID
    code: str = Field(max_length=64)
    name: str = Field(max_length=200)
    has_tablet: bool = False
    created_at: datetime = instant()
    version: int = 1


class CrewRow(Identified, table=True):
    """People who rotate together, usually at one work center."""

    __tablename__ = "crew"
    __table_args__ = (
        UniqueConstraint("organization_id", "site_id", "code"),
        parent("crew", "site_id", "site"),
        parent("crew", "work_center_id", "work_center"),
    )
    personal_data: ClassVar[str] = "none"

    site_id: UUID
    work_center_id: UUID | None = None
    code: str = Field(max_length=64)
    name: str = Field(max_length=200)
    created_at: datetime = instant()
    version: int = 1


class WorkerRow(Identified, table=True):
    """Somebody who works here. Nothing but a name, a number and a home site is required."""

    __tablename__ = "worker"
    __table_args__ = (
        UniqueConstraint("organization_id", "number"),
        parent("worker", "site_id", "site"),
        one_of("status", WorkerStatus),
        Index("ix_worker_site", "organization_id", "site_id", "id"),
    )
    personal_data: ClassVar[str] = "name, number, languages, optional e-mail and phone; erased 2 years after leaving"

    site_id: UUID
    number: str = Field(max_length=64)
    display_name: str = Field(max_length=200)
    languages: list[str] = Field(sa_type=ARRAY(Text))
    email: str | None = Field(default=None, max_length=254)
    phone: str | None = Field(default=None, max_length=32)
    job_role: str | None = Field(default=None, max_length=64)
    status: WorkerStatus = stored_enum(default=WorkerStatus.ACTIVE)
    employed_from: date | None = None
    employed_until: date | None = None
    created_at: datetime = instant()
    version: int = 1


class MembershipRow(Identified, table=True):
    """A worker in a crew from a day to a day; both inclusive, an open end means still there."""

    __tablename__ = "membership"
    __table_args__ = (
        parent("membership", "worker_id", "worker"),
        parent("membership", "crew_id", "crew"),
        CheckConstraint("valid_until is null or valid_until >= valid_from", name="dates"),
        Index("ix_membership_worker", "organization_id", "worker_id"),
        Index("ix_membership_crew", "organization_id", "crew_id"),
    )
    personal_data: ClassVar[str] = "which crew a worker belongs to; erased with the worker"

    worker_id: UUID
    crew_id: UUID
    valid_from: date
    valid_until: date | None = None
    created_at: datetime = instant()


class RoleGrantRow(Identified, table=True):
    """A role of a worker on a node of the tree; `allow` false is a denial, which wins."""

    __tablename__ = "role_grant"
    __table_args__ = (
        UniqueConstraint("organization_id", "worker_id", "role", "node_id"),
        parent("role_grant", "worker_id", "worker"),
        one_of("role", Role),
        one_of("node_kind", NodeKind),
    )
    personal_data: ClassVar[str] = "roles of a worker; erased with the worker"

    worker_id: UUID
    role: Role = stored_enum()
    node_kind: NodeKind = stored_enum()
    node_id: UUID
    allow: bool = True
    granted_by: UUID
    created_at: datetime = instant()


class ExternalIdRow(Table, table=True):
    """What another system calls one of our things."""

    __tablename__ = "external_id"
    __table_args__ = (Index("ix_external_id_thing", "organization_id", "kind", "thing_id"),)
    personal_data: ClassVar[str] = "identifiers of workers in other systems; erased with the worker"

    kind: str = Field(primary_key=True, max_length=32)
    source: str = Field(primary_key=True, max_length=64)
    external_id: str = Field(primary_key=True, max_length=128)
    thing_id: UUID
    created_at: datetime = instant()
