"""learning"""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.fence import fence

# Attempts among the ids, and which content is mandatory for the worker: reached by an assignment today, or started.
KNOWN = """
create function attempts_known(p_organization uuid, p_worker uuid, p_ids uuid[], p_kinds text[], p_keys text[], p_day date)
returns json language plpgsql stable as $$
begin
  return json_build_object(
    'attempts', (
      select json_agg(row_to_json(t)) from attempt t where t.organization_id = p_organization and t.id = any(p_ids)),
    'mandatory', (
      select json_agg(json_build_array(m.kind, m.key)) from (select distinct a.kind, a.key from assignment a
      where a.organization_id = p_organization and a.mandatory
        and (a.kind, a.key) in (select * from unnest(p_kinds, p_keys))
        and (exists (
            select from assignment_worker s where s.organization_id = p_organization and s.assignment_id = a.id
              and s.worker_id = p_worker and s.status = 'started')
          or (a.cancelled_at is null and (
            exists (
              select from assignment_target t where t.organization_id = p_organization and t.kind = 'worker'
                and t.ref = p_worker::text and t.assignment_id = a.id)
            or exists (
              select from membership m join assignment_target t on t.organization_id = p_organization and t.kind = 'crew'
                and t.ref = m.crew_id::text and t.assignment_id = a.id
              where m.organization_id = p_organization and m.worker_id = p_worker
                and m.valid_from <= p_day and (m.valid_until is null or m.valid_until >= p_day))
            or exists (
              select from worker w join assignment_target t on t.organization_id = p_organization and t.kind = 'job_role'
                and t.ref = w.job_role and t.assignment_id = a.id
              where w.organization_id = p_organization and w.id = p_worker))))) m));
end $$
"""
# Everything an upload is judged by. The ledger's part comes first: it waits for the worker's lock, and what is looked up
# afterwards is as the previous upload left it.
UPLOAD = """
create function upload_state(p_organization uuid, p_worker uuid, p_ids uuid[], p_kinds text[], p_keys text[], p_day date,
  p_from timestamptz, p_until timestamptz)
returns json language plpgsql volatile as $$
declare
  v_ledger json;
begin
  v_ledger := pay_state(p_organization, array[p_worker], p_ids, p_from, p_until);
  return json_build_object(
    'ledger', v_ledger, 'stored', attempts_known(p_organization, p_worker, p_ids, p_kinds, p_keys, p_day));
end $$
"""

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    op.create_table(
        "assignment",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("mandatory", sa.Boolean(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind in ('module', 'quiz', 'checklist')", name=op.f("ck_assignment_kind")),
        sa.CheckConstraint("due_at is not null or not mandatory", name=op.f("ck_assignment_mandatory_is_due")),
        sa.CheckConstraint("priority between 0 and 100", name=op.f("ck_assignment_priority")),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_assignment")),
    )
    op.create_index("ix_assignment_content", "assignment", ["organization_id", "kind", "key"], unique=False)
    op.create_table(
        "attempt",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("language", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=True),
        sa.Column("offline", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("paid_seconds", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("skew_seconds", sa.Integer(), nullable=True),
        sa.Column("fingerprint", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True),
        sa.Column("work", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("(status = 'open') = (finished_at is null)", name=op.f("ck_attempt_finished")),
        sa.CheckConstraint("kind in ('module', 'quiz', 'checklist')", name=op.f("ck_attempt_kind")),
        sa.CheckConstraint("status in ('open', 'completed', 'interrupted')", name=op.f("ck_attempt_status")),
        sa.CheckConstraint("seconds >= 0 and paid_seconds between 0 and seconds", name=op.f("ck_attempt_seconds")),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_attempt")),
    )
    op.create_index(
        "ix_attempt_open",
        "attempt",
        ["organization_id", "lease_until"],
        unique=False,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index("ix_attempt_worker", "attempt", ["organization_id", "worker_id", "id"], unique=False)
    op.create_table(
        "attempt_conflict",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "attempt_id", "fingerprint", name=op.f("pk_attempt_conflict")),
    )
    op.create_table(
        "progress",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("best_score", sa.Integer(), nullable=True),
        sa.Column("last_finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind in ('module', 'quiz', 'checklist')", name=op.f("ck_progress_kind")),
        sa.CheckConstraint("status in ('open', 'started', 'completed')", name=op.f("ck_progress_status")),
        sa.PrimaryKeyConstraint("organization_id", "worker_id", "kind", "key", name=op.f("pk_progress")),
    )
    op.create_table(
        "assignment_target",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("nodes", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.CheckConstraint("kind in ('worker', 'crew', 'job_role')", name=op.f("ck_assignment_target_kind")),
        sa.ForeignKeyConstraint(
            ["organization_id", "assignment_id"],
            ["assignment.organization_id", "assignment.id"],
            name="fk_assignment_target_assignment_id",
        ),
        sa.PrimaryKeyConstraint("organization_id", "kind", "ref", "assignment_id", name=op.f("pk_assignment_target")),
    )
    op.create_index("ix_assignment_target_assignment", "assignment_target", ["organization_id", "assignment_id"], unique=False)
    op.create_table(
        "assignment_worker",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status in ('open', 'started', 'completed')", name=op.f("ck_assignment_worker_status")),
        sa.ForeignKeyConstraint(
            ["organization_id", "assignment_id"],
            ["assignment.organization_id", "assignment.id"],
            name="fk_assignment_worker_assignment_id",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "worker_id"], ["worker.organization_id", "worker.id"], name="fk_assignment_worker_worker_id"
        ),
        sa.PrimaryKeyConstraint("organization_id", "assignment_id", "worker_id", name=op.f("pk_assignment_worker")),
    )
    op.create_index("ix_assignment_worker_worker", "assignment_worker", ["organization_id", "worker_id", "status"], unique=False)
    fence("attempt_conflict", append_only=True)
    fence("assignment", "assignment_target", "assignment_worker", "attempt", "progress")
    op.execute(KNOWN)
    op.execute(UPLOAD)


def downgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    op.drop_index("ix_assignment_worker_worker", table_name="assignment_worker")
    op.drop_table("assignment_worker")
    op.drop_index("ix_assignment_target_assignment", table_name="assignment_target")
    op.drop_table("assignment_target")
    op.drop_table("progress")
    op.drop_table("attempt_conflict")
    op.drop_index("ix_attempt_worker", table_name="attempt")
    op.drop_index("ix_attempt_open", table_name="attempt", postgresql_where=sa.text("status = 'open'"))
    op.drop_table("attempt")
    op.drop_index("ix_assignment_content", table_name="assignment")
    op.drop_table("assignment")
