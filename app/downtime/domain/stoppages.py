"""Stoppages read from a line's own log: the values, the reasons why a row is refused or flagged, and cell cleaning."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias
from zoneinfo import ZoneInfo

from app.core.intervals import Interval, union
from app.downtime.domain.classify import StoppageKind, StoppageSize, sized
from app.downtime.domain.moments import Clock, DateOrder, Unreadable

Row: TypeAlias = Mapping[str, object]


class Origin(StrEnum):
    """How a stoppage shows in its log."""

    EVENT = "event"
    FACTOR = "factor"
    GAP = "gap"
    STATE = "state"
    PRODUCT_CHANGE = "product_change"


class RowReason(StrEnum):
    """Why a row was refused or flagged."""

    REPEATED_HEADER = "repeated_header"
    MISSING_MACHINE = "missing_machine"
    MISSING_TIME = "missing_time"
    MISSING_BATCH = "missing_batch"
    UNREADABLE_DATE = "unreadable_date"
    UNREADABLE_TIME = "unreadable_time"
    UNREADABLE_DURATION = "unreadable_duration"
    AMBIGUOUS_DATE = "ambiguous_date"
    AMBIGUOUS_CLOCK = "ambiguous_clock"
    END_BEFORE_START = "end_before_start"
    ZERO_LENGTH = "zero_length"
    TOO_LONG = "too_long"
    EXACT_DUPLICATE = "exact_duplicate"
    BYTE_ORDER_MARK = "byte_order_mark"
    NO_BREAK_SPACE = "no_break_space"
    CROSSES_MIDNIGHT = "crosses_midnight"
    LENGTH_DISAGREES = "length_disagrees"
    DATE_OF_END = "date_of_end"
    ORPHAN_BATCH = "orphan_batch"
    REPEATED_BATCH = "repeated_batch"
    LONGER_THAN_BATCH = "longer_than_batch"


@dataclass(frozen=True, slots=True)
class Remark:
    """One row's reason; a refused row gives no stoppage, a flagged one does. Rows count from 1 below the header."""

    row: int
    reason: RowReason
    refused: bool = False


class RowRefused(Exception):
    """Ends the reading of one row; the reader turns it into a remark."""

    def __init__(self, reason: RowReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


def refusal_for(error: Unreadable) -> RowReason:
    """The reason of a row whose date, time or number cannot be read."""
    if error.ambiguous:
        return RowReason.AMBIGUOUS_DATE
    return {"date": RowReason.UNREADABLE_DATE, "time": RowReason.UNREADABLE_TIME}.get(str(error), RowReason.UNREADABLE_DURATION)


@dataclass(frozen=True, slots=True)
class Stoppage:
    """One stop of a machine. Without times only its length is known; `exact` is false when they are only bounds.

    A doubtful stoppage has a clock time that may mean another half of the day: never open a window from it.
    """

    line: str
    machine: str
    kind: StoppageKind
    planned: bool
    reason: str
    seconds: int
    origin: Origin
    row: int
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    exact: bool = True
    doubtful: bool = False

    @property
    def interval(self) -> Interval | None:
        return Interval(self.starts_at, self.ends_at) if self.starts_at and self.ends_at else None

    @property
    def size(self) -> StoppageSize:
        return sized(self.seconds)


@dataclass(frozen=True, slots=True)
class StoppageLog:
    """What a log gave: stoppages in row order, remarks, the number of rows, and the local dates seen per line."""

    stoppages: tuple[Stoppage, ...]
    remarks: tuple[Remark, ...]
    rows: int
    days: Mapping[str, frozenset[date]] = field(default_factory=dict)

    @property
    def total_seconds(self) -> int:
        """All stop time as the log counts it, machine by machine."""
        return sum(stoppage.seconds for stoppage in self.stoppages)

    @property
    def refused(self) -> tuple[Remark, ...]:
        return tuple(remark for remark in self.remarks if remark.refused)

    @property
    def flagged(self) -> tuple[Remark, ...]:
        return tuple(remark for remark in self.remarks if not remark.refused)


@dataclass(frozen=True, slots=True)
class ReadingRules:
    """How a site's log is to be read: its zone, its conventions, which machines form a line, what reason codes mean.

    `line` names the line of a log without a machine column. `worked` is the time in which the line has shifts: a
    morning hour outside it whose afternoon twin lies inside is flagged. Stops beyond `longest_seconds` are refused.
    """

    zone: ZoneInfo
    line: str = ""
    lines: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    date_order: DateOrder = DateOrder.AUTO
    clock: Clock = Clock.AUTO
    longest_seconds: int = 24 * 3600
    worked: tuple[Interval, ...] = ()


@dataclass(slots=True)
class TidyRow:
    """A row with clean cells, and what its cells gave away on the way."""

    number: int
    cells: dict[str, str]
    reasons: set[RowReason]

    def cell(self, column: str | None) -> str:
        """The clean text of a mapped column, empty when it is unmapped or blank."""
        return self.cells.get(column, "") if column else ""


@dataclass(slots=True)
class LogBook:
    """Collects what the readers find, in row order."""

    rows: int
    stoppages: list[Stoppage] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    days: dict[str, set[date]] = field(default_factory=lambda: defaultdict(set))

    def refuse(self, row: TidyRow, reason: RowReason) -> None:
        """Note the row as refused, together with what else was wrong with it."""
        self.flag(row)
        self.remarks.append(Remark(row.number, reason, refused=True))

    def flag(self, row: TidyRow) -> None:
        """Note everything that is odd about a row."""
        self.remarks.extend(Remark(row.number, reason) for reason in sorted(row.reasons))

    def closed(self) -> StoppageLog:
        """The finished log."""
        days = {line: frozenset(seen) for line, seen in self.days.items()}
        return StoppageLog(tuple(self.stoppages), tuple(self.remarks), self.rows, days)


MARKS = re.compile("[\ufeff\u200b\u200c\u200d\u2060]")
SPACES = re.compile(r"\s+")
WHOLE_FLOAT = re.compile(r"(-?\d+)\.0+")


def clean(cell: object) -> str:
    """The text of a cell without marks and odd spaces; None is empty."""
    return SPACES.sub(" ", MARKS.sub("", "" if cell is None else str(cell))).strip()


def name_of(cell: str) -> str:
    """A name or code; integers written as floats (`3.0`) are integers."""
    whole = WHOLE_FLOAT.fullmatch(cell)
    return whole[1] if whole else cell


def tidied(rows: Sequence[Row], columns: Iterable[str | None]) -> Iterator[TidyRow]:
    """Clean rows with only the mapped columns; header names are cleaned too, so a marked first column is found."""
    wanted = {column for column in columns if column}
    for number, row in enumerate(rows, start=1):
        cells, reasons = {}, set()
        for name, value in row.items():
            column = clean(name)
            if column not in wanted:
                continue
            text = "" if value is None else str(value)
            cells[column] = clean(text)
            if "\ufeff" in text or (number == 1 and "\ufeff" in str(name)):
                reasons.add(RowReason.BYTE_ORDER_MARK)
            if any(space in text for space in "\u00a0\u202f\u2007"):
                reasons.add(RowReason.NO_BREAK_SPACE)
        yield TidyRow(number, cells, reasons)


def repeats_header(row: TidyRow) -> bool:
    """Whether the row is the header once more."""
    filled = {column: cell for column, cell in row.cells.items() if cell}
    return bool(filled) and all(column.casefold() == cell.casefold() for column, cell in filled.items())


def machine_and_line(cell: str, mapped: bool, rules: ReadingRules) -> tuple[str, str]:
    """The machine a row names and the line it belongs to; RowRefused when a mapped machine cell is blank."""
    if mapped and not cell:
        raise RowRefused(RowReason.MISSING_MACHINE)
    machine = name_of(cell) or rules.line
    return machine, rules.lines.get(machine, rules.line or machine)


def line_downtime(stoppages: Iterable[Stoppage], *, exact_only: bool = True) -> dict[str, tuple[Interval, ...]]:
    """The time in which each line stood: the union over its machines, without doubtful or unplaced stops.

    Stops whose times are only bounds or laid out within a batch count when `exact_only` is off.
    """
    by_line: dict[str, list[Interval]] = defaultdict(list)
    for stoppage in stoppages:
        if stoppage.interval and not stoppage.doubtful and (stoppage.exact or not exact_only):
            by_line[stoppage.line].append(stoppage.interval)
    return {line: union(intervals) for line, intervals in by_line.items()}
