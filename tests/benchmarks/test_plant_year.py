"""The simulated plant, small, over the clock changes of both its sites; `python -m benchmarks.year.run` runs the year."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from benchmarks.year.calculator import pieces, within, without
from benchmarks.year.facts import PLACES
from benchmarks.year.run import simulate


async def test_a_small_plant_over_its_clock_changes_is_paid_and_filed_to_the_second() -> None:
    # From 2 March: Chicago changes its clocks on the 8th, Berlin on the 29th.
    found = await simulate(workers=10, weeks=5, seed=3, first=date(2026, 3, 2), repeats=20)
    assert found["faults"] == []
    assert found["difference_seconds"] == 0
    assert found["periods"] >= 5
    assert found["swaps"] + found["moved"] + found["sick"] > 0
    assert found["adjustments"] > 0
    assert (found["export_digests"], found["links"]) == (1, found["entries"])
    assert {place.strict for place in PLACES} == {True, False}


def at(hour: int, minute: int = 0, day: int = 28) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def test_the_calculator_cuts_spans() -> None:
    assert without([(at(1), at(9))], [(at(0), at(2)), (at(4), at(5)), (at(8), at(12))]) == [(at(2), at(4)), (at(5), at(8))]
    assert within([(at(1), at(3)), (at(4), at(9))], [(at(2), at(5))]) == [(at(2), at(3)), (at(4), at(5))]


def test_the_calculator_knows_the_short_night() -> None:
    # 22:00 on Saturday to 06:00 on Sunday in Berlin: seven real hours, two of them on Saturday.
    told = pieces((at(21), at(4, 0, 29)), ZoneInfo("Europe/Berlin"))
    assert told == [(date(2026, 3, 28), True, 7200), (date(2026, 3, 29), True, 18000)]
