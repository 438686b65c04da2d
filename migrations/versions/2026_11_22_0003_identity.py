"""identity"""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.fence import fence

# One round trip opens every request: it fences the transaction and answers whether the caller still holds.
BEGIN_REQUEST = """
create function begin_request(p_organization uuid, p_kind text, p_subject uuid, p_session uuid, p_secret bytea, p_now timestamptz)
returns table (known boolean, worker_id uuid, grants jsonb, scopes text[]) language plpgsql as $$
begin
  perform set_config('app.organization_id', p_organization::text, true);
  if p_kind = 'person' then
    return query
      select true, w.id,
        (select jsonb_agg(jsonb_build_object('role', g.role, 'node_id', g.node_id, 'allow', g.allow))
           from role_grant g where g.organization_id = p_organization and g.worker_id = w.id),
        null::text[]
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

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    op.create_table(
        "api_key",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("organization_id", "secret_hash", name=op.f("uq_api_key_organization_id_secret_hash")),
    )
    op.create_table(
        "sign_in_throttle",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_failure_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "key", name=op.f("pk_sign_in_throttle")),
    )
    op.create_table(
        "credential",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("hash", sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('password', 'pin')", name=op.f("ck_credential_kind")),
        sa.ForeignKeyConstraint(
            ["organization_id", "worker_id"], ["worker.organization_id", "worker.id"], name="fk_credential_worker_id"
        ),
        sa.PrimaryKeyConstraint("organization_id", "worker_id", "kind", name=op.f("pk_credential")),
    )
    op.create_table(
        "session",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("client", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_reason", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "worker_id"], ["worker.organization_id", "worker.id"], name="fk_session_worker_id"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_session")),
    )
    op.create_index("ix_session_worker", "session", ["organization_id", "worker_id"], unique=False)
    op.create_table(
        "refresh_token",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("successor", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "session_id"], ["session.organization_id", "session.id"], name="fk_refresh_token_session_id"
        ),
        sa.PrimaryKeyConstraint("organization_id", "token_hash", name=op.f("pk_refresh_token")),
    )
    op.create_index("ix_refresh_token_session", "refresh_token", ["organization_id", "session_id"], unique=False)
    fence("credential", "sign_in_throttle", "session", "refresh_token", "api_key")
    op.execute(BEGIN_REQUEST)


def downgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    op.execute("drop function begin_request(uuid, text, uuid, uuid, bytea, timestamptz)")
    op.drop_index("ix_refresh_token_session", table_name="refresh_token")
    op.drop_table("refresh_token")
    op.drop_index("ix_session_worker", table_name="session")
    op.drop_table("session")
    op.drop_table("credential")
    op.drop_table("sign_in_throttle")
    op.drop_table("api_key")
