"""Routes of the downtime map."""

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Response

from app.core.access import allow
from app.core.db import Read, Tx
from app.core.errors import BadRequest, Invalid
from app.core.http.etags import IfMatch, set_tag
from app.core.ids import new_id
from app.core.intervals import Interval
from app.core.pages import LARGEST, Listing, Paged, decode_cursor, encode_cursor, listing
from app.core.schemas import Id, Instant
from app.downtime import schemas as shapes
from app.downtime import service
from app.downtime.domain.anchors import document_of
from app.downtime.domain.changes import OwnWindow
from app.downtime.domain.classify import sized
from app.downtime.domain.history import Proposal, ProposalRules
from app.downtime.policies import DOWNTIME_READ, DOWNTIME_WRITE
from app.people import service as people

router = APIRouter(prefix="/v1", tags=["downtime"])
LONGEST_HISTORY = timedelta(days=400)
From = Annotated[Instant, Query(alias="from", description="Start of the asked time.")]
Until = Annotated[Instant, Query(alias="to", description="End of the asked time.")]
Buffer = Annotated[int, Query(ge=0, le=7200, description="Seconds taken from each stop.")]
Quantile = Annotated[int, Query(ge=0, le=100, description="How many stops of a hundred may be shorter than promised.")]


def asked_time(start: datetime, end: datetime, longest: timedelta) -> Interval:
    """The asked stretch of time. Raises Invalid for an empty or endless one."""
    if not timedelta(0) < end - start <= longest:
        raise Invalid.field("query:to", f"`to` lies after `from`, at most {longest.days} days.", "order")
    return Interval(start, end)


def percent(share: float) -> int:
    """A share as whole percent, down: a promise is never rounded up."""
    return int(share * 100 + 1e-9)


def show_pattern(found: Any) -> shapes.PatternOut:
    """A pattern as it is answered."""
    pattern = found.pattern
    names = set(shapes.PatternOut.model_fields) - {"anchor", "reliability_percent", "origin", "version"}
    return shapes.PatternOut(
        **{name: getattr(pattern, name) for name in names},
        anchor=document_of(pattern.anchor),
        reliability_percent=percent(pattern.reliability),
        origin=found.origin,
        version=found.version,
    )


def show_window(one: service.StaffedWindow, time_zone: str, sharing: list[UUID]) -> shapes.WindowOut:
    """A window as it is answered."""
    window, seen = one.seen.window, one.seen
    return shapes.WindowOut(
        id=window.id,
        pattern_id=None if seen.by_hand else window.pattern_id,
        work_center_id=window.work_center_id,
        kind=window.kind,
        side=window.side,
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        pattern_starts_at=seen.natural_start,
        time_zone=time_zone,
        usable_seconds=window.usable_seconds,
        max_learners=window.max_learners,
        minimum_staying=window.minimum_staying,
        reliability_percent=percent(window.reliability),
        present=one.present,
        places=one.places,
        cancelled=seen.cancelled,
        shares_time_with=sharing,
        version=seen.version,
    )


def show_stoppage(row: Any) -> shapes.StoppageOut:
    """A stoppage as it is answered."""
    names = set(shapes.StoppageOut.model_fields) - {"size"}
    return shapes.StoppageOut(**{name: getattr(row, name) for name in names}, size=sized(row.seconds))


def show_proposal(found: Proposal) -> shapes.ProposalOut:
    """A proposal as it is answered."""
    times = [
        shapes.TypicalTimeOut(at=f"{typical.at:%H:%M}", reliability_percent=percent(typical.reliability))
        for typical in found.typical_times
    ]
    return shapes.ProposalOut(
        kind=found.kind,
        window_kind=found.window_kind,
        stoppages=found.stoppages,
        opportunities=found.opportunities,
        length_seconds=found.length_seconds,
        usable_seconds=found.usable_seconds,
        median_seconds=found.median_seconds,
        expected_per_opportunity=round(found.expected_per_opportunity, 3),
        reliability_percent=percent(found.reliability),
        typical_times=times,
        too_little=found.too_little,
    )


async def _one_window(tx: Any, one: service.StaffedWindow, response: Response) -> shapes.WindowOut:
    set_tag(response, one.seen.version)
    center = await people.work_center(tx, one.seen.window.work_center_id)
    return show_window(one, center.time_zone, [])


async def window_page(
    limit: Annotated[int, Query(ge=1, le=LARGEST, description="How many items at most.")] = 50,
    cursor: Annotated[str | None, Query(max_length=400, description="`next_cursor` of the page before.")] = None,
) -> tuple[int, tuple[datetime, UUID] | None]:
    """How many windows are asked for, and after which one."""
    if cursor is None:
        return limit, None
    start, window_id = decode_cursor(cursor, 2)
    try:
        return limit, (datetime.fromisoformat(start).astimezone(ZoneInfo("UTC")), UUID(window_id))
    except (ValueError, OverflowError) as error:
        raise BadRequest("The cursor is not one of ours.", code="malformed_cursor") from error


@router.get("/window-patterns", summary="Patterns of micro-downtime")
@allow(DOWNTIME_READ)
async def list_window_patterns(
    tx: Read, asked: Paged, work_center_id: Id | None = None, site_id: Id | None = None
) -> Listing[shapes.PatternOut]:
    """Those in force within the caller's reach."""
    return listing(await service.list_patterns(tx, asked, work_center_id, site_id), asked, show_pattern)


@router.post("/window-patterns", status_code=201, summary="Map a pattern of micro-downtime")
@allow(DOWNTIME_WRITE)
async def create_window_pattern(tx: Tx, body: shapes.PatternCreate, response: Response) -> shapes.PatternOut:
    """Refused with the field that keeps it from giving windows; the same id and content again changes nothing."""
    fields = body.model_dump(exclude={"id", "anchor", "reliability_percent"})
    asked = service.PatternAsked(
        id=body.id or new_id(), anchor=body.anchor.model_dump(), reliability=body.reliability_percent / 100, **fields
    )
    found = await service.map_pattern(tx, asked)
    set_tag(response, found.version)
    return show_pattern(found)


@router.get("/window-patterns/{pattern_id}", summary="One pattern")
@allow(DOWNTIME_READ)
async def get_window_pattern(tx: Read, pattern_id: Id, response: Response) -> shapes.PatternOut:
    """With its ETag."""
    found = await service.one_pattern(tx, pattern_id)
    set_tag(response, found.version)
    return show_pattern(found)


@router.patch("/window-patterns/{pattern_id}", summary="Change a pattern")
@allow(DOWNTIME_WRITE)
async def edit_window_pattern(
    tx: Tx, pattern_id: Id, body: shapes.PatternEdit, version: IfMatch, response: Response
) -> shapes.PatternOut:
    """Its windows change at once, also those that plans stand on; `window.mapped` tells."""
    found = await service.change_pattern(tx, pattern_id, body.changes(), version)
    set_tag(response, found.version)
    return show_pattern(found)


@router.delete("/window-patterns/{pattern_id}", status_code=204, summary="Retire a pattern")
@allow(DOWNTIME_WRITE)
async def retire_window_pattern(tx: Tx, pattern_id: Id, version: IfMatch) -> None:
    """It gives no windows from now on; those before stay."""
    await service.retire_pattern(tx, pattern_id, version)


@router.get("/windows", summary="Windows in a stretch of time")
@allow(DOWNTIME_READ)
async def list_windows(
    tx: Read,
    asked: Annotated[tuple[int, tuple[datetime, UUID] | None], Depends(window_page)],
    start: From,
    end: Until,
    work_center_id: Id | None = None,
    site_id: Id | None = None,
    cancelled: Annotated[bool, Query(description="Show cancelled windows too.")] = False,
) -> Listing[shapes.WindowOut]:
    """Patterns expanded over the roster, at most 35 days, cut at the ends of the asked time."""
    limit, after = asked
    horizon = asked_time(start, end, service.LONGEST_QUESTION)
    page = await service.list_windows(
        tx, horizon, work_center_id=work_center_id, site_id=site_id, cancelled=cancelled, after=after, limit=limit
    )
    items = [
        show_window(one, page.centers[window.work_center_id].time_zone, list(page.sharing.get(window.id, ())))
        for one in page.items
        if (window := one.seen.window)
    ]
    more = page.more and bool(items)
    return Listing(items=items, next_cursor=encode_cursor([items[-1].starts_at, items[-1].id]) if more else None)


@router.post("/windows", status_code=201, summary="Add a single window")
@allow(DOWNTIME_WRITE)
async def create_window(tx: Tx, body: shapes.WindowCreate, response: Response) -> shapes.WindowOut:
    """A stop that is announced, outside every pattern; the same id and content again changes nothing."""
    one = await service.add_window(
        tx,
        body.id or new_id(),
        service.WindowPlace(body.work_center_id, body.starts_at),
        body.ends_at,
        OwnWindow(body.kind, body.setup_seconds, body.return_seconds, body.minimum_staying or 0),
        max_learners=body.max_learners,
        center_minimum=body.minimum_staying is None,
    )
    return await _one_window(tx, one, response)


@router.post("/windows/{window_id}/cancellation", status_code=201, summary="Cancel a window")
@allow(DOWNTIME_WRITE)
async def cancel_window(tx: Tx, window_id: Id, body: shapes.WindowCancellation, response: Response) -> shapes.WindowOut:
    """The line runs through; cancelling again changes nothing."""
    place = service.WindowPlace(body.work_center_id, body.pattern_starts_at)
    return await _one_window(tx, await service.cancel_window(tx, window_id, place), response)


@router.patch("/windows/{window_id}", summary="Move, shorten or restore a window, or change its places")
@allow(DOWNTIME_WRITE)
async def edit_window(tx: Tx, window_id: Id, body: shapes.WindowChange, version: IfMatch, response: Response) -> shapes.WindowOut:
    """At most a day from where its pattern has it; a window nobody touched has the ETag `"v0"`."""
    place = service.WindowPlace(body.work_center_id, body.pattern_starts_at)
    edit = service.WindowEdit(body.starts_at, body.ends_at, body.max_learners, body.cancelled)
    return await _one_window(tx, await service.change_window(tx, window_id, place, edit, version), response)


@router.get("/stoppages", summary="Stoppages of lines")
@allow(DOWNTIME_READ)
async def list_stoppages(
    tx: Read, asked: Paged, start: From, end: Until, work_center_id: Id | None = None, site_id: Id | None = None
) -> Listing[shapes.StoppageOut]:
    """Read from the lines' own logs; those without times count on the last day of their log. At most 400 days."""
    horizon = asked_time(start, end, LONGEST_HISTORY)
    return listing(await service.list_stoppages(tx, asked, horizon, work_center_id, site_id), asked, show_stoppage)


@router.get("/work-centers/{work_center_id}/pattern-proposals", summary="What a line's own log proposes")
@allow(DOWNTIME_READ)
async def list_pattern_proposals(
    tx: Read,
    work_center_id: Id,
    start: From,
    end: Until,
    quantile: Quantile = 20,
    setup_seconds: Buffer = 0,
    return_seconds: Buffer = 0,
) -> shapes.ProposalsOut:
    """One proposal for each kind of stop, from at most 400 days."""
    rules = ProposalRules(quantile=quantile / 100, setup_seconds=setup_seconds, return_seconds=return_seconds)
    found = await service.pattern_proposals(tx, work_center_id, asked_time(start, end, LONGEST_HISTORY), rules)
    return shapes.ProposalsOut(
        work_center_id=work_center_id,
        time_zone=found.center.time_zone,
        counted_over="shifts" if found.over_shifts else "days",
        items=[show_proposal(one) for one in found.proposals],
    )


@router.post("/work-centers/{work_center_id}/pattern-proposals", status_code=201, summary="Accept a proposal")
@allow(DOWNTIME_WRITE)
async def accept_pattern_proposal(tx: Tx, work_center_id: Id, body: shapes.ProposalAccept) -> shapes.PatternsOut:
    """Map it as daily patterns at its typical times, or as anchored. Accepting again changes nothing."""
    rules = ProposalRules(
        quantile=body.quantile_percent / 100, setup_seconds=body.setup_seconds, return_seconds=body.return_seconds
    )
    anchor = body.anchor.model_dump() if body.anchor else None
    acceptance = service.Acceptance(body.kind, body.max_learners, body.minimum_staying, anchor)
    horizon = asked_time(body.start, body.end, LONGEST_HISTORY)
    found = await service.accept_proposal(tx, work_center_id, horizon, rules, acceptance)
    return shapes.PatternsOut(items=[show_pattern(one) for one in found])
