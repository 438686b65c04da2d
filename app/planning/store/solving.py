"""Statements about plans while they are solved: who works on one, until when, and how far it is."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.core.db import ReadTransaction, WriteTransaction
from app.core.jsonb import as_json
from app.planning.store.plans import HEAD

TAKE = text(
    "update plan set lease_by = :by, lease_until = :until, attempts = attempts + 1, phase = 'reading' "  # noqa: S608  # constant columns
    "where organization_id = :organization_id and id = :id and status = 'solving' and (lease_until is null or lease_until < :now) "
    f"returning {HEAD}"
)
BEAT = text(
    "update plan set phase = :phase, progress = cast(:progress as jsonb), lease_until = :until "
    "where organization_id = :organization_id and id = :id and status = 'solving' and lease_by = :by"
)
GIVE_BACK = text(
    "update plan set lease_by = null, lease_until = cast(:now as timestamptz) - interval '1 second', phase = 'waiting' "
    "where organization_id = :organization_id and id = :id and status = 'solving' and lease_by = :by"
)
FORGOTTEN = text(
    "select id from plan where organization_id = :organization_id and status = 'solving' "
    "and (lease_until < :now or (lease_until is null and created_at < :unheard)) order by id"
)
CANCEL = text(
    "update plan set status = 'cancelled', phase = 'done', lease_until = null, solved_at = :now, version = version + 1 "
    "where organization_id = :organization_id and id = :id and status = 'solving'"
)
PROGRESS = text(
    "select id, status, phase, progress, failure, placed, unplaced, version from plan "
    "where organization_id = :organization_id and id = :id"
)


async def take(tx: WriteTransaction, plan_id: UUID, by: UUID, until: datetime) -> Row[Any] | None:
    """Take a plan that waits and that nobody holds; None when it is solved, given up or held."""
    return await tx.row(TAKE, id=plan_id, by=by, until=until, now=tx.now)


async def beat(tx: WriteTransaction, plan_id: UUID, by: UUID, phase: str, progress: Any, until: datetime) -> bool:
    """Write down how far a plan is and hold it longer; false when it is no longer solved, or held by another."""
    return bool(await tx.run(BEAT, id=plan_id, by=by, phase=phase, progress=as_json(progress), until=until))


async def give_back(tx: WriteTransaction, plan_id: UUID, by: UUID) -> None:
    """Let go of a plan that was not solved."""
    await tx.run(GIVE_BACK, id=plan_id, by=by, now=tx.now)


async def forgotten(tx: ReadTransaction, now: datetime, unheard: datetime) -> list[UUID]:
    """Plans that wait although nobody holds them."""
    return [row.id for row in await tx.rows(FORGOTTEN, now=now, unheard=unheard)]


async def cancel(tx: WriteTransaction, plan_id: UUID) -> bool:
    """Stop a plan that is being solved; false when it is not."""
    return bool(await tx.run(CANCEL, id=plan_id, now=tx.now))


async def progress(tx: ReadTransaction, plan_id: UUID) -> Row[Any] | None:
    """How far one plan is."""
    return await tx.row(PROGRESS, id=plan_id)
