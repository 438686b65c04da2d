"""Routes of the ledger: accounts, entries, exceptions and reversals."""

from uuid import UUID

from fastapi import APIRouter

from app.core.access import allow
from app.core.db import Read, Tx, Watched
from app.core.pages import Listing, Paged, listing
from app.core.schemas import Id
from app.paytime import service
from app.paytime.domain import PAY_EXCEPTIONS, PAY_EXPORT, PAY_OWN, PAY_READ, PAY_REVERSE
from app.paytime.routes.parameters import First, Last, OfSite, OfWorker
from app.paytime.schemas.accounts import AccountOut
from app.paytime.schemas.entries import PayEntryOut, PayExceptionOut, ReversalCreate

router = APIRouter(prefix="/v1", tags=["pay time"])


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
async def worker_pay_time(tx: Watched, worker_id: Id, asked: Paged, first: First = None, last: Last = None) -> AccountOut:
    return await _account(tx, worker_id, asked, first, last)


@router.get("/pay-entries", summary="List lines of the ledger")
@allow(PAY_EXPORT)
async def list_pay_entries(
    tx: Watched, asked: Paged, first: First = None, last: Last = None, worker_id: OfWorker = None, site_id: OfSite = None
) -> Listing[PayEntryOut]:
    when = service.period(tx, first, last)
    found = await service.entries(tx, when, asked, worker_id=worker_id, site_id=site_id)
    return listing(found, asked, PayEntryOut.of)


@router.get("/pay-exceptions", summary="List activity that earned no credit")
@allow(PAY_EXCEPTIONS)
async def list_pay_exceptions(
    tx: Watched, asked: Paged, first: First = None, last: Last = None, worker_id: OfWorker = None, site_id: OfSite = None
) -> Listing[PayExceptionOut]:
    when = service.period(tx, first, last)
    found = await service.exceptions(tx, when, asked, worker_id=worker_id, site_id=site_id)
    return listing(found, asked, PayExceptionOut.of)


@router.post("/pay-entries/{entry_id}/reversals", status_code=201, summary="Take a credit back")
@allow(PAY_REVERSE)
async def reverse_pay_entry(tx: Tx, entry_id: Id, body: ReversalCreate) -> PayEntryOut:
    return PayEntryOut.of(await service.reverse(tx, entry_id, body.reason))
