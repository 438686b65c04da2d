"""Statements about pay calendars, periods and their files."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.core.db import ReadTransaction, WriteTransaction
from app.core.ids import new_id
from app.core.jsonb import as_json
from app.core.pages import Page
from app.paytime.domain import PayKind, Reach
from app.paytime.domain.exports import ExportFormat
from app.paytime.domain.periods import Content, HourlyRate, LinkedEntry, PayPeriod, PeriodStatus

# A shift's business date may differ from the workdays its hours fall on by a day either way.
ASIDE = timedelta(days=2)
COLUMNS = (
    "id, site_id, first_date as first, last_date as last, status, after_position as after, position, content_hash, seconds, "
    "entries, approved_by, approved_at, closed_by, closed_at, exported_at, version"
)
CALENDAR = text(
    "select site_id, frequency, starts_on, floor, workday_starts, rounding, rounding_seconds, company_code, version "
    "from pay_calendar where organization_id = :organization_id and site_id = :site_id"
)
# Whoever changes a site's periods holds its calendar: approvals, closings and new calendars come one after the other.
HOLD = text(f"{CALENDAR.text} for update")
CALENDARS = text("select site_id from pay_calendar where organization_id = :organization_id order by site_id")
PUT_CALENDAR = text(
    "insert into pay_calendar (organization_id, site_id, frequency, starts_on, floor, workday_starts, rounding, "
    "rounding_seconds, company_code, version) values (:organization_id, :site_id, :frequency, :starts_on, :starts_on, "
    ":workday_starts, :rounding, :rounding_seconds, :company_code, 1) on conflict (organization_id, site_id) do update set "
    "frequency = excluded.frequency, starts_on = excluded.starts_on, floor = :floor, workday_starts = excluded.workday_starts, "
    "rounding = excluded.rounding, rounding_seconds = excluded.rounding_seconds, company_code = excluded.company_code, "
    "version = pay_calendar.version + 1"
)
DROP_OPEN = text(
    "delete from pay_period where organization_id = :organization_id and site_id = :site_id and status = 'open' "
    "and first_date >= :starts_on"
)
LATEST = text(
    "select max(last_date) as last, max(last_date) filter (where status <> 'open') as settled, count(*) as periods "
    "from pay_period where organization_id = :organization_id and site_id = :site_id"
)
BEGINS_OPEN = text(
    "select count(*) from pay_period where organization_id = :organization_id and site_id = :site_id and status = 'open' "
    "and first_date = :first"
)
ADD = text(
    "insert into pay_period (organization_id, id, site_id, first_date, last_date, status, version) "
    "select :organization_id, p.id, :site_id, p.first, p.last, 'open', 1 "
    "from jsonb_to_recordset(cast(:periods as jsonb)) as p(id uuid, first date, last date) "
    "on conflict (organization_id, site_id, first_date) do nothing"
)
ONE = text(f"select {COLUMNS} from pay_period where organization_id = :organization_id and id = :id")  # noqa: S608  # constants
LIST = text(
    f"select {COLUMNS} from pay_period p where organization_id = :organization_id "  # noqa: S608  # constants
    "and (cast(:site_id as uuid) is null or site_id = :site_id) and (cast(:status as text) is null or status = :status) "
    "and (cast(:allowed as uuid[]) is null or site_id = any(cast(:allowed as uuid[]))) "
    "and not site_id = any(cast(:denied as uuid[])) and id > :after order by id limit :limit"
)
EARLIER = text(
    "select status, position from pay_period where organization_id = :organization_id and site_id = :site_id "
    "and first_date < :first order by first_date desc limit 1"
)
LATER_APPROVED = text(
    "select count(*) from pay_period where organization_id = :organization_id and site_id = :site_id "
    "and first_date > :first and status <> 'open'"
)
APPROVE = text(
    "update pay_period set status = 'approved', after_position = :after, position = :position, content_hash = :hash, "
    "seconds = :seconds, entries = :entries, approved_by = :actor, approved_at = :now, version = version + 1 "
    "where organization_id = :organization_id and id = :id and status in ('open', 'approved')"
)
CLOSE = text(
    "update pay_period set status = 'closed', closed_by = :actor, closed_at = :now, version = version + 1 "
    "where organization_id = :organization_id and id = :id and status = 'approved'"
)
EXPORTED = text(
    "update pay_period set status = 'exported', exported_at = :now, version = version + 1 "
    "where organization_id = :organization_id and id = :id and status = 'closed'"
)
ENTRY = "l.position, e.id, e.worker_id, e.kind, e.starts_at, e.ends_at, e.seconds, e.time_zone, e.rate_minor, e.rate_currency"
# What stands near the period's own days, and what was linked late about days before them; each entry once.
LINKED = text(
    f"select {ENTRY} from pay_entry e join ledger_link l on l.organization_id = e.organization_id and l.entry_id = e.id "  # noqa: S608  # constants
    "where e.organization_id = :organization_id and e.business_date between :near and :until and e.site_id = :site_id "
    "and l.position <= :position union all "
    f"select {ENTRY} from ledger_link l join pay_entry e on e.organization_id = l.organization_id and e.id = l.entry_id "
    "where l.organization_id = :organization_id and l.position > cast(:after as bigint) and l.position <= :position "
    "and e.site_id = :site_id and e.business_date < :near"
)
NUMBERS = text("select id, number from worker where organization_id = :organization_id and id = any(cast(:ids as uuid[]))")
KEEP = text(
    "insert into pay_export (organization_id, period_id, format, file_name, sha256, content, lines, seconds, created_by, "
    "created_at) values (:organization_id, :period_id, :format, :file_name, sha256(:content), :content, :lines, :seconds, "
    ":actor, :now) on conflict (organization_id, period_id, format) do nothing"
)
RECORD = "format, file_name, sha256, octet_length(content) as bytes, lines, seconds, created_by, created_at"
EXPORTS = text(
    f"select {RECORD} from pay_export where organization_id = :organization_id and period_id = :period_id order by format"  # noqa: S608  # constants
)
FILE = text(
    f"select {RECORD}, content from pay_export where organization_id = :organization_id "  # noqa: S608  # constants
    "and period_id = :period_id and format = :format"
)


def _rate(row: Any) -> HourlyRate:
    return None if row.rate_minor is None else (row.rate_minor, row.rate_currency)


def _period(row: Any) -> PayPeriod:
    return PayPeriod(**{**row._asdict(), "status": PeriodStatus(row.status)})


async def calendar(tx: ReadTransaction, site_id: UUID) -> Any:
    """How a site's periods are cut, or None."""
    return await tx.row(CALENDAR, site_id=site_id)


async def hold(tx: WriteTransaction, site_id: UUID) -> Any:
    """The same, and nobody else changes the site's periods until the transaction ends."""
    return await tx.row(HOLD, site_id=site_id)


async def calendars(tx: ReadTransaction) -> list[UUID]:
    """Sites that have periods."""
    return [row.site_id for row in await tx.rows(CALENDARS)]


async def put_calendar(tx: WriteTransaction, site_id: UUID, values: Mapping[str, Any]) -> None:
    """Write a calendar and drop the open periods that it replaces."""
    await tx.run(PUT_CALENDAR, site_id=site_id, **values)
    await tx.run(DROP_OPEN, site_id=site_id, starts_on=values["starts_on"])


async def latest(tx: ReadTransaction, site_id: UUID) -> Any:
    """The last day of the site's periods, of its settled ones, and how many there are."""
    return await tx.row(LATEST, site_id=site_id)


async def begins_open(tx: ReadTransaction, site_id: UUID, first: date) -> bool:
    """Whether an open period begins on a day."""
    return bool(await tx.scalar(BEGINS_OPEN, site_id=site_id, first=first))


async def add(tx: WriteTransaction, site_id: UUID, spans: Iterable[tuple[date, date]]) -> None:
    """Open periods; those that exist stay as they are."""
    rows = [{"id": new_id(), "first": first, "last": last} for first, last in spans]
    await tx.run(ADD, site_id=site_id, periods=as_json(rows))


async def one(tx: ReadTransaction, period_id: UUID) -> PayPeriod | None:
    """One period."""
    row = await tx.row(ONE, id=period_id)
    return None if row is None else _period(row)


async def periods(
    tx: ReadTransaction, page: Page, reach: Reach, site_id: UUID | None, status: PeriodStatus | None
) -> list[PayPeriod]:
    """Periods in the order they were opened, one more than the page shows."""
    rows = await tx.rows(
        LIST,
        site_id=site_id,
        status=status.value if status else None,
        allowed=None if reach.allowed is None else list(reach.allowed),
        denied=list(reach.denied),
        after=page.after,
        limit=page.limit + 1,
    )
    return [_period(row) for row in rows]


async def earlier(tx: ReadTransaction, period: PayPeriod) -> tuple[PeriodStatus, int | None] | None:
    """State and last position of the period before, or None for the first one."""
    row = await tx.row(EARLIER, site_id=period.site_id, first=period.first)
    return None if row is None else (PeriodStatus(row.status), row.position)


async def approve(tx: WriteTransaction, period: PayPeriod, after: int, position: int, seen: Content) -> bool:
    """Bind an approval to what was seen; false when the period is past that."""
    values = {"after": after, "position": position, "hash": seen.hash, "seconds": seen.seconds, "entries": seen.entries}
    return bool(await tx.run(APPROVE, id=period.id, actor=tx.caller.id, now=tx.now, **values))


async def close(tx: WriteTransaction, period_id: UUID) -> bool:
    """Close an approved period; false when it is none."""
    return bool(await tx.run(CLOSE, id=period_id, actor=tx.caller.id, now=tx.now))


async def exported(tx: WriteTransaction, period_id: UUID) -> bool:
    """Note the first file of a closed period; false when there was one."""
    return bool(await tx.run(EXPORTED, id=period_id, now=tx.now))


async def linked(tx: ReadTransaction, period: PayPeriod, after: int | None, position: int) -> list[LinkedEntry]:
    """Every linked entry of the site that may have a piece in the period."""
    rows = await tx.rows(
        LINKED, site_id=period.site_id, near=period.first - ASIDE, until=period.last + ASIDE, after=after, position=position
    )
    return [
        LinkedEntry(r.position, r.id, r.worker_id, PayKind(r.kind), r.starts_at, r.ends_at, r.seconds, r.time_zone, _rate(r))
        for r in rows
    ]


async def numbers(tx: ReadTransaction, worker_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Employee numbers of workers."""
    return {row.id: row.number for row in await tx.rows(NUMBERS, ids=list(worker_ids))}


async def keep_file(tx: WriteTransaction, period_id: UUID, values: Mapping[str, Any]) -> bool:
    """Keep a file for ever; false when the period has one of this format."""
    return bool(await tx.run(KEEP, period_id=period_id, actor=tx.caller.id, now=tx.now, **values))


async def files(tx: ReadTransaction, period_id: UUID) -> Sequence[Any]:
    """The files of a period, without their bytes."""
    return await tx.rows(EXPORTS, period_id=period_id)


async def file(tx: ReadTransaction, period_id: UUID, kind: ExportFormat) -> Any:
    """One file with its bytes, or None."""
    return await tx.row(FILE, period_id=period_id, format=kind.value)
