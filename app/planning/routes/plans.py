"""Routes of plans: ask, watch, read, publish, discard."""

from datetime import datetime, timedelta

from fastapi import APIRouter, Response

from app.core.access import allow
from app.core.db import Read, Tx
from app.core.errors import Invalid
from app.core.http.etags import IfMatch, set_tag
from app.core.http.problems import documented
from app.core.pages import Listing, Paged, listing
from app.core.schemas import Id
from app.planning import service
from app.planning.policies import PLAN_READ, PLAN_WRITE
from app.planning.schemas import comparison as shapes_of
from app.planning.schemas import plans as shapes

router = APIRouter(prefix="/v1", tags=["planning"])


def asked_plan(body: shapes.PlanCreate, now: datetime) -> service.PlanAsked:
    """The body as the service takes it. Raises Invalid when scope or time is named twice or not at all."""
    centers = (*body.work_center_ids, *((body.work_center_id,) if body.work_center_id else ()))
    if sum((body.site_id is not None, body.work_center_id is not None, bool(body.work_center_ids))) != 1:
        raise Invalid.field("#/site_id", "Name one of site_id, work_center_id and work_center_ids.", "scope")
    if (body.ends_at is None) == (body.days is None):
        raise Invalid.field("#/to", "Name either to or days.", "horizon")
    start = body.starts_at or now
    end = body.ends_at or start + timedelta(days=body.days or 0)
    pins = tuple({name: str(value) for name, value in pin.model_dump().items()} for pin in body.pins)
    cap = None if body.daily_cap_minutes is None else body.daily_cap_minutes * 60
    return service.PlanAsked(body.site_id, centers, start, end, body.seed, body.effort, cap, pins)


@router.post("/plans", status_code=202, summary="Ask for a plan")
@allow(PLAN_WRITE)
async def create_plan(tx: Tx, body: shapes.PlanCreate, response: Response) -> shapes.PlanOut:
    """It is solved in the background: watch `/v1/plans/{id}/progress`, or read it until its status is `proposed`."""
    row = await service.request_plan(tx, asked_plan(body, tx.now))
    set_tag(response, row.version)
    response.headers["Location"] = f"/v1/plans/{row.id}"
    return shapes.plan_out(row)


@router.get("/plans", summary="Plans within reach")
@allow(PLAN_READ)
async def list_plans(tx: Read, asked: Paged, site_id: Id | None = None) -> Listing[shapes.PlanHead]:
    """Oldest first, without their reasons."""
    rows = await service.list_plans(tx, site_id, asked.after, asked.limit + 1)
    return listing(rows, asked, shapes.plan_head)


@router.get("/plans/{plan_id}", summary="One plan with reasons and coverage")
@allow(PLAN_READ)
async def get_plan(tx: Read, plan_id: Id, response: Response) -> shapes.PlanOut:
    """Why each item without a block has none, the cheapest change that would place it, and who stays."""
    row = await service.plan(tx, plan_id)
    set_tag(response, row.version)
    return shapes.plan_out(row)


@router.get("/plans/{plan_id}/blocks", summary="Blocks of a plan")
@allow(PLAN_READ)
async def list_plan_blocks(tx: Read, plan_id: Id, asked: Paged) -> Listing[shapes.BlockOut]:
    """Proposed ones before publication, then scheduled ones and what became of them."""
    rows = await service.plan_blocks(tx, plan_id, asked.after, asked.limit + 1)
    return listing(rows, asked, shapes.block_out)


@router.post("/plans/{plan_id}/publication", status_code=201, summary="Publish a plan")
@allow(PLAN_WRITE)
async def publish_plan(tx: Tx, plan_id: Id, version: IfMatch) -> shapes_of.PublicationOut:
    """Checked once more against the present roster, windows and blocks; refused with what changed if it no longer holds."""
    made = await service.publish_plan(tx, plan_id, version)
    return shapes_of.PublicationOut(
        plan=shapes.plan_head(made.plan),
        scheduled=made.scheduled,
        moved=made.moved,
        cancelled=made.cancelled,
        unchanged=made.unchanged,
        left_out=len(made.left_out),
        left_out_blocks=made.left_out,
    )


@router.get("/plans/{plan_id}/comparison", summary="A plan beside what is published", responses=documented(409))
@allow(PLAN_READ)
async def compare_plan(tx: Read, plan_id: Id) -> shapes_of.ComparisonOut:
    """What a proposed plan would move, add and drop now, or what a published one did, each with its reason."""
    return shapes_of.comparison_out(await service.compare_plan(tx, plan_id))


@router.delete("/plans/{plan_id}/publication", summary="Take a publication back")
@allow(PLAN_WRITE)
async def withdraw_publication(tx: Tx, plan_id: Id, version: IfMatch, response: Response) -> shapes_of.WithdrawalOut:
    """What was published before counts again. Refused once learning has started, or after the site's time to undo."""
    made = await service.withdraw_publication(tx, plan_id, version)
    set_tag(response, made.plan.version)
    return shapes_of.WithdrawalOut(
        plan=shapes.plan_head(made.plan), cancelled=made.cancelled, restored=made.restored, not_restored=made.not_restored
    )


@router.delete("/plans/{plan_id}", status_code=204, summary="Discard a plan")
@allow(PLAN_WRITE)
async def discard_plan(tx: Tx, plan_id: Id, version: IfMatch) -> None:
    """Only a plan that was not published; it stays readable as discarded."""
    await service.discard_plan(tx, plan_id, version)
