"""peers"""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.fence import fence

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    op.create_table(
        "peer_assist",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("helper_id", sa.Uuid(), nullable=False),
        sa.Column("helped_id", sa.Uuid(), nullable=False),
        sa.Column("logged_by", sa.String(length=32), nullable=False),
        sa.Column("skill", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("work_center_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=True),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("organization_id"), "="),
            (sa.text("least(helper_id, helped_id)"), "="),
            (sa.text("greatest(helper_id, helped_id)"), "="),
            (sa.text("tstzrange(started_at, ends_at)"), "&&"),
            where=sa.text("status in ('logged', 'confirmed')"),
            using="gist",
            name="ex_peer_assist_overlap",
        ),
        sa.CheckConstraint("(status = 'logged') = (resolved_at is null)", name=op.f("ck_peer_assist_resolved")),
        sa.CheckConstraint(
            "ends_at - started_at between interval '1 minute' and interval '60 minutes'", name=op.f("ck_peer_assist_length")
        ),
        sa.CheckConstraint("logged_by in ('helper', 'helped')", name=op.f("ck_peer_assist_logged_by")),
        sa.CheckConstraint("status in ('logged', 'confirmed', 'declined', 'expired')", name=op.f("ck_peer_assist_status")),
        sa.CheckConstraint("helper_id <> helped_id", name=op.f("ck_peer_assist_two_people")),
        sa.ForeignKeyConstraint(
            ["organization_id", "helped_id"], ["worker.organization_id", "worker.id"], name="fk_peer_assist_helped_id"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "helper_id"], ["worker.organization_id", "worker.id"], name="fk_peer_assist_helper_id"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "site_id"], ["site.organization_id", "site.id"], name="fk_peer_assist_site_id"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "work_center_id"],
            ["work_center.organization_id", "work_center.id"],
            name="fk_peer_assist_work_center_id",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_peer_assist")),
    )
    op.create_index("ix_peer_assist_center", "peer_assist", ["organization_id", "work_center_id", "started_at"], unique=False)
    op.create_index("ix_peer_assist_helped", "peer_assist", ["organization_id", "helped_id", "id"], unique=False)
    op.create_index("ix_peer_assist_helper", "peer_assist", ["organization_id", "helper_id", "id"], unique=False)
    op.create_index(
        "ix_peer_assist_open",
        "peer_assist",
        ["organization_id", "expires_at"],
        unique=False,
        postgresql_where=sa.text("status = 'logged'"),
    )
    fence("peer_assist")


def downgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    op.drop_index("ix_peer_assist_open", table_name="peer_assist", postgresql_where=sa.text("status = 'logged'"))
    op.drop_index("ix_peer_assist_helper", table_name="peer_assist")
    op.drop_index("ix_peer_assist_helped", table_name="peer_assist")
    op.drop_index("ix_peer_assist_center", table_name="peer_assist")
    op.drop_table("peer_assist")
