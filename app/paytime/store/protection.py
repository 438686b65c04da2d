"""Statements about protected blocks and how much of the promised time was kept."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.core.db import ReadTransaction, WriteTransaction
from app.core.ids import new_id
from app.core.pages import Page
from app.paytime.domain import PayKind, Period
from app.paytime.domain.protection import BlockFact, GroupRate, Happened, ProtectedBlock, Rate
from app.paytime.domain.sessions import BreakReason

COLUMNS = (
    "b.id, b.worker_id, b.site_id, b.work_center_id, b.business_date, b.starts_at, b.ends_at, b.makes_up_id, b.planned_by, "
    "b.recorded_at, (select json_agg(json_build_array(f.fact, f.actor_id, f.reason, f.note, f.seconds, f.recorded_at) order by f.id) "
    "from protected_fact f where f.organization_id = b.organization_id and f.block_id = b.id) as facts"
)
ONE = text(f"select {COLUMNS} from protected_block b where b.organization_id = :organization_id and b.id = :id")  # noqa: S608  # constants
OF_WORKER = text(
    f"select {COLUMNS} from protected_block b where b.organization_id = :organization_id and b.worker_id = :worker_id "  # noqa: S608  # constants
    "and b.business_date between :first and :last and b.id > :after order by b.id limit :limit"
)
ADD = text(
    "insert into protected_block (organization_id, id, worker_id, site_id, work_center_id, business_date, starts_at, ends_at, "
    "makes_up_id, planned_by, recorded_at) values (:organization_id, :id, :worker_id, :site_id, :work_center_id, :business_date, "
    ":starts_at, :ends_at, :makes_up_id, :planned_by, :now) on conflict do nothing"
)
PROMISED = text(
    f"select {COLUMNS} from protected_block b where b.organization_id = :organization_id "  # noqa: S608  # constants
    "and b.worker_id = any(cast(:workers as uuid[])) and b.business_date between :first and :last and not exists ("
    "select from protected_fact f where f.organization_id = b.organization_id and f.block_id = b.id and f.fact = 'broken' "
    "and not exists (select from protected_fact l where l.organization_id = f.organization_id and l.block_id = f.block_id "
    "and l.id > f.id)) order by b.id"
)
CROSSES = text(
    "select 1 from protected_block b where b.organization_id = :organization_id and b.worker_id = :worker_id and b.id <> :id "
    "and b.starts_at < :ends_at and b.ends_at > :starts_at and not exists (select from protected_fact f "
    "where f.organization_id = b.organization_id and f.block_id = b.id and f.fact = 'broken' and not exists ("
    "select from protected_fact l where l.organization_id = f.organization_id and l.block_id = f.block_id and l.id > f.id)) limit 1"
)
HAPPEN = text(
    "insert into protected_fact (organization_id, id, block_id, fact, reason, note, seconds, actor_id, recorded_at) "
    "values (:organization_id, :id, :block_id, :fact, :reason, :note, :seconds, :actor_id, :now)"
)
# Entitled: so much for each week in which somebody had a shift at the site. Delivered: net seconds of protected blocks.
RATES = (
    "with weeks as (select s.worker_id, s.site_id, count(distinct date_trunc('week', s.business_date)) as weeks from shift s "  # noqa: S608  # constants
    "where s.organization_id = :organization_id and s.status = 'planned' and s.business_date between :first and :last "
    "group by s.worker_id, s.site_id), "
    "kept as (select e.worker_id, e.site_id, sum(e.seconds) as seconds from pay_entry e where e.organization_id = :organization_id "
    f"and e.kind = '{PayKind.PROTECTED_BLOCK.value}' and e.business_date between :first and :last group by e.worker_id, e.site_id), "
    "each as (select w.worker_id, w.site_id, w.weeks * coalesce(p.entitled, :usual) as entitled, "
    "coalesce(k.seconds, 0) as delivered from weeks w "
    "left join kept k on k.worker_id = w.worker_id and k.site_id = w.site_id "
    "left join pay_policy p on p.organization_id = :organization_id and p.site_id = w.site_id) "
)
OWN_RATE = text(
    f"{RATES} select coalesce(sum(entitled), 0) as entitled, coalesce(sum(delivered), 0) as delivered from each "  # noqa: S608  # constants
    "where worker_id = :worker_id"
)
SITE_RATE = text(
    f"{RATES} select count(distinct worker_id) as people, coalesce(sum(entitled), 0) as entitled, "  # noqa: S608  # constants
    "coalesce(sum(delivered), 0) as delivered from each where site_id = :site_id"
)
CREW_RATES = text(
    f"{RATES} select k.id, count(distinct e.worker_id) as people, coalesce(sum(e.entitled), 0) as entitled, "  # noqa: S608  # constants
    "coalesce(sum(e.delivered), 0) as delivered from crew k "
    "left join membership m on m.organization_id = k.organization_id and m.crew_id = k.id and m.valid_from <= :last "
    "and (m.valid_until is null or m.valid_until >= :first) "
    "left join each e on e.worker_id = m.worker_id and e.site_id = k.site_id "
    "where k.organization_id = :organization_id and k.site_id = :site_id group by k.id order by k.id"
)


def _block(row: Any) -> ProtectedBlock:
    facts = [
        Happened(BlockFact(f), UUID(who), BreakReason(why) if why else None, note, seconds, datetime.fromisoformat(at))
        for f, who, why, note, seconds, at in row.facts or ()
    ]
    return ProtectedBlock(**{**row._asdict(), "facts": facts})


async def one(tx: ReadTransaction, block_id: UUID) -> ProtectedBlock | None:
    """One block with what happened to it."""
    row = await tx.row(ONE, id=block_id)
    return None if row is None else _block(row)


async def of_worker(tx: ReadTransaction, worker_id: UUID, when: Period, page: Page) -> list[ProtectedBlock]:
    """A worker's blocks by id, one more than the page shows."""
    asked = {"worker_id": worker_id, "first": when.first, "last": when.last}
    return [_block(row) for row in await tx.rows(OF_WORKER, after=page.after, limit=page.limit + 1, **asked)]


async def promised(tx: ReadTransaction, workers: Sequence[UUID], first: date, last: date) -> list[ProtectedBlock]:
    """Blocks of workers on business dates that were not broken, or were promised again since."""
    return [_block(row) for row in await tx.rows(PROMISED, workers=list(workers), first=first, last=last)]


async def crosses(tx: ReadTransaction, block_id: UUID, worker_id: UUID, start: datetime, end: datetime) -> bool:
    """Whether the worker has another block at that time that was not broken."""
    return await tx.scalar(CROSSES, id=block_id, worker_id=worker_id, starts_at=start, ends_at=end) is not None


async def add(tx: WriteTransaction, **values: Any) -> bool:
    """Store a block; false when its id is taken."""
    return bool(await tx.run(ADD, planned_by=tx.caller.id, now=tx.now, **values))


async def happen(
    tx: WriteTransaction,
    block_id: UUID,
    fact: BlockFact,
    *,
    reason: BreakReason | None = None,
    note: str | None = None,
    seconds: int = 0,
) -> None:
    """Append what happened to a block."""
    given = {"block_id": block_id, "fact": fact.value, "reason": reason.value if reason else None, "note": note}
    await tx.run(HAPPEN, id=new_id(), seconds=seconds, actor_id=tx.caller.id, now=tx.now, **given)


async def own_rate(tx: ReadTransaction, worker_id: UUID, when: Period, usual: int) -> Rate:
    """A worker's delivered and entitled seconds."""
    row = await tx.row(OWN_RATE, worker_id=worker_id, first=when.first, last=when.last, usual=usual)
    return Rate(int(row.delivered), int(row.entitled)) if row else Rate(0, 0)


async def site_rate(tx: ReadTransaction, site_id: UUID, when: Period, usual: int) -> tuple[int, Rate]:
    """How many people a site's rate stands for, and the rate."""
    row = await tx.row(SITE_RATE, site_id=site_id, first=when.first, last=when.last, usual=usual)
    return (row.people, Rate(int(row.delivered), int(row.entitled))) if row else (0, Rate(0, 0))


async def crew_rates(tx: ReadTransaction, site_id: UUID, when: Period, usual: int) -> Sequence[GroupRate]:
    """The rate of every crew of a site, however small."""
    rows = await tx.rows(CREW_RATES, site_id=site_id, first=when.first, last=when.last, usual=usual)
    return [GroupRate(row.id, row.people, Rate(int(row.delivered), int(row.entitled))) for row in rows]
