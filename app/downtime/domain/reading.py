"""Reads a line's own log into stoppages; the column mapping decides which of the three kinds of log it is."""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from app.downtime.domain.events_log import EventColumns, read_events
from app.downtime.domain.factors_log import BatchColumns, FactorColumns, read_factors
from app.downtime.domain.samples_log import SampleColumns, read_samples
from app.downtime.domain.stoppages import ReadingRules, Row, StoppageLog, clean, name_of

LogColumns: TypeAlias = EventColumns | FactorColumns | SampleColumns


def read_stoppages(
    rows: Sequence[Row],
    columns: LogColumns,
    rules: ReadingRules,
    batches: Sequence[Row] = (),
    batch_columns: BatchColumns | None = None,
) -> StoppageLog:
    """Every row of a log as stoppages or as a remark with its reason; nothing is dropped in silence."""
    if isinstance(columns, EventColumns):
        return read_events(rows, columns, rules)
    if isinstance(columns, SampleColumns):
        return read_samples(rows, columns, rules)
    return read_factors(rows, columns, rules, batches, batch_columns)


def reason_table(rows: Iterable[Row], code: str, text: str) -> dict[str, str]:
    """A table of reason codes as a mapping for ReadingRules; rows without a code are left out."""
    cells = ({clean(name): clean(value) for name, value in row.items()} for row in rows)
    return {name_of(row[code]): row.get(text, "") for row in cells if row.get(code)}
