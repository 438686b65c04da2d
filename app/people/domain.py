"""Values and rules of people and place."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from app.core.access import Caller, Grant, Policy, Role

EVERYBODY = frozenset(Role)
SEE = frozenset({Role.SUPERVISOR, Role.ADMIN, Role.LEARNING_MANAGER, Role.PAYROLL, Role.AUTHOR})

PLACES_READ = Policy("places.read", EVERYBODY, own=True, scope="people:read")
PLACES_WRITE = Policy("places.write", frozenset({Role.ADMIN}), scope="people:write")
WORKERS_READ = Policy("workers.read", frozenset({Role.SUPERVISOR, Role.ADMIN}), own=True, scope="people:read")
WORKERS_WRITE = Policy("workers.write", frozenset({Role.ADMIN}), scope="people:write")
WORKERS_CONTACT = Policy("workers.contact", frozenset({Role.ADMIN}), own=True, scope="people:read")
ROLES_WRITE = Policy("roles.write", frozenset({Role.ADMIN}))
ME = Policy("me", own=True)
ME_READ = Policy("me.read", own=True, temporary=True)


class PlaceKind(StrEnum):
    """The kinds of place, from the widest to the narrowest, and the crews that stand at them."""

    SITE = "site"
    AREA = "area"
    WORK_CENTER = "work_center"
    STATION = "station"
    CREW = "crew"


# Which columns of a place name a place above it.
PARENTS = {"site_id": PlaceKind.SITE, "area_id": PlaceKind.AREA, "work_center_id": PlaceKind.WORK_CENTER}


@dataclass(frozen=True, slots=True)
class Node:
    """A place in the tree: itself and everything above it below the organization, and the site it belongs to."""

    id: UUID
    kind: str
    site_id: UUID
    path: tuple[UUID, ...]


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


@dataclass(frozen=True, slots=True)
class WorkerRecord:
    """All that is kept about a worker, with today's crews."""

    id: UUID
    site_id: UUID
    number: str
    display_name: str
    languages: list[str]
    job_role: str | None
    email: str | None
    phone: str | None
    status: str
    employed_from: date | None
    employed_until: date | None
    version: int
    crew_ids: list[UUID]
    place_ids: list[UUID]

    @property
    def nodes(self) -> tuple[UUID, ...]:
        """Site, crews and their places: whoever holds a role on one of these reaches this worker."""
        return (self.site_id, *self.crew_ids, *self.place_ids)

    @property
    def is_active(self) -> bool:
        """Whether the worker is employed now."""
        return self.status == "active"

    def as_seen_by(self, caller: Caller) -> "WorkerRecord":
        """The record without contact details unless the caller is the worker or keeps the worker's record."""
        seen = WORKERS_CONTACT.reaches(caller, self.nodes, self.id)
        return self if seen else replace(self, email=None, phone=None)


def may_grant(caller: Caller, role: Role, node: Node, denied: Iterable[Node]) -> bool:
    """Nobody grants what they lack: the caller must hold the role on the node and be denied it nowhere beneath.

    `denied` are the nodes on which the caller is denied the role.
    """
    if caller.is_system:
        return True
    return caller.holds({role}, node.path) and not any(node.id in (*below.path, caller.organization_id) for below in denied)


def denials(caller: Caller, role: Role) -> list[Grant]:
    """Where the caller is denied a role."""
    return [grant for grant in caller.grants if grant.role is role and not grant.allow]


@dataclass(frozen=True, slots=True)
class Membership:
    """A worker in a crew from a day to a day, both inclusive; an open end means still there."""

    id: UUID
    worker_id: UUID
    crew_id: UUID
    valid_from: date
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class RoleGrant:
    """A role of a worker on a node; `allow` false is a denial."""

    id: UUID
    worker_id: UUID
    role: Role
    node_kind: str
    node_id: UUID
    allow: bool
    granted_by: UUID
