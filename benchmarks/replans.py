"""`replan-http-p95-ms`: a plant of 1,000 workers, one change at a line, from the request to the committed answer.

Every line has its week planned and published by the planner itself. A change is a blackout over a window that holds
blocks (the request itself plans again), or a cancelled window followed by the request to plan the line again.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import psycopg

from app.catalog import service as catalog
from app.catalog.pack.load import load_pack
from app.core.ids import new_id
from app.core.runtime import Runtime
from app.planning import service as planning
from app.planning.domain.progress import Effort
from benchmarks.database import ROOT, Server, migrated
from benchmarks.figures import Figure
from benchmarks.load import Connection, connect, request
from benchmarks.plant import settings
from benchmarks.processes import ours

DATABASE = "bench_replans"
ORGANIZATION = UUID("0190b3a0-0000-7000-8000-000000000002")
LINES, CREW, DAYS = 59, 17, 7
# The first requests start the planner's process and are not counted.
WARM = 3
PLANT = """
insert into organization (organization_id, slug, name, settings, created_at, version) values (%(o)s, 'replans', 'Replans', '{}',
    %(t)s, 1);
insert into site (organization_id, id, code, name, time_zone, workday_starts, created_at, version)
  values (%(o)s, %(site)s, 'BER', 'Berlin', 'Europe/Berlin', '00:00', %(t)s, 1);
insert into work_center (organization_id, id, site_id, code, name, kind, minimum_staying, tablets, created_at, version)
  select %(o)s, uuidv7(), %(site)s, 'L' || n, 'Line ' || n, 'line', 5, 4, %(t)s, 1 from generate_series(1, %(lines)s) n;
insert into crew (organization_id, id, site_id, work_center_id, code, name, created_at, version)
  select %(o)s, uuidv7(), site_id, id, code, name, %(t)s, 1 from work_center;
insert into worker (organization_id, id, site_id, number, display_name, languages, job_role, status, created_at, version)
  select %(o)s, uuidv7(), %(site)s, to_char(n, 'FM00000'), 'Person ' || n, array['en'], 'operator', 'active', %(t)s, 1
  from generate_series(1, %(lines)s * %(crew)s) n;
insert into membership (organization_id, id, worker_id, crew_id, valid_from, created_at)
  select %(o)s, uuidv7(), w.id, c.id, %(t)s::date - 400, %(t)s from worker w
  join crew c on c.code = 'L' || (1 + w.number::int %% %(lines)s);
insert into session (organization_id, id, worker_id, client, created_at, expires_at)
  select %(o)s, uuidv7(), id, 'bench', %(t)s, %(t)s + interval '30 days' from worker where number = '00001';
insert into role_grant (organization_id, id, worker_id, role, node_kind, node_id, allow, granted_by, created_at)
  select %(o)s, uuidv7(), id, 'admin', 'organization', %(o)s, true, id, %(t)s from worker where number = '00001';
insert into shift (organization_id, id, worker_id, site_id, work_center_id, crew_id, business_date, starts_at, ends_at, breaks,
    status, created_at, version)
  select %(o)s, uuidv7(), w.id, w.site_id, c.work_center_id, c.id, (s.at at time zone 'Europe/Berlin')::date, s.at,
    s.at + interval '8 hours', jsonb_build_array(jsonb_build_object('starts_at', s.at + interval '240 minutes',
    'ends_at', s.at + interval '270 minutes', 'kind', 'meal', 'paid', false)), 'planned', %(t)s, 1
  from worker w join membership m on m.worker_id = w.id join crew c on c.id = m.crew_id,
    generate_series(0, %(days)s - 1) day,
    lateral (select %(t)s + interval '1 hour' + day * interval '1 day' + (w.number::int %% 2) * interval '4 hours' as at) s;
insert into window_pattern (organization_id, id, work_center_id, kind, anchor, minutes, setup_seconds, return_seconds,
    max_learners, minimum_staying, reliability, origin, created_at, version)
  select %(o)s, uuidv7(), c.id, 'changeover',
    '{"type": "every", "minutes": 120, "first": "00:00", "last": null, "weekdays": [0, 1, 2, 3, 4, 5, 6]}',
    10, 30, 30, 2, 5, 0.9, 'survey', %(t)s, 1 from work_center c
"""
LEARNING = """
insert into assignment (organization_id, id, kind, key, mandatory, due_at, priority, fingerprint, created_by, created_at, version)
  select %(o)s, uuidv7(), kind, key, n %% 3 = 0,
      case when n %% 3 = 0 then %(t)s + interval '6 days' end, n::int %% 5 * 10, '', %(site)s,
      %(t)s - interval '60 days', 1
  from (select kind, key, row_number() over (order by key) as n from content_current where kind <> 'checklist'
    order by key limit 14) picked;
insert into assignment_target (organization_id, kind, ref, assignment_id, nodes)
  select %(o)s, 'crew', c.id::text, a.id, array[c.id, c.site_id, c.work_center_id] from assignment a, crew c
"""
TARGETS = """
select b.window_id, b.work_center_id, min(b.starts_at), max(b.ends_at) from block b
where b.status = 'scheduled' and b.starts_at > %(soon)s and b.starts_at < %(late)s group by 1, 2
having count(*) between 2 and 12 order by b.work_center_id, 1
"""


@dataclass(frozen=True, slots=True)
class Target:
    """A window that holds blocks."""

    window_id: UUID
    work_center_id: UUID
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Made:
    """The plant: how many lines have their week planned, an administrator's token, the instant it was made at, its site."""

    lines: int
    token: str
    now: datetime
    site_id: UUID


async def replanning(on: Server, made: Made, rounds: int) -> Figure:
    """`replan-http-p95-ms`; the planned lines of the plant are changed in turn."""
    with ours(on, DATABASE) as process:
        connection = await connect(process.port)
        try:
            seconds, moved, dropped = await changes(on, connection, made, rounds)
        finally:
            connection.close()
    seconds.sort()
    p50, p95 = seconds[len(seconds) // 2], seconds[min(len(seconds) - 1, int(len(seconds) * 0.95))]
    note = f"{LINES * CREW:,} workers, {len(seconds)} changes at {made.lines} lines; p50 {p50 * 1000:.0f} ms, "
    note += f"{moved / len(seconds):.1f} blocks moved and {dropped / len(seconds):.1f} without a place each"
    return Figure("replan-http-p95-ms", round(p95 * 1000, 1), "ms", "from the request to the committed answer", note)


async def changes(on: Server, connection: Connection, made: Made, rounds: int) -> tuple[list[float], int, int]:
    """Seconds of each change after the first few, and how many blocks moved or lost their place in all."""
    taken, seconds, before = set[UUID](), list[float](), ended(on)
    for number in range(rounds + WARM):
        found = targets(on, made.now, taken)
        if not found:
            raise ValueError("the plan leaves no window to change")
        # Lines take turns, so that no line is worn out.
        target = found[number * 7 % len(found)]
        taken.add(target.window_id)
        if number == WARM:
            before = ended(on)
        took = await (blackout if number % 2 else cancellation)(on, connection, made.token, target)
        if number >= WARM:
            seconds.append(took)
    after = ended(on)
    return seconds, after["moved"] - before["moved"], after["cancelled"] - before["cancelled"]


def targets(on: Server, now: datetime, taken: set[UUID]) -> list[Target]:
    """Windows from an hour to five days ahead that hold blocks and were not changed yet."""
    rows = on.run(DATABASE, TARGETS, {"soon": now + timedelta(hours=1), "late": now + timedelta(days=5)})
    return [Target(*row) for row in rows if row[0] not in taken]


def ended(on: Server) -> dict[str, int]:
    """How many blocks were moved and cancelled so far."""
    counted = dict(on.run(DATABASE, "select status, count(*) from block group by 1"))
    return {name: int(counted.get(name, 0)) for name in ("moved", "cancelled")}


async def timed(connection: Connection, path: str, body: dict[str, Any], token: str) -> float:
    """Seconds from sending a request to its answer, which comes after the commit. Raises ValueError for a refusal."""
    sent = request("POST", path, orjson.dumps(body), token)
    started = time.perf_counter()
    status, answer = await connection.ask(sent)
    took = time.perf_counter() - started
    if status != 201:
        raise ValueError(f"{path} answered {status}: {answer[:300].decode()}")
    return took


async def blackout(_: Server, connection: Connection, token: str, target: Target) -> float:
    """Close the window's time for learning: one request."""
    body = {
        "work_center_id": target.work_center_id, "starts_at": target.starts_at, "ends_at": target.ends_at, "reason": "bench"
    }  # fmt: skip
    return await timed(connection, "/v1/blackouts", body, token)


async def cancellation(on: Server, connection: Connection, token: str, target: Target) -> float:
    """Cancel the window, then plan the line again: the second request is timed."""
    # The pattern's windows begin on even hours of the site's own day.
    (row,) = on.run(DATABASE, "select starts_at from planned_window where id = %(id)s", {"id": target.window_id}) or [None]
    start = row[0] if row else target.starts_at.replace(minute=0, second=0)
    body = {"work_center_id": target.work_center_id, "pattern_starts_at": start}
    await timed(connection, f"/v1/windows/{target.window_id}/cancellation", body, token)
    return await timed(connection, f"/v1/work-centers/{target.work_center_id}/replans", {"near": False}, token)


async def build(on: Server, lines: int) -> Made:
    """Fill a database, plan and publish the week of the first lines."""
    migrated(on, DATABASE)
    now = datetime.now(UTC).replace(microsecond=0)
    values: dict[str, Any] = {"o": ORGANIZATION, "t": now, "site": new_id(), "lines": LINES, "crew": CREW, "days": DAYS}
    _run(on, PLANT, values)
    runtime = Runtime.build(settings(on, DATABASE))
    async with runtime.database.write(ORGANIZATION) as tx:
        await catalog.load_pack(tx, load_pack(Path(ROOT / "content" / "packs" / "starter")))
    _run(on, LEARNING, values)
    centers = [row[0] for row in on.run(DATABASE, "select id from work_center order by code")][:lines]
    await plan(runtime, centers, now)
    (worker, session) = on.run(DATABASE, "select worker_id, id from session")[0]
    token = runtime.tokens.issue(ORGANIZATION, worker, session, issued_at=now, seconds=86_400)
    await runtime.stop()
    return Made(lines, token, now, values["site"])


async def plan(runtime: Runtime, centers: Sequence[UUID], now: datetime) -> None:
    """Plan a week of the lines and publish it."""
    async with runtime.database.write(ORGANIZATION) as tx:
        asked = planning.PlanAsked(None, tuple(centers), now, now + timedelta(days=DAYS), 0, Effort.QUICK, 1200)
        row = await planning.request_plan(tx, asked)
    await planning.solve_plan(runtime, ORGANIZATION, row.id)
    async with runtime.database.write(ORGANIZATION) as tx:
        solved = await planning.plan(tx, row.id)
        await planning.publish_plan(tx, row.id, solved.version)


def _run(on: Server, statements: str, values: dict[str, object]) -> None:
    with psycopg.connect(on.owner(DATABASE)) as connection:
        for statement in statements.split(";\n"):
            connection.execute(statement.encode(), values)
