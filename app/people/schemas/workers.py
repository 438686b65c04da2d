"""Shapes of workers, memberships, roles and one's own profile."""

from datetime import date
from typing import Annotated, ClassVar, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.core.access import Role
from app.core.schemas import CalendarDate, Code, Flag, Id, Input, Language, Name, Output, Patch
from app.people.models import WorkerStatus
from app.people.schemas.parts import EachOnce, Email, Phone
from app.people.schemas.places import example

Languages = Annotated[list[Language], Field(min_length=1, max_length=20), EachOnce]
SITE = "0190f5d0-0000-7000-8000-000000000001"
CREW = "0190f5d0-0000-7000-8000-000000000003"
WORKER = "0190f5d0-0000-7000-8000-000000000004"


class WorkerCreate(Input):
    """A new worker. `languages` has the preferred one first; an e-mail address is not needed."""

    model_config = example(site_id=SITE, number="0815", display_name="Ada Berg", languages=["de", "en"], job_role="filler")

    id: Id | None = None
    site_id: Id
    number: Code
    display_name: Name
    languages: Languages = Field(default_factory=lambda: ["en"])
    job_role: Code | None = None
    email: Email | None = None
    phone: Phone | None = None
    employed_from: CalendarDate | None = None
    employed_until: CalendarDate | None = None


class WorkerPatch(Patch):
    """What may change about a worker; leaving and coming back have addresses of their own."""

    model_config = example(job_role="shift_lead")
    clearable: ClassVar[frozenset[str]] = frozenset({"job_role", "email", "phone", "employed_from", "employed_until"})

    site_id: Id | None = None
    number: Code | None = None
    display_name: Name | None = None
    languages: Languages | None = None
    job_role: Code | None = None
    email: Email | None = None
    phone: Phone | None = None
    employed_from: CalendarDate | None = None
    employed_until: CalendarDate | None = None


class WorkerOut(Output):
    """A worker with today's crews; `email` and `phone` are null for callers who do not keep the record."""

    id: UUID
    site_id: UUID
    number: str
    display_name: str
    languages: list[str]
    job_role: str | None
    email: str | None
    phone: str | None
    status: WorkerStatus
    employed_from: date | None
    employed_until: date | None
    crew_ids: list[UUID]
    version: int


class MembershipCreate(Input):
    """A worker joins a crew; both days are inclusive, no last day means until further notice."""

    model_config = example(crew_id=CREW, valid_from="2026-03-01")

    id: Id | None = None
    crew_id: Id
    valid_from: CalendarDate
    valid_until: CalendarDate | None = None


class MembershipEnd(Input):
    """The last day of a membership."""

    model_config = example(valid_until="2026-06-30")

    valid_until: CalendarDate


class MembershipOut(Output):
    """A worker in a crew from a day to a day."""

    id: UUID
    worker_id: UUID
    crew_id: UUID
    valid_from: date
    valid_until: date | None


class MembershipsOut(Output):
    """Every membership of one worker, by date."""

    items: list[MembershipOut]


class RoleGrantCreate(Input):
    """A role on a node: the organization, a site, an area, a work center or a crew. `allow` false denies it, and wins."""

    model_config = example(worker_id=WORKER, role="supervisor", node_id=SITE)

    id: Id | None = None
    worker_id: Id
    role: Role
    node_id: Id
    allow: Flag = True

    @model_validator(mode="after")
    def refuse_worker(self) -> Self:
        """Everybody employed is a worker; it cannot be granted or denied."""
        if self.role is Role.WORKER:
            raise ValueError("every active person is a worker already")
        return self


class RoleGrantOut(Output):
    """A role of a worker on a node of the tree."""

    id: UUID
    worker_id: UUID
    role: Role
    node_kind: str
    node_id: UUID
    allow: bool
    granted_by: UUID


class OwnRoleOut(Output):
    """A role one holds, or is denied, on a node."""

    role: Role
    node_id: UUID
    allow: bool


class MeOut(Output):
    """One's own profile, with the site's time zone that local times are shown in."""

    id: UUID
    organization_id: UUID
    number: str
    display_name: str
    languages: list[str]
    job_role: str | None
    email: str | None
    phone: str | None
    site_id: UUID
    site_name: str
    time_zone: str
    crew_ids: list[UUID]
    roles: list[OwnRoleOut]
    version: int


class MePatch(Patch):
    """What a person may change about themself."""

    model_config = example(languages=["es", "en"])

    languages: Languages | None = None
