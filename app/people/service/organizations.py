"""Use cases of organizations."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.core.access import Role
from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import Conflict, NotFound, Stale
from app.core.events import publish
from app.core.ids import new_id
from app.core.runtime import Runtime
from app.people.domain import PLACES_WRITE, PlaceKind, RoleGrant
from app.people.events import WorkerCreated
from app.people.store import grants, places, workers


@dataclass(frozen=True, slots=True)
class NewSite:
    """The first site of an organization; `time_zone` is an IANA name."""

    code: str
    name: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class NewAdmin:
    """The person who sets an organization up."""

    number: str
    display_name: str
    languages: tuple[str, ...] = ("en",)


@dataclass(frozen=True, slots=True)
class CreatedOrganization:
    """The ids of what was created."""

    organization_id: UUID
    site_id: UUID
    admin_id: UUID


async def organization(tx: ReadTransaction) -> Any:
    """The caller's own organization."""
    found = await places.organization(tx)
    if found is None:
        raise NotFound
    return found


async def change_organization(tx: WriteTransaction, version: int, name: str | None) -> Any:
    """Rename the organization. Raises NotFound for admins of a part of it, and Stale."""
    PLACES_WRITE.must_reach(tx.caller, ())
    known = await organization(tx)
    if known.version != version:
        raise Stale
    if name is None:
        return known
    if not await places.rename_organization(tx, version, name):
        raise Stale
    return await organization(tx)


async def create_organization(runtime: Runtime, *, slug: str, name: str, site: NewSite, admin: NewAdmin) -> CreatedOrganization:
    """Open an organization with its first site and first admin. Raises Conflict when the slug is taken.

    The first admin holds every role on the whole organization, since nobody can grant what they lack.
    """
    made = CreatedOrganization(new_id(), new_id(), new_id())
    async with runtime.database.write(made.organization_id) as tx:
        if not await grants.open_organization(tx, slug, name):
            raise Conflict("Another organization has this slug.", code="slug_taken")
        values = {"id": made.site_id, "code": site.code, "name": site.name, "time_zone": site.time_zone}
        await places.add(tx, PlaceKind.SITE, values)
        await _first_admin(tx, made, admin)
    return made


async def _first_admin(tx: WriteTransaction, made: CreatedOrganization, admin: NewAdmin) -> None:
    person = {
        "id": made.admin_id,
        "site_id": made.site_id,
        "number": admin.number,
        "display_name": admin.display_name,
        "languages": list(admin.languages),
    }
    await workers.add(tx, [person])
    await publish(tx, WorkerCreated(subject_id=made.admin_id, site_id=made.site_id))
    for role in Role:
        if role is not Role.WORKER:
            whole = made.organization_id
            await grants.add(tx, RoleGrant(new_id(), made.admin_id, role, "organization", whole, True, made.admin_id))
