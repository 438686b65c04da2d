"""The Excel file of a closed period: text cells are text whatever they hold, numbers are numbers, nothing is a formula."""

import io
from datetime import UTC, datetime

from app.paytime.domain.exports import Sheet, checksum, rows

# A fixed date of making, so that the same period always gives the same bytes.
MADE = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)


def excel(sheet: Sheet) -> bytes:
    """One sheet, the same rows as the plain file."""
    from xlsxwriter import Workbook  # noqa: PLC0415  # only whoever exports pays for it

    out = io.BytesIO()
    book = Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": MADE, "title": f"{sheet.first.isoformat()} - {sheet.last.isoformat()}"})
    page = book.add_worksheet("Pay")
    bold = book.add_format({"bold": True})
    for place, column in enumerate(sheet.columns):
        page.write_string(0, place, column, bold)
    for line, cells in enumerate([*rows(sheet), checksum(sheet)], 1):
        for place, cell in enumerate(cells):
            if isinstance(cell, str):
                page.write_string(line, place, cell)
            else:
                page.write_number(line, place, cell)
    page.set_column(0, 4, 16)
    page.freeze_panes(1, 0)
    book.close()
    return out.getvalue()
