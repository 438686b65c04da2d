"""Protected time that supervisors ask for: one block for each worker named, placed by the plans that follow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import Conflict, Invalid, NotFound
from app.core.events import publish
from app.core.ids import new_id
from app.people import service as people
from app.planning.events import BlockCancelled
from app.planning.policies import PLAN_READ, PLAN_WRITE
from app.planning.service.policy import site_policy
from app.planning.service.promising import keep_promises
from app.planning.service.publishing import facts
from app.planning.store import blocks as block_store
from app.planning.store import live as live_store
from app.planning.store import plans as plan_store
from app.planning.store import requests as store

# A request that names no end waits for so long.
USUAL = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class ProtectedAsked:
    """Protected time for workers, between two instants; without `seconds` as long as the site's policy says."""

    id: UUID | None
    worker_ids: tuple[UUID, ...]
    seconds: int | None
    release_at: datetime | None
    due_at: datetime | None
    priority: int


@dataclass(frozen=True, slots=True)
class ProtectedRequest:
    """A request and, by worker, the block that meets it."""

    row: Any
    blocks: Mapping[UUID, Any]


async def request_protected(tx: WriteTransaction, asked: ProtectedAsked) -> ProtectedRequest:
    """Ask for protected time; the same id again changes nothing. Raises NotFound outside reach, Invalid, Conflict."""
    found = await people.workers(tx, asked.worker_ids)
    for worker_id in asked.worker_ids:
        worker = found.get(worker_id)
        if worker is None:
            raise NotFound
        PLAN_WRITE.must_reach(tx.caller, worker.nodes)
    if len({worker.site_id for worker in found.values()}) != 1:
        raise Invalid.field("#/worker_ids", "Name workers of one site.", "other_site")
    site_id = next(iter(found.values())).site_id
    release = asked.release_at or tx.now
    due = asked.due_at or release + USUAL
    if due <= max(release, tx.now):
        raise Invalid.field("#/to", "The time for it ends after it starts, and in the future.", "order")
    seconds = asked.seconds or (await site_policy(tx, site_id)).policy.protected_block_minutes * 60
    request_id = asked.id or new_id()
    values = {"site_id": site_id, "worker_ids": sorted(set(asked.worker_ids)), "seconds": seconds, "priority": asked.priority}
    added = await store.add_protected(tx, id=request_id, release_at=release, due_at=due, **values)
    row = await store.one_protected(tx, request_id)
    if row is None or (not added and any(getattr(row, name) != value for name, value in values.items())):
        raise Conflict("Another request has this id.", code="id_taken")
    return await _shown(tx, row)


async def _shown(tx: ReadTransaction, row: Any) -> ProtectedRequest:
    blocks = await store.blocks_of(tx, [row.id])
    return ProtectedRequest(row, {block.worker_id: block for block in blocks})


async def protected_requests(tx: ReadTransaction, site_id: UUID | None, after: UUID, limit: int) -> list[ProtectedRequest]:
    """One page of requests at sites within the caller's reach."""
    nodes = tx.caller.nodes(PLAN_READ.roles) if tx.caller.kind == "person" else None
    rows = await store.protected_page(tx, None if nodes is None else await _sites(tx, nodes), site_id, after, limit)
    return [await _shown(tx, row) for row in rows]


async def _sites(tx: ReadTransaction, nodes: Sequence[UUID]) -> list[UUID]:
    """The sites that a caller's nodes are, or lie in."""
    reached = {center.site_id for center in await people.work_centers(tx) if set(center.nodes) & set(nodes)}
    return sorted(reached | set(nodes))


async def protected_request(tx: ReadTransaction, request_id: UUID) -> ProtectedRequest:
    """One request with its blocks. Raises NotFound outside the caller's reach."""
    row = await store.one_protected(tx, request_id)
    if row is None:
        raise NotFound
    found = await people.workers(tx, row.worker_ids)
    for worker in found.values():
        PLAN_READ.must_reach(tx.caller, worker.nodes)
    return await _shown(tx, row)


async def cancel_protected(tx: WriteTransaction, request_id: UUID) -> ProtectedRequest:
    """Give a request up: what is published for it and has not begun is cancelled, and its workers are told."""
    await plan_store.lock(tx)
    found = await protected_request(tx, request_id)
    for worker in (await people.workers(tx, found.row.worker_ids)).values():
        PLAN_WRITE.must_reach(tx.caller, worker.nodes)
    if await store.cancel_protected(tx, request_id):
        await give_up(tx, request_id, "Nobody asks for it any more.")
    return await protected_request(tx, request_id)


async def give_up(tx: WriteTransaction, asked_id: UUID, why: str) -> None:
    """Cancel the published blocks of something that is no longer wanted, unless they have begun."""
    found = [block for block in await store.blocks_of(tx, [asked_id]) if block.status == "scheduled"]
    ended = await block_store.by_id(tx, [block.id for block in found])
    await live_store.end_blocks(tx, [block.id for block in ended], "cancelled")
    await keep_promises(tx, ended=ended, why=why)
    await publish(tx, *(BlockCancelled(subject_id=block.id, **facts(block)) for block in ended))
