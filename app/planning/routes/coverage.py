"""The route of coverage."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from app.core.access import allow
from app.core.db import Read
from app.core.errors import Invalid
from app.core.schemas import Id, Instant
from app.planning import service
from app.planning.policies import COVERAGE_READ
from app.planning.schemas.coverage import CoverageOut, coverage_out

router = APIRouter(prefix="/v1", tags=["planning"])
LONGEST_COVERAGE = timedelta(hours=48)


@router.get("/coverage", summary="Who stays at a work center")
@allow(COVERAGE_READ)
async def get_coverage(
    tx: Read,
    work_center_id: Id,
    at: Annotated[Instant | None, Query(description="One moment; now by default.")] = None,
    start: Annotated[Instant | None, Query(alias="from", description="Start of a stretch, in steps of 5 minutes.")] = None,
    end: Annotated[Instant | None, Query(alias="to", description="End of the stretch, at most 48 hours later.")] = None,
) -> CoverageOut:
    """Heads and the minimum; at one moment also who may leave, who must stay and why, and skills that hang on one person."""
    if (start is None) != (end is None) or (at is not None and start is not None):
        raise Invalid.field("query:at", "Name either `at`, or both `from` and `to`.", "moment")
    if start is not None and end is not None and not timedelta(0) < end - start <= LONGEST_COVERAGE:
        raise Invalid.field("query:to", "`to` lies after `from`, at most 48 hours.", "order")
    return coverage_out(work_center_id, await service.coverage(tx, work_center_id, start or at or tx.now, end))
