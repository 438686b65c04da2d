"""What is open, what is learned, and whether somebody is ready: for planning, for the worker, for the supervisor."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from app.catalog import service as catalog
from app.core.db import ReadTransaction
from app.learning.domain.timing import DUE_SOON
from app.learning.domain.values import READINESS, Assigned, ItemStatus, OpenItem, Readiness, readiness
from app.learning.service import content
from app.learning.store import assignments as store
from app.people import service as people

LATEST = datetime(9999, 1, 1, tzinfo=UTC)


async def open_items(tx: ReadTransaction, worker_ids: Sequence[UUID]) -> list[OpenItem]:
    """What each worker still has to learn, one item a content, started first, then by urgency.

    One statement beside the catalog's own. An item keeps the version it was started on, even a retired one; content
    that was retired before its worker started is left out.
    """
    published = await catalog.published(tx)
    rows = await store.open_assigned(tx, worker_ids, tx.now.date())
    offered = {(kind, key): (item.hash, item.seconds, item.prerequisites) for (kind, key), item in published.items()}
    chosen: dict[tuple[UUID, str, str], OpenItem] = {}
    for assigned, learned in sorted(rows, key=lambda row: urgency(row[0])):
        served = offered.get((assigned.kind, assigned.key)) or await _retired(tx, assigned)
        place = (assigned.worker_id, assigned.kind, assigned.key)
        if served is None or place in chosen:
            continue
        current_hash, seconds, prerequisites = served
        chosen[place] = OpenItem(
            assignment_id=assigned.assignment_id,
            worker_id=assigned.worker_id,
            kind=assigned.kind,
            key=assigned.key,
            hash=assigned.hash or current_hash,
            seconds=seconds,
            mandatory=assigned.mandatory,
            due_at=assigned.due_at,
            priority=assigned.priority,
            prerequisites_open=tuple(key for key in prerequisites if key not in learned),
        )
    return list(chosen.values())


async def _retired(tx: ReadTransaction, assigned: Assigned) -> tuple[str, int, tuple[str, ...]] | None:
    """What a started item is made of when its content is no longer on offer: it may be finished, without conditions."""
    if assigned.hash is None:
        return None
    found = await content.versions(tx, [(assigned.kind, assigned.hash)])
    version = found.get((assigned.kind, assigned.hash))
    return None if version is None else (assigned.hash, version.seconds, ())


def urgency(item: Assigned) -> tuple[bool, bool, datetime, int, UUID]:
    """Sort key: started first, then mandatory, then the nearest due date, then the highest priority."""
    started = item.status is ItemStatus.STARTED
    return (not started, not item.mandatory, item.due_at or LATEST, -item.priority, item.assignment_id)


async def completed_keys(tx: ReadTransaction, worker_ids: Sequence[UUID]) -> dict[UUID, set[tuple[str, str]]]:
    """(kind, key) of everything each worker completed at least once; workers without any have an empty set."""
    found: dict[UUID, set[tuple[str, str]]] = {worker_id: set() for worker_id in worker_ids}
    for worker_id, kind, key in await store.completed(tx, worker_ids):
        found[worker_id].add((kind, key))
    return found


async def begun_since(tx: ReadTransaction, worker_ids: Sequence[UUID], since: datetime) -> set[tuple[UUID, str, str]]:
    """(worker, kind, key) of every attempt or run that was begun at or after an instant, finished or not."""
    return {(row.worker_id, row.kind, row.key) for row in await store.begun(tx, worker_ids, since)}


async def my_assignments(tx: ReadTransaction, after: UUID, limit: int) -> list[Assigned]:
    """The caller's own assignments, open, started and completed, by assignment id."""
    return await store.assigned(tx, content.own_worker(tx), after=after, limit=limit)


async def worker_readiness(tx: ReadTransaction, worker_id: UUID, after: UUID, limit: int) -> list[tuple[Assigned, Readiness]]:
    """Ready, not ready or due for each assignment of one worker, and nothing else. Raises NotFound outside reach."""
    worker = await people.worker(tx, worker_id)
    READINESS.must_reach(tx.caller, worker.nodes, worker_id)
    soon = tx.now + DUE_SOON
    rows = await store.assigned(tx, worker_id, after=after, limit=limit)
    return [(row, readiness(row.status, row.due_at, soon)) for row in rows]
