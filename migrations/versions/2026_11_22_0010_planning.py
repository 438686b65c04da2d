"""planning"""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.fence import APPLICATION_ROLE, fence

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

JSONB = postgresql.JSONB(astext_type=sa.Text())
MOMENT = sa.DateTime(timezone=True)

# Everything "what can I learn now" rests on, in one answer. The caller's transaction is fenced before this runs.
# Titles and lengths are not read here: processes remember the catalog by its version.
ME_NOW = """
create function me_now(p_organization uuid, p_worker uuid, p_now timestamptz, p_station uuid)
returns json language plpgsql stable as $$
declare
  v_shift record;
  v_present bigint;
  v_learning bigint;
begin
  if p_worker is null then
    return null;
  end if;
  select s.id, s.site_id, s.work_center_id, s.business_date, s.starts_at, s.ends_at, s.breaks into v_shift
  from shift s
  where s.organization_id = p_organization and s.worker_id = p_worker and s.status = 'planned'
    and s.starts_at > p_now - interval '25 hours' and s.starts_at < p_now + interval '24 hours' and s.ends_at > p_now
    and not exists (
      select from absence a
      where a.organization_id = p_organization and a.worker_id = p_worker
        and a.starts_at <= greatest(s.starts_at, p_now) and a.ends_at >= s.ends_at)
  order by s.starts_at limit 1;
  if v_shift.starts_at <= p_now and exists (
    select from planned_window w
    where w.organization_id = p_organization and w.work_center_id = v_shift.work_center_id
      and w.ends_at > p_now and w.starts_at <= p_now)
  then
    select count(distinct s.worker_id) into v_present from shift s
    where s.organization_id = p_organization and s.work_center_id = v_shift.work_center_id and s.status = 'planned'
      and s.starts_at > p_now - interval '25 hours' and s.starts_at <= p_now and s.ends_at > p_now
      and not exists (
        select from jsonb_array_elements(s.breaks) as pause
        where (pause ->> 'starts_at')::timestamptz <= p_now and (pause ->> 'ends_at')::timestamptz > p_now)
      and not exists (
        select from absence a
        where a.organization_id = p_organization and a.worker_id = s.worker_id
          and a.starts_at <= p_now and a.ends_at > p_now);
    select count(distinct b.worker_id) into v_learning
    from planned_window w
    join block b on b.organization_id = w.organization_id and b.window_id = w.id
    where w.organization_id = p_organization and w.work_center_id = v_shift.work_center_id
      and w.ends_at > p_now and w.starts_at <= p_now
      and b.status in ('scheduled', 'started', 'done');
  end if;
  return json_build_object(
    'languages', (select w.languages from worker w where w.organization_id = p_organization and w.id = p_worker),
    'time_zone', (
      select s.time_zone from worker w
      join site s on s.organization_id = w.organization_id and s.id = coalesce(v_shift.site_id, w.site_id)
      where w.organization_id = p_organization and w.id = p_worker),
    'catalog_version', (select version from catalog_state where organization_id = p_organization),
    'station', (
      select json_build_object('id', s.id, 'has_tablet', s.has_tablet) from station s
      where s.organization_id = p_organization and s.id = p_station),
    'shift', case when v_shift.id is not null then row_to_json(v_shift) end,
    'absences', (
      select coalesce(json_agg(json_build_array(a.starts_at, a.ends_at) order by a.starts_at), '[]')
      from absence a
      where a.organization_id = p_organization and a.worker_id = p_worker
        and a.starts_at < v_shift.ends_at and a.ends_at > p_now),
    'present', v_present,
    'learning', v_learning,
    'windows', (
      select coalesce(json_agg(row_to_json(w) order by w.starts_at, w.id), '[]') from (
        select w.id, w.kind, w.starts_at, w.ends_at, w.opens_at, w.closes_at, w.max_learners, w.minimum_staying, (
            select count(distinct b.worker_id) from block b
            where b.organization_id = p_organization and b.window_id = w.id
              and b.status in ('scheduled', 'started', 'done')) as taken
        from planned_window w
        where w.organization_id = p_organization and w.work_center_id = v_shift.work_center_id
          and w.ends_at > p_now and w.starts_at < v_shift.ends_at
        order by w.starts_at, w.id limit 4) w),
    'blocks', (
      select coalesce(json_agg(row_to_json(b) order by b.starts_at), '[]') from (
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
        with reach as materialized (
          select 'worker' as kind, p_worker::text as ref
          union all
          select 'crew', m.crew_id::text from membership m
          where m.organization_id = p_organization and m.worker_id = p_worker
            and m.valid_from <= (p_now at time zone 'UTC')::date
            and (m.valid_until is null or m.valid_until >= (p_now at time zone 'UTC')::date)
          union all
          select 'job_role', w.job_role from worker w
          where w.organization_id = p_organization and w.id = p_worker and w.job_role is not null
        ), held as materialized (
          select t.assignment_id from reach r
          join assignment_target t on t.organization_id = p_organization and t.kind = r.kind and t.ref = r.ref
          union
          select s.assignment_id from assignment_worker s
          where s.organization_id = p_organization and s.worker_id = p_worker and s.status = 'started'
        )
        select a.id as assignment_id, a.kind, a.key, s.hash, a.mandatory, a.due_at, a.priority,
          coalesce(s.status, 'open') as status
        from held h
        join assignment a on a.organization_id = p_organization and a.id = h.assignment_id
        left join assignment_worker s on s.organization_id = p_organization and s.assignment_id = h.assignment_id
          and s.worker_id = p_worker
        where coalesce(s.status, 'open') <> 'completed' and (a.cancelled_at is null or s.status = 'started')) i));
end $$
"""
DROP_ME_NOW = "drop function me_now(uuid, uuid, timestamptz, uuid)"


def word(length: int) -> sqlmodel.sql.sqltypes.AutoString:
    return sqlmodel.sql.sqltypes.AutoString(length=length)


def parent(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organization_id", column], [f"{target}.organization_id", f"{target}.id"], name=f"fk_{table}_{column}"
    )


def upgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    op.create_table(
        "plan",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("work_center_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("daily_cap_seconds", sa.Integer(), nullable=False),
        sa.Column("pins", JSONB, nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("inputs", JSONB, nullable=False),
        sa.Column("based_on", sa.BigInteger(), nullable=False),
        sa.Column("publication", sa.BigInteger(), nullable=True),
        sa.Column("placed", sa.Integer(), nullable=False),
        sa.Column("unplaced", sa.Integer(), nullable=False),
        sa.Column("placed_seconds", sa.Integer(), nullable=False),
        sa.Column("result", JSONB, nullable=False),
        sa.Column("failure", word(500), nullable=True),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("solved_at", MOMENT, nullable=True),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_plan_length")),
        sa.CheckConstraint(
            "status in ('solving', 'proposed', 'published', 'superseded', 'discarded', 'failed')", name=op.f("ck_plan_status")
        ),
        parent("plan", "site_id", "site"),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_plan")),
    )
    op.create_index("ix_plan_publication", "plan", ["organization_id", "publication"])
    op.execute("create sequence plan_publication as bigint")
    op.execute(f"grant usage on sequence plan_publication to {APPLICATION_ROLE}")
    op.create_table(
        "block",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("work_center_id", sa.Uuid(), nullable=False),
        sa.Column("window_id", sa.Uuid(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("key", word(64), nullable=False),
        sa.Column("hash", word(64), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("needs_tablet", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_block_length")),
        sa.CheckConstraint("kind in ('module', 'quiz', 'checklist')", name=op.f("ck_block_kind")),
        sa.CheckConstraint(
            "status in ('proposed', 'scheduled', 'started', 'done', 'cancelled', 'moved')", name=op.f("ck_block_status")
        ),
        parent("block", "plan_id", "plan"),
        parent("block", "worker_id", "worker"),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_block")),
    )
    op.create_index("ix_block_worker", "block", ["organization_id", "worker_id", "starts_at"])
    op.create_index("ix_block_work_center", "block", ["organization_id", "work_center_id", "starts_at"])
    op.create_index("ix_block_plan", "block", ["organization_id", "plan_id", "id"])
    op.create_index("ix_block_window", "block", ["organization_id", "window_id"])
    op.execute(
        "alter table block add constraint ex_block_worker_time exclude using gist (organization_id with =, worker_id with =, "
        "tstzrange(starts_at, ends_at) with &&) where (status in ('scheduled', 'started'))"
    )
    op.create_table(
        "blackout",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("work_center_id", sa.Uuid(), nullable=True),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("reason", word(200), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_blackout_length")),
        parent("blackout", "site_id", "site"),
        parent("blackout", "work_center_id", "work_center"),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_blackout")),
    )
    op.create_index("ix_blackout_site", "blackout", ["organization_id", "site_id", "starts_at"])
    op.create_table(
        "planned_window",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("work_center_id", sa.Uuid(), nullable=False),
        sa.Column("kind", word(32), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("opens_at", MOMENT, nullable=False),
        sa.Column("closes_at", MOMENT, nullable=False),
        sa.Column("max_learners", sa.Integer(), nullable=False),
        sa.Column("minimum_staying", sa.Integer(), nullable=False),
        parent("planned_window", "work_center_id", "work_center"),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_planned_window")),
    )
    op.create_index("ix_planned_window_work_center", "planned_window", ["organization_id", "work_center_id", "ends_at"])
    fence("plan", "block", "blackout", "planned_window")
    op.execute(ME_NOW)


def downgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    op.execute(DROP_ME_NOW)
    op.drop_table("planned_window")
    op.drop_table("blackout")
    op.drop_table("block")
    op.drop_table("plan")
    op.execute("drop sequence plan_publication")
