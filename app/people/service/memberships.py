"""Use cases of memberships: who is in which crew on which days."""

from datetime import date
from uuid import UUID

from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import Conflict, Invalid, NotFound
from app.core.events import publish
from app.people.domain import WORKERS_READ, WORKERS_WRITE, Membership, PlaceKind
from app.people.events import WorkerUpdated
from app.people.service.records import reached
from app.people.store import places
from app.people.store import workers as store


async def of_worker(tx: ReadTransaction, worker_id: UUID) -> list[Membership]:
    """Every membership of a worker within reach, by date."""
    await reached(tx, WORKERS_READ, worker_id)
    return await store.memberships(tx, worker_id)


async def join(tx: WriteTransaction, made: Membership) -> Membership:
    """Put a worker into a crew. The same id again answers the membership as it is now.

    Raises Conflict when the worker is in that crew on one of these days.
    """
    await reached(tx, WORKERS_WRITE, made.worker_id)
    crew = (await places.nodes(tx, [made.crew_id])).get(made.crew_id)
    if crew is None or crew.kind != PlaceKind.CREW:
        raise NotFound
    WORKERS_WRITE.must_reach(tx.caller, crew.path)
    if made.valid_until is not None and made.valid_until < made.valid_from:
        raise Invalid.field("#/valid_until", "must not lie before valid_from", "reversed_dates")
    await store.lock(tx, made.worker_id)
    if not await store.join(tx, made):
        return await _repeated(tx, made)
    await publish(tx, WorkerUpdated(subject_id=made.worker_id, changed=("crews",)))
    return made


async def _repeated(tx: WriteTransaction, made: Membership) -> Membership:
    known = await store.membership(tx, made.id)
    if known is None or (known.worker_id, known.crew_id) != (made.worker_id, made.crew_id):
        raise Conflict("The worker is in this crew on one of these days.", code="already_member")
    return known


async def end(tx: WriteTransaction, membership_id: UUID, last_day: date) -> Membership:
    """End a membership after its last day. Raises NotFound, or Invalid for a day before it began."""
    known = await store.membership(tx, membership_id)
    if known is None:
        raise NotFound
    await reached(tx, WORKERS_WRITE, known.worker_id)
    if last_day < known.valid_from:
        raise Invalid.field("#/valid_until", "must not lie before valid_from", "reversed_dates")
    await store.lock(tx, known.worker_id)
    if known.valid_until is not None and last_day > known.valid_until:
        raise Conflict("It has already ended before that day: add a new membership.", code="already_ended")
    await store.leave(tx, membership_id, last_day)
    await publish(tx, WorkerUpdated(subject_id=known.worker_id, changed=("crews",)))
    return Membership(known.id, known.worker_id, known.crew_id, known.valid_from, last_day)
