"""catalog"""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.fence import APPLICATION_ROLE, fence

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

JSONB = postgresql.JSONB(astext_type=sa.Text())
TEXTS = postgresql.ARRAY(sa.Text())


def word(length: int) -> sqlmodel.sql.sqltypes.AutoString:
    return sqlmodel.sql.sqltypes.AutoString(length=length)


def upgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    op.create_table(
        "content_pack",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("key", word(64), nullable=False),
        sa.Column("pack_version", word(32), nullable=False),
        sa.Column("title", JSONB, nullable=False),
        sa.Column("license", word(500), nullable=False),
        sa.Column("origin", sa.String(length=32), nullable=False),
        sa.Column("default_language", word(16), nullable=False),
        sa.Column("languages", TEXTS, nullable=False),
        sa.Column("skills", JSONB, nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("origin in ('off_the_shelf', 'custom')", name=op.f("ck_content_pack_origin")),
        sa.PrimaryKeyConstraint("organization_id", "key", name=op.f("pk_content_pack")),
    )
    op.create_table(
        "content_version",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("hash", word(64), nullable=False),
        sa.Column("key", word(64), nullable=False),
        sa.Column("pack", word(64), nullable=False),
        sa.Column("pack_version", word(32), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("languages", TEXTS, nullable=False),
        sa.Column("skills", TEXTS, nullable=False),
        sa.Column("prerequisites", TEXTS, nullable=False),
        sa.Column("tags", TEXTS, nullable=False),
        sa.Column("needs_tablet", sa.Boolean(), nullable=False),
        sa.Column("title", JSONB, nullable=False),
        sa.Column("body", JSONB, nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('module', 'quiz', 'checklist')", name=op.f("ck_content_version_kind")),
        sa.PrimaryKeyConstraint("organization_id", "kind", "hash", name=op.f("pk_content_version")),
    )
    op.create_index("ix_content_version_key", "content_version", ["organization_id", "kind", "key", "published_at"])
    op.create_table(
        "content_current",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("key", word(64), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hash", word(64), nullable=False),
        sa.Column("pack", word(64), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "kind", "hash"],
            ["content_version.organization_id", "content_version.kind", "content_version.hash"],
            name="fk_content_current_hash",
        ),
        sa.PrimaryKeyConstraint("organization_id", "kind", "key", name=op.f("pk_content_current")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_content_current_organization_id_id")),
    )
    op.create_table(
        "catalog_state",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_catalog_state")),
    )
    op.execute("create sequence catalog_version as bigint")
    op.execute(f"grant usage on sequence catalog_version to {APPLICATION_ROLE}")
    fence("content_version", append_only=True)
    fence("content_pack", "content_current", "catalog_state")


def downgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    op.drop_table("catalog_state")
    op.execute("drop sequence catalog_version")
    op.drop_table("content_current")
    op.drop_index("ix_content_version_key", table_name="content_version")
    op.drop_table("content_version")
    op.drop_table("content_pack")
