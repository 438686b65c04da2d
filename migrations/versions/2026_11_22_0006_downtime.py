"""downtime"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.fence import fence

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    op.create_table(
        "window_pattern",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("work_center_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("anchor", postgresql.JSONB(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("setup_seconds", sa.Integer(), nullable=False),
        sa.Column("return_seconds", sa.Integer(), nullable=False),
        sa.Column("max_learners", sa.Integer(), nullable=False),
        sa.Column("minimum_staying", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("reliability", sa.Float(), nullable=False),
        sa.Column("origin", sa.String(32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind in ('changeover', 'handover', 'cycle_change', 'lull', 'protected', 'other')", name="ck_window_pattern_kind"
        ),
        sa.CheckConstraint("origin in ('survey', 'history')", name="ck_window_pattern_origin"),
        sa.ForeignKeyConstraint(
            ["organization_id", "work_center_id"],
            ["work_center.organization_id", "work_center.id"],
            name="fk_window_pattern_work_center_id",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_window_pattern"),
    )
    op.create_index("ix_window_pattern_work_center", "window_pattern", ["organization_id", "work_center_id"])
    op.create_table(
        "window_change",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("work_center_id", sa.Uuid(), nullable=False),
        sa.Column("pattern_id", sa.Uuid(), nullable=True),
        sa.Column("natural_starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("natural_ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("max_learners", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(32), nullable=True),
        sa.Column("setup_seconds", sa.Integer(), nullable=False),
        sa.Column("return_seconds", sa.Integer(), nullable=False),
        sa.Column("minimum_staying", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind in ('changeover', 'handover', 'cycle_change', 'lull', 'protected', 'other')", name="ck_window_change_kind"
        ),
        sa.CheckConstraint("(pattern_id is null) = (kind is not null)", name="ck_window_change_own"),
        sa.CheckConstraint("ends_at > starts_at", name="ck_window_change_length"),
        sa.CheckConstraint("natural_ends_at > natural_starts_at", name="ck_window_change_natural"),
        sa.ForeignKeyConstraint(
            ["organization_id", "pattern_id"],
            ["window_pattern.organization_id", "window_pattern.id"],
            name="fk_window_change_pattern_id",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "work_center_id"],
            ["work_center.organization_id", "work_center.id"],
            name="fk_window_change_work_center_id",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_window_change"),
    )
    op.create_index("ix_window_change_natural", "window_change", ["organization_id", "work_center_id", "natural_starts_at"])
    op.create_table(
        "stoppage",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("work_center_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("external_id", sa.String(400), nullable=False),
        sa.Column("machine", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("planned", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(4000), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(32), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("exact", sa.Boolean(), nullable=False),
        sa.Column("doubtful", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('changeover', 'cleaning', 'maintenance', 'material', 'no_operator', 'breakdown', 'other')",
            name="ck_stoppage_kind",
        ),
        sa.CheckConstraint("origin in ('event', 'factor', 'gap', 'state', 'product_change')", name="ck_stoppage_origin"),
        sa.CheckConstraint("ends_at > starts_at", name="ck_stoppage_length"),
        sa.CheckConstraint("seconds >= 0", name="ck_stoppage_seconds"),
        sa.ForeignKeyConstraint(
            ["organization_id", "work_center_id"],
            ["work_center.organization_id", "work_center.id"],
            name="fk_stoppage_work_center_id",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_stoppage"),
    )
    op.create_index("ix_stoppage_work_center", "stoppage", ["organization_id", "work_center_id", "observed_at"])
    op.create_table(
        "logged_day",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("work_center_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "work_center_id"],
            ["work_center.organization_id", "work_center.id"],
            name="fk_logged_day_work_center_id",
        ),
        sa.PrimaryKeyConstraint("organization_id", "work_center_id", "day", name="pk_logged_day"),
    )
    op.create_table(
        "stoppage_reason",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("code", sa.String(200), nullable=False),
        sa.Column("meaning", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "source", "code", name="pk_stoppage_reason"),
    )
    op.create_table(
        "production_batch",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("work_center_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("date_of_end", sa.Boolean(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name="ck_production_batch_length"),
        sa.ForeignKeyConstraint(
            ["organization_id", "work_center_id"],
            ["work_center.organization_id", "work_center.id"],
            name="fk_production_batch_work_center_id",
        ),
        sa.PrimaryKeyConstraint("organization_id", "work_center_id", "source", "name", name="pk_production_batch"),
    )
    fence("window_pattern", "window_change", "stoppage", "logged_day", "stoppage_reason", "production_batch")


def downgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    op.drop_table("production_batch")
    op.drop_table("stoppage_reason")
    op.drop_table("logged_day")
    op.drop_table("stoppage")
    op.drop_table("window_change")
    op.drop_table("window_pattern")
