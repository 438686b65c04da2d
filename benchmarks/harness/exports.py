"""export-cells: hostile text in every text column of every payroll file, opened as a spreadsheet would."""

import asyncio
import csv
import io
import shutil
import subprocess
import tempfile
from datetime import date, time
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from app.core.ids import new_id
from app.paytime.domain import PayKind
from app.paytime.domain.exports import Sheet, adp_epi, generic_csv
from app.paytime.domain.periods import Line, Rounding, Rules
from app.paytime.service.workbook import excel
from benchmarks.harness.cells import PAYLOADS, is_formula
from benchmarks.harness.report import Outcome, Size
from benchmarks.harness.stack import Stack

OFFICE_SECONDS = 120
# One cell of a CSV file in LibreOffice: comma, quotes, UTF-8, first line, every column as it comes.
AS_CSV = "CSV:44,34,76,1,,0,false,true,false"


async def export_cells(_: Stack, size: Size) -> Outcome:
    """Each payload as an employee number and as a site; every number must stay what it was."""
    return await asyncio.to_thread(_cells, size)


def sheet(cells: list[str], site: str) -> Sheet:
    """A file with these employee numbers; the n-th line holds -n seconds."""
    lines = [(cell, Line(new_id(), date(2026, 3, 18), PayKind.QUIZ, n % 2 == 1, -n, n)) for n, cell in enumerate(cells)]
    return Sheet(site, date(2026, 3, 16), date(2026, 3, 22), "ILD", Rules(time(0), Rounding.NEUTRAL, 60), lines)


def _cells(size: Size) -> Outcome:
    cells, faults = list(PAYLOADS), []
    tried = 0
    for site in cells[:: max(1, len(cells) // size.sheets)][: size.sheets]:
        made = sheet(cells, site)
        faults += _plain(generic_csv(made), cells)
        faults += _paydata(adp_epi(made))
        faults += _workbook(excel(made), cells)
        tried += len(cells) * 3
    office = shutil.which("soffice")
    if office:
        faults += _office(office, generic_csv(sheet(cells, cells[0])), cells)
    opened = "LibreOffice" if office else "openpyxl (LibreOffice is not here)"
    return Outcome(
        "export-cells", tried, len(faults), f"{len(cells)} payloads, CSV, ADP and Excel; opened with {opened}", faults[:20]
    )


def _plain(file: bytes, cells: list[str]) -> list[str]:
    rows = list(csv.reader(io.StringIO(file.decode(), newline="")))[1:-1]
    found = [f"formula in {cell!r}" for row in rows for cell in row[:5] if is_formula(cell)]
    found += [f"number of {row[0]!r}" for n, row in enumerate(rows) if (int(row[5]), int(row[6])) != (-n, n)]
    return found + (["lines are missing"] if len(rows) != len(cells) else [])


def _paydata(file: bytes) -> list[str]:
    rows = list(csv.reader(io.StringIO(file.decode(), newline="")))[1:]
    return [f"formula in {row[place]!r}" for row in rows for place in (0, 1, 2, 3, 5) if is_formula(row[place])]


def _workbook(file: bytes, cells: list[str]) -> list[str]:
    rows = list(load_workbook(io.BytesIO(file)).active.iter_rows(min_row=2, max_row=len(cells) + 1))
    found = [f"formula in {cell.value!r}" for row in rows for cell in row if cell.data_type == "f"]
    return found + [f"number of {row[0].value!r}" for n, row in enumerate(rows) if (row[5].value, row[6].value) != (-n, n)]


def _office(office: str, file: bytes, cells: list[str]) -> list[str]:
    """The plain file through LibreOffice into its own format, where a formula would show as one."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "pay.csv").write_bytes(file)
        command = [office, f"-env:UserInstallation=file://{folder}/profile", "--headless", f"--infilter={AS_CSV}"]
        command += ["--convert-to", "xlsx", "--outdir", folder, f"{folder}/pay.csv"]
        subprocess.run(command, check=True, capture_output=True, timeout=OFFICE_SECONDS)  # fixed arguments
        rows: list[Any] = list(load_workbook(Path(folder) / "pay.xlsx").active.iter_rows(min_row=2, max_row=len(cells) + 1))
    found = [f"LibreOffice reads a formula in {cell.value!r}" for row in rows for cell in row if cell.data_type == "f"]
    return found + [f"LibreOffice alters {row[0].value!r}" for n, row in enumerate(rows) if int(row[5].value) != -n]
