"""core"""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

from procrastinate.schema import SchemaManager

from app.core.models import TransactionId
from migrations.fence import APPLICATION_ROLE, fence

ROLE = f"""
do $$ begin
  if not exists (select from pg_roles where rolname = '{APPLICATION_ROLE}') then create role {APPLICATION_ROLE} login; end if;
end $$
"""
# The tables of procrastinate, whose schema this revision carries; grants let the API and the worker use them.
JOB_TABLES = ("procrastinate_workers", "procrastinate_jobs", "procrastinate_periodic_defers", "procrastinate_events")

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    op.execute(ROLE)
    op.execute("create extension if not exists btree_gist")
    op.get_bind().connection.cursor().execute(SchemaManager.get_schema())
    op.execute(f"grant usage on schema public to {APPLICATION_ROLE}")
    op.execute(f"grant select on alembic_version to {APPLICATION_ROLE}")
    for table in JOB_TABLES:
        op.execute(f"grant select, insert, update, delete on {table} to {APPLICATION_ROLE}")
        op.execute(f"grant usage on sequence {table}_id_seq to {APPLICATION_ROLE}")
    op.create_table(
        "event",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("writer", TransactionId(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_event")),
    )
    op.create_index("ix_event_feed", "event", ["organization_id", "writer", "id"], unique=False)
    op.create_table(
        "idempotency_key",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("principal_id", sa.Uuid(), nullable=False),
        sa.Column("route", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("media_type", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "principal_id", "route", "key", name=op.f("pk_idempotency_key")),
    )
    op.create_index("ix_idempotency_key_age", "idempotency_key", ["created_at"], unique=False)
    op.create_table(
        "import_run",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("mapping", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("acting_as", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("ignored_columns", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("flagged", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("failure", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status in ('waiting', 'running', 'finished', 'failed')", name=op.f("ck_import_run_status")),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_import_run")),
    )
    op.create_table(
        "import_chunk",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("rows", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "run_id"], ["import_run.organization_id", "import_run.id"], name="fk_import_chunk_run_id"
        ),
        sa.PrimaryKeyConstraint("organization_id", "run_id", "number", name=op.f("pk_import_chunk")),
    )
    op.create_table(
        "import_row",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=32), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=False),
        sa.Column("thing_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "verdict in ('created', 'updated', 'unchanged', 'flagged', 'refused')", name=op.f("ck_import_row_verdict")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "run_id"], ["import_run.organization_id", "import_run.id"], name="fk_import_row_run_id"
        ),
        sa.PrimaryKeyConstraint("organization_id", "run_id", "row_number", name=op.f("pk_import_row")),
    )
    op.create_index("ix_import_row_verdict", "import_row", ["organization_id", "run_id", "verdict", "row_number"], unique=False)
    fence("event", "idempotency_key", "import_run", "import_chunk", "import_row")


def downgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    op.drop_index("ix_import_row_verdict", table_name="import_row")
    op.drop_table("import_row")
    op.drop_table("import_chunk")
    op.drop_table("import_run")
    op.drop_index("ix_idempotency_key_age", table_name="idempotency_key")
    op.drop_table("idempotency_key")
    op.drop_index("ix_event_feed", table_name="event")
    op.drop_table("event")
    op.execute(
        """do $$ declare f regprocedure; begin
        for f in select oid::regprocedure from pg_proc where proname like 'procrastinate_%'
            and pronamespace = 'public'::regnamespace loop
            execute 'drop function ' || f || ' cascade'; end loop; end $$"""
    )
    for table in JOB_TABLES:
        op.execute(f"drop table {table} cascade")
    op.execute(
        "drop type if exists procrastinate_job_to_defer_v1, procrastinate_job_status, procrastinate_job_event_type cascade"
    )
