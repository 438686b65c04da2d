"""The rate of a shift, on the shift and on the lines that are credited in it."""

from importlib import import_module

import sqlalchemy as sa
from alembic import op

ledger = import_module("migrations.versions.2026_11_23_0014_ledger")
chain = import_module("migrations.versions.2026_11_23_0015_pay_periods")
planned = import_module("migrations.versions.2026_11_30_0022_planned_once")

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

STATE = ledger.STATE.replace("h.ends_at, h.breaks\n", "h.ends_at, h.breaks, h.rate_minor, h.rate_currency\n", 1)
APPEND = (
    ledger.APPEND.replace("paid boolean, outside_hours", "rate_minor int, rate_currency text, paid boolean, outside_hours")
    .replace("weekend_seconds, device_at)", "weekend_seconds, device_at, rate_minor, rate_currency)", 1)
    .replace(
        "coalesce(e.weekend_seconds, 0), e.device_at\n",
        "coalesce(e.weekend_seconds, 0), e.device_at, e.rate_minor, e.rate_currency\n",
        1,
    )
)
COLUMNS = f"{chain.COLUMNS}, {{0}}.rate_minor, {{0}}.rate_currency"
DIGEST = chain.DIGEST.replace(chain.COLUMNS.format("e"), COLUMNS.format("e"))
QUEUE = chain.QUEUE.replace(chain.COLUMNS.format("a"), COLUMNS.format("a"))
BEFORE = chain.DIGEST.replace("ledger_digest(", "ledger_digest_before(")
# What waits to be linked was announced by the former digest; what is still the same gets the new one.
AGAIN = """
update ledger_unsealed u set digest = ledger_digest(e) from pay_entry e
where e.organization_id = u.organization_id and e.id = u.entry_id and u.digest = ledger_digest_before(e)
"""


def _functions(state: str, append: str, digest: str, queue: str, former: str) -> None:
    for function in (state, append, digest, queue):
        op.execute(function.replace("create function", "create or replace function"))
    op.execute(f"alter function {planned.STATE} set plan_cache_mode = force_generic_plan")
    op.execute(former.replace("ledger_digest(", "ledger_digest_before("))
    op.execute(AGAIN)
    op.execute("drop function ledger_digest_before(pay_entry)")


def upgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    for table in ("shift", "pay_entry"):
        op.add_column(table, sa.Column("rate_minor", sa.Integer(), nullable=True))
        op.add_column(table, sa.Column("rate_currency", sa.String(length=3), nullable=True))
    op.create_check_constraint("rate", "shift", "(rate_minor is null) = (rate_currency is null) and rate_minor >= 0")
    _functions(STATE, APPEND, DIGEST, QUEUE, chain.DIGEST)


def downgrade() -> None:
    """Refused where a rate was written: no line of the ledger loses what it says."""
    op.execute("set local lock_timeout = '4s'")
    op.create_check_constraint("no_rate", "pay_entry", "rate_minor is null")
    _functions(ledger.STATE, ledger.APPEND, chain.DIGEST, chain.QUEUE, DIGEST)
    op.drop_constraint("ck_pay_entry_no_rate", "pay_entry")
    op.drop_constraint("ck_shift_rate", "shift")
    for table in ("pay_entry", "shift"):
        op.drop_column(table, "rate_currency")
        op.drop_column(table, "rate_minor")
