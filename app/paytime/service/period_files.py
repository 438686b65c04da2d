"""Use cases of payroll files: make one of a closed period, and hand out the same bytes for ever."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import Conflict, NotFound
from app.core.events import publish
from app.paytime.domain.exports import ExportFormat, Sheet, adp_epi, file_name, generic_csv, ukg
from app.paytime.domain.periods import numbered
from app.paytime.events import PayPeriodExported
from app.paytime.service import periods
from app.paytime.service.workbook import excel
from app.paytime.store import periods as store
from app.people import service as people

WRITERS: dict[ExportFormat, Callable[[Sheet], bytes]] = {
    ExportFormat.CSV: generic_csv,
    ExportFormat.ADP_EPI: adp_epi,
    ExportFormat.UKG: ukg,
    ExportFormat.EXCEL: excel,
}


async def export(tx: WriteTransaction, period_id: UUID, kind: ExportFormat) -> Any:
    """Make the file of a closed period, once; whoever asks again gets the record of the first.

    Raises NotFound outside the caller's reach and Conflict before the period is closed.
    """
    found = await periods.period(tx, period_id, write=True)
    if found.status not in periods.FIXED:
        raise Conflict("Close the period first.", code="not_closed")
    made = await store.file(tx, period_id, kind)
    if made is not None:
        return made
    sheet = await sheet_of(tx, await periods.seen(tx, period_id))
    values = {"format": kind.value, "file_name": file_name(sheet, kind), "content": WRITERS[kind](sheet)}
    kept = await store.keep_file(tx, period_id, {**values, "lines": len(sheet.lines), "seconds": sheet.seconds})
    made = await store.file(tx, period_id, kind)
    if kept:
        await store.exported(tx, period_id)
        told = PayPeriodExported(
            subject_id=period_id,
            site_id=found.site_id,
            first_date=found.first,
            last_date=found.last,
            format=kind.value,
            sha256=made.sha256.hex(),
            seconds=sheet.seconds,
        )
        await publish(tx, told)
    return made


async def sheet_of(tx: ReadTransaction, held: periods.Seen) -> Sheet:
    """What the files of a period are made from."""
    numbers = await store.numbers(tx, sorted(held.content.workers))
    calendar = await store.calendar(tx, held.period.site_id)
    site = await people.site(tx, held.period.site_id)
    return Sheet(
        site=site.code,
        first=held.period.first,
        last=held.period.last,
        company_code=calendar.company_code,
        rules=periods.rules_of(calendar),
        lines=numbered(held.content.lines, numbers),
    )


async def files(tx: ReadTransaction, period_id: UUID) -> Sequence[Any]:
    """The files a period has. Raises NotFound outside the caller's reach."""
    await periods.period(tx, period_id)
    return await store.files(tx, period_id)


async def file(tx: ReadTransaction, period_id: UUID, kind: ExportFormat) -> Any:
    """A file with its bytes, the same for ever. Raises NotFound where it was not made, and outside the caller's reach."""
    await periods.period(tx, period_id)
    found = await store.file(tx, period_id, kind)
    if found is None:
        raise NotFound
    return found
