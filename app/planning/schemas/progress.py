"""Shapes of a plan's progress, and of the learning time it gives each worker."""

from typing import Any
from uuid import UUID

from app.core.schemas import Output
from app.planning.domain.progress import Phase
from app.planning.models import PlanStatus


class ProtectedTimeOut(Output):
    """Learning seconds of one worker in one ISO week (`2026-W12`): used, published before, planned by this plan, and wanted."""

    worker_id: UUID
    week: str
    used_seconds: int
    published_seconds: int
    planned_seconds: int
    target_seconds: int


class ProgressOut(Output):
    """How far a plan is. `objective` and `bound` are hundredths of a point, `gap` the share of the bound that may be missing."""

    phase: Phase
    percent: int = 0
    objective: int | None = None
    bound: int | None = None
    gap: float | None = None


class PlanProgressOut(ProgressOut):
    """How far a plan is, and what became of it; `phase` is `done` once it will not change by itself any more."""

    plan_id: UUID
    status: PlanStatus
    failure: str | None
    placed: int
    unplaced: int
    version: int


def progress_out(row: Any) -> PlanProgressOut:
    """How far a plan is, as it is polled and streamed."""
    told = {name: getattr(row, name) for name in ("phase", "status", "failure", "placed", "unplaced", "version")}
    return PlanProgressOut(plan_id=row.id, **told, **row.progress)
