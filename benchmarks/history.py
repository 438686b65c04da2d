"""Years of attempts, paid and announced, written by the database itself; triggers and foreign keys rest meanwhile."""

import psycopg

from benchmarks.database import Server
from benchmarks.plant import ORGANIZATION

# Before the plant's forty days: four minutes an attempt, one after the other for each worker, so nothing overlaps.
HISTORY = """
create temporary table past on commit drop as
  select uuidv7(-(interval '60 days' + p.step * interval '4 minutes')) as id, w.id as worker_id, w.site_id, m.work_center_id,
    date_trunc('second', now()) - interval '60 days' - p.step * interval '4 minutes' as at, c.key, c.hash,
    m.shift_id
  from (select n, n / (select count(*) from worker) as step, 1 + n % (select count(*) from worker) as turn
    from generate_series(0, {count} - 1) n) p
  join (select *, row_number() over (order by id) as turn from worker) w using (turn)
  join (select distinct on (worker_id) worker_id, work_center_id, id as shift_id from shift) m on m.worker_id = w.id
  join (select *, row_number() over (order by key) as place from content_current where kind = 'module') c
    on c.place = 1 + p.n % 7;
insert into attempt (organization_id, id, worker_id, kind, key, hash, language, status, offline, started_at, finished_at,
    received_at, last_seen_at, seconds, paid_seconds, score, fingerprint, work)
  select '{organization}', id, worker_id, 'module', key, hash, 'en', 'completed', true, at, at + interval '180 s', at, at,
      180, 180,
    100, repeat('0', 64), '{"answers": {"first-step": ["right"]}, "cards": ["why", "how", "check"], "items": {}}' from past;
insert into pay_claim (organization_id, worker_id, source_id, kind, mandatory, starts_at, ends_at, seconds, actor_id, recorded_at)
  select '{organization}', worker_id, id, 'module', false, at, at + interval '180 s', 180, worker_id, at from past;
insert into pay_entry (organization_id, id, worker_id, source_id, kind, mandatory, entry_type, starts_at, ends_at, seconds,
    actor_id,
    shift_id, business_date, site_id, work_center_id, time_zone, utc_offset_seconds, tzdata_version, recorded_at)
  select '{organization}', id, worker_id, id, 'module', false, 'credit', at, at + interval '180 s', 180, worker_id, shift_id,
    at::date, site_id, work_center_id, 'Europe/Berlin', 3600, '2025b', at from past;
insert into pay_interval (organization_id, entry_id, worker_id, starts_at, ends_at)
  select '{organization}', id, worker_id, at, at + interval '180 s' from past;
insert into event (organization_id, id, type, subject_id, occurred_at, data)
  select '{organization}', id, 'attempt.completed', id, at, '{"kind": "module", "seconds": 180}' from past
"""


def write_history(on: Server, database: str, count: int) -> None:
    """Add `count` finished, paid attempts with a ledger entry and an event each, and refresh the statistics."""
    with psycopg.connect(on.owner(database)) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("set maintenance_work_mem = '512MB'")
        for statement in HISTORY.replace("{count}", str(count)).replace("{organization}", str(ORGANIZATION)).split(";\n"):
            connection.execute(statement.encode())
        connection.commit()
    on.run(database, "vacuum (analyze)")
    on.run(database, "checkpoint")
