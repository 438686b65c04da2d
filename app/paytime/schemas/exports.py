"""Shapes of payroll exports."""

from app.core.schemas import Output
from app.paytime.schemas.accounts import KindSeconds


class PayrollTotalsOut(Output):
    """What the payroll file of the same period adds up to; `sha256` is that of its lines above the checksum line."""

    lines: int
    seconds: int
    entries: int
    kinds: list[KindSeconds]
    sha256: str
