"""What a log of factors leans on: when its batches ran, and what its reason codes mean."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from app.core.db import WriteTransaction
from app.core.imports import Cells, ImportRow, RowVerdict, Verdict
from app.downtime.domain.factors_log import BatchColumns, read_batches
from app.downtime.domain.row_reasons import SENTENCES
from app.downtime.domain.stoppages import ReadingRules, RowReason, clean, name_of
from app.downtime.service.intake import EARLIEST, LATEST
from app.downtime.service.log_options import read_options
from app.downtime.service.log_places import log_places
from app.downtime.service.log_reading import Reading, only_line, place_rows
from app.downtime.store import stoppages as store

COLUMNS = BatchColumns("batch", "date", "starts_at", "ends_at")


def _effect(created: bool | None) -> Verdict:
    if created is None:
        return Verdict.UNCHANGED
    return Verdict.CREATED if created else Verdict.UPDATED


async def keep_batches(
    tx: WriteTransaction, rows: Sequence[ImportRow], source: str, given: Mapping[str, Any]
) -> list[RowVerdict]:
    """Store when the batches of one line ran; one verdict a row. Of rows with the same batch the last one counts."""
    options = read_options(given)
    reading = Reading(source, options, await log_places(tx, options), frozenset())
    place_rows(reading, rows)
    verdicts = [RowVerdict(number, Verdict.REFUSED, why) for number, why in reading.refusals.items()]
    if not reading.rows:
        return verdicts
    rules = ReadingRules(zone=reading.places.zone, date_order=options.date_order)
    line = only_line(reading.places)
    found = {
        name: batch
        for name, batch in read_batches(reading.cells, COLUMNS, rules).items()
        if EARLIEST <= batch.span.start < batch.span.end <= LATEST
    }
    changed = await store.keep_batches(tx, line, source, found.values())
    left = Counter(_name(cells) for cells in reading.cells)
    for row, cells in zip(reading.rows, reading.cells, strict=True):
        name = _name(cells)
        left[name] -= 1
        batch = found.get(name)
        if batch is None:
            why = "missing_batch: names no batch" if not name else "unreadable_time: date, start or end cannot be read"
            verdicts.append(RowVerdict(row.number, Verdict.REFUSED, why))
        elif left[name]:
            why = f"repeated_batch: {SENTENCES[RowReason.REPEATED_BATCH]}, the last one counts"
            verdicts.append(RowVerdict(row.number, Verdict.REFUSED, why))
        else:
            why = f"date_of_end: {SENTENCES[RowReason.DATE_OF_END]}" if batch.date_of_end else ""
            verdict = _effect(changed.get(name))
            flagged = why and verdict is not Verdict.UNCHANGED
            verdicts.append(RowVerdict(row.number, Verdict.FLAGGED if flagged else verdict, why))
    return verdicts


def _name(cells: Mapping[str, str]) -> str:
    return name_of(clean(cells.get("batch", "")))


async def keep_reasons(tx: WriteTransaction, rows: Sequence[ImportRow], source: str) -> list[RowVerdict]:
    """Store what the reason codes of a log mean; one verdict a row. Stoppages learn it when their log comes again."""
    meanings: dict[str, str] = {}
    faults: dict[int, str] = {}
    codes: dict[int, str] = {}
    for row in rows:
        cells = Cells(row)
        code, meaning = name_of(clean(cells.text("code", required=True) or "")), cells.text("meaning", required=True)
        if cells.reason or meaning is None:
            faults[row.number] = cells.reason
        elif code in meanings:
            faults[row.number] = "code: occurs twice, the first one counts"
        else:
            codes[row.number] = code
            meanings[code] = meaning
    changed = await store.keep_reasons(tx, source, meanings)
    return [
        RowVerdict(row.number, Verdict.REFUSED, faults[row.number])
        if row.number in faults
        else RowVerdict(row.number, _effect(changed.get(codes[row.number])))
        for row in rows
    ]
