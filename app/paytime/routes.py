"""Routes of the ledger."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.core.access import allow
from app.core.db import Read, Tx
from app.core.pages import Listing, Paged, listing
from app.core.schemas import CalendarDate, Id
from app.paytime import service
from app.paytime.domain import PAY_EXCEPTIONS, PAY_EXPORT, PAY_OWN, PAY_READ, PAY_REVERSE
from app.paytime.schemas import AccountOut, PayEntryOut, PayExceptionOut, PayrollTotalsOut, ReversalCreate

router = APIRouter(prefix="/v1", tags=["pay time"])

First = Annotated[CalendarDate | None, Query(alias="from", description="First business date, included.")]
Last = Annotated[CalendarDate | None, Query(alias="to", description="Last business date, included.")]
FirstDate = Annotated[CalendarDate, Query(alias="from", description="First business date, included.")]
LastDate = Annotated[CalendarDate, Query(alias="to", description="Last business date, included.")]
OfSite = Annotated[Id | None, Query(description="Only time paid at this site.")]
OfWorker = Annotated[Id | None, Query(description="Only this worker's time.")]
CSV: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "The payroll file."}
}


async def _account(tx: Read, worker_id: UUID | None, asked: Paged, first: First, last: Last) -> AccountOut:
    account = await service.account(tx, worker_id, service.period(tx, first, last), asked)
    shown = listing(account.entries, asked, PayEntryOut.of)
    return AccountOut.of(account, shown.items, shown.next_cursor)


@router.get("/me/pay-time", summary="Show my paid learning time")
@allow(PAY_OWN)
async def my_pay_time(tx: Read, asked: Paged, first: First = None, last: Last = None) -> AccountOut:
    return await _account(tx, tx.caller.worker_id, asked, first, last)


@router.get("/workers/{worker_id}/pay-time", summary="Show a worker's paid learning time")
@allow(PAY_READ)
async def worker_pay_time(tx: Read, worker_id: Id, asked: Paged, first: First = None, last: Last = None) -> AccountOut:
    return await _account(tx, worker_id, asked, first, last)


@router.get("/pay-entries", summary="List lines of the ledger")
@allow(PAY_EXPORT)
async def list_pay_entries(
    tx: Read, asked: Paged, first: First = None, last: Last = None, worker_id: OfWorker = None, site_id: OfSite = None
) -> Listing[PayEntryOut]:
    when = service.period(tx, first, last)
    found = await service.entries(tx, when, asked, worker_id=worker_id, site_id=site_id)
    return listing(found, asked, PayEntryOut.of)


@router.get("/pay-exceptions", summary="List activity that earned no credit")
@allow(PAY_EXCEPTIONS)
async def list_pay_exceptions(
    tx: Read, asked: Paged, first: First = None, last: Last = None, worker_id: OfWorker = None, site_id: OfSite = None
) -> Listing[PayExceptionOut]:
    when = service.period(tx, first, last)
    found = await service.exceptions(tx, when, asked, worker_id=worker_id, site_id=site_id)
    return listing(found, asked, PayExceptionOut.of)


@router.post("/pay-entries/{entry_id}/reversals", status_code=201, summary="Take a credit back")
@allow(PAY_REVERSE)
async def reverse_pay_entry(tx: Tx, entry_id: Id, body: ReversalCreate) -> PayEntryOut:
    return PayEntryOut.of(await service.reverse(tx, entry_id, body.reason))


@router.get("/pay-exports", summary="Export paid learning time for payroll", response_class=Response, responses=CSV)
@allow(PAY_EXPORT)
async def export_pay_time(tx: Read, first: FirstDate, last: LastDate, site_id: OfSite = None) -> Response:
    file = await service.payroll_file(tx, service.period(tx, first, last), site_id)
    name = f"pay-{first.isoformat()}-{last.isoformat()}.csv"
    return Response(file, media_type="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.get("/pay-exports/totals", summary="Sum what the payroll file holds")
@allow(PAY_EXPORT)
async def pay_export_totals(tx: Read, first: FirstDate, last: LastDate, site_id: OfSite = None) -> PayrollTotalsOut:
    return PayrollTotalsOut.model_validate(await service.payroll_totals(tx, service.period(tx, first, last), site_id))
