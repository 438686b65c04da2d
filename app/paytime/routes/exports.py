"""Routes of the payroll file."""

from typing import Any

from fastapi import APIRouter, Response

from app.core.access import allow
from app.core.db import Watched
from app.paytime import service
from app.paytime.domain import PAY_EXPORT
from app.paytime.routes.parameters import FirstDate, LastDate, OfSite
from app.paytime.schemas.exports import PayrollTotalsOut

router = APIRouter(prefix="/v1", tags=["pay time"])
CSV: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "The payroll file."}
}


@router.get("/pay-exports", summary="Export paid learning time for payroll", response_class=Response, responses=CSV)
@allow(PAY_EXPORT)
async def export_pay_time(tx: Watched, first: FirstDate, last: LastDate, site_id: OfSite = None) -> Response:
    file = await service.payroll_file(tx, service.period(tx, first, last), site_id)
    name = f"pay-{first.isoformat()}-{last.isoformat()}.csv"
    return Response(file, media_type="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.get("/pay-exports/totals", summary="Sum what the payroll file holds")
@allow(PAY_EXPORT)
async def pay_export_totals(tx: Watched, first: FirstDate, last: LastDate, site_id: OfSite = None) -> PayrollTotalsOut:
    return PayrollTotalsOut.model_validate(await service.payroll_totals(tx, service.period(tx, first, last), site_id))
