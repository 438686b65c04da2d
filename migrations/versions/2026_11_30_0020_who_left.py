"""What a worker may learn now counts nobody who left as staying at the line."""

from importlib import import_module

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

# As revision 0018 left the function: a mentor's block is no learner's.
FORMER: str = (
    import_module("migrations.versions.2026_11_23_0017_quick_now")
    .ME_NOW.replace("'done'))", "'done') and b.kind <> 'coaching')")
    .replace("'done');", "'done') and b.kind <> 'coaching';")
)
HERE = "        and not s.rests @> p_now\n"
STILL = (
    "        and exists (\n"
    "          select from worker k\n"
    "          where k.organization_id = p_organization and k.id = s.worker_id and k.status = 'active')\n"
)


def upgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    op.execute(FORMER.replace(HERE, HERE + STILL))


def downgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    op.execute(FORMER)
