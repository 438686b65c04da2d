"""Use cases of skills: who is qualified, and how many qualified people must stay where."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import Invalid
from app.core.events import publish
from app.people import service as people
from app.people.events import MinimumChanged, WorkerUpdated
from app.skills import store
from app.skills.domain import (
    MINIMUMS_READ,
    MINIMUMS_WRITE,
    SKILLED_READ,
    SKILLED_WRITE,
    Qualification,
    SkillMinimum,
)


async def qualified(tx: ReadTransaction, worker_ids: Sequence[UUID], day: date) -> Mapping[UUID, frozenset[str]]:
    """The skills each worker is qualified for on a day; workers without any have an empty set."""
    found: dict[UUID, set[str]] = defaultdict(set)
    for row in await store.of_workers(tx, worker_ids, day):
        found[row.worker_id].add(row.skill)
    return {worker: frozenset(found.get(worker, ())) for worker in worker_ids}


async def minimums(tx: ReadTransaction, work_center_ids: Sequence[UUID]) -> Mapping[UUID, dict[str, int]]:
    """How many people with each skill must stay at each work center; one without rules has none."""
    found: dict[UUID, dict[str, int]] = {center: {} for center in work_center_ids}
    for row in await store.minimums(tx, work_center_ids):
        found[row.work_center_id][row.skill] = row.minimum
    return found


async def worker_skills(tx: ReadTransaction, worker_id: UUID) -> list[Qualification]:
    """A worker's skills, ended ones too. Raises NotFound outside the caller's reach."""
    worker = await people.worker(tx, worker_id)
    SKILLED_READ.must_reach(tx.caller, worker.nodes, worker_id)
    return [Qualification(row.skill, row.valid_until) for row in await store.of_workers(tx, [worker_id], None)]


async def set_worker_skills(tx: WriteTransaction, worker_id: UUID, asked: Sequence[Qualification]) -> list[Qualification]:
    """Replace a worker's skills; repeating changes nothing. Raises NotFound, or Invalid for a skill named twice."""
    worker = await people.worker(tx, worker_id)
    SKILLED_WRITE.must_reach(tx.caller, worker.nodes)
    _refuse_twice([one.skill for one in asked])
    await store.take_turns(tx, worker_id)
    before = {row.skill: row.valid_until for row in await store.of_workers(tx, [worker_id], None)}
    await store.replace_skills(tx, worker_id, [{"skill": one.skill, "valid_until": one.valid_until} for one in asked])
    if before != {one.skill: one.valid_until for one in asked}:
        await publish(tx, WorkerUpdated(subject_id=worker_id, changed=("skills",)))
    return sorted(asked, key=lambda one: one.skill)


async def skill_minimums(tx: ReadTransaction, work_center_id: UUID) -> list[SkillMinimum]:
    """How many qualified people a work center needs. Raises NotFound outside the caller's reach."""
    center = await people.work_center(tx, work_center_id)
    MINIMUMS_READ.must_reach(tx.caller, center.nodes)
    return [SkillMinimum(row.skill, row.minimum) for row in await store.minimums(tx, [work_center_id])]


async def set_skill_minimums(tx: WriteTransaction, work_center_id: UUID, asked: Sequence[SkillMinimum]) -> list[SkillMinimum]:
    """Replace what a work center needs; repeating changes nothing. Raises NotFound, or Invalid for a skill named twice."""
    center = await people.work_center(tx, work_center_id)
    MINIMUMS_WRITE.must_reach(tx.caller, center.nodes)
    _refuse_twice([one.skill for one in asked])
    await store.take_turns(tx, work_center_id)
    before = {row.skill: row.minimum for row in await store.minimums(tx, [work_center_id])}
    await store.replace_minimums(tx, work_center_id, [{"skill": one.skill, "minimum": one.minimum} for one in asked])
    if before != {one.skill: one.minimum for one in asked}:
        await publish(tx, MinimumChanged(subject_id=work_center_id, work_center_id=work_center_id))
    return sorted(asked, key=lambda one: one.skill)


def _refuse_twice(skills: Sequence[str]) -> None:
    for place, skill in enumerate(skills):
        if skill in skills[:place]:
            raise Invalid.field(f"#/items/{place}/skill", "Name each skill once.", "repeated")
