"""Statements about disputes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.core.db import ReadTransaction, WriteTransaction
from app.core.pages import Page
from app.paytime.domain import Reach
from app.paytime.domain.disputes import Dispute, DisputeStep, Step

COLUMNS = (
    "d.id, d.worker_id, d.entry_id, d.exception_id, d.opened_at, (select json_agg(json_build_array(s.number, s.step, s.actor_id, "
    "s.note, s.entry_ids, s.recorded_at) order by s.number) from pay_dispute_step s "
    "where s.organization_id = d.organization_id and s.dispute_id = d.id) as steps"
)
LAST = (
    "(select s.step from pay_dispute_step s where s.organization_id = d.organization_id and s.dispute_id = d.id "
    "order by s.number desc limit 1)"
)
# The same end as in the domain: a second answer is final, so only one `upheld` without an escalation before it goes on.
SETTLED = (
    f"({LAST} in ('granted', 'accepted', 'withdrawn', 'lapsed') or ({LAST} = 'upheld' and exists (select from pay_dispute_step s "  # constants
    "where s.organization_id = d.organization_id and s.dispute_id = d.id and s.step = 'escalated')))"
)
ONE = text(f"select {COLUMNS} from pay_dispute d where d.organization_id = :organization_id and d.id = :id")  # noqa: S608  # constants
OWN = text(
    f"select {COLUMNS} from pay_dispute d where d.organization_id = :organization_id and d.worker_id = :worker_id "  # noqa: S608  # constants
    "and d.id > :after order by d.id limit :limit"
)
LIST = text(
    f"select {COLUMNS} from pay_dispute d "  # noqa: S608  # constants
    "left join pay_entry e on e.organization_id = d.organization_id and e.id = d.entry_id "
    "left join pay_exception x on x.organization_id = d.organization_id and x.id = d.exception_id "
    "left join work_center c on c.organization_id = d.organization_id and c.id = coalesce(e.work_center_id, x.work_center_id) "
    "where d.organization_id = :organization_id and (not cast(:open as boolean) or not "
    f"{SETTLED}) and (cast(:allowed as uuid[]) is null or array[coalesce(e.site_id, x.site_id), c.id, c.area_id] "
    "&& cast(:allowed as uuid[])) and not array[coalesce(e.site_id, x.site_id), c.id, c.area_id] && cast(:denied as uuid[]) "
    "and d.id > :after order by d.id limit :limit"
)
RUNNING = text(
    "select 1 from pay_dispute d where d.organization_id = :organization_id and (d.entry_id = :about or d.exception_id = :about) "  # noqa: S608  # constants
    f"and not {SETTLED} limit 1"
)
SILENT = text(
    f"select {COLUMNS} from pay_dispute d where d.organization_id = :organization_id and not {SETTLED} "  # noqa: S608  # constants
    f"and {LAST} in ('opened', 'upheld') and (select max(s.recorded_at) from pay_dispute_step s "
    "where s.organization_id = d.organization_id and s.dispute_id = d.id) <= :before order by d.id limit :limit"
)
OPEN = text(
    "insert into pay_dispute (organization_id, id, worker_id, entry_id, exception_id, opened_at) "
    "values (:organization_id, :id, :worker_id, :entry_id, :exception_id, :now) on conflict do nothing"
)
STEP = text(
    "insert into pay_dispute_step (organization_id, dispute_id, number, step, note, entry_ids, actor_id, recorded_at) "
    "values (:organization_id, :dispute_id, :number, :step, :note, cast(:entry_ids as uuid[]), :actor_id, :now) "
    "on conflict do nothing"
)


def _dispute(row: Any) -> Dispute:
    steps = (
        DisputeStep(number, Step(step), UUID(who), note, tuple(UUID(i) for i in ids), datetime.fromisoformat(at))
        for number, step, who, note, ids, at in row.steps or ()
    )
    return Dispute(**{**row._asdict(), "steps": tuple(steps)})


async def one(tx: ReadTransaction, dispute_id: UUID) -> Dispute | None:
    """One dispute with its steps."""
    row = await tx.row(ONE, id=dispute_id)
    return None if row is None else _dispute(row)


async def own(tx: ReadTransaction, worker_id: UUID, page: Page) -> list[Dispute]:
    """A worker's disputes, one more than the page shows."""
    return [_dispute(row) for row in await tx.rows(OWN, worker_id=worker_id, after=page.after, limit=page.limit + 1)]


async def listed(tx: ReadTransaction, reach: Reach, page: Page, *, only_open: bool) -> list[Dispute]:
    """Disputes within reach, one more than the page shows."""
    allowed = None if reach.allowed is None else list(reach.allowed)
    rows = await tx.rows(LIST, allowed=allowed, denied=list(reach.denied), open=only_open, after=page.after, limit=page.limit + 1)
    return [_dispute(row) for row in rows]


async def running(tx: ReadTransaction, about: UUID) -> bool:
    """Whether a dispute about a line or an exception has not ended."""
    return await tx.scalar(RUNNING, about=about) is not None


async def silent(tx: ReadTransaction, before: datetime, limit: int) -> list[Dispute]:
    """Disputes that wait for somebody since before an instant."""
    return [_dispute(row) for row in await tx.rows(SILENT, before=before, limit=limit)]


async def add(tx: WriteTransaction, dispute_id: UUID, worker_id: UUID, entry_id: UUID | None, exception_id: UUID | None) -> bool:
    """Store a dispute; false when its id is taken."""
    given = {"worker_id": worker_id, "entry_id": entry_id, "exception_id": exception_id, "now": tx.now}
    return bool(await tx.run(OPEN, id=dispute_id, **given))


async def step(
    tx: WriteTransaction, dispute_id: UUID, number: int, kind: Step, note: str | None, entry_ids: Sequence[UUID] = ()
) -> bool:
    """Store a step; false when another one took its place."""
    given = {"step": kind.value, "note": note, "entry_ids": list(entry_ids), "actor_id": tx.caller.id, "now": tx.now}
    return bool(await tx.run(STEP, dispute_id=dispute_id, number=number, **given))
