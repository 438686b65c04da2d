"""paytime"""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.fence import APPLICATION_ROLE, fence

# Nobody changes a written line, the owner of the tables included: grants bind the application, the triggers everybody.
REFUSE = """
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$
"""
APPEND_ONLY = ("pay_claim", "pay_entry", "pay_exception")
# The intervals under the exclusion constraint follow the ledger and nothing else writes them: the function runs with
# its owner's rights, and the application may only read. A reversal must take back a standing credit exactly.
FOLLOW = """
create function pay_interval_follows() returns trigger language plpgsql security definer
set search_path = public, pg_temp as $$
declare freed bigint;
begin
  delete from pay_interval i using added a
  where a.entry_type = 'reversal' and i.organization_id = a.organization_id and i.entry_id = a.reverses_id
    and i.worker_id = a.worker_id and i.starts_at = a.starts_at and i.ends_at = a.ends_at;
  get diagnostics freed = row_count;
  if freed <> (select count(*) from added where entry_type = 'reversal') then
    raise exception 'a reversal must name a standing credit of the same worker and time'
      using errcode = 'integrity_constraint_violation';
  end if;
  insert into pay_interval (organization_id, entry_id, worker_id, starts_at, ends_at)
  select organization_id, id, worker_id, starts_at, ends_at from added where entry_type = 'credit';
  return null;
end $$
"""
FOLLOWING = """
create trigger pay_entry_intervals after insert on pay_entry
referencing new table as added for each statement execute function pay_interval_follows()
"""
# Waits for the workers' locks, and only then looks: statements inside a volatile function see what the previous holder
# committed, while the statement that calls it does not. One lock a worker, taken in one order by everybody, so that no
# two transactions wait for each other. Comparisons of instants instead of `&&`: under row-level security only
# leakproof operators may use an index.
STATE = """
create function pay_state(p_organization uuid, p_workers uuid[], p_sources uuid[], p_from timestamptz, p_until timestamptz)
returns json language plpgsql volatile as $$
begin
  perform pg_advisory_xact_lock(k) from (
    select distinct hashtextextended(p_organization::text || w::text, 23) as k from unnest(p_workers) w order by k) ordered;
  return (
    select json_build_object(
      'from', p_from, 'until', p_until,
      'homes', (
        select json_agg(json_build_array(w.id, w.site_id)) from worker w
        where w.organization_id = p_organization and w.id = any(p_workers)),
      'zones', (select json_agg(json_build_array(s.id, s.time_zone)) from site s where s.organization_id = p_organization),
      'shifts', (
        select json_agg(row_to_json(s) order by s.starts_at, s.id) from (
          select h.id, h.worker_id, h.site_id, h.work_center_id, h.crew_id, h.business_date, h.starts_at, h.ends_at, h.breaks
          from shift h where h.organization_id = p_organization and h.worker_id = any(p_workers) and h.status = 'planned'
            and h.starts_at < p_until and h.ends_at > p_from) s),
      'absences', (
        select json_agg(json_build_array(a.worker_id, a.starts_at, a.ends_at) order by a.id) from absence a
        where a.organization_id = p_organization and a.worker_id = any(p_workers)
          and a.starts_at < p_until and a.ends_at > p_from),
      'taken', (
        select json_agg(json_build_array(
          i.worker_id, extract(epoch from i.starts_at)::bigint, extract(epoch from i.ends_at)::bigint))
        from pay_interval i where i.organization_id = p_organization and i.worker_id = any(p_workers)
          and i.ends_at > p_from and i.starts_at < p_until),
      'known', (
        select json_agg(json_build_array(c.worker_id, c.source_id)) from pay_claim c
        where c.organization_id = p_organization and c.worker_id = any(p_workers) and c.source_id = any(p_sources)),
      'entries', (
        select json_agg(json_build_array(e.worker_id, e.source_id, e.id, e.seconds) order by e.starts_at)
        from pay_entry e where e.organization_id = p_organization and e.worker_id = any(p_workers)
          and e.source_id = any(p_sources) and e.entry_type = 'credit'),
      'exceptions', (
        select json_agg(json_build_array(x.worker_id, x.source_id, x.reason, x.seconds))
        from pay_exception x where x.organization_id = p_organization and x.worker_id = any(p_workers)
          and x.source_id = any(p_sources))));
end $$
"""
COMMON = "kind text, mandatory boolean, starts_at timestamptz, ends_at timestamptz, seconds int, worker_id uuid, source_id uuid"
PLACED = (
    f"id uuid, {COMMON}, reason text, shift_id uuid, business_date date, site_id uuid, work_center_id uuid, "
    "time_zone text, utc_offset_seconds int, tzdata_version text"
)
COLUMNS = (
    "worker_id, source_id, kind, mandatory, starts_at, ends_at, seconds, shift_id, business_date, site_id, work_center_id, "
    "time_zone, utc_offset_seconds, tzdata_version"
)
# Claims, their credited lines and their uncredited ones, all in one statement.
APPEND = f"""
create function pay_append(p_organization uuid, p_actor uuid, p_now timestamptz, p_claims jsonb, p_entries jsonb, p_exceptions jsonb)
returns bigint language plpgsql volatile as $$
begin
  with claims as (
    insert into pay_claim (organization_id, worker_id, source_id, kind, mandatory, starts_at, ends_at, seconds, actor_id, recorded_at)
    select p_organization, c.worker_id, c.source_id, c.kind, c.mandatory, c.starts_at, c.ends_at, c.seconds, p_actor, p_now
    from jsonb_to_recordset(p_claims) as c({COMMON})),
  exceptions as (
    insert into pay_exception (organization_id, id, reason, {COLUMNS}, actor_id, recorded_at)
    select p_organization, x.id, x.reason, {COLUMNS}, p_actor, p_now from jsonb_to_recordset(p_exceptions) as x({PLACED}))
  insert into pay_entry (organization_id, id, entry_type, {COLUMNS}, actor_id, recorded_at)
  select p_organization, e.id, 'credit', {COLUMNS}, p_actor, p_now from jsonb_to_recordset(p_entries) as e({PLACED});
  return jsonb_array_length(p_claims);
end $$
"""

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    op.create_table(
        "pay_claim",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("mandatory", sa.Boolean(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('module', 'quiz', 'checklist', 'peer_assist', 'protected_block', 'shadowing')",
            name=op.f("ck_pay_claim_kind"),
        ),
        sa.CheckConstraint("seconds = extract(epoch from (ends_at - starts_at))", name=op.f("ck_pay_claim_seconds")),
        sa.ForeignKeyConstraint(
            ["organization_id", "worker_id"], ["worker.organization_id", "worker.id"], name="fk_pay_claim_worker_id"
        ),
        sa.PrimaryKeyConstraint("organization_id", "worker_id", "source_id", name=op.f("pk_pay_claim")),
    )
    op.create_table(
        "pay_entry",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("mandatory", sa.Boolean(), nullable=False),
        sa.Column("entry_type", sa.String(length=32), nullable=False),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("shift_id", sa.Uuid(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("work_center_id", sa.Uuid(), nullable=False),
        sa.Column("time_zone", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("utc_offset_seconds", sa.Integer(), nullable=False),
        sa.Column("tzdata_version", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(entry_type = 'reversal') = (reverses_id is not null)", name=op.f("ck_pay_entry_reverses")),
        sa.CheckConstraint(
            "case entry_type when 'credit' then seconds else -seconds end = extract(epoch from (ends_at - starts_at)) and starts_at < ends_at",
            name=op.f("ck_pay_entry_seconds"),
        ),
        sa.CheckConstraint("entry_type = 'credit' or reason is not null", name=op.f("ck_pay_entry_reason")),
        sa.CheckConstraint("entry_type in ('credit', 'reversal')", name=op.f("ck_pay_entry_entry_type")),
        sa.CheckConstraint(
            "kind in ('module', 'quiz', 'checklist', 'peer_assist', 'protected_block', 'shadowing')",
            name=op.f("ck_pay_entry_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "reverses_id"], ["pay_entry.organization_id", "pay_entry.id"], name="fk_pay_entry_reverses_id"
        ),
        sa.ForeignKeyConstraint(["organization_id", "site_id"], ["site.organization_id", "site.id"], name="fk_pay_entry_site_id"),
        sa.ForeignKeyConstraint(
            ["organization_id", "worker_id", "source_id"],
            ["pay_claim.organization_id", "pay_claim.worker_id", "pay_claim.source_id"],
            name="fk_pay_entry_claim",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_pay_entry")),
        sa.UniqueConstraint("organization_id", "reverses_id", name=op.f("uq_pay_entry_organization_id_reverses_id")),
    )
    op.create_index("ix_pay_entry_date", "pay_entry", ["organization_id", "business_date"], unique=False)
    op.create_index("ix_pay_entry_source", "pay_entry", ["organization_id", "worker_id", "source_id"], unique=False)
    op.create_index("ix_pay_entry_worker", "pay_entry", ["organization_id", "worker_id", "business_date"], unique=False)
    op.create_table(
        "pay_exception",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("mandatory", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("shift_id", sa.Uuid(), nullable=True),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("work_center_id", sa.Uuid(), nullable=True),
        sa.Column("time_zone", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("utc_offset_seconds", sa.Integer(), nullable=False),
        sa.Column("tzdata_version", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('module', 'quiz', 'checklist', 'peer_assist', 'protected_block', 'shadowing')",
            name=op.f("ck_pay_exception_kind"),
        ),
        sa.CheckConstraint(
            "reason in ('already_credited', 'meal_break', 'rest_break', 'off_shift')", name=op.f("ck_pay_exception_reason")
        ),
        sa.CheckConstraint(
            "seconds = extract(epoch from (ends_at - starts_at)) and starts_at < ends_at", name=op.f("ck_pay_exception_seconds")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "site_id"], ["site.organization_id", "site.id"], name="fk_pay_exception_site_id"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "worker_id", "source_id"],
            ["pay_claim.organization_id", "pay_claim.worker_id", "pay_claim.source_id"],
            name="fk_pay_exception_claim",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_pay_exception")),
    )
    op.create_index("ix_pay_exception_source", "pay_exception", ["organization_id", "worker_id", "source_id"], unique=False)
    op.create_index("ix_pay_exception_worker", "pay_exception", ["organization_id", "worker_id", "business_date"], unique=False)
    op.create_table(
        "pay_interval",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("organization_id"), "="),
            (sa.column("worker_id"), "="),
            (sa.text("tstzrange(starts_at, ends_at)"), "&&"),
            using="gist",
            name="ex_pay_interval_overlap",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "entry_id"], ["pay_entry.organization_id", "pay_entry.id"], name="fk_pay_interval_entry_id"
        ),
        sa.PrimaryKeyConstraint("organization_id", "entry_id", name=op.f("pk_pay_interval")),
    )
    op.create_index("ix_pay_interval_worker", "pay_interval", ["organization_id", "worker_id", "ends_at"], unique=False)
    fence(*APPEND_ONLY, "pay_interval", append_only=True)
    op.execute(f"revoke insert on pay_interval from {APPLICATION_ROLE}")
    op.execute(REFUSE)
    for table in APPEND_ONLY:
        op.execute(
            f"create trigger {table}_is_append_only before update or delete or truncate on {table} "
            "for each statement execute function refuse_change()"
        )
    op.execute(FOLLOW)
    op.execute(FOLLOWING)
    op.execute(STATE)
    op.execute(APPEND)


def downgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    op.drop_index("ix_pay_interval_worker", table_name="pay_interval")
    op.drop_table("pay_interval")
    op.drop_index("ix_pay_exception_worker", table_name="pay_exception")
    op.drop_index("ix_pay_exception_source", table_name="pay_exception")
    op.drop_table("pay_exception")
    op.drop_index("ix_pay_entry_worker", table_name="pay_entry")
    op.drop_index("ix_pay_entry_source", table_name="pay_entry")
    op.drop_index("ix_pay_entry_date", table_name="pay_entry")
    op.drop_table("pay_entry")
    op.drop_table("pay_claim")
    op.execute("drop function pay_interval_follows()")
    op.execute("drop function refuse_change()")
