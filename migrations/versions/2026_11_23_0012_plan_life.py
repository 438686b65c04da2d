"""How a plan is made, compared, published and taken back"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.fence import fence

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

JSONB = postgresql.JSONB(astext_type=sa.Text())
MOMENT = sa.DateTime(timezone=True)
STATUSES = "'solving', 'proposed', 'published', 'superseded', 'discarded', 'failed'"
# What plans from before this revision are given; nothing is left behind as a default.
ADDED: tuple[tuple[str, sa.types.TypeEngine[object], str], ...] = (
    ("effort", sa.String(length=32), "'standard'"),
    ("phase", sa.String(length=32), "'done'"),
    ("progress", JSONB, "'{}'"),
    ("policy", JSONB, "'{}'"),
    ("changes", JSONB, "'{}'"),
    ("attempts", sa.Integer(), "0"),
)


def upgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    for name, kind, value in ADDED:
        op.add_column("plan", sa.Column(name, kind, nullable=False, server_default=sa.text(value)))
        op.alter_column("plan", name, server_default=None)
    for name in ("lease_until", "undo_until", "undone_at"):
        op.add_column("plan", sa.Column(name, MOMENT, nullable=True))
    op.add_column("plan", sa.Column("lease_by", sa.Uuid(), nullable=True))
    op.drop_constraint(op.f("ck_plan_status"), "plan")
    op.create_check_constraint(op.f("ck_plan_status"), "plan", f"status in ({STATUSES}, 'cancelled', 'withdrawn')")
    op.create_check_constraint(op.f("ck_plan_effort"), "plan", "effort in ('quick', 'standard', 'thorough')")
    op.create_check_constraint(
        op.f("ck_plan_phase"), "plan", "phase in ('waiting', 'reading', 'solving', 'proving', 'checking', 'done')"
    )
    op.create_table(
        "planning_policy",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("daily_cap_minutes", sa.Integer(), nullable=False),
        sa.Column("weekly_cap_minutes", sa.Integer(), nullable=True),
        sa.Column("weekly_target_minutes", sa.Integer(), nullable=False),
        sa.Column("notice_minutes", sa.Integer(), nullable=False),
        sa.Column("undo_minutes", sa.Integer(), nullable=False),
        sa.Column("approval", sa.String(length=32), nullable=False),
        sa.Column("weights", JSONB, nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("approval in ('supervisor', 'other_person', 'admin')", name=op.f("ck_planning_policy_approval")),
        sa.ForeignKeyConstraint(
            ["organization_id", "site_id"], ["site.organization_id", "site.id"], name=op.f("fk_planning_policy_site_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "site_id", name=op.f("pk_planning_policy")),
    )
    fence("planning_policy")


def downgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    op.drop_table("planning_policy")
    # An older version knows neither of the new ends of a plan.
    op.execute("update plan set status = 'discarded' where status in ('cancelled', 'withdrawn')")
    for name in ("ck_plan_phase", "ck_plan_effort", "ck_plan_status"):
        op.drop_constraint(op.f(name), "plan")
    op.create_check_constraint(op.f("ck_plan_status"), "plan", f"status in ({STATUSES})")
    for name in ("lease_by", "undone_at", "undo_until", "lease_until"):
        op.drop_column("plan", name)
    for name, _, _ in reversed(ADDED):
        op.drop_column("plan", name)
