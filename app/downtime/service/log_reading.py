"""From the rows of an import to what the readers of logs take: cells by column, each row's line, its conventions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from app.core.db import WriteTransaction
from app.core.errors import Invalid
from app.core.imports import ImportRow
from app.core.intervals import DAY, Interval, union
from app.downtime.domain.events_log import EventColumns, read_events
from app.downtime.domain.factors_log import FactorColumns, read_factors_of
from app.downtime.domain.samples_log import SampleColumns, read_samples
from app.downtime.domain.stoppages import ReadingRules, StoppageLog, clean
from app.downtime.service.log_options import LogMode, LogOptions, refused
from app.downtime.service.log_places import LogPlaces
from app.downtime.store import stoppages as store
from app.roster import service as roster

LONGEST = {"external_id": 128, "batch": 200}


@dataclass(slots=True)
class Reading:
    """One log on its way: the rows that can be placed with their cells, and the refusals of the others by row number."""

    source: str
    options: LogOptions
    places: LogPlaces
    columns: frozenset[str]
    rows: list[ImportRow] = field(default_factory=list)
    cells: list[dict[str, str]] = field(default_factory=list)
    refusals: dict[int, str] = field(default_factory=dict)

    @property
    def factors(self) -> tuple[str, ...]:
        """Columns that nobody mapped, in their order: in a log of factors each is one."""
        found = {name: None for cells in self.cells for name in cells if name not in self.columns}
        return tuple(name for name in found if name not in self.options.ignored)

    def used(self, column: str) -> str | None:
        """The column if any row fills it."""
        return column if any(cells.get(column, "").strip() for cells in self.cells) else None


def place_rows(reading: Reading, rows: Sequence[ImportRow]) -> None:
    """Sort rows into those that name a line the caller may map and refusals."""
    machine_named = any(clean(row.values.get("machine", "")) for row in rows)
    for row in rows:
        cells = dict(row.values)
        if _repeats_header(row, reading):
            reading.refusals[row.number] = "repeated_header: the header once more"
            continue
        why = _too_long(cells)
        if _names_its_column("batch", row, reading.options):
            # The second header of a log of factors carries their codes; its reader knows it by the batch column.
            cells |= {"batch": "batch", "machine": ""}
        elif not why:
            cells["machine"], why = reading.places.placed(row, machine_named)
        if why:
            reading.refusals[row.number] = why
            continue
        reading.rows.append(row)
        reading.cells.append(cells)


def _names_its_column(column: str, row: ImportRow, options: LogOptions) -> bool:
    cell = clean(row.values.get(column, "")).casefold()
    return bool(cell) and cell == options.mapping.get(column, column).strip().casefold()


def _repeats_header(row: ImportRow, reading: Reading) -> bool:
    filled = [name for name, cell in row.values.items() if cell.strip()]
    return bool(filled) and all(_names_its_column(name, row, reading.options) for name in filled)


def _too_long(cells: Mapping[str, str]) -> str:
    for column, longest in LONGEST.items():
        if len(cells.get(column, "")) > longest:
            return f"{column}: is longer than {longest} characters"
    return ""


async def read_log(tx: WriteTransaction, reading: Reading) -> StoppageLog:
    """The stoppages and remarks of a placed log. Raises Invalid when its columns do not fit its mode."""
    rules = ReadingRules(
        zone=reading.places.zone,
        lines=reading.places.line_of,
        reasons=await store.reasons(tx, reading.source),
        date_order=reading.options.date_order,
        clock=reading.options.clock,
        longest_seconds=reading.options.longest_seconds,
    )
    if not reading.cells:
        return StoppageLog((), (), 0)
    if reading.options.mode is LogMode.SAMPLES:
        return read_samples(reading.cells, _sample_columns(reading), rules)
    if reading.options.mode is LogMode.FACTORS:
        return await _read_factors(tx, reading, rules)
    columns = _event_columns(reading)
    log = read_events(reading.cells, columns, rules)
    worked = await _worked(tx, log)
    return read_events(reading.cells, columns, replace(rules, worked=worked)) if worked else log


def _needed(reading: Reading, column: str) -> str:
    if reading.used(column) is None:
        raise Invalid.field(f"#/mapping/{column}", f"No row has it; {reading.options.mode} need it.", "absent_column")
    return column


def _event_columns(reading: Reading) -> EventColumns:
    if not reading.used("duration"):
        _needed(reading, "ends_at")
    named: dict[str, Any] = {name: reading.used(name) for name in ("duration", "date", "end_date", "reason", "planned")}
    return EventColumns(
        start=_needed(reading, "starts_at"),
        end=reading.used("ends_at"),
        machine="machine",
        duration_unit=reading.options.duration_unit,
        **named,
    )


def _sample_columns(reading: Reading) -> SampleColumns:
    return SampleColumns(
        at=_needed(reading, "sampled_at"),
        machine="machine",
        product=reading.used("product"),
        state=reading.used("state"),
        every_seconds=reading.options.sample_seconds,
        stopped_states=reading.options.stopped_states,
    )


async def _read_factors(tx: WriteTransaction, reading: Reading, rules: ReadingRules) -> StoppageLog:
    columns = FactorColumns(_needed(reading, "batch"), reading.factors, "machine", reading.options.duration_unit)
    if not columns.factors:
        raise Invalid.field("#/options/mode", "A log of factors has a column for each of them.", "absent_column")
    line = only_line(reading.places)
    batches = await store.batches(tx, line, reading.source)
    return read_factors_of(reading.cells, columns, replace(rules, line=str(line)), batches)


def only_line(places: LogPlaces) -> UUID:
    """The one line a log is about. Raises Invalid when its rows name several or none."""
    lines = {center_id for center_id, _ in places.machines.values()}
    if len(lines) != 1:
        raise refused("work_center", "rows and batches belong together by line: send one line at a time")
    return lines.pop()


async def _worked(tx: WriteTransaction, log: StoppageLog) -> tuple[Interval, ...]:
    """The time in which the lines of a log have shifts, as far as the roster knows."""
    starts = [stoppage.starts_at for stoppage in log.stoppages if stoppage.starts_at]
    lines = sorted({UUID(stoppage.line) for stoppage in log.stoppages})
    if not starts:
        return ()
    shifts = await roster.shifts(tx, start=min(starts) - DAY, end=max(starts) + DAY, work_center_ids=lines)
    return union(shift.interval for shift in shifts)
