"""Routes of the roster."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.core.access import allow
from app.core.db import Read, Tx
from app.core.errors import Invalid
from app.core.http.etags import IfMatch, set_tag
from app.core.ids import new_id
from app.core.pages import Listing, Paged, listing
from app.core.schemas import Id, Instant
from app.people import service as people
from app.roster import schemas as shapes
from app.roster import service
from app.roster.domain import Absence
from app.roster.policies import OWN_ROSTER, ROSTER_READ, ROSTER_WRITE

router = APIRouter(prefix="/v1", tags=["roster"])
LONGEST_QUESTION = timedelta(days=92)
From = Annotated[Instant, Query(alias="from", description="Start of the asked time.")]
Until = Annotated[Instant, Query(alias="to", description="End of the asked time, at most 92 days later.")]


def asked_time(start: Any, end: Any) -> None:
    """Refuse an empty or endless stretch of time."""
    if not timedelta(0) < end - start <= LONGEST_QUESTION:
        raise Invalid.field("query:to", "`to` lies after `from`, at most 92 days.", "order")


def show_type(found: Any) -> shapes.ShiftTypeOut:
    """A shift type as it is answered."""
    shift = found.shift
    return shapes.ShiftTypeOut(
        id=shift.id,
        site_id=found.site_id,
        code=found.code,
        name=shift.name,
        starts=shift.starts,
        ends=shift.ends,
        breaks=[shapes.BreakRuleOut.model_validate(rule) for rule in shift.breaks],
        version=found.version,
    )


def show(row: Any) -> shapes.ShiftOut:
    """A shift as it is answered."""
    return shapes.ShiftOut(
        id=row.id,
        worker_id=row.worker_id,
        site_id=row.site_id,
        work_center_id=row.work_center_id,
        crew_id=row.crew_id,
        business_date=row.business_date,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        seconds=int((row.ends_at - row.starts_at).total_seconds()),
        breaks=[shapes.BreakOut.model_validate(pause) for pause in row.breaks],
        status=row.status,
        version=row.version,
    )


@router.get("/shift-types", summary="Shift types of a site")
@allow(ROSTER_READ)
async def list_shift_types(tx: Read, site_id: Id) -> list[shapes.ShiftTypeOut]:
    """All of them, in order of their start."""
    return [show_type(found) for found in await service.shift_types(tx, site_id)]


@router.post("/shift-types", status_code=201, summary="Name a shift")
@allow(ROSTER_WRITE)
async def create_shift_type(tx: Tx, body: shapes.ShiftTypeCreate, response: Response) -> shapes.ShiftTypeOut:
    """A shift that does not end after it starts crosses midnight."""
    breaks = [rule.value() for rule in body.breaks]
    made = await service.add_shift_type(tx, body.site_id, body.code, body.name, starts=body.starts, ends=body.ends, breaks=breaks)
    set_tag(response, made.version)
    return show_type(made)


@router.patch("/shift-types/{shift_type_id}", summary="Change a shift type")
@allow(ROSTER_WRITE)
async def edit_shift_type(
    tx: Tx, shift_type_id: Id, body: shapes.ShiftTypeEdit, version: IfMatch, response: Response
) -> shapes.ShiftTypeOut:
    """Shifts that stand already keep their times."""
    now = (await service.shift_type(tx, shift_type_id)).shift
    breaks = now.breaks if body.breaks is None else tuple(rule.value() for rule in body.breaks)
    wanted = service.checked_type(shift_type_id, body.name or now.name, body.starts or now.starts, body.ends or now.ends, breaks)
    changed = await service.change_shift_type(tx, wanted, version)
    set_tag(response, changed.version)
    return show_type(changed)


@router.get("/shifts", summary="Shifts in a stretch of time")
@allow(ROSTER_READ)
async def list_shifts(
    tx: Read,
    asked: Paged,
    start: From,
    end: Until,
    site_id: Id | None = None,
    work_center_id: Id | None = None,
    worker_id: Id | None = None,
) -> Listing[shapes.ShiftOut]:
    """Those within the caller's reach, cancelled ones included."""
    asked_time(start, end)
    rows = await service.list_shifts(
        tx,
        start=start,
        end=end,
        site_id=site_id,
        work_center_id=work_center_id,
        worker_id=worker_id,
        after=asked.after,
        limit=asked.limit + 1,
    )
    return listing(rows, asked, show)


@router.post("/shifts", status_code=201, summary="Add a shift")
@allow(ROSTER_WRITE)
async def create_shift(tx: Tx, body: shapes.ShiftCreate, response: Response) -> shapes.ShiftOut:
    """Refused when the worker already works at that time; the same id again replaces the shift."""
    breaks = tuple(pause.value() for pause in body.breaks)
    fields = body.model_dump(exclude={"breaks", "id", "hourly_rate"})
    shift_id, rate = body.id or new_id(), body.hourly_rate.value() if body.hourly_rate else None
    await service.add_shifts(tx, [service.ShiftAsked(id=shift_id, breaks=breaks, rate=rate, **fields)])
    row = await service.one_shift(tx, shift_id)
    set_tag(response, row.version)
    return show(row)


@router.get("/shifts/{shift_id}", summary="One shift")
@allow(ROSTER_READ)
async def get_shift(tx: Read, shift_id: Id, response: Response) -> shapes.ShiftOut:
    """With its breaks at their real times."""
    row = await service.one_shift(tx, shift_id)
    set_tag(response, row.version)
    return show(row)


@router.patch("/shifts/{shift_id}", summary="Move, shorten or cancel a shift")
@allow(ROSTER_WRITE)
async def edit_shift(tx: Tx, shift_id: Id, body: shapes.ShiftChange, version: IfMatch, response: Response) -> shapes.ShiftOut:
    """Needs the ETag that was read."""
    breaks = None if body.breaks is None else tuple(pause.value() for pause in body.breaks)
    edit = service.ShiftEdit(body.starts_at, body.ends_at, breaks, body.work_center_id, body.status)
    row = await service.change_shift(tx, shift_id, edit, version)
    set_tag(response, row.version)
    return show(row)


@router.post("/rosters", status_code=201, summary="Build shifts from a rotation")
@allow(ROSTER_WRITE)
async def build_shifts(tx: Tx, body: shapes.RotationBuild) -> shapes.RotationBuilt:
    """At most 92 days; repeating it changes nothing."""
    if not 0 <= (body.last - body.first).days < LONGEST_QUESTION.days:
        raise Invalid.field("#/last", "`last` lies on or after `first`, at most 92 days.", "order")
    crews = {crew.crew_id: (crew.work_center_id, crew.offset) for crew in body.crews}
    changed, impossible = await service.build_rotation(tx, body.site_id, body.rotation, body.anchor, body.first, body.last, crews)
    dates = [shapes.ImpossibleDate(business_date=day, shift_type=name) for day, name in impossible]
    return shapes.RotationBuilt(changed=changed, impossible=dates)


@router.get("/me/shifts", summary="My shifts")
@allow(OWN_ROSTER)
async def my_shifts(tx: Read, start: From, end: Until) -> shapes.MyShifts:
    """Attended time only: cancelled shifts and absences are left out."""
    asked_time(start, end)
    found = await service.shifts(tx, start=start, end=end, worker_ids=[own_id(tx.caller.worker_id)])
    sites = await people.sites(tx)
    return shapes.MyShifts(
        items=[
            shapes.MyShift(
                id=shift.id,
                work_center_id=shift.work_center_id,
                business_date=shift.business_date,
                starts_at=shift.starts_at,
                ends_at=shift.ends_at,
                time_zone=sites[shift.site_id].time_zone,
                breaks=[shapes.BreakOut.model_validate(pause) for pause in shift.breaks],
            )
            for shift in found
        ]
    )


def own_id(worker_id: UUID | None) -> UUID:
    """The caller's own worker id; the policy has made sure there is one."""
    assert worker_id is not None
    return worker_id


@router.get("/absences", summary="Absences in a stretch of time")
@allow(ROSTER_READ)
async def list_absences(tx: Read, asked: Paged, start: From, end: Until) -> Listing[shapes.AbsenceOut]:
    """Those of workers within the caller's reach."""
    asked_time(start, end)
    found = await service.absences(tx, start, end, asked)
    return listing([show_absence(absence_id, absence) for absence_id, absence in found], asked, lambda shown: shown)


def show_absence(absence_id: UUID, absence: Absence) -> shapes.AbsenceOut:
    """An absence as it is answered."""
    return shapes.AbsenceOut(
        id=absence_id,
        worker_id=absence.worker_id,
        starts_at=absence.starts_at,
        ends_at=absence.ends_at,
        kind=absence.kind,
    )


@router.post("/absences", status_code=201, summary="Record an absence")
@allow(ROSTER_WRITE)
async def create_absence(tx: Tx, body: shapes.AbsenceCreate) -> shapes.AbsenceOut:
    """The same id again changes nothing."""
    absence = Absence(body.worker_id, body.starts_at, body.ends_at, body.kind)
    absence_id = body.id or new_id()
    await service.add_absence(tx, absence_id, absence)
    return show_absence(absence_id, absence)


@router.delete("/absences/{absence_id}", status_code=204, summary="Take an absence back")
@allow(ROSTER_WRITE)
async def delete_absence(tx: Tx, absence_id: Id) -> None:
    """The worker is there after all."""
    await service.drop_absence(tx, absence_id)
