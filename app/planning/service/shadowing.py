"""Shadowing sessions: asked for a trainee, planned as a pair, told to both."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.people import service as people
from app.planning.domain.pair_values import SessionStatus
from app.planning.domain.problem import ItemKind
from app.planning.policies import PLAN_READ, PLAN_WRITE
from app.planning.service.requesting import give_up
from app.planning.store import plans as plan_store
from app.planning.store import requests as store


@dataclass(frozen=True, slots=True)
class ShadowAsked:
    """A trainee is to learn beside a trainer at a work center: a named one, or anybody with the skill."""

    id: UUID | None
    work_center_id: UUID
    trainee_id: UUID
    trainer_id: UUID | None
    skill: str | None
    seconds: int
    release_at: datetime | None
    due_at: datetime | None
    priority: int


@dataclass(frozen=True, slots=True)
class ShadowSession:
    """A wanted session, and its two blocks once a plan with them is published."""

    row: Any
    status: SessionStatus
    trainee: Any = None
    trainer: Any = None


async def request_session(tx: WriteTransaction, asked: ShadowAsked) -> ShadowSession:
    """Ask for a session; the same id again changes nothing. Raises NotFound outside reach, Invalid, Conflict."""
    center = await people.work_center(tx, asked.work_center_id)
    PLAN_WRITE.must_reach(tx.caller, center.nodes)
    await _must_be_two(tx, asked)
    release = asked.release_at or tx.now
    if asked.due_at is not None and asked.due_at <= max(release, tx.now):
        raise Invalid.field("#/to", "The time for it ends after it starts, and in the future.", "order")
    names = ("work_center_id", "trainee_id", "trainer_id", "skill", "seconds", "priority")
    values = {name: getattr(asked, name) for name in names}
    session_id = asked.id or new_id()
    added = await store.add_session(tx, id=session_id, release_at=release, due_at=asked.due_at, **values)
    row = await store.one_session(tx, session_id)
    if row is None or (not added and any(getattr(row, name) != value for name, value in values.items())):
        raise Conflict("Another session has this id.", code="id_taken")
    (found,) = await _shown(tx, [row])
    return found


async def _must_be_two(tx: ReadTransaction, asked: ShadowAsked) -> None:
    if asked.trainer_id is None and asked.skill is None:
        raise Invalid.field("#/skill", "Name a trainer_id, or the skill a trainer must have.", "trainer")
    if asked.trainer_id == asked.trainee_id:
        raise Invalid.field("#/trainer_id", "Nobody is their own trainer.", "trainer")
    wanted = [one for one in (asked.trainee_id, asked.trainer_id) if one is not None]
    found = await people.workers(tx, wanted)
    if found.keys() != set(wanted):
        raise NotFound
    if any(worker.status != "active" for worker in found.values()):
        raise Invalid.field("#/trainee_id", "Both have to work here: one of them is no longer active.", "inactive")


async def sessions(tx: ReadTransaction, work_center_id: UUID | None, after: UUID, limit: int) -> list[ShadowSession]:
    """One page of sessions within the caller's reach."""
    nodes = tx.caller.nodes(PLAN_READ.roles) if tx.caller.kind == "person" else None
    centers = None
    if nodes is not None:
        reach = set(nodes)
        centers = [center.id for center in await people.work_centers(tx) if set(center.nodes) & reach]
    return await _shown(tx, await store.session_page(tx, centers, work_center_id, after, limit))


async def own_sessions(tx: ReadTransaction, worker_id: UUID, after: UUID, limit: int) -> list[ShadowSession]:
    """One page of the sessions in which the caller learns or shows."""
    return await _shown(tx, await store.own_sessions(tx, worker_id, after, limit))


async def session(tx: ReadTransaction, session_id: UUID) -> ShadowSession:
    """One session. Raises NotFound outside the caller's reach."""
    row = await store.one_session(tx, session_id)
    if row is None:
        raise NotFound
    PLAN_READ.must_reach(tx.caller, (await people.work_center(tx, row.work_center_id)).nodes)
    (found,) = await _shown(tx, [row])
    return found


async def cancel_session(tx: WriteTransaction, session_id: UUID) -> ShadowSession:
    """Give a session up: what is published of it and has not begun is cancelled, and both are told.

    Raises NotFound outside reach, Conflict when it has taken place.
    """
    await plan_store.lock(tx)
    found = await session(tx, session_id)
    PLAN_WRITE.must_reach(tx.caller, (await people.work_center(tx, found.row.work_center_id)).nodes)
    if found.status in (SessionStatus.STARTED, SessionStatus.DONE):
        raise Conflict(f"The session is {found.status}.", code="block_not_editable")
    if await store.cancel_session(tx, session_id):
        await give_up(tx, session_id, "Nobody asks for it any more.")
    return await session(tx, session_id)


async def _shown(tx: ReadTransaction, rows: Sequence[Any]) -> list[ShadowSession]:
    sides: dict[tuple[UUID, str], Any] = {}
    for block in await store.blocks_of(tx, [row.id for row in rows]):
        if block.status != "scheduled" or block.ends_at > tx.now:
            sides[block.assignment_id, block.kind] = block
    found = []
    for row in rows:
        trainee, trainer = sides.get((row.id, ItemKind.SHADOWING)), sides.get((row.id, ItemKind.COACHING))
        found.append(ShadowSession(row, _status(row, trainee or trainer), trainee, trainer))
    return found


def _status(row: Any, block: Any) -> SessionStatus:
    if block is not None:
        return SessionStatus.PLANNED if block.status == "scheduled" else SessionStatus(block.status)
    return SessionStatus.REQUESTED if row.cancelled_at is None else SessionStatus.CANCELLED
