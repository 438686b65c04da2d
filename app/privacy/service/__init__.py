"""Use cases of privacy: erase a person with four eyes, and show people everything that is kept of them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import BadRequest, Conflict, Forbidden, NotFound
from app.core.events import publish
from app.core.pages import Page
from app.paytime import service as paytime
from app.people import service as people
from app.privacy.domain import ERASURE, Erasure, ErasureStatus, Ground
from app.privacy.events import WorkerErased
from app.privacy.store import erasing as store
from app.privacy.store import showing


def _must_rule(tx: ReadTransaction) -> None:
    """Erasing is for admins of the whole organization: data of a person lie at every site."""
    if not tx.caller.holds(ERASURE.roles, ()):
        raise Forbidden("Only an admin of the whole organization erases a person.")


async def _left(tx: ReadTransaction, worker_id: UUID) -> Any:
    """Somebody who may be erased. Raises NotFound, and Conflict while they work here or their pay is not settled."""
    worker = await people.worker(tx, worker_id)
    if worker.status == "active":
        raise Conflict("Take the worker out of service first: POST /v1/workers/{id}/deactivate.", code="still_active")
    if await store.unsettled(tx, worker_id):
        raise Conflict("Close and export the pay periods that hold this worker's time first.", code="pay_not_settled")
    return worker


async def ask(tx: WriteTransaction, erasure_id: UUID, worker_id: UUID, ground: Ground) -> Erasure:
    """Ask for the erasure of somebody who left; another admin has to confirm it. Asking again answers the same.

    Raises NotFound, Forbidden for admins of a part, and Conflict while the person works here or is not settled.
    """
    _must_rule(tx)
    await _left(tx, worker_id)
    await store.lock(tx, worker_id)
    known = await store.of_worker(tx, worker_id)
    if known is not None:
        return known
    if not await store.ask(tx, erasure_id, worker_id, ground):
        raise Conflict("This id is taken.", code="id_taken")
    return await _known(tx, erasure_id)


async def _known(tx: ReadTransaction, erasure_id: UUID) -> Erasure:
    found = await store.one(tx, erasure_id)
    if found is None:
        raise NotFound
    return found


async def page(tx: ReadTransaction, asked: Page) -> Sequence[Erasure]:
    """Every erasure, one more than the page shows."""
    _must_rule(tx)
    return await store.page(tx, asked)


async def confirm(tx: WriteTransaction, erasure_id: UUID) -> Erasure:
    """Erase for good what another admin asked for; repeating it changes nothing.

    Raises NotFound, Forbidden for whoever asked, and Conflict when the person works here again or is not settled.
    """
    _must_rule(tx)
    found = await _known(tx, erasure_id)
    await store.lock(tx, found.worker_id)
    found = await _known(tx, erasure_id)
    if found.status is ErasureStatus.DONE:
        return found
    worker = await _left(tx, found.worker_id)
    if not await store.confirm(tx, erasure_id):
        raise Forbidden("Another admin has to confirm what you asked for.", code="four_eyes")
    await paytime.forget_person(tx, found.worker_id)
    await store.erase(tx, erasure_id, found.worker_id, worker.display_name)
    await publish(tx, WorkerErased(subject_id=found.worker_id))
    return await _known(tx, erasure_id)


async def withdraw(tx: WriteTransaction, erasure_id: UUID) -> None:
    """Take back an erasure that nobody confirmed. Raises NotFound, and Conflict once it is done."""
    _must_rule(tx)
    await _known(tx, erasure_id)
    if not await store.withdraw(tx, erasure_id):
        raise Conflict("What was erased does not come back.", code="erased")


async def own_data(tx: ReadTransaction, place: tuple[str, str], limit: int) -> list[tuple[str, str, dict[str, Any]]]:
    """Everything kept of the caller after a place: table, key and row, one more than `limit`. Raises BadRequest, NotFound."""
    if tx.caller.worker_id is None:
        raise NotFound
    table, after = place
    if table and table not in showing.NAMES:
        raise BadRequest("The cursor is not one of ours.", code="malformed_cursor")
    found: list[tuple[str, str, dict[str, Any]]] = []
    for name in showing.NAMES[showing.NAMES.index(table) if table else 0 :]:
        wanted = limit + 1 - len(found)
        rows = await showing.rows(tx, name, tx.caller.worker_id, after if name == table else "", wanted)
        found += [(name, key, row) for key, row in rows]
        if len(found) > limit:
            break
    return found
