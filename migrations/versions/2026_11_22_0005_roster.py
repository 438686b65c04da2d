"""roster"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.fence import fence

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    op.create_table(
        "shift_type",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("breaks", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_shift_type"),
        sa.UniqueConstraint("organization_id", "site_id", "code", name="uq_shift_type_organization_id_site_id_code"),
        sa.ForeignKeyConstraint(
            ["organization_id", "site_id"], ["site.organization_id", "site.id"], name="fk_shift_type_site_id"
        ),
    )
    op.create_table(
        "shift",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("work_center_id", sa.Uuid(), nullable=False),
        sa.Column("crew_id", sa.Uuid(), nullable=True),
        sa.Column("shift_type_id", sa.Uuid(), nullable=True),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("breaks", postgresql.JSONB(), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_shift"),
        sa.ForeignKeyConstraint(
            ["organization_id", "worker_id"], ["worker.organization_id", "worker.id"], name="fk_shift_worker_id"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "work_center_id"],
            ["work_center.organization_id", "work_center.id"],
            name="fk_shift_work_center_id",
        ),
        sa.CheckConstraint("status in ('planned', 'cancelled')", name="ck_shift_status"),
        sa.CheckConstraint("ends_at > starts_at", name="ck_shift_length"),
    )
    op.create_index("ix_shift_worker", "shift", ["organization_id", "worker_id", "starts_at"])
    op.create_index("ix_shift_work_center", "shift", ["organization_id", "work_center_id", "starts_at"])
    op.create_index("ix_shift_site", "shift", ["organization_id", "site_id", "starts_at"])
    # Deferred so that a swap may pass through an overlap inside one transaction.
    op.execute(
        "alter table shift add constraint ex_shift_worker_time exclude using gist (organization_id with =, worker_id with =, "
        "tstzrange(starts_at, ends_at) with &&) where (status = 'planned') deferrable initially deferred"
    )
    op.create_table(
        "absence",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_absence"),
        sa.ForeignKeyConstraint(
            ["organization_id", "worker_id"], ["worker.organization_id", "worker.id"], name="fk_absence_worker_id"
        ),
        sa.CheckConstraint("kind in ('vacation', 'sick', 'training', 'other')", name="ck_absence_kind"),
        sa.CheckConstraint("ends_at > starts_at", name="ck_absence_length"),
    )
    op.create_index("ix_absence_worker", "absence", ["organization_id", "worker_id", "starts_at"])
    fence("shift_type", "shift", "absence")


def downgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    op.drop_table("absence")
    op.drop_table("shift")
    op.drop_table("shift_type")
