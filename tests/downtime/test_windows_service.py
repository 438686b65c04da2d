"""Windows as other features ask for them: expanded over the stored roster, with what is stored about single ones."""

from datetime import time
from uuid import UUID

from app.core.ids import new_id
from app.core.intervals import Interval
from app.downtime import service as downtime
from app.downtime.domain.anchors import Anchor
from app.downtime.domain.changes import WindowChange
from app.downtime.domain.patterns import Handover, Side, Window, WindowKind, WindowPattern
from app.downtime.domain.recurrence import Every
from app.downtime.store import changes, patterns
from tests.builders import Plant
from tests.downtime.plants import add_shift, at

EVERY = Every(240, time(6), time(22))


async def map_line(plant: Plant, anchor: Anchor, minutes: int = 0, line: UUID | None = None) -> UUID:
    pattern = WindowPattern(new_id(), line or plant.line_id, WindowKind.CHANGEOVER, anchor, minutes, max_learners=2)
    async with plant.write() as tx:
        await patterns.add(tx, pattern, "survey")
    return pattern.id


async def ask(plant: Plant, start: str, end: str, *lines: UUID) -> list[Window]:
    async with plant.write() as tx:
        return await downtime.windows(tx, lines or [plant.line_id], at(start), at(end))


def spans(windows: list[Window]) -> list[tuple[str, int]]:
    return [(window.starts_at.strftime("%d %H:%M"), window.interval.seconds // 60) for window in windows]


async def test_a_line_without_patterns_has_no_windows(plant: Plant) -> None:
    assert await ask(plant, "18 00:00", "19 00:00") == []


async def test_a_recurrence_comes_back_in_the_sites_own_time(plant: Plant) -> None:
    await map_line(plant, EVERY, 10)
    await map_line(plant, EVERY, 10, plant.other_line_id)
    assert spans(await ask(plant, "18 00:00", "19 00:00")) == [
        ("18 05:00", 10), ("18 09:00", 10), ("18 13:00", 10), ("18 17:00", 10)]  # fmt: skip
    chicago = await ask(plant, "18 00:00", "19 00:00", plant.other_line_id)
    assert spans(chicago)[-1] == ("18 23:00", 10)


async def test_windows_are_cut_at_the_ends_of_the_asked_time(plant: Plant) -> None:
    await map_line(plant, EVERY, 10)
    (cut,) = await ask(plant, "18 09:04", "18 10:00")
    (whole,) = await ask(plant, "18 09:00", "18 10:00")
    assert (cut.id, cut.usable_seconds, whole.usable_seconds) == (whole.id, 360, 600)


async def test_a_handover_lies_where_stored_shifts_adjoin_even_beyond_the_asked_time(plant: Plant) -> None:
    await map_line(plant, Handover(10, 5))
    await add_shift(plant, "worker", "18 05:00")
    await add_shift(plant, "colleague", "18 13:00")
    found = await ask(plant, "18 12:55", "18 13:02")
    assert [(window.side, window.usable_seconds) for window in found] == [(Side.OUTGOING, 300), (Side.INCOMING, 120)]
    assert downtime.overlaps(found) == ()


async def test_an_absence_that_meets_another_is_no_handover(plant: Plant) -> None:
    await map_line(plant, Handover(10, 5))
    for who in ("worker", "colleague"):
        await add_shift(plant, who, "18 05:00")
    await add_shift(plant, "third", "18 05:00", hours=4)
    await add_shift(plant, "stranger", "18 09:00", hours=4)
    assert await ask(plant, "18 00:00", "19 00:00") == []


async def test_a_retired_pattern_keeps_the_windows_before(plant: Plant) -> None:
    pattern_id = await map_line(plant, EVERY, 10)
    async with plant.write() as tx:
        assert await patterns.retire(tx, pattern_id, 1)
    assert spans(await ask(plant, "18 00:00", "19 00:00")) == [("18 05:00", 10)]


async def test_a_window_moved_out_of_the_asked_time_is_found_where_it_went(plant: Plant) -> None:
    pattern_id = await map_line(plant, EVERY, 10)
    (window,) = await ask(plant, "18 12:00", "18 14:00")
    moved = Interval(at("18 15:00"), at("18 15:05"))
    change = WindowChange(window.id, plant.line_id, pattern_id, window.interval, span=moved, version=0)
    async with plant.write() as tx:
        assert await changes.save(tx, change)
    assert await ask(plant, "18 12:00", "18 14:00") == []
    assert [(one.id, one.usable_seconds) for one in await ask(plant, "18 14:30", "18 15:30")] == [(window.id, 300)]


async def test_two_windows_at_once_are_told(plant: Plant) -> None:
    await map_line(plant, EVERY, 10)
    await map_line(plant, Every(1440, time(6, 5)), 10)
    found = await ask(plant, "18 00:00", "19 00:00")
    assert [(one.starts_at, other.starts_at) for one, other in downtime.overlaps(found)] == [(at("18 05:00"), at("18 05:05"))]
