"""The payroll file of a stretch of business dates."""

from uuid import UUID

from app.core.db import ReadTransaction
from app.core.errors import Invalid
from app.paytime.domain import PAY_EXPORT, Period, reach_of
from app.paytime.domain.payroll_file import PayLine, PayrollTotals, payroll_csv
from app.paytime.domain.payroll_file import totals as sums
from app.paytime.store import reading
from app.paytime.store.reading import Wanted

MOST_LINES = 100_000


async def pay_lines(tx: ReadTransaction, when: Period, site_id: UUID | None) -> list[PayLine]:
    """What payroll pays in a period, within the caller's reach. Raises Invalid when that is too much for one file."""
    reach = reach_of(tx.caller, PAY_EXPORT.roles)
    lines = await reading.pay_lines(tx, Wanted(when, reach, site_id=site_id), MOST_LINES + 1)
    if len(lines) > MOST_LINES:
        raise Invalid.field("#/from", f"That is over {MOST_LINES} lines: ask for fewer days or one site.", "too_many_lines")
    return lines


async def payroll_file(tx: ReadTransaction, when: Period, site_id: UUID | None) -> str:
    """The payroll file of a period as CSV text."""
    return payroll_csv(await pay_lines(tx, when, site_id))


async def payroll_totals(tx: ReadTransaction, when: Period, site_id: UUID | None) -> PayrollTotals:
    """What the payroll file of the same period adds up to."""
    return sums(await pay_lines(tx, when, site_id))
