"""Logs with one row per stop: start and end, start and length, or a date beside the times."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta

from app.core.intervals import DAY, Interval
from app.downtime.domain.classify import classified, is_planned
from app.downtime.domain.moments import (
    DateOrder,
    Moment,
    Unreadable,
    doubtful_hours,
    infer_order,
    read_date,
    read_moment,
    read_seconds,
    resolved,
)
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
    machine_and_line,
    name_of,
    refusal_for,
    repeats_header,
    tidied,
)

HALF_DAY = timedelta(hours=12)
PLAUSIBLE = timedelta(hours=6)
TOLERATED = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class EventColumns:
    """Which column holds what; `start` is needed, and `end` or `duration`.

    `date` and `end_date` are for logs that keep days and times apart. Plain durations are in `duration_unit` seconds.
    """

    start: str
    end: str | None = None
    duration: str | None = None
    date: str | None = None
    end_date: str | None = None
    machine: str | None = None
    reason: str | None = None
    planned: str | None = None
    duration_unit: int = 60

    def __post_init__(self) -> None:
        if not self.end and not self.duration:
            raise ValueError("a log of events needs an end or a duration")

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name in astuple(self)[:-1] if name)


@dataclass(frozen=True, slots=True)
class Times:
    """A row's times, read but not yet resolved."""

    start: Moment
    end: Moment | None
    seconds: int | None


def read_events(rows: Sequence[Row], columns: EventColumns, rules: ReadingRules) -> StoppageLog:
    """Stoppages of a log of events; the rows of one log are judged together, because they prove its conventions."""
    book = LogBook(len(rows))
    tidy = list(tidied(rows, columns.names))
    order = rules.date_order
    if order is DateOrder.AUTO:
        dated = [name for name in (columns.start, columns.end, columns.date, columns.end_date) if name]
        order = infer_order(row.cell(name) for row in tidy for name in dated)
    read: list[tuple[TidyRow, Times]] = []
    seen: set[tuple[str, ...]] = set()
    for row in tidy:
        try:
            _refuse_copies(row, columns, seen)
            read.append((row, _times(row, columns, order)))
        except RowRefused as refusal:
            book.refuse(row, refusal.reason)
    moments = [moment for _, times in read for moment in (times.start, times.end) if moment]
    doubtful = doubtful_hours(moments, rules.clock)
    for row, times in read:
        try:
            _add(book, row, _stoppage(row, times, columns, rules, doubtful), rules)
        except RowRefused as refusal:
            book.refuse(row, refusal.reason)
    book.remarks.sort(key=lambda remark: (remark.row, remark.refused))
    return book.closed()


def _refuse_copies(row: TidyRow, columns: EventColumns, seen: set[tuple[str, ...]]) -> None:
    if repeats_header(row):
        raise RowRefused(RowReason.REPEATED_HEADER)
    cells = tuple(row.cell(name) for name in columns.names)
    if cells in seen:
        raise RowRefused(RowReason.EXACT_DUPLICATE)
    seen.add(cells)


def _times(row: TidyRow, columns: EventColumns, order: DateOrder) -> Times:
    if not row.cell(columns.start):
        raise RowRefused(RowReason.MISSING_TIME)
    try:
        start = _dated(row, columns.start, columns.date, order)
        end = _dated(row, columns.end, columns.end_date, order) if row.cell(columns.end) else None
    except Unreadable as error:
        raise RowRefused(refusal_for(error)) from error
    try:
        seconds = read_seconds(row.cell(columns.duration), columns.duration_unit) if row.cell(columns.duration) else None
    except Unreadable as error:
        raise RowRefused(RowReason.UNREADABLE_DURATION) from error
    if start.day is None:
        raise RowRefused(RowReason.UNREADABLE_DATE)
    if end is None and seconds is None:
        raise RowRefused(RowReason.MISSING_TIME)
    return Times(start, end, seconds)


def _dated(row: TidyRow, column: str | None, date_column: str | None, order: DateOrder) -> Moment:
    moment = read_moment(row.cell(column), order)
    day_text = row.cell(date_column)
    if moment.day is not None or not day_text:
        return moment
    # A date column exported from a spreadsheet often carries a midnight that means nothing.
    day = read_date(day_text.replace("T", " ").split(" ")[0], order)
    return Moment(day, moment.clock, moment.offset, moment.marked, moment.written_hour, moment.carry)


def _stoppage(row: TidyRow, times: Times, columns: EventColumns, rules: ReadingRules, doubtful: frozenset[Moment]) -> Stoppage:
    machine, line = machine_and_line(row.cell(columns.machine), bool(columns.machine), rules)
    try:
        span = _span(row, times, rules)
    except Unreadable as error:
        raise RowRefused(refusal_for(error)) from error
    if times.start in doubtful or times.end in doubtful or _off_shift(times.start, span, rules):
        row.reasons.add(RowReason.AMBIGUOUS_CLOCK)
    if span.length > timedelta(seconds=rules.longest_seconds):
        raise RowRefused(RowReason.TOO_LONG)
    reason = row.cell(columns.reason)
    text = rules.reasons.get(name_of(reason), reason)
    kind = classified(text)
    return Stoppage(
        line=line,
        machine=machine,
        kind=kind,
        planned=is_planned(kind, text, row.cell(columns.planned)),
        reason=text,
        seconds=span.seconds,
        origin=Origin.EVENT,
        row=row.number,
        starts_at=span.start,
        ends_at=span.end,
        doubtful=RowReason.AMBIGUOUS_CLOCK in row.reasons,
    )


def _span(row: TidyRow, times: Times, rules: ReadingRules) -> Interval:
    start = resolved(times.start, rules.zone)
    lasting = timedelta(seconds=times.seconds or 0)
    end = _end(row, times.start, times.end, start, rules) if times.end else start + lasting
    if end == start:
        raise RowRefused(RowReason.ZERO_LENGTH)
    if end < start:
        twelve = times.end is not None and _right_later(times.end, start, end)
        raise RowRefused(RowReason.AMBIGUOUS_CLOCK if twelve else RowReason.END_BEFORE_START)
    if times.end and times.seconds is not None and abs(end - start - lasting) > TOLERATED:
        row.reasons.add(RowReason.LENGTH_DISAGREES)
    return Interval(start, end)


def _right_later(ended: Moment, start: datetime, end: datetime) -> bool:
    """Whether an end before its start fits twelve hours later: somebody may have written 1:04 for 13:04."""
    return ended.may_be_afternoon and timedelta() < end + HALF_DAY - start < PLAUSIBLE


def _end(row: TidyRow, begun: Moment, ended: Moment, start: datetime, rules: ReadingRules) -> datetime:
    if ended.day is not None:
        return resolved(ended, rules.zone)
    end = resolved(ended, rules.zone, begun.day)
    if end < start:
        if _right_later(ended, start, end):
            row.reasons.add(RowReason.AMBIGUOUS_CLOCK)
        row.reasons.add(RowReason.CROSSES_MIDNIGHT)
        next_day = None if begun.day is None else begun.day + DAY
        return resolved(ended, rules.zone, next_day)
    return end


def _off_shift(start: Moment, span: Interval, rules: ReadingRules) -> bool:
    if not rules.worked or not start.may_be_afternoon:
        return False
    twin = span.start + HALF_DAY
    at_work = any(worked.contains(span.start) for worked in rules.worked)
    return not at_work and any(worked.contains(twin) for worked in rules.worked)


def _add(book: LogBook, row: TidyRow, stoppage: Stoppage, rules: ReadingRules) -> None:
    book.flag(row)
    book.stoppages.append(stoppage)
    if stoppage.starts_at:
        book.days[stoppage.line].add(stoppage.starts_at.astimezone(rules.zone).date())
