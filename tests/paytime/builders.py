"""Shifts and claims for tests of the ledger, in minutes after a morning shift began."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import orjson
from sqlmodel import insert

from app.core.db import WriteTransaction
from app.core.ids import new_id
from app.paytime.domain import Claim, PayKind
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


def claim(
    worker_id: UUID, start: float, end: float, kind: PayKind = PayKind.MODULE, source_id: UUID | None = None
) -> Claim:
    """A claim between two minutes of the morning shift."""
    return Claim(worker_id, at(start), at(end), kind, source_id or new_id(), mandatory=False)


async def add_shift(
    tx: WriteTransaction, plant: Plant, who: str, start: float = 0, end: float = HOURS, *breaks: Break
) -> UUID:
    """Put a shift of somebody at line 1 into the roster."""
    shift_id = new_id()
    stored = [{"starts_at": b.starts_at, "ends_at": b.ends_at, "kind": b.kind.value, "paid": b.paid} for b in breaks]
    await tx.run(insert(ShiftRow).values(
        organization_id=plant.organization_id, id=shift_id, worker_id=plant.people[who], site_id=plant.site_id,
        work_center_id=plant.line_id, crew_id=plant.crew_id, business_date=at(start).date(), starts_at=at(start),
        ends_at=at(end), breaks=orjson.loads(orjson.dumps(stored)), status=ShiftStatus.PLANNED, created_at=tx.now, version=1))  # fmt: skip
    return shift_id
