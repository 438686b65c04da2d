"""Routes of the ledger: accounts, entries, exceptions and reversals."""

from uuid import UUID

from fastapi import APIRouter

from app.core.access import allow
from app.core.db import Read, Tx, Watched
from app.core.pages import Listing, Paged, listing
from app.core.schemas import Id
from app.paytime import service
from app.paytime.domain import PAY_DECIDE, PAY_EXCEPTIONS, PAY_EXPORT, PAY_OWN, PAY_READ, PAY_REVERSE
from app.paytime.routes.parameters import First, Last, OfSite, OfWorker, OnlyOpen
from app.paytime.schemas.accounts import AccountOut
from app.paytime.schemas.entries import (
    CorrectedOut,
    DecisionCreate,
    PayEntryOut,
    PayExceptionOut,
    ReplacementCreate,
    ReversalCreate,
)

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
    tx: Watched,
    asked: Paged,
    first: First = None,
    last: Last = None,
    worker_id: OfWorker = None,
    site_id: OfSite = None,
    only_open: OnlyOpen = False,
) -> Listing[PayExceptionOut]:
    when = service.period(tx, first, last)
    found = await service.exceptions(tx, when, asked, worker_id=worker_id, site_id=site_id, only_open=only_open)
    return listing(found, asked, PayExceptionOut.of)


@router.post("/pay-entries/{entry_id}/reversals", status_code=201, summary="Take a line back, in whole or in part")
@allow(PAY_REVERSE)
async def reverse_pay_entry(tx: Tx, entry_id: Id, body: ReversalCreate) -> PayEntryOut:
    """Taking a reversal back restores its time. The worker is told, and may dispute it."""
    return PayEntryOut.of(await service.reverse(tx, entry_id, body.value()))


@router.post("/pay-entries/{entry_id}/replacements", status_code=201, summary="Put a line at its true time")
@allow(PAY_REVERSE)
async def replace_pay_entry(tx: Tx, entry_id: Id, body: ReplacementCreate) -> CorrectedOut:
    """Both lines are written together or not at all."""
    return CorrectedOut(entries=[PayEntryOut.of(line) for line in await service.replace(tx, entry_id, body.value())])


@router.post("/pay-exceptions/{exception_id}/decisions", status_code=201, summary="Pay activity that waits, or not")
@allow(PAY_DECIDE)
async def decide_pay_exception(tx: Tx, exception_id: Id, body: DecisionCreate) -> PayExceptionOut:
    """Once, by somebody else than its worker. What is not paid in the end may be disputed."""
    return PayExceptionOut.of(await service.decide(tx, exception_id, service.PayOutcome(body.outcome.value), body.reason))
