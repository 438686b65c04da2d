"""Statements about stoppages, the days a line ran, reason codes and batches."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.core.db import ReadTransaction, WriteTransaction
from app.core.intervals import Interval
from app.core.jsonb import as_json
from app.downtime.domain.classify import StoppageKind
from app.downtime.domain.factors_log import Batch
from app.downtime.domain.stoppages import Origin, Stoppage

ROWS_A_STATEMENT = 2000
COLUMNS = "id, work_center_id, source, machine, kind, planned, reason, seconds, origin, starts_at, ends_at, observed_at, exact, doubtful"
FACTS = "work_center_id, machine, kind, planned, reason, seconds, origin, starts_at, ends_at, observed_at, exact, doubtful"
STOPPAGES = text(
    f"select {COLUMNS} from stoppage where organization_id = :organization_id "  # noqa: S608  # constant columns
    "and work_center_id = :work_center_id and observed_at >= :start and observed_at < :end order by observed_at, id"
)
PAGE = text(
    f"select {COLUMNS} from stoppage where organization_id = :organization_id and id > :after "  # noqa: S608  # constant columns
    "and work_center_id = any(cast(:centers as uuid[])) and observed_at >= :start and observed_at < :end "
    "order by id limit :limit"
)
KEEP = text(
    f"insert into stoppage (organization_id, id, source, external_id, created_at, {FACTS}) "  # noqa: S608  # constant columns
    "select :organization_id, s.id, :source, s.external_id, :now, s.work_center_id, s.machine, s.kind, s.planned, s.reason, "
    "s.seconds, s.origin, s.starts_at, s.ends_at, s.observed_at, s.exact, s.doubtful "
    "from jsonb_to_recordset(cast(:stoppages as jsonb)) as s(id uuid, external_id text, work_center_id uuid, machine text, "
    "kind text, planned bool, reason text, seconds int, origin text, starts_at timestamptz, ends_at timestamptz, "
    "observed_at timestamptz, exact bool, doubtful bool) order by s.id "
    "on conflict (organization_id, id) do update set machine = excluded.machine, kind = excluded.kind, "
    "planned = excluded.planned, reason = excluded.reason, seconds = excluded.seconds, origin = excluded.origin, "
    "starts_at = excluded.starts_at, ends_at = excluded.ends_at, observed_at = excluded.observed_at, exact = excluded.exact, "
    "doubtful = excluded.doubtful where (stoppage.machine, stoppage.kind, stoppage.planned, stoppage.reason, stoppage.seconds, "
    "stoppage.origin, stoppage.starts_at, stoppage.ends_at, stoppage.exact, stoppage.doubtful) is distinct from "
    "(excluded.machine, excluded.kind, excluded.planned, excluded.reason, excluded.seconds, excluded.origin, "
    "excluded.starts_at, excluded.ends_at, excluded.exact, excluded.doubtful) returning id, (xmax = 0) as created"
)
FORGET = text("delete from stoppage where organization_id = :organization_id and id = any(cast(:ids as uuid[])) returning id")
DAYS = text(
    "select day from logged_day where organization_id = :organization_id and work_center_id = :work_center_id "
    "and day >= :first and day <= :last order by day"
)
ADD_DAYS = text(
    "insert into logged_day (organization_id, work_center_id, day) select :organization_id, :work_center_id, d "
    "from unnest(cast(:days as date[])) as d on conflict do nothing"
)
REASONS = text("select code, meaning from stoppage_reason where organization_id = :organization_id and source = :source")
KEEP_REASONS = text(
    "insert into stoppage_reason (organization_id, source, code, meaning) select :organization_id, :source, r.code, r.meaning "
    "from jsonb_to_recordset(cast(:reasons as jsonb)) as r(code text, meaning text) order by r.code "
    "on conflict (organization_id, source, code) do update set meaning = excluded.meaning "
    "where stoppage_reason.meaning <> excluded.meaning returning code, (xmax = 0) as created"
)
BATCHES = text(
    "select name, day, starts_at, ends_at, date_of_end from production_batch where organization_id = :organization_id "
    "and work_center_id = :work_center_id and source = :source"
)
KEEP_BATCHES = text(
    "insert into production_batch (organization_id, work_center_id, source, name, day, starts_at, ends_at, date_of_end) "
    "select :organization_id, :work_center_id, :source, b.name, b.day, b.starts_at, b.ends_at, b.date_of_end "
    "from jsonb_to_recordset(cast(:batches as jsonb)) as b(name text, day date, starts_at timestamptz, ends_at timestamptz, "
    "date_of_end bool) order by b.name on conflict (organization_id, work_center_id, source, name) do update set "
    "day = excluded.day, starts_at = excluded.starts_at, ends_at = excluded.ends_at, date_of_end = excluded.date_of_end "
    "where (production_batch.day, production_batch.starts_at, production_batch.ends_at, production_batch.date_of_end) "
    "is distinct from (excluded.day, excluded.starts_at, excluded.ends_at, excluded.date_of_end) "
    "returning name, (xmax = 0) as created"
)


def stoppage_of(row: Row[Any]) -> Stoppage:
    """A stored stoppage as the domain's value; its line is the work center's id."""
    return Stoppage(
        line=str(row.work_center_id),
        machine=row.machine,
        kind=StoppageKind(row.kind),
        planned=row.planned,
        reason=row.reason,
        seconds=row.seconds,
        origin=Origin(row.origin),
        row=0,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        exact=row.exact,
        doubtful=row.doubtful,
    )


async def stoppages(tx: ReadTransaction, work_center_id: UUID, horizon: Interval) -> list[Stoppage]:
    """The stoppages of one work center observed in a horizon."""
    rows = await tx.rows(STOPPAGES, work_center_id=work_center_id, start=horizon.start, end=horizon.end)
    return [stoppage_of(row) for row in rows]


async def page(tx: ReadTransaction, centers: Sequence[UUID], horizon: Interval, after: UUID, limit: int) -> Sequence[Row[Any]]:
    """One page of stoppages observed in a horizon."""
    return await tx.rows(PAGE, centers=list(centers), start=horizon.start, end=horizon.end, after=after, limit=limit)


async def keep(tx: WriteTransaction, source: str, records: Iterable[Mapping[str, Any]]) -> dict[UUID, bool]:
    """Insert stoppages or replace what is known of them; answers id -> created for the ones that changed anything."""
    changed: dict[UUID, bool] = {}
    waiting = list(records)
    for first in range(0, len(waiting), ROWS_A_STATEMENT):
        some = waiting[first : first + ROWS_A_STATEMENT]
        rows = await tx.rows(KEEP, source=source, stoppages=as_json(some), now=tx.now)
        changed |= {row.id: row.created for row in rows}
    return changed


async def forget(tx: WriteTransaction, ids: Sequence[UUID]) -> set[UUID]:
    """Remove stoppages that their log takes back; answers those there were."""
    return {row.id for row in await tx.rows(FORGET, ids=list(ids))} if ids else set()


async def logged_days(tx: ReadTransaction, work_center_id: UUID, first: date, last: date) -> list[date]:
    """Local dates on which a line's log shows that it ran."""
    return [row.day for row in await tx.rows(DAYS, work_center_id=work_center_id, first=first, last=last)]


async def add_days(tx: WriteTransaction, work_center_id: UUID, days: Iterable[date]) -> None:
    """Remember dates on which a line ran."""
    await tx.run(ADD_DAYS, work_center_id=work_center_id, days=sorted(days))


async def reasons(tx: ReadTransaction, source: str) -> dict[str, str]:
    """What the reason codes of a source mean."""
    return {row.code: row.meaning for row in await tx.rows(REASONS, source=source)}


async def keep_reasons(tx: WriteTransaction, source: str, meanings: Mapping[str, str]) -> dict[str, bool]:
    """Store meanings of codes; answers code -> created for the ones that changed."""
    records = [{"code": code, "meaning": meaning} for code, meaning in meanings.items()]
    return {row.code: row.created for row in await tx.rows(KEEP_REASONS, source=source, reasons=as_json(records))}


async def batches(tx: ReadTransaction, work_center_id: UUID, source: str) -> dict[str, Batch]:
    """The batches of a line by name."""
    rows = await tx.rows(BATCHES, work_center_id=work_center_id, source=source)
    return {row.name: Batch(row.name, row.day, Interval(row.starts_at, row.ends_at), row.date_of_end) for row in rows}


async def keep_batches(tx: WriteTransaction, work_center_id: UUID, source: str, found: Iterable[Batch]) -> dict[str, bool]:
    """Store batches; answers name -> created for the ones that changed."""
    records = [
        {"name": b.name, "day": b.day, "starts_at": b.span.start, "ends_at": b.span.end, "date_of_end": b.date_of_end}
        for b in found
    ]
    rows = await tx.rows(KEEP_BATCHES, work_center_id=work_center_id, source=source, batches=as_json(records))
    return {row.name: row.created for row in rows}
