"""The payroll file: one line a worker, business date, site and pay code, in whole seconds, closed by a checksum line.

Text is quoted and made harmless to spreadsheets; numbers stay numbers, negative ones too.
"""

import csv
import hashlib
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.paytime.domain import PayKind

COLUMNS = ("employee_number", "business_date", "site", "pay_code", "seconds", "entries")
# The characters that make Excel, LibreOffice or Sheets read a cell as a formula, their full-width forms included.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# White space, and characters that take no space at all, before the first visible one.
UNSEEN = re.compile(r"\A[\s\0\ufeff\u200b-\u200f\u2060]+")
CHECKSUM = "checksum"

PAY_CODES = {
    PayKind.MODULE: "LRN-MODULE",
    PayKind.QUIZ: "LRN-QUIZ",
    PayKind.CHECKLIST: "LRN-CHECKLIST",
    PayKind.PEER_ASSIST: "LRN-ASSIST",
    PayKind.PROTECTED_BLOCK: "LRN-BLOCK",
    PayKind.SHADOWING: "LRN-SHADOW",
    PayKind.OFFICE_HOURS: "LRN-OFFICE",
    PayKind.COACHING: "LRN-COACH",
}


@dataclass(frozen=True, slots=True)
class PayLine:
    """Net seconds of one worker on one business date at one site for one kind."""

    employee_number: str
    business_date: date
    site: str
    kind: PayKind
    seconds: int
    entries: int


@dataclass(frozen=True, slots=True)
class KindTotal:
    """Net seconds and ledger lines of one kind."""

    kind: PayKind
    seconds: int
    entries: int


@dataclass(frozen=True, slots=True)
class PayrollTotals:
    """What a payroll file must add up to, and the SHA-256 of its lines above the checksum line."""

    lines: int
    seconds: int
    entries: int
    kinds: tuple[KindTotal, ...]
    sha256: str


def harmless(cell: str) -> str:
    """Text that no spreadsheet takes for a formula: a leading apostrophe where the first visible character starts one."""
    starts = cell.startswith(FORMULA_STARTS) or UNSEEN.sub("", cell, count=1).startswith(FORMULA_STARTS)
    return f"'{cell}" if starts else cell


def body(lines: Sequence[PayLine]) -> str:
    """Header and lines as RFC 4180 text with CRLF."""
    out = io.StringIO()
    # Quoting all text keeps `x;=1+1` one cell where a spreadsheet splits at semicolons.
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for line in lines:
        texts = (harmless(line.employee_number), line.business_date.isoformat(), harmless(line.site), PAY_CODES[line.kind])
        writer.writerow((*texts, line.seconds, line.entries))
    return out.getvalue()


def totals(lines: Sequence[PayLine]) -> PayrollTotals:
    """Sums over the lines, exact to the second."""
    kinds = tuple(
        KindTotal(kind, sum(line.seconds for line in of_kind), sum(line.entries for line in of_kind))
        for kind in PayKind
        if (of_kind := [line for line in lines if line.kind is kind])
    )
    return PayrollTotals(
        lines=len(lines),
        seconds=sum(line.seconds for line in lines),
        entries=sum(line.entries for line in lines),
        kinds=kinds,
        sha256=hashlib.sha256(body(lines).encode()).hexdigest(),
    )


def payroll_csv(lines: Sequence[PayLine]) -> str:
    """The whole file: body, then a line with the digest of the body and the sums of seconds and entries."""
    text, sums = body(lines), totals(lines)
    return f'{text}"{CHECKSUM}","{sums.lines}","sha256","{sums.sha256}",{sums.seconds},{sums.entries}\r\n'
