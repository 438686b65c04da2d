"""What windows turn out to be changes what is expected of the next ones: once each, also when two end together."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from app.downtime import service as downtime
from app.downtime.domain.feedback import FEWEST, Learned, Outcome, learned
from app.downtime.domain.patterns import Window
from tests.builders import Plant
from tests.downtime.plants import at, pattern_body

DAY = datetime(2026, 3, 10, 9, tzinfo=UTC)


def test_each_window_moves_the_chance_a_tenth_of_the_way() -> None:
    first = learned(Learned(0, 1.0, None), held=False, lengths=[])
    assert (first.windows, first.reliability, first.usable_seconds) == (1, 0.9, None)
    assert learned(first, held=True, lengths=[600]).reliability == 0.91


def test_lengths_count_from_ten_on_at_what_nine_of_ten_reached() -> None:
    lengths = [60 * n for n in range(1, 11)]
    assert learned(Learned(8, 1.0, None), True, lengths[:9]).usable_seconds is None
    assert learned(Learned(9, 1.0, None), True, lengths).usable_seconds == 120


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 3600)), max_size=60), st.floats(0, 1))
def test_what_is_learned_stays_a_chance_and_a_length_that_was_seen(seen: list[tuple[bool, int]], start: float) -> None:
    found, lengths = Learned(0, start, None), list[int]()
    for held, length in seen:
        lengths = [length, *lengths]
        found = learned(found, held, lengths)
        assert 0 <= found.reliability <= 1
        assert (found.usable_seconds is None) == (len(lengths) < FEWEST)
        assert found.usable_seconds in (None, *lengths)
    assert found.windows == len(seen)


async def mapped(plant: Plant) -> UUID:
    answer = await plant.post("supervisor", "/v1/window-patterns", pattern_body(plant, reliability_percent=100))
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["id"])


def outcome(plant: Plant, pattern_id: UUID, number: int, usable: int = 300, *, held: bool = True) -> Outcome:
    start = DAY + timedelta(hours=number)
    return Outcome(
        uuid4(), plant.line_id, pattern_id, "changeover", start, start + timedelta(minutes=10), 600, usable, held, 300, 180
    )


async def settle(plant: Plant, *found: Outcome) -> list[bool]:
    async with plant.write() as tx:
        return [await downtime.settle(tx, one) for one in found]


async def windows(plant: Plant) -> list[Window]:
    async with plant.write() as tx:
        return await downtime.windows(tx, [plant.line_id], at("18 00:00"), at("19 00:00"))


async def test_plans_count_on_what_windows_taught_and_each_counts_once(plant: Plant) -> None:
    pattern = await mapped(plant)
    before = await windows(plant)
    assert {(one.usable_seconds, one.reliability) for one in before} == {(600, 1.0)}
    given_ = [outcome(plant, pattern, n, 300 + 10 * n, held=n % 2 == 0) for n in range(12)]
    assert await settle(plant, *given_) == [True] * 12
    assert await settle(plant, *given_) == [False] * 12
    after = await windows(plant)
    assert [one.id for one in after] == [one.id for one in before]
    assert {one.usable_seconds for one in after} == {310}
    assert 0.5 < after[0].reliability < 0.8


async def test_windows_that_end_together_all_count(plant: Plant) -> None:
    pattern = await mapped(plant)
    await asyncio.gather(*(settle(plant, outcome(plant, pattern, n, held=False)) for n in range(8)))
    assert abs((await windows(plant))[0].reliability - 0.9**8) < 1e-5


async def test_outcomes_are_for_those_who_may_see_the_line(plant: Plant) -> None:
    pattern = await mapped(plant)
    await settle(plant, outcome(plant, pattern, 0))
    asked = {"work_center_id": str(plant.line_id), "from": "2026-03-01T00:00:00Z", "to": "2026-03-31T00:00:00Z"}
    for who, status in (("supervisor", 200), ("learning_manager", 200), ("line_supervisor", 404), ("worker", 403)):
        answer = await plant.get(who, "/v1/window-outcomes", params=asked)
        assert answer.status_code == status, who
        if status == 200:
            (seen,) = answer.json()["items"]
            assert (seen["planned_seconds"], seen["used_seconds"], seen["usable_seconds"]) == (300, 180, 300)
