"""Import kinds of the roster: shifts and absences from a workforce system."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from app.core.db import WriteTransaction
from app.core.errors import AppError
from app.core.imports import Cells, Column, ImportRow, RowVerdict, Verdict, import_kind
from app.people import service as people
from app.roster import service
from app.roster.domain import Absence, AbsenceKind
from app.roster.policies import ROSTER_WRITE
from app.roster.service.bulk import ShiftLine, import_lines

ABSENCES = UUID("2a8b0f4e-6a5c-5e0f-8a63-3f4d7c1b9e02")
SHIFT_COLUMNS: dict[str, str | Column] = {
    "external_id": Column("The shift's id in the other system; the same id again changes the shift.", required=True),
    "worker": Column("Employee number.", required=True),
    "work_center": Column("Code of the work center within the site.", required=True),
    "site": "Code of the site; may be left out where the worker's home site is meant.",
    "business_date": "The date the shift belongs to; by default the local date of its start.",
    "starts_at": "Start, local to the site or with an offset; a time of day alone is on the business date.",
    "ends_at": "End; a time of day alone (06:00, for a night shift that of the next day), or a moment.",
    "shift_type": "Code of a shift type, instead of start and end.",
    "break_minutes": "An unpaid meal break in the middle of the shift.",
    "hourly_rate_minor": "What an hour of this shift is paid, in minor units (2150 for 21.50 EUR); needs a currency.",
    "currency": "Its currency, such as EUR.",
}


@import_kind("shifts", policy=ROSTER_WRITE, columns=SHIFT_COLUMNS)
async def import_shifts(
    tx: WriteTransaction, rows: Sequence[ImportRow], source: str, _options: Mapping[str, Any]
) -> list[RowVerdict]:
    """Shifts of workers, by shift type or by start and end."""
    return await import_lines(tx, [ShiftLine.read(row) for row in rows], source)


@import_kind(
    "absences",
    policy=ROSTER_WRITE,
    columns={
        "external_id": Column("The absence's id in the other system.", required=True),
        "worker": Column("Employee number.", required=True),
        "starts_at": Column("Start, local to the worker's home site or with an offset.", required=True),
        "ends_at": Column("End.", required=True),
        "kind": "vacation, sick, training or other.",
    },
)
async def import_absences(
    tx: WriteTransaction, rows: Sequence[ImportRow], source: str, _options: Mapping[str, Any]
) -> list[RowVerdict]:
    """Absences of workers."""
    sites = await people.sites(tx)
    workers = {w.number: w for w in await people.active_workers(tx)}
    verdicts = []
    for row in rows:
        cells = Cells(row)
        number = cells.text("worker", required=True)
        key = cells.text("external_id", longest=128, required=True)
        worker = workers.get(number or "")
        if number and worker is None:
            cells.fault("worker", "is not an active worker's number")
        zone = ZoneInfo(sites[worker.site_id].time_zone) if worker else ZoneInfo("UTC")
        start, end = cells.instant("starts_at", zone, required=True), cells.instant("ends_at", zone, required=True)
        kind = cells.choice("kind", AbsenceKind) or AbsenceKind.OTHER
        if worker is None or start is None or end is None or key is None or cells.reason:
            verdicts.append(RowVerdict(row.number, Verdict.REFUSED, cells.reason))
            continue
        thing = uuid5(ABSENCES, f"{tx.organization_id}/{source}/{key}")
        try:
            await service.add_absence(tx, thing, Absence(worker.id, start, end, kind))
        except AppError as refused:
            verdicts.append(RowVerdict(row.number, Verdict.REFUSED, refused.detail))
            continue
        verdicts.append(RowVerdict(row.number, Verdict.CREATED, thing_id=thing))
    return verdicts
