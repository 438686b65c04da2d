"""Logs with a row per batch and a column of minutes per factor."""

from datetime import UTC, datetime

from app.core.intervals import total_seconds
from app.downtime.domain.classify import StoppageKind
from app.downtime.domain.delimited import read_table
from app.downtime.domain.factors_log import BatchColumns, FactorColumns, read_batches
from app.downtime.domain.reading import read_stoppages, reason_table
from app.downtime.domain.stoppages import Origin, RowReason, StoppageLog, line_downtime
from tests.downtime.builders import reasons, rules

FACTORS = """Lot|Factor 1|2|3
Lot|1.0|2.0|3.0
A1|5.0|20.0|
A2|||
A3||60|70
A9|7||
A1|5.0|20.0|
A4||x|
|1||
A5||30|
"""
LOTS = """Lot|Day|From|To
A1|2026-05-04|08:00|10:00
A2|2026-05-04|10:00|11:00
A3|2026-05-04|11:00|13:00
A4|2026-05-04|13:00|22:30
A5|2026-05-05|22:30|1900-01-01 01:00:00
A6|2026-05-05|late|later
"""
CODES = "Code|Text\n1|Conveyor jam\n2|Batch change\n3|Cleaning\n"
BATCHES = BatchColumns("Lot", "Day", "From", "To")


def read(factors: str = FACTORS, lots: str = LOTS) -> StoppageLog:
    codes = reason_table(read_table(CODES).rows, "Code", "Text")
    return read_stoppages(read_table(factors).rows, FactorColumns("Lot"), rules(reasons=codes), read_table(lots).rows, BATCHES)


def test_each_filled_cell_is_a_stoppage_and_a_blank_is_none() -> None:
    log = read()
    assert [(stop.row, stop.reason, stop.seconds // 60) for stop in log.stoppages] == [
        (2, "Batch change", 20),
        (2, "Conveyor jam", 5),
        (4, "Batch change", 60),
        (4, "Cleaning", 70),
        (5, "Conveyor jam", 7),
        (9, "Batch change", 30),
    ]
    assert log.total_seconds == 192 * 60
    assert {stop.origin for stop in log.stoppages} == {Origin.FACTOR}


def test_every_odd_row_is_answered_for() -> None:
    assert reasons(read()) == {
        1: {RowReason.REPEATED_HEADER},
        4: {RowReason.LONGER_THAN_BATCH},
        5: {RowReason.ORPHAN_BATCH},
        6: {RowReason.EXACT_DUPLICATE},
        7: {RowReason.UNREADABLE_DURATION},
        8: {RowReason.MISSING_BATCH},
        9: {RowReason.DATE_OF_END},
    }


def test_changeovers_come_first_in_their_batch_and_none_is_exact() -> None:
    first, second = read().stoppages[:2]
    assert first.kind is StoppageKind.CHANGEOVER
    assert first.starts_at == datetime(2026, 5, 4, 6, tzinfo=UTC)
    assert second.starts_at == first.ends_at
    assert not first.exact
    assert line_downtime(read().stoppages) == {}


def test_laid_out_stops_stay_within_their_batches() -> None:
    by_line = line_downtime(read().stoppages, exact_only=False)
    # A3 has 130 minutes of stops in a batch of 120, and the day of A5 is in doubt.
    assert total_seconds(by_line["line 1"]) == (25 + 120) * 60


def test_an_orphan_keeps_its_minutes_without_times() -> None:
    orphan = read().stoppages[4]
    assert (orphan.starts_at, orphan.interval, orphan.seconds) == (None, None, 420)


def test_a_batch_that_ends_on_an_epoch_day_crosses_midnight() -> None:
    batch = read_batches(read_table(LOTS).rows, BATCHES, rules())["A5"]
    assert batch.span.seconds == 150 * 60
    assert batch.date_of_end


def test_without_batches_the_minutes_remain() -> None:
    log = read_stoppages(read_table(FACTORS).rows, FactorColumns("Lot"), rules())
    assert log.total_seconds == 192 * 60
    assert {stop.reason for stop in log.stoppages} == {"1", "2", "3"}


def test_a_batch_with_other_minutes_is_counted_and_flagged() -> None:
    log = read("Lot|1\nA1|5\nA1|6\n")
    assert log.total_seconds == 11 * 60
    assert reasons(log)[2] == {RowReason.REPEATED_BATCH}
