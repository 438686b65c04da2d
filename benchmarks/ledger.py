"""The ledger's figures: credits beside bare SQL, a statement beside little and much history, and verification."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from app.core.ids import new_id
from app.core.runtime import Runtime
from app.paytime import service as paytime
from app.paytime.domain import Claim, PayKind
from app.paytime.service import chain
from benchmarks.database import Server
from benchmarks.figures import Figure, middle
from benchmarks.load import hammer, request
from benchmarks.measures import Bench
from benchmarks.plant import ORGANIZATION, settings
from benchmarks.processes import Process

CLIENTS, SLOT, DAYS, HOURS = 8, 20, 20, 12
STATED = 60
# People of their own, on shift half of every day, for credits that no other figure's uploads overlap.
CREW = """
insert into worker (organization_id, id, site_id, number, display_name, languages, job_role, status, created_at, version)
  select %(o)s, id, (select id from site limit 1), 'C' || n, 'Crediting ' || n, array['en'], 'operator',
    'active', %(t)s, 1 from unnest(%(ids)s::uuid[]) with ordinality as made(id, n);
insert into shift (organization_id, id, worker_id, site_id, work_center_id, business_date, starts_at, ends_at, breaks, status,
    created_at, version)
  select %(o)s, uuidv7(), w.id, w.site_id, (select id from work_center limit 1), s.at::date, s.at, s.at + interval '12 hours',
    '[]', 'planned', %(t)s, 1
  from worker w, generate_series(1, %(days)s) day, lateral (select %(t)s - day * interval '1 day' as at) s
  where w.number like 'C%%'
"""
# The same lines for one person in every database, on days nobody else has any.
LINES = """
with made as (
  select uuidv7() as id, w.id as worker_id, w.site_id, s.at, (select id from work_center limit 1) as work_center_id
  from worker w, generate_series(1, {lines}) n, lateral (select timestamptz '{at}' + n * interval '1 hour' as at) s
  where w.number = '0001'),
claims as (
  insert into pay_claim (organization_id, worker_id, source_id, kind, mandatory, starts_at, ends_at, seconds, actor_id,
    recorded_at)
  select '{o}', worker_id, id, 'module', false, at, at + interval '180 s', 180, worker_id, at from made)
insert into pay_entry (organization_id, id, worker_id, source_id, kind, mandatory, entry_type, starts_at, ends_at, seconds,
    actor_id, shift_id, business_date, site_id, work_center_id, time_zone, utc_offset_seconds, tzdata_version, recorded_at)
  select '{o}', id, worker_id, id, 'module', false, 'credit', at, at + interval '180 s', 180, worker_id, id, at::date, site_id,
    work_center_id, 'Europe/Berlin', 3600, '2025b', at from made
"""
LOCK = "select pg_advisory_xact_lock(hashtextextended($1::text, 23))"
SHIFT = (
    "select id, site_id, work_center_id, business_date from shift where organization_id = $1 and worker_id = $2 "
    "and status = 'planned' and starts_at <= $3 and ends_at >= $4"
)
TAKEN = "select count(*) from pay_interval where organization_id = $1 and worker_id = $2 and ends_at > $3 and starts_at < $4"
CLAIM = (
    "insert into pay_claim (organization_id, worker_id, source_id, kind, mandatory, starts_at, ends_at, seconds, actor_id, "
    "recorded_at) values ($1, $2, $3, 'module', false, $4, $5, 20, $2, $5)"
)
ENTRY = (
    "insert into pay_entry (organization_id, id, worker_id, source_id, kind, mandatory, entry_type, starts_at, ends_at, seconds, "
    "actor_id, shift_id, business_date, site_id, work_center_id, time_zone, utc_offset_seconds, tzdata_version, recorded_at) "
    "values ($1, $2, $3, $4, 'module', false, 'credit', $5, $6, 20, $3, $7, $8, $9, $10, 'Europe/Berlin', 3600, '2025b', $6)"
)
EVENT = (
    "insert into event (organization_id, id, type, subject_id, occurred_at, data) "
    "values ($1, $2, 'pplt.session.recorded', $3, $4, '{\"seconds\": 20}')"
)


async def crediting(bench: Bench, database: str) -> Figure:
    """`credits`: credits a second through the service, beside the same lock, checks and rows by hand on the bare driver."""
    people = [new_id() for _ in range(CLIENTS)]
    begins = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    values = {"o": ORGANIZATION, "ids": people, "t": begins, "days": DAYS}
    for statement in CREW.split(";\n"):
        bench.server.run(database, statement, values)
    runtime = Runtime.build(settings(bench.server, database).model_copy(update={"pool_size": CLIENTS}))
    pool = await asyncpg.create_pool(bench.server.application(database), min_size=CLIENTS, max_size=CLIENTS)
    turn, each, ratios = 0, 12 * bench.size.rounds, []

    async def ours(worker: UUID, start: datetime) -> None:
        claim = Claim(worker, start, start + timedelta(seconds=SLOT), PayKind.MODULE, new_id())
        async with runtime.database.write(ORGANIZATION) as tx:
            (given,) = await paytime.credit(tx, [claim])
        if given.seconds != SLOT:
            raise ValueError(f"the credit was not given in full: {given}")

    async def bare(worker: UUID, start: datetime) -> None:
        async with pool.acquire() as connection:
            await _by_hand(connection, worker, start, start + timedelta(seconds=SLOT))

    try:
        for _ in range(bench.size.rounds):
            plain = await _rate(bare, people, begins, turn, each)
            own = await _rate(ours, people, begins, turn + each, each)
            turn += 2 * each
            ratios.append(own / plain)
    finally:
        await pool.close()
        await runtime.stop()
    note = f"{CLIENTS} connections, {each} credits each a round, {own:.0f}/s; one process that also asks"
    return middle("credits", ratios, "x credits/s", "asyncpg, 7 statements by hand", note)


async def _rate(
    credit: Callable[[UUID, datetime], Awaitable[None]], people: list[UUID], begins: datetime, turn: int, each: int
) -> float:
    """Credits a second when everybody is credited slot after slot at the same time."""

    async def one(worker: UUID) -> None:
        for number in range(turn, turn + each):
            day, place = divmod(number, HOURS * 3600 // SLOT)
            await credit(worker, begins - timedelta(days=day + 1) + timedelta(seconds=place * SLOT))

    began = time.perf_counter()
    await asyncio.gather(*(one(worker) for worker in people))
    return len(people) * each / (time.perf_counter() - began)


async def _by_hand(connection: asyncpg.Connection, worker: UUID, start: datetime, end: datetime) -> None:
    async with connection.transaction():
        await connection.execute("select set_config('app.organization_id', $1, true)", str(ORGANIZATION))
        await connection.execute(LOCK, f"{ORGANIZATION}{worker}")
        shift = await connection.fetchrow(SHIFT, ORGANIZATION, worker, start, end)
        if shift is None or await connection.fetchval(TAKEN, ORGANIZATION, worker, start, end):
            raise ValueError("the bare program finds no free shift time")
        source = new_id()
        await connection.execute(CLAIM, ORGANIZATION, worker, source, start, end)
        placed = (shift["id"], shift["business_date"], shift["site_id"], shift["work_center_id"])
        await connection.execute(ENTRY, ORGANIZATION, new_id(), worker, source, start, end, *placed)
        await connection.execute(EVENT, ORGANIZATION, new_id(), worker, end)


async def statements(bench: Bench, few: Process, many: Process, databases: tuple[str, str]) -> Figure:
    """`statement-growth`: the same statement of one worker beside little history and beside much."""
    at = (datetime.now(UTC) + timedelta(days=20)).replace(hour=0, minute=0, second=0, microsecond=0)
    for database in databases:
        for statement in (LINES.format(o=ORGANIZATION, lines=STATED, at=at.isoformat()),):
            _unguarded(bench.server, database, statement)
    path = f"/v1/me/pay-statement?from={at.date()}&to={(at + timedelta(days=10)).date()}"
    asked = [request("GET", path, token=bench.plant.people[0].token)] * 40
    ratios = []
    for _ in range(bench.size.rounds):
        slow = await hammer(many.port, iter(asked), connections=1)
        quick = await hammer(few.port, iter(asked), connections=1)
        ratios.append(slow.quantile(0.5) / quick.quantile(0.5))
    note = f"{STATED} entries; {bench.size.large:,} others in the ledger beside {bench.size.small:,}"
    return middle("statement-growth", ratios, "x p50", f"{bench.size.small:,} entries", note)


def _unguarded(on: Server, database: str, statement: str) -> None:
    """Run a statement with triggers off, as history is written."""
    on.run(database, f"alter role current_user in database {database} set session_replication_role = replica")
    try:
        on.run(database, statement)
    finally:
        on.run(database, f"alter role current_user in database {database} reset session_replication_role")


async def verifying(bench: Bench, database: str) -> Figure:
    """`ledger-verify-rows-per-s`: the whole verification of a ledger, step by step as the command does it."""
    queue = "insert into ledger_unsealed select e.organization_id, e.id, ledger_digest(e) from pay_entry e on conflict do nothing"
    bench.server.run(database, queue)
    runtime = Runtime.build(settings(bench.server, database))
    rates = []
    try:
        began = time.perf_counter()
        async with runtime.database.write(ORGANIZATION) as tx:
            await chain.seal_all(tx)
        sealing = time.perf_counter() - began
        bench.server.run(database, "vacuum (analyze)")
        for _ in range(bench.size.rounds):
            began, rows, cursor = time.perf_counter(), 0, ""
            while cursor is not None:
                async with runtime.database.read(ORGANIZATION) as tx:
                    step = await chain.verify(tx, cursor or None)
                if step.findings:
                    raise ValueError(f"the ledger does not verify: {step.findings[0]}")
                rows, cursor = rows + step.rows, step.next
            rates.append(rows / (time.perf_counter() - began))
    finally:
        await runtime.stop()
    note = f"{rows:,} links and entries, every digest recomputed; linking them took {sealing:.1f} s"
    return middle("ledger-verify-rows-per-s", rates, "rows/s", "nothing", note)
