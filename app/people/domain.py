"""Values and rules of people and place."""

from dataclasses import dataclass
from uuid import UUID

from app.core.access import Policy, Role

EVERYBODY = frozenset(Role)
SEE = frozenset({Role.SUPERVISOR, Role.ADMIN, Role.LEARNING_MANAGER, Role.PAYROLL, Role.AUTHOR})

PLACES_READ = Policy("places.read", EVERYBODY, own=True, scope="people:read")
PLACES_WRITE = Policy("places.write", frozenset({Role.ADMIN}), scope="people:write")
WORKERS_READ = Policy("workers.read", frozenset({Role.SUPERVISOR, Role.ADMIN}), own=True, scope="people:read")
WORKERS_WRITE = Policy("workers.write", frozenset({Role.ADMIN}), scope="people:write")
ROLES_WRITE = Policy("roles.write", frozenset({Role.ADMIN}))


@dataclass(frozen=True, slots=True)
class Site:
    """A site and its zone."""

    id: UUID
    code: str
    name: str
    time_zone: str

    @property
    def nodes(self) -> tuple[UUID, ...]:
        """The node and its ancestors below the organization, for policies."""
        return (self.id,)


@dataclass(frozen=True, slots=True)
class WorkCenter:
    """A line, cell, ward or department, with its site's zone."""

    id: UUID
    site_id: UUID
    area_id: UUID | None
    code: str
    name: str
    time_zone: str
    minimum_staying: int
    tablets: int

    @property
    def nodes(self) -> tuple[UUID, ...]:
        """The node and its ancestors below the organization, for policies."""
        return (self.id, self.site_id, *((self.area_id,) if self.area_id else ()))


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker with the crews they belong to today and the places those crews stand at."""

    id: UUID
    site_id: UUID
    number: str
    display_name: str
    languages: tuple[str, ...]
    job_role: str | None
    status: str
    crew_ids: tuple[UUID, ...]
    place_ids: tuple[UUID, ...]

    @property
    def nodes(self) -> tuple[UUID, ...]:
        """Site, crews and their places: whoever holds a role on one of these reaches this worker."""
        return (self.site_id, *self.crew_ids, *self.place_ids)
