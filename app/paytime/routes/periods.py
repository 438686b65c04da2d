"""Routes of pay calendars, periods and their files."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from app.core.access import allow
from app.core.db import Read, Tx, Watched
from app.core.http.etags import OptionalIfMatch, set_tag
from app.core.pages import Listing, Paged, listing
from app.core.schemas import Id
from app.paytime.domain.exports import MEDIA_TYPES, ExportFormat
from app.paytime.domain.periods import PERIODS_READ, PERIODS_WRITE, PeriodStatus
from app.paytime.routes.parameters import OfSite
from app.paytime.schemas.periods import (
    PayCalendarOut,
    PayCalendarPut,
    PayExportOut,
    PayExportsOut,
    PayPeriodContentOut,
    PayPeriodOut,
    PeriodApproval,
    PeriodExport,
    PeriodWorkerOut,
    by_worker,
)
from app.paytime.service import period_files, periods

router = APIRouter(prefix="/v1", tags=["pay periods"])
WithStatus = Annotated[PeriodStatus | None, Query(description="Only periods in this state.")]
FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {kind: {"schema": {"type": "string"}} for kind in sorted(set(MEDIA_TYPES.values()))},
        "description": "The file, byte for byte as it was made.",
    }
}


@router.get("/sites/{site_id}/pay-calendar", summary="Show how a site's pay periods are cut")
@allow(PERIODS_READ)
async def site_pay_calendar(tx: Read, site_id: Id, response: Response) -> PayCalendarOut:
    found = PayCalendarOut.of(await periods.calendar(tx, site_id))
    set_tag(response, found.version)
    return found


@router.put("/sites/{site_id}/pay-calendar", summary="Cut a site's pay periods")
@allow(PERIODS_WRITE)
async def put_site_pay_calendar(tx: Tx, site_id: Id, body: PayCalendarPut, version: OptionalIfMatch) -> PayCalendarOut:
    """The first calendar needs no If-Match, a change names the version it replaces. Approved periods stay as they are."""
    return PayCalendarOut.of(await periods.put_calendar(tx, site_id, body.calendar(), version))


@router.get("/pay-periods", summary="List pay periods")
@allow(PERIODS_READ)
async def list_pay_periods(tx: Read, asked: Paged, site_id: OfSite = None, status: WithStatus = None) -> Listing[PayPeriodOut]:
    return listing(await periods.periods(tx, asked, site_id, status), asked, PayPeriodOut.of)


@router.get("/pay-periods/{period_id}", summary="Show a pay period and what it holds")
@allow(PERIODS_READ)
async def get_pay_period(tx: Read, period_id: Id) -> PayPeriodContentOut:
    return PayPeriodContentOut.seen(await periods.seen(tx, period_id))


@router.get("/pay-periods/{period_id}/workers", summary="List what a pay period holds for each worker")
@allow(PERIODS_READ)
async def list_pay_period_workers(tx: Watched, period_id: Id, asked: Paged) -> Listing[PeriodWorkerOut]:
    held = by_worker((await periods.seen(tx, period_id)).content.lines)
    return listing([w for w in held if w.worker_id > asked.after][: asked.limit + 1], asked, lambda w: w, key="worker_id")


@router.post("/pay-periods/{period_id}/approval", summary="Approve exactly what was seen of a pay period")
@allow(PERIODS_WRITE)
async def approve_pay_period(tx: Tx, period_id: Id, body: PeriodApproval) -> PayPeriodContentOut:
    return PayPeriodContentOut.seen(await periods.approve(tx, period_id, bytes.fromhex(body.content_hash)))


@router.post("/pay-periods/{period_id}/closing", summary="Close an approved pay period, for good")
@allow(PERIODS_WRITE)
async def close_pay_period(tx: Tx, period_id: Id) -> PayPeriodContentOut:
    return PayPeriodContentOut.seen(await periods.close(tx, period_id))


@router.post("/pay-periods/{period_id}/exports", status_code=201, summary="Make a payroll file of a closed pay period")
@allow(PERIODS_WRITE)
async def export_pay_period(tx: Tx, period_id: Id, body: PeriodExport) -> PayExportOut:
    """Made once for each format: asking again answers the same file."""
    return PayExportOut.of(await period_files.export(tx, period_id, body.format))


@router.get("/pay-periods/{period_id}/exports", summary="List the payroll files of a pay period")
@allow(PERIODS_READ)
async def list_pay_period_exports(tx: Read, period_id: Id) -> PayExportsOut:
    return PayExportsOut(items=[PayExportOut.of(row) for row in await period_files.files(tx, period_id)])


@router.get("/pay-periods/{period_id}/exports/{format}", summary="Fetch a payroll file", response_class=Response, responses=FILE)
@allow(PERIODS_READ)
async def fetch_pay_period_export(tx: Watched, period_id: Id, format: ExportFormat) -> Response:  # noqa: A002  # the path's word
    found = await period_files.file(tx, period_id, format)
    headers = {"Content-Disposition": f'attachment; filename="{found.file_name}"', "ETag": f'"{found.sha256.hex()}"'}
    return Response(found.content, media_type=MEDIA_TYPES[format], headers=headers)
