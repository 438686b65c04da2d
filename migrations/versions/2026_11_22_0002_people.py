"""people"""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.fence import fence

# The only two questions that may be asked before an organization is known; both run with the owner's rights.
BY_SLUG = """
create function organization_by_slug(wanted text) returns uuid language sql stable security definer
set search_path = public, pg_temp as $$ select organization_id from organization where slug = wanted $$
"""
ALL_IDS = """
create function organization_ids() returns setof uuid language sql stable security definer
set search_path = public, pg_temp as $$ select organization_id from organization order by organization_id $$
"""

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    op.create_table(
        "external_id",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("external_id", sqlmodel.sql.sqltypes.AutoString(length=128), nullable=False),
        sa.Column("thing_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "kind", "source", "external_id", name=op.f("pk_external_id")),
    )
    op.create_index("ix_external_id_thing", "external_id", ["organization_id", "kind", "thing_id"], unique=False)
    op.create_table(
        "organization",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("slug", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_organization")),
        sa.UniqueConstraint("slug", name=op.f("uq_organization_slug")),
    )
    op.create_table(
        "site",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("time_zone", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("country", sqlmodel.sql.sqltypes.AutoString(length=2), nullable=True),
        sa.Column("workday_starts", sa.Time(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_site")),
        sa.UniqueConstraint("organization_id", "code", name=op.f("uq_site_organization_id_code")),
    )
    op.create_table(
        "area",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id", "site_id"], ["site.organization_id", "site.id"], name="fk_area_site_id"),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_area")),
        sa.UniqueConstraint("organization_id", "site_id", "code", name=op.f("uq_area_organization_id_site_id_code")),
    )
    op.create_table(
        "worker",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("number", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("display_name", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("languages", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("email", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=True),
        sa.Column("phone", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=True),
        sa.Column("job_role", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("employed_from", sa.Date(), nullable=True),
        sa.Column("employed_until", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("status in ('active', 'inactive')", name=op.f("ck_worker_status")),
        sa.ForeignKeyConstraint(["organization_id", "site_id"], ["site.organization_id", "site.id"], name="fk_worker_site_id"),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_worker")),
        sa.UniqueConstraint("organization_id", "number", name=op.f("uq_worker_organization_id_number")),
    )
    op.create_index("ix_worker_site", "worker", ["organization_id", "site_id", "id"], unique=False)
    op.create_table(
        "role_grant",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("node_kind", sa.String(length=32), nullable=False),
        sa.Column("node_id", sa.Uuid(), nullable=False),
        sa.Column("allow", sa.Boolean(), nullable=False),
        sa.Column("granted_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "node_kind in ('organization', 'site', 'area', 'work_center', 'crew')", name=op.f("ck_role_grant_node_kind")
        ),
        sa.CheckConstraint(
            "role in ('worker', 'supervisor', 'expert', 'author', 'learning_manager', 'payroll', 'admin')",
            name=op.f("ck_role_grant_role"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "worker_id"], ["worker.organization_id", "worker.id"], name="fk_role_grant_worker_id"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_role_grant")),
        sa.UniqueConstraint(
            "organization_id", "worker_id", "role", "node_id", name=op.f("uq_role_grant_organization_id_worker_id_role_node_id")
        ),
    )
    op.create_table(
        "work_center",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("area_id", sa.Uuid(), nullable=True),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("minimum_staying", sa.Integer(), nullable=False),
        sa.Column("tablets", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("minimum_staying >= 0", name=op.f("ck_work_center_minimum_staying")),
        sa.ForeignKeyConstraint(
            ["organization_id", "area_id"], ["area.organization_id", "area.id"], name="fk_work_center_area_id"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "site_id"], ["site.organization_id", "site.id"], name="fk_work_center_site_id"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_work_center")),
        sa.UniqueConstraint("organization_id", "site_id", "code", name=op.f("uq_work_center_organization_id_site_id_code")),
    )
    op.create_table(
        "crew",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("work_center_id", sa.Uuid(), nullable=True),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id", "site_id"], ["site.organization_id", "site.id"], name="fk_crew_site_id"),
        sa.ForeignKeyConstraint(
            ["organization_id", "work_center_id"],
            ["work_center.organization_id", "work_center.id"],
            name="fk_crew_work_center_id",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_crew")),
        sa.UniqueConstraint("organization_id", "site_id", "code", name=op.f("uq_crew_organization_id_site_id_code")),
    )
    op.create_table(
        "station",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("work_center_id", sa.Uuid(), nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("has_tablet", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "work_center_id"],
            ["work_center.organization_id", "work_center.id"],
            name="fk_station_work_center_id",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_station")),
        sa.UniqueConstraint(
            "organization_id", "work_center_id", "code", name=op.f("uq_station_organization_id_work_center_id_code")
        ),
    )
    op.create_table(
        "membership",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("crew_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("valid_until is null or valid_until >= valid_from", name=op.f("ck_membership_dates")),
        sa.ForeignKeyConstraint(
            ["organization_id", "crew_id"], ["crew.organization_id", "crew.id"], name="fk_membership_crew_id"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "worker_id"], ["worker.organization_id", "worker.id"], name="fk_membership_worker_id"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_membership")),
    )
    op.create_index("ix_membership_crew", "membership", ["organization_id", "crew_id"], unique=False)
    op.create_index("ix_membership_worker", "membership", ["organization_id", "worker_id"], unique=False)
    fence("organization", "site", "area", "work_center", "station", "crew", "worker", "membership", "role_grant", "external_id")
    op.execute(BY_SLUG)
    op.execute(ALL_IDS)


def downgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    op.execute("drop function organization_by_slug(text)")
    op.execute("drop function organization_ids()")
    op.drop_index("ix_membership_worker", table_name="membership")
    op.drop_index("ix_membership_crew", table_name="membership")
    op.drop_table("membership")
    op.drop_table("station")
    op.drop_table("crew")
    op.drop_table("work_center")
    op.drop_table("role_grant")
    op.drop_index("ix_worker_site", table_name="worker")
    op.drop_table("worker")
    op.drop_table("area")
    op.drop_table("site")
    op.drop_table("organization")
    op.drop_index("ix_external_id_thing", table_name="external_id")
    op.drop_table("external_id")
