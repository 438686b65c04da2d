"""Routes of protected time."""

from fastapi import APIRouter

from app.core.access import allow
from app.core.db import Read, Tx
from app.core.pages import Paged, listing
from app.core.schemas import Id
from app.paytime import service
from app.paytime.domain.protection import OWN_PROTECTION, PROTECT, PROTECT_SEE, PROTECTION_READ
from app.paytime.routes.parameters import First, Last
from app.paytime.schemas.protection import BlockBreak, BlockPlan, MyProtection, ProtectedBlockOut, ProtectionOut

router = APIRouter(prefix="/v1", tags=["pay time"])


@router.post("/protected-blocks", status_code=201, summary="Promise a worker time to learn")
@allow(PROTECT)
async def plan_protected_block(tx: Tx, body: BlockPlan) -> ProtectedBlockOut:
    """Inside one shift and outside every break."""
    return ProtectedBlockOut.of(await service.plan_block(tx, body.value()))


@router.get("/protected-blocks/{protected_block_id}", summary="One protected block")
@allow(PROTECT_SEE)
async def get_protected_block(tx: Read, protected_block_id: Id) -> ProtectedBlockOut:
    """With everything that happened to it, by whom and why."""
    return ProtectedBlockOut.of(await service.seen_block(tx, protected_block_id))


@router.post("/protected-blocks/{protected_block_id}/breaks", status_code=201, summary="Say that a block does not take place")
@allow(PROTECT_SEE)
async def break_protected_block(tx: Tx, protected_block_id: Id, body: BlockBreak) -> ProtectedBlockOut:
    """By whoever plans, or by its worker. It waits to be made up."""
    return ProtectedBlockOut.of(await service.break_block(tx, protected_block_id, body.value()))


@router.get("/me/protected-time", summary="My protected time")
@allow(OWN_PROTECTION)
async def my_protected_time(tx: Read, asked: Paged, first: First = None, last: Last = None) -> MyProtection:
    """Every block, and how much of what I am entitled to was delivered."""
    when, worker_id = service.period(tx, first, last), service.own_id(tx)
    shown = listing(await service.own_blocks(tx, worker_id, when, asked), asked, ProtectedBlockOut.of)
    return MyProtection.of(await service.own_rate(tx, worker_id, when), shown.items, shown.next_cursor)


@router.get("/sites/{site_id}/protection", summary="How much protected time a site delivers")
@allow(PROTECTION_READ)
async def site_protection(tx: Read, site_id: Id, first: First = None, last: Last = None) -> ProtectionOut:
    """For the site and each crew of 8 or more people."""
    return ProtectionOut.of(*await service.site_rates(tx, site_id, service.period(tx, first, last)))
