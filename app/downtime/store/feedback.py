"""Statements about what windows turned out to be."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.core.db import ReadTransaction, WriteTransaction
from app.downtime.domain.feedback import Learned, Outcome

COLUMNS = "id, work_center_id, pattern_id, kind, starts_at, ends_at, mapped_seconds, usable_seconds, held, planned_seconds, used_seconds"
ADD = text(
    f"insert into window_outcome (organization_id, {COLUMNS}, settled_at) values (:organization_id, :id, :work_center_id, :pattern_id, "  # noqa: S608  # constant columns
    ":kind, :starts_at, :ends_at, :mapped_seconds, :usable_seconds, :held, :planned_seconds, :used_seconds, :now) "
    "on conflict (organization_id, id) do nothing"
)
SETTLED = text(
    "select id from window_outcome where organization_id = :organization_id and work_center_id = any(cast(:centers as uuid[])) "
    "and starts_at >= :since"
)
OUTCOMES = text(
    f"select {COLUMNS} from window_outcome where organization_id = :organization_id and work_center_id = :work_center_id "  # noqa: S608  # constant columns
    "and starts_at >= :start and starts_at < :end and id > :after order by id limit :limit"
)
LENGTHS = text(
    "select usable_seconds from window_outcome where organization_id = :organization_id and pattern_id = :pattern_id "
    "and usable_seconds > 0 order by starts_at desc limit :most"
)
# The pattern's row is locked by a statement of its own: one that also read would answer what was there before it waited.
LOCK = text("select id from window_pattern where organization_id = :organization_id and id = :pattern_id for update")
BEFORE = text(
    "select f.windows, coalesce(f.reliability, p.reliability) as reliability, f.usable_seconds from window_pattern p "
    "left join pattern_feedback f on f.organization_id = p.organization_id and f.pattern_id = p.id "
    "where p.organization_id = :organization_id and p.id = :pattern_id"
)
KEEP = text(
    "insert into pattern_feedback (organization_id, pattern_id, windows, reliability, usable_seconds, updated_at) "
    "values (:organization_id, :pattern_id, :windows, :reliability, :usable_seconds, :now) "
    "on conflict (organization_id, pattern_id) do update set windows = excluded.windows, reliability = excluded.reliability, "
    "usable_seconds = excluded.usable_seconds, updated_at = excluded.updated_at"
)


async def add(tx: WriteTransaction, outcome: Outcome) -> bool:
    """Keep an outcome; False when the window was settled before."""
    values = {name: getattr(outcome, name) for name in Outcome.__dataclass_fields__}
    return bool(await tx.run(ADD, **values, now=tx.now))


async def settled(tx: ReadTransaction, centers: Sequence[UUID], since: datetime) -> set[UUID]:
    """Windows of work centers that are settled."""
    return {row.id for row in await tx.rows(SETTLED, centers=list(centers), since=since)}


async def outcomes(
    tx: ReadTransaction, work_center_id: UUID, start: datetime, end: datetime, after: UUID, limit: int
) -> Sequence[Row[Any]]:
    """One page of outcomes of a work center's windows that began in [start, end)."""
    return await tx.rows(OUTCOMES, work_center_id=work_center_id, start=start, end=end, after=after, limit=limit)


async def lengths(tx: ReadTransaction, pattern_id: UUID, most: int) -> list[int]:
    """Usable seconds of a pattern's newest windows that took place."""
    return [row.usable_seconds for row in await tx.rows(LENGTHS, pattern_id=pattern_id, most=most)]


async def before(tx: WriteTransaction, pattern_id: UUID) -> Learned | None:
    """What a pattern's windows have said so far, from what was mapped on; kept from changing until the transaction ends."""
    await tx.rows(LOCK, pattern_id=pattern_id)
    row = await tx.row(BEFORE, pattern_id=pattern_id)
    return None if row is None else Learned(row.windows or 0, row.reliability, row.usable_seconds)


async def keep(tx: WriteTransaction, pattern_id: UUID, found: Learned) -> None:
    """Let plans rest on what was learned."""
    values = {"windows": found.windows, "reliability": found.reliability, "usable_seconds": found.usable_seconds}
    await tx.run(KEEP, pattern_id=pattern_id, now=tx.now, **values)
