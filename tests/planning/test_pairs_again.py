"""A published session that can no longer take place gets another hour or another trainer at once, as items do."""

from typing import Any

from tests.planning.builders import Line, instant
from tests.planning.test_replanning import again, drop_window, sick
from tests.planning.test_shadow_sessions import hour, qualify, read, wish

Answer = dict[str, Any]


async def session(line: Line, *trainers: str) -> Answer:
    """Colleague shows the worker welding at ten."""
    for who in trainers or ("colleague",):
        await qualify(line, who, "welding")
    made = await wish(line)
    await line.published()
    return made


async def test_both_sides_move_to_another_hour_when_their_window_is_cancelled(line: Line) -> None:
    gone = await hour(line)
    made = await session(line)
    other = await hour(line, 180)
    await drop_window(line, gone, 60)
    found = await again(line)
    assert len(found["moved"]) == 2
    after = await read(line, made)
    assert (after["status"], after["reason"]) == ("planned", None)
    for side in ("trainee_block", "trainer_block"):
        assert (after[side]["starts_at"], after[side]["window_id"]) == (instant(180), str(other))
    assert len(await line.events("learning_block.moved")) == 2
    assert await line.events("learning_block.cancelled") == []
    # Planned again without a change, nothing moves.
    assert (await again(line))["moved"] == []


async def test_another_trainer_takes_over_in_the_same_hour_and_the_trainee_stays(line: Line) -> None:
    await hour(line)
    made = await session(line, "colleague", "third")
    before = await read(line, made)
    (first, second) = (
        ("colleague", "third") if before["trainer_id"] == str(line.plant.people["colleague"]) else ("third", "colleague")
    )
    await sick(line, first)
    found = await again(line)
    after = await read(line, made)
    assert (after["status"], after["trainer_id"]) == ("planned", str(line.plant.people[second]))
    assert after["trainee_block"] == before["trainee_block"]
    assert (len(found["cancelled"]), len(found["scheduled"]), found["moved"]) == (1, 1, [])
    # Both sides belong together: dropped by hand, both fall.
    body = {"status": "cancelled"}
    (mine,) = await line.mine()
    tag = {"If-Match": f'"v{mine["version"]}"'}
    dropped = await line.plant.call("supervisor", "PATCH", f"/v1/blocks/{mine['id']}", json=body, headers=tag)
    assert dropped.status_code == 200, dropped.text
    assert await line.mine() == await line.mine(second) == []


async def test_a_pair_without_another_hour_falls_and_the_session_tells_why(line: Line) -> None:
    gone = await hour(line)
    made = await session(line)
    await drop_window(line, gone, 60)
    assert len((await again(line))["cancelled"]) == 2
    after = await read(line, made)
    assert (after["status"], after["reason"]) == ("requested", "no_window_long_enough")


async def test_learning_stays_where_it_is_while_a_pair_finds_an_hour_beside_it(line: Line) -> None:
    gone = await hour(line)
    made = await session(line)
    await line.window(185, 10, max_learners=2)
    await line.assign()
    await line.published()
    before = await line.mine("worker"), await line.mine("colleague")
    busy, free = await hour(line, 180), await hour(line, 200)
    await drop_window(line, gone, 60)
    assert len((await again(line))["moved"]) == 2
    after = await read(line, made)
    assert after["trainee_block"]["window_id"] == str(free) != str(busy)
    learning = [one for one in before[0] if one["kind"] == "module"]
    assert [one for one in await line.mine() if one["kind"] == "module"] == learning


async def test_a_wish_that_was_never_planned_is_met_only_when_room_is_to_be_filled(line: Line) -> None:
    gone = await hour(line)
    await session(line)
    later = await wish(line, "third")
    await hour(line, 180)
    await hour(line, 240)
    await drop_window(line, gone, 60)
    await again(line)
    assert (await read(line, later))["status"] == "requested"
    await again(line, fill=True)
    assert (await read(line, later))["status"] == "planned"
