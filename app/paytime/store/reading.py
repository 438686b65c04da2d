"""Statements that read the ledger: accounts of one worker, lists, and the lines payroll exports."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.core.db import ReadTransaction
from app.core.pages import Page
from app.paytime.domain import (
    Classification,
    DayTotal,
    Entry,
    EntryType,
    PayKind,
    Period,
    Reach,
    Reason,
    ReasonCode,
    Uncredited,
    UsedSeconds,
)
from app.paytime.domain.payroll_file import PayLine

ENTRY = (
    "select e.id, e.worker_id, e.source_id, e.kind, e.mandatory, e.entry_type, e.reverses_id, r.id as reversed_by, "
    "coalesce(r.seconds, 0) as reversed_seconds, e.replaces_id, e.starts_at, e.ends_at, e.seconds, e.classification, e.reason_code, "
    "e.reason, e.actor_id, e.shift_id, e.business_date, e.site_id, e.work_center_id, c.area_id, e.pay_code, e.cost_center, "
    "e.night_seconds, e.weekend_seconds, e.rate_minor, e.rate_currency, e.time_zone, e.utc_offset_seconds, e.tzdata_version, e.device_at, e.recorded_at "
    "from pay_entry e left join lateral (select (array_agg(b.id order by b.id))[1] as id, sum(abs(b.seconds)) as seconds "
    "from pay_entry b where b.organization_id = e.organization_id and b.reverses_id = e.id) r on true "
    "left join work_center c on c.organization_id = e.organization_id and c.id = e.work_center_id "
    "where e.organization_id = :organization_id "
)
DATES = "and e.business_date between cast(:first as date) and cast(:last as date) "
REACHED = (
    "and (cast(:allowed as uuid[]) is null or array[e.site_id, e.work_center_id, c.area_id] && cast(:allowed as uuid[])) "
    "and not array[e.site_id, e.work_center_id, c.area_id] && cast(:denied as uuid[]) "
)
FILTERS = (
    "and (cast(:worker_id as uuid) is null or e.worker_id = :worker_id) "
    "and (cast(:site_id as uuid) is null or e.site_id = :site_id) "
)
ONE = text(f"{ENTRY} and e.id = :id")
SEVERAL = text(f"{ENTRY} and e.id = any(cast(:ids as uuid[])) order by e.id")
LIST = text(f"{ENTRY} {DATES} {REACHED} {FILTERS} and e.id > :after order by e.id limit :limit")
TOTALS = text(
    "select e.business_date, e.kind, sum(e.seconds) as seconds, count(*) as entries from pay_entry e "  # noqa: S608  # constant columns
    f"where e.organization_id = :organization_id and e.worker_id = :worker_id {DATES} "
    "group by e.business_date, e.kind order by e.business_date, e.kind"
)
# An exception is over once the roster was put right; one that somebody decided about stays on show, with the outcome.
UNCREDITED = (
    "select e.id, e.worker_id, e.source_id, e.kind, e.reason, e.starts_at, e.ends_at, e.seconds, e.business_date, e.site_id, "
    "e.work_center_id, e.recorded_at, e.paid, e.outside_hours, e.voluntary, e.not_job_related, e.no_productive_work, "
    "o.outcome, o.reason as outcome_reason, o.actor_id as decided_by from pay_exception e "
    "left join pay_outcome o on o.organization_id = e.organization_id and o.exception_id = e.id "
)
STANDING = "and o.outcome is distinct from 'reclassified' "
EXCEPTION = text(f"{UNCREDITED} where e.organization_id = :organization_id and e.id = :id")
EXCEPTIONS = text(
    f"{UNCREDITED} where e.organization_id = :organization_id and e.worker_id = :worker_id {DATES} {STANDING} "
    "order by e.starts_at, e.id limit :limit"
)
# An activity outside every shift has no work center: whoever supervises its worker's crew sees it all the same.
QUEUE = text(
    f"{UNCREDITED} "
    "left join work_center c on c.organization_id = e.organization_id and c.id = e.work_center_id "
    f"where e.organization_id = :organization_id {DATES} {STANDING} "
    "and (not cast(:open as boolean) or o.outcome is null) "
    "and (cast(:allowed as uuid[]) is null or array[e.site_id, e.work_center_id, c.area_id] && cast(:allowed as uuid[]) "
    "or (e.work_center_id is null and exists (select from membership m join crew k on k.organization_id = m.organization_id "
    "and k.id = m.crew_id where m.organization_id = e.organization_id and m.worker_id = e.worker_id "
    "and m.valid_from <= e.business_date and (m.valid_until is null or m.valid_until >= e.business_date) "
    "and array[k.id, k.work_center_id] && cast(:allowed as uuid[])))) "
    "and not array[e.site_id, e.work_center_id, c.area_id] && cast(:denied as uuid[]) "
    f"{FILTERS} and e.id > :after order by e.id limit :limit"
)
EXCEPTION_TOTALS = text(
    "select e.reason, sum(e.seconds) as seconds from pay_exception e "  # noqa: S608  # constant columns
    "left join pay_outcome o on o.organization_id = e.organization_id and o.exception_id = e.id "
    f"where e.organization_id = :organization_id and e.worker_id = :worker_id {DATES} "
    # What is credited after all is not uncredited, and what a policy paid is unless somebody decided otherwise.
    "and coalesce(o.outcome, case when e.paid then 'pay' else 'not_paid' end) = 'not_paid' "
    "and not exists (select from pay_dispute d join pay_dispute_step s on s.organization_id = d.organization_id "
    "and s.dispute_id = d.id where d.organization_id = e.organization_id and d.exception_id = e.id and s.step = 'granted') "
    "group by e.reason order by e.reason"
)
USED = text(
    "select e.worker_id, e.business_date, sum(e.seconds) as seconds from pay_entry e "  # noqa: S608  # constant columns
    f"where e.organization_id = :organization_id and e.worker_id = any(cast(:workers as uuid[])) {DATES} "
    "and e.kind = any(cast(:kinds as text[])) group by e.worker_id, e.business_date having sum(e.seconds) > 0 "
    "order by e.worker_id, e.business_date"
)
PAY_LINES = text(
    "select w.number, e.business_date, s.code, e.kind, sum(e.seconds) as seconds, count(*) as entries "  # noqa: S608  # constant columns
    "from pay_entry e "
    "join worker w on w.organization_id = e.organization_id and w.id = e.worker_id "
    "join site s on s.organization_id = e.organization_id and s.id = e.site_id "
    "left join work_center c on c.organization_id = e.organization_id and c.id = e.work_center_id "
    f"where e.organization_id = :organization_id {DATES} {REACHED} {FILTERS} "
    'group by w.number, e.business_date, s.code, e.kind order by w.number collate "C", e.business_date, s.code collate "C", e.kind '
    "limit :limit"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a period is asked for, within the caller's reach."""

    period: Period
    reach: Reach
    worker_id: UUID | None = None
    site_id: UUID | None = None
    only_open: bool = False

    def values(self) -> dict[str, Any]:
        """The filters as bound values."""
        allowed = self.reach.allowed
        return {
            "first": self.period.first,
            "last": self.period.last,
            "allowed": None if allowed is None else list(allowed),
            "denied": list(self.reach.denied),
            "worker_id": self.worker_id,
            "site_id": self.site_id,
        }


def _entry(row: Any) -> Entry:
    values = row._asdict()
    code = values["reason_code"]
    return Entry(
        **{
            **values,
            "kind": PayKind(values["kind"]),
            "entry_type": EntryType(values["entry_type"]),
            "classification": Classification(values["classification"]),
            "reason_code": ReasonCode(code) if code else None,
            "reversed_seconds": int(values["reversed_seconds"]),
        }
    )


def _uncredited(row: Any) -> Uncredited:
    return Uncredited(**{**row._asdict(), "kind": PayKind(row.kind), "reason": Reason(row.reason)})


async def entry(tx: ReadTransaction, entry_id: UUID) -> Entry | None:
    """One line of the ledger."""
    row = await tx.row(ONE, id=entry_id)
    return None if row is None else _entry(row)


async def several(tx: ReadTransaction, ids: Sequence[UUID]) -> dict[UUID, Entry]:
    """Some lines of the ledger by id."""
    return {row.id: _entry(row) for row in await tx.rows(SEVERAL, ids=list(ids))} if ids else {}


async def exception(tx: ReadTransaction, exception_id: UUID) -> Uncredited | None:
    """One uncredited stretch."""
    row = await tx.row(EXCEPTION, id=exception_id)
    return None if row is None else _uncredited(row)


async def entries(tx: ReadTransaction, wanted: Wanted, page: Page) -> list[Entry]:
    """Lines in the order they were written, one more than the page shows."""
    rows = await tx.rows(LIST, **wanted.values(), after=page.after, limit=page.limit + 1)
    return [_entry(row) for row in rows]


async def totals(tx: ReadTransaction, worker_id: UUID, period: Period) -> list[DayTotal]:
    """Net seconds of a worker per business date and kind."""
    rows = await tx.rows(TOTALS, worker_id=worker_id, first=period.first, last=period.last)
    return [DayTotal(row.business_date, PayKind(row.kind), row.seconds, row.entries) for row in rows]


async def exceptions(tx: ReadTransaction, worker_id: UUID, period: Period, limit: int) -> list[Uncredited]:
    """Uncredited stretches of a worker, oldest first."""
    rows = await tx.rows(EXCEPTIONS, worker_id=worker_id, first=period.first, last=period.last, limit=limit)
    return [_uncredited(row) for row in rows]


async def queue(tx: ReadTransaction, wanted: Wanted, page: Page) -> list[Uncredited]:
    """Uncredited stretches in the order they were written, one more than the page shows."""
    rows = await tx.rows(QUEUE, **wanted.values(), open=wanted.only_open, after=page.after, limit=page.limit + 1)
    return [_uncredited(row) for row in rows]


async def exception_totals(tx: ReadTransaction, worker_id: UUID, period: Period) -> list[tuple[Reason, int]]:
    """All uncredited seconds of a worker by reason."""
    rows = await tx.rows(EXCEPTION_TOTALS, worker_id=worker_id, first=period.first, last=period.last)
    return [(Reason(row.reason), row.seconds) for row in rows]


async def seconds_used(
    tx: ReadTransaction, workers: Sequence[UUID], period: Period, kinds: Sequence[PayKind]
) -> list[UsedSeconds]:
    """Net seconds of the workers per business date."""
    asked = {"workers": list(workers), "kinds": [kind.value for kind in kinds]}
    rows = await tx.rows(USED, first=period.first, last=period.last, **asked)
    return [UsedSeconds(row.worker_id, row.business_date, int(row.seconds)) for row in rows]


async def pay_lines(tx: ReadTransaction, wanted: Wanted, limit: int) -> list[PayLine]:
    """Net seconds per worker, business date, site and kind, at most `limit` lines."""
    rows = await tx.rows(PAY_LINES, **wanted.values(), limit=limit)
    return [PayLine(r.number, r.business_date, r.code, PayKind(r.kind), r.seconds, r.entries) for r in rows]
