"""Use cases of the ledger; this module is what other features call."""

from app.paytime.service.accounts import account, entries, exceptions, period, seconds_used
from app.paytime.service.corrections import reverse
from app.paytime.service.crediting import APPEND, Booking, Ledger, book, credit, ledger_around, understood
from app.paytime.service.exporting import pay_lines, payroll_file, payroll_totals
from app.paytime.service.looks import looks

__all__ = [
    "APPEND",
    "Booking",
    "Ledger",
    "account",
    "book",
    "credit",
    "entries",
    "exceptions",
    "ledger_around",
    "looks",
    "pay_lines",
    "payroll_file",
    "payroll_totals",
    "period",
    "reverse",
    "seconds_used",
    "understood",
]
