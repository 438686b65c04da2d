"""Payroll files of a closed period: the same lines in each format, exact to the second, closed by a checksum.

Text is made harmless to spreadsheets where it is text; numbers stay numbers, negative ones too.
"""

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from enum import StrEnum

import orjson

from app.paytime.domain.payroll_file import CHECKSUM, PAY_CODES, harmless
from app.paytime.domain.periods import Line, Rounding, Rules, rounded

HOUR = Decimal(3600)
CENT = Decimal("0.01")
COLUMNS = ("employee_number", "workday", "site", "pay_code", "adjustment", "seconds", "entries")
ROUNDED = "rounded_seconds"
RATES = ("hourly_rate_minor", "currency")
EPI = ("Co Code", "Batch ID", "File #", "Hours 3 Code", "Hours 3 Amount", "Memo Code", "Memo Amount")
TEMP_RATE = "Temp Rate"
# ADP's paydata knows rates with two decimals, in the currency of the company: those of its countries.
ADP_CURRENCIES = frozenset({"USD", "CAD"})
EXACT_SECONDS = "SEC"


class ExportFormat(StrEnum):
    """The formats a closed period is written in."""

    CSV = "csv"
    ADP_EPI = "adp-epi"
    UKG = "ukg-pay-code-edits"
    EXCEL = "xlsx"


MEDIA_TYPES = {
    ExportFormat.CSV: "text/csv",
    ExportFormat.ADP_EPI: "text/csv",
    ExportFormat.UKG: "application/json",
    ExportFormat.EXCEL: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file is made from: the lines with their workers' numbers, in order, and the site's rules."""

    site: str
    first: date
    last: date
    company_code: str
    rules: Rules
    lines: Sequence[tuple[str, Line]]

    @property
    def seconds(self) -> int:
        """Net seconds of the whole file."""
        return sum(line.seconds for _, line in self.lines)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a plain file: the rounded one where the site declares a rounding, rates where there are some."""
        return (*COLUMNS, *(() if self.rules.rounding is Rounding.NONE else (ROUNDED,)), *(RATES if self.rated else ()))

    @property
    def rated(self) -> bool:
        """Whether the roster named the rate of any shift."""
        return any(line.rate for _, line in self.lines)


def file_name(sheet: Sheet, kind: ExportFormat) -> str:
    """How the file is called; ADP wants `PRcccEPI.csv`."""
    span = f"{sheet.first.isoformat()}-{sheet.last.isoformat()}"
    if kind is ExportFormat.ADP_EPI:
        return f"PR{sheet.company_code}EPI.csv"
    return f"pay-{span}.{'json' if kind is ExportFormat.UKG else kind.value}"


def rows(sheet: Sheet) -> list[tuple[str | int, ...]]:
    """The cells of a plain file: text as text, numbers as numbers."""
    found: list[tuple[str | int, ...]] = []
    for number, line in sheet.lines:
        cells: tuple[str | int, ...] = (
            number, line.workday.isoformat(), sheet.site, PAY_CODES[line.kind], "yes" if line.adjustment else "no",
            line.seconds, line.entries,
        )  # fmt: skip
        cells = cells if sheet.rules.rounding is Rounding.NONE else (*cells, rounded(line.seconds, sheet.rules))
        found.append((*cells, *(line.rate or ("", ""))) if sheet.rated else cells)
    return found


def checksum(sheet: Sheet) -> tuple[str | int, ...]:
    """The last row: number of lines, digest of the rows above, and the sums of seconds and entries."""
    above = rows(sheet)
    digest = hashlib.sha256(orjson.dumps([list(sheet.columns), *map(list, above)])).hexdigest()
    summed = len(sheet.columns) - (len(RATES) if sheet.rated else 0)
    sums = [sum(int(row[column]) for row in above) for column in range(5, summed)]
    return (CHECKSUM, str(len(above)), "sha256", digest, "", *sums, *(("", "") if sheet.rated else ()))


def _written(table: Sequence[Sequence[str | int | Decimal]]) -> bytes:
    out = io.StringIO()
    # Quoting all text keeps `x;=1+1` one cell where a spreadsheet splits at semicolons.
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerows([[harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in table])
    return out.getvalue().encode()


def generic_csv(sheet: Sheet) -> bytes:
    """One line a worker, workday, pay code; RFC 4180 with CRLF, UTF-8."""
    return _written([sheet.columns, *rows(sheet), checksum(sheet)])


def hours(seconds: int, rules: Rules) -> Decimal:
    """Hours with two decimals, as payroll systems take them: nearest (ties to even), or up where the site rounds in favor."""
    exact = Decimal(rounded(seconds, rules)) / HOUR
    return exact.quantize(CENT, rounding=ROUND_CEILING if rules.rounding is Rounding.IN_FAVOR else ROUND_HALF_EVEN)


def adp_epi(sheet: Sheet) -> bytes:
    """ADP paydata: a row a worker, pay code and rate. Hours have two decimals, so the memo amount carries the exact seconds."""
    sums: dict[tuple[str, str, tuple[int, str]], int] = {}
    for number, line in sheet.lines:
        key = (number, PAY_CODES[line.kind], line.rate or (0, ""))
        sums[key] = sums.get(key, 0) + line.seconds
    batch = f"L{sheet.last:%y%m%d}"
    table: list[tuple[str | int | Decimal, ...]] = []
    for (number, code, (minor, currency)), seconds in sorted(sums.items()):
        cells = (sheet.company_code, batch, number, code, hours(seconds, sheet.rules), EXACT_SECONDS, seconds)
        rate = Decimal(minor).scaleb(-2) if currency in ADP_CURRENCIES else ""
        table.append((*cells, rate) if sheet.rated else cells)
    return _written([(*EPI, TEMP_RATE) if sheet.rated else EPI, *table])


def ukg(sheet: Sheet) -> bytes:
    """UKG pay-code edits: one a worker, workday and pay code, in hours to the sixth decimal; seconds beside them."""
    edits = [
        {
            "employee": {"qualifier": number},
            "paycode": {"name": PAY_CODES[line.kind]},
            "applyDate": line.workday.isoformat(),
            "amountType": "HOUR",
            "durationInHours": float((Decimal(line.seconds) / HOUR).quantize(Decimal("0.000001"))),
            "comment": "adjustment" if line.adjustment else "",
            "seconds": line.seconds,
        }
        for number, line in sheet.lines
    ]
    digest = hashlib.sha256(orjson.dumps(edits)).hexdigest()
    sums = {"lines": len(edits), "seconds": sheet.seconds, "sha256": digest}
    return orjson.dumps({"do": {"payCodeEdits": {"added": edits}}, "checksum": sums})
