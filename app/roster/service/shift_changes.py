"""Adding, changing and building shifts. A worker never has two at the same time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.core.jsonb import as_json
from app.people import service as people
from app.people.domain import WorkCenter
from app.roster import store
from app.roster.domain import (
    Break,
    CrewPlan,
    ImpossibleShift,
    Post,
    Rate,
    Rotation,
    Shift,
    build_roster,
    double_booked,
    expand_shift,
    rotation_from_letters,
)
from app.roster.policies import ROSTER_READ, ROSTER_WRITE
from app.roster.service.shift_types import shift_type, shift_types
from app.roster.service.telling import tell_changed

LONGEST = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class ShiftAsked:
    """A shift as somebody asks for it: either a shift type on a business date, or explicit instants."""

    id: UUID
    worker_id: UUID
    work_center_id: UUID
    crew_id: UUID | None = None
    business_date: date | None = None
    shift_type_id: UUID | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    breaks: tuple[Break, ...] = ()
    rate: Rate | None = None


@dataclass(frozen=True, slots=True)
class ShiftEdit:
    """What changes about a shift; None keeps it."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    breaks: tuple[Break, ...] | None = None
    work_center_id: UUID | None = None
    status: str | None = None


async def list_shifts(tx: ReadTransaction, **filters: Any) -> Sequence[Any]:
    """One page of shifts within the caller's reach."""
    nodes = tx.caller.nodes(ROSTER_READ.roles) if tx.caller.kind == "person" else None
    return await store.page(tx, nodes=nodes, **filters)


async def one_shift(tx: ReadTransaction, shift_id: UUID) -> Any:
    """One shift's row. Raises NotFound outside the caller's reach."""
    row = await store.one(tx, shift_id)
    if row is None:
        raise NotFound
    center = await people.work_center(tx, row.work_center_id)
    ROSTER_READ.must_reach(tx.caller, (*center.nodes, *((row.crew_id,) if row.crew_id else ())))
    return row


async def resolve(tx: ReadTransaction, asked: ShiftAsked, center: WorkCenter) -> Shift:
    """The shift that is asked for, with real times. Raises Invalid or NotFound."""
    post = Post(asked.worker_id, center.site_id, center.id, asked.crew_id)
    if asked.shift_type_id is not None:
        if asked.business_date is None:
            raise Invalid.field("#/business_date", "Name the business date of the shift type.", "missing")
        kind = await shift_type(tx, asked.shift_type_id)
        try:
            made = expand_shift(kind.shift, asked.business_date, ZoneInfo(center.time_zone), post)
            return replace(made, id=asked.id, rate=asked.rate)
        except ImpossibleShift as error:
            raise Invalid.field("#/business_date", str(error), "impossible_shift") from error
    return explicit(asked, center)


def explicit(asked: ShiftAsked, center: WorkCenter) -> Shift:
    """A shift from explicit instants. Raises Invalid naming the field."""
    if asked.starts_at is None or asked.ends_at is None:
        raise Invalid.field("#/starts_at", "Give starts_at and ends_at, or a shift_type_id.", "missing")
    if not timedelta(0) < asked.ends_at - asked.starts_at <= LONGEST:
        raise Invalid.field("#/ends_at", "A shift ends after it starts and lasts at most 24 hours.", "order")
    day = asked.business_date or asked.starts_at.astimezone(ZoneInfo(center.time_zone)).date()
    try:
        return Shift(
            asked.id,
            asked.worker_id,
            center.site_id,
            center.id,
            asked.crew_id,
            day,
            asked.starts_at,
            asked.ends_at,
            asked.breaks,
            asked.rate,
        )
    except ValueError as error:
        raise Invalid.field("#/breaks", str(error), "breaks") from error


async def add_shifts(tx: WriteTransaction, asked: Sequence[ShiftAsked]) -> dict[UUID, bool]:
    """Add shifts, all or none; known ids are replaced. Answers id -> created. Raises Conflict for a double booking."""
    centers = {c.id: c for c in await people.work_centers(tx, ids=sorted({a.work_center_id for a in asked}))}
    workers = await people.workers(tx, sorted({a.worker_id for a in asked}))
    made = []
    for number, one in enumerate(asked):
        if one.worker_id not in workers:
            raise Invalid.field(f"#/{number}/worker_id", "No such worker.", "unknown_worker")
        if one.work_center_id not in centers:
            raise Invalid.field(f"#/{number}/work_center_id", "No such work center.", "unknown_work_center")
        center = centers[one.work_center_id]
        ROSTER_WRITE.must_reach(tx.caller, center.nodes)
        made.append(await resolve(tx, one, center))
    return await write(tx, made, {a.id: a.shift_type_id for a in asked})


async def write(
    tx: WriteTransaction, shifts: Sequence[Shift], types: Mapping[UUID, UUID | None] | None = None
) -> dict[UUID, bool]:
    """Store shifts after locking their workers. Raises Conflict when one would be in two places at once."""
    if not shifts:
        return {}
    await store.lock_workers(tx, [s.worker_id for s in shifts])
    if double_booked(shifts) or await store.clashes(tx, list(enumerate(shifts))):
        raise Conflict("The worker already has a shift at that time.", code="double_booked")
    if await foreign(tx, shifts):
        raise Conflict("This id names a shift of somebody else, or outside what you may plan.", code="id_taken")
    return await keep(tx, shifts, types or {})


async def foreign(tx: ReadTransaction, shifts: Sequence[Shift]) -> set[UUID]:
    """Ids among `shifts` that are known for another worker, or for a work center the caller may not plan."""
    known = await store.known(tx, [shift.id for shift in shifts])
    centers = {c.id: c for c in await people.work_centers(tx, ids=sorted({row.work_center_id for row in known}))} if known else {}
    workers = {shift.id: shift.worker_id for shift in shifts}
    return {
        row.id
        for row in known
        if row.worker_id != workers[row.id] or not ROSTER_WRITE.reaches(tx.caller, centers[row.work_center_id].nodes)
    }


async def keep(tx: WriteTransaction, shifts: Sequence[Shift], types: Mapping[UUID, UUID | None]) -> dict[UUID, bool]:
    """Store shifts whose workers are locked and tell where the roster changed, old places of moved shifts included."""
    before = await store.places(tx, [shift.id for shift in shifts])
    changed = await store.add(tx, [store.shift_json(shift, types.get(shift.id)) for shift in shifts])
    moved = {(site_id, center_id) for site_id, center_id, *_ in before} if not all(changed.values()) else set()
    new = [s for s in shifts if s.id in changed]
    touched = [(s.worker_id, s.starts_at, s.ends_at) for s in new] + [(w, start, end) for *_, w, start, end in before]
    await tell_changed(tx, moved | {(s.site_id, s.work_center_id) for s in new}, touched if new else ())
    return changed


async def change_shift(tx: WriteTransaction, shift_id: UUID, edit: ShiftEdit, version: int) -> Any:
    """Move, shorten or cancel a shift. Raises Stale, Conflict (double booking) or Invalid."""
    row = await store.one(tx, shift_id)
    if row is None:
        raise NotFound
    center = await people.work_center(tx, edit.work_center_id or row.work_center_id)
    ROSTER_WRITE.must_reach(tx.caller, center.nodes)
    ROSTER_WRITE.must_reach(tx.caller, (await people.work_center(tx, row.work_center_id)).nodes)
    before = store.shift_of(row)
    breaks = before.breaks if edit.breaks is None else edit.breaks
    asked = ShiftAsked(
        shift_id,
        before.worker_id,
        center.id,
        before.crew_id,
        before.business_date,
        None,
        edit.starts_at or before.starts_at,
        edit.ends_at or before.ends_at,
        breaks,
    )
    wanted = explicit(asked, center)
    status = edit.status or row.status
    await store.lock_workers(tx, [wanted.worker_id])
    if status == "planned" and await store.clashes(tx, [(0, wanted)]):
        raise Conflict("The worker already has a shift at that time.", code="double_booked")
    record = store.shift_json(wanted)
    changed = await store.change(
        tx,
        id=shift_id,
        starts_at=wanted.starts_at,
        ends_at=wanted.ends_at,
        breaks=as_json(record["breaks"]),
        status=status,
        work_center_id=center.id,
        version=version,
    )
    if not changed:
        raise Stale
    touched = [(shift.worker_id, shift.starts_at, shift.ends_at) for shift in (before, wanted)]
    await tell_changed(tx, {(before.site_id, before.work_center_id), (center.site_id, center.id)}, touched)
    return await store.one(tx, shift_id)


async def build_rotation(
    tx: WriteTransaction,
    site_id: UUID,
    letters: str,
    anchor: date,
    first: date,
    last: date,
    crews: Mapping[UUID, tuple[UUID, int]],
) -> tuple[int, list[tuple[date, str]]]:
    """Build shifts of crews from a rotation written as letters (shift type codes, `-` off).

    `crews` maps a crew to its work center and its offset in days. Answers how many shifts changed and which business
    dates are impossible. Repeating changes nothing.
    """
    site = await people.site(tx, site_id)
    ROSTER_WRITE.must_reach(tx.caller, site.nodes)
    rotation = await _rotation(tx, site_id, letters, anchor)
    plans = []
    for crew_id, (work_center_id, offset) in sorted(crews.items()):
        center = await people.work_center(tx, work_center_id)
        if center.site_id != site_id:
            raise Invalid.field("#/crews", "The work center belongs to another site.", "other_site")
        members = await people.active_workers(tx, crews=[crew_id])
        plans.append(CrewPlan(offset, tuple(Post(m.id, site_id, work_center_id, crew_id) for m in members)))
    built = build_roster(rotation, plans, ZoneInfo(site.time_zone), first, last)
    changed = await write(tx, built.shifts)
    return len(changed), list(built.impossible)


async def _rotation(tx: ReadTransaction, site_id: UUID, letters: str, anchor: date) -> Rotation:
    types = {t.code: t.shift for t in await shift_types(tx, site_id)}
    try:
        return rotation_from_letters(letters, types, anchor)
    except ValueError as error:
        raise Invalid.field("#/rotation", str(error), "unknown_shift_type") from error
