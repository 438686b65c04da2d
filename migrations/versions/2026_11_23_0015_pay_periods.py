"""Pay periods, exports, the hash chain, the audit trail"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

from migrations.fence import APPLICATION_ROLE, fence

# The statement that opens a request, and its line of the audit trail: one round trip for both.
BEGIN_RECORDED = """
create function begin_recorded(p_organization uuid, p_kind text, p_subject uuid, p_session uuid, p_secret bytea,
  p_now timestamptz, p_line jsonb)
returns table (known boolean, worker_id uuid, grants jsonb, scopes text[]) language plpgsql as $$
begin
  select b.known, b.worker_id, b.grants, b.scopes into known, worker_id, grants, scopes
  from begin_request(p_organization, p_kind, p_subject, p_session, p_secret, p_now) b;
  if known then
    insert into audit_entry (organization_id, id, at, access, action, actor_kind, actor_id, session_id, subject_id, site_id,
      target, reason, digest, address, request_id)
    values (p_organization, (p_line->>'id')::uuid, p_now, p_line->>'access', p_line->>'action', p_kind, p_subject, p_session,
      (p_line->>'subject_id')::uuid, (p_line->>'site_id')::uuid, p_line->>'target', p_line->>'reason',
      decode(p_line->>'digest', 'hex'), p_line->>'address', p_line->>'request_id');
  end if;
  return next;
end $$
"""
# Every written entry waits here until it is linked, whoever wrote it: what is neither here nor linked was smuggled in.
# The digest of all its columns comes along, so that nobody changes it unseen while it waits.
COLUMNS = (
    "{0}.organization_id, {0}.id, {0}.worker_id, {0}.source_id, {0}.kind, {0}.mandatory, {0}.entry_type, {0}.reverses_id, "
    "{0}.starts_at, {0}.ends_at, {0}.seconds, {0}.reason, {0}.actor_id, {0}.shift_id, {0}.business_date, {0}.site_id, "
    "{0}.work_center_id, {0}.time_zone, {0}.utc_offset_seconds, {0}.tzdata_version, {0}.recorded_at, "
    "{0}.classification, {0}.reason_code, {0}.replaces_id, {0}.pay_code, {0}.cost_center, {0}.night_seconds, {0}.weekend_seconds, "
    "{0}.device_at"
)
DIGEST = f"""
create function ledger_digest(e pay_entry) returns bytea language sql stable as
$$ select sha256(record_send(row({COLUMNS.format("e")}))) $$
"""
QUEUE = f"""
create function ledger_announce() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into ledger_unsealed (organization_id, entry_id, digest)
  select a.organization_id, a.id, sha256(record_send(row({COLUMNS.format("a")}))) from added a;
  return null;
end $$
"""
QUEUEING = """
create trigger pay_entry_announced after insert on pay_entry
referencing new table as added for each statement execute function ledger_announce()
"""
UNSEALED = """
create function organizations_unsealed() returns setof uuid language sql security definer set search_path = public, pg_temp as
$$ select distinct organization_id from ledger_unsealed $$
"""
# A period goes forward only, and nothing of a closed one changes any more.
FORWARD = """
create function pay_period_forward() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    if old.status <> 'open' then
      raise exception 'only an open pay period can be removed' using errcode = 'restrict_violation';
    end if;
    return old;
  end if;
  if array_position(array['open', 'approved', 'closed', 'exported'], new.status::text)
     < array_position(array['open', 'approved', 'closed', 'exported'], old.status::text)
     or (old.status = 'open' and new.status in ('closed', 'exported')) or (old.status = 'approved' and new.status = 'exported') then
    raise exception 'a pay period goes from open to approved to closed to exported' using errcode = 'restrict_violation';
  end if;
  if (new.organization_id, new.id, new.site_id, new.first_date, new.last_date)
     is distinct from (old.organization_id, old.id, old.site_id, old.first_date, old.last_date)
     or (old.status in ('closed', 'exported') and (new.after_position, new.position, new.content_hash, new.seconds, new.entries,
       new.approved_by, new.approved_at, new.closed_by, new.closed_at) is distinct from (old.after_position, old.position,
       old.content_hash, old.seconds, old.entries, old.approved_by, old.approved_at, old.closed_by, old.closed_at))
     or (old.status = 'exported' and new.exported_at is distinct from old.exported_at) then
    raise exception 'a closed pay period stays as it is' using errcode = 'restrict_violation';
  end if;
  return new;
end $$
"""
FORWARDS = """
create trigger pay_period_goes_forward before update or delete on pay_period
for each row execute function pay_period_forward()
"""
APPEND_ONLY = ("audit_entry", "ledger_link", "ledger_head", "pay_export")

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    _audit()
    _chain()
    _periods()
    for table in APPEND_ONLY:
        op.execute(
            f"create trigger {table}_is_append_only before update or delete or truncate on {table} "
            "for each statement execute function refuse_change()"
        )
    op.execute(BEGIN_RECORDED)


def _audit() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("access", sa.String(length=32), nullable=False),
        sa.Column("action", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("actor_kind", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("site_id", sa.Uuid(), nullable=True),
        sa.Column("target", sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("address", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True),
        sa.Column("request_id", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True),
        sa.CheckConstraint("access in ('write', 'read', 'sign_in')", name=op.f("ck_audit_entry_access")),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_audit_entry")),
    )
    op.create_index("ix_audit_entry_actor", "audit_entry", ["organization_id", "actor_id", "id"], unique=False)
    op.create_index(
        "ix_audit_entry_subject",
        "audit_entry",
        ["organization_id", "subject_id", "id"],
        unique=False,
        postgresql_where=sa.text("access = 'read'"),
    )
    fence("audit_entry", append_only=True)


def _chain() -> None:
    op.create_table(
        "ledger_unsealed",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "entry_id", name=op.f("pk_ledger_unsealed")),
    )
    op.create_table(
        "pay_pseudonym",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("pseudonym", sa.Uuid(), nullable=True),
        sa.Column("proof", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "person_id", name=op.f("pk_pay_pseudonym")),
        sa.UniqueConstraint("organization_id", "pseudonym", name=op.f("uq_pay_pseudonym_organization_id_pseudonym")),
    )
    op.create_table(
        "ledger_link",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.Integer(), nullable=False),
        sa.Column("who", sa.Uuid(), nullable=False),
        sa.Column("actor", sa.Uuid(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "position", name=op.f("pk_ledger_link")),
        sa.UniqueConstraint("organization_id", "entry_id", name=op.f("uq_ledger_link_organization_id_entry_id")),
    )
    op.create_table(
        "ledger_head",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "day", name=op.f("pk_ledger_head")),
    )
    fence("ledger_unsealed", "pay_pseudonym")
    fence("ledger_link", "ledger_head", append_only=True)
    op.execute(f"revoke insert, update on ledger_unsealed from {APPLICATION_ROLE}")
    op.execute(f"revoke delete on pay_pseudonym from {APPLICATION_ROLE}")
    op.execute(DIGEST)
    op.execute(QUEUE)
    op.execute(QUEUEING)
    op.execute(UNSEALED)
    op.execute("insert into ledger_unsealed select e.organization_id, e.id, ledger_digest(e) from pay_entry e")


def _periods() -> None:
    op.create_table(
        "pay_calendar",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("frequency", sa.String(length=32), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("floor", sa.Date(), nullable=False),
        sa.Column("workday_starts", sa.Time(), nullable=False),
        sa.Column("rounding", sa.String(length=32), nullable=False),
        sa.Column("rounding_seconds", sa.Integer(), nullable=False),
        sa.Column("company_code", sqlmodel.sql.sqltypes.AutoString(length=3), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "frequency in ('weekly', 'biweekly', 'semimonthly', 'monthly')", name=op.f("ck_pay_calendar_frequency")
        ),
        sa.CheckConstraint("rounding in ('none', 'neutral', 'in_favor')", name=op.f("ck_pay_calendar_rounding")),
        sa.CheckConstraint("rounding_seconds between 1 and 3600", name=op.f("ck_pay_calendar_rounding_seconds")),
        sa.ForeignKeyConstraint(
            ["organization_id", "site_id"], ["site.organization_id", "site.id"], name="fk_pay_calendar_site_id"
        ),
        sa.PrimaryKeyConstraint("organization_id", "site_id", name=op.f("pk_pay_calendar")),
    )
    op.create_table(
        "pay_period",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("first_date", sa.Date(), nullable=False),
        sa.Column("last_date", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("after_position", sa.BigInteger(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=True),
        sa.Column("seconds", sa.BigInteger(), nullable=True),
        sa.Column("entries", sa.Integer(), nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("exported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(status = 'open') = (content_hash is null)", name=op.f("ck_pay_period_content")),
        sa.CheckConstraint("first_date <= last_date", name=op.f("ck_pay_period_dates")),
        sa.CheckConstraint("status in ('open', 'approved', 'closed', 'exported')", name=op.f("ck_pay_period_status")),
        sa.ForeignKeyConstraint(
            ["organization_id", "site_id"], ["site.organization_id", "site.id"], name="fk_pay_period_site_id"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_pay_period")),
        sa.UniqueConstraint(
            "organization_id", "site_id", "first_date", name=op.f("uq_pay_period_organization_id_site_id_first_date")
        ),
    )
    op.create_index("ix_pay_period_site", "pay_period", ["organization_id", "site_id", "last_date"], unique=False)
    op.create_table(
        "pay_export",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("format", sa.String(length=32), nullable=False),
        sa.Column("file_name", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("format in ('csv', 'adp-epi', 'ukg-pay-code-edits', 'xlsx')", name=op.f("ck_pay_export_format")),
        sa.ForeignKeyConstraint(
            ["organization_id", "period_id"], ["pay_period.organization_id", "pay_period.id"], name="fk_pay_export_period_id"
        ),
        sa.PrimaryKeyConstraint("organization_id", "period_id", "format", name=op.f("pk_pay_export")),
    )
    fence("pay_calendar", "pay_period")
    fence("pay_export", append_only=True)
    op.execute(FORWARD)
    op.execute(FORWARDS)


def downgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    op.drop_table("pay_export")
    op.drop_index("ix_pay_period_site", table_name="pay_period")
    op.drop_table("pay_period")
    op.execute("drop function pay_period_forward()")
    op.drop_table("pay_calendar")
    op.execute("drop function begin_recorded(uuid, text, uuid, uuid, bytea, timestamptz, jsonb)")
    op.execute("drop function organizations_unsealed()")
    op.execute("drop trigger pay_entry_announced on pay_entry")
    op.execute("drop function ledger_announce()")
    op.execute("drop function ledger_digest(pay_entry)")
    op.drop_table("ledger_head")
    op.drop_table("ledger_link")
    op.drop_table("pay_pseudonym")
    op.drop_table("ledger_unsealed")
    op.drop_index("ix_audit_entry_subject", table_name="audit_entry", postgresql_where=sa.text("access = 'read'"))
    op.drop_index("ix_audit_entry_actor", table_name="audit_entry")
    op.drop_table("audit_entry")
