"""Two-phase sessions, corrections, disputes"""

from importlib import import_module

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.fence import fence

before = import_module("migrations.versions.2026_11_22_0007_paytime")

APPEND_ONLY = (
    "pay_hold", "pay_resolution", "protected_block", "protected_fact", "pay_dispute", "pay_dispute_step", "pay_outcome",
)  # fmt: skip
OLD_KINDS = "'module', 'quiz', 'checklist', 'peer_assist', 'protected_block', 'shadowing'"
KINDS = f"{OLD_KINDS}, 'office_hours', 'coaching'"
OLD_REASONS = "'already_credited', 'meal_break', 'rest_break', 'off_shift'"
REASONS = f"{OLD_REASONS}, 'over_cap', 'expired'"
LENGTH = "extract(epoch from (ends_at - starts_at)) and starts_at < ends_at"
CODES = "'wrong_person', 'wrong_time', 'not_learning', 'roster_changed', 'decision', 'dispute', 'other'"
CLASSES = "'on_shift', 'off_shift', 'meal_break', 'rest_break', 'travel'"
# Reversals free the part of a line that they take back; what is left of it in front and behind goes on standing.
# Restorations and credits then take their time, and the exclusion constraint refuses what is held by anything else.
FOLLOW = """
create or replace function pay_interval_follows() returns trigger language plpgsql security definer
set search_path = public, pg_temp as $$
declare
  v_line record;
  v_held record;
begin
  if exists (select from added where entry_type <> 'credit') then
    if exists (
      select from added a left join pay_entry r on r.organization_id = a.organization_id and r.id = a.reverses_id
      where a.entry_type <> 'credit' and (r.id is null or r.worker_id <> a.worker_id or r.source_id <> a.source_id
        or a.starts_at < r.starts_at or a.ends_at > r.ends_at
        or (a.entry_type = 'reversal') = (r.entry_type = 'reversal'))) then
      raise exception 'a reversal must name a standing credit of the same worker and time'
        using errcode = 'integrity_constraint_violation';
    end if;
    for v_line in select * from added where entry_type = 'reversal' order by starts_at loop
      delete from pay_interval i
      where i.organization_id = v_line.organization_id and i.entry_id = v_line.reverses_id and not i.reserved
        and i.starts_at <= v_line.starts_at and i.ends_at >= v_line.ends_at
      returning i.starts_at, i.ends_at into v_held;
      if not found then
        raise exception 'a reversal must name a standing credit of the same worker and time'
          using errcode = 'integrity_constraint_violation';
      end if;
      insert into pay_interval (organization_id, entry_id, worker_id, starts_at, ends_at)
      select v_line.organization_id, v_line.reverses_id, v_line.worker_id, p.s, p.e
      from (values (v_held.starts_at, v_line.starts_at), (v_line.ends_at, v_held.ends_at)) as p(s, e) where p.s < p.e;
    end loop;
  end if;
  insert into pay_interval (organization_id, entry_id, worker_id, starts_at, ends_at)
  select organization_id, id, worker_id, starts_at, ends_at from added where entry_type <> 'reversal';
  return null;
end $$
"""
HOLD = """
create function pay_hold_reserves() returns trigger language plpgsql security definer
set search_path = public, pg_temp as $$
begin
  insert into pay_interval (organization_id, entry_id, worker_id, starts_at, ends_at, reserved)
  values (new.organization_id, new.id, new.worker_id, new.starts_at, new.ends_at, true);
  return null;
end $$
"""
RELEASE = """
create function pay_resolution_releases() returns trigger language plpgsql security definer
set search_path = public, pg_temp as $$
begin
  delete from pay_interval i where i.organization_id = new.organization_id and i.entry_id = new.hold_id and i.reserved;
  if not found then
    raise exception 'only a standing reservation can be resolved' using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$
"""
# As before, and the sites' pay policies; what counts towards caps is only summed up where a site has some. What a source
# was answered first stays its answer, whatever was corrected since.
FIRST_ANSWER = before.STATE.replace("e.entry_type = 'credit'", "e.entry_type = 'credit' and e.reason_code is null").replace(
    "and x.source_id = any(p_sources)", "and x.source_id = any(p_sources) and not x.paid and not x.reviewed"
)
STATE = FIRST_ANSWER.replace("create function", "create or replace function").replace(
    "      'known', (",
    """      'policies', (select json_agg(row_to_json(p)) from pay_policy p where p.organization_id = p_organization),
      'used', case when exists (
          select from pay_policy p where p.organization_id = p_organization
            and coalesce(p.shift_cap, p.day_cap, p.week_cap) is not null) then (
        select json_agg(json_build_array(u.worker_id, u.business_date, u.shift_id, u.seconds)) from (
          select e.worker_id, e.business_date, e.shift_id, sum(e.seconds) as seconds from pay_entry e
          where e.organization_id = p_organization and e.worker_id = any(p_workers)
            and e.business_date between p_from::date - 8 and p_until::date + 8
          group by e.worker_id, e.business_date, e.shift_id) u) end,
      'known', (""",
    1,
)
COMMON = (
    "kind text, mandatory boolean, starts_at timestamptz, ends_at timestamptz, seconds int, worker_id uuid, source_id uuid, "
    "job_related boolean, productive boolean, device_at timestamptz"
)
PLACED = (
    f"id uuid, {COMMON}, reason text, shift_id uuid, business_date date, site_id uuid, work_center_id uuid, "
    "time_zone text, utc_offset_seconds int, tzdata_version text, entry_type text, reverses_id uuid, replaces_id uuid, "
    "classification text, reason_code text, pay_code text, cost_center text, night_seconds int, weekend_seconds int, "
    "paid boolean, outside_hours boolean, voluntary boolean, not_job_related boolean, no_productive_work boolean, reviewed boolean"
)
APPEND = f"""
create or replace function pay_append(
  p_organization uuid, p_actor uuid, p_now timestamptz, p_claims jsonb, p_entries jsonb, p_exceptions jsonb)
returns bigint language plpgsql volatile as $$
begin
  with claims as (
    insert into pay_claim (organization_id, worker_id, source_id, kind, mandatory, starts_at, ends_at, seconds, actor_id,
      recorded_at, job_related, productive, device_at)
    select p_organization, c.worker_id, c.source_id, c.kind, c.mandatory, c.starts_at, c.ends_at, c.seconds, p_actor, p_now,
      coalesce(c.job_related, true), coalesce(c.productive, false), c.device_at
    from jsonb_to_recordset(p_claims) as c({COMMON})),
  exceptions as (
    insert into pay_exception (organization_id, id, reason, {before.COLUMNS}, actor_id, recorded_at,
      paid, outside_hours, voluntary, not_job_related, no_productive_work, reviewed)
    select p_organization, x.id, x.reason, {before.COLUMNS}, p_actor, p_now, coalesce(x.paid, false),
      coalesce(x.outside_hours, false), coalesce(x.voluntary, false), coalesce(x.not_job_related, false),
      coalesce(x.no_productive_work, false), coalesce(x.reviewed, false)
    from jsonb_to_recordset(p_exceptions) as x({PLACED}))
  insert into pay_entry (organization_id, id, entry_type, reverses_id, replaces_id, reason, reason_code, {before.COLUMNS},
    actor_id, recorded_at, classification, pay_code, cost_center, night_seconds, weekend_seconds, device_at)
  select p_organization, e.id, coalesce(e.entry_type, 'credit'), e.reverses_id, e.replaces_id, e.reason, e.reason_code,
    {before.COLUMNS}, p_actor, p_now, coalesce(e.classification, 'on_shift'), e.pay_code, e.cost_center,
    coalesce(e.night_seconds, 0), coalesce(e.weekend_seconds, 0), e.device_at
  from jsonb_to_recordset(p_entries) as e({PLACED});
  return jsonb_array_length(p_claims);
end $$
"""

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def recheck(table: str, name: str, condition: str) -> None:
    """Put another check in the place of one."""
    op.execute(f"alter table {table} drop constraint if exists ck_{table}_{name}")
    op.execute(f"alter table {table} add constraint ck_{table}_{name} check ({condition})")


def upgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    op.create_table(
        "pay_policy",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("outside", sa.String(length=32), nullable=False),
        sa.Column("shift_cap", sa.Integer(), nullable=True),
        sa.Column("day_cap", sa.Integer(), nullable=True),
        sa.Column("week_cap", sa.Integer(), nullable=True),
        sa.Column("entitled", sa.Integer(), nullable=False),
        sa.Column("longest_session", sa.Integer(), nullable=False),
        sa.Column("night_from", sa.Time(), nullable=True),
        sa.Column("night_until", sa.Time(), nullable=True),
        sa.Column("weekend", sa.Boolean(), nullable=False),
        sa.Column("pay_codes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("cost_centers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("outside in ('block', 'record_as_paid', 'unpaid_if_all_four')", name=op.f("ck_pay_policy_outside")),
        sa.ForeignKeyConstraint(
            ["organization_id", "site_id"], ["site.organization_id", "site.id"], name="fk_pay_policy_site_id"
        ),
        sa.PrimaryKeyConstraint("organization_id", "site_id", name=op.f("pk_pay_policy")),
    )
    op.create_table(
        "pay_hold",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("mandatory", sa.Boolean(), nullable=False),
        sa.Column("job_related", sa.Boolean(), nullable=False),
        sa.Column("travel", sa.Boolean(), nullable=False),
        sa.Column("block_id", sa.Uuid(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("time_zone", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("utc_offset_seconds", sa.Integer(), nullable=False),
        sa.Column("tzdata_version", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('module', 'quiz', 'checklist', 'peer_assist', 'protected_block', 'shadowing', 'office_hours', 'coaching')",
            name=op.f("ck_pay_hold_kind"),
        ),
        sa.CheckConstraint("ends_at > starts_at and expires_at >= ends_at", name=op.f("ck_pay_hold_length")),
        sa.ForeignKeyConstraint(["organization_id", "site_id"], ["site.organization_id", "site.id"], name="fk_pay_hold_site_id"),
        sa.ForeignKeyConstraint(
            ["organization_id", "worker_id"], ["worker.organization_id", "worker.id"], name="fk_pay_hold_worker_id"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_pay_hold")),
    )
    op.create_index("ix_pay_hold_expires", "pay_hold", ["organization_id", "expires_at"], unique=False)
    op.create_index("ix_pay_hold_worker", "pay_hold", ["organization_id", "worker_id", "id"], unique=False)
    op.create_table(
        "protected_block",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("work_center_id", sa.Uuid(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("makes_up_id", sa.Uuid(), nullable=True),
        sa.Column("planned_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_protected_block_length")),
        sa.ForeignKeyConstraint(
            ["organization_id", "makes_up_id"],
            ["protected_block.organization_id", "protected_block.id"],
            name="fk_protected_block_makes_up_id",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "site_id"], ["site.organization_id", "site.id"], name="fk_protected_block_site_id"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "worker_id"], ["worker.organization_id", "worker.id"], name="fk_protected_block_worker_id"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_protected_block")),
    )
    op.create_index(
        "ix_protected_block_worker", "protected_block", ["organization_id", "worker_id", "business_date"], unique=False
    )
    op.create_table(
        "pay_resolution",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.Column("resolution", sa.String(length=32), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("break_reason", sa.String(length=32), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "break_reason in ('production_need', 'safety', 'equipment', 'absence', 'personal', 'other')",
            name=op.f("ck_pay_resolution_break_reason"),
        ),
        sa.CheckConstraint("resolution <> 'voided' or ended_at is null", name=op.f("ck_pay_resolution_ended")),
        sa.CheckConstraint("resolution in ('posted', 'voided', 'expired')", name=op.f("ck_pay_resolution_resolution")),
        sa.ForeignKeyConstraint(
            ["organization_id", "hold_id"], ["pay_hold.organization_id", "pay_hold.id"], name="fk_pay_resolution_hold_id"
        ),
        sa.PrimaryKeyConstraint("organization_id", "hold_id", name=op.f("pk_pay_resolution")),
    )
    op.create_table(
        "protected_fact",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("block_id", sa.Uuid(), nullable=False),
        sa.Column("fact", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "fact in ('planned', 'started', 'interrupted', 'broken', 'delivered', 'made_up')", name=op.f("ck_protected_fact_fact")
        ),
        sa.CheckConstraint(
            "reason in ('production_need', 'safety', 'equipment', 'absence', 'personal', 'other')",
            name=op.f("ck_protected_fact_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "block_id"],
            ["protected_block.organization_id", "protected_block.id"],
            name="fk_protected_fact_block_id",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_protected_fact")),
    )
    op.create_index("ix_protected_fact_block", "protected_fact", ["organization_id", "block_id", "id"], unique=False)
    op.create_table(
        "pay_dispute",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=True),
        sa.Column("exception_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("num_nonnulls(entry_id, exception_id) = 1", name=op.f("ck_pay_dispute_about")),
        sa.ForeignKeyConstraint(
            ["organization_id", "exception_id"],
            ["pay_exception.organization_id", "pay_exception.id"],
            name="fk_pay_dispute_exception_id",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "entry_id"], ["pay_entry.organization_id", "pay_entry.id"], name="fk_pay_dispute_entry_id"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "worker_id"], ["worker.organization_id", "worker.id"], name="fk_pay_dispute_worker_id"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_pay_dispute")),
    )
    op.create_index("ix_pay_dispute_entry", "pay_dispute", ["organization_id", "entry_id"], unique=False)
    op.create_index("ix_pay_dispute_worker", "pay_dispute", ["organization_id", "worker_id", "id"], unique=False)
    op.create_table(
        "pay_outcome",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("exception_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=False),
        sa.Column("entry_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("outcome in ('pay', 'not_paid', 'reclassified')", name=op.f("ck_pay_outcome_outcome")),
        sa.ForeignKeyConstraint(
            ["organization_id", "exception_id"],
            ["pay_exception.organization_id", "pay_exception.id"],
            name="fk_pay_outcome_exception_id",
        ),
        sa.PrimaryKeyConstraint("organization_id", "exception_id", name=op.f("pk_pay_outcome")),
    )
    op.create_table(
        "pay_dispute_step",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("dispute_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=32), nullable=False),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(length=1000), nullable=True),
        sa.Column("entry_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "step in ('opened', 'upheld', 'granted', 'accepted', 'escalated', 'withdrawn', 'lapsed')",
            name=op.f("ck_pay_dispute_step_step"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "dispute_id"],
            ["pay_dispute.organization_id", "pay_dispute.id"],
            name="fk_pay_dispute_step_dispute_id",
        ),
        sa.PrimaryKeyConstraint("organization_id", "dispute_id", "number", name=op.f("pk_pay_dispute_step")),
    )
    new_columns()
    guards()


def new_columns() -> None:
    """What earlier tables gain."""
    op.add_column("pay_claim", sa.Column("job_related", sa.Boolean(), server_default=sa.text("true"), nullable=False))
    op.add_column("pay_claim", sa.Column("productive", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("pay_claim", sa.Column("device_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("pay_entry", sa.Column("classification", sa.String(length=32), server_default="on_shift", nullable=False))
    op.add_column("pay_entry", sa.Column("reason_code", sa.String(length=32), nullable=True))
    op.add_column("pay_entry", sa.Column("replaces_id", sa.Uuid(), nullable=True))
    op.add_column("pay_entry", sa.Column("pay_code", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True))
    op.add_column("pay_entry", sa.Column("cost_center", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True))
    op.add_column("pay_entry", sa.Column("night_seconds", sa.Integer(), server_default="0", nullable=False))
    op.add_column("pay_entry", sa.Column("weekend_seconds", sa.Integer(), server_default="0", nullable=False))
    op.add_column("pay_entry", sa.Column("device_at", sa.DateTime(timezone=True), nullable=True))
    op.alter_column("pay_entry", "shift_id", existing_type=sa.UUID(), nullable=True)
    op.alter_column("pay_entry", "work_center_id", existing_type=sa.UUID(), nullable=True)
    op.drop_constraint(op.f("uq_pay_entry_organization_id_reverses_id"), "pay_entry", type_="unique")
    op.create_foreign_key(
        "fk_pay_entry_replaces_id", "pay_entry", "pay_entry", ["organization_id", "replaces_id"], ["organization_id", "id"]
    )
    op.add_column("pay_exception", sa.Column("paid", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("pay_exception", sa.Column("outside_hours", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("pay_exception", sa.Column("voluntary", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("pay_exception", sa.Column("not_job_related", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("pay_exception", sa.Column("reviewed", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("pay_exception", sa.Column("no_productive_work", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("pay_interval", sa.Column("reserved", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.drop_constraint(op.f("fk_pay_interval_entry_id"), "pay_interval", type_="foreignkey")


def guards() -> None:
    """Constraints, fences, triggers and functions."""
    op.create_index(
        "ix_pay_entry_reverses",
        "pay_entry",
        ["organization_id", "reverses_id"],
        unique=False,
        postgresql_where=sa.text("reverses_id is not null"),
    )
    op.execute(
        "alter table pay_entry add constraint ex_pay_entry_reversed_once exclude using gist (organization_id with =, "
        "reverses_id with =, tstzrange(starts_at, ends_at) with &&) where (reverses_id is not null)"
    )
    op.execute("alter table pay_interval drop constraint pk_pay_interval")
    op.execute("alter table pay_interval add constraint pk_pay_interval primary key (organization_id, entry_id, starts_at)")
    op.create_index(
        "ix_pay_interval_reserved", "pay_interval", ["organization_id", "entry_id"], postgresql_where=sa.text("reserved")
    )
    for table in ("pay_claim", "pay_entry", "pay_exception"):
        recheck(table, "kind", f"kind in ({KINDS})")
    recheck("pay_exception", "reason", f"reason in ({REASONS})")
    recheck("pay_entry", "entry_type", "entry_type in ('credit', 'reversal', 'restoration')")
    recheck("pay_entry", "reverses", "(entry_type = 'credit') = (reverses_id is null)")
    recheck("pay_entry", "seconds", f"case entry_type when 'reversal' then -seconds else seconds end = {LENGTH}")
    recheck("pay_entry", "classification", f"classification in ({CLASSES})")
    recheck("pay_entry", "reason_code", f"reason_code in ({CODES})")
    fence(*APPEND_ONLY, append_only=True)
    fence("pay_policy")
    for table in APPEND_ONLY:
        op.execute(
            f"create trigger {table}_is_append_only before update or delete or truncate on {table} "
            "for each statement execute function refuse_change()"
        )
    op.execute(FOLLOW)
    op.execute(HOLD)
    op.execute(RELEASE)
    op.execute("create trigger pay_hold_interval after insert on pay_hold for each row execute function pay_hold_reserves()")
    op.execute(
        "create trigger pay_resolution_interval after insert on pay_resolution "
        "for each row execute function pay_resolution_releases()"
    )
    op.execute(STATE)
    op.execute(APPEND)


def downgrade() -> None:
    """Refused by the constraints where lines exist that the earlier revision has no words for: none is ever lost."""
    op.execute("set local lock_timeout = '4s'")
    for function in (before.STATE, before.APPEND, before.FOLLOW):
        op.execute(function.replace("create function", "create or replace function"))
    for table in ("pay_claim", "pay_entry", "pay_exception"):
        recheck(table, "kind", f"kind in ({OLD_KINDS})")
    recheck("pay_exception", "reason", f"reason in ({OLD_REASONS})")
    recheck("pay_entry", "entry_type", "entry_type in ('credit', 'reversal')")
    recheck("pay_entry", "reverses", "(entry_type = 'reversal') = (reverses_id is not null)")
    recheck("pay_entry", "seconds", f"case entry_type when 'credit' then seconds else -seconds end = {LENGTH}")
    op.drop_constraint("ex_pay_entry_reversed_once", "pay_entry")
    op.drop_index("ix_pay_entry_reverses", table_name="pay_entry")
    op.execute("delete from pay_interval where reserved")
    op.drop_index("ix_pay_interval_reserved", table_name="pay_interval")
    op.execute("alter table pay_interval drop constraint pk_pay_interval")
    op.execute("alter table pay_interval add constraint pk_pay_interval primary key (organization_id, entry_id)")
    old_tables()


def old_tables() -> None:
    """Take the new columns and tables away."""
    op.create_foreign_key(
        op.f("fk_pay_interval_entry_id"), "pay_interval", "pay_entry", ["organization_id", "entry_id"], ["organization_id", "id"]
    )
    op.drop_column("pay_interval", "reserved")
    op.drop_column("pay_exception", "reviewed")
    op.drop_column("pay_exception", "no_productive_work")
    op.drop_column("pay_exception", "not_job_related")
    op.drop_column("pay_exception", "voluntary")
    op.drop_column("pay_exception", "outside_hours")
    op.drop_column("pay_exception", "paid")
    op.drop_constraint("fk_pay_entry_replaces_id", "pay_entry", type_="foreignkey")
    op.create_unique_constraint(
        op.f("uq_pay_entry_organization_id_reverses_id"),
        "pay_entry",
        ["organization_id", "reverses_id"],
        postgresql_nulls_not_distinct=False,
    )
    op.alter_column("pay_entry", "work_center_id", existing_type=sa.UUID(), nullable=False)
    op.alter_column("pay_entry", "shift_id", existing_type=sa.UUID(), nullable=False)
    op.drop_column("pay_entry", "device_at")
    op.drop_column("pay_entry", "weekend_seconds")
    op.drop_column("pay_entry", "night_seconds")
    op.drop_column("pay_entry", "cost_center")
    op.drop_column("pay_entry", "pay_code")
    op.drop_column("pay_entry", "replaces_id")
    op.drop_column("pay_entry", "reason_code")
    op.drop_column("pay_entry", "classification")
    op.drop_column("pay_claim", "device_at")
    op.drop_column("pay_claim", "productive")
    op.drop_column("pay_claim", "job_related")
    op.drop_table("pay_dispute_step")
    op.drop_table("pay_outcome")
    op.drop_index("ix_pay_dispute_worker", table_name="pay_dispute")
    op.drop_index("ix_pay_dispute_entry", table_name="pay_dispute")
    op.drop_table("pay_dispute")
    op.drop_index("ix_protected_fact_block", table_name="protected_fact")
    op.drop_table("protected_fact")
    op.drop_table("pay_resolution")
    op.drop_index("ix_protected_block_worker", table_name="protected_block")
    op.drop_table("protected_block")
    op.drop_index("ix_pay_hold_worker", table_name="pay_hold")
    op.drop_index("ix_pay_hold_expires", table_name="pay_hold")
    op.drop_table("pay_hold")
    op.drop_table("pay_policy")
    op.execute("drop function pay_hold_reserves()")
    op.execute("drop function pay_resolution_releases()")
