"""Routes of the live floor: windows now, machines' signals, offers, planning again, and what windows turned out to be."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from app.core.access import allow
from app.core.db import Read, Tx
from app.core.errors import Invalid
from app.core.pages import Listing, Paged, listing
from app.core.schemas import Id, Instant
from app.downtime import service as downtime
from app.downtime.domain.live import Cause, EndedBy, Signal
from app.downtime.policies import DOWNTIME_READ, DOWNTIME_WRITE
from app.planning import service
from app.planning.policies import OWN_LEARNING, PLAN_READ, PLAN_WRITE
from app.planning.schemas import live as shapes

router = APIRouter(prefix="/v1", tags=["floor"])
LONGEST = timedelta(days=92)
From = Annotated[Instant, Query(alias="from", description="Windows that began at or after this instant.")]
Until = Annotated[Instant, Query(alias="to", description="Windows that began before this instant, at most 92 days later.")]


@router.get("/me/offers", summary="What I may learn right now")
@allow(OWN_LEARNING)
async def my_offers(tx: Read) -> shapes.MyOffers:
    """Offers that still stand; each ends within minutes."""
    assert tx.caller.worker_id is not None
    return shapes.MyOffers(items=[shapes.offer_out(one) for one in await service.own_offers(tx, tx.caller.worker_id)])


@router.post("/learning-offers/{offer_id}/acceptance", status_code=201, summary="Learn now")
@allow(OWN_LEARNING)
async def accept_offer(tx: Tx, offer_id: Id) -> shapes.OfferOut:
    """A block begins and holds the place; 409 says why it is too late."""
    return shapes.offer_out(await service.accept_offer(tx, offer_id))


@router.post("/learning-offers/{offer_id}/decline", status_code=201, summary="Do not learn now")
@allow(OWN_LEARNING)
async def decline_offer(tx: Tx, offer_id: Id) -> shapes.OfferOut:
    """Nothing follows from it; somebody else is asked."""
    return shapes.offer_out(await service.decline_offer(tx, offer_id))


@router.post("/signals", status_code=201, summary="Tell what a machine does")
@allow(DOWNTIME_WRITE)
async def take_signal(tx: Tx, body: shapes.MachineSignal) -> shapes.SignalOut:
    """A stop opens the line's window or extends it, running again closes it and calls the learners back."""
    taken, happened = await service.take_signal(tx, Signal(**body.model_dump()))
    window = None if happened is None else shapes.floor_out(happened)
    return shapes.SignalOut(effect=taken.effect, window_id=taken.window_id, repeated=taken.repeated, window=window)


@router.post("/windows/{window_id}/opening", status_code=201, summary="Open a window now")
@allow(DOWNTIME_WRITE)
async def open_window(tx: Tx, window_id: Id, body: shapes.WindowOpening) -> shapes.FloorOut:
    """Choose the id yourself for a window that is not mapped. Those who may leave are offered what fits."""
    asked = downtime.Opening(
        work_center_id=body.work_center_id,
        cause=Cause.BUTTON,
        pattern_starts_at=body.pattern_starts_at,
        kind=body.kind,
        seconds=None if body.minutes is None else body.minutes * 60,
        max_learners=body.max_learners,
    )
    return shapes.floor_out(await service.open_floor(tx, window_id, asked))


@router.post("/windows/{window_id}/extension", status_code=201, summary="Let an open window end at another time")
@allow(DOWNTIME_WRITE)
async def extend_window(tx: Tx, window_id: Id, body: shapes.WindowExtension) -> shapes.FloorOut:
    """Refused when the line cannot spare its learners for so long."""
    return shapes.floor_out(await service.extend_floor(tx, window_id, body.work_center_id, body.minutes * 60))


@router.post("/windows/{window_id}/closing", status_code=201, summary="End a window now")
@allow(DOWNTIME_WRITE)
async def close_window(tx: Tx, window_id: Id, body: shapes.WindowClosing) -> shapes.FloorOut:
    """Learning in it pauses, offers are taken back, and what was cut is placed again; closing again changes nothing."""
    happened = await service.close_floor(tx, window_id, body.work_center_id, body.pattern_starts_at, EndedBy(body.reason))
    return shapes.floor_out(happened)


@router.post("/work-centers/{work_center_id}/replans", status_code=201, summary="Plan a work center again now")
@allow(PLAN_WRITE)
async def replan_work_center(tx: Tx, work_center_id: Id, body: shapes.ReplanAsked) -> shapes.ReplanOut:
    """Only what lost its place moves. What begins within 30 minutes moves with `near` alone; else it is flagged."""
    return shapes.replan_out(await service.replan_center(tx, work_center_id, near=body.near, fill=body.fill))


@router.get("/flagged-blocks", summary="Blocks that wait for a supervisor")
@allow(PLAN_READ)
async def list_flagged_blocks(tx: Read, asked: Paged, work_center_id: Id | None = None) -> Listing[shapes.FlaggedOut]:
    """They cannot take place as published and begin too soon to be moved without you: plan again with `near`, or drop them."""
    rows = await service.flagged_blocks(tx, work_center_id, asked.after, asked.limit + 1)
    return listing(rows, asked, shapes.flagged_out)


@router.get("/window-outcomes", summary="What windows turned out to be")
@allow(DOWNTIME_READ)
async def list_window_outcomes(tx: Read, asked: Paged, work_center_id: Id, start: From, end: Until) -> Listing[shapes.OutcomeOut]:
    """Planned against used, window by window; the reliability of a pattern follows from it."""
    if not timedelta(0) < end - start <= LONGEST:
        raise Invalid.field("query:to", "`to` lies after `from`, at most 92 days.", "order")
    rows = await downtime.list_outcomes(tx, work_center_id, start, end, asked.after, asked.limit + 1)
    return listing(rows, asked, shapes.outcome_out)
