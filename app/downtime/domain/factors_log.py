"""Logs with one row per batch and one column of minutes per downtime factor, joined with the line's batches."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from app.core.intervals import DAY, Interval, between
from app.downtime.domain.classify import StoppageKind, classified, is_planned
from app.downtime.domain.moments import DateOrder, Unreadable, read_date, read_moment, read_seconds, resolved
from app.downtime.domain.stoppages import (
    LogBook,
    Origin,
    ReadingRules,
    Row,
    RowReason,
    RowRefused,
    Stoppage,
    StoppageLog,
    TidyRow,
    clean,
    machine_and_line,
    name_of,
    refusal_for,
    repeats_header,
    tidied,
)


@dataclass(frozen=True, slots=True)
class FactorColumns:
    """The batch column, and the columns of durations; without a list every other column is a factor."""

    batch: str
    factors: tuple[str, ...] = ()
    machine: str | None = None
    unit: int = 60


@dataclass(frozen=True, slots=True)
class BatchColumns:
    """Where the file of batches keeps the batch, its date, start and end."""

    batch: str
    date: str
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Batch:
    """When a batch ran; `date_of_end` when its date seems to be that of the end, so that its day is in doubt."""

    name: str
    day: date
    span: Interval
    date_of_end: bool = False


def read_factors(
    rows: Sequence[Row],
    columns: FactorColumns,
    rules: ReadingRules,
    batch_rows: Sequence[Row] = (),
    batch_columns: BatchColumns | None = None,
) -> StoppageLog:
    """One stoppage per filled factor cell; blank is 0.

    Only lengths are known: changeovers are laid at the batch's start, the rest behind them, none of them exact. A
    batch that the other file does not know keeps its minutes, without times. A second header row inside the data
    gives the factor codes and is no batch.
    """
    batches = read_batches(batch_rows, batch_columns, rules) if batch_columns else {}
    return read_factors_of(rows, columns, rules, batches)


def read_factors_of(
    rows: Sequence[Row], columns: FactorColumns, rules: ReadingRules, batches: Mapping[str, Batch]
) -> StoppageLog:
    """The same with batches that are known already."""
    names = columns.factors or _other_columns(rows, columns)
    codes = {name: name_of(name) for name in names}
    book = LogBook(len(rows))
    seen: dict[str, tuple[str, ...]] = {}
    for row in tidied(rows, (columns.batch, columns.machine, *names)):
        if _second_header(row, columns):
            codes = {name: name_of(row.cell(name)) or codes[name] for name in names}
            book.refuse(row, RowReason.REPEATED_HEADER)
            continue
        try:
            stoppages = _batch_stoppages(row, columns, codes, rules, batches, seen)
        except RowRefused as refusal:
            book.refuse(row, refusal.reason)
            continue
        book.flag(row)
        book.stoppages.extend(stoppages)
    for batch in batches.values():
        book.days[rules.line].add(batch.day)
    return book.closed()


def _other_columns(rows: Sequence[Row], columns: FactorColumns) -> tuple[str, ...]:
    names = [clean(name) for name in (rows[0] if rows else ())]
    return tuple(name for name in names if name and name not in {columns.batch, columns.machine})


def _second_header(row: TidyRow, columns: FactorColumns) -> bool:
    return repeats_header(row) or row.cell(columns.batch).casefold() == columns.batch.casefold()


def _batch_stoppages(
    row: TidyRow,
    columns: FactorColumns,
    codes: Mapping[str, str],
    rules: ReadingRules,
    batches: Mapping[str, Batch],
    seen: dict[str, tuple[str, ...]],
) -> list[Stoppage]:
    name = name_of(row.cell(columns.batch))
    if not name:
        raise RowRefused(RowReason.MISSING_BATCH)
    machine, line = machine_and_line(row.cell(columns.machine), bool(columns.machine), rules)
    cells = tuple(row.cell(column) for column in codes)
    if seen.get(name) == cells:
        raise RowRefused(RowReason.EXACT_DUPLICATE)
    if name in seen:
        row.reasons.add(RowReason.REPEATED_BATCH)
    seen[name] = cells
    stops = _stops(row, columns, codes, rules)
    total = sum(seconds for _, _, seconds in stops)
    if total > rules.longest_seconds:
        raise RowRefused(RowReason.TOO_LONG)
    batch = batches.get(name)
    span = _span_for(row, batch, total)
    return [
        Stoppage(
            line=line,
            machine=machine,
            kind=kind,
            planned=is_planned(kind, text),
            reason=text,
            seconds=seconds,
            origin=Origin.FACTOR,
            row=row.number,
            starts_at=placed.start if placed else None,
            ends_at=placed.end if placed else None,
            exact=False,
            doubtful=batch is not None and batch.date_of_end,
        )
        for (kind, text, seconds), placed in zip(stops, _laid_out(stops, span), strict=True)
    ]


def _stops(
    row: TidyRow, columns: FactorColumns, codes: Mapping[str, str], rules: ReadingRules
) -> list[tuple[StoppageKind, str, int]]:
    stops = []
    for column, code in codes.items():
        try:
            seconds = read_seconds(row.cell(column), columns.unit)
        except Unreadable as error:
            raise RowRefused(refusal_for(error)) from error
        if seconds:
            text = rules.reasons.get(code, code)
            stops.append((classified(text), text, seconds))
    # A changeover is what lies between the last good piece of one product and the first of the next: it comes first.
    return sorted(stops, key=lambda stop: stop[0] is not StoppageKind.CHANGEOVER)


def _span_for(row: TidyRow, batch: Batch | None, total: int) -> Interval | None:
    if batch is None:
        row.reasons.add(RowReason.ORPHAN_BATCH)
        return None
    if batch.date_of_end:
        row.reasons.add(RowReason.DATE_OF_END)
    if total > batch.span.seconds:
        row.reasons.add(RowReason.LONGER_THAN_BATCH)
    return batch.span


def _laid_out(stops: Sequence[tuple[StoppageKind, str, int]], span: Interval | None) -> Iterator[Interval | None]:
    start = span.start if span else None
    for _, _, seconds in stops:
        if span is None or start is None:
            yield None
            continue
        end = min(start + timedelta(seconds=seconds), span.end)
        yield between(start, end)
        start = end


def read_batches(rows: Sequence[Row], columns: BatchColumns, rules: ReadingRules) -> dict[str, Batch]:
    """The batches of a line by name; rows without a readable date and times are left out and so become orphans.

    An end that is not after the start, or a spreadsheet's epoch day, means the following day.
    """
    batches: dict[str, Batch] = {}
    previous: Batch | None = None
    for row in tidied(rows, (columns.batch, columns.date, columns.start, columns.end)):
        name = name_of(row.cell(columns.batch))
        if not name or repeats_header(row):
            continue
        try:
            day = read_date(row.cell(columns.date).replace("T", " ").split(" ")[0], rules.date_order)
            span = _batch_span(row, columns, day, rules.zone, rules.date_order)
        except Unreadable:
            continue
        if span is None:
            continue
        # If yesterday's last batch ended at the very minute this one starts, the date is likely that of its end.
        follows = previous is not None and previous.span.end == span.start - DAY and span.end - span.start < DAY
        overnight = span.end.astimezone(rules.zone).date() > day
        batch = Batch(name, day, span, date_of_end=follows and overnight)
        batches[name] = previous = batch
    return batches


def _batch_span(row: TidyRow, columns: BatchColumns, day: date, zone: ZoneInfo, order: DateOrder) -> Interval | None:
    start = resolved(read_moment(row.cell(columns.start), order), zone, day)
    ended = read_moment(row.cell(columns.end), order)
    end = resolved(ended, zone, day)
    if end <= start and ended.day is None:
        end = resolved(ended, zone, day + DAY)
    return between(start, end)
