"""The statements of the bare programs."""

# me-now, first query: who, where, which shift, and whether they are away.
SHIFT = """
select s.id, s.site_id, s.work_center_id, s.business_date, s.starts_at, s.ends_at, s.breaks, w.languages, p.time_zone,
  (select count(*) from absence a where a.organization_id = $1 and a.worker_id = $2 and a.starts_at < s.ends_at
    and a.ends_at > $3::timestamptz)
  as absences
from shift s
join worker w on w.organization_id = s.organization_id and w.id = s.worker_id
join site p on p.organization_id = s.organization_id and p.id = s.site_id
where s.organization_id = $1 and s.worker_id = $2 and s.status = 'planned'
  and s.starts_at > $3::timestamptz - interval '25 hours' and s.starts_at < $3::timestamptz + interval '24 hours'
      and s.ends_at > $3::timestamptz
order by s.starts_at limit 1
"""
# Second query: the line's windows with places taken and heads at the line, and the worker's own blocks.
PLACES = """
(select 'window' as what, w.id, w.kind, w.starts_at, w.ends_at, w.closes_at, w.max_learners, w.minimum_staying,
  (select count(distinct b.worker_id) from block b where b.organization_id = $1 and b.window_id = w.id
    and b.status in ('scheduled', 'started', 'done')) as taken,
  (select count(distinct s.worker_id) from shift s where s.organization_id = $1 and s.work_center_id = $4
    and s.status = 'planned' and s.starts_at > $3::timestamptz - interval '25 hours' and s.starts_at <= $3::timestamptz
    and s.ends_at > $3::timestamptz) as present
from planned_window w
where w.organization_id = $1 and w.work_center_id = $4 and w.ends_at > $3::timestamptz
  and w.starts_at < $5::timestamptz
order by w.starts_at limit 4)
union all
(select 'block', b.id, b.kind, b.starts_at, b.ends_at, b.ends_at, b.seconds, 0, 0, 0 from block b
where b.organization_id = $1 and b.worker_id = $2 and b.status in ('scheduled', 'started') and b.ends_at > $3::timestamptz
  and b.starts_at < $3::timestamptz + interval '24 hours' order by b.starts_at limit 10)
"""
# Third query: open assignments with their content, and what was learned before.
ITEMS = """
with reach as (
  select 'worker' as kind, cast($2::uuid as text) as ref
  union all select 'crew', m.crew_id::text from membership m where m.organization_id = $1 and m.worker_id = $2
    and m.valid_from <= $3::date and (m.valid_until is null or m.valid_until >= $3::date)
  union all select 'job_role', w.job_role from worker w where w.organization_id = $1 and w.id = $2::uuid)
select 'item' as what, a.id, a.kind, a.key, a.mandatory, a.due_at, a.priority, coalesce(s.status, 'open') as status,
  v.hash, v.seconds, v.title, v.languages, v.prerequisites
from reach r
join assignment_target t on t.organization_id = $1 and t.kind = r.kind and t.ref = r.ref
join assignment a on a.organization_id = $1 and a.id = t.assignment_id and a.cancelled_at is null
join content_current c on c.organization_id = $1 and c.kind = a.kind and c.key = a.key and c.retired_at is null
join content_version v on v.organization_id = $1 and v.kind = c.kind and v.hash = c.hash
left join assignment_worker s on s.organization_id = $1 and s.assignment_id = a.id and s.worker_id = $2
where coalesce(s.status, 'open') <> 'completed'
union all
select 'learned', $2::uuid, 'module', p.key, false, null::timestamptz, 0, '', '', 0, null::jsonb, null::text[], null::text[]
from progress p
where p.organization_id = $1 and p.worker_id = $2 and p.kind = 'module' and p.completed_at is not null
"""
ROWS = (
    "jsonb_to_recordset($%d::text::jsonb) as r(id uuid, worker_id uuid, kind text, key text, hash text, language text, "
    "started_at timestamptz, finished_at timestamptz, seconds int, work jsonb, entry_id uuid, events uuid[])"
)
ATTEMPTS = (
    "insert into attempt (organization_id, id, worker_id, kind, key, hash, language, status, offline, started_at, finished_at, "
    "received_at, last_seen_at, seconds, paid_seconds, score, work) select $1, id, worker_id, kind, key, hash, language, "
    f"'completed', true, started_at, finished_at, $2, $2, seconds, seconds, 100, work from {ROWS % 3} on conflict do nothing"
)
PROGRESS = (
    "insert into progress as p (organization_id, worker_id, kind, key, status, hash, best_score, last_finished_at, completed_at) "
    "select distinct on (kind, key) $1::uuid, worker_id, kind, key, 'completed', hash, 100, finished_at, finished_at "
    f"from {ROWS % 2} order by kind, key, finished_at desc on conflict (organization_id, worker_id, kind, key) do update set "
    "status = 'completed', hash = excluded.hash, best_score = 100, last_finished_at = excluded.last_finished_at, "
    "completed_at = excluded.completed_at"
)
REACHED = (
    "insert into assignment_worker as s (organization_id, assignment_id, worker_id, status, hash, started_at, completed_at) "
    "select distinct on (a.id) $1::uuid, a.id, r.worker_id, 'completed', r.hash, r.started_at, r.finished_at "
    f"from {ROWS % 2} join assignment a on a.organization_id = $1 and a.kind = r.kind and a.key = r.key order by a.id "
    "on conflict (organization_id, assignment_id, worker_id) do update set status = 'completed', "
    "completed_at = coalesce(s.completed_at, excluded.completed_at)"
)
CLAIMS = (
    "insert into pay_claim (organization_id, worker_id, source_id, kind, mandatory, starts_at, ends_at, seconds, actor_id, "
    "recorded_at) select $1, worker_id, id, kind, false, started_at, finished_at, seconds, worker_id, $2 "
    f"from {ROWS % 3} on conflict do nothing"
)
ENTRIES = (
    "insert into pay_entry (organization_id, id, worker_id, source_id, kind, mandatory, entry_type, starts_at, ends_at, seconds, "
    "actor_id, shift_id, business_date, site_id, work_center_id, time_zone, utc_offset_seconds, tzdata_version, recorded_at) "
    "select $1, r.entry_id, r.worker_id, r.id, r.kind, false, 'credit', r.started_at, r.finished_at, r.seconds, r.worker_id, "
    f"s.id, s.business_date, s.site_id, s.work_center_id, 'Europe/Berlin', 3600, '2025b', $2 from {ROWS % 3} join shift s "
    "on s.organization_id = $1 and s.worker_id = r.worker_id and s.starts_at <= r.started_at "
    "and s.starts_at > r.started_at - interval '25 hours' and s.ends_at >= r.finished_at"
)
EVENTS = (
    "insert into event (organization_id, id, type, subject_id, occurred_at, data) select $1, e.id, case e.place "
    "when 1 then 'attempt.completed' when 2 then r.kind || '.completed' else 'pplt.session.recorded' end, r.id, $2, "
    "jsonb_build_object('worker_id', r.worker_id, 'kind', r.kind, 'key', r.key, 'hash', r.hash, 'finished_at', r.finished_at, "
    f"'seconds', r.seconds, 'paid_seconds', r.seconds) from {ROWS % 3}, unnest(r.events) with ordinality as e(id, place)"
)
JOBS = (
    "select unnest(procrastinate_defer_jobs_v1(array(select row(j.queue, j.task, j.priority, j.lock, j.queueing_lock, j.args, "
    "j.scheduled_at)::procrastinate_job_to_defer_v1 from jsonb_to_recordset($1::text::jsonb) as j(queue text, task text, "
    "priority int, lock text, queueing_lock text, args jsonb, scheduled_at timestamptz))))"
)
