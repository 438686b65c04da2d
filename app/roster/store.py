"""Every statement about the roster."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.core.db import ReadTransaction, WriteTransaction
from app.core.jsonb import as_json
from app.roster.domain import Absence, AbsenceKind, Break, BreakKind, BreakRule, Rate, Shift, ShiftType

COLUMNS = "id, worker_id, site_id, work_center_id, crew_id, business_date, starts_at, ends_at, breaks, status, version, rate_minor, rate_currency"
# Whoever left stands at no line any more, though the shifts are still in the roster; what they worked before stays.
SHIFTS = text(
    f"select {COLUMNS} from shift where organization_id = :organization_id and status = 'planned' "  # noqa: S608  # constant columns
    "and starts_at < :end and ends_at > :start "
    "and (ends_at <= :now or not exists (select from worker w where w.organization_id = shift.organization_id "
    "and w.id = shift.worker_id and w.status = 'inactive')) "
    "and (cast(:workers as uuid[]) is null or worker_id = any(cast(:workers as uuid[]))) "
    "and (cast(:centers as uuid[]) is null or work_center_id = any(cast(:centers as uuid[]))) "
    "and (cast(:site_id as uuid) is null or site_id = :site_id) order by starts_at, id"
)
PAGE = text(
    f"select {COLUMNS} from shift where organization_id = :organization_id and id > :after "  # noqa: S608  # constant columns
    "and starts_at < :end and ends_at > :start "
    "and (cast(:worker_id as uuid) is null or worker_id = :worker_id) "
    "and (cast(:work_center_id as uuid) is null or work_center_id = :work_center_id) "
    "and (cast(:site_id as uuid) is null or site_id = :site_id) "
    "and (cast(:nodes as uuid[]) is null or site_id = any(cast(:nodes as uuid[])) "
    "or work_center_id = any(cast(:nodes as uuid[])) or crew_id = any(cast(:nodes as uuid[]))) order by id limit :limit"
)
ONE = text(f"select {COLUMNS} from shift where organization_id = :organization_id and id = :id")  # noqa: S608  # constant columns
ADD = text(
    "insert into shift (organization_id, id, worker_id, site_id, work_center_id, crew_id, shift_type_id, business_date, starts_at, "
    "ends_at, breaks, status, created_at, version, rate_minor, rate_currency) select :organization_id, s.id, s.worker_id, s.site_id, s.work_center_id, s.crew_id, "
    "s.shift_type_id, s.business_date, s.starts_at, s.ends_at, s.breaks, 'planned', :now, 1, s.rate_minor, s.rate_currency from jsonb_to_recordset(cast(:shifts as jsonb)) "
    "as s(id uuid, worker_id uuid, site_id uuid, work_center_id uuid, crew_id uuid, shift_type_id uuid, business_date date, "
    "starts_at timestamptz, ends_at timestamptz, breaks jsonb, rate_minor int, rate_currency text) order by s.worker_id, s.starts_at "
    "on conflict (organization_id, id) do update set work_center_id = excluded.work_center_id, site_id = excluded.site_id, "
    "crew_id = excluded.crew_id, business_date = excluded.business_date, starts_at = excluded.starts_at, ends_at = excluded.ends_at, "
    "breaks = excluded.breaks, status = 'planned', version = shift.version + 1, rate_minor = excluded.rate_minor, "
    "rate_currency = excluded.rate_currency "
    "where shift.worker_id = excluded.worker_id and (shift.work_center_id, shift.business_date, shift.starts_at, shift.ends_at, shift.breaks, shift.status, shift.rate_minor, shift.rate_currency) is distinct from "
    "(excluded.work_center_id, excluded.business_date, excluded.starts_at, excluded.ends_at, excluded.breaks, 'planned', excluded.rate_minor, excluded.rate_currency) "
    "returning id, (xmax = 0) as created"
)
KNOWN = text(
    "select id, worker_id, work_center_id from shift where organization_id = :organization_id and id = any(cast(:ids as uuid[]))"
)
CHANGE = text(
    "update shift set starts_at = :starts_at, ends_at = :ends_at, breaks = cast(:breaks as jsonb), status = :status, "
    "work_center_id = :work_center_id, version = version + 1 where organization_id = :organization_id and id = :id "
    "and version = :version"
)
PLACES = text(
    "select distinct site_id, work_center_id, worker_id, starts_at, ends_at from shift where organization_id = :organization_id and id = any(cast(:ids as uuid[]))"
)
COMING = text(
    "select site_id, work_center_id, starts_at, ends_at from shift where organization_id = :organization_id "
    "and worker_id = :worker_id and status = 'planned' and ends_at > :now"
)
CLASHES = text(
    "select s.number from jsonb_to_recordset(cast(:shifts as jsonb)) as s(number int, id uuid, worker_id uuid, starts_at timestamptz, "
    "ends_at timestamptz) where exists (select 1 from shift o where o.organization_id = :organization_id and o.worker_id = s.worker_id "
    "and o.id <> s.id and o.status = 'planned' and o.starts_at < s.ends_at and o.ends_at > s.starts_at)"
)
TYPES = text(
    "select id, site_id, code, name, starts, ends, breaks, version from shift_type where organization_id = :organization_id "
    "and (cast(:ids as uuid[]) is null or id = any(cast(:ids as uuid[]))) "
    "and (cast(:site_id as uuid) is null or site_id = :site_id) order by site_id, starts, id"
)
ADD_TYPE = text(
    "insert into shift_type (organization_id, id, site_id, code, name, starts, ends, breaks, created_at, version) "
    "values (:organization_id, :id, :site_id, :code, :name, :starts, :ends, cast(:breaks as jsonb), :now, 1)"
)
CHANGE_TYPE = text(
    "update shift_type set name = :name, starts = :starts, ends = :ends, breaks = cast(:breaks as jsonb), version = version + 1 "
    "where organization_id = :organization_id and id = :id and version = :version"
)
ABSENCES = text(
    "select id, worker_id, starts_at, ends_at, kind from absence where organization_id = :organization_id "
    "and starts_at < :end and ends_at > :start and (cast(:workers as uuid[]) is null or worker_id = any(cast(:workers as uuid[]))) "
    "order by id"
)
ABSENCES_AFTER = text(
    "select id, worker_id, starts_at, ends_at, kind from absence where organization_id = :organization_id "
    "and starts_at < :end and ends_at > :start and id > :after order by id limit :limit"
)
ADD_ABSENCE = text(
    "insert into absence (organization_id, id, worker_id, starts_at, ends_at, kind, created_at) "
    "values (:organization_id, :id, :worker_id, :starts_at, :ends_at, :kind, :now) on conflict (organization_id, id) do nothing"
)
ONE_ABSENCE = text(
    "select id, worker_id, starts_at, ends_at, kind from absence where organization_id = :organization_id and id = :id"
)
DROP_ABSENCE = text("delete from absence where organization_id = :organization_id and id = :id")
LOCK_WORKERS = text(
    "select pg_advisory_xact_lock(hashtextextended(w::text, 11)) from (select unnest(cast(:workers as uuid[])) as w order by 1) sorted"
)


def shift_of(row: Row[Any]) -> Shift:
    """A stored shift as the domain's value."""
    pauses = tuple(
        Break(datetime.fromisoformat(b["starts_at"]), datetime.fromisoformat(b["ends_at"]), BreakKind(b["kind"]), b["paid"])
        for b in row.breaks
    )
    rate = Rate(row.rate_minor, row.rate_currency) if row.rate_minor is not None else None
    return Shift(
        row.id, row.worker_id, row.site_id, row.work_center_id, row.crew_id, row.business_date, row.starts_at, row.ends_at, pauses,
        rate,
    )  # fmt: skip


def type_of(row: Row[Any]) -> ShiftType:
    """A stored shift type as the domain's value."""
    rules = tuple(BreakRule(b["offset_minutes"], b["minutes"], BreakKind(b["kind"]), b["paid"]) for b in row.breaks)
    return ShiftType(row.id, row.name, row.starts, row.ends, rules)


def breaks_json(pauses: Sequence[Break]) -> list[dict[str, Any]]:
    """Breaks as they are stored."""
    return [
        {"starts_at": p.starts_at.isoformat(), "ends_at": p.ends_at.isoformat(), "kind": p.kind.value, "paid": p.paid}
        for p in pauses
    ]


def shift_json(shift: Shift, shift_type_id: UUID | None = None) -> dict[str, Any]:
    """A shift as one record of a bulk write."""
    return {
        "id": shift.id,
        "worker_id": shift.worker_id,
        "site_id": shift.site_id,
        "work_center_id": shift.work_center_id,
        "crew_id": shift.crew_id,
        "shift_type_id": shift_type_id,
        "business_date": shift.business_date,
        "starts_at": shift.starts_at,
        "ends_at": shift.ends_at,
        "breaks": breaks_json(shift.breaks),
        "rate_minor": shift.rate.minor if shift.rate else None,
        "rate_currency": shift.rate.currency if shift.rate else None,
    }


async def shifts(
    tx: ReadTransaction,
    start: datetime,
    end: datetime,
    *,
    workers: Sequence[UUID] | None = None,
    centers: Sequence[UUID] | None = None,
    site_id: UUID | None = None,
) -> list[Shift]:
    """Planned shifts that share time with [start, end), without those to come of people who left."""
    rows = await tx.rows(
        SHIFTS,
        now=tx.now,
        start=start,
        end=end,
        workers=None if workers is None else list(workers),
        centers=None if centers is None else list(centers),
        site_id=site_id,
    )
    return [shift_of(row) for row in rows]


async def coming(tx: ReadTransaction, worker_id: UUID) -> Sequence[Row[Any]]:
    """Where and when a worker is rostered from now on, whether they still work here or not."""
    return await tx.rows(COMING, worker_id=worker_id, now=tx.now)


async def page(tx: ReadTransaction, **filters: Any) -> Sequence[Row[Any]]:
    """One page of shifts, cancelled ones included."""
    return await tx.rows(PAGE, **filters)


async def one(tx: ReadTransaction, shift_id: UUID) -> Row[Any] | None:
    """One shift's row."""
    return await tx.row(ONE, id=shift_id)


async def clashes(tx: ReadTransaction, numbered: Sequence[tuple[int, Shift]]) -> set[int]:
    """Numbers of the given shifts whose worker already works at that time."""
    records = [
        {"number": n, "id": s.id, "worker_id": s.worker_id, "starts_at": s.starts_at, "ends_at": s.ends_at} for n, s in numbered
    ]
    return {row[0] for row in await tx.rows(CLASHES, shifts=as_json(records))}


async def lock_workers(tx: WriteTransaction, workers: Sequence[UUID]) -> None:
    """Serialise roster changes per worker, in sorted order against deadlocks."""
    await tx.rows(LOCK_WORKERS, workers=sorted(set(workers)))


async def add(tx: WriteTransaction, records: Sequence[Mapping[str, Any]]) -> dict[UUID, bool]:
    """Insert shifts, or replace those known by id; answers id -> created for the ones that changed anything."""
    rows = await tx.rows(ADD, shifts=as_json(list(records)), now=tx.now)
    return {row.id: row.created for row in rows}


async def known(tx: ReadTransaction, ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Whose and where those shifts are that are known."""
    return await tx.rows(KNOWN, ids=list(ids))


async def places(tx: ReadTransaction, ids: Sequence[UUID]) -> set[tuple[UUID, UUID, UUID, datetime, datetime]]:
    """Site, work center, worker and time of those shifts that are known."""
    rows = await tx.rows(PLACES, ids=list(ids))
    return {(row.site_id, row.work_center_id, row.worker_id, row.starts_at, row.ends_at) for row in rows}


async def change(tx: WriteTransaction, **values: Any) -> int:
    """Update one shift if it still has the expected version."""
    return await tx.run(CHANGE, **values)


async def types(tx: ReadTransaction, ids: Sequence[UUID] | None = None, site_id: UUID | None = None) -> Sequence[Row[Any]]:
    """Shift types by ids or site."""
    return await tx.rows(TYPES, ids=None if ids is None else list(ids), site_id=site_id)


async def add_type(tx: WriteTransaction, **values: Any) -> None:
    """Insert a shift type."""
    await tx.run(ADD_TYPE, now=tx.now, **values)


async def change_type(tx: WriteTransaction, **values: Any) -> int:
    """Update one shift type if it still has the expected version."""
    return await tx.run(CHANGE_TYPE, **values)


async def absences(
    tx: ReadTransaction, start: datetime, end: datetime, workers: Sequence[UUID] | None = None
) -> list[tuple[UUID, Absence]]:
    """Absences that share time with [start, end), with their ids."""
    rows = await tx.rows(ABSENCES, start=start, end=end, workers=None if workers is None else list(workers))
    return [_absence(row) for row in rows]


async def absences_after(
    tx: ReadTransaction, start: datetime, end: datetime, after: UUID, limit: int
) -> list[tuple[UUID, Absence]]:
    """The next absences by id that share time with [start, end)."""
    return [_absence(row) for row in await tx.rows(ABSENCES_AFTER, start=start, end=end, after=after, limit=limit)]


def _absence(row: Row[Any]) -> tuple[UUID, Absence]:
    return row.id, Absence(row.worker_id, row.starts_at, row.ends_at, AbsenceKind(row.kind))


async def add_absence(tx: WriteTransaction, absence_id: UUID, absence: Absence) -> bool:
    """Insert an absence; False when the id is known already."""
    written = await tx.run(
        ADD_ABSENCE,
        id=absence_id,
        worker_id=absence.worker_id,
        starts_at=absence.starts_at,
        ends_at=absence.ends_at,
        kind=absence.kind.value,
        now=tx.now,
    )
    return written == 1


async def absence(tx: ReadTransaction, absence_id: UUID) -> Row[Any] | None:
    """One absence's row."""
    return await tx.row(ONE_ABSENCE, id=absence_id)


async def drop_absence(tx: WriteTransaction, absence_id: UUID) -> None:
    """Remove an absence: the worker is there after all."""
    await tx.run(DROP_ABSENCE, id=absence_id)
