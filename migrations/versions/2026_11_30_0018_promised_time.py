"""Protected blocks and shadowing in plans

Somebody may ask for protected time and for sessions beside a trainer; plans hold both, and windows are kept free for them.
"""

from importlib import import_module

import sqlalchemy as sa
from alembic import op

from migrations.fence import fence

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
WINDOWS = "kind in ('changeover', 'handover', 'cycle_change', 'lull', 'protected', 'other')"
WINDOWS_NOW = "kind in ('changeover', 'handover', 'cycle_change', 'lull', 'protected', 'shadowing', 'other')"
WINDOW_TABLES = ("window_pattern", "window_change", "live_window", "window_outcome")
ITEMS = "kind in ('module', 'quiz', 'checklist')"
ITEMS_NOW = "kind in ('module', 'quiz', 'checklist', 'protected_block', 'shadowing', 'coaching')"
ITEM_TABLES = ("block", "learning_offer")
# Server defaults are for policies that are stored already; whoever writes one names them all.
RULES = (("weekly_protected_blocks", "0"), ("protected_block_minutes", "30"), ("trainer_weekly_sessions", "3"))


def upgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    _kinds(WINDOWS_NOW, ITEMS_NOW)
    for name, value in RULES:
        op.add_column("planning_policy", sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text(value)))
        op.alter_column("planning_policy", name, server_default=None)
    _protected_requests()
    _shadow_sessions()
    for table in ("protected_request", "shadow_session"):
        fence(table)
    # A trainer at work is no learner of the window.
    op.execute(
        _me_now()
        .replace("'done'))", "'done') and b.kind <> 'coaching')")
        .replace("'done');", "'done') and b.kind <> 'coaching';")
    )


def downgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    op.execute(_me_now())
    for table in ("shadow_session", "protected_request"):
        op.drop_table(table)
    for name, _ in reversed(RULES):
        op.drop_column("planning_policy", name)
    # An older version knows neither kind.
    op.execute(
        "delete from block_flag f using block b where b.organization_id = f.organization_id and b.id = f.block_id "
        "and b.kind in ('protected_block', 'shadowing', 'coaching')"
    )
    op.execute("delete from block where kind in ('protected_block', 'shadowing', 'coaching')")
    for table in WINDOW_TABLES:
        op.execute(f"update {table} set kind = 'other' where kind = 'shadowing'")  # constant tables
    _kinds(WINDOWS, ITEMS)


def _me_now() -> str:
    found: str = import_module("migrations.versions.2026_11_23_0017_quick_now").ME_NOW
    return found


def _kinds(windows: str, items: str) -> None:
    for tables, kinds in ((WINDOW_TABLES, windows), (ITEM_TABLES, items)):
        for table in tables:
            # Two tables got the prefix of their name twice.
            op.execute(f"alter table {table} drop constraint if exists ck_{table}_ck_{table}_kind")
            op.execute(f"alter table {table} drop constraint if exists ck_{table}_kind")
            op.create_check_constraint(op.f(f"ck_{table}_kind"), table, kinds)


def _protected_requests() -> None:
    op.create_table(
        "protected_request",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("worker_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("release_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("cancelled_at", MOMENT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("seconds > 0 and due_at > release_at", name=op.f("ck_protected_request_length")),
        sa.ForeignKeyConstraint(
            ["organization_id", "site_id"], ["site.organization_id", "site.id"], name=op.f("fk_protected_request_site_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_protected_request")),
    )
    op.create_index("ix_protected_request_site", "protected_request", ["organization_id", "site_id", "due_at"])


def _shadow_sessions() -> None:
    op.create_table(
        "shadow_session",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("work_center_id", sa.Uuid(), nullable=False),
        sa.Column("trainee_id", sa.Uuid(), nullable=False),
        sa.Column("trainer_id", sa.Uuid(), nullable=True),
        sa.Column("skill", sa.String(length=64), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("release_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("cancelled_at", MOMENT, nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("sentence", sa.String(length=500), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("skill is not null or trainer_id is not null", name=op.f("ck_shadow_session_trainer")),
        sa.CheckConstraint("trainer_id is distinct from trainee_id", name=op.f("ck_shadow_session_two")),
        sa.CheckConstraint("seconds > 0 and (due_at is null or due_at > release_at)", name=op.f("ck_shadow_session_length")),
        sa.ForeignKeyConstraint(
            ["organization_id", "work_center_id"],
            ["work_center.organization_id", "work_center.id"],
            name=op.f("fk_shadow_session_work_center_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "trainee_id"], ["worker.organization_id", "worker.id"], name=op.f("fk_shadow_session_trainee_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "trainer_id"], ["worker.organization_id", "worker.id"], name=op.f("fk_shadow_session_trainer_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_shadow_session")),
    )
    op.create_index("ix_shadow_session_work_center", "shadow_session", ["organization_id", "work_center_id", "id"])
