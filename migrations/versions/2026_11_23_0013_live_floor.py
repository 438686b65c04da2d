"""Skills, windows opened on the floor, signals, offers, flags, and what windows turned out to be"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

from migrations.fence import fence

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
KINDS = "kind in ('changeover', 'handover', 'cycle_change', 'lull', 'protected', 'other')"


def word(length: int) -> sqlmodel.sql.sqltypes.AutoString:
    return sqlmodel.sql.sqltypes.AutoString(length=length)


def parent(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organization_id", column], [f"{target}.organization_id", f"{target}.id"], name=f"fk_{table}_{column}"
    )


def upgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    _skills()
    _live_windows()
    _outcomes()
    _offers()
    # A block that was accepted on the floor comes from no plan.
    op.alter_column("block", "plan_id", nullable=True)
    fence(
        "worker_skill", "skill_minimum", "live_window", "machine_signal", "window_outcome", "pattern_feedback",
        "learning_offer", "block_flag",
    )  # fmt: skip


def _skills() -> None:
    op.create_table(
        "worker_skill",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("skill", word(64), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        parent("worker_skill", "worker_id", "worker"),
        sa.PrimaryKeyConstraint("organization_id", "worker_id", "skill", name=op.f("pk_worker_skill")),
    )
    op.create_table(
        "skill_minimum",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("work_center_id", sa.Uuid(), nullable=False),
        sa.Column("skill", word(64), nullable=False),
        sa.Column("minimum", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("minimum > 0", name=op.f("ck_skill_minimum_minimum")),
        parent("skill_minimum", "work_center_id", "work_center"),
        sa.PrimaryKeyConstraint("organization_id", "work_center_id", "skill", name=op.f("pk_skill_minimum")),
    )


def _live_windows() -> None:
    op.create_table(
        "live_window",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("work_center_id", sa.Uuid(), nullable=False),
        sa.Column("pattern_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("cause", sa.String(length=32), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("expected_ends_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("ended_by", sa.String(length=32), nullable=True),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(KINDS, name=op.f("ck_live_window_kind")),
        sa.CheckConstraint("cause in ('button', 'signal', 'plan')", name=op.f("ck_live_window_cause")),
        sa.CheckConstraint("ended_by in ('production', 'finished', 'time')", name=op.f("ck_live_window_ended_by")),
        sa.CheckConstraint("(closed_at is null) = (ended_by is null)", name=op.f("ck_live_window_ended")),
        parent("live_window", "work_center_id", "work_center"),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_live_window")),
    )
    op.create_index(
        "ix_live_window_open",
        "live_window",
        ["organization_id", "work_center_id"],
        unique=True,
        postgresql_where=sa.text("closed_at is null"),
    )
    op.create_table(
        "machine_signal",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("source", word(64), nullable=False),
        sa.Column("external_id", word(200), nullable=False),
        sa.Column("work_center_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("expected_seconds", sa.Integer(), nullable=True),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("effect", sa.String(length=32), nullable=False),
        sa.Column("window_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("kind in ('machine_stopped', 'changeover_started', 'running')", name=op.f("ck_machine_signal_kind")),
        sa.CheckConstraint("effect in ('opened', 'extended', 'closed', 'none', 'late')", name=op.f("ck_machine_signal_effect")),
        parent("machine_signal", "work_center_id", "work_center"),
        sa.PrimaryKeyConstraint("organization_id", "source", "external_id", name=op.f("pk_machine_signal")),
    )
    op.create_index("ix_machine_signal_work_center", "machine_signal", ["organization_id", "work_center_id", "at"])


def _outcomes() -> None:
    op.create_table(
        "window_outcome",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("work_center_id", sa.Uuid(), nullable=False),
        sa.Column("pattern_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("mapped_seconds", sa.Integer(), nullable=False),
        sa.Column("usable_seconds", sa.Integer(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("planned_seconds", sa.Integer(), nullable=False),
        sa.Column("used_seconds", sa.Integer(), nullable=False),
        sa.Column("settled_at", MOMENT, nullable=False),
        sa.CheckConstraint(KINDS, name=op.f("ck_window_outcome_kind")),
        parent("window_outcome", "work_center_id", "work_center"),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_window_outcome")),
    )
    op.create_index("ix_window_outcome_pattern", "window_outcome", ["organization_id", "pattern_id", "starts_at"])
    op.create_index("ix_window_outcome_work_center", "window_outcome", ["organization_id", "work_center_id", "starts_at"])
    op.create_table(
        "pattern_feedback",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("pattern_id", sa.Uuid(), nullable=False),
        sa.Column("windows", sa.Integer(), nullable=False),
        sa.Column("reliability", sa.Float(), nullable=False),
        sa.Column("usable_seconds", sa.Integer(), nullable=True),
        sa.Column("updated_at", MOMENT, nullable=False),
        parent("pattern_feedback", "pattern_id", "window_pattern"),
        sa.PrimaryKeyConstraint("organization_id", "pattern_id", name=op.f("pk_pattern_feedback")),
    )


def _offers() -> None:
    op.create_table(
        "learning_offer",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("window_id", sa.Uuid(), nullable=False),
        sa.Column("work_center_id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("key", word(64), nullable=False),
        sa.Column("hash", word(64), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("needs_tablet", sa.Boolean(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("offered_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("block_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("kind in ('module', 'quiz', 'checklist')", name=op.f("ck_learning_offer_kind")),
        sa.CheckConstraint(
            "status in ('offered', 'accepted', 'declined', 'lapsed', 'withdrawn')", name=op.f("ck_learning_offer_status")
        ),
        sa.CheckConstraint("(status = 'accepted') = (block_id is not null)", name=op.f("ck_learning_offer_accepted")),
        parent("learning_offer", "worker_id", "worker"),
        parent("learning_offer", "work_center_id", "work_center"),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_learning_offer")),
    )
    # One offer a worker and window, whatever became of it: nobody is asked twice.
    op.create_index("ix_learning_offer_window", "learning_offer", ["organization_id", "window_id", "worker_id"], unique=True)
    op.create_index(
        "ix_learning_offer_worker",
        "learning_offer",
        ["organization_id", "worker_id", "expires_at"],
        postgresql_where=sa.text("status = 'offered'"),
    )
    op.create_table(
        "block_flag",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("block_id", sa.Uuid(), nullable=False),
        sa.Column("work_center_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("flagged_at", MOMENT, nullable=False),
        sa.CheckConstraint("reason in ('window_lost', 'time_lost', 'blackout', 'coverage')", name=op.f("ck_block_flag_reason")),
        parent("block_flag", "block_id", "block"),
        parent("block_flag", "work_center_id", "work_center"),
        sa.PrimaryKeyConstraint("organization_id", "block_id", name=op.f("pk_block_flag")),
    )
    op.create_index("ix_block_flag_work_center", "block_flag", ["organization_id", "work_center_id", "block_id"])


def downgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    op.drop_table("block_flag")
    op.drop_table("learning_offer")
    op.execute("delete from block where plan_id is null")
    op.alter_column("block", "plan_id", nullable=False)
    op.drop_table("pattern_feedback")
    op.drop_table("window_outcome")
    op.drop_table("machine_signal")
    op.drop_table("live_window")
    op.drop_table("skill_minimum")
    op.drop_table("worker_skill")
