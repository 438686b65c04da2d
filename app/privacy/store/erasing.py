"""Statements that erase a person, and the record that they did."""

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.core.db import ReadTransaction, WriteTransaction
from app.core.jsonb import as_json
from app.core.pages import Page
from app.privacy.domain import Erasure, ErasureStatus, Ground
from app.privacy.store.tables import TABLES

COLUMNS = "id, worker_id, ground, status, requested_by, requested_at, confirmed_by, done_at, touched"
# Everything about one person at once may take longer than a request usually may.
PATIENCE = text("set local statement_timeout = '120s'")
LOCK = text("select pg_advisory_xact_lock(hashtextextended(cast(cast(:person as uuid) as text), 41))")
ASK = text(
    "insert into erasure (organization_id, id, worker_id, ground, status, requested_by, requested_at, touched) "
    "values (:organization_id, :id, :worker_id, :ground, 'requested', :actor, :now, '{}') on conflict do nothing"
)
ONE = text(f"select {COLUMNS} from erasure where organization_id = :organization_id and id = :id")  # noqa: S608  # constants
OF_WORKER = text(
    f"select {COLUMNS} from erasure where organization_id = :organization_id and worker_id = :worker_id "  # noqa: S608  # constants
    "order by requested_at desc limit 1"
)
LIST = text(
    f"select {COLUMNS} from erasure where organization_id = :organization_id and id > :after order by id limit :limit"  # noqa: S608  # constants
)
CONFIRM = text(
    "update erasure set confirmed_by = :actor where organization_id = :organization_id and id = :id and status = 'requested' "
    "and requested_by <> :actor"
)
FINISH = text(
    "update erasure set status = 'done', done_at = :now, touched = cast(:touched as jsonb) "
    "where organization_id = :organization_id and id = :id"
)
WITHDRAW = text("delete from erasure where organization_id = :organization_id and id = :id and status = 'requested'")
# Pay that no exported period holds yet, at a site that has periods: payroll must still know whose it is.
UNSETTLED = text(
    "select count(*) from pay_entry e join pay_calendar c on c.organization_id = e.organization_id and c.site_id = e.site_id "
    "where e.organization_id = :organization_id and e.worker_id = :person and e.business_date >= c.floor - 1 and not exists ("
    "select from ledger_link l join pay_period p on p.organization_id = l.organization_id and p.site_id = e.site_id "
    "and p.status = 'exported' and l.position <= p.position "
    # A night reaches into the day after its business date, and may reach into the next period; no workday lies after the local day.
    "and p.last_date >= cast((e.ends_at - interval '1 second') at time zone e.time_zone as date) "
    "where l.organization_id = e.organization_id and l.entry_id = e.id)"
)
TEXTS = text("select erase_texts(:organization_id, :person)")
# Answers that name the person stand under other people's keys as well.
ANSWERS = text(
    "delete from idempotency_key where organization_id = :organization_id and (principal_id = :person "
    "or position(convert_to(cast(cast(:person as uuid) as text), 'UTF8') in body) > 0 "
    "or position(convert_to(:name, 'UTF8') in body) > 0)"
)
# Reasons of plans name people in sentences.
PLANS = text(
    "update plan set result = cast(regexp_replace(cast(result as text), :pattern, 'Erased person', 'g') as jsonb) "
    "where organization_id = :organization_id and cast(result as text) ~ :pattern"
)
ERASE = {
    table: text(f"delete from {table} t where t.organization_id = :organization_id and ({held.about})")  # noqa: S608  # constants
    for table, held in TABLES.items()
    if held.erased
}
BLANK = {
    table: text(
        f"update {table} t set {', '.join(f'{column} = {value}' for column, value in held.blanked.items())} "  # noqa: S608  # constants
        f"where t.organization_id = :organization_id and ({held.about})"
    )
    for table, held in TABLES.items()
    if held.blanked
}


def _erasure(row: Any) -> Erasure:
    return Erasure(**{**row._asdict(), "ground": Ground(row.ground), "status": ErasureStatus(row.status)})


async def ask(tx: WriteTransaction, erasure_id: UUID, worker_id: UUID, ground: Ground) -> bool:
    """Keep that somebody is to be erased; false when the id is taken or it was asked before."""
    values = {"id": erasure_id, "worker_id": worker_id, "ground": ground.value}
    return bool(await tx.run(ASK, **values, actor=tx.caller.id, now=tx.now))


async def one(tx: ReadTransaction, erasure_id: UUID) -> Erasure | None:
    """One erasure."""
    row = await tx.row(ONE, id=erasure_id)
    return None if row is None else _erasure(row)


async def of_worker(tx: ReadTransaction, worker_id: UUID) -> Erasure | None:
    """The latest erasure of somebody."""
    row = await tx.row(OF_WORKER, worker_id=worker_id)
    return None if row is None else _erasure(row)


async def page(tx: ReadTransaction, asked: Page) -> Sequence[Erasure]:
    """Erasures by id, one more than the page shows."""
    return [_erasure(row) for row in await tx.rows(LIST, after=asked.after, limit=asked.limit + 1)]


async def lock(tx: WriteTransaction, person: UUID) -> None:
    """Whoever erases somebody comes one after the other, and has time for it."""
    await tx.rows(LOCK, person=person)
    await tx.run(PATIENCE)


async def unsettled(tx: ReadTransaction, person: UUID) -> int:
    """How many lines of pay still have to be exported."""
    return int(await tx.scalar(UNSETTLED, person=person))


async def confirm(tx: WriteTransaction, erasure_id: UUID) -> bool:
    """Name the second person; false when they are the first."""
    return bool(await tx.run(CONFIRM, id=erasure_id, actor=tx.caller.id))


async def withdraw(tx: WriteTransaction, erasure_id: UUID) -> bool:
    """Take back what was not confirmed."""
    return bool(await tx.run(WITHDRAW, id=erasure_id))


async def erase(tx: WriteTransaction, erasure_id: UUID, person: UUID, name: str) -> dict[str, int]:
    """Erase and blank everything about a person whose pseudonym was forgotten; answers how many rows of which table."""
    touched: dict[str, int] = dict(await tx.scalar(TEXTS, person=person))
    touched["idempotency_key"] = await tx.run(ANSWERS, person=person, name=name)
    touched["plan"] = await tx.run(PLANS, pattern=f"\\m{re.escape(as_json(name)[1:-1])}\\M")
    for statements in (ERASE, BLANK):
        for table, statement in statements.items():
            touched[table] = touched.get(table, 0) + await tx.run(statement, person=person)
    kept = {table: count for table, count in sorted(touched.items()) if count}
    await tx.run(FINISH, id=erasure_id, touched=as_json(kept), now=tx.now)
    return kept
