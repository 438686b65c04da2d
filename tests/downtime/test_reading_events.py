"""Event logs of lines: what is read, and what is said about each row that is refused or flagged."""

# Wall times are naive on purpose: the zone stands beside them.
# ruff: noqa: DTZ001

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.intervals import Interval, total_seconds, union
from app.downtime.domain.classify import StoppageKind, StoppageSize
from app.downtime.domain.delimited import read_table
from app.downtime.domain.events_log import EventColumns
from app.downtime.domain.moments import Clock, DateOrder
from app.downtime.domain.reading import read_stoppages
from app.downtime.domain.stoppages import RowReason, StoppageLog, line_downtime
from tests.downtime.builders import BERLIN, UTC_ZONE, reasons, rules

COLUMNS = EventColumns(start="start", end="end", machine="machine", reason="reason")


def row(
    start: str = "2026-05-04 08:00", end: str = "2026-05-04 08:10", machine: str = "M1", reason: str = "jam"
) -> dict[str, object]:
    return {"start": start, "end": end, "machine": machine, "reason": reason}


def read(*rows: dict[str, object], columns: EventColumns = COLUMNS, **fields: object) -> StoppageLog:
    return read_stoppages(rows, columns, rules(**fields))  # type: ignore[arg-type]


def only_reason(log: StoppageLog) -> RowReason:
    assert log.stoppages == ()
    (remark,) = log.refused
    return remark.reason


def test_a_clean_row_becomes_a_stoppage_in_utc() -> None:
    log = read(row())
    (stop,) = log.stoppages
    assert stop.starts_at == datetime(2026, 5, 4, 6, tzinfo=UTC)
    assert (stop.seconds, stop.machine, stop.line) == (600, "M1", "line 1")
    assert (stop.kind, stop.planned, stop.size) == (StoppageKind.BREAKDOWN, False, StoppageSize.LONG)
    assert log.remarks == ()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"end": "2026-05-04 07:50"}, RowReason.END_BEFORE_START),
        ({"end": "2026-05-04 08:00"}, RowReason.ZERO_LENGTH),
        ({"machine": ""}, RowReason.MISSING_MACHINE),
        ({"machine": "\u00a0 "}, RowReason.MISSING_MACHINE),
        ({"start": ""}, RowReason.MISSING_TIME),
        ({"end": ""}, RowReason.MISSING_TIME),
        ({"start": "yesterday"}, RowReason.UNREADABLE_TIME),
        ({"start": "2026-02-30 08:00"}, RowReason.UNREADABLE_DATE),
        ({"start": "2026-05-04 25:00"}, RowReason.UNREADABLE_TIME),
        ({"start": "08:00"}, RowReason.UNREADABLE_DATE),
        ({"end": "2026-05-09 08:00"}, RowReason.TOO_LONG),
        ({"start": "05/04/2026 08:00", "end": "05/04/2026 08:10"}, RowReason.AMBIGUOUS_DATE),
        ({"start": "start", "end": "end", "machine": "machine", "reason": "reason"}, RowReason.REPEATED_HEADER),
        ({"start": "0001-01-01 00:10"}, RowReason.UNREADABLE_DATE),
    ],
)
def test_a_row_that_cannot_be_true_is_refused_with_its_reason(changes: dict[str, str], reason: RowReason) -> None:
    assert only_reason(read(row(**changes))) is reason


def test_an_exact_duplicate_is_refused_once_per_copy() -> None:
    log = read(row(), row(reason="jam "), row(reason="clean"), row())
    assert [stop.row for stop in log.stoppages] == [1, 3]
    assert [(remark.row, remark.reason) for remark in log.refused] == [
        (2, RowReason.EXACT_DUPLICATE),
        (4, RowReason.EXACT_DUPLICATE),
    ]


def test_marks_and_odd_spaces_are_cleaned_and_flagged() -> None:
    log = read({"\ufeffstart": "2026-05-04 08:00", "end": "2026-05-04\u202f08:10", "machine": "M\u00a01", "reason": ""})
    (stop,) = log.stoppages
    assert stop.machine == "M 1"
    assert reasons(log) == {1: {RowReason.BYTE_ORDER_MARK, RowReason.NO_BREAK_SPACE}}
    assert log.refused == ()


def test_an_end_without_a_date_may_lie_after_midnight() -> None:
    log = read(row("2026-05-04 22:55", "01:05"))
    assert log.stoppages[0].seconds == 130 * 60
    assert not log.stoppages[0].doubtful
    assert reasons(log) == {1: {RowReason.CROSSES_MIDNIGHT}}


def test_a_spreadsheet_epoch_is_not_the_day_of_the_end() -> None:
    log = read(row("2026-05-04 22:55", "1900-01-01 01:05:00"))
    assert log.stoppages[0].ends_at == datetime(2026, 5, 4, 23, 5, tzinfo=UTC)


def test_an_end_that_would_fit_twelve_hours_later_is_not_believed() -> None:
    undated = read(row("2026-05-04 12:50", "1:04"))
    assert undated.stoppages[0].doubtful
    assert RowReason.AMBIGUOUS_CLOCK in reasons(undated)[1]
    assert only_reason(read(row("2026-05-04 12:50", "2026-05-04 01:04"))) is RowReason.AMBIGUOUS_CLOCK


def test_unmarked_hours_beside_marked_ones_are_flagged() -> None:
    log = read(
        row("2026-05-04 08:00 AM", "2026-05-04 08:10 am"),
        row("2026-05-04 1:00", "2026-05-04 1:04"),
        row("2026-05-04 12:05 a.m.", "2026-05-04 12:20 AM"),
        row("2026-05-04 13:00", "2026-05-04 13:04"),
    )
    assert [stop.doubtful for stop in log.stoppages] == [False, True, False, False]
    assert log.stoppages[2].starts_at == datetime(2026, 5, 3, 22, 5, tzinfo=UTC)


def test_single_digits_beside_padded_hours_are_flagged() -> None:
    log = read(row("2026-05-04 09:00", "2026-05-04 09:04"), row("2026-05-04 14:00", "2026-05-04 14:04"),
               row("2026-05-04 1:00", "2026-05-04 1:04"))  # fmt: skip
    assert [stop.doubtful for stop in log.stoppages] == [False, False, True]


def test_a_log_with_small_hours_and_no_afternoon_is_flagged_as_a_whole() -> None:
    rows = [
        row(f"2026-05-{day:02} {hour:02}:00", f"2026-05-{day:02} {hour:02}:05") for day in range(1, 6) for hour in (7, 11, 2, 4)
    ]
    assert all(stop.doubtful for stop in read(*rows).stoppages)
    assert not any(stop.doubtful for stop in read(*rows, clock=Clock.H24).stoppages)
    assert not any(stop.doubtful for stop in read(*rows[::4]).stoppages)


def test_a_morning_without_a_shift_whose_afternoon_has_one_is_flagged() -> None:
    day = Interval(datetime(2026, 5, 4, 4, tzinfo=UTC), datetime(2026, 5, 4, 20, tzinfo=UTC))
    log = read(row("2026-05-04 01:04", "2026-05-04 01:08"), row(), worked=(day,))
    assert [stop.doubtful for stop in log.stoppages] == [True, False]


def test_doubtful_stops_do_not_stop_the_line() -> None:
    log = read(row("2026-05-04 12:50", "1:04"), row())
    assert total_seconds(line_downtime(log.stoppages)["line 1"]) == 600


def test_days_and_months_are_told_apart_by_the_column() -> None:
    log = read(row("05/04/2026 08:00", "05/04/2026 08:10"), row("05/25/2026 08:00", "05/25/2026 08:10"))
    assert [stop.starts_at.day for stop in log.stoppages if stop.starts_at] == [4, 25]
    told = read(row("05/04/2026 08:00", "05/04/2026 08:10"), date_order=DateOrder.DMY)
    assert told.stoppages[0].starts_at == datetime(2026, 4, 5, 6, tzinfo=UTC)
    dotted = read(row("05.04.26 08:00", "05.04.26 08:10"))
    assert dotted.stoppages[0].starts_at == datetime(2026, 4, 5, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("duration", "unit", "seconds"),
    [("12", 60, 720), ("12.5", 60, 750), ("12,5", 60, 750), ("90", 1, 90), ("00:12:30", 60, 750), ("1:30", 60, 5400)],
)
def test_a_length_may_stand_for_the_end(duration: str, unit: int, seconds: int) -> None:
    columns = EventColumns(start="start", duration="minutes", duration_unit=unit)
    log = read({"start": "2026-05-04T08:00:00Z", "minutes": duration}, columns=columns)
    assert log.stoppages[0].seconds == seconds
    assert log.stoppages[0].machine == "line 1"


@pytest.mark.parametrize("duration", ["-5", "five", "1e9", "NaN", "99999999", "1.2.3"])
def test_a_length_that_is_no_length_is_refused(duration: str) -> None:
    columns = EventColumns(start="start", duration="minutes")
    assert only_reason(read({"start": "2026-05-04 08:00", "minutes": duration}, columns=columns)) is RowReason.UNREADABLE_DURATION


def test_a_length_that_contradicts_the_end_is_flagged() -> None:
    columns = EventColumns(start="start", end="end", duration="minutes")
    log = read(row() | {"minutes": "25"}, row("2026-05-04 09:00", "2026-05-04 09:10") | {"minutes": 10}, columns=columns)
    assert [stop.seconds for stop in log.stoppages] == [600, 600]
    assert reasons(log) == {1: {RowReason.LENGTH_DISAGREES}}


def test_dates_and_times_may_stand_apart() -> None:
    columns = EventColumns(start="from", end="to", date="day")
    log = read(
        {"day": "2026-05-04 00:00:00", "from": "23:50", "to": "00:10"},
        {"day": "2026-05-05", "from": "10.15", "to": "10.20"},
        columns=columns,
    )
    assert [stop.seconds for stop in log.stoppages] == [1200, 300]


def test_a_stop_over_a_clock_change_has_its_real_length() -> None:
    assert read(row("2026-03-29 01:50", "2026-03-29 03:10")).stoppages[0].seconds == 20 * 60
    assert read(row("2026-10-25 01:50", "2026-10-25 03:10")).stoppages[0].seconds == 140 * 60


def test_instants_with_offsets_and_unix_times_need_no_zone() -> None:
    log = read(row("2026-05-04T08:00:00+05:45", "2026-05-04T08:10:00+0545"), row("1777881600", "1777881900000"))
    assert [stop.starts_at for stop in log.stoppages] == [
        datetime(2026, 5, 4, 2, 15, tzinfo=UTC),
        datetime(2026, 5, 4, 8, 0, tzinfo=UTC),
    ]
    assert [stop.seconds for stop in log.stoppages] == [600, 300]


def test_machines_of_one_line_stand_as_one_line() -> None:
    others = row("2026-05-04 08:05", "2026-05-04 08:20", "M2"), row(machine="M9")
    log = read(row(), *others, line="", lines={"M1": "A", "M2": "A"})
    standing = line_downtime(log.stoppages)
    assert {line: total_seconds(spans) for line, spans in standing.items()} == {"A": 1200, "M9": 600}
    assert log.total_seconds == 600 + 900 + 600


def test_reason_codes_are_read_through_their_table_and_planned_columns_win() -> None:
    columns = EventColumns(start="start", end="end", reason="reason", planned="planned")
    log = read(row(reason="2.0") | {"planned": ""}, row(reason="7") | {"planned": "yes"}, columns=columns,
               reasons={"2": "Batch change", "7": "Motor failure"})  # fmt: skip
    assert [(stop.kind, stop.planned) for stop in log.stoppages] == [
        (StoppageKind.CHANGEOVER, True),
        (StoppageKind.BREAKDOWN, True),
    ]


def test_a_log_of_events_needs_an_end_or_a_length() -> None:
    with pytest.raises(ValueError, match="end or a duration"):
        EventColumns(start="start")


SEMICOLONS = """\ufeffmachine;start;end;reason
Press 1;04.05.2026 08:00;04.05.2026 08:04;Werkzeugwechsel
Press 2;04.05.2026 08:02;04.05.2026 08:08;"Störung; Band"
Press 1;04.05.2026 08:00;04.05.2026 08:04;Werkzeugwechsel
;04.05.2026 09:00;04.05.2026 09:01;Reinigung
machine;start;end;reason
Press 1;04.05.2026 10:00;04.05.2026 09:59;Wartung
Press 1;04.05.2026 13:00;04.05.2026 13:03;Reinigung
"""


def test_a_whole_file_tells_about_every_row() -> None:
    log = read_stoppages(read_table(SEMICOLONS).rows, COLUMNS, rules())
    assert [stop.row for stop in log.stoppages] == [1, 2, 7]
    assert [stop.kind for stop in log.stoppages][1:] == [StoppageKind.BREAKDOWN, StoppageKind.CLEANING]
    assert {remark.row: remark.reason for remark in log.refused} == {
        3: RowReason.EXACT_DUPLICATE,
        4: RowReason.MISSING_MACHINE,
        5: RowReason.REPEATED_HEADER,
        6: RowReason.END_BEFORE_START,
    }
    assert log.days == {"line 1": frozenset({datetime(2026, 5, 4).date()})}


times = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 30)).map(lambda at: at.replace(microsecond=0))


@given(st.lists(st.tuples(times, st.integers(1, 86_400)), max_size=12))
def test_what_a_machine_writes_in_utc_is_read_to_the_second(stops: list[tuple[datetime, int]]) -> None:
    rows = [row(f"{at.isoformat()}Z", f"{(at + timedelta(seconds=length)).isoformat()}Z") for at, length in stops]
    log = read_stoppages(rows, COLUMNS, rules(zone=UTC_ZONE))
    expected = {Interval(at.replace(tzinfo=UTC), at.replace(tzinfo=UTC) + timedelta(seconds=length)) for at, length in stops}
    assert {stop.interval for stop in log.stoppages} == expected
    assert total_seconds(line_downtime(log.stoppages).get("line 1", ())) == total_seconds(union(expected))
    assert len(log.stoppages) + len(log.refused) == len(rows)


@given(st.lists(st.fixed_dictionaries({name: st.text(max_size=25) for name in ("start", "end", "machine", "reason")})))
def test_no_text_breaks_the_reader_and_every_row_is_answered_for(rows: list[dict[str, object]]) -> None:
    log = read_stoppages(rows, COLUMNS, rules(zone=BERLIN))
    assert {stop.row for stop in log.stoppages} | {remark.row for remark in log.refused} == set(range(1, len(rows) + 1))
    assert {stop.row for stop in log.stoppages}.isdisjoint(remark.row for remark in log.refused)


DATES = ["2026-05-04", "04/05/2026", "1900-01-01", "9999-12-31", "1777881600", " ", "T"]
CLOCKS = ["00:00", "24:00", "12:30 AM", "13:00pm", "1:04", "+14:00", "-99:99", "Z", "٣", "²", "0"]
pieces = st.lists(st.sampled_from(DATES + CLOCKS), max_size=4).map("".join)


@given(st.lists(st.tuples(pieces, pieces), max_size=6))
def test_no_mix_of_dates_and_times_breaks_the_reader(cells: list[tuple[str, str]]) -> None:
    log = read_stoppages([row(start, end) for start, end in cells], COLUMNS, rules(zone=BERLIN))
    assert len(log.stoppages) + len(log.refused) == len(cells)
    assert all(0 < stop.seconds <= 86_400 for stop in log.stoppages)
