"""Use cases of workers."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.core.access import Policy, Role
from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import Conflict, Forbidden, NotFound, Stale
from app.core.events import publish
from app.core.ids import new_id
from app.core.pages import START, Page
from app.people.domain import ROLES_WRITE, WORKERS_READ, WORKERS_WRITE, PlaceKind, WorkerRecord
from app.people.events import WorkerCreated, WorkerDeactivated, WorkerUpdated
from app.people.models import WorkerStatus
from app.people.store import grants, places
from app.people.store import workers as store


async def page(
    tx: ReadTransaction,
    asked: Page,
    *,
    site_id: UUID | None,
    crew_id: UUID | None,
    status: WorkerStatus | None,
    q: str | None,
) -> list[WorkerRecord]:
    """Workers within the caller's reach, one more than asked for; `q` is a number's start or a part of a name."""
    filters = {"site_id": site_id, "crew_id": crew_id, "status": status, "q": q}
    found = await store.page(tx, WORKERS_READ, filters, asked.after, asked.limit + 1)
    return [record.as_seen_by(tx.caller) for record in found]


async def read(tx: ReadTransaction, worker_id: UUID) -> WorkerRecord:
    """One worker within reach, without contact details for those who do not need them. Raises NotFound."""
    return (await reached(tx, WORKERS_READ, worker_id)).as_seen_by(tx.caller)


async def reached(tx: ReadTransaction, policy: Policy, worker_id: UUID) -> WorkerRecord:
    """One worker whom the policy lets the caller reach. Raises NotFound."""
    found = await store.records(tx, ids=[worker_id])
    if not found:
        raise NotFound
    policy.must_reach(tx.caller, found[0].nodes, worker_id)
    return found[0]


async def stands_above(tx: ReadTransaction, worker_id: UUID) -> bool:
    """Whether somebody administers a node that the calling person does not: such people are not theirs to touch."""
    if tx.caller.kind != "person" or worker_id == tx.caller.worker_id:
        return False
    held = await grants.grants(tx, worker_id=worker_id, nodes=None, after=START, limit=200)
    administered = {grant.node_id for grant in held if grant.allow and grant.role is Role.ADMIN}
    known = await places.nodes(tx, sorted(administered - {tx.organization_id}))
    paths: list[tuple[UUID, ...]] = [(tx.organization_id,)] if tx.organization_id in administered else []
    paths += [known[node_id].path for node_id in administered if node_id in known]
    return not all(ROLES_WRITE.reaches(tx.caller, path) for path in paths)


async def must_not_stand_above(tx: ReadTransaction, worker_id: UUID) -> None:
    """Raise Forbidden for somebody who administers more than the caller does."""
    if await stands_above(tx, worker_id):
        raise Forbidden("This person administers places that you do not.", code="stands_above")


async def add(tx: WriteTransaction, values: Mapping[str, Any]) -> WorkerRecord:
    """Add a worker at a site the caller keeps; the same id again answers the worker as they are now."""
    await _check_site(tx, values["site_id"])
    given = {**values, "id": values.get("id") or new_id()}
    if not await store.add(tx, [given]):
        if not await store.records(tx, ids=[given["id"]]):
            raise Conflict("Another worker has this number.", code="number_taken")
        return await reached(tx, WORKERS_WRITE, given["id"])
    await publish(tx, WorkerCreated(subject_id=given["id"], site_id=given["site_id"]))
    return await reached(tx, WORKERS_WRITE, given["id"])


async def change(tx: WriteTransaction, worker_id: UUID, version: int, changes: Mapping[str, Any]) -> WorkerRecord:
    """Change a worker's record. Raises NotFound, Stale, or Conflict for a number that is taken."""
    known = await reached(tx, WORKERS_WRITE, worker_id)
    await must_not_stand_above(tx, worker_id)
    if known.version != version:
        raise Stale
    if changes.get("site_id"):
        await _check_site(tx, changes["site_id"])
    return await _changed(tx, known, changes)


async def change_languages(tx: WriteTransaction, worker_id: UUID, languages: list[str]) -> WorkerRecord:
    """A worker's own choice of languages, the preferred one first."""
    return await _changed(tx, (await store.records(tx, ids=[worker_id]))[0], {"languages": languages})


async def _changed(tx: WriteTransaction, known: WorkerRecord, changes: Mapping[str, Any]) -> WorkerRecord:
    differing = {name: value for name, value in changes.items() if getattr(known, name) != value}
    if not differing:
        return known
    number = differing.get("number")
    if number is not None and await store.records(tx, numbers=[number]):
        raise Conflict("Another worker has this number.", code="number_taken")
    if not await store.change(tx, known.id, known.version, differing):
        raise Stale
    await publish(tx, WorkerUpdated(subject_id=known.id, changed=tuple(sorted(differing))))
    return (await store.records(tx, ids=[known.id]))[0]


async def deactivate(tx: WriteTransaction, worker_id: UUID, version: int) -> WorkerRecord:
    """Take a worker out of service: they cannot sign in and are planned no more. Repeating it changes nothing."""
    known = await reached(tx, WORKERS_WRITE, worker_id)
    await must_not_stand_above(tx, worker_id)
    if not known.is_active:
        return known
    if known.version != version:
        raise Stale
    if await grants.is_last_admin(tx, worker_id):
        raise Conflict("The organization would have no admin left.", code="last_admin")
    if not await store.change(tx, worker_id, version, {"status": WorkerStatus.INACTIVE}):
        raise Stale
    await publish(tx, WorkerDeactivated(subject_id=worker_id, site_id=known.site_id))
    return await reached(tx, WORKERS_WRITE, worker_id)


async def reactivate(tx: WriteTransaction, worker_id: UUID, version: int) -> WorkerRecord:
    """Bring a worker back. Repeating it changes nothing."""
    known = await reached(tx, WORKERS_WRITE, worker_id)
    if not known.is_active and known.version != version:
        raise Stale
    return await _changed(tx, known, {"status": WorkerStatus.ACTIVE})


async def _check_site(tx: ReadTransaction, site_id: UUID) -> None:
    node = (await places.nodes(tx, [site_id])).get(site_id)
    if node is None or node.kind != PlaceKind.SITE:
        raise NotFound
    WORKERS_WRITE.must_reach(tx.caller, node.path)
