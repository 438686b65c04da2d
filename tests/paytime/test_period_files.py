"""The rules of payroll files: workdays, rounding, cells that no spreadsheet takes for a formula."""

import csv
import io
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import text

from app.core.ids import new_id
from app.paytime.domain import PayKind
from app.paytime.domain.exports import ExportFormat, Sheet, adp_epi, checksum, file_name, generic_csv, hours, ukg
from app.paytime.domain.periods import (
    Frequency,
    LinkedEntry,
    PayPeriod,
    PeriodStatus,
    Rounding,
    Rules,
    content,
    last_day,
    periods_until,
    pieces,
    rounded,
)
from app.paytime.domain.periods import Line as PeriodLine
from app.paytime.domain.workdays import by_workday, day_begins, workday
from app.paytime.service.workbook import excel
from benchmarks.harness.cells import PAYLOADS, is_formula
from tests.servers import Postgres, sync_engine

# Zones whose clocks change at midnight, by half an hour, by two hours, on odd offsets, or not at all.
ZONES = (
    "Europe/Berlin", "Europe/Madrid", "Europe/London", "America/New_York", "America/Havana", "America/St_Johns",
    "America/Santiago", "America/Asuncion", "Asia/Beirut", "Asia/Kathmandu", "Asia/Tokyo", "Africa/Cairo", "Africa/Casablanca",
    "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham", "Antarctica/Troll", "Asia/Gaza", "UTC",
)  # fmt: skip
MIDNIGHT, SIX = time(0), time(6)
PLAIN = Rules(MIDNIGHT, Rounding.NONE, 60)


@pytest.fixture(scope="module")
def oracle(database: Postgres) -> Iterator[Any]:
    engine = sync_engine(database.owner)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@given(
    zone=st.sampled_from(ZONES),
    start=st.integers(0, 4 * 365 * 86_400).map(lambda seconds: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)),
    seconds=st.integers(1, 3 * 86_400),
    starts=st.times().map(lambda t: t.replace(minute=t.minute // 30 * 30, second=0, microsecond=0)),
)
def test_an_interval_is_cut_into_days_without_losing_a_second(zone: str, start: datetime, seconds: int, starts: time) -> None:
    cut = list(by_workday(start, start + timedelta(seconds=seconds), zone, starts))
    assert sum(length for _, length in cut) == seconds
    assert all(length > 0 for _, length in cut)
    days = [day for day, _ in cut]
    assert days == sorted(set(days))
    at = start
    for day, length in cut:
        assert workday(at, zone, starts) == workday(at + timedelta(seconds=length - 1), zone, starts) == day
        at += timedelta(seconds=length)


@given(
    zone=st.sampled_from(ZONES), day=st.dates(date(2024, 1, 1), date(2027, 12, 30)), starts=st.sampled_from([MIDNIGHT, time(6)])
)
def test_days_follow_each_other(zone: str, day: date, starts: time) -> None:
    begins, ends = day_begins(day, zone, starts), day_begins(day + timedelta(days=1), zone, starts)
    assert timedelta(hours=22) <= ends - begins <= timedelta(hours=26)
    assert workday(begins, zone, starts) == day
    assert workday(begins - timedelta(seconds=1), zone, starts) < day


def test_the_database_cuts_days_at_the_same_instants(oracle: Any) -> None:
    """PostgreSQL's own time zones as the oracle, wherever its rules and ours are of the same year."""
    asked = text("select cast(:wall as timestamp) at time zone :zone")
    differing = []
    for zone in ZONES:
        for day in (date(2026, 1, 1) + timedelta(days=n) for n in range(0, 730, 3)):
            wall = datetime.combine(day, MIDNIGHT)
            if oracle.execute(asked, {"wall": wall, "zone": zone}).scalar_one() != day_begins(day, zone, MIDNIGHT):
                differing.append((zone, day))
    assert len({zone for zone, _ in differing}) <= 2, differing


@given(seconds=st.integers(-(10**6), 10**6), unit=st.integers(1, 3600))
def test_rounding_in_favor_never_takes_a_second_and_neutral_stays_near(seconds: int, unit: int) -> None:
    favor = rounded(seconds, Rules(MIDNIGHT, Rounding.IN_FAVOR, unit))
    assert 0 <= favor - seconds < unit
    neutral = rounded(seconds, Rules(MIDNIGHT, Rounding.NEUTRAL, unit))
    assert 2 * abs(neutral - seconds) <= unit
    assert neutral % unit == favor % unit == 0 or unit == 1
    assert rounded(seconds, Rules(MIDNIGHT, Rounding.NONE, unit)) == seconds


@pytest.mark.parametrize("unit", [60, 360, 900])
def test_neutral_rounding_favors_nobody_over_many_entries(unit: int) -> None:
    rng = random.Random(unit)
    rules = Rules(MIDNIGHT, Rounding.NEUTRAL, unit)
    errors = [rounded(seconds, rules) - seconds for seconds in (rng.randint(1, 4 * 3600) for _ in range(100_000))]
    assert abs(sum(errors) / len(errors)) < unit / 120


@given(seconds=st.integers(-(10**6), 10**6))
def test_hours_with_two_decimals_lose_nothing_in_favor_and_little_otherwise(seconds: int) -> None:
    exact = Decimal(seconds) / 3600
    assert 0 <= hours(seconds, Rules(MIDNIGHT, Rounding.IN_FAVOR, 1)) - exact < Decimal("0.01")
    assert abs(hours(seconds, PLAIN) - exact) <= Decimal("0.005")


@given(frequency=st.sampled_from(Frequency), first=st.dates(date(2024, 1, 1), date(2028, 12, 31)))
def test_periods_lie_end_to_end(frequency: Frequency, first: date) -> None:
    spans = list(periods_until(frequency, first, first + timedelta(days=70)))
    assert spans[0][0] == first
    for (_, last), (following, _) in zip(spans, spans[1:], strict=False):  # noqa: RUF007
        assert following == last + timedelta(days=1)
    assert all(start <= last == last_day(frequency, start) for start, last in spans)
    assert spans[-1][1] >= first + timedelta(days=70)


def entry(position: int, start: datetime, seconds: int, worker: UUID | None = None) -> LinkedEntry:
    length = timedelta(seconds=abs(seconds))
    return LinkedEntry(position, new_id(), worker or new_id(), PayKind.MODULE, start, start + length, seconds, "Europe/Berlin")


def period(first: date, last: date, after: int | None) -> PayPeriod:
    ids = (new_id(), new_id())
    return PayPeriod(*ids, first, last, PeriodStatus.OPEN, after, *[None] * 9, 1)  # type: ignore[arg-type]


@given(data=st.data())
def test_each_second_falls_into_exactly_one_period(data: Any) -> None:
    """However entries and closings come, the periods together hold each second of each workday once."""
    floor, spans = date(2026, 3, 2), list(periods_until(Frequency.WEEKLY, date(2026, 3, 2), date(2026, 3, 29)))
    starts = data.draw(st.lists(st.integers(-3 * 86_400, 35 * 86_400), min_size=1, max_size=30))
    base = datetime(2026, 3, 2, tzinfo=UTC)
    entries = [
        entry(place, base + timedelta(seconds=start), data.draw(st.sampled_from([600, 1800, -600])))
        for place, start in enumerate(starts, 1)
    ]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(entries)), min_size=len(spans) - 1, max_size=len(spans) - 1)))
    after, held = 0, 0
    for (first, last), cut in zip(spans, [*cuts, len(entries)], strict=True):
        known = [one for one in entries if one.position <= cut]
        held += content(pieces(known, period(first, last, after), floor, PLAIN)).seconds
        after = cut
    wanted = sum(
        (1 if one.seconds > 0 else -1) * seconds
        for one in entries
        for day, seconds in by_workday(one.starts_at, one.ends_at, "Europe/Berlin", MIDNIGHT)
        if floor <= day <= spans[-1][1]
    )
    assert held == wanted


def test_the_hash_tells_any_two_contents_apart() -> None:
    base = datetime(2026, 3, 4, 8, tzinfo=UTC)
    one = entry(1, base, 600)
    two = entry(2, base + timedelta(hours=1), 600, one.worker_id)
    week = period(date(2026, 3, 2), date(2026, 3, 8), 0)

    def hash_of(*entries: LinkedEntry) -> bytes:
        return content(pieces(entries, week, week.first, PLAIN)).hash

    assert hash_of(one, two) == hash_of(two, one)
    assert len({hash_of(), hash_of(one), hash_of(two), hash_of(one, two)}) == 4


def sheet_with(cells: list[str], rules: Rules = PLAIN) -> Sheet:
    lines = [(cell, PeriodLine(new_id(), date(2026, 3, 18), PayKind.QUIZ, n % 2 == 1, -n, 1)) for n, cell in enumerate(cells)]
    return Sheet(site=cells[0], first=date(2026, 3, 16), last=date(2026, 3, 22), company_code="ILD", rules=rules, lines=lines)


def test_no_hostile_cell_becomes_a_formula_and_no_number_changes() -> None:
    cells = list(PAYLOADS)
    sheet = sheet_with(cells)
    plain = list(csv.reader(io.StringIO(generic_csv(sheet).decode(), newline="")))
    assert len(plain) == len(cells) + 2
    for row, cell, line in zip(plain[1:-1], cells, (line for _, line in sheet.lines), strict=True):
        assert not is_formula(row[0]), cell
        assert not is_formula(row[2])
        assert row[0].removeprefix("'") == cell.removeprefix("'") or row[0] == cell
        assert int(row[5]) == line.seconds
    book = load_workbook(io.BytesIO(excel(sheet)))
    found = list(book.active.iter_rows(min_row=2, max_row=len(cells) + 1))
    assert all(cell.data_type != "f" for row in found for cell in row)
    assert [row[5].value for row in found] == [line.seconds for _, line in sheet.lines]
    for row in csv.DictReader(io.StringIO(adp_epi(sheet).decode(), newline="")):
        assert not is_formula(row["File #"])
        assert float(row["Hours 3 Amount"]) * 3600 == pytest.approx(float(row["Memo Amount"]), abs=18.01)


def test_the_detector_sees_formulas() -> None:
    assert all(is_formula(cell) for cell in ("=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", " =1", "\r=1", "\uff1d1", "\n=1"))
    assert not any(is_formula(cell) for cell in ("", "a=1", "'=1", "0001", "ß"))


@pytest.mark.parametrize("rounding", [Rounding.NEUTRAL, Rounding.IN_FAVOR])
def test_rounding_is_a_column_of_its_own(rounding: Rounding) -> None:
    sheet = sheet_with(["a"] * 100, Rules(MIDNIGHT, rounding, 60))
    rows = list(csv.DictReader(io.StringIO(generic_csv(sheet).decode())))
    assert [int(row["seconds"]) for row in rows[:-1]] == [-n for n in range(100)]
    assert all(int(row["rounded_seconds"]) == rounded(int(row["seconds"]), sheet.rules) for row in rows[:-1])
    assert "rounded_seconds" not in generic_csv(sheet_with(["a"])).decode()


def test_the_checksum_binds_every_row() -> None:
    whole = sheet_with(["a", "b", "c"])
    told = checksum(whole)
    assert told[:3] == ("checksum", "3", "sha256")
    assert told[5:] == (-3, 3)
    assert checksum(sheet_with(["a", "b", "d"]))[3] != told[3]
    last = list(csv.reader(io.StringIO(generic_csv(whole).decode())))[-1]
    assert last == [str(cell) for cell in told]


def test_the_same_sheet_is_the_same_bytes() -> None:
    sheet = sheet_with(["a", "b"])
    for write in (generic_csv, adp_epi, ukg, excel):
        assert len({write(sheet) for _ in range(5)}) == 1
    assert orjson.loads(ukg(sheet))["checksum"]["lines"] == 2
    assert [file_name(sheet, kind) for kind in ExportFormat] == [
        "pay-2026-03-16-2026-03-22.csv", "PRILDEPI.csv", "pay-2026-03-16-2026-03-22.json", "pay-2026-03-16-2026-03-22.xlsx",
    ]  # fmt: skip
