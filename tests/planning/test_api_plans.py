"""Plans over HTTP: asked for, solved in the background, explained, published, and what is refused."""

from datetime import timedelta
from typing import Any

import pytest

from app.core.clock import ManualClock
from app.core.ids import new_id
from tests.planning.builders import Line, instant, starts, tag


async def test_a_plan_is_solved_published_and_seen_by_its_workers(line: Line) -> None:
    window = await line.window(setup_seconds=60)
    assignment = await line.assign()
    plan = await line.propose()
    assert (plan["placed"], plan["unplaced"], plan["placed_seconds"]) == (2, 0, 360)
    assert await line.mine() == []
    published = await line.publish(plan)
    assert published.status_code == 201, published.text
    counts = {name: published.json()[name] for name in ("scheduled", "moved", "cancelled", "unchanged", "left_out")}
    assert counts == {"scheduled": 2, "moved": 0, "cancelled": 0, "unchanged": 0, "left_out": 0}
    assert published.json()["plan"]["status"] == "published"
    (mine,) = await line.mine()
    assert (mine["window_id"], mine["assignment_id"], mine["status"]) == (str(window), assignment, "scheduled")
    assert (mine["kind"], mine["key"], mine["seconds"]) == ("module", "stop-the-line", 180)
    assert starts(mine).isoformat() == "2026-03-18T10:01:00+00:00"
    assert await line.mine("third") == []
    told = [kind for kind, _ in await line.events("")]
    assert told.count("learning_block.scheduled") == 2
    assert told.count("plan.published") == 1
