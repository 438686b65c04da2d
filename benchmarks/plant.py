"""The plant that is measured: one organization with 120 workers on four lines, all of them on shift right now.

Everybody works eight hours a day for forty days back, so that every uploaded batch finds paid time nobody used yet.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg

from app.catalog import service as catalog
from app.catalog.domain import Pack
from app.catalog.pack.load import load_pack
from app.core.ids import new_id
from app.core.runtime import Runtime
from app.core.settings import Settings
from app.core.tokens import Tokens
from app.identity import service as identity
from benchmarks.database import ROOT, Server

WORKERS, LINES, DAYS = 120, 4, 40
HOURS, PAUSE_AFTER, PAUSE = 8, 240, 30
PIN_BASE = 482_915
ORGANIZATION = UUID("0190b3a0-0000-7000-8000-000000000001")
SLUG = "bench"

# One statement a table. %(o)s is the organization, %(t)s the instant everything is placed around.
PLACES = """
insert into organization (organization_id, slug, name, settings, created_at, version) values (%(o)s, 'bench', 'Bench', '{}',
    %(t)s, 1);
insert into site (organization_id, id, code, name, time_zone, workday_starts, created_at, version)
  values (%(o)s, %(site)s, 'BER', 'Berlin', 'Europe/Berlin', '00:00', %(t)s, 1);
insert into work_center (organization_id, id, site_id, code, name, kind, minimum_staying, tablets, created_at, version)
  select %(o)s, uuidv7(), %(site)s, 'L' || n, 'Line ' || n, 'line', 1, 1, %(t)s, 1 from generate_series(1, %(lines)s) n;
insert into crew (organization_id, id, site_id, work_center_id, code, name, created_at, version)
  select %(o)s, uuidv7(), site_id, id, code, name, %(t)s, 1 from work_center;
insert into worker (organization_id, id, site_id, number, display_name, languages, job_role, status, created_at, version)
  select %(o)s, uuidv7(), %(site)s, to_char(n, 'FM0000'), 'Person ' || n, array['en'], 'operator', 'active', %(t)s, 1
  from generate_series(1, %(workers)s) n;
insert into membership (organization_id, id, worker_id, crew_id, valid_from, created_at)
  select %(o)s, uuidv7(), w.id, c.id, %(t)s::date - 400, %(t)s from worker w
  join crew c on c.code = 'L' || (1 + w.number::int %% %(lines)s);
insert into session (organization_id, id, worker_id, client, created_at, expires_at)
  select %(o)s, uuidv7(), id, 'bench', %(t)s, %(t)s + interval '30 days' from worker
"""
ROSTER = """
insert into shift (organization_id, id, worker_id, site_id, work_center_id, crew_id, business_date, starts_at, ends_at, breaks,
    status, created_at, version)
  select %(o)s, uuidv7(), w.id, w.site_id, c.work_center_id, c.id, (s.at at time zone 'Europe/Berlin')::date, s.at,
    s.at + interval '8 hours', jsonb_build_array(jsonb_build_object('starts_at', s.at + interval '240 minutes',
    'ends_at', s.at + interval '270 minutes', 'kind', 'meal', 'paid', false)), 'planned', %(t)s, 1
  from worker w join membership m on m.worker_id = w.id join crew c on c.id = m.crew_id,
    generate_series(0, %(days)s) day, lateral (select %(t)s - interval '3 hours' - day * interval '1 day' as at) s;
insert into planned_window (organization_id, id, work_center_id, kind, starts_at, ends_at, opens_at, closes_at, max_learners,
    minimum_staying)
  select %(o)s, uuidv7(), c.id, 'changeover', s.at, s.at + interval '45 minutes', s.at + interval '1 minute',
    s.at + interval '44 minutes', 4, 1
  from work_center c, generate_series(0, 40) n, lateral (select %(t)s - interval '10 minutes' + n * interval '1 hour' as at) s
"""
LEARNING = """
insert into assignment (organization_id, id, kind, key, mandatory, due_at, priority, fingerprint, created_by, created_at, version)
  select %(o)s, uuidv7(), kind, key, n %% 2 = 0, %(t)s + n * interval '1 day', n::int %% 5, '', %(site)s,
      %(t)s - interval '60 days', 1
  from (select kind, key, row_number() over (order by key) as n from content_current where kind <> 'checklist'
    order by key limit 14) picked;
insert into assignment_target (organization_id, kind, ref, assignment_id, nodes)
  select %(o)s, 'crew', c.id::text, a.id, array[c.id, c.site_id, c.work_center_id] from assignment a, crew c;
insert into plan (organization_id, id, site_id, work_center_ids, starts_at, ends_at, seed, effort, phase, progress, policy,
    changes, attempts, daily_cap_seconds, pins, status, inputs, based_on, placed, unplaced, placed_seconds, result,
    requested_by, created_at, version)
  select %(o)s, uuidv7(), %(site)s, array(select id from work_center), %(t)s, %(t)s + interval '1 day', 0, 'quick', 'done', '{}',
    '{}', '{}', 0, 1800, '[]', 'published', '{}', 0, 0, 0, 0, '{}', %(site)s, %(t)s, 1;
insert into block (organization_id, id, plan_id, worker_id, work_center_id, window_id, business_date, starts_at, ends_at,
    assignment_id, kind, key, hash, seconds, needs_tablet, status, pinned, created_at, version)
  select %(o)s, uuidv7(), (select id from plan), p.worker_id, p.work_center_id, p.window_id, p.opens_at::date, p.opens_at,
    p.opens_at + interval '4 minutes', a.id, a.kind, a.key, v.hash, 240, false, 'scheduled', false, %(t)s, 1
  from (select w.id as worker_id, pw.work_center_id, pw.id as window_id, pw.opens_at,
      row_number() over (partition by w.id order by pw.starts_at) as turn
    from worker w join membership m on m.worker_id = w.id join crew c on c.id = m.crew_id
    join planned_window pw on pw.work_center_id = c.work_center_id and pw.starts_at > %(t)s
    where extract(hour from pw.starts_at)::int %% 10 = w.number::int / 12 %% 10) p
  join assignment a on a.id = (select id from assignment order by id limit 1)
  join content_current v on v.kind = a.kind and v.key = a.key where p.turn <= 2
"""


@dataclass(frozen=True, slots=True)
class Person:
    """A worker who is on shift, and the token they send."""

    worker_id: UUID
    number: str
    token: str


@dataclass(frozen=True, slots=True)
class Plant:
    """What the load is made from. `at` is the start of the running shifts, three hours before building."""

    people: tuple[Person, ...]
    pack: Pack
    at: datetime

    @property
    def slots(self) -> int:
        """How many batches of two and a half hours find time of their own."""
        return len(self.people) * (DAYS - 1) * 2

    def slot(self, number: int) -> tuple[Person, datetime]:
        """The `number`th free stretch: neighbors belong to different people."""
        person, turn = self.people[number % len(self.people)], number // len(self.people)
        day, half = 1 + turn // 2, turn % 2
        if day >= DAYS:
            raise ValueError(f"only {self.slots} batches fit into the plant's past")
        return person, self.at - timedelta(days=day) + timedelta(minutes=half * (PAUSE_AFTER + PAUSE))


def settings(on: Server, database: str) -> Settings:
    """Settings of the API under test."""
    return Settings(environment="development", database_url=on.application(database), migration_database_url=on.owner(database))


async def build(on: Server, database: str) -> Plant:
    """Fill a migrated database."""
    now = datetime.now(UTC).replace(microsecond=0)
    values = {"o": ORGANIZATION, "t": now, "site": new_id(), "lines": LINES, "workers": WORKERS, "days": DAYS}
    pack = load_pack(Path(ROOT / "content" / "packs" / "starter"))
    _run(on, database, PLACES + ";" + ROSTER, values)
    runtime = Runtime.build(settings(on, database))
    async with runtime.database.write(ORGANIZATION) as tx:
        await catalog.load_pack(tx, pack)
    _run(on, database, LEARNING, values)
    rows = on.run(database, "select w.id, w.number, s.id from worker w join session s on s.worker_id = w.id order by w.number")
    people = tuple(Person(worker, number, _token(runtime.tokens, worker, session, now)) for worker, number, session in rows)
    async with runtime.database.write(ORGANIZATION) as tx:
        for place, person in enumerate(people[:4]):
            await identity.set_credential(tx, person.worker_id, pin(place), runtime=runtime)
    await runtime.stop()
    return Plant(people, pack, now - timedelta(hours=3))


def pin(place: int) -> str:
    """The PIN of one of the first four people."""
    return str(PIN_BASE + 1009 * place)


def _token(tokens: Tokens, worker_id: UUID, session_id: UUID, now: datetime) -> str:
    return tokens.issue(ORGANIZATION, worker_id, session_id, issued_at=now, seconds=86_400)


def _run(on: Server, database: str, statements: str, values: dict[str, object]) -> None:
    with psycopg.connect(on.owner(database)) as connection:
        for statement in statements.split(";\n"):
            if statement.strip():
                connection.execute(statement.encode(), values)
