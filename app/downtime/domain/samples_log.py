"""Logs of machine states sampled every few minutes: missing samples are stops, a new product is a changeover."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from app.core.intervals import Interval
from app.downtime.domain.classify import PLANNED_KINDS, StoppageKind
from app.downtime.domain.moments import (
    DateOrder,
    Moment,
    Unreadable,
    doubtful_hours,
    infer_order,
    read_moment,
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


@dataclass(frozen=True, slots=True)
class SampleColumns:
    """Which column holds what, how often samples come, and which states mean that the machine stands."""

    at: str
    machine: str | None = None
    product: str | None = None
    state: str | None = None
    every_seconds: int = 300
    stopped_states: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.every_seconds <= 0:
            raise ValueError("samples come every so many seconds, at least one")


@dataclass(frozen=True, slots=True)
class Sample:
    """One state of one machine."""

    at: datetime
    row: int
    machine: str
    line: str
    product: str
    stopped: bool
    doubtful: bool


def read_samples(rows: Sequence[Row], columns: SampleColumns, rules: ReadingRules) -> StoppageLog:
    """Stoppages of a log of samples, per machine in order of time.

    A stop begins one interval after the last sample and ends at the next one. A product change without a stop lies
    somewhere between two samples: its bounds are given and it is not exact.
    """
    book = LogBook(len(rows))
    by_machine: dict[str, list[Sample]] = defaultdict(list)
    for sample in _samples(rows, columns, rules, book):
        by_machine[sample.machine].append(sample)
        book.days[sample.line].add(sample.at.astimezone(rules.zone).date())
    for samples in by_machine.values():
        samples.sort(key=lambda sample: sample.at)
        for before, after in pairwise(samples):
            book.stoppages.extend(_between(before, after, timedelta(seconds=columns.every_seconds)))
        book.stoppages.extend(_standing(samples, timedelta(seconds=columns.every_seconds)))
    book.stoppages.sort(key=lambda stoppage: (stoppage.line, stoppage.machine, str(stoppage.starts_at)))
    return book.closed()


def _samples(rows: Sequence[Row], columns: SampleColumns, rules: ReadingRules, book: LogBook) -> Iterator[Sample]:
    tidy = list(tidied(rows, (columns.at, columns.machine, columns.product, columns.state)))
    order = rules.date_order
    if order is DateOrder.AUTO:
        order = infer_order(row.cell(columns.at) for row in tidy)
    read: list[tuple[TidyRow, Moment]] = []
    for row in tidy:
        try:
            read.append((row, _moment(row, columns, order)))
        except RowRefused as refusal:
            book.refuse(row, refusal.reason)
    doubtful = doubtful_hours([moment for _, moment in read], rules.clock)
    seen: set[tuple[str, datetime]] = set()
    for row, moment in read:
        if moment in doubtful:
            row.reasons.add(RowReason.AMBIGUOUS_CLOCK)
        try:
            sample = _sample(row, moment, columns, rules, seen)
        except RowRefused as refusal:
            book.refuse(row, refusal.reason)
            continue
        seen.add((sample.machine, sample.at))
        book.flag(row)
        yield sample


def _moment(row: TidyRow, columns: SampleColumns, order: DateOrder) -> Moment:
    if repeats_header(row):
        raise RowRefused(RowReason.REPEATED_HEADER)
    if not row.cell(columns.at):
        raise RowRefused(RowReason.MISSING_TIME)
    try:
        moment = read_moment(row.cell(columns.at), order)
    except Unreadable as error:
        raise RowRefused(refusal_for(error)) from error
    if moment.day is None:
        raise RowRefused(RowReason.UNREADABLE_DATE)
    return moment


def _sample(
    row: TidyRow, moment: Moment, columns: SampleColumns, rules: ReadingRules, seen: AbstractSet[tuple[str, datetime]]
) -> Sample:
    machine, line = machine_and_line(row.cell(columns.machine), bool(columns.machine), rules)
    try:
        at = resolved(moment, rules.zone)
    except Unreadable as error:
        raise RowRefused(refusal_for(error)) from error
    if (machine, at) in seen:
        raise RowRefused(RowReason.EXACT_DUPLICATE)
    return Sample(
        at=at,
        row=row.number,
        machine=machine,
        line=line,
        product=name_of(row.cell(columns.product)),
        stopped=name_of(row.cell(columns.state)) in columns.stopped_states,
        doubtful=RowReason.AMBIGUOUS_CLOCK in row.reasons,
    )


def _between(before: Sample, after: Sample, every: timedelta) -> Iterator[Stoppage]:
    changed = bool(before.product and after.product) and before.product != after.product
    if after.at - before.at > every:
        kind = StoppageKind.CHANGEOVER if changed else StoppageKind.OTHER
        yield _stop(after, Interval(before.at + every, after.at), kind, Origin.GAP)
    elif changed:
        yield _stop(after, Interval(before.at, after.at), StoppageKind.CHANGEOVER, Origin.PRODUCT_CHANGE)


def _standing(samples: Sequence[Sample], every: timedelta) -> Iterator[Stoppage]:
    """Runs of samples in a stopped state; a gap ends a run, because the gap is a stop of its own."""
    run: list[Sample] = []
    for sample in samples:
        if run and (not sample.stopped or sample.at - run[-1].at > every):
            yield _stop(run[0], Interval(run[0].at, min(sample.at, run[-1].at + every)), StoppageKind.OTHER, Origin.STATE)
            run = []
        if sample.stopped:
            run.append(sample)
    if run:
        yield _stop(run[0], Interval(run[0].at, run[-1].at + every), StoppageKind.OTHER, Origin.STATE)


def _stop(sample: Sample, span: Interval, kind: StoppageKind, origin: Origin) -> Stoppage:
    return Stoppage(
        line=sample.line,
        machine=sample.machine,
        kind=kind,
        planned=kind in PLANNED_KINDS,
        reason="",
        seconds=span.seconds,
        origin=origin,
        row=sample.row,
        starts_at=span.start,
        ends_at=span.end,
        exact=origin is not Origin.PRODUCT_CHANGE,
        doubtful=sample.doubtful,
    )
