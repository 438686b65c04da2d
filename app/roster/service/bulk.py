"""Many shifts at once from another system, each with a verdict."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from app.core.db import WriteTransaction
from app.core.errors import AppError
from app.core.imports import Cells, ImportRow, RowVerdict, Verdict
from app.core.intervals import overlapping_pairs, resolve_local
from app.people import service as people
from app.people.domain import Site, WorkCenter, Worker
from app.roster import store
from app.roster.domain import MOST_AN_HOUR, Break, BreakKind, ImpossibleShift, Post, Rate, Shift, ShiftType, expand_shift
from app.roster.policies import ROSTER_WRITE
from app.roster.service.shift_changes import ShiftAsked, explicit, foreign, keep
from app.roster.service.shift_types import shift_types

CLOCK = re.compile(r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?")
SHIFTS = UUID("7d3c2b8a-4c1e-5d7b-9f20-0c6e5a9b1d11")


@dataclass(frozen=True, slots=True)
class ShiftLine:
    """One row that asks for a shift."""

    cells: Cells

    @classmethod
    def read(cls, row: ImportRow) -> "ShiftLine":
        """Wrap a row; its cells are read when the site's zone is known."""
        return cls(Cells(row))


@dataclass(frozen=True, slots=True)
class Plant:
    """What names in rows are looked up in."""

    sites: Mapping[str, Site]
    site_ids: Mapping[UUID, Site]
    centers: Mapping[tuple[UUID, str], WorkCenter]
    workers: Mapping[str, Worker]
    types: Mapping[tuple[UUID, str], ShiftType]


async def known_plant(tx: WriteTransaction) -> Plant:
    """Every site, work center, active worker and shift type by the names rows use."""
    sites = await people.sites(tx)
    centers = await people.work_centers(tx)
    workers = await people.active_workers(tx)
    types = await shift_types(tx)
    return Plant(
        {s.code: s for s in sites.values()},
        sites,
        {(c.site_id, c.code): c for c in centers},
        {w.number: w for w in workers},
        {(t.site_id, t.code): t.shift for t in types},
    )


async def import_lines(tx: WriteTransaction, lines: Sequence[ShiftLine], source: str) -> list[RowVerdict]:
    """Add or change shifts by (source, external_id); refuses double bookings and rows outside the caller's reach."""
    plant = await known_plant(tx)
    refused: dict[int, str] = {}
    wanted: dict[int, Shift] = {}
    for line in lines:
        number = line.cells.row.number
        shift = _shift(tx, plant, line.cells, source)
        if shift is None or line.cells.reason:
            refused[number] = line.cells.reason or "cannot be read"
        else:
            wanted[number] = shift
    await store.lock_workers(tx, [s.worker_id for s in wanted.values()])
    for number in _doubled(wanted) | await store.clashes(tx, list(wanted.items())):
        wanted.pop(number, None)
        refused[number] = "the worker already has a shift at that time"
    taken = await foreign(tx, list(wanted.values()))
    for number in [number for number, shift in wanted.items() if shift.id in taken]:
        wanted.pop(number)
        refused[number] = "external_id: it names a shift of somebody else, or outside what you may plan"
    changed = await keep(tx, list(wanted.values()), {}) if wanted else {}
    return [_verdict(line.cells.row.number, refused, wanted, changed) for line in lines]


def _verdict(number: int, refused: Mapping[int, str], wanted: Mapping[int, Shift], changed: Mapping[UUID, bool]) -> RowVerdict:
    if number in refused:
        return RowVerdict(number, Verdict.REFUSED, refused[number])
    shift_id = wanted[number].id
    if shift_id not in changed:
        return RowVerdict(number, Verdict.UNCHANGED, thing_id=shift_id)
    return RowVerdict(number, Verdict.CREATED if changed[shift_id] else Verdict.UPDATED, thing_id=shift_id)


def _doubled(wanted: Mapping[int, Shift]) -> set[int]:
    """Rows whose shift shares time with another row's shift of the same worker; the first of them is kept."""
    found: set[int] = set()
    by_worker: dict[UUID, list[tuple[int, Shift]]] = {}
    for number, shift in sorted(wanted.items()):
        kept = by_worker.setdefault(shift.worker_id, [])
        if any(overlapping_pairs([other.interval, shift.interval]) for _, other in kept):
            found.add(number)
        else:
            kept.append((number, shift))
    return found


def _shift(tx: WriteTransaction, plant: Plant, cells: Cells, source: str) -> Shift | None:
    """The shift a row asks for, or None with the reasons noted in the cells."""
    key = cells.text("external_id", longest=128, required=True)
    worker = plant.workers.get(cells.text("worker", required=True) or "")
    if worker is None:
        cells.fault("worker", "is not an active worker's number")
        return None
    code = cells.text("site")
    site = plant.sites.get(code) if code else plant.site_ids[worker.site_id]
    center = plant.centers.get((site.id, cells.text("work_center", required=True) or "")) if site else None
    if center is None or site is None:
        cells.fault("work_center", "is not a work center of that site")
        return None
    if not ROSTER_WRITE.reaches(tx.caller, center.nodes):
        cells.fault("work_center", "is outside what you may plan")
        return None
    shift_id = uuid5(SHIFTS, f"{tx.organization_id}/{source}/{key}")
    crew = worker.crew_ids[0] if worker.crew_ids else None
    made = _timed(plant, cells, Post(worker.id, site.id, center.id, crew), center, shift_id)
    return replace(made, rate=_rate(cells)) if made else None


def _rate(cells: Cells) -> Rate | None:
    minor, currency = cells.whole("hourly_rate_minor", most=MOST_AN_HOUR), cells.text("currency")
    if minor is None and currency is None:
        return None
    try:
        return Rate(-1 if minor is None else minor, currency or "")
    except ValueError as error:
        cells.fault("hourly_rate_minor", str(error))
        return None


def _timed(plant: Plant, cells: Cells, post: Post, center: WorkCenter, shift_id: UUID) -> Shift | None:
    zone = ZoneInfo(center.time_zone)
    day = cells.date("business_date")
    code = cells.text("shift_type")
    try:
        if code:
            kind = plant.types.get((center.site_id, code))
            if kind is None or day is None:
                cells.fault("shift_type", "needs a known code and a business_date")
                return None
            return replace(expand_shift(kind, day, zone, post), id=shift_id)
        start = _begin(cells, zone, day)
        end = None if start is None else _end(cells, zone, start)
        if start is None or end is None:
            return None
        minutes = cells.whole("break_minutes", most=240) or 0
        asked = ShiftAsked(shift_id, post.worker_id, center.id, post.crew_id, day, None, start, end)
        shift = explicit(asked, center)
        return replace(shift, breaks=_middle(shift, minutes)) if minutes else shift
    except (ImpossibleShift, AppError, ValueError) as error:
        cells.fault("starts_at", str(getattr(error, "detail", "") or error))
        return None


def _clock(cells: Cells, column: str) -> time | None:
    """A time of day alone, such as 06:00; None for anything else."""
    found = cells.row.values.get(column, "").strip()
    if not CLOCK.fullmatch(found):
        return None
    try:
        return time.fromisoformat(found.zfill(5) if found.count(":") == 1 else found.zfill(8))
    except ValueError:
        return None


def _begin(cells: Cells, zone: ZoneInfo, day: date | None) -> datetime | None:
    """When a shift starts: a moment, or a time of day on its business date."""
    clock = _clock(cells, "starts_at")
    if clock is None:
        return cells.instant("starts_at", zone, required=True)
    if day is None:
        cells.fault("starts_at", "is a time of day alone, which needs a business_date")
        return None
    return resolve_local(datetime.combine(day, clock), zone)


def _end(cells: Cells, zone: ZoneInfo, start: datetime) -> datetime | None:
    """When a shift ends: a moment, or the next time at which the clock shows that time of day."""
    clock = _clock(cells, "ends_at")
    if clock is None:
        return cells.instant("ends_at", zone, required=True)
    begun = start.astimezone(zone).replace(tzinfo=None)
    ends = datetime.combine(begun.date(), clock)
    if ends == begun:
        cells.fault("ends_at", "is the time at which the shift starts: give a moment for a shift of a whole day")
        return None
    return resolve_local(ends if ends > begun else ends + timedelta(days=1), zone)


def _middle(shift: Shift, minutes: int) -> tuple[Break, ...]:
    """An unpaid meal break in the middle of a shift, for systems that only say how long it is."""
    start = shift.starts_at + (shift.ends_at - shift.starts_at - timedelta(minutes=minutes)) / 2
    start = start.replace(second=0, microsecond=0)
    return (Break(start, start + timedelta(minutes=minutes), BreakKind.MEAL, paid=False),)
