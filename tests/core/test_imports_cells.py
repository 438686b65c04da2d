"""Cells become values or reasons; files become rows, whatever wrote them."""

import csv
import io
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.core.imports import Cells, ImportRow
from app.core.imports.reading import decoded, delimiter_of, read_delimited, read_objects

BERLIN = ZoneInfo("Europe/Berlin")


class Mood(StrEnum):
    """Two values for choices."""

    CALM = "calm"
    BUSY = "busy"


def cells(value: str) -> Cells:
    """A row with one cell named `c`."""
    return Cells(ImportRow(1, {"c": value}))


@pytest.mark.parametrize(("written", "meant"), [
    ("2026-03-29", date(2026, 3, 29)), ("2026/3/29", date(2026, 3, 29)), (" 29.03.2026 ", date(2026, 3, 29)),
    ("2028-02-29", date(2028, 2, 29)), ("", None),
])  # fmt: skip
def test_dates_are_read_as_people_write_them(written: str, meant: date | None) -> None:
    found = cells(written)
    assert (found.date("c"), found.reason) == (meant, "")


@pytest.mark.parametrize("written", ["03/29/2026", "29/03/2026", "2026-02-29", "1999-12-31", "2026-13-01", "today"])
def test_dates_that_are_none_or_ambiguous_are_refused(written: str) -> None:
    found = cells(written)
    assert found.date("c") is None
    assert found.reason.startswith("c: must")


def test_times_are_local_clock_times() -> None:
    assert cells("6:05").time("c") == time(6, 5)
    assert cells("22:15:30").time("c") == time(22, 15, 30)
    for wrong in ("24:00", "6", "06:60", "6h30", "noon"):
        found = cells(wrong)
        assert (found.time("c"), found.reason) == (None, "c: must be a time such as 06:00")


@pytest.mark.parametrize(("written", "meant"), [
    ("2026-03-18 06:00", datetime(2026, 3, 18, 5, tzinfo=UTC)),
    ("18.03.2026 06:00:30", datetime(2026, 3, 18, 5, 0, 30, tzinfo=UTC)),
    ("2026-03-18T06:00:00Z", datetime(2026, 3, 18, 6, tzinfo=UTC)),
    ("2026-03-18T06:00:00.123+02:00", datetime(2026, 3, 18, 4, tzinfo=UTC)),
    ("2026-03-18 06:00 -0500", datetime(2026, 3, 18, 11, tzinfo=UTC)),
    ("2026-03-29 02:30", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),  # the gap: shifted forward, 03:30 local
    ("2026-10-25 02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # the fold: the first one
])  # fmt: skip
def test_instants_are_utc_from_local_time_or_an_offset(written: str, meant: datetime) -> None:
    found = cells(written)
    assert (found.instant("c", BERLIN), found.reason) == (meant, "")


def test_instants_without_a_time_or_with_an_absurd_offset_are_refused() -> None:
    for wrong in ("2026-03-18", "06:00", "2026-03-18 25:00", "yesterday 06:00", "2026-03-18T06:00+99:00"):
        found = cells(wrong)
        assert found.instant("c", BERLIN) is None
        assert found.reason


@given(st.datetimes(datetime(2001, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_an_instant_written_in_utc_is_read_back_to_the_second(moment: datetime) -> None:
    whole = moment.replace(microsecond=0)
    assert cells(whole.isoformat()).instant("c", BERLIN) == whole
    local = (whole + timedelta(hours=1)).isoformat()[:-6] + "+01:00"
    assert cells(local).instant("c", BERLIN) == whole


@given(st.integers(-10, 10**20))
def test_whole_numbers_are_read_within_their_bounds_only(number: int) -> None:
    found = cells(str(number))
    inside = 0 <= number <= 1_000_000
    assert found.whole("c") == (number if inside else None)
    assert bool(found.reason) is not inside


def test_other_cells_are_read_or_refused() -> None:
    assert [cells(word).yes_no("c") for word in ("Yes", "x", "0", "no", "", "maybe")] == [True, True, False, False, None, None]
    assert cells("maybe").yes_no("c") is None
    assert cells("CALM").choice("c", Mood) is Mood.CALM
    wrong = cells("angry")
    assert (wrong.choice("c", Mood), wrong.reason) == (None, "c: must be one of calm, busy")
    assert cells("de; en|de;;").listed("c") == ("de", "en")
    many = cells(";".join(str(n) for n in range(60)))
    assert (many.listed("c"), many.reason) == ((), "c: has more than 50 entries")
    assert cells("1.5").whole("c") is None
    assert cells("٣").whole("c") is None


def test_a_row_tells_all_its_reasons() -> None:
    found = Cells(ImportRow(1, {"a": "", "b": "x" * 300, "c": "?"}))
    assert (found.text("a", required=True), found.text("b"), found.matching("c", "[a-z]", "a letter")) == (None, None, None)
    assert found.reason == "a: is missing; b: is longer than 200 characters; c: must be a letter"


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=20)


@given(st.lists(st.lists(WORDS, min_size=3, max_size=3), min_size=1, max_size=8), st.sampled_from(",;|\t"), st.booleans())
def test_whatever_a_spreadsheet_writes_is_read_back(rows: list[list[str]], delimiter: str, marked: bool) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([["One", "Two", "Three"], *rows])
    sheet = read_delimited(out.getvalue().encode("utf-8-sig" if marked else "utf-8"))
    found = [list(raw.cells.values()) for raw in sheet.rows]
    assert sheet.header == ("one", "two", "three")
    assert found == [row for row in rows if any(cell.strip() for cell in row)]


@given(st.binary(max_size=400))
def test_any_bytes_are_rows_or_a_clear_refusal(body: bytes) -> None:
    try:
        rows = list(read_delimited(body).rows)
    except Invalid as error:
        refusal = error.code
    else:
        refusal = "unreadable_file"
        assert all(bool(raw.fault) is not bool(raw.cells) for raw in rows)
        assert [raw.number for raw in rows] == sorted({raw.number for raw in rows})
    assert refusal == "unreadable_file"


def test_encodings_are_told_apart() -> None:
    for encoding in ("utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"):
        assert decoded("Früh;Spät".encode(encoding)) == "Früh;Spät"
    assert decoded(b"caf\x81") == "caf\x81"
    assert decoded("Œuvre €".encode("iso8859-15"), "ISO-8859-15") == "Œuvre €"
    for charset in ("idna", "punycode", "hex", "klingon", "utf-7", "a\x00b"):
        with pytest.raises(Invalid):
            decoded(b"abc", charset)


def test_one_column_needs_no_delimiter() -> None:
    assert delimiter_of(["code\n", "L1\n"]) == ","
    assert [raw.cells for raw in read_delimited(b"code\nL1\n").rows] == [{"code": "L1"}]


def test_json_rows_become_cells() -> None:
    rows = list(read_objects([{" Code ": 7, "b": True, "c": None, "d": 1.5, "e": ["x", 2, None]}, {"a": {}}, {"a": [[1]]}]).rows)
    assert rows[0].cells == {"code": "7", "b": "true", "c": "", "d": "1.5", "e": "x;2;"}
    assert "object" in rows[1].fault
    assert rows[2].fault
