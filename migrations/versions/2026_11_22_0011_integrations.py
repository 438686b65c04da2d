"""integrations"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.fence import fence

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    op.create_table(
        "webhook_endpoint",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.String(2048), nullable=False),
        sa.Column("events", postgresql.JSONB(), nullable=False),
        sa.Column("description", sa.String(200), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("former_secret", sa.LargeBinary(), nullable=True),
        sa.Column("former_secret_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("disabled_reason", sa.String(32), nullable=True),
        sa.Column("watch_started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("subscribed_from", sa.String(), nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_webhook_endpoint"),
        sa.CheckConstraint("status in ('active', 'disabled')", name="ck_webhook_endpoint_status"),
        sa.CheckConstraint("disabled_reason in ('administrator', 'gone', 'failing')", name="ck_webhook_endpoint_disabled_reason"),
    )
    op.create_table(
        "webhook_message",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_webhook_message"),
        sa.ForeignKeyConstraint(
            ["organization_id", "endpoint_id"],
            ["webhook_endpoint.organization_id", "webhook_endpoint.id"],
            name="fk_webhook_message_endpoint_id",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("status in ('waiting', 'delivered', 'dead')", name="ck_webhook_message_status"),
    )
    op.create_index("ix_webhook_message_endpoint", "webhook_message", ["organization_id", "endpoint_id", "id"])
    op.create_index(
        "ix_webhook_message_due",
        "webhook_message",
        ["organization_id", "endpoint_id", "next_attempt_at"],
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(32), nullable=True),
        sa.Column("snippet", sa.String(1024), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_webhook_delivery"),
        sa.ForeignKeyConstraint(
            ["organization_id", "message_id"],
            ["webhook_message.organization_id", "webhook_message.id"],
            name="fk_webhook_delivery_message_id",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("status in ('delivered', 'retry', 'dead', 'endpoint_gone')", name="ck_webhook_delivery_status"),
    )
    op.create_index("ix_webhook_delivery_message", "webhook_delivery", ["organization_id", "message_id"])
    op.create_index("ix_webhook_delivery_endpoint", "webhook_delivery", ["organization_id", "endpoint_id", "id"])
    fence("webhook_endpoint", "webhook_message", "webhook_delivery")


def downgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    op.drop_table("webhook_delivery")
    op.drop_table("webhook_message")
    op.drop_table("webhook_endpoint")
