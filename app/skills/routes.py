"""Routes of skills."""

from collections.abc import Sequence

from fastapi import APIRouter

from app.core.access import allow
from app.core.db import Read, Tx
from app.core.schemas import Id
from app.skills import schemas as shapes
from app.skills import service
from app.skills.domain import MINIMUMS_READ, MINIMUMS_WRITE, SKILLED_READ, SKILLED_WRITE, Qualification, SkillMinimum

router = APIRouter(prefix="/v1", tags=["skills"])


def skills_out(found: Sequence[Qualification]) -> shapes.WorkerSkillsOut:
    """Skills as they are answered."""
    return shapes.WorkerSkillsOut(items=[shapes.QualificationOut.model_validate(one) for one in found])


def minimums_out(found: Sequence[SkillMinimum]) -> shapes.SkillMinimumsOut:
    """Minimums as they are answered."""
    return shapes.SkillMinimumsOut(items=[shapes.SkillMinimumOut.model_validate(one) for one in found])


@router.get("/workers/{worker_id}/skills", summary="What a worker is qualified for")
@allow(SKILLED_READ)
async def get_worker_skills(tx: Read, worker_id: Id) -> shapes.WorkerSkillsOut:
    """Everybody sees their own."""
    return skills_out(await service.worker_skills(tx, worker_id))


@router.put("/workers/{worker_id}/skills", summary="Set what a worker is qualified for")
@allow(SKILLED_WRITE)
async def set_worker_skills(tx: Tx, worker_id: Id, body: shapes.WorkerSkillsSet) -> shapes.WorkerSkillsOut:
    """The whole list; sending it again changes nothing."""
    asked = [Qualification(one.skill, one.valid_until) for one in body.items]
    return skills_out(await service.set_worker_skills(tx, worker_id, asked))


@router.get("/work-centers/{work_center_id}/skill-minimums", summary="How many qualified people must stay")
@allow(MINIMUMS_READ)
async def get_skill_minimums(tx: Read, work_center_id: Id) -> shapes.SkillMinimumsOut:
    """Beside the minimum headcount."""
    return minimums_out(await service.skill_minimums(tx, work_center_id))


@router.put("/work-centers/{work_center_id}/skill-minimums", summary="Set how many qualified people must stay")
@allow(MINIMUMS_WRITE)
async def set_skill_minimums(tx: Tx, work_center_id: Id, body: shapes.SkillMinimumsSet) -> shapes.SkillMinimumsOut:
    """The whole list; sending it again changes nothing."""
    asked = [SkillMinimum(one.skill, one.minimum) for one in body.items]
    return minimums_out(await service.set_skill_minimums(tx, work_center_id, asked))
