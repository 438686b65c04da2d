"""What /v1/me/now asks for, with half the work

Breaks are also kept as a range, so that heads at a line are counted without unpacking documents; the line's windows are
read once; and what nobody needs is not looked up.
"""

from importlib import import_module

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSTZMULTIRANGE

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

RESTS_OF = """
create function rests_of(p_breaks jsonb) returns tstzmultirange language sql immutable parallel safe return (
  select coalesce(range_agg(tstzrange((pause ->> 'starts_at')::timestamptz, (pause ->> 'ends_at')::timestamptz)), '{}')
  from jsonb_array_elements(p_breaks) as pause)
"""
# Everything "what can I learn now" rests on, in one answer. The caller's transaction is fenced before this runs.
# Titles and lengths are not read here: processes remember the catalog by its version.
ME_NOW = """
create or replace function me_now(p_organization uuid, p_worker uuid, p_now timestamptz, p_station uuid)
returns json language plpgsql stable as $$
declare
  v_worker record;
  v_shift record;
  v_zone text;
  v_absences json;
  v_windows json;
  v_running bigint;
  v_present bigint;
  v_learning bigint;
begin
  if p_worker is null then
    return null;
  end if;
  select w.languages, w.job_role, w.site_id into v_worker
  from worker w where w.organization_id = p_organization and w.id = p_worker;
  select s.id, s.site_id, s.work_center_id, s.business_date, s.starts_at, s.ends_at, s.breaks into v_shift
  from shift s
  where s.organization_id = p_organization and s.worker_id = p_worker and s.status = 'planned'
    and s.starts_at > p_now - interval '25 hours' and s.starts_at < p_now + interval '24 hours' and s.ends_at > p_now
    and not exists (
      select from absence a
      where a.organization_id = p_organization and a.worker_id = p_worker
        and a.starts_at <= greatest(s.starts_at, p_now) and a.ends_at >= s.ends_at)
  order by s.starts_at limit 1;
  if v_shift.id is not null then
    select json_agg(row_to_json(w)), count(*) filter (where w.starts_at <= p_now),
      max(w.taken) filter (where w.starts_at <= p_now)
    into v_windows, v_running, v_learning
    from (
      select w.id, w.kind, w.starts_at, w.ends_at, w.opens_at, w.closes_at, w.max_learners, w.minimum_staying, t.taken, t.held
      from planned_window w
      cross join lateral (
        select count(distinct b.worker_id) as taken, coalesce(bool_or(
            b.worker_id = p_worker and b.starts_at >= w.starts_at and b.ends_at <= w.ends_at), false) as held
        from block b
        where b.organization_id = p_organization and b.window_id = w.id and b.status in ('scheduled', 'started', 'done')) t
      where w.organization_id = p_organization and w.work_center_id = v_shift.work_center_id
        and w.ends_at > p_now and w.starts_at < v_shift.ends_at
      order by w.starts_at, w.id limit 4) w;
    if v_shift.starts_at <= p_now and v_running > 0 then
      select count(distinct s.worker_id) into v_present from shift s
      where s.organization_id = p_organization and s.work_center_id = v_shift.work_center_id and s.status = 'planned'
        and s.starts_at > p_now - interval '25 hours' and s.starts_at <= p_now and s.ends_at > p_now
        and not s.rests @> p_now
        and not exists (
          select from absence a
          where a.organization_id = p_organization and a.worker_id = s.worker_id
            and a.starts_at <= p_now and a.ends_at > p_now);
      if v_running > 1 then
        select count(distinct b.worker_id) into v_learning
        from planned_window w
        join block b on b.organization_id = w.organization_id and b.window_id = w.id
        where w.organization_id = p_organization and w.work_center_id = v_shift.work_center_id
          and w.ends_at > p_now and w.starts_at <= p_now
          and b.status in ('scheduled', 'started', 'done');
      end if;
    else
      v_learning := null;
    end if;
  end if;
  return json_build_object(
    'languages', v_worker.languages,
    'time_zone', (
      select s.time_zone from site s
      where s.organization_id = p_organization and s.id = coalesce(v_shift.site_id, v_worker.site_id)),
    'catalog_version', (select version from catalog_state where organization_id = p_organization),
    'station', case when p_station is not null then (
      select json_build_object('id', s.id, 'has_tablet', s.has_tablet) from station s
      where s.organization_id = p_organization and s.id = p_station) end,
    'shift', case when v_shift.id is not null then row_to_json(v_shift) end,
    'absences', (
      select coalesce(json_agg(json_build_array(a.starts_at, a.ends_at) order by a.starts_at), '[]')
      from absence a
      where a.organization_id = p_organization and a.worker_id = p_worker
        and a.starts_at < v_shift.ends_at and a.ends_at > p_now),
    'present', v_present,
    'learning', v_learning,
    'windows', coalesce(v_windows, '[]'),
    'blocks', (
      select coalesce(json_agg(row_to_json(b)), '[]') from (
        select b.id, b.work_center_id, b.window_id, b.starts_at, b.ends_at, b.assignment_id, b.kind, b.key, b.hash, b.seconds,
          b.status
        from block b
        where b.organization_id = p_organization and b.worker_id = p_worker and b.status in ('scheduled', 'started')
          and b.ends_at > p_now and b.starts_at < p_now + interval '24 hours'
        order by b.starts_at limit 10) b),
    'learned', (
      select coalesce(json_agg(p.key), '[]') from progress p
      where p.organization_id = p_organization and p.worker_id = p_worker and p.kind = 'module'
        and p.completed_at is not null),
    'items', (
      select coalesce(json_agg(row_to_json(i)), '[]') from (
        select a.id as assignment_id, a.kind, a.key, s.hash, a.mandatory, a.due_at, a.priority,
          coalesce(s.status, 'open') as status
        from (
          select t.assignment_id from assignment_target t
          where t.organization_id = p_organization and t.kind = 'worker' and t.ref = p_worker::text
          union
          select t.assignment_id from membership m
          join assignment_target t on t.organization_id = p_organization and t.kind = 'crew' and t.ref = m.crew_id::text
          where m.organization_id = p_organization and m.worker_id = p_worker
            and m.valid_from <= (p_now at time zone 'UTC')::date
            and (m.valid_until is null or m.valid_until >= (p_now at time zone 'UTC')::date)
          union
          select t.assignment_id from assignment_target t
          where t.organization_id = p_organization and t.kind = 'job_role' and t.ref = v_worker.job_role
          union
          select s.assignment_id from assignment_worker s
          where s.organization_id = p_organization and s.worker_id = p_worker and s.status = 'started'
        ) h
        join assignment a on a.organization_id = p_organization and a.id = h.assignment_id
        left join assignment_worker s on s.organization_id = p_organization and s.assignment_id = h.assignment_id
          and s.worker_id = p_worker
        where coalesce(s.status, 'open') <> 'completed' and (a.cancelled_at is null or s.status = 'started')) i));
end $$
"""


def upgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    # Declared immutable although it reads a time zone setting: the instants in breaks always carry their offset.
    op.execute(RESTS_OF)
    op.add_column("shift", sa.Column("rests", TSTZMULTIRANGE(), sa.Computed("rests_of(breaks)", persisted=True), nullable=True))
    op.execute(ME_NOW)


def downgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    former = import_module("migrations.versions.2026_11_22_0010_planning").ME_NOW
    op.execute(former.replace("create function", "create or replace function", 1))
    op.drop_column("shift", "rests")
    op.execute("drop function rests_of(jsonb)")
