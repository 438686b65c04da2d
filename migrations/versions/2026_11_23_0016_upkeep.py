"""Small repairs"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

from migrations.fence import fence

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# What the worker asks every few seconds, over all organizations: with the owner's rights, answering ids only.
OVERDUE = """
create function webhook_overdue(p_now timestamptz) returns setof uuid language sql stable security definer
set search_path = public, pg_temp as $$
  select distinct m.organization_id from webhook_message m
  join webhook_endpoint w on w.organization_id = m.organization_id and w.id = m.endpoint_id
  where m.status = 'waiting' and m.next_attempt_at <= p_now and w.status = 'active'
    and (w.leased_until is null or w.leased_until <= p_now)
$$
"""
# As in revision 0003, except that somebody with a temporary secret is told apart: the code of what they have to do
# first stands where an integration has its scopes.
BEGIN_REQUEST = """
create or replace function begin_request(
  p_organization uuid, p_kind text, p_subject uuid, p_session uuid, p_secret bytea, p_now timestamptz)
returns table (known boolean, worker_id uuid, grants jsonb, scopes text[]) language plpgsql as $$
begin
  perform set_config('app.organization_id', p_organization::text, true);
  if p_kind = 'person' then
    return query
      select true, w.id,
        (select jsonb_agg(jsonb_build_object('role', g.role, 'node_id', g.node_id, 'allow', g.allow))
           from role_grant g where g.organization_id = p_organization and g.worker_id = w.id),
        {person_scopes}
      from worker w join session s on s.organization_id = w.organization_id and s.worker_id = w.id
      where w.organization_id = p_organization and w.id = p_subject and w.status = 'active'
        and s.id = p_session and s.revoked_at is null and s.expires_at > p_now;
  elsif p_kind = 'integration' then
    return query
      select true, null::uuid, null::jsonb, k.scopes from api_key k
      where k.organization_id = p_organization and k.id = p_subject and k.secret_hash = p_secret
        and k.revoked_at is null and k.expires_at > p_now;
  end if;
  if not found then
    return query select false, null::uuid, null::jsonb, null::text[];
  end if;
end $$
"""
RESTRICTED = "case when s.temporary then array['secret_change_required'] end"
UNRESTRICTED = "null::text[]"


def upgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    op.execute(OVERDUE)
    op.add_column("session", sa.Column("temporary", sa.Boolean(), server_default="false", nullable=False))
    op.execute(BEGIN_REQUEST.replace("{person_scopes}", RESTRICTED))
    op.add_column("refresh_token", sa.Column("used_by", sa.LargeBinary(), nullable=True))
    op.add_column("sign_in_throttle", sa.Column("subject", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True))
    op.execute("update sign_in_throttle set subject = key")
    op.alter_column("sign_in_throttle", "subject", nullable=False)
    op.create_index("ix_sign_in_throttle_subject", "sign_in_throttle", ["organization_id", "subject"], unique=False)
    op.create_table(
        "known_network",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "key", name=op.f("pk_known_network")),
    )
    fence("known_network")


def downgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    op.drop_table("known_network")
    op.drop_index("ix_sign_in_throttle_subject", table_name="sign_in_throttle")
    op.drop_column("sign_in_throttle", "subject")
    op.drop_column("refresh_token", "used_by")
    op.execute(BEGIN_REQUEST.replace("{person_scopes}", UNRESTRICTED))
    op.drop_column("session", "temporary")
    op.execute("drop function webhook_overdue(timestamptz)")
