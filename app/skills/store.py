"""Every statement about skills."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, text

from app.core.db import ReadTransaction, WriteTransaction

OF_WORKERS = text(
    "select worker_id, skill, valid_until from worker_skill where organization_id = :organization_id "
    "and worker_id = any(cast(:workers as uuid[])) "
    "and (cast(:day as date) is null or valid_until is null or valid_until >= :day) order by worker_id, skill"
)
MINIMUMS = text(
    "select work_center_id, skill, minimum from skill_minimum where organization_id = :organization_id "
    "and work_center_id = any(cast(:centers as uuid[])) order by work_center_id, skill"
)
# Whoever replaces a list takes turns on the thing it belongs to, or two lists would end up mixed.
LOCK = text("select pg_advisory_xact_lock(hashtextextended(cast(cast(:thing as uuid) as text), 37))")
FORGET_SKILLS = text(
    "delete from worker_skill where organization_id = :organization_id and worker_id = :thing and not skill = any(cast(:skills as text[]))"
)
KEEP_SKILLS = text(
    "insert into worker_skill (organization_id, worker_id, skill, valid_until, created_at) "
    "select :organization_id, :thing, s.skill, s.valid_until, :now from jsonb_to_recordset(cast(:items as jsonb)) as s(skill text, "
    "valid_until date) on conflict (organization_id, worker_id, skill) do update set valid_until = excluded.valid_until"
)
FORGET_MINIMUMS = text(
    "delete from skill_minimum where organization_id = :organization_id and work_center_id = :thing "
    "and not skill = any(cast(:skills as text[]))"
)
KEEP_MINIMUMS = text(
    "insert into skill_minimum (organization_id, work_center_id, skill, minimum, created_at) "
    "select :organization_id, :thing, s.skill, s.minimum, :now from jsonb_to_recordset(cast(:items as jsonb)) as s(skill text, "
    "minimum int) on conflict (organization_id, work_center_id, skill) do update set minimum = excluded.minimum"
)


async def of_workers(tx: ReadTransaction, workers: Sequence[UUID], day: date | None) -> Sequence[Row[Any]]:
    """Skills of workers; with a day only those that are valid on it."""
    return await tx.rows(OF_WORKERS, workers=list(workers), day=day)


async def minimums(tx: ReadTransaction, centers: Sequence[UUID]) -> Sequence[Row[Any]]:
    """How many qualified people each work center needs, by skill."""
    return await tx.rows(MINIMUMS, centers=list(centers))


async def replace_skills(tx: WriteTransaction, worker_id: UUID, items: Sequence[dict[str, Any]]) -> None:
    """Let a worker have these skills and no others, while others take turns."""
    await _replace(tx, worker_id, items, FORGET_SKILLS, KEEP_SKILLS)


async def replace_minimums(tx: WriteTransaction, work_center_id: UUID, items: Sequence[dict[str, Any]]) -> None:
    """Let a work center need these skills and no others, while others take turns."""
    await _replace(tx, work_center_id, items, FORGET_MINIMUMS, KEEP_MINIMUMS)


async def take_turns(tx: WriteTransaction, thing: UUID) -> None:
    """Wait until nobody else is replacing a list of this worker or work center; what is read afterwards is what is replaced."""
    await tx.rows(LOCK, thing=thing)


async def _replace(tx: WriteTransaction, thing: UUID, items: Sequence[dict[str, Any]], forget: Any, keep: Any) -> None:
    await tx.run(forget, thing=thing, skills=[item["skill"] for item in items])
    await tx.run(keep, thing=thing, items=orjson.dumps(list(items)).decode(), now=tx.now)
