"""Shifts and claims for tests of the ledger, in minutes after a morning shift began."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import orjson
from sqlmodel import insert

from app.core.db import WriteTransaction
from app.core.ids import new_id
from app.paytime import service as paytime
from app.paytime.domain import Claim, PayKind
from app.people.models import WorkerRow
from app.roster.domain import Break, BreakKind, Shift
from app.roster.models import ShiftRow, ShiftStatus
from tests.builders import Plant

# Wednesday 07:00 in Berlin; the tests' clock stands at 09:00 UTC.
MORNING = datetime(2026, 3, 18, 6, 0, tzinfo=UTC)
HOURS = 480


def at(minutes: float) -> datetime:
    """An instant so many minutes into the morning shift."""
    return MORNING + timedelta(minutes=minutes)


def pause(start: int, end: int, kind: BreakKind = BreakKind.MEAL, *, paid: bool = False) -> Break:
    """A break between two minutes of the morning shift."""
    return Break(at(start), at(end), kind, paid)


def a_shift(
    start: float = 0, end: float = HOURS, *breaks: Break, worker_id: UUID | None = None, site_id: UUID | None = None
) -> Shift:
    """A shift that no database knows."""
    return Shift(
        new_id(), worker_id or new_id(), site_id or new_id(), new_id(), None, date(2026, 3, 18), at(start), at(end), breaks
    )


def claim(worker_id: UUID, start: float, end: float, kind: PayKind = PayKind.MODULE, source_id: UUID | None = None) -> Claim:
    """A claim between two minutes of the morning shift."""
    return Claim(worker_id, at(start), at(end), kind, source_id or new_id(), mandatory=False)


async def add_shift(
    tx: WriteTransaction,
    plant: Plant,
    who: str,
    start: float = 0,
    end: float = HOURS,
    *breaks: Break,
    site_id: UUID | None = None,
) -> UUID:
    """Put a shift of somebody into the roster: at line 1, or at the other site's line when a site is named."""
    shift_id = new_id()
    stored = [{"starts_at": b.starts_at, "ends_at": b.ends_at, "kind": b.kind.value, "paid": b.paid} for b in breaks]
    row = ShiftRow(
        organization_id=plant.organization_id, id=shift_id, worker_id=plant.people[who], site_id=site_id or plant.site_id,
        work_center_id=plant.other_line_id if site_id else plant.line_id, business_date=at(start).date(), starts_at=at(start),
        ends_at=at(end), breaks=orjson.loads(orjson.dumps(stored)), status=ShiftStatus.PLANNED, created_at=tx.now,
    )  # fmt: skip
    await tx.run(insert(ShiftRow).values(**row.model_dump()))
    return shift_id


async def add_worker(tx: WriteTransaction, plant: Plant, name: str, number: str | None = None) -> UUID:
    """Employ somebody at the plant's first site."""
    worker_id = new_id()
    row = WorkerRow(
        organization_id=plant.organization_id, id=worker_id, site_id=plant.site_id, number=number or name, display_name=name,
        languages=["en"], created_at=tx.now,
    )  # fmt: skip
    await tx.run(insert(WorkerRow).values(**row.model_dump()))
    plant.people[name] = worker_id
    return worker_id


async def learned(plant: Plant, who: str, start: float, end: float, kind: PayKind = PayKind.MODULE) -> list[UUID]:
    """Credit somebody's time between two minutes of the morning shift; answers the entries."""
    async with plant.write() as tx:
        (given,) = await paytime.credit(tx, [claim(plant.people[who], start, end, kind)])
    return list(given.entry_ids)
