"""Retention: how long each kind of record is kept, and the proof that it went

Lines of the ledger and of the audit trail leave only through functions that look at what they remove: nothing younger
than the law asks, nothing that payroll has not exported or somebody disputes. A mark stays for each line that left, so
that the chain tells a line whose time was over from one that somebody took away.
"""

from importlib import import_module

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.fence import APPLICATION_ROLE, fence

erasing = import_module("migrations.versions.2026_11_30_0019_erasure")
periods = import_module("migrations.versions.2026_11_23_0015_pay_periods")

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

PAY = (
    "pay_dispute_step", "pay_dispute", "pay_outcome", "pay_exception", "pay_entry", "pay_claim", "pay_resolution", "pay_hold",
    "protected_fact", "protected_block", "pay_export",
)  # fmt: skip
LEAVES = (*PAY, "audit_entry")
ERASES = ", ".join(f"'{table}'" for table in erasing.TEXTS)
RETIRING = """if tg_op = 'DELETE' and tg_table_name in ({tables})
    and current_setting('app.retiring', true) = pg_current_xact_id()::text then
    return null;
  end if;
  """
BEFORE_THIS = erasing.REFUSE.replace("{erasing}", erasing.ERASING.replace("{tables}", ERASES))
REFUSE = erasing.REFUSE.replace(
    "{erasing}",
    erasing.ERASING.replace("{tables}", ERASES) + RETIRING.replace("{tables}", ", ".join(f"'{table}'" for table in LEAVES)),
)
FORWARD = periods.FORWARD.replace("create function", "create or replace function")
FORWARD_OR_OVER = FORWARD.replace(
    "if old.status <> 'open' then",
    "if old.status <> 'open' and current_setting('app.retiring', true) is distinct from pg_current_xact_id()::text then",
)
# Whether a claim must stay whatever its age: a line of it is not linked, or no period exported before `p_before` holds
# all of its seconds, or a dispute about it runs or ended later. Workdays never lie after the local day.
WAITS = """
create function pay_waits(p_organization uuid, p_worker uuid, p_source uuid, p_before timestamptz)
returns boolean language sql stable as $$
  select exists (
    select from pay_entry e
    left join ledger_link l on l.organization_id = e.organization_id and l.entry_id = e.id
    left join pay_calendar c on c.organization_id = e.organization_id and c.site_id = e.site_id
    where e.organization_id = p_organization and e.worker_id = p_worker and e.source_id = p_source
      and (l.entry_id is null or l.sealed_at >= p_before or (c.site_id is not null and e.business_date >= c.floor - 1 and not exists (
        select from pay_period p where p.organization_id = e.organization_id and p.site_id = e.site_id
          and p.status = 'exported' and p.exported_at < p_before and l.position <= p.position
          and p.last_date >= (e.ends_at at time zone e.time_zone)::date))))
  or exists (
    select from pay_dispute d
    left join lateral (
      select s.step, s.recorded_at from pay_dispute_step s
      where s.organization_id = d.organization_id and s.dispute_id = d.id order by s.number desc limit 1) last on true
    where d.organization_id = p_organization and d.worker_id = p_worker
      and (d.entry_id in (select e.id from pay_entry e where e.organization_id = p_organization and e.worker_id = p_worker
          and e.source_id = p_source)
        or d.exception_id in (select x.id from pay_exception x where x.organization_id = p_organization
          and x.worker_id = p_worker and x.source_id = p_source))
      and (last.recorded_at >= p_before or not (last.step in ('granted', 'accepted', 'withdrawn', 'lapsed')
        or (last.step = 'upheld' and exists (select from pay_dispute_step s where s.organization_id = d.organization_id
          and s.dispute_id = d.id and s.step = 'escalated')))))
$$
"""
CHECKED = """
  if p_organization is distinct from nullif(current_setting('app.organization_id', true), '')::uuid
    or p_until > (p_now at time zone 'UTC')::date - interval '{months} months' then
    raise exception 'these records must be kept' using errcode = 'insufficient_privilege';
  end if;
  perform set_config('app.retiring', pg_current_xact_id()::text, true);
"""
HEAD = "returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$"
COUNTED = "get diagnostics v_count = row_count;\n  v_gone := v_gone || jsonb_build_object('{0}', v_count);\n"


def _delete(table: str, condition: str) -> str:
    return f"  delete from {table} t where t.organization_id = p_organization and {condition};\n  {COUNTED.format(table)}"


# Claims whose last word was written before the day, each with all that hangs on it. Their lines leave a mark.
RETIRE_CLAIMS = f"""
create function retire_claims(p_organization uuid, p_proof uuid, p_until date, p_now timestamptz, p_limit int)
{HEAD}
declare
  v_before timestamptz := p_until::timestamp at time zone 'UTC';
  v_gone jsonb := '{{}}';
  v_count bigint;
  v_entries uuid[];
  v_exceptions uuid[];
  v_disputes uuid[];
  v_digest bytea;
begin
{CHECKED.format(months=36)}
  create temporary table retiring on commit drop as
    select c.worker_id, c.source_id from pay_claim c
    where c.organization_id = p_organization and c.recorded_at < v_before
      and not exists (select from pay_entry e where e.organization_id = c.organization_id and e.worker_id = c.worker_id
        and e.source_id = c.source_id and e.recorded_at >= v_before)
      and not exists (select from pay_exception x left join pay_outcome o on o.organization_id = x.organization_id
        and o.exception_id = x.id where x.organization_id = c.organization_id and x.worker_id = c.worker_id
        and x.source_id = c.source_id and greatest(x.recorded_at, o.recorded_at) >= v_before)
      and not pay_waits(c.organization_id, c.worker_id, c.source_id, v_before)
    order by c.recorded_at limit p_limit;
  v_entries := array(select e.id from retiring r join pay_entry e on e.organization_id = p_organization
    and e.worker_id = r.worker_id and e.source_id = r.source_id);
  v_exceptions := array(select x.id from retiring r join pay_exception x on x.organization_id = p_organization
    and x.worker_id = r.worker_id and x.source_id = r.source_id);
  v_disputes := array(select d.id from pay_dispute d where d.organization_id = p_organization
    and (d.entry_id = any(v_entries) or d.exception_id = any(v_exceptions)));
{_delete("pay_dispute_step", "t.dispute_id = any(v_disputes)")}
{_delete("pay_dispute", "t.id = any(v_disputes)")}
{_delete("pay_outcome", "t.exception_id = any(v_exceptions)")}
{_delete("pay_exception", "t.id = any(v_exceptions)")}
{_delete("pay_interval", "t.entry_id = any(v_entries)")}
  with marks as (
    insert into ledger_retired (organization_id, position, proof_id)
    select l.organization_id, l.position, p_proof from ledger_link l
    where l.organization_id = p_organization and l.entry_id = any(v_entries) returning position)
  select sha256(convert_to(coalesce(string_agg(l.position || ':' || encode(l.hash, 'hex'), ',' order by l.position), ''), 'UTF8'))
  into v_digest from marks m join ledger_link l on l.organization_id = p_organization and l.position = m.position;
{_delete("pay_entry", "t.id = any(v_entries)")}
{_delete("pay_claim", "(t.worker_id, t.source_id) in (select worker_id, source_id from retiring)")}
  drop table retiring;
  perform set_config('app.retiring', '', true);
  return jsonb_build_object('tables', v_gone, 'digest', encode(v_digest, 'hex'));
end $$
"""
SESSION_NAME = "cast(md5('session ' || cast(t.id as text)) as uuid)"
# What stands beside the claims: sessions, promised time, periods with their files, and pseudonyms that nothing uses.
RETIRE_BESIDE = f"""
create function retire_beside(p_organization uuid, p_until date, p_now timestamptz, p_limit int)
{HEAD}
declare
  v_before timestamptz := p_until::timestamp at time zone 'UTC';
  v_gone jsonb := '{{}}';
  v_count bigint;
  v_ids uuid[];
  v_all uuid[] := '{{}}';
begin
{CHECKED.format(months=36)}
  v_ids := array(select t.id from pay_hold t join pay_resolution r on r.organization_id = t.organization_id and r.hold_id = t.id
    where t.organization_id = p_organization and t.recorded_at < v_before and r.recorded_at < v_before
      and not exists (select from pay_claim c where c.organization_id = t.organization_id and c.worker_id = t.worker_id
        and c.source_id in (t.id, {SESSION_NAME})) order by t.id limit p_limit);
  v_all := v_all || v_ids;
{_delete("pay_resolution", "t.hold_id = any(v_ids)")}
{_delete("pay_hold", "t.id = any(v_ids)")}
  v_ids := array(select t.id from protected_block t
    where t.organization_id = p_organization and t.ends_at < v_before and t.recorded_at < v_before
      and not exists (select from protected_fact f where f.organization_id = t.organization_id and f.block_id = t.id
        and f.recorded_at >= v_before)
      and not exists (select from protected_block m where m.organization_id = t.organization_id and m.makes_up_id = t.id)
      and not exists (select from pay_hold h where h.organization_id = t.organization_id and h.block_id = t.id)
    order by t.id limit p_limit);
  v_all := v_all || v_ids;
{_delete("protected_fact", "t.block_id = any(v_ids)")}
{_delete("protected_block", "t.id = any(v_ids)")}
  -- A period goes once nothing in it stands, and only behind another that is closed: the next one is counted from it.
  v_ids := array(select t.id from pay_period t
    where t.organization_id = p_organization and t.status = 'exported' and t.exported_at < v_before
      and not exists (select from pay_export f where f.organization_id = t.organization_id and f.period_id = t.id
        and f.created_at >= v_before)
      and exists (select from pay_period n where n.organization_id = t.organization_id and n.site_id = t.site_id
        and n.first_date > t.last_date and n.status in ('closed', 'exported'))
      and not exists (select from pay_entry e join ledger_link l on l.organization_id = e.organization_id and l.entry_id = e.id
        where e.organization_id = t.organization_id and e.site_id = t.site_id and l.position <= t.position
          and e.business_date <= t.last_date + 2
          and (e.business_date >= t.first_date - 2 or l.position > t.after_position))
    order by t.id limit p_limit);
  v_all := v_all || v_ids;
{_delete("pay_export", "t.period_id = any(v_ids)")}
{_delete("pay_period", "t.id = any(v_ids)")}
  v_ids := array(select t.person_id from pay_pseudonym t where t.organization_id = p_organization
    and not exists (select from pay_entry e where e.organization_id = t.organization_id and t.person_id in (e.worker_id, e.actor_id))
    order by t.person_id limit p_limit);
{_delete("pay_pseudonym", "t.person_id = any(v_ids)")}
  perform set_config('app.retiring', '', true);
  return jsonb_build_object('tables', v_gone, 'digest', encode(sha256(convert_to(
    (select coalesce(string_agg(i::text, ',' order by i), '') from unnest(v_all) i), 'UTF8')), 'hex'));
end $$
"""
# `p_sign_ins` true: sign-ins, which may go sooner; false: all other lines of the trail.
RETIRE_AUDIT = f"""
create function retire_audit(p_organization uuid, p_sign_ins boolean, p_until date, p_now timestamptz, p_limit int)
{HEAD}
declare
  v_gone jsonb := '{{}}';
  v_count bigint;
  v_ids uuid[];
begin
{CHECKED.replace("{months} months'", "1 month' * (case when p_sign_ins then 1 else 36 end)")}
  v_ids := array(select t.id from audit_entry t where t.organization_id = p_organization
    and (t.access = 'sign_in') = p_sign_ins and t.at < p_until::timestamp at time zone 'UTC' order by t.id limit p_limit);
{_delete("audit_entry", "t.id = any(v_ids)")}
  perform set_config('app.retiring', '', true);
  return jsonb_build_object('tables', v_gone, 'digest', encode(sha256(convert_to(
    (select coalesce(string_agg(i::text, ',' order by i), '') from unnest(v_ids) i), 'UTF8')), 'hex'));
end $$
"""
RETIRE_CONFLICTS = """
create function retire_conflicts(p_organization uuid, p_before timestamptz, p_limit int)
returns table (rows bigint, digest bytea) language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if p_organization is distinct from nullif(current_setting('app.organization_id', true), '')::uuid then
    raise exception 'these records must be kept' using errcode = 'insufficient_privilege';
  end if;
  perform set_config('app.retiring', pg_current_xact_id()::text, true);
  return query with gone as (
    delete from attempt_conflict t where t.ctid = any(array(select c.ctid from attempt_conflict c
      where c.organization_id = p_organization and c.received_at < p_before limit p_limit))
    returning t.attempt_id || ' ' || t.fingerprint as key)
  select count(*), sha256(convert_to(coalesce(string_agg(key, ',' order by key), ''), 'UTF8')) from gone;
  perform set_config('app.retiring', '', true);
end $$
"""
FUNCTIONS = (
    "retire_conflicts(uuid, timestamptz, int)",
    "retire_claims(uuid, uuid, date, timestamptz, int)",
    "retire_beside(uuid, date, timestamptz, int)",
    "retire_audit(uuid, boolean, date, timestamptz, int)",
)


def upgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    op.create_table(
        "retention_policy",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("months", postgresql.JSONB(), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_retention_policy")),
    )
    op.create_table(
        "retention_proof",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tables", postgresql.JSONB(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_retention_proof")),
        sa.UniqueConstraint("organization_id", "number", name=op.f("uq_retention_proof_organization_id_number")),
    )
    op.create_table(
        "ledger_retired",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("proof_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "position", name=op.f("pk_ledger_retired")),
    )
    op.create_index("ix_pay_claim_age", "pay_claim", ["recorded_at"], postgresql_using="brin")
    fence("retention_policy")
    fence("retention_proof", "ledger_retired", append_only=True)
    op.execute(f"revoke insert on ledger_retired from {APPLICATION_ROLE}")
    op.execute(REFUSE)
    op.execute(FORWARD_OR_OVER)
    for table in ("retention_proof", "ledger_retired"):
        op.execute(
            f"create trigger {table}_is_append_only before update or delete or truncate on {table} "
            "for each statement execute function refuse_change()"
        )
    for function in (WAITS, RETIRE_CLAIMS, RETIRE_BESIDE, RETIRE_AUDIT, RETIRE_CONFLICTS):
        op.execute(function)
    for function in FUNCTIONS:
        op.execute(f"revoke execute on function {function} from public")
        op.execute(f"grant execute on function {function} to {APPLICATION_ROLE}")


def downgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    for function in FUNCTIONS:
        op.execute(f"drop function {function}")
    op.execute("drop function pay_waits(uuid, uuid, uuid, timestamptz)")
    op.drop_index("ix_pay_claim_age", table_name="pay_claim", postgresql_using="brin")
    op.drop_table("ledger_retired")
    op.drop_table("retention_proof")
    op.drop_table("retention_policy")
    op.execute(BEFORE_THIS)
    op.execute(FORWARD)
