"""Erasing a person

Free text in append-only tables goes with its person: only through one function, only after two people agreed, and only
as text becoming nothing. Seconds, times and ids stay as they were, and so does the hash chain.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.fence import APPLICATION_ROLE, fence

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# Which columns of which append-only table hold free text or addresses, and what erasing leaves there.
TEXTS = {
    "pay_entry": ("reason",),
    "pay_outcome": ("reason",),
    "pay_dispute_step": ("note",),
    "protected_fact": ("note",),
    "audit_entry": ("reason", "address"),
}
REFUSE = """
create or replace function refuse_change() returns trigger language plpgsql as $$
begin
  {erasing}raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$
"""
# Row by row, `only_erases` looks at what an erasing transaction does.
ERASING = """if tg_op = 'UPDATE' and tg_table_name in ({tables})
    and current_setting('app.erasing', true) = pg_current_xact_id()::text then
    return null;
  end if;
  """
ONLY_ERASES = """
create function only_erases() returns trigger language plpgsql as $$
begin
  if current_setting('app.erasing', true) is distinct from pg_current_xact_id()::text
    or to_jsonb(old) - tg_argv::text[] <> to_jsonb(new) - tg_argv::text[]
    or exists (select from unnest(tg_argv::text[]) c where to_jsonb(new) ->> c not in ('[erased]')
      and to_jsonb(new) ->> c is distinct from to_jsonb(old) ->> c) then
    raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
  end if;
  return new;
end $$
"""
UUID = "'[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'"
ERASE_TEXTS = f"""
create function erase_texts(p_organization uuid, p_person uuid) returns jsonb language plpgsql security definer
set search_path = public, pg_temp as $$
declare
  v_touched jsonb := '{{}}';
  v_count bigint;
  v_own uuid[];
begin
  if p_organization is distinct from nullif(current_setting('app.organization_id', true), '')::uuid or not exists (
    select from erasure x
    join worker w on w.organization_id = x.organization_id and w.id = x.worker_id and w.status = 'inactive'
    where x.organization_id = p_organization and x.worker_id = p_person and x.status = 'requested'
      and x.confirmed_by <> x.requested_by
      and not exists (select from pay_pseudonym p where p.organization_id = p_organization and p.person_id = p_person
        and p.pseudonym is not null)) then
    raise exception 'nobody agreed to erase this person' using errcode = 'insufficient_privilege';
  end if;
  v_own := array(
    select p_person
    union select id from pay_entry where organization_id = p_organization and worker_id = p_person
    union select id from pay_exception where organization_id = p_organization and worker_id = p_person
    union select id from pay_dispute where organization_id = p_organization and worker_id = p_person
    union select id from pay_hold where organization_id = p_organization and worker_id = p_person
    union select id from protected_block where organization_id = p_organization and worker_id = p_person
    union select id from attempt where organization_id = p_organization and worker_id = p_person
    union select id from block where organization_id = p_organization and worker_id = p_person
    union select id from absence where organization_id = p_organization and worker_id = p_person
    union select id from shift where organization_id = p_organization and worker_id = p_person
    union select id from peer_assist where organization_id = p_organization and p_person in (helper_id, helped_id));
  perform set_config('app.erasing', pg_current_xact_id()::text, true);
  update pay_entry set reason = '[erased]'
  where organization_id = p_organization and worker_id = p_person and reason is not null;
  get diagnostics v_count = row_count;
  v_touched := v_touched || jsonb_build_object('pay_entry', v_count);
  update pay_outcome set reason = '[erased]' where organization_id = p_organization and exception_id = any(v_own);
  get diagnostics v_count = row_count;
  v_touched := v_touched || jsonb_build_object('pay_outcome', v_count);
  update pay_dispute_step set note = null
  where organization_id = p_organization and dispute_id = any(v_own) and note is not null;
  get diagnostics v_count = row_count;
  v_touched := v_touched || jsonb_build_object('pay_dispute_step', v_count);
  update protected_fact set note = null
  where organization_id = p_organization and block_id = any(v_own) and note is not null;
  get diagnostics v_count = row_count;
  v_touched := v_touched || jsonb_build_object('protected_fact', v_count);
  -- A deed about them, by anybody; their own, unless it decided about somebody else; and both sides of an assist.
  update audit_entry a set address = case when a.actor_id = p_person then null else a.address end,
    reason = case when k.about or a.target !~ '^/v1/(pay-|protected-blocks|workers/|erasures)' then null else a.reason end
  from (
    select t.id, t.subject_id is not distinct from p_person
      or exists (select from regexp_matches(t.target, {UUID}, 'g') m where m[1]::uuid = any(v_own))
      or (t.target = '/v1/peer-assists' and exists (select from peer_assist s where s.organization_id = p_organization
        and p_person in (s.helper_id, s.helped_id) and t.actor_id in (s.helper_id, s.helped_id) and s.created_at = t.at))
      as about
    from audit_entry t where t.organization_id = p_organization and (t.reason is not null or t.actor_id = p_person)) k
  where a.organization_id = p_organization and a.id = k.id and (k.about or a.actor_id = p_person);
  get diagnostics v_count = row_count;
  v_touched := v_touched || jsonb_build_object('audit_entry', v_count);
  delete from attempt_conflict where organization_id = p_organization and worker_id = p_person;
  get diagnostics v_count = row_count;
  v_touched := v_touched || jsonb_build_object('attempt_conflict', v_count);
  perform set_config('app.erasing', '', true);
  return v_touched;
end $$
"""


def upgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    op.create_table(
        "erasure",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("ground", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("touched", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint(
            "ground in ('no_longer_needed', 'asked_by_person', 'unlawful', 'legal_duty')", name=op.f("ck_erasure_ground")
        ),
        sa.CheckConstraint("status in ('requested', 'done')", name=op.f("ck_erasure_status")),
        sa.ForeignKeyConstraint(
            ["organization_id", "worker_id"], ["worker.organization_id", "worker.id"], name="fk_erasure_worker_id"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_erasure")),
    )
    op.create_index(
        "ix_erasure_worker",
        "erasure",
        ["organization_id", "worker_id"],
        unique=True,
        postgresql_where=sa.text("status = 'requested'"),
    )
    fence("erasure")
    tables = ", ".join(f"'{table}'" for table in TEXTS)
    op.execute(REFUSE.replace("{erasing}", ERASING.replace("{tables}", tables)))
    op.execute(ONLY_ERASES)
    for table, columns in TEXTS.items():
        op.execute(
            f"create trigger {table}_only_erases before update on {table} for each row "
            f"execute function only_erases({', '.join(repr(column) for column in columns)})"
        )
    op.execute(ERASE_TEXTS)
    op.execute("revoke execute on function erase_texts(uuid, uuid) from public")
    op.execute(f"grant execute on function erase_texts(uuid, uuid) to {APPLICATION_ROLE}")


def downgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    op.execute("drop function erase_texts(uuid, uuid)")
    for table in TEXTS:
        op.execute(f"drop trigger {table}_only_erases on {table}")
    op.execute("drop function only_erases()")
    op.execute(REFUSE.replace("{erasing}", ""))
    op.drop_table("erasure")
